// What can be done with one run besides opening it.
import { goTo } from "./dom.js";
import { Menu } from "./menu.js";

export class RunMenu extends Menu {
  /** `remove` is called with the row whose run is to be deleted. */
  constructor(remove) {
    super(() => this.offers(), "");
    this.remove = remove;
  }

  open(row, opener) {
    this.row = row;
    this.element.setAttribute("aria-label", `Run ${row.run}`);
    super.open(opener);
  }

  // Above its button where there is no room below: the list scrolls, and its last rows have menus, too.
  top(at, height) {
    return at.bottom + height + 8 > innerHeight ? at.top - height - 4 : at.bottom + 4;
  }

  offers() {
    const { row } = this;
    const again = `workflow?run=${encodeURIComponent(row.run)}&from=${encodeURIComponent(row.run)}`;
    const link = new URL(row.url, document.baseURI).href;
    return [
      { icon: "open_in_new", words: "Open in a new tab", act: () => window.open(link, "_blank", "noopener") },
      { icon: "replay", words: "Run again, edited", act: () => goTo(again) },
      { icon: "link", words: "Copy link", act: () => navigator.clipboard.writeText(link) },
      row.ended ? { icon: "delete", words: "Delete", act: () => this.remove(row) } : { icon: "delete", words: "Delete: cancel the run first", disabled: true },
    ];
  }
}
