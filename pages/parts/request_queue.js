// The requests that wait, oldest first, each a link; with a filter and keys to go through them.
import { el, goTo, pageLink } from "./dom.js";
import { sign } from "./signs.js";
import { count, exact } from "./words.js";

const FILTER_FROM = 4;

/** A waiting time in whole units, as words.py says it. */
function span(seconds) {
  const value = Math.max(0, Math.floor(seconds));
  for (const [size, unit] of [[86400, "days"], [3600, "h"], [60, "min"]]) {
    if (value >= size * (unit === "days" ? 2 : 1)) return `${Math.floor(value / size)} ${unit}`;
  }
  return `${value} s`;
}

class RequestQueue {
  constructor(root) {
    this.root = root;
    this.ages = [];
    this.field = el("input", "ss-input", { type: "search", placeholder: "Filter", "aria-label": "Filter the requests" });
    this.field.addEventListener("input", () => this.filter());
    this.found = el("p", "ss-muted ss-small ss-queue-found", { role: "status" });
    this.list = el("ul", "ss-queue");
    this.box = el("div", "ss-queue-filter", {}, this.field);
    this.root.append(el("nav", "ss-own", { "aria-label": "Waiting requests" }, this.box, this.found, this.list));
    this.keys = (event) => this.onKey(event);
    document.addEventListener("keydown", this.keys);
    this.ticker = setInterval(() => this.tick(), 1000);
  }

  update(component) {
    this.data = component.data;
    this.ahead = this.data.now - Date.now() / 1000;
    const same = JSON.stringify([this.data.rows, this.data.more]);
    if (same !== this.drawn) this.draw();
    this.drawn = same;
    this.tick();
  }

  draw() {
    this.root.hidden = !this.data.rows.length;
    this.box.hidden = this.data.rows.length < FILTER_FROM && !this.field.value;
    this.ages = [];
    const focused = this.list.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    const rows = this.data.rows.map((row) => {
      const age = el("span", "", { title: `Waiting since ${exact(row.since)}` });
      this.ages.push([age, row.since]);
      const foot = el("span", "ss-queue-foot ss-muted", {}, el("span", "ss-cut", { title: row.asks }, row.asks), age);
      const words = el("span", "ss-queue-words", {}, el("b", "", {}, row.title), row.subject && el("span", "ss-cut", { title: row.subject }, row.subject), foot);
      const link = pageLink(row.url, "ss-queue-row", sign("waiting"), words);
      if (row.open) link.setAttribute("aria-current", "true");
      return el("li", "", {}, link);
    });
    const more = this.data.more > 0 ? [el("li", "ss-muted ss-small ss-queue-more", {}, `${count(this.data.more)} more come after these.`)] : [];
    this.list.replaceChildren(...rows, ...more);
    if (focused) [...this.list.querySelectorAll("a")].find((link) => link.getAttribute("href") === focused)?.focus();
    this.filter();
    this.list.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
  }

  filter() {
    const words = this.field.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    [...this.list.querySelectorAll("li")].forEach((item, at) => {
      const row = this.data.rows[at];
      const text = row ? `${row.title} ${row.subject} ${row.asks}`.toLowerCase() : "";
      item.hidden = words.length > 0 && !words.every((word) => text.includes(word));
      shown += row && !item.hidden ? 1 : 0;
    });
    this.found.textContent = !words.length ? "" : shown ? `${count(shown)} of ${count(this.data.rows.length)} match` : `No request matches “${this.field.value.trim()}”.`;
  }

  tick() {
    const now = Date.now() / 1000 + this.ahead;
    for (const [age, since] of this.ages) {
      const text = span(now - since);
      if (age.textContent !== text) age.textContent = text;
    }
  }

  // Alt J and Alt K go to the next and the previous request; the other keys belong to the buttons.
  onKey(event) {
    if (!event.altKey || event.ctrlKey || event.metaKey) return;
    const step = { KeyJ: 1, KeyK: -1 }[event.code];
    if (!step) return;
    const links = [...this.list.querySelectorAll("li:not([hidden]) a")];
    // By the address, which is ahead of the page while that is drawn: keys may be pressed quickly.
    const named = new URLSearchParams(location.search).has("prompt");
    const at = links.findIndex((link) => (named ? link.search === location.search : link.hasAttribute("aria-current")));
    const next = links[at + step];
    if (!next) return;
    event.preventDefault();
    goTo(next.getAttribute("href"));
  }

  close() {
    clearInterval(this.ticker);
    document.removeEventListener("keydown", this.keys);
    this.root.replaceChildren();
  }
}

export const make = (root) => new RequestQueue(root);
