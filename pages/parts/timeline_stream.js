// What the workflow wrote to its stream: tokens joined to text by the server, other events with their fields. Blocks are
// fetched by number; those far from the view leave the page.
import { button, el, keepChildren } from "./dom.js";
import { fieldTree } from "./field_tree.js";
import { LookQuery } from "./look_query.js";
import { markdown } from "./markdown.js";
import { sign } from "./signs.js";
import { clock, count, duration } from "./words.js";

const AT_ONCE = 30;
const MOST_SHOWN = 90;
const NEAR_PX = 600;
const LIVE_EVERY_MS = 250;

class Stream {
  constructor(host, timeline) {
    this.timeline = timeline;
    this.feed = timeline.feed;
    this.query = new LookQuery(timeline, "stream", LIVE_EVERY_MS, (answer) => this.arrived(answer));
    this.blocks = [];
    this.first = 0;
    this.all = 0;
    this.written = 0;
    this.upto = 0;
    this.elements = new Map();
    this.plain = false;
    this.above = el("p", "ss-muted ss-small ss-s-more");
    this.list = el("div", "ss-s-list", { role: "list", "aria-label": "Written to the stream" });
    this.below = el("p", "ss-muted ss-small ss-s-more");
    this.empty = el("p", "ss-muted ss-s-empty");
    this.note = el("p", "ss-muted ss-look-note", {}, "The stream is filtered by step, event type and plain text only.");
    for (const note of [this.above, this.below, this.empty, this.note]) note.hidden = true;
    this.scroller = el("div", "ss-scroller ss-s-scroller", { tabindex: "0", role: "group", "aria-label": "Stream" }, this.above, this.list, this.below, this.empty);
    this.way = button("Markdown", () => this.switchWay(), { className: "ss-pill", pressed: "true", title: "Show Markdown as it is meant, or as it was written" });
    this.tools = [this.way];
    host.append(this.note, this.scroller);
    this.scroller.addEventListener("scroll", () => this.onScroll());
    this.list.addEventListener("click", (event) => this.onClick(event));
    this.lastTop = 0;
  }

  show(place) {
    this.shown = true;
    this.find = this.feed.selection?.seq || (this.timeline.following ? 0 : place) || 0;
    this.timeline.draw();
  }

  hide() {
    this.shown = false;
  }

  total() {
    if (!this.upto) return null;
    return this.written === 1 ? "1 event streamed" : `${count(this.written)} events streamed`;
  }

  get ended() {
    return Boolean(this.feed.summary?.ended_at);
  }

  // --- fetching ---

  draw() {
    if (!this.shown || !this.feed.ready) return;
    if (this.filter !== this.timeline.filter) this.choose();
    this.scroller.style.height = this.upto && !this.all ? "" : `${Math.max(300, window.innerHeight * 0.55)}px`;
    if (this.find) this.load({ find: this.find }, true);
    else if (!this.upto) this.load(this.timeline.following && !this.ended ? { first: -AT_ONCE } : { first: 0 }, true);
    else if (this.upto < this.feed.upto) this.refresh();
    this.paint();
  }

  // Step, event type and text of the filter; an expression and kinds of records are the table's.
  choose() {
    this.filter = this.timeline.filter;
    const { step = "", event = "", q = "", regex, kind } = this.filter ?? {};
    this.only = { step, event, q: regex ? "" : q };
    this.note.hidden = !regex && !kind;
    this.query.forget();
    this.upto = 0;
    this.blocks = [];
  }

  // New records make the last block longer or add blocks: what was shown of the end is asked for again.
  refresh() {
    const first = this.timeline.following ? -AT_ONCE : Math.max(this.first, this.first + this.blocks.length - AT_ONCE);
    this.load({ first }, false, true);
  }

  load(asked, anew, rests = false) {
    this.query.ask(new URLSearchParams({ count: AT_ONCE, ...asked, ...this.only }), { told: { ...asked, anew }, rests });
  }

  arrived(answer) {
    const { find, anew } = this.query.asked;
    const found = find ? answer.found : null;
    if (find && this.find === find) this.find = 0;
    this.take(answer, anew && (found !== null || !find || !this.upto));
    if (found !== null) this.wantedBlock = found;
  }

  /** Blocks join those that are shown if they touch them, or take their place. */
  take(answer, anew) {
    this.all = answer.total;
    this.written = answer.written;
    this.upto = answer.upto;
    this.began = answer.began;
    const end = this.first + this.blocks.length;
    const touches = this.blocks.length && answer.first <= end && answer.first + answer.blocks.length >= this.first;
    if (anew || !touches) {
      if (!anew && !this.timeline.following && this.blocks.length) return;
      this.first = answer.first;
      this.blocks = answer.blocks;
      return;
    }
    const known = new Map(this.blocks.map((block, index) => [this.first + index, block]));
    answer.blocks.forEach((block, index) => known.set(answer.first + index, block));
    const numbers = [...known.keys()].sort((a, b) => a - b);
    const atEnd = answer.first + answer.blocks.length >= end;
    const kept = atEnd ? numbers.slice(-MOST_SHOWN) : numbers.slice(0, MOST_SHOWN);
    this.first = kept[0] ?? 0;
    this.blocks = kept.map((number) => known.get(number));
  }

  onScroll() {
    const { scroller, timeline } = this;
    const top = scroller.scrollTop;
    const left = scroller.scrollHeight - top - scroller.clientHeight;
    if (top < this.lastTop - 1 && left > 4 && timeline.following && !this.painting) timeline.follow(false);
    else if (left <= 4 && top > this.lastTop && !timeline.following && !this.ended && this.first + this.blocks.length >= this.all) timeline.follow(true);
    this.lastTop = top;
    if (top < NEAR_PX && this.first > 0) this.load({ first: Math.max(0, this.first - AT_ONCE), count: Math.min(AT_ONCE, this.first) }, false);
    else if (left < NEAR_PX && this.first + this.blocks.length < this.all) this.load({ first: this.first + this.blocks.length }, false);
  }

