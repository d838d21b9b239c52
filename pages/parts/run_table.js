// All runs that are found, as rows that link to their traces: only those in view are in the page, and they change live.
// Rows don't move while the pointer is over them; what has changed meanwhile is offered by a button.
import { button, eachFrame, el, keepChildren } from "./dom.js";
import { cameBack, found, queryOf } from "./found_runs.js";
import { RunMenu } from "./run_menu.js";
import { runLink, tickRuns } from "./run_row.js";
import { RunSelection } from "./run_selection.js";
import { STATUS_WORDS, count } from "./words.js";

const OVERSCAN = 8;
const NARROW_PX = 640;
const MEDIUM_PX = 1100;
const COLUMNS = ["Status", "Workflow", "Input → result or error", "Started", "Took", "Last 20 runs"];
const MAX_HEIGHT_PX = 8_000_000;

// Where the list was when it was left: Back leads there again.
let left = null;

class RunTable {
  constructor(root) {
    this.root = root;
    this.selection = new RunSelection();
    this.made = new Map();
    this.current = 0;
    this.draw = eachFrame(() => this.paint(), true);
    this.menu = new RunMenu((row) => this.askDelete({ ids: [row.run] }));
    this.build();
    this.listen();
    this.back = cameBack() && left?.key === found.key ? left : null;
    found.use();
  }

  build() {
    this.all = el("input", "", { type: "checkbox", "aria-label": "Select all runs found", onchange: () => this.onAll() });
    const columns = COLUMNS.map((words) => el("span", "", {}, words));
    this.columns = el("div", "ss-run ss-run-columns", { "aria-hidden": "true" }, ...columns);
    this.chosen = el("span", "ss-chosen-count", { role: "status" });
    this.more = button("", () => this.selectAll(), { className: "ss-link" });
    this.csv = button("Export CSV", () => this.exportChosen(), { className: "ss-btn ss-small-btn", icon: "download" });
    this.remove = button("Delete", () => this.askDelete(), { className: "ss-btn ss-small-btn", icon: "delete" });
    const none = button("Clear selection", () => this.clearSelection(), { className: "ss-link" });
    this.actions = el("div", "ss-chosen-actions", { role: "group", "aria-label": "Selected runs" }, this.chosen, this.more, el("span", "ss-grow"), this.csv, this.remove, none);
    const head = el("div", "ss-table-head", {}, el("label", "ss-check", {}, this.all), this.columns, this.actions);
    this.rows = el("div", "ss-rows", { role: "list", "aria-label": "Runs" });
    this.space = el("div", "ss-space", {}, this.rows);
    this.scroller = el("div", "ss-scroller", { tabindex: "-1" }, this.space);
    this.empty = el("div", "ss-no-match", { role: "status" });
    this.news = button("", () => this.showNews(), { className: "ss-btn ss-small-btn ss-news" });
    this.shown = el("span", "ss-muted");
    this.download = el("a", "ss-link", { download: true }, "Download CSV");
    const foot = el("div", "ss-table-foot", {}, this.shown, el("span", "ss-grow"), this.download);
    this.area = el("div", "", {}, head, this.news, this.scroller);
    this.section = el("section", "ss-own ss-run-table", {}, this.area, this.empty, foot);
    this.root.append(this.section, this.menu.element);
  }

  listen() {
    this.scroller.addEventListener("scroll", () => {
      this.top = this.scroller.scrollTop;
      this.draw();
    });
    this.scroller.addEventListener("keydown", (event) => this.onKey(event));
    this.area.addEventListener("pointermove", (event) => (found.held = event.pointerType === "mouse"));
    this.area.addEventListener("pointerleave", () => found.letGo());
    this.rows.addEventListener("click", (event) => this.onClick(event), true);
    this.rows.addEventListener("focusin", (event) => this.onFocus(event));
    this.onFilters = () => this.filtersChanged();
    this.onShift = (event) => this.shift(event.detail);
    found.addEventListener("change", this.draw);
    found.addEventListener("filters", this.onFilters);
    found.addEventListener("shift", this.onShift);
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(this.root);
    window.addEventListener("resize", this.draw);
    this.ticker = setInterval(() => tickRuns(this.rows, found.now()), 1000);
  }

  update(component) {
    this.component = component;
    if (component.data.deleted !== this.deleted) {
      this.deleted = component.data.deleted;
      this.clearSelection();
      found.letGo(); // what was deleted goes at once, wherever the pointer is
    }
    this.draw();
  }

