// The timeline as lanes: when each invocation was queued, ran, waited. The server folds what is in view to bars, so a run
// of a million records draws like one of ten. See inspectors/trace/gantt.py.
import { button, el } from "./dom.js";
import { GanttAxis } from "./gantt_axis.js";
import { WORK, nearestBar, nextBar } from "./gantt_bars.js";
import { ganttRow, legend } from "./gantt_rows.js";
import { GanttPointer } from "./gantt_pointer.js";
import { LookQuery } from "./look_query.js";
import { clock, duration } from "./words.js";

const LABEL_PX = 214;
const RIGHT_PX = 30;
const ROWS_AT_ONCE = 20;
const LIVE_EVERY_MS = 400;
const WAITING_EVERY_MS = 5000;
const SHORTEST_S = 1e-5;
const MAX_HEIGHT_PX = 8_000_000;

class Gantt {
  constructor(host, timeline) {
    this.host = host;
    this.timeline = timeline;
    this.feed = timeline.feed;
    this.window = null; // seconds [from, to]; null: the whole run
    this.opened = new Set();
    this.closedKeys = new Set();
    this.picture = null;
    this.query = new LookQuery(timeline, "gantt", LIVE_EVERY_MS, (picture) => this.take(picture));
    this.find = 0;
    this.tools = [
      button("", () => this.zoom(0.5), { className: "ss-icon", title: "Zoom in (+)", icon: "zoom_in" }),
      button("", () => this.zoom(2), { className: "ss-icon", title: "Zoom out (-)", icon: "zoom_out" }),
      button("", () => this.fit(), { className: "ss-icon", title: "Show the whole run (0)", icon: "fit_width" }),
    ];
    this.axis = el("div", "ss-g-axis", { "aria-hidden": "true" });
    this.grid = el("div", "ss-g-grid", { "aria-hidden": "true" });
    this.rows = el("div", "ss-g-rows", { role: "list", "aria-label": "Lanes" });
    this.space = el("div", "ss-g-space", {}, this.grid, this.rows);
    this.scroller = el("div", "ss-scroller ss-g-scroller", { tabindex: "0", role: "group", "aria-label": "Gantt: lanes of invocations. Arrows move between bars, plus and minus zoom" }, this.space);
    this.empty = el("p", "ss-muted ss-g-empty");
    this.empty.hidden = true;
    this.note = el("p", "ss-muted ss-look-note", {}, "Lanes are filtered by step only.");
    this.note.hidden = true;
    host.append(this.note, this.axis, this.scroller, this.empty, legend());
    this.scroller.addEventListener("scroll", () => this.timeline.draw());
    this.rows.addEventListener("click", (event) => this.onClick(event));
    this.pointer = new GanttPointer(this);
  }

  show(place) {
    this.shown = true;
    this.find = this.feed.selection?.seq || place || 0;
    this.timeline.draw();
  }

  hide() {
    this.shown = false;
  }

  total() {
    if (!this.picture || !this.window) return null;
    return `${duration(this.window[1] - this.window[0])} of ${duration(this.picture.whole)}`;
  }

  // --- what is in view ---

  get rowHeight() {
    return this.timeline.narrow ? 44 : 25;
  }

  get labelWidth() {
    return this.timeline.narrow ? 0 : LABEL_PX;
  }

  get width() {
    return Math.max(100, Math.round(this.host.clientWidth - this.labelWidth - RIGHT_PX));
  }

  get ended() {
    return Boolean(this.feed.summary?.ended_at);
  }

  /** What the server is asked for; the same words mean the same picture. */
  wanted() {
    const line = Math.floor((this.scroller.scrollTop * (this.stretch ?? 1)) / this.rowHeight);
    const visible = Math.ceil(Math.max(320, window.innerHeight * 0.6) / this.rowHeight);
    const first = Math.max(0, Math.floor(line / ROWS_AT_ONCE) * ROWS_AT_ONCE - ROWS_AT_ONCE);
    const query = new URLSearchParams({ width: this.width, first, rows: visible + 3 * ROWS_AT_ONCE });
    if (this.window) {
      query.set("from", this.window[0].toFixed(6));
      query.set("to", this.window[1].toFixed(6));
    }
    for (const key of this.opened) query.append("open", key);
    for (const key of this.closedKeys) query.append("closed", key);
    if (this.timeline.filter?.step) query.set("step", this.timeline.filter.step);
    if (this.find) query.set("find", this.find);
    return query.toString();
  }

