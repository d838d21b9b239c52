// Copies the address of a page of ours, whole, so that it can be sent to somebody.
import { button } from "./dom.js";
import { copyText } from "./saving.js";

const TOLD_MS = 2000;

class CopyLink {
  constructor(root) {
    this.root = root;
  }

  update({ data }) {
    const url = new URL(data.path, document.baseURI).href;
    if (url === this.url) return;
    this.url = url;
    const made = button(data.label, async () => {
      made.lastChild.textContent = (await copyText(url)) ? "Copied" : url;
      clearTimeout(this.timer);
      this.timer = setTimeout(() => { made.lastChild.textContent = data.label; }, TOLD_MS);
    }, { className: "ss-link", title: url });
    made.setAttribute("aria-live", "polite");
    this.root.replaceChildren(made);
  }

  close() {
    clearTimeout(this.timer);
    this.root.replaceChildren();
  }
}

export const make = (root) => new CopyLink(root);
