// The timeline as a table: only the rows in view are in the page, so a run of 100,000 records scrolls like one of ten.
import { button, el, keepChildren } from "./dom.js";
import { Menu } from "./menu.js";
import { MatchingRecords } from "./timeline_matches.js";
import { AllRecords } from "./timeline_records.js";
import { COLUMNS, chosenExtras, headOf, markRow, shownColumns, tableRow, toggleColumn, wordsOf } from "./timeline_row.js";
import { count } from "./words.js";

const MAX_HEIGHT_PX = 8_000_000;
const OVERSCAN = 6;
const IN_ORDER = { by: "seq", descending: false };

let made = 0;

class Table {
  constructor(host, timeline) {
    this.timeline = timeline;
    this.feed = timeline.feed;
    this.host = host;
    this.sorted = IN_ORDER;
    this.headId = `ss-heads-${(made += 1)}`;
    this.head = el("div");
    this.rows = el("div", "ss-rows", { role: "rowgroup" });
    this.space = el("div", "ss-space", { role: "presentation" }, this.rows);
    this.scroller = el("div", "ss-scroller", { tabindex: "0", role: "grid", "aria-label": "Timeline", "aria-owns": this.headId }, this.space);
    this.emptyWords = el("strong");
    this.empty = el("div", "ss-no-match", { role: "status" }, this.emptyWords, button("Clear filter", () => timeline.setFilter(null), { className: "ss-btn" }));
    this.empty.hidden = true;
    this.menu = new Menu(() => this.menuItems(), "Columns and order", "ss-graph-menu");
    this.more = button("", () => this.menu.open(this.more), { className: "ss-icon", title: "Columns and order", icon: "view_column" });
    this.more.setAttribute("aria-haspopup", "menu");
    this.tools = [this.more];
    host.append(this.head, this.scroller, this.empty, this.menu.element);
    this.scroller.addEventListener("scroll", () => this.onScroll());
    this.rows.addEventListener("click", (event) => this.onClick(event));
    this.lastTop = 0;
    this.showColumns();
    this.use();
  }

  // --- which records, in which order ---

  use() {
    this.filter = this.timeline.filter;
    this.records?.close();
    const plain = !this.filter && this.sorted === IN_ORDER;
    this.records = plain ? new AllRecords(this.feed) : this.matching();
    this.made = new Map();
  }

  matching() {
    const { filter, sorted } = this;
    const query = { ...(filter ?? {}), regex: filter?.regex ? "1" : "" };
    if (sorted !== IN_ORDER) Object.assign(query, { sort: sorted.by, desc: sorted.descending ? "1" : "" });
    for (const name of Object.keys(query)) if (!query[name]) delete query[name];
    return new MatchingRecords(this.feed, query, () => this.timeline.draw(), (sentence) => this.timeline.refuse(sentence));
  }

  sort(by) {
    const { sorted } = this;
    const same = sorted.by === by;
    this.sorted = by === "seq" ? (same && !sorted.descending ? { by, descending: true } : IN_ORDER) : same ? (sorted.descending ? IN_ORDER : { by, descending: true }) : { by, descending: by === "took" };
    const words = this.sorted === IN_ORDER ? "In the order of their numbers" : `Sorted by ${wordsOf(COLUMNS.find(({ sort }) => sort === this.sorted.by)).toLowerCase()}, ${this.sorted.descending ? "descending" : "ascending"}`;
    this.timeline.announce(words);
    if (this.sorted !== IN_ORDER) this.timeline.follow(false);
    this.showColumns();
    this.use();
    this.scroller.scrollTop = this.lastTop = 0;
    this.timeline.draw();
    this.head.querySelector(`[data-sort=${by}] button`)?.focus();
  }

  showColumns() {
    this.columns = shownColumns();
    const head = headOf(this.headId, this.columns, this.sorted, (by) => this.sort(by));
    this.head.replaceWith(head);
    this.head = head;
    this.host.style.setProperty("--ss-columns", this.columns.map(({ width }) => width).join(" "));
    this.scroller.setAttribute("aria-colcount", this.columns.length);
    this.made = new Map();
    this.timeline.draw();
  }

