// A few runs as rows that are links, as under Past runs. Ages tick; everything else comes with the page.
import { el } from "./dom.js";
import { runLink, tickRuns } from "./run_row.js";

class RunList {
  constructor(root) {
    this.root = root;
    this.list = el("div", "ss-runs", { role: "list" });
    root.append(el("section", "ss-own", {}, this.list));
    this.ticker = setInterval(() => this.tick(), 1000);
  }

  update(component) {
    const { rows, now, compact } = component.data;
    this.ahead = now - Date.now() / 1000;
    this.list.classList.toggle("ss-compact", Boolean(compact));
    this.list.replaceChildren(...rows.map((row) => el("div", "", { role: "listitem" }, runLink(row))));
    this.tick();
  }

  tick() {
    tickRuns(this.list, Date.now() / 1000 + this.ahead);
  }

  close() {
    clearInterval(this.ticker);
    this.root.replaceChildren();
  }
}

export const make = (root) => new RunList(root);
