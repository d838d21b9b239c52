// What can be done with one run besides opening it.
import { el, goTo, symbol } from "./dom.js";

export class RunMenu {
  /** `remove` is called with the row whose run is to be deleted. */
  constructor(remove) {
    this.remove = remove;
    this.element = el("div", "ss-menu", { role: "menu", popover: "auto" });
    this.element.addEventListener("keydown", (event) => this.onKey(event));
    this.element.addEventListener("toggle", (event) => event.newState === "closed" && this.opener?.isConnected && this.opener.focus({ preventScroll: true }));
  }

  open(row, opener) {
    this.opener = opener;
    const again = `workflow?run=${encodeURIComponent(row.run)}&from=${encodeURIComponent(row.run)}`;
    const link = new URL(row.url, document.baseURI).href;
    this.element.setAttribute("aria-label", `Run ${row.run}`);
    this.element.replaceChildren(
      this.item("open_in_new", "Open in a new tab", () => window.open(link, "_blank", "noopener")),
      this.item("replay", "Run again, edited", () => goTo(again)),
      this.item("link", "Copy link", () => navigator.clipboard.writeText(link)),
      row.ended ? this.item("delete", "Delete", () => this.remove(row)) : this.item("delete", "Delete: cancel the run first", null),
    );
    this.element.showPopover();
    const at = opener.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = this.element;
    this.element.style.left = `${Math.max(8, Math.min(at.right - width, window.innerWidth - width - 8))}px`;
    this.element.style.top = `${at.bottom + height + 8 > window.innerHeight ? at.top - height - 4 : at.bottom + 4}px`;
    this.element.querySelector("button").focus();
  }

  item(icon, words, act) {
    const onclick = () => {
      this.element.hidePopover();
      act?.();
    };
    return el("button", "ss-menu-item", { type: "button", role: "menuitem", onclick, tabindex: "-1", "aria-disabled": act ? null : "true" }, symbol(icon), words);
  }

  onKey(event) {
    event.stopPropagation();
    const items = [...this.element.children];
    const here = items.indexOf(document.activeElement);
    const to = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: items.length - 1 }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      items[(to + items.length) % items.length].focus();
    } else if (event.key === "Tab") this.element.hidePopover();
  }
}