  // --- where we are ---

  get rowHeight() {
    return this.narrow ? 84 : 32;
  }

  measure() {
    this.narrow = this.root.clientWidth < NARROW_PX;
    this.section.classList.toggle("ss-narrow", this.narrow);
    this.section.classList.toggle("ss-medium", this.root.clientWidth < MEDIUM_PX);
    const full = (found.matching ?? 0) * this.rowHeight;
    this.height = Math.min(full, MAX_HEIGHT_PX);
    const page = document.querySelector("[data-testid=stMain]");
    const top = this.scroller.getBoundingClientRect().top + (page?.scrollTop ?? 0);
    const room = this.narrow ? window.innerHeight - 150 : window.innerHeight - top - 78;
    this.seen = Math.min(full, Math.max(this.rowHeight * (this.narrow ? 4 : 8), Math.floor(room)));
    const styles = { height: `${this.seen}px` };
    if (this.scroller.style.height !== styles.height) Object.assign(this.scroller.style, styles);
    this.space.style.height = `${this.height}px`;
    this.stretch = this.height > this.seen ? (full - this.seen) / (this.height - this.seen) : 1;
  }

  // More rows above: what was in view stays where it was.
  shift(rows) {
    this.measure();
    this.current = Math.max(0, this.current + rows);
    if (this.scroller.scrollTop > 0) this.scroller.scrollTop += (rows * this.rowHeight) / this.stretch;
  }

  showNews() {
    found.letGo();
    this.scroller.scrollTop = 0;
  }

  filtersChanged() {
    this.selection.clear();
    this.current = 0;
    this.scroller.scrollTop = 0;
    this.draw();
  }

  restore() {
    if (!this.back || found.matching === null || found.stale) return;
    this.scroller.scrollTop = this.back.top;
    this.current = this.back.current;
    this.back = null;
  }

  // --- painting ---

  paint() {
    if (this.closed) return;
    const nothing = found.matching === 0 && !found.stale;
    this.scroller.hidden = nothing;
    this.measure();
    this.restore();
    const top = this.scroller.scrollTop * this.stretch;
    const firstSeen = Math.floor(top / this.rowHeight);
    const first = Math.max(0, firstSeen - OVERSCAN);
    const last = Math.min((found.matching ?? 0) - 1, Math.ceil((top + this.seen) / this.rowHeight) + OVERSCAN);
    const anchor = this.scroller.scrollTop > 0 ? found.rows.get(firstSeen) : null;
    found.need(first, Math.max(last, first), anchor ? { run: anchor.run, index: firstSeen } : null);
    this.rows.style.transform = `translateY(${this.scroller.scrollTop - top + first * this.rowHeight}px)`;
    this.placeRows(first, last);
    this.focusCurrent();
    this.lastSeen = Math.min(found.matching ?? 0, Math.floor((top + this.seen) / this.rowHeight + 0.2));
    this.paintHead();
    this.paintFoot();
    this.paintNoMatch(nothing);
    this.section.classList.toggle("ss-stale", Boolean(found.stale));
    tickRuns(this.rows, found.now());
  }

  placeRows(first, last) {
    const focused = this.rows.contains(document.activeElement) ? document.activeElement : null;
    const made = new Map();
    const wanted = [];
    for (let index = first; index <= last; index += 1) {
      const row = found.rows.get(index);
      const name = row?.run ?? `at-${index}`;
      const old = this.made.get(name);
      const same = old && row && (old.row === row || old.said === JSON.stringify(row));
      const kept = same ? old : this.makeRow(row, old);
      kept.row = row;
      this.mark(kept.element, index, row);
      made.set(name, kept);
      wanted.push(kept.element);
    }
    this.made = made;
    keepChildren(this.rows, wanted);
    if (!focused || document.activeElement === focused) return;
    (focused.isConnected ? focused : this.scroller).focus({ preventScroll: true }); // keys still work where it was
  }

