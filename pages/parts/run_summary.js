// A run in numbers: its steps and event types as compact tables, and all its tables as files.
// While the run goes on the numbers follow it, at most once a second, and less often where they take long to make.
import { button, el, symbol } from "./dom.js";
import { count, duration } from "./words.js";

const EVERY_MS = 1000;
const REST = 10; // a summary that takes long is asked for after ten times as long
const BEHIND = 3000; // a long run is counted while the page is there already
const FILES = [
  ["steps", "Steps", "one line a step"],
  ["event_types", "Event types", "one line a type"],
  ["invocations", "Invocations", "one line an execution of a step"],
  ["events", "Events", "one line an event"],
  ["records", "Records", "everything, one line a record"],
];
let menus = 0;

export class RunSummary {
  constructor() {
    this.root = el("div", "ss-body ss-summary");
    this.onChange = () => this.later();
  }

  /** Show the numbers of this feed's run, and keep them right, until `rest`. */
  follow(feed) {
    if (this.feed === feed) return;
    this.rest();
    this.feed = feed;
    feed.addEventListener("change", this.onChange);
    document.addEventListener("visibilitychange", this.onChange);
    if (!this.shown) this.root.replaceChildren(el("p", "ss-muted", {}, "Counting…"));
    this.later();
  }

  /** Don't follow it any more. */
  rest() {
    clearTimeout(this.timer);
    this.timer = null;
    document.removeEventListener("visibilitychange", this.onChange);
    this.feed?.removeEventListener("change", this.onChange);
    this.feed = null;
  }

  later() {
    if (this.timer || this.asking || !this.feed || document.hidden || this.feed.gone) return;
    if (this.shown && this.shown.upto >= this.feed.upto) return;
    const since = performance.now() - (this.askedAt ?? -Infinity);
    const wait = Math.max(EVERY_MS, REST * (this.shown?.made_ms ?? 0));
    this.timer = setTimeout(() => this.ask(), Math.max(0, wait - since));
  }

  async ask() {
    this.timer = null;
    const { feed } = this;
    if (!feed) return;
    this.asking = true;
    this.askedAt = performance.now();
    try {
      const found = await feed.get("summary");
      if (this.feed === feed) this.show(found);
    } catch (error) {
      if (!this.shown) this.root.replaceChildren(el("p", "ss-muted", {}, error.message));
    } finally {
      this.asking = false;
    }
    this.later();
  }

  show(found) {
    const same = this.shown && JSON.stringify([found.steps, found.events]) === JSON.stringify([this.shown.steps, this.shown.events]);
    this.shown = found;
    const behind = found.upto < this.feed.upto - BEHIND ? `Counted up to record ${count(found.upto)} of ${count(this.feed.upto)} so far.` : "";
    if (same && behind === this.behind) return;
    this.behind = behind;
    const scrolled = this.root.scrollTop;
    const parts = [behind && el("p", "ss-muted", {}, behind), this.steps(found.steps), this.events(found.events)];
    const hint = el("p", "ss-muted ss-small", {}, "Choose a step, an event or a row to see what it holds.");
    this.root.replaceChildren(...parts.filter(Boolean), hint);
    this.root.scrollTop = scrolled;
  }

  choose(kind, name) {
    const nodes = Object.keys(this.feed?.graph?.nodes ?? {});
    const id = nodes.find((one) => one.startsWith(`${kind}:`) && one.endsWith(`.${name}`));
    return id ? () => this.feed.select({ node: id }) : null;
  }

  steps(rows) {
    const errors = (row) => (row.errors ? [count(row.errors), row.retried ? `${count(row.retried)} of them tried again` : ""] : ["", ""]);
    const lines = rows.map((row) => {
      const anew = row.invocations - row.done - row.errors - row.waited - row.cancelled - row.running;
      const notes = [anew > 0 && `${count(anew)} begun anew`, row.running && `${count(row.running)} running`, row.waited && `${count(row.waited)} waited for an answer`, row.cancelled && `${count(row.cancelled)} not ended`].filter(Boolean);
      const [failed, again] = errors(row);
      return [name(row.step, this.choose("step", row.step), notes.join(" · ")), count(row.invocations), time(row.median_ms), time(row.p95_ms), time(row.queue_median_ms), el("span", failed ? "ss-failed-count" : "", { title: again || null }, failed || "–")];
    });
    return table("Steps", ["Step", ["Ran", "how often the step ran"], ["Median", "of those that came to their end"], ["p95", "95 % took no longer"], ["Queued", "median time in the queue"], ["Errors", "all that failed, also those that were tried again"]], lines, "No step has begun.");
  }

  events(rows) {
    const lines = rows.map((row) => [name(row.type, this.choose("event", row.type), row.streamed ? `${count(row.streamed)} written to the stream only` : ""), count(row.events), count(row.taken), time(row.wait_median_ms), time(row.wait_p95_ms)]);
    return table("Events", ["Event", ["Sent", "how many there were"], ["Taken", "how often a step took one"], ["Wait", "median time in a step’s queue"], ["p95", "95 % waited no longer"]], lines, "No event was sent.");
  }

  /** A button that opens the list of files. */
  files(run) {
    const id = `ss-files-${(menus += 1)}`;
    const links = FILES.map(([table, title, says]) => {
      const href = new URL(`stepscope/api/runs/${encodeURIComponent(run)}/tables/${table}.csv`, document.baseURI).href;
      return el("a", "ss-menu-item", { href, download: "" }, symbol("download"), el("span", "", {}, title, " ", el("span", "ss-muted", {}, says)));
    });
    const menu = el("div", "ss-menu ss-files", { id, popover: "auto", role: "group", "aria-label": "Download as CSV" }, ...links);
    const opener = button("CSV", () => place(opener, menu), { className: "ss-btn ss-small-btn", icon: "download", title: "Download tables as CSV" });
    menu.addEventListener("click", () => menu.hidePopover());
    return el("span", "", {}, opener, menu);
  }
}

function place(opener, menu) {
  menu.togglePopover();
  if (!menu.matches(":popover-open")) return;
  const at = opener.getBoundingClientRect();
  menu.style.left = `${Math.max(8, Math.min(at.right - menu.offsetWidth, innerWidth - menu.offsetWidth - 8))}px`;
  menu.style.top = `${Math.max(8, Math.min(at.bottom + 4, innerHeight - menu.offsetHeight - 8))}px`;
}

const time = (ms) => (ms === null ? "–" : duration(ms / 1000));

function name(text, choose, note) {
  const shown = choose ? el("button", "ss-table-name ss-cut", { type: "button", title: text, onclick: choose }, text) : el("span", "ss-cut", { title: text }, text);
  return el("span", "ss-table-first", {}, shown, note && el("span", "ss-muted ss-cut", { title: note }, note));
}

function table(title, heads, rows, nothing) {
  const box = el("div", "", {}, el("h4", "", {}, title));
  if (!rows.length) return box.append(el("span", "ss-muted", {}, nothing)), box;
  const head = el("tr", "", {}, ...heads.map((one) => (typeof one === "string" ? el("th", "", { scope: "col" }, one) : el("th", "", { scope: "col", title: one[1] }, one[0]))));
  const body = rows.map(([first, ...cells]) => el("tr", "", {}, el("th", "", { scope: "row" }, first), ...cells.map((cell) => el("td", "", {}, cell))));
  box.append(el("table", "ss-numbers", {}, el("thead", "", {}, head), el("tbody", "", {}, ...body)));
  return box;
}
