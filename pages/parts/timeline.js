// The timeline as a table: only the rows in view are in the page, so a run of 100,000 records scrolls like one of ten.
import { button, eachFrame, el } from "./dom.js";
import { live } from "./live.js";
import { sign } from "./signs.js";
import { clock, count, duration, exact, ticking } from "./words.js";

const MAX_HEIGHT_PX = 8_000_000;
const OVERSCAN = 6;
const COLUMNS = [["#", "seq"], ["Time", "time"], ["What", "what"], ["Step", "step"], ["In short", "short"], ["Took", "took"]];
const SIGNS = { person: "waiting", trouble: "failed" };

let made = 0;

class Timeline {
  constructor(root) {
    this.root = root;
    this.following = true;
    this.clockTimes = false;
    this.draw = eachFrame(() => this.paint(), true);
    this.total = el("span", "ss-muted ss-small ss-total");
    this.follower = button("Following", () => this.follow(!this.following), { className: "ss-pill", pressed: "true" });
    this.times = button("", () => this.switchTimes(), { className: "ss-icon", title: "Show clock times", icon: "schedule" });
    const look = el("h3", "ss-bar-title", {}, "Timeline");
    const bar = el("div", "ss-bar", {}, look, el("span", "ss-grow"), this.total, this.times, this.follower);
    const heads = COLUMNS.map(([words, name]) => el("span", `ss-cell ss-${name}`, { role: "columnheader" }, words));
    const headId = `ss-heads-${(made += 1)}`;
    this.head = el("div", "ss-row ss-row-head", { role: "row", id: headId }, ...heads);
    this.rows = el("div", "ss-rows", { role: "rowgroup" });
    this.space = el("div", "ss-space", { role: "presentation" }, this.rows);
    this.scroller = el("div", "ss-scroller", { tabindex: "0", role: "grid", "aria-label": "Timeline", "aria-owns": headId, "aria-colcount": COLUMNS.length }, this.space);
    this.alert = el("div", "ss-hidden", { "aria-live": "polite" });
    root.append(el("section", "ss-own ss-timeline", {}, bar, this.head, this.scroller, this.alert));
    this.scroller.addEventListener("scroll", () => this.onScroll());
    this.scroller.addEventListener("keydown", (event) => this.onKey(event));
    this.rows.addEventListener("click", (event) => this.onClick(event));
    this.made = new Map();
    this.lastTop = 0;
    this.ticker = setInterval(() => this.waiting && this.draw(), 1000);
    this.onResize = () => this.draw();
    window.addEventListener("resize", this.onResize);
  }

  update(component) {
    this.component = component;
    if (component.data.run === this.run) return this.draw();
    this.leave();
    this.run = component.data.run;
    this.feed = live.open(this.run);
    this.feed.addEventListener("change", this.draw);
    this.onSelect = () => this.showSelected();
    this.feed.addEventListener("select", this.onSelect);
    this.opened = false;
    this.draw();
  }

  // An ended run is read from its start, a live one from its tail; only a live one can be followed.
  open() {
    const ended = Boolean(this.feed.summary?.ended_at);
    this.follower.hidden = ended;
    if (this.opened) return;
    this.opened = true;
    if (ended) this.follow(false);
  }

  leave() {
    if (!this.feed) return;
    this.feed.removeEventListener("change", this.draw);
    this.feed.removeEventListener("select", this.onSelect);
    live.release(this.feed);
  }

  // --- where we are ---

  get rowHeight() {
    return this.narrow ? 46 : 30;
  }

  // A row may stand for many records, which are missing or can't be read: the rows after it move up.
  get spans() {
    return this.feed.summary?.spans ?? [];
  }

  get lines() {
    return this.lineOf(this.feed.upto);
  }

  /** The number of the row, from 1, that shows a record. */
  lineOf(seq) {
    let line = seq;
    for (const [first, last] of this.spans) if (first < seq) line -= Math.min(seq, last) - first;
    return line;
  }

  /** The record that a row shows; of a row that stands for many, the first. */
  seqOf(line) {
    let seq = line;
    for (const [first, last] of this.spans) if (first < seq) seq += last - first;
    return seq;
  }

