// Runs as rows that are links. Ages tick; everything else comes with the page.
import { el, pageLink } from "./dom.js";
import { sign } from "./signs.js";
import { STATUS_WORDS, age, duration, exact } from "./words.js";

class RunList {
  constructor(root) {
    this.root = root;
    this.list = el("div", "ss-runs", { role: "list" });
    root.append(el("section", "ss-own", {}, this.list));
    this.ticker = setInterval(() => this.ages(), 5000);
  }

  update(component) {
    const { rows, now, compact } = component.data;
    this.ahead = now - Date.now() / 1000;
    this.list.classList.toggle("ss-compact", Boolean(compact));
    const head = el("div", "ss-run ss-run-head", { "aria-hidden": "true" }, ...["Status", "Workflow", "Input → result or error", "Started", "Took"].map((words) => el("span", "", {}, words)));
    this.list.replaceChildren(...(compact ? [] : [head]), ...rows.map((row) => this.row(row)));
    this.ages();
  }

  row(row) {
    const words = row.status_text || STATUS_WORDS[row.status] || row.status;
    const status = el("span", "ss-run-status", { "data-state": row.status }, sign(row.status, 15), el("span", "ss-cut", {}, words));
    const told = el("span", "ss-run-told ss-cut", { title: `${row.input} → ${row.outcome}` }, row.input && el("span", "ss-muted", {}, row.input), row.input && row.outcome ? " → " : "", row.outcome);
    const started = el("span", "ss-muted ss-age", { "data-at": row.started, title: exact(row.started) });
    const took = el("span", "ss-took", {}, row.took === null ? "–" : duration(row.took));
    const link = pageLink(row.url, "ss-run", status, el("b", "ss-cut", { title: row.workflow }, row.workflow), told, started, took);
    link.setAttribute("data-run", row.run);
    return el("div", "", { role: "listitem" }, link);
  }

  ages() {
    const now = Date.now() / 1000 + this.ahead;
    for (const element of this.list.querySelectorAll("[data-at]")) element.textContent = age(Number(element.dataset.at), now);
  }

  close() {
    clearInterval(this.ticker);
    this.root.replaceChildren();
  }
}

export const make = (root) => new RunList(root);
