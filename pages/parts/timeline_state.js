// ctx.store as it was at the shown record: the selected one, else the latest. What changed last is marked and says who
// wrote it.
import { button, el } from "./dom.js";
import { fieldTree } from "./field_tree.js";
import { LookQuery } from "./look_query.js";
import { sign } from "./signs.js";
import { clock, count, duration } from "./words.js";

const LIVE_EVERY_MS = 300;
const OPS = { set: "set", set_state: "replaced the whole state", edit_state: "edited the state", clear: "cleared the store" };

class State {
  constructor(host, timeline) {
    this.timeline = timeline;
    this.feed = timeline.feed;
    this.query = new LookQuery(timeline, "state", LIVE_EVERY_MS, (state, query) => this.take(state, query));
    this.previous = button("", () => this.go(this.state?.step_back), { className: "ss-icon", title: "Previous change", icon: "chevron_left" });
    this.next = button("", () => this.go(this.state?.next), { className: "ss-icon", title: "Next change", icon: "chevron_right" });
    this.where = el("span", "ss-v-where");
    this.who = el("span", "ss-v-who");
    this.head = el("div", "ss-v-head", {}, this.where, el("span", "ss-grow"), this.previous, this.next);
    this.changes = el("div", "ss-v-changes");
    this.body = el("div", "ss-v-body");
    this.scroller = el("div", "ss-scroller ss-v-scroller", { tabindex: "0", role: "group", "aria-label": "State" }, this.head, this.changes, this.body);
    this.note = el("p", "ss-muted ss-look-note", {}, "The filter leaves nothing out of the state.");
    this.note.hidden = true;
    host.append(this.note, this.scroller);
  }

  show(place) {
    this.shown = true;
    // Without a selection, the state at what was looked at; a live run that is followed shows its latest.
    this.at = this.timeline.following && !this.feed.summary?.ended_at ? 0 : (place ?? 0);
    this.timeline.draw();
  }

  hide() {
    this.shown = false;
  }

  /** The record whose state is wanted; 0 for the latest. */
  get wanted() {
    return this.feed.selection?.seq || (this.timeline.following ? 0 : this.at) || 0;
  }

  total() {
    if (!this.state) return null;
    return this.state.writes === 1 ? "1 change" : `${count(this.state.writes)} changes`;
  }

  draw() {
    if (!this.shown || !this.feed.ready) return;
    const told = `${this.wanted}/${this.feed.upto}`;
    this.note.hidden = !this.timeline.filter;
    if (told !== this.query.asked) this.query.ask(`at=${this.wanted}`, { told });
    else if (this.times !== this.timeline.clockTimes) this.paint();
  }

  take(state, query) {
    const askedFor = Number(query.slice("at=".length));
    const same = this.askedFor === askedFor && this.state && JSON.stringify({ ...state, upto: 0, seq: 0 }) === JSON.stringify({ ...this.state, step_back: undefined, upto: 0, seq: 0 });
    this.state = state;
    this.askedFor = askedFor;
    // From a record after a change, "previous" first goes to that change itself.
    state.step_back = state.last && state.last.seq < state.seq && askedFor ? state.last.seq : state.previous;
    if (!same) this.paint();
  }

  // --- painting ---

  paint() {
    const { state } = this;
    if (!state) return;
    this.times = this.timeline.clockTimes;
    const names = Object.keys(state.store);
    const others = Object.entries(state.namespaces);
    this.previous.disabled = !state.step_back;
    this.next.disabled = !state.next;
    this.head.hidden = !state.writes && !names.length && !others.length;
    const at = this.askedFor ? `at record ${count(state.seq)}` : this.feed.summary?.ended_at ? "at the end of the run" : "now";
    this.where.replaceChildren(el("b", "", {}, "ctx.store "), at, state.write ? ` · change ${count(state.write)} of ${count(state.writes)}` : state.writes ? ` · before the first of ${count(state.writes)} changes` : "");
    this.changes.replaceChildren(...this.lastChange());
    this.body.replaceChildren(...this.fields(names, others));
  }