  makeRow(row, old) {
    if (!row) return { said: undefined, element: el("div", "ss-found-run ss-run-coming", { role: "listitem" }, "…") };
    const hadFocus = old?.element.contains(document.activeElement) ? document.activeElement.className : null;
    const box = el("input", "", { type: "checkbox", tabindex: "-1", "aria-label": `Select ${row.workflow}, run ${row.run}` });
    const link = runLink(row);
    const more = button("", (event) => this.menu.open(row, event.currentTarget), { className: "ss-icon ss-run-more", icon: "more_horiz", title: `More for run ${row.run}` });
    more.setAttribute("tabindex", "-1");
    more.setAttribute("aria-haspopup", "menu");
    const element = el("div", "ss-found-run", { role: "listitem" }, el("label", "ss-check", {}, box), link, more);
    if (hadFocus !== null) {
      old.element.replaceWith(element);
      (hadFocus.includes("ss-run-more") ? more : hadFocus.includes("ss-run") ? link : box).focus({ preventScroll: true });
    }
    return { said: JSON.stringify(row), element };
  }

  mark(element, index, row) {
    element.setAttribute("aria-setsize", found.matching);
    element.setAttribute("aria-posinset", index + 1);
    element.dataset.index = index;
    if (!row) return;
    const chosen = this.selection.has(row.run);
    element.classList.toggle("ss-chosen", chosen);
    element.querySelector("input").checked = chosen;
    const stop = index === this.current ? "0" : "-1";
    for (const part of [element.querySelector("input"), element.querySelector("a"), element.querySelector("button")]) part.setAttribute("tabindex", stop);
  }

  paintHead() {
    const chosen = this.selection.count(found.matching);
    const matching = found.matching ?? 0;
    this.all.checked = chosen > 0 && chosen === matching;
    this.all.indeterminate = chosen > 0 && chosen < matching;
    this.section.classList.toggle("ss-choosing", chosen > 0);
    this.chosen.textContent = chosen ? `${count(chosen)} selected` : "";
    this.more.hidden = chosen === 0 || chosen === matching;
    this.more.textContent = `Select all ${count(matching)}`;
  }

  paintFoot() {
    const matching = found.matching ?? 0;
    const shown = Math.min(matching, this.lastSeen);
    const words = found.matching === null && !found.trouble ? "" : found.trouble
      ? `${found.trouble.replace(/\.$/, "")}. Trying again every 3 s.`
      : shown < matching
        ? `${count(shown)} of ${count(matching)} shown · scroll for more`
        : `${count(matching)} ${matching === 1 ? "run" : "runs"} shown`;
    if (this.shown.textContent !== words) this.shown.textContent = words;
    this.download.href = found.csvUrl();
    this.download.hidden = matching === 0;
    const more = found.pending ? found.pending.answer.matching - matching : 0;
    this.news.hidden = !found.pending;
    const news = more > 0 ? `${count(more)} new ${more === 1 ? "run" : "runs"} · show` : "The list has changed · show";
    if (found.pending && this.news.textContent !== news) this.news.textContent = news;
  }

  paintNoMatch(nothing) {
    this.empty.hidden = !nothing;
    if (!nothing || !found.overview) return;
    const said = found.key + JSON.stringify(found.overview.relaxed);
    if (this.saidEmpty === said) return;
    this.saidEmpty = said;
    const { relaxed, chosen } = found.overview;
    const { q, status, workflow } = found.filters;
    const words = status?.split(",").map((name) => STATUS_WORDS[name].replace(" for you", ""));
    const what = [
      q ? `matches “${q}”` : "is here",
      words && `with status ${words.length > 1 ? `${words.slice(0, -1).join(", ")} or ${words.at(-1)}` : words[0]}`,
      chosen && (chosen.startsWith("last") ? `in the ${chosen}` : /^(since|until)/.test(chosen) ? chosen : `from ${chosen}`),
    ];
    const leave = { status: ["status"], time: ["last", "from", "to"], workflow: ["workflow", "file"], all: ["status", "last", "from", "to", "workflow", "file"] };
    const names = relaxed ? leave[relaxed.leave_out] : ["q", ...leave.all];
    const show = () => found.set(Object.fromEntries(names.map((name) => [name, null])));
    this.empty.replaceChildren(
      el("strong", "", {}, `No run ${workflow ? `of ${workflow} ` : ""}${what.filter(Boolean).join(" ")}`),
      el("p", "ss-muted", {}, relaxed ? relaxed.sentence : q ? "Inputs, results, errors, workflow names and run ids were searched." : "No run matches without filters either."),
      button(relaxed ? (relaxed.count === 1 ? "Show it" : `Show all ${count(relaxed.count)}`) : "Show all runs", show, { className: "ss-btn ss-primary" }),
    );
  }

  // --- selecting ---