  menuItems() {
    const extras = chosenExtras();
    const columns = COLUMNS.filter(({ extra }) => extra).map((column) => ({
      words: wordsOf(column),
      checked: extras.includes(column.name),
      act: () => {
        toggleColumn(column.name);
        this.showColumns();
      },
    }));
    const orders = COLUMNS.filter(({ sort }) => sort).map((column) => ({
      words: wordsOf(column),
      icon: this.sorted.by === column.sort ? (this.sorted.descending ? "arrow_downward" : "arrow_upward") : "sort",
      act: () => this.sort(column.sort),
    }));
    return [{ title: "Columns" }, ...columns, { title: "Sort by" }, ...orders];
  }

  show(place) {
    if (this.timeline.filter !== this.filter) this.use();
    this.measure();
    if (place && !this.timeline.following) this.goTo(place, true);
  }

  hide() {}

  // --- where we are ---

  get rowHeight() {
    return this.timeline.narrow ? 46 : 30;
  }

  get lines() {
    return this.records.lines ?? 0;
  }

  measure() {
    const full = this.lines * this.rowHeight;
    this.height = Math.min(full, MAX_HEIGHT_PX);
    const digits = String(this.feed.upto).length;
    if (digits !== this.digits) this.host.style.setProperty("--ss-seq-width", `${Math.max(58, 24 + digits * 8 + Math.floor((digits - 1) / 3) * 8)}px`);
    this.digits = digits;
    this.view = Math.max(this.rowHeight * 3, Math.min(full, Math.max(300, window.innerHeight * 0.55)));
    const heights = `${this.view}/${this.height}`;
    if (heights !== this.heights) {
      this.heights = heights;
      this.scroller.style.height = `${this.view}px`;
      this.space.style.height = `${this.height}px`;
    }
    // Beyond what a browser can scroll, the bar moves in steps of several rows.
    this.stretch = this.height > this.view ? (full - this.view) / (this.height - this.view) : 1;
  }

  onScroll() {
    const top = this.scroller.scrollTop;
    const atEnd = top + this.view >= this.height - 4;
    const { timeline } = this;
    if (top < this.lastTop - 1 && !atEnd && timeline.following) timeline.follow(false);
    else if (atEnd && !timeline.following && top > this.lastTop && !this.feed.summary?.ended_at) timeline.follow(true);
    this.lastTop = top;
    timeline.draw();
  }

  place() {
    if (!this.lines) return null;
    const middle = (this.scroller.scrollTop * this.stretch + this.view / 2) / this.rowHeight;
    return this.records.at(Math.min(this.lines, Math.max(1, Math.ceil(middle)))).seq ?? null;
  }

  /** Bring a record in view; of those that a filter leaves out, the next one that it doesn't. */
  async goTo(seq, middle = false) {
    const { records } = this;
    const line = records.lineOf(seq) ?? (await records.near(seq));
    if (line === null || records !== this.records) return;
    this.measure();
    this.scrollTo(line, middle);
    this.timeline.draw();
  }

  scrollTo(line, middle = false) {
    const top = ((line - 1) * this.rowHeight) / this.stretch;
    const bottom = (line * this.rowHeight - this.view) / this.stretch;
    if (middle) this.scroller.scrollTop = (top + bottom) / 2;
    else if (this.scroller.scrollTop > top) this.scroller.scrollTop = top;
    else if (this.scroller.scrollTop < bottom) this.scroller.scrollTop = bottom;
    this.lastTop = this.scroller.scrollTop;
  }

  // --- painting ---

