// How many runs began when, as bars; dragging over them, or the keyboard, chooses a stretch of time.
import { el } from "./dom.js";
import { count, dayOf } from "./words.js";

const SPACE = "http://www.w3.org/2000/svg";
const TALLEST = 40;
const TOP = 12;
const BASE = TOP + TALLEST;
const HEIGHT = BASE + 20;
const LABEL_PX = 110;
const DAY = 86400;
const KINDS = [["ended", "ended"], ["running", "running"], ["waiting", "waiting"], ["failed", "failed"]];
const HINT = "Drag to choose a time.";

function shape(tag, attributes, text) {
  const made = document.createElementNS(SPACE, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

const TO_MINUTE = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const TO_SECOND = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });

const time = (at, seconds) => (seconds ? TO_SECOND : TO_MINUTE).format(at * 1000);

export class RunChart {
  /** `choose(from, to)` is called with epoch seconds; both null for all times. */
  constructor(choose) {
    this.choose = choose;
    this.title = el("span", "ss-chart-title");
    this.readout = el("span", "ss-muted", { "aria-live": "polite" }, HINT);
    this.legend = el("span", "ss-chart-legend", { "aria-hidden": "true" });
    const bar = el("div", "ss-chart-head", {}, el("span", "", {}, this.title, " ", this.readout), el("span", "ss-grow"), this.legend);
    this.svg = shape("svg", { height: HEIGHT, width: "100%", "aria-hidden": "true" });
    this.plot = el("div", "ss-chart-plot", { tabindex: "0", role: "group" }, this.svg);
    this.twin = el("div", "ss-hidden");
    this.element = el("section", "ss-own ss-chart", {}, bar, this.plot, this.twin);
    this.plot.addEventListener("keydown", (event) => this.onKey(event));
    this.plot.addEventListener("blur", () => this.point(null));
    this.plot.addEventListener("pointerdown", (event) => this.onDown(event));
    this.plot.addEventListener("pointermove", (event) => this.onMove(event));
    this.plot.addEventListener("pointerup", (event) => this.onUp(event));
    this.plot.addEventListener("pointercancel", () => this.point(null));
    this.plot.addEventListener("pointerleave", () => this.held === undefined && this.point(null));
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(this.plot);
  }

  update(chart, now) {
    const said = JSON.stringify(chart);
    if (said === this.said) return;
    this.said = said;
    this.chart = chart;
    this.now = now;
    this.bars = new Map(chart.bars.map((bar) => [bar.at, bar]));
    this.title.textContent = `${chart.title}.`;
    const total = chart.bars.reduce((sum, bar) => sum + this.sum(bar), 0);
    const failed = chart.bars.reduce((sum, bar) => sum + bar.failed, 0);
    this.plot.setAttribute("aria-label", `${chart.title}: ${count(total)} runs, ${count(failed)} failed. Arrow keys move over the bars, Shift extends, Enter chooses a time.`);
    this.legend.replaceChildren(
      ...KINDS.filter(([kind]) => kind !== "running" || chart.bars.some((bar) => bar.running)).map(([kind, words]) =>
        el("span", "ss-chart-key", {}, el("i", `ss-key-${kind}`), words),
      ),
    );
    this.point(null);
    this.draw();
    this.tell();
  }

  sum(bar) {
    return bar ? bar.ended + bar.failed + bar.waiting + bar.running : 0;
  }

  startOf(index) {
    return this.chart.start + index * this.chart.width;
  }

  // --- drawing ---

  draw() {
    const width = this.plot.clientWidth;
    if (!this.chart || !width) return;
    const { size } = this.chart;
    this.svg.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
    this.step = width / size;
    const most = Math.max(1, ...this.chart.bars.map((bar) => this.sum(bar)));
    const parts = [...this.chart.bars.flatMap((bar) => this.bar(bar, most)), shape("path", { d: `M0 ${BASE + 0.5}H${width}`, class: "ss-chart-base" })];
    this.range = shape("rect", { class: "ss-chart-range", y: 0, height: BASE, width: 0, x: 0 });
    this.svg.replaceChildren(this.range, ...parts, ...this.labels(width));
    this.showRange();
  }

  bar(bar, most) {
    const gap = this.step > 6 ? 2 : this.step > 3 ? 1 : 0;
    const x = bar.at * this.step + gap / 2;
    const wide = Math.max(1, this.step - gap);
    const parts = [];
    let y = BASE;
    for (const [kind] of KINDS) {
      if (!bar[kind]) continue;
      const height = Math.max(kind === "ended" ? 2 : 3, (bar[kind] / most) * (TALLEST - 6));
      y -= height;
      parts.push(shape("rect", { x, y, width: wide, height: Math.max(1, height - (y + height < BASE ? 1 : 0)), class: `ss-bar-${kind}` }));
    }
    if (bar.failed) {
      const middle = x + wide / 2;
      parts.push(shape("path", { d: `M${middle - 3} ${y - 8}l6 6m0-6l-6 6`, class: "ss-chart-cross" }));
    }
    return parts;
  }

