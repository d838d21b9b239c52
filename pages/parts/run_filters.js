// What the Traces page shows of all runs: how many there are, filters, and the chart over time. All of it is in the URL.
import { button, el } from "./dom.js";
import { STATUSES, TIMES, found } from "./found_runs.js";
import { RunChart } from "./run_chart.js";
import { sign } from "./signs.js";
import { STATUS_WORDS, count } from "./words.js";

const SHORT = { ...STATUS_WORDS, waiting: "Waiting" };
const SEARCH = "Search inputs, results, errors, run ids";

/** `212 MB`, from bytes. */
function size(bytes) {
  for (const [unit, one] of [["GB", 1e9], ["MB", 1e6], ["kB", 1e3]]) {
    if (bytes >= one) return `${bytes / one >= 10 ? Math.round(bytes / one) : (bytes / one).toFixed(1)} ${unit}`;
  }
  return `${bytes} bytes`;
}

class RunFilters {
  constructor(root) {
    this.root = root;
    this.total = el("span", "");
    this.search = el("input", "ss-input", { type: "search", placeholder: SEARCH, "aria-label": SEARCH, autocomplete: "off", spellcheck: "false", maxlength: 1000 });
    const box = el("span", "ss-runs-search", {}, this.search, el("kbd", "", { "aria-hidden": "true" }, "/"));
    this.workflow = el("select", "ss-input ss-select", { "aria-label": "Workflow" });
    this.time = el("select", "ss-input ss-select", { "aria-label": "Time" });
    this.pills = el("div", "ss-runs-pills", { role: "group", "aria-label": "Status" });
    this.clear = button("Clear filters", () => this.onClear(), { className: "ss-link" });
    this.chart = new RunChart((from, to) => found.set({ last: null, from, to }));
    const bar = el("div", "ss-runs-filters", { role: "search", "aria-label": "Filter runs" }, box, this.workflow, this.time, el("span", "ss-grow"), this.pills);
    root.append(el("div", "ss-runs-total ss-muted", {}, this.total, this.clear), bar, this.chart.element);
    this.search.addEventListener("input", () => found.set({ q: this.search.value.trim() }, true));
    this.search.addEventListener("keydown", (event) => this.onSearchKey(event));
    this.workflow.addEventListener("change", () => this.onWorkflow());
    this.time.addEventListener("change", () => this.onTime());
    this.states = new Map(STATUSES.map((name) => [name, this.pill(name)]));
    this.pills.append(...[...this.states.values()].map(({ element }) => element));
    this.onChange = () => this.draw();
    this.onFilters = () => this.showFilters();
    found.addEventListener("change", this.onChange);
    found.addEventListener("filters", this.onFilters);
    this.onSlash = (event) => this.focusSearch(event);
    document.addEventListener("keydown", this.onSlash);
    found.use();
    this.showFilters();
  }

  update(component) {
    found.take(component.data.query, component.data.answer);
    this.showFilters();
    this.draw();
  }

  pill(name) {
    const number = el("b", "", {}, "0");
    const element = el("button", "ss-pill ss-state-pill", { type: "button", "aria-pressed": "false", onclick: () => this.onPill(name) }, sign(name, 14), SHORT[name], " ", number);
    return { element, number };
  }

  // --- showing ---

  showFilters() {
    const { filters } = found;
    if ((filters.q ?? "") !== this.search.value.trim()) this.search.value = filters.q ?? "";
    const chosen = new Set((filters.status ?? "").split(","));
    for (const [name, { element }] of this.states) element.setAttribute("aria-pressed", String(chosen.has(name)));
    this.clear.hidden = !found.filtered;
    this.showTimes();
    this.showWorkflows();
  }

  draw() {
    const { overview } = found;
    if (!overview) return;
    const since = overview.since ? ` since ${overview.since}` : "";
    this.total.textContent = `${count(overview.total)} ${overview.total === 1 ? "run" : "runs"}${since} · ${size(overview.bytes)}`;
    for (const [name, { element, number }] of this.states) {
      number.textContent = count(overview.counts[name]);
      element.classList.toggle("ss-none", !overview.counts[name]);
    }
    this.showTimes();
    this.showWorkflows();
    this.chart.update(overview.chart, found.now());
  }

  // Options are only made anew when they differ: an open list would close.
  options(select, wanted, value) {
    const said = JSON.stringify(wanted);
    if (select.said !== said) {
      select.said = said;
      select.replaceChildren(...wanted.map(([key, words]) => el("option", "", { value: key }, words)));
    }
    select.value = value;
    select.classList.toggle("ss-chosen", value !== "");
  }

  showTimes() {
    const { last, from, to } = found.filters;
    const times = Object.entries(TIMES);
    const chosen = from || to ? [["chosen", (found.stale ? "" : found.overview?.chosen) || "Chosen time"]] : [];
    this.options(this.time, [["", "All times"], ...times, ...chosen], chosen.length ? "chosen" : (last ?? ""));
  }

  showWorkflows() {
    const { workflow = "", file = "" } = found.filters;
    const known = (found.overview?.workflows ?? []).map((one) => {
      const name = one.place ? `${one.workflow}, ${one.place}` : one.workflow;
      return [JSON.stringify([one.workflow, one.file]), `${name} (${count(one.runs)})`];
    });
    const value = workflow ? JSON.stringify([workflow, file]) : "";
    if (value && !known.some(([key]) => key === value)) known.push([value, file ? `${workflow}, ${file}` : workflow]);
    this.options(this.workflow, [["", "All workflows"], ...known], value);
  }

  // --- choosing ---

  onSearchKey(event) {
    if (event.key === "Escape" && this.search.value) {
      this.search.value = "";
      found.set({ q: null }, true);
    }
    if (!event.ctrlKey && !event.metaKey) event.stopPropagation();
  }

  onPill(name) {
    const chosen = new Set((found.filters.status ?? "").split(",").filter(Boolean));
    if (!chosen.delete(name)) chosen.add(name);
    found.set({ status: STATUSES.filter((one) => chosen.has(one)).join(",") });
  }

  onWorkflow() {
    const [workflow, file] = this.workflow.value ? JSON.parse(this.workflow.value) : [null, null];
    found.set({ workflow, file });
  }

  onTime() {
    if (this.time.value !== "chosen") found.set({ last: this.time.value, from: null, to: null });
  }

  onClear() {
    found.clear();
    this.search.focus();
  }

  focusSearch(event) {
    const at = event.target;
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (at.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName) || document.querySelector("[role=dialog]")) return;
    event.preventDefault();
    this.search.focus();
    this.search.select();
  }

  close() {
    found.removeEventListener("change", this.onChange);
    found.removeEventListener("filters", this.onFilters);
    document.removeEventListener("keydown", this.onSlash);
    this.chart.close();
    found.release();
    this.root.replaceChildren();
  }
}

export const make = (root) => new RunFilters(root);