  draw() {
    if (!this.shown || !this.feed.ready) return;
    const wanted = this.wanted();
    const behind = this.picture && this.picture.upto < this.feed.upto;
    if (wanted !== this.query.asked || behind || this.grows()) this.query.ask(wanted);
    this.paint();
  }

  // Bars of a run that goes on grow without new records; while only a person is waited for, nobody watches them grow.
  grows() {
    if (this.ended || !this.picture || document.hidden) return false;
    const every = this.feed.summary?.status === "waiting" ? WAITING_EVERY_MS : 0;
    return this.query.age > every;
  }

  // A new picture: what was looked for is brought in view, a live window follows the tail.
  take(picture) {
    this.picture = picture;
    this.coordinates = new GanttAxis(picture);
    this.dirty = true;
    if (this.window && this.timeline.following && !this.ended) {
      const by = picture.whole - this.window[1];
      if (Math.abs(by) > 1e-3) this.window = [Math.max(0, this.window[0] + by), picture.whole];
    }
    if (!this.find || !picture.found) return void (this.find = 0);
    this.find = 0;
    const { row, from, to } = picture.found;
    const end = to ?? picture.whole;
    if (this.window && (end < this.window[0] || from > this.window[1])) {
      const length = Math.max(this.window[1] - this.window[0], (end - from) * 1.2);
      const middle = (from + end) / 2;
      this.setWindow(middle - length / 2, middle + length / 2);
    }
    this.measure();
    if (row !== null) this.scrollTo(row);
  }

  measure() {
    const full = Math.max(1, this.picture.rows_in_all) * this.rowHeight;
    this.height = Math.min(full, MAX_HEIGHT_PX);
    this.view = Math.min(full, Math.max(300, window.innerHeight * 0.55));
    this.scroller.style.height = `${this.view}px`;
    this.space.style.height = `${this.height}px`;
    this.stretch = this.height > this.view ? (full - this.view) / (this.height - this.view) : 1;
  }

  scrollTo(row) {
    const top = (row * this.rowHeight) / this.stretch;
    const bottom = ((row + 1) * this.rowHeight - this.view) / this.stretch;
    if (this.scroller.scrollTop > top) this.scroller.scrollTop = top;
    else if (this.scroller.scrollTop < bottom) this.scroller.scrollTop = bottom;
  }

  // --- painting ---

  paint() {
    const { picture } = this;
    if (!picture) return this.query.wait(this.empty);
    this.host.style.setProperty("--ss-g-label", `${this.labelWidth}px`);
    this.host.style.setProperty("--ss-g-row", `${this.rowHeight}px`);
    this.measure();
    const times = this.timeline.clockTimes;
    if (this.dirty || this.times !== times) {
      this.dirty = false;
      this.times = times;
      this.paintAxis(times);
      this.paintRows(times);
      this.rows.dataset.drawn = this.query.asked;
    }
    const virtualTop = this.scroller.scrollTop * this.stretch;
    this.rows.style.transform = `translateY(${this.scroller.scrollTop - virtualTop + picture.first_row * this.rowHeight}px)`;
    this.empty.hidden = picture.rows_in_all > 0;
    this.empty.textContent = this.timeline.filter?.step ? `No invocation of ${this.timeline.filter.step}.` : this.ended ? "No step ran." : "No step has begun yet.";
    const { q, event, kind } = this.timeline.filter ?? {};
    this.note.hidden = !(q || event || kind);
    this.mark();
  }