  lastChange() {
    const { last, missing } = this.state;
    const notes = missing ? [el("p", "ss-muted", {}, "Some records of this run are missing: a change may be among them.")] : [];
    if (!last) return notes;
    const time = this.times ? clock(last.t, 3) : `+${duration(Math.max(0, last.t - (this.feed.summary?.started_at ?? last.t)))}`;
    const who = button(`${last.step || "code outside a step"} #${count(last.seq)}`, () => this.feed.select({ seq: last.seq }), { className: "ss-chip", title: "Select this record" });
    who.prepend(sign("store", 13));
    const line = el("p", "ss-v-last", {}, "Last change: ", who, ` ${OPS[last.op] ?? last.op}${last.namespace ? ` in ${last.namespace}` : ""} `, el("span", "ss-muted", {}, time));
    return [line, ...notes];
  }

  fields(names, others) {
    const { state } = this;
    if (!state.writes && !names.length && !others.length) {
      const sentence = this.feed.summary?.ended_at ? "No step of this run wrote to ctx.store." : "No step has written to ctx.store yet.";
      return [el("p", "ss-muted ss-v-empty", {}, sentence)];
    }
    const made = [names.length ? this.tree(state.store, "") : el("p", "ss-muted ss-v-empty", {}, state.write ? "ctx.store is empty here." : "Nothing was written before this record.")];
    for (const [name, store] of others) made.push(el("h4", "ss-v-namespace", {}, name), this.tree(store, name));
    return made;
  }

  // What the last change wrote is marked in the tree, with what stood there before.
  tree(store, namespace) {
    const { last } = this.state;
    const tree = fieldTree(store);
    if (!last || (last.namespace ?? "") !== namespace) return tree;
    const removed = new Set(last.removed ?? []);
    const keys = new Map([...tree.children].filter((one) => one.classList.contains("ss-key")).map((key) => [key.textContent, key]));
    for (const [path, pair] of Object.entries(last.changes ?? {})) {
      const key = keys.get(path) ?? keys.get(path.split(".")[0]);
      const before = Array.isArray(pair) && pair.length === 2 ? pair[0] : undefined;
      if (removed.has(path)) {
        tree.append(el("del", "ss-key ss-v-removed", {}, path), el("span", "ss-value ss-v-removed", {}, this.was(before, "removed, was ")));
      } else if (key) {
        key.classList.add("ss-v-changed");
        key.title = "Written by the last change";
        const value = key.nextElementSibling;
        value?.classList.add("ss-v-changed");
        if (before !== undefined) value?.append(this.was(before, path === key.textContent ? "was " : `${path} was `));
      }
    }
    return tree;
  }

  was(before, words) {
    if (before === null || before === undefined) return el("span", "ss-v-was ss-muted", {}, words.startsWith("removed") ? "removed" : "new");
    const text = typeof before === "string" ? `"${before}"` : JSON.stringify(before);
    const short = text.length > 120 ? `${text.slice(0, 120)}… (${count(text.length)} characters)` : text;
    return el("span", "ss-v-was ss-muted", {}, words, el("del", "", {}, short));
  }

  // --- choosing ---

  go(seq) {
    if (seq) this.feed.select({ seq });
  }

  select() {}

  onKey(event) {
    const seq = { ArrowDown: this.state?.next, j: this.state?.next, ArrowUp: this.state?.step_back, k: this.state?.step_back }[event.key];
    if (seq === undefined && !["ArrowDown", "ArrowUp", "j", "k"].includes(event.key)) return false;
    this.go(seq);
    return true;
  }

  focus() {
    this.scroller.focus();
  }

  place() {
    return this.state?.last?.seq ?? null;
  }

  close() {
    this.query.close();
  }
}

export const make = (host, timeline) => new State(host, timeline);
