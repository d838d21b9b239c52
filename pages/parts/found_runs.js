// The runs that the page's URL asks for: filters, overview and windows of rows, shared by the parts of Traces.
// The server says when runs have changed; what is shown is then fetched again.
import { live } from "./live.js";

export const NAMES = ["q", "workflow", "file", "status", "last", "from", "to"];
export const STATUSES = ["running", "waiting", "failed", "interrupted", "cancelled", "done"];
export const TIMES = { "1h": "Last hour", "24h": "Last 24 h", "7d": "Last 7 days", "30d": "Last 30 days" };
const WINDOW = 100;
const LIMIT = 200;
const REST_MS = 300;
const RETRY_MS = 3000;

// Where the person went back or forward to; going to a page by a link sends an event that isn't trusted.
let wentBack = "";
window.addEventListener("popstate", (event) => {
  wentBack = event.isTrusted ? location.pathname : "";
});

/** Whether this page was reached by going back or forward; said once. */
export function cameBack() {
  const back = wentBack === location.pathname;
  wentBack = "";
  return back;
}

/** The filters in a URL; what nobody could mean is left out. */
export function readFilters(search) {
  const given = new URLSearchParams(search);
  const filters = {};
  for (const name of NAMES) if (given.get(name)) filters[name] = given.get(name);
  if (filters.status) {
    filters.status = STATUSES.filter((name) => filters.status.split(",").includes(name)).join(",");
    if (!filters.status) delete filters.status;
  }
  if (filters.last && !TIMES[filters.last]) delete filters.last;
  for (const name of ["from", "to"]) if (filters.last || !Number.isFinite(Number(filters[name]))) delete filters[name];
  return filters;
}

/** Filters as a query, always in one order. */
export function queryOf(filters) {
  const query = new URLSearchParams();
  for (const name of NAMES) if (filters[name]) query.set(name, filters[name]);
  return query;
}

class FoundRuns extends EventTarget {
  constructor() {
    super();
    this.users = 0;
    this.base = new URL("stepscope/", document.baseURI);
    this.reset(readFilters(location.search));
    live.addEventListener("runs", () => this.refreshSoon());
    live.addEventListener("connection", () => this.watch());
    window.addEventListener("popstate", () => this.users && this.readUrl());
    document.addEventListener("visibilitychange", () => this.watch());
  }

  reset(filters) {
    this.filters = filters;
    this.key = queryOf(filters).toString();
    this.rows = new Map();
    this.matching = null;
    this.pending = null;
    this.view = { first: 0, last: WINDOW - 1, anchor: null };
    this.asked = null;
  }

  // --- being used ---

  use() {
    this.users += 1;
    this.path = location.pathname;
    this.readUrl();
    this.watch();
  }

  release() {
    this.users -= 1;
    if (this.users === 0) this.watch();
  }

  watch() {
    if (this.users > 0 && this.stamp && !document.hidden) live.send({ op: "watch_runs", stamp: this.stamp });
    else live.send({ op: "unwatch_runs" });
  }

  now() {
    return Date.now() / 1000 + (this.ahead ?? 0);
  }

  changed() {
    this.dispatchEvent(new Event("change"));
  }

  // --- filters ---

  readUrl() {
    if (location.pathname !== this.path) return; // on the way to another page
    const filters = readFilters(location.search);
    if (queryOf(filters).toString() === this.key) return;
    this.reset(filters);
    this.dispatchEvent(new Event("filters"));
    this.load();
  }

  /** Change some filters; null leaves one out. Typing replaces the entry in the history, everything else adds one. */
  set(changes, typing = false) {
    const filters = { ...this.filters, ...changes };
    for (const name of NAMES) if (!filters[name]) delete filters[name];
    const key = queryOf(filters).toString();
    if (key === this.key) return;
    const url = location.pathname + (key ? `?${key}` : "");
    if (typing) history.replaceState(history.state, "", url);
    else history.pushState(null, "", url);
    const before = { rows: this.rows, matching: this.matching };
    this.reset(filters);
    Object.assign(this, before, { stale: true }); // what was shown stays until the answer is there
    this.dispatchEvent(new Event("filters"));
    this.load();
  }

  get filtered() {
    return this.key !== "";
  }

  clear() {
    this.set(Object.fromEntries(NAMES.map((name) => [name, null])));
  }

  // --- reading ---

  /** What came with the page. */
  take(query, answer) {
    this.readUrl();
    const mine = answer && queryOf(readFilters(`?${queryOf(query)}`)).toString() === this.key;
    if (!mine) return void (this.matching === null && this.load());
    if (answer.stamp === this.stamp && this.matching !== null && !this.stale) return;
    if (this.matching === null || this.stale) this.accept(answer, true);
    else this.refresh();
  }

  /** The rows from `first` to `last` are in view; those that aren't here are fetched. */
  need(first, last, anchor) {
    this.view = { first, last, anchor };
    if (this.stale || this.matching === null) return;
    for (let index = first; index <= Math.min(last, this.matching - 1); index += 1) {
      if (!this.rows.has(index)) return this.load();
    }
  }