  rowOf(element) {
    const at = Number(element.closest?.("[data-index]")?.dataset.index);
    return Number.isInteger(at) ? { index: at, row: found.rows.get(at) } : null;
  }

  onClick(event) {
    const at = this.rowOf(event.target);
    const box = event.target.closest(".ss-check");
    if (!at?.row) return;
    this.current = at.index;
    if (!box) return;
    // The label passes its click on to the box: one of the two is enough.
    if (event.target !== box.querySelector("input")) {
      event.preventDefault();
      event.stopPropagation();
    }
    this.choose(at.index, !this.selection.has(at.row.run), event.shiftKey);
    event.stopPropagation();
    queueMicrotask(() => this.draw());
  }

  async choose(index, on, range) {
    const from = range ? (this.selection.last ?? index) : index;
    const ids = await found.idsBetween(Math.min(from, index), Math.max(from, index));
    for (const id of ids) this.selection.set(id, on);
    this.selection.last = index;
    this.draw();
  }

  onAll() {
    if (this.selection.count(found.matching) > 0) this.clearSelection();
    else this.selectAll();
  }

  selectAll() {
    this.selection.selectAll();
    this.draw();
  }

  clearSelection() {
    this.selection.clear();
    this.draw();
  }

  askDelete(meaning = this.selection.meaning(found.filters)) {
    this.component.setTriggerValue("delete", meaning);
  }

  // A form, since there is no end to how many ids it may hold.
  exportChosen() {
    const { all, ids } = this.selection;
    if (all && !ids.size) return this.download.click();
    const action = all ? found.csvUrl() : new URL("api/runs.csv", found.base).href;
    const field = el("input", "", { type: "hidden", name: all ? "except" : "ids", value: [...ids].join(",") });
    const form = el("form", "", { method: "post", action, hidden: true }, field);
    this.root.append(form);
    form.submit();
    form.remove();
  }

  // --- keys ---

  onFocus(event) {
    const at = this.rowOf(event.target);
    if (at && at.index !== this.current) {
      this.current = at.index;
      this.draw();
    }
  }

  goTo(index) {
    if (!found.matching) return;
    this.current = Math.min(found.matching - 1, Math.max(0, index));
    const top = (this.current * this.rowHeight) / this.stretch;
    const bottom = ((this.current + 1) * this.rowHeight - this.seen) / this.stretch;
    if (this.scroller.scrollTop > top) this.scroller.scrollTop = top;
    else if (this.scroller.scrollTop < bottom) this.scroller.scrollTop = bottom;
    this.wantsFocus = true;
    this.paint();
  }

  // A row that was gone to may have to be fetched first.
  focusCurrent() {
    const link = this.wantsFocus && this.rows.querySelector(`[data-index="${this.current}"] a`);
    if (!link) return;
    this.wantsFocus = false;
    link.focus({ preventScroll: true });
  }

  onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    event.stopPropagation(); // Streamlit listens for single keys
    const page = Math.floor(this.seen / this.rowHeight) - 1;
    const steps = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
    const row = found.rows.get(this.current);
    if (event.key in steps) {
      const from = this.current;
      this.goTo(from + steps[event.key]);
      if (event.shiftKey && event.key.startsWith("Arrow")) {
        this.selection.last ??= from;
        this.choose(this.current, true, true);
      }
    } else if (event.key === " " || event.key === "x") {
      if (event.target.matches("button")) return;
      if (row) this.choose(this.current, !this.selection.has(row.run), event.shiftKey);
    } else if (event.key === "Delete" && row) {
      this.askDelete(this.selection.count(found.matching) ? undefined : { ids: [row.run] });
    } else if (event.key === "Escape") this.clearSelection();
    else if (event.key === "/") return document.querySelector(".ss-runs-search input")?.focus(), event.preventDefault();
    else return;
    event.preventDefault();
  }

  close() {
    this.closed = true;
    left = { key: queryOf(found.filters).toString(), top: this.top ?? 0, current: this.current }; // the scroller is gone by now
    clearInterval(this.ticker);
    this.observer.disconnect();
    window.removeEventListener("resize", this.draw);
    found.removeEventListener("change", this.draw);
    found.removeEventListener("filters", this.onFilters);
    found.removeEventListener("shift", this.onShift);
    found.held = false;
    found.release();
    this.root.replaceChildren();
  }
}

export const make = (root) => new RunTable(root);