  paintAxis(times) {
    const { picture, coordinates } = this;
    const ticks = coordinates.ticks(times);
    const place = (element, x) => {
      element.style.left = `${x}px`;
      return element;
    };
    const failed = picture.status === "failed" && picture.ended_x !== null && picture.ended <= picture.window[1] + 1e-6;
    const clear = (x) => !failed || Math.abs(x - picture.ended_x) > 62;
    const folds = picture.folds.map(([from, to]) => ({ from: coordinates.x(from), to: coordinates.x(to), words: `// ${duration(to - from)}` }));
    const end = failed ? place(el("b", "ss-g-end", {}, times ? clock(picture.began + picture.ended, 3) : `${picture.ended.toFixed(2)} s`), picture.ended_x) : "";
    this.axis.replaceChildren(
      ...ticks.filter(({ x }) => clear(x) && !folds.some((fold) => x > fold.from - 30 && x < fold.to + 4)).map(({ x, words }) => place(el("span", "", {}, words), x)),
      ...folds.map((fold) => place(el("span", "ss-g-fold-words", { title: "Nothing ran or was queued in this time" }, fold.words), (fold.from + fold.to) / 2)),
      end,
    );
    const band = (fold) => {
      const made = place(el("i", "ss-g-fold"), fold.from);
      made.style.width = `${fold.to - fold.from}px`;
      return made;
    };
    this.grid.replaceChildren(...ticks.map(({ x }) => place(el("i", "ss-g-line"), x)), ...folds.map(band), failed ? place(el("i", "ss-g-end-line"), picture.ended_x) : "");
  }

  paintRows(times) {
    const { picture } = this;
    const at = (time) => (times ? clock(picture.began + time, 3) : `+${time < 100 ? `${time.toFixed(3)} s` : duration(time)}`);
    const focused = document.activeElement?.closest?.(".ss-g-bar");
    const kept = focused && this.rows.contains(focused) ? `[data-seq="${focused.dataset.seq}"][data-kind="${focused.dataset.kind}"]` : null;
    this.rows.replaceChildren(...picture.rows.map((row) => ganttRow(row, { width: this.width, at, toggle: (one) => this.toggle(one) })));
    if (kept) this.rows.querySelector(kept)?.focus({ preventScroll: true });
  }

  mark() {
    const selection = this.feed.selection;
    for (const row of this.rows.children) {
      let chosen = false;
      if (row.dataset.run === this.feed.run) {
        const bars = [...row.lastChild.querySelectorAll(".ss-g-bar")];
        const of = selection?.seq ? bars.filter((bar) => [bar.dataset.seq, bar.dataset.last].includes(String(selection.seq))) : [];
        const ran = of.filter((bar) => WORK.has(bar.dataset.kind)); // its queue and its pause have the same record
        for (const bar of bars) bar.setAttribute("aria-pressed", String((ran.length ? ran : of).includes(bar)));
        chosen = of.length > 0;
      }
      row.classList.toggle("ss-g-chosen", chosen);
      const node = this.picture.nodes[row.dataset.step];
      row.classList.toggle("ss-g-same", !chosen && row.dataset.run === this.feed.run && row.dataset.kind !== "lane" && Boolean(node && selection?.nodes?.includes(node)));
    }
  }

  // --- zoom ---

  setWindow(from, to) {
    const whole = this.picture?.whole ?? 1;
    const length = Math.max(SHORTEST_S, Math.min(whole, to - from));
    const start = Math.min(Math.max(0, from), whole - length);
    this.window = length >= whole * 0.999 ? null : [start, start + length];
    this.tools[2].disabled = !this.window;
    this.timeline.draw();
  }

  /** Show `factor` times as much, with what is at `x` (or what is selected, or the middle) kept in its place. */
  zoom(factor, x = null) {
    if (!this.picture) return;
    const [from, to] = this.window ?? [0, this.picture.whole];
    const bar = this.rows.querySelector(".ss-g-bar[aria-pressed=true]");
    const at = x ?? (bar ? parseFloat(bar.style.left) + parseFloat(bar.style.width) / 2 : this.width / 2);
    const centre = Math.min(to, Math.max(from, this.coordinates.time(at)));
    const length = (to - from) * factor;
    const share = (centre - from) / (to - from || 1);
    if (!this.ended && to < this.picture.whole * 0.999) this.timeline.follow(false);
    this.setWindow(centre - length * share, centre + length * (1 - share));
  }

  fit() {
    this.window = null;
    this.tools[2].disabled = true;
    this.timeline.draw();
  }

