// A menu that hangs from a button: arrows, Home and End go through it, a choice, Tab or Escape closes it.
import { el, symbol } from "./dom.js";

/** `items()` gives what it offers now: {icon, words, act, href, checked, download}, or {title} for a heading. */
export class Menu {
  constructor(items, label, className = "", attributes = {}) {
    this.items = items;
    this.element = el("div", `ss-menu ${className}`, { role: "menu", popover: "auto", "aria-label": label, ...attributes });
    this.element.addEventListener("keydown", (event) => this.onKey(event));
    this.element.addEventListener("toggle", (event) => event.newState === "closed" && this.opener?.isConnected && this.opener.focus({ preventScroll: true }));
  }

  open(opener) {
    this.opener = opener;
    this.element.replaceChildren(...this.items().map((item) => this.made(item)));
    this.element.showPopover();
    const at = opener.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = this.element;
    this.element.style.left = `${Math.max(8, Math.min(at.right - width, innerWidth - width - 8))}px`;
    this.element.style.top = `${this.top(at, height)}px`;
    this.element.querySelector("[role^=menuitem]").focus({ preventScroll: true });
  }

  /** Where it begins, below its button, which is at `at`. */
  top(at, height) {
    return Math.max(8, Math.min(at.bottom + 4, innerHeight - height - 8));
  }

  made({ title, icon, words, act, href, checked, download, disabled }) {
    if (title) return el("div", "ss-menu-title", { role: "presentation" }, title);
    const onclick = () => {
      this.element.hidePopover();
      act?.();
    };
    const role = checked === undefined ? "menuitem" : "menuitemcheckbox";
    const inside = [symbol(checked === undefined ? icon : checked ? "check_box" : "check_box_outline_blank"), words];
    const attributes = { role, tabindex: "-1", onclick, "aria-checked": checked === undefined ? null : String(checked), "aria-disabled": disabled ? "true" : null };
    return href ? el("a", "ss-menu-item", { ...attributes, href, download: download ?? true }, ...inside) : el("button", "ss-menu-item", { ...attributes, type: "button" }, ...inside);
  }

  onKey(event) {
    event.stopPropagation();
    const items = [...this.element.querySelectorAll("[role^=menuitem]")];
    const here = items.indexOf(document.activeElement);
    const to = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: items.length - 1 }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      items[(to + items.length) % items.length].focus();
    } else if (event.key === "Tab") this.element.hidePopover();
  }
}