  measure() {
    this.narrow = this.root.clientWidth < 560;
    this.root.firstChild.classList.toggle("ss-narrow", this.narrow);
    const full = this.lines * this.rowHeight;
    this.height = Math.min(full, MAX_HEIGHT_PX);
    this.view = Math.max(this.rowHeight * 3, Math.min(full, Math.max(300, window.innerHeight * 0.55)));
    this.scroller.style.height = `${this.view}px`;
    this.space.style.height = `${this.height}px`;
    // Beyond what a browser can scroll, the bar moves in steps of several rows.
    this.stretch = this.height > this.view ? (full - this.view) / (this.height - this.view) : 1;
  }

  onScroll() {
    const top = this.scroller.scrollTop;
    const atEnd = top + this.view >= this.height - 4;
    if (top < this.lastTop - 1 && !atEnd && this.following) this.follow(false);
    else if (atEnd && !this.following && top > this.lastTop) this.follow(true);
    this.lastTop = top;
    this.draw();
  }

  follow(on) {
    this.following = on;
    this.follower.setAttribute("aria-pressed", String(on));
    this.follower.lastChild.textContent = on ? "Following" : "Follow";
    this.draw();
  }

  switchTimes() {
    this.clockTimes = !this.clockTimes;
    this.times.title = this.clockTimes ? "Show time since start" : "Show clock times";
    this.times.setAttribute("aria-label", this.times.title);
    this.made.clear();
    this.draw();
  }

  goToRow(seq) {
    const line = this.lineOf(seq);
    const top = ((line - 1) * this.rowHeight) / this.stretch;
    const bottom = (line * this.rowHeight - this.view) / this.stretch;
    if (this.scroller.scrollTop > top) this.scroller.scrollTop = top;
    else if (this.scroller.scrollTop < bottom) this.scroller.scrollTop = bottom;
  }

  // --- painting ---

  paint() {
    if (this.closed || !this.feed) return;
    if (this.feed.summary) this.open();
    this.measure();
    this.total.textContent = this.feed.upto === 1 ? "1 record" : `${count(this.feed.upto)} records`;
    this.scroller.setAttribute("aria-rowcount", this.lines);
    if (this.following && this.scroller.scrollTop + this.view < this.height - 1) {
      this.scroller.scrollTop = this.height;
      this.lastTop = this.scroller.scrollTop;
    }
    const virtualTop = this.scroller.scrollTop * this.stretch;
    const first = Math.max(1, Math.floor(virtualTop / this.rowHeight) + 1 - OVERSCAN);
    const last = Math.min(this.lines, Math.ceil((virtualTop + this.view) / this.rowHeight) + OVERSCAN);
    if (last >= first) this.feed.need(this.seqOf(first), this.seqOf(last));
    this.rows.style.transform = `translateY(${this.scroller.scrollTop - virtualTop + (first - 1) * this.rowHeight}px)`;
    this.replaceRows(first, last);
    this.announce();
  }

  replaceRows(first, last) {
    const made = new Map();
    const wanted = [];
    this.waiting = false;
    for (let line = first; line <= last; line += 1) {
      const seq = this.seqOf(line);
      const row = this.feed.rows.get(seq);
      const old = this.made.get(seq);
      const kept = old && old.row === row ? old : { row, element: this.row(seq, row) };
      this.mark(kept.element, seq, row);
      made.set(seq, kept);
      wanted.push(kept.element);
    }
    this.made = made;
    const current = [...this.rows.children];
    if (current.length !== wanted.length || current.some((element, index) => element !== wanted[index])) {
      this.rows.replaceChildren(...wanted);
    }
  }

  row(seq, row) {
    const cell = (name, ...children) => el("span", `ss-cell ss-${name}`, { role: "gridcell" }, ...children);
    const element = el("div", "ss-row", { role: "row", "aria-rowindex": this.lineOf(seq), "data-seq": seq, id: `ss-row-${seq}` });
    if (!row) {
      element.append(cell("seq", count(seq)), cell("time"), cell("what", "…"));
      return element;
    }
    const time = this.clockTimes ? clock(row.t, 3) : row.dt < 100 ? `+${row.dt.toFixed(3)} s` : `+${duration(row.dt)}`;
    const what = cell("what", sign(SIGNS[row.sign] ?? row.sign), this.bold(row));
    element.append(
      cell("seq", count(seq)),
      cell("time", time),
      what,
      cell("step", row.step ?? ""),
      cell("short", row.short ?? ""),
      cell("took", row.took_ms === null || row.took_ms === undefined ? "" : duration(row.took_ms / 1000)),
    );
    element.children[1].title = exact(row.t);
    what.title = row.what;
    element.children[4].title = row.short ?? "";
    if (row.tone) element.dataset.tone = row.tone;
    return element;
  }

