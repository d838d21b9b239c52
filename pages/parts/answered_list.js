// Requests that were answered, the last one first, each a link to what was said.
import { el, pageLink } from "./dom.js";
import { exact } from "./words.js";

const CLOCK = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });

class AnsweredList {
  constructor(root) {
    this.root = root;
  }

  update({ data }) {
    const rows = data.rows.map((row) =>
      el("li", "", {}, pageLink(row.url, "ss-answered-row", el("b", "ss-cut", { title: row.title }, row.title), el("span", "ss-muted", { title: exact(row.at) }, `${CLOCK.format(row.at * 1000)} · ${row.said}`))));
    this.root.replaceChildren(el("ul", "ss-queue", { "aria-label": "Answered today" }, ...rows));
  }

  close() {
    this.root.replaceChildren();
  }
}

export const make = (root) => new AnsweredList(root);