  refreshSoon() {
    if (this.users === 0 || this.waiting) return;
    const rest = Math.max(REST_MS, 3 * (this.took ?? 0)) - (performance.now() - (this.loadedAt ?? 0));
    this.waiting = setTimeout(() => {
      this.waiting = null;
      this.refresh();
    }, Math.max(0, rest));
  }

  refresh() {
    this.again = true;
    this.load();
  }

  // One request at a time; what changed meanwhile is asked for after it.
  async load() {
    if (this.loading) {
      this.dirty = true;
      return;
    }
    this.loading = true;
    clearTimeout(this.retry);
    do {
      this.dirty = false;
      await this.fetchOnce();
    } while (this.dirty);
    this.loading = false;
  }

  async fetchOnce() {
    const key = this.key;
    const fresh = this.again || this.stale || this.matching === null;
    this.again = false;
    const began = performance.now();
    const offset = Math.max(0, this.view.first - Math.floor((LIMIT - WINDOW) / 2));
    const query = queryOf(this.filters);
    query.set("offset", offset);
    query.set("limit", Math.min(LIMIT, this.view.last - offset + Math.floor(WINDOW / 2)));
    if (fresh) query.set("overview", "1");
    const anchor = this.view.anchor;
    if (fresh && anchor) query.set("anchor", anchor.run);
    try {
      const response = await fetch(new URL(`api/runs?${query}`, this.base), { cache: "no-store" });
      const answer = await response.json();
      if (!response.ok) throw new Error(answer.error);
      this.trouble = null;
      this.took = performance.now() - began;
      this.loadedAt = performance.now();
      if (key !== this.key) this.dirty = true;
      else this.accept(answer, fresh, anchor);
    } catch (error) {
      this.trouble = error instanceof TypeError ? "Not connected." : String(error.message);
      this.retry = setTimeout(() => this.users > 0 && this.refresh(), RETRY_MS);
      this.changed();
    }
  }

  // --- taking answers ---

  accept(answer, fresh, anchor = null) {
    this.ahead = answer.now - Date.now() / 1000;
    for (const row of answer.rows) row.durations = answer.sparks[row.spark];
    if (fresh) {
      this.overview = answer.overview;
      const known = this.stamp;
      this.stamp = answer.stamp;
      if (known !== answer.stamp) this.watch();
      if (this.held && !this.stale && this.moves(answer)) {
        this.updateInPlace(answer);
        this.pending = { answer, anchor };
        return this.changed();
      }
      this.replace(answer, anchor);
    } else {
      if (answer.matching !== this.matching) this.refreshSoon();
      for (const [at, row] of answer.rows.entries()) this.rows.set(answer.first + at, row);
    }
    this.changed();
  }

  replace(answer, anchor) {
    this.stale = false;
    this.pending = null;
    this.rows = new Map(answer.rows.map((row, at) => [answer.first + at, row]));
    this.matching = answer.matching;
    const shift = anchor && Number.isInteger(answer.place) ? answer.place - anchor.index : 0;
    if (shift) this.dispatchEvent(new CustomEvent("shift", { detail: shift }));
  }

  /** Whether taking the answer would put other runs where the pointer is. */
  moves(answer) {
    for (let index = this.view.first; index <= this.view.last; index += 1) {
      const here = this.rows.get(index)?.run;
      const there = answer.rows[index - answer.first]?.run;
      if (here !== there) return true;
    }
    return false;
  }

  updateInPlace(answer) {
    const fresh = new Map(answer.rows.map((row) => [row.run, row]));
    for (const [index, row] of this.rows) if (fresh.has(row.run)) this.rows.set(index, fresh.get(row.run));
  }

  /** Rows may move again. */
  letGo() {
    this.held = false;
    if (!this.pending) return;
    const { answer, anchor } = this.pending;
    this.replace(answer, anchor);
    this.changed();
  }

  /** The ids of rows from one index to another, fetched where they aren't here. */
  async idsBetween(first, last) {
    const key = this.key;
    for (let offset = first; offset <= last; offset += LIMIT) {
      const end = Math.min(last, offset + LIMIT - 1);
      let missing = false;
      for (let index = offset; index <= end; index += 1) missing ||= !this.rows.has(index);
      if (!missing) continue;
      const query = queryOf(this.filters);
      query.set("offset", offset);
      query.set("limit", end - offset + 1);
      const answer = await (await fetch(new URL(`api/runs?${query}`, this.base), { cache: "no-store" })).json();
      if (key !== this.key || !answer.rows) return [];
      for (const [at, row] of answer.rows.entries()) {
        row.durations = answer.sparks[row.spark];
        this.rows.set(offset + at, row);
      }
    }
    const ids = [];
    for (let index = first; index <= last; index += 1) if (this.rows.has(index)) ids.push(this.rows.get(index).run);
    return ids;
  }

  csvUrl() {
    return new URL(`api/runs.csv${this.key ? `?${this.key}` : ""}`, this.base).href;
  }
}

export const found = new FoundRuns();
