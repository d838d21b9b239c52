// A notice on every page while the database can't be read or written: why, which file, what to do, what waits.
import { el, symbol } from "./dom.js";
import { live } from "./live.js";

class StoreTrouble {
  constructor(root) {
    // In the page before it says something, or a screen reader would not read it out.
    this.place = el("div", "ss-store-trouble", { role: "alert" });
    root.append(this.place);
    this.paint = () => this.show();
    live.addEventListener("store", this.paint);
  }

  update() {
    this.show();
  }

  show() {
    const { sentence, rest } = live.store;
    const words = `${sentence} ${rest}`;
    if (words === this.said) return;
    this.said = words;
    this.place.replaceChildren(...(sentence ? [this.note(sentence, rest)] : []));
  }

  note(sentence, rest) {
    return el("div", "ss-note", {}, symbol("error"), el("span", "", {}, el("b", "", {}, sentence), rest && ` ${rest}`));
  }

  close() {
    live.removeEventListener("store", this.paint);
    this.place.remove();
  }
}

export const make = (root) => new StoreTrouble(root);