  labels(width) {
    const { size, width: seconds } = this.chart;
    const every = Math.max(1, Math.ceil((size * LABEL_PX) / width));
    const made = [];
    const live = Math.abs(this.startOf(size) - this.now) < seconds * 1.5;
    const room = width - (live ? LABEL_PX * 0.6 : 0);
    let before = "";
    for (let index = 0; index < size && index * this.step < room - 40; index += every) {
      const at = this.startOf(index);
      const date = dayOf(at);
      const words = seconds >= DAY || (time(at) === "00:00" && size * seconds > DAY) ? date : date === before || size * seconds <= DAY * 1.1 ? time(at, seconds < 60) : `${date}, ${time(at)}`;
      before = date;
      made.push(shape("text", { x: index * this.step + 1, y: BASE + 15, class: "ss-chart-label" }, words));
    }
    if (live) made.push(shape("text", { x: width - 1, y: BASE + 15, class: "ss-chart-label", "text-anchor": "end" }, "now"));
    return made;
  }

  // The same as a table, for those who don't see the bars.
  tell() {
    const { bars } = this.chart;
    const head = el("tr", "", {}, ...["Time", "Runs", "Failed", "Waiting", "Running"].map((words) => el("th", "", { scope: "col" }, words)));
    const rows = bars.map((bar) =>
      el("tr", "", {}, el("th", "", { scope: "row" }, this.words(bar.at, bar.at)), ...[this.sum(bar), bar.failed, bar.waiting, bar.running].map((number) => el("td", "", {}, String(number)))),
    );
    this.twin.replaceChildren(el("table", "", {}, el("caption", "", {}, this.chart.title), el("thead", "", {}, head), el("tbody", "", {}, ...rows)));
  }

  words(first, last) {
    const from = this.startOf(first);
    const to = this.startOf(last + 1);
    if (this.chart.width >= DAY) return first === last && this.chart.width === DAY ? dayOf(from) : `${dayOf(from)} to ${dayOf(to - 1)}`;
    const date = dayOf(from) === dayOf(this.now) ? "" : `${dayOf(from)}, `;
    const second = this.chart.width < 60;
    return `${date}${time(from, second)} to ${dayOf(to) === dayOf(from) ? "" : `${dayOf(to)}, `}${time(to, second)}`;
  }

  // --- choosing ---

  /** Point at a bar, or at a stretch of them; null for none. */
  point(first, last = first) {
    this.pointed = first === null ? null : [Math.min(first, last), Math.max(first, last)];
    this.showRange();
    if (!this.pointed) {
      this.readout.textContent = HINT;
      return;
    }
    let runs = 0;
    let failed = 0;
    for (let index = this.pointed[0]; index <= this.pointed[1]; index += 1) {
      runs += this.sum(this.bars.get(index));
      failed += this.bars.get(index)?.failed ?? 0;
    }
    this.readout.textContent = `${this.words(...this.pointed)}: ${count(runs)} ${runs === 1 ? "run" : "runs"}${failed ? `, ${count(failed)} failed` : ""}`;
  }

  showRange() {
    if (!this.range) return;
    const [first, last] = this.pointed ?? [0, -1];
    this.range.setAttribute("x", first * this.step);
    this.range.setAttribute("width", (last - first + 1) * this.step);
  }

  indexAt(event) {
    const box = this.plot.getBoundingClientRect();
    return Math.min(this.chart.size - 1, Math.max(0, Math.floor((event.clientX - box.left) / this.step)));
  }

  onDown(event) {
    if (!this.chart || event.button !== 0) return;
    this.held = this.indexAt(event);
    this.plot.setPointerCapture(event.pointerId);
    this.point(this.held);
  }

  onMove(event) {
    if (this.chart) this.point(this.held ?? this.indexAt(event), this.indexAt(event));
  }

  onUp(event) {
    if (this.held === undefined) return;
    const from = this.held;
    this.held = undefined;
    this.point(from, this.indexAt(event));
    this.take();
  }

  take() {
    if (!this.pointed) return;
    const [first, last] = this.pointed;
    this.choose(this.startOf(first), this.startOf(last + 1));
  }

  onKey(event) {
    if (!this.chart || event.ctrlKey || event.metaKey || event.altKey) return;
    const moves = { ArrowLeft: -1, ArrowRight: 1, PageUp: -5, PageDown: 5, Home: -Infinity, End: Infinity };
    if (event.key in moves) {
      const here = this.cursor ?? (moves[event.key] > 0 ? -1 : this.chart.size);
      const at = Math.min(this.chart.size - 1, Math.max(0, here + moves[event.key]));
      this.fixed = event.shiftKey ? (this.fixed ?? this.cursor ?? at) : at;
      this.cursor = at;
      this.point(this.fixed, at);
    } else if (event.key === "Enter" || event.key === " ") this.take();
    else if (event.key === "Escape") {
      this.cursor = this.fixed = undefined;
      if (this.pointed) this.point(null);
      else this.choose(null, null);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  close() {
    this.observer.disconnect();
  }
}
