// The requests that wait, oldest first, each a link.
import { el, pageLink } from "./dom.js";
import { sign } from "./signs.js";
import { exact } from "./words.js";

class RequestQueue {
  constructor(root) {
    this.root = root;
  }

  update(component) {
    const rows = component.data.rows.map((row) => {
      const foot = el("span", "ss-queue-foot ss-muted", {}, el("span", "ss-cut", { title: row.asks }, row.asks), el("span", "", { title: `Waiting since ${exact(row.since)}` }, row.waits));
      const words = el("span", "ss-queue-words", {}, el("b", "", {}, row.title), row.subject && el("span", "ss-cut", { title: row.subject }, row.subject), foot);
      const link = pageLink(row.url, "ss-queue-row", sign("waiting"), words);
      if (row.open) link.setAttribute("aria-current", "true");
      return el("li", "", {}, link);
    });
    this.root.replaceChildren(el("nav", "ss-own", { "aria-label": "Waiting requests" }, el("ul", "ss-queue", {}, ...rows)));
  }

  close() {
    this.root.replaceChildren();
  }
}

export const make = (root) => new RequestQueue(root);