  /** Move a zoomed window by pixels. */
  pan(px) {
    if (!this.window) return;
    const by = (px / this.width) * (this.window[1] - this.window[0]);
    if (by < 0) this.timeline.follow(false);
    this.setWindow(this.window[0] + by, this.window[1] + by);
  }

  toggle(row) {
    const [add, remove] = row.open ? [this.closedKeys, this.opened] : [this.opened, this.closedKeys];
    remove.delete(row.key);
    add.add(row.key);
    this.timeline.draw();
  }

  // --- choosing ---

  select() {
    const seq = this.feed.selection?.seq;
    const here = seq && [...this.rows.querySelectorAll(".ss-g-bar")].some((bar) => Number(bar.dataset.seq) === seq || Number(bar.dataset.last) === seq);
    if (seq && !here) this.find = seq;
    else if (seq) this.reveal();
  }

  reveal() {
    this.mark();
    const row = this.rows.querySelector(".ss-g-chosen");
    if (row) this.scrollTo(this.picture.first_row + [...this.rows.children].indexOf(row));
  }

  onClick(event) {
    const bar = event.target.closest(".ss-g-bar");
    if (bar) return this.choose(bar);
    const lane = event.target.closest(".ss-g-row:not([data-kind=group]) .ss-g-track");
    const near = lane && nearestBar(lane, event.clientX);
    if (near) return this.choose(near);
    const row = event.target.closest(".ss-g-row[data-kind=group]");
    if (row && event.target.closest(".ss-g-track") && !this.pointer.dragged) row.querySelector(".ss-g-toggle").click();
  }

  // A child run's bars choose the record of this run with which the step that started it began.
  choose(bar) {
    const row = bar.closest(".ss-g-row");
    if (row.dataset.run !== this.feed.run) {
      let above = row.previousElementSibling;
      while (above && above.dataset.run !== this.feed.run) above = above.previousElementSibling;
      const parent = above?.querySelector(".ss-g-bar[data-kind=ran],.ss-g-bar[data-kind=running]");
      return parent && this.choose(parent);
    }
    const seq = Number(bar.dataset.seq);
    const node = this.picture.nodes[row.dataset.step];
    const again = this.feed.selection?.seq === seq && bar.getAttribute("aria-pressed") === "true";
    this.feed.select(again ? null : { seq, nodes: node ? [node] : [] });
  }

  move(where) {
    const bar = nextBar(this.rows, this.feed.run, where);
    if (bar) this.go(bar);
  }

  go(bar) {
    bar.focus({ preventScroll: true });
    const node = this.picture.nodes[bar.closest(".ss-g-row").dataset.step];
    this.feed.select({ seq: Number(bar.dataset.seq), nodes: node ? [node] : [] });
    this.timeline.announce(bar.getAttribute("aria-label"));
  }

  onKey(event) {
    if (event.target.closest?.(".ss-g-toggle") && ["Enter", " "].includes(event.key)) return false;
    const actions = {
      ArrowRight: () => this.move({ dx: 1 }),
      ArrowLeft: () => this.move({ dx: -1 }),
      ArrowDown: () => this.move({ dy: 1 }),
      j: () => this.move({ dy: 1 }),
      ArrowUp: () => this.move({ dy: -1 }),
      k: () => this.move({ dy: -1 }),
      "+": () => this.zoom(0.5),
      "=": () => this.zoom(0.5),
      "-": () => this.zoom(2),
      0: () => this.fit(),
    };
    if (!actions[event.key]) return false;
    actions[event.key]();
    return true;
  }

  focus() {
    (this.rows.querySelector(".ss-g-bar[aria-pressed=true]") ?? this.scroller).focus();
  }

  place() {
    const middle = Math.floor((this.scroller.scrollTop * (this.stretch ?? 1) + (this.view ?? 0) / 2) / this.rowHeight) - (this.picture?.first_row ?? 0);
    const rows = this.picture?.rows.slice(0, middle + 1).filter((row) => row.seq && row.run === this.feed.run) ?? [];
    return rows.at(-1)?.seq ?? null;
  }

  close() {
    this.query.close();
    this.pointer.close();
  }
}

export const make = (host, timeline) => new Gantt(host, timeline);