  // --- painting ---

  paint() {
    if (!this.upto) return this.query.wait(this.empty);
    this.painting = true;
    const last = this.first + this.blocks.length;
    this.above.hidden = this.first === 0;
    this.above.textContent = `${count(this.first)} before these`;
    this.below.hidden = last >= this.all;
    this.below.textContent = `${count(this.all - last)} after these`;
    this.empty.hidden = this.all > 0;
    const chosen = Object.values(this.only).some(Boolean) && this.written;
    this.empty.textContent = chosen ? "Nothing in the stream matches the filter." : this.ended ? "This run wrote nothing to its stream. A step does with ctx.write_event_to_stream(…)." : "Nothing was written to the stream yet.";
    const anchor = this.anchor();
    const made = new Map();
    const wanted = this.blocks.map((block) => {
      const told = `${block.last_seq}/${this.plain}/${this.timeline.clockTimes}`;
      const old = this.elements.get(block.seq);
      const kept = old && old.told === told ? old : { told, element: this.block(block) };
      made.set(block.seq, kept);
      return kept.element;
    });
    this.elements = made;
    keepChildren(this.list, wanted);
    this.mark();
    if (this.wantedBlock !== undefined) {
      this.list.children[this.wantedBlock - this.first]?.scrollIntoView({ block: "nearest" });
      this.wantedBlock = undefined;
    } else if (this.timeline.following && !this.ended) this.scroller.scrollTop = this.scroller.scrollHeight;
    else if (anchor?.element.isConnected) this.scroller.scrollTop += anchor.element.offsetTop - anchor.top;
    else if (anchor) {
      const again = made.get(anchor.seq)?.element;
      if (again) this.scroller.scrollTop += again.offsetTop - anchor.top;
    }
    this.lastTop = this.scroller.scrollTop;
    this.painting = false;
  }

  // The block at the top of the view stays where it is when others come or go above it.
  anchor() {
    const element = [...this.list.children].find((one) => one.offsetTop + one.offsetHeight > this.scroller.scrollTop);
    return element ? { element, top: element.offsetTop, seq: Number(element.dataset.seq) } : null;
  }

  block(block) {
    const time = (t) => (this.timeline.clockTimes ? clock(t, 3) : `+${t - this.began < 100 ? `${(t - this.began).toFixed(3)} s` : duration(t - this.began)}`);
    const pieces = block.pieces > 1 ? `${count(block.pieces)} pieces in ${duration(block.last_t - block.t)}` : "";
    const head = el(
      "button",
      "ss-s-head",
      { type: "button", "aria-label": `${block.type}${block.step ? ` of ${block.step}` : ""}, record ${block.seq}` },
      sign("event", 14), el("b", "", {}, block.type), el("span", "ss-muted", {}, block.step), el("span", "ss-grow"), el("span", "ss-muted", {}, pieces), el("span", "ss-muted ss-s-time", {}, time(block.t)), el("span", "ss-muted", {}, `#${count(block.seq)}`),
    );
    return el("div", "ss-s-block", { role: "listitem", "data-seq": block.seq, "data-last": block.last_seq }, head, this.body(block));
  }

  body(block) {
    if (block.text === undefined) {
      if (!Object.keys(block.fields).length) return el("p", "ss-muted ss-s-text", {}, "no fields");
      return fieldTree(block.fields);
    }
    if (block.tree && !this.plain) return markdown(block.tree);
    return el("p", "ss-s-text", {}, block.text);
  }

  mark() {
    const seq = this.feed.selection?.seq;
    for (const element of this.list.children) {
      const is = this.holds(element, seq);
      element.classList.toggle("ss-s-chosen", is);
      element.firstChild.setAttribute("aria-pressed", String(is));
    }
  }

  holds(element, seq) {
    const [first, last] = [Number(element.dataset.seq), Number(element.dataset.last)];
    const block = this.blocks.find((one) => one.seq === first);
    return Boolean(seq && (seq === first || (block?.text !== undefined && first <= seq && seq <= last)));
  }

  switchWay() {
    this.plain = !this.plain;
    this.way.setAttribute("aria-pressed", String(!this.plain));
    this.timeline.draw();
  }

  // --- choosing ---

  select() {
    const seq = this.feed.selection?.seq;
    const here = [...this.list.children].find((element) => this.holds(element, seq));
    if (here) here.scrollIntoView({ block: "nearest" });
    else if (seq) this.find = seq;
  }

  onClick(event) {
    const element = event.target.closest(".ss-s-block");
    if (!element || event.target.closest("a,summary,.ss-link") || getSelection()?.toString()) return;
    const seq = Number(element.dataset.seq);
    this.feed.select(this.holds(element, this.feed.selection?.seq) ? null : { seq });
  }

  move(step) {
    const elements = [...this.list.children];
    const now = elements.findIndex((element) => this.holds(element, this.feed.selection?.seq));
    const next = elements[now < 0 ? (step > 0 ? 0 : elements.length - 1) : now + step];
    if (!next) return;
    this.feed.select({ seq: Number(next.dataset.seq) });
    next.firstChild.focus({ preventScroll: true });
  }

  onKey(event) {
    const step = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 }[event.key];
    if (step) this.move(step);
    return Boolean(step);
  }

  focus() {
    (this.list.querySelector(".ss-s-chosen button") ?? this.scroller).focus();
  }

  place() {
    return this.anchor()?.seq ?? null;
  }

  close() {
    this.query.close();
  }
}

export const make = (host, timeline) => new Stream(host, timeline);