  bold(row) {
    const text = el("span", "ss-cut");
    const at = row.name ? row.what.indexOf(row.name) : -1;
    const strong = row.sign === "step" || row.sign === "person" || row.tone !== "";
    if (at < 0 || !strong) text.append(row.what);
    else text.append(row.what.slice(0, at), el("b", "", {}, row.name), row.what.slice(at + row.name.length));
    return text;
  }

  mark(element, seq, row) {
    const selection = this.feed.selection;
    element.setAttribute("aria-selected", String(selection?.seq === seq));
    element.classList.toggle("ss-same", Boolean(selection && selection.seq !== seq && row?.nodes?.some((id) => selection.nodes.includes(id))));
    const summary = this.feed.summary;
    if (row?.prompt && summary) this.markPrompt(element, row, summary.open_prompts.includes(row.prompt));
  }

  // A prompt's row says whether it still waits: the record is committed, its answer comes later.
  markPrompt(element, row, waits) {
    const words = waits ? "Waiting for you" : "A person was asked";
    const name = element.querySelector(".ss-what b");
    if (name && name.textContent !== words) name.textContent = words;
    element.dataset.tone = waits ? "waiting" : "";
    element.lastChild.textContent = waits ? ticking(this.feed.now() - row.t) : "";
    this.waiting ||= waits;
  }

  // Says the 1st, 10th, 100th … record, not each.
  announce() {
    const power = 10 ** Math.floor(Math.log10(Math.max(1, this.feed.upto)));
    if (power === this.said) return;
    this.said = power;
    this.alert.textContent = `${count(power)} ${power === 1 ? "record" : "records"}`;
  }

  // --- choosing ---

  showSelected() {
    const seq = this.feed.selection?.seq;
    if (seq) {
      if (seq < this.feed.upto) this.follow(false);
      this.goToRow(seq);
      this.scroller.setAttribute("aria-activedescendant", `ss-row-${seq}`);
    }
    this.draw();
  }

  onClick(event) {
    const seq = Number(event.target.closest("[data-seq]")?.dataset.seq);
    if (seq) this.feed.select(this.feed.selection?.seq === seq ? null : { seq });
  }

  move(step) {
    const chosen = this.feed.selection?.seq;
    const from = chosen ? this.lineOf(chosen) : step > 0 ? 0 : this.lines + 1;
    this.feed.select({ seq: this.seqOf(Math.min(this.lines, Math.max(1, from + step))) });
  }

  nextError(direction) {
    const from = this.feed.selection?.seq ?? 0;
    const failed = [...this.feed.rows.values()].filter((row) => row.tone === "failed" || row.tone === "interrupted").map((row) => row.seq);
    if (this.feed.summary?.error_seq) failed.push(this.feed.summary.error_seq);
    const after = failed.filter((seq) => (direction > 0 ? seq > from : seq < from));
    if (after.length) this.feed.select({ seq: direction > 0 ? Math.min(...after) : Math.max(...after) });
  }

  onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    event.stopPropagation();
    const page = Math.floor(this.view / this.rowHeight) - 1;
    const actions = {
      ArrowDown: () => this.move(1),
      j: () => this.move(1),
      ArrowUp: () => this.move(-1),
      k: () => this.move(-1),
      PageDown: () => this.move(page),
      PageUp: () => this.move(-page),
      Home: () => this.move(-this.feed.upto),
      End: () => this.move(this.feed.upto),
      e: () => this.nextError(1),
      E: () => this.nextError(-1),
      f: () => this.follow(!this.following),
      Escape: () => this.feed.select(null),
    };
    if (!actions[event.key]) return;
    event.preventDefault();
    actions[event.key]();
  }

  close() {
    this.closed = true;
    clearInterval(this.ticker);
    window.removeEventListener("resize", this.onResize);
    this.leave();
    this.root.replaceChildren();
  }
}

export const make = (root) => new Timeline(root);