  draw() {
    if (this.timeline.filter !== this.filter) {
      this.use();
      this.scroller.scrollTop = this.lastTop = 0;
      const chosen = this.feed.selection?.seq;
      if (chosen) this.goTo(chosen, true);
    }
    this.measure();
    this.showEmpty();
    this.scroller.setAttribute("aria-rowcount", this.lines + 1);
    if (this.timeline.following && this.scroller.scrollTop + this.view < this.height - 1) {
      this.scroller.scrollTop = this.height;
      this.lastTop = this.scroller.scrollTop;
    }
    const virtualTop = this.scroller.scrollTop * this.stretch;
    const first = Math.max(1, Math.floor(virtualTop / this.rowHeight) + 1 - OVERSCAN);
    const last = Math.min(this.lines, Math.ceil((virtualTop + this.view) / this.rowHeight) + OVERSCAN);
    if (last >= first) this.records.need(first, last);
    this.rows.style.transform = `translateY(${this.scroller.scrollTop - virtualTop + (first - 1) * this.rowHeight}px)`;
    this.replaceRows(first, last);
  }

  showEmpty() {
    const { filter } = this;
    const none = Boolean(filter) && this.records.lines === 0 && this.records.done;
    this.empty.hidden = !none;
    this.scroller.hidden = none;
    if (!none) return;
    const parts = [filter.q && `“${filter.q}”`, filter.step && `step ${filter.step}`, filter.event && `event type ${filter.event}`, filter.kind && "this kind"];
    this.emptyWords.textContent = `No record matches ${parts.filter(Boolean).join(" with ")}`;
  }

  replaceRows(first, last) {
    const made = new Map();
    const wanted = [];
    const { clockTimes } = this.timeline;
    let before = first > 1 ? this.records.at(first - 1).row : null;
    for (let line = first; line <= last; line += 1) {
      const { seq, row } = this.records.at(line);
      const name = seq ?? `line-${line}`;
      const old = this.made.get(name);
      const fits = old && old.row === row && old.clockTimes === clockTimes && old.line === line && old.before === before;
      const kept = fits ? old : { row, clockTimes, line, before, element: tableRow(line, seq, row, { columns: this.columns, clockTimes, before }) };
      markRow(kept.element, seq, row, this.feed);
      made.set(name, kept);
      wanted.push(kept.element);
      before = row;
    }
    this.made = made;
    keepChildren(this.rows, wanted);
  }

  /** What the bar says while not all records are shown. */
  total() {
    if (!this.filter) return undefined;
    const { records } = this;
    if (records.lines === null) return "Searching…";
    const all = count(this.feed.upto);
    if (records.done) return `${count(records.lines)} of ${all}`;
    return `${count(records.lines)} so far, ${count(records.seen)} of ${all} searched`;
  }

  // --- choosing ---

  select() {
    const seq = this.feed.selection?.seq;
    if (!seq) return this.scroller.removeAttribute("aria-activedescendant");
    this.goTo(seq);
    this.scroller.setAttribute("aria-activedescendant", `ss-row-${seq}`);
  }

  onClick(event) {
    const seq = Number(event.target.closest("[data-seq]")?.dataset.seq);
    if (seq) this.feed.select(this.feed.selection?.seq === seq ? null : { seq });
  }

  async move(step) {
    if (!this.lines) return;
    const { records } = this;
    const chosen = this.feed.selection?.seq;
    const known = chosen ? records.lineOf(chosen) : step > 0 ? 0 : this.lines + 1;
    const from = known ?? (await records.near(chosen)) ?? 0;
    const line = Math.min(this.lines, Math.max(1, from + step));
    const seq = records.seqOf(line) ?? (await records.found(line));
    if (seq && records === this.records) this.feed.select({ seq });
  }

  onKey(event) {
    const page = Math.floor(this.view / this.rowHeight) - 1;
    const moves = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1, PageDown: page, PageUp: -page, Home: -this.lines, End: this.lines };
    const step = moves[event.key];
    if (step === undefined) return false;
    this.move(step);
    return true;
  }

  focus() {
    this.scroller.focus();
  }

  close() {
    this.records.close();
  }
}

export const make = (host, timeline) => new Table(host, timeline);
