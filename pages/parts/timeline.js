// The timeline of a run: one bar, one filter, one set of keys, and four looks at the same records.
//
// A look is a module that exports make(host, timeline). `host` is its element, hidden while another look is shown.
//   show(place)   it is shown from now on; `place`: the record (seq) in the middle of what was shown before, or null
//   hide()        another is shown from now on
//   draw()        something changed: records, summary, filter, times, size; called at most once a frame, only while shown
//   select()      the selection changed elsewhere: bring it in view (draw() follows)
//   onKey(event)  true if the key was its own; called for keys in the timeline, and for single keys anywhere on the page
//   close()       for good
// and may have
//   place()       the record in the middle of its view, so that the next look opens there
//   total()       what the bar says instead of the number of records
//   tools         elements for the bar while it is shown
//   focus()       take the keyboard
// It may use of the timeline: feed (RunFeed: rows, upto, summary, selection, select(), need(), get(), now()), following, follow(bool),
// clockTimes, filter (frozen {q, regex, step, event, kind}, or null; another object whenever it changes), narrow, announce(text), draw().
import { button, eachFrame, el } from "./dom.js";
import { live } from "./live.js";
import { TimelineFilter } from "./timeline_filter.js";
import { showKeys } from "./timeline_keys.js";
import { keepAddress, readAddress } from "./trace_address.js";
import { count } from "./words.js";

// Only looks whose module is there are offered.
const LOOKS = [
  { name: "table", label: "Table", load: () => import("./timeline_table.js") },
  { name: "gantt", label: "Gantt", load: () => import("./timeline_gantt.js") },
  { name: "stream", label: "Stream", load: () => import("./timeline_stream.js") },
  { name: "state", label: "State", load: () => import("./timeline_state.js") },
];
LOOKS[0].load().catch(() => null); // begun at once: it is shown next
const FIELD = "input,textarea,select,[contenteditable=''],[contenteditable=true]";

let made = 0;

// A look can't be fetched while the server is gone: it is tried again, as the timeline itself is.
const loaded = (look) => look.load().catch((error) => (/import/i.test(error.message) ? new Promise((done) => setTimeout(done, 1000)).then(() => loaded(look)) : Promise.reject(error)));

class Timeline {
  constructor(root) {
    this.root = root;
    this.id = `ss-timeline-${(made += 1)}`;
    this.following = true;
    this.clockTimes = false;
    this.narrow = false;
    this.filter = null;
    this.looks = new Map();
    this.draw = eachFrame(() => this.paint(), true);
    this.total = el("span", "ss-muted ss-small ss-total");
    this.follower = button("Following", () => this.follow(!this.following), { className: "ss-pill ss-follow", pressed: "true" });
    this.times = button("", () => this.switchTimes(), { className: "ss-icon", title: "Show clock times", icon: "schedule" });
    this.keys = button("", () => showKeys(this.keys), { className: "ss-icon ss-key-list", title: "Keys (?)", icon: "keyboard" });
    this.said = el("span", "ss-muted ss-small ss-said", { "aria-hidden": "true" });
    this.tools = el("span", "ss-tools");
    this.tabs = el("div", "ss-seg ss-looks", { role: "tablist", "aria-label": "Look" }, ...LOOKS.map((look, index) => this.tab(look, index)));
    this.tabs.hidden = LOOKS.length < 2;
    this.filterLine = new TimelineFilter(this);
    const title = el("h3", "ss-bar-title", {}, "Timeline");
    const bar = el("div", "ss-bar", {}, title, this.tabs, this.filterLine.element, el("span", "ss-grow"), this.said, this.total, this.tools, this.times, this.keys, this.follower);
    this.hosts = el("div", "ss-look-hosts");
    this.alert = el("div", "ss-hidden", { "aria-live": "polite" });
    this.section = el("section", "ss-own ss-timeline", { "aria-label": "Timeline" }, bar, this.filterLine.notes, this.hosts, this.alert);
    root.append(this.section);
    this.section.addEventListener("keydown", (event) => this.onKey(event));
    this.onPageKey = (event) => this.pageKey(event);
    document.addEventListener("keydown", this.onPageKey, true); // before parts that keep keys to themselves
    this.size = new ResizeObserver(() => this.draw());
    this.size.observe(root);
    this.ticker = setInterval(() => !document.hidden && !this.feed?.summary?.ended_at && this.draw(), 1000);
  }

  update(component) {
    if (component.data.run === this.run) return this.draw();
    this.leave();
    this.run = component.data.run;
    this.feed = live.open(this.run);
    const { look, filter } = readAddress(this.run);
    this.filter = filter;
    this.opened = false;
    this.following = true;
    this.onChange = () => this.draw();
    this.onSelect = () => this.showSelected();
    this.feed.addEventListener("change", this.onChange);
    this.feed.addEventListener("select", this.onSelect);
    this.filterLine.update();
    this.choose(LOOKS.some(({ name }) => name === look) ? look : LOOKS[0].name);
  }

  leave() {
    if (!this.feed) return;
    this.feed.removeEventListener("change", this.onChange);
    this.feed.removeEventListener("select", this.onSelect);
    live.release(this.feed);
    for (const { look, host } of this.looks.values()) {
      look.close();
      host.remove();
    }
    this.looks.clear();
    this.look = null;
  }

  // --- looks ---

  tab({ name, label }, index) {
    const onclick = () => this.choose(name);
    return el("button", "ss-seg-button", { type: "button", role: "tab", id: `${this.id}-${name}`, "data-look": name, "aria-selected": "false", tabindex: "-1", title: `${label} (${index + 1})`, onclick }, label);
  }

  /** Show another look, at the same place and with the same selection. */
  async choose(name) {
    const feed = this.feed;
    this.wanted = name;
    for (const tab of this.tabs.children) {
      const chosen = tab.dataset.look === name;
      tab.setAttribute("aria-selected", String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
    }
    const module = await loaded(LOOKS.find((one) => one.name === name));
    if (this.closed || this.feed !== feed || this.wanted !== name || this.lookName === name && this.look) return;
    const place = this.look?.place?.() ?? null;
    if (this.look) {
      this.look.hide();
      this.looks.get(this.lookName).host.hidden = true;
    }
    let kept = this.looks.get(name);
    if (!kept) {
      const host = el("div", `ss-look ss-look-${name}`, { role: "tabpanel", "aria-labelledby": `${this.id}-${name}` });
      this.hosts.append(host);
      kept = { host, look: module.make(host, this) };
      this.looks.set(name, kept);
    }
    kept.host.hidden = false;
    this.look = kept.look;
    this.lookName = name;
    this.tools.replaceChildren(...(this.look.tools ?? []));
    this.look.show(place);
    keepAddress(this.run, name, this.filter);
    this.draw();
  }

  /** Leave out what doesn't match; null shows everything. */
  setFilter(filter) {
    if (JSON.stringify(filter) === JSON.stringify(this.filter)) return;
    this.filter = filter;
    keepAddress(this.run, this.wanted, filter);
    this.filterLine.update();
    this.draw();
  }

  /** A filter that came with the address can't be used: all is shown, and beside the field stands why. */
  refuse(sentence) {
    const q = this.filter?.q ?? "";
    this.setFilter(null);
    this.filterLine.refuse(sentence, q);
  }

  // --- painting ---

  // An ended run is read from its start, a live one from its tail; only a live one can be followed.
  open() {
    const ended = Boolean(this.feed.summary.ended_at);
    this.follower.hidden = ended;
    if (this.opened) return;
    this.opened = true;
    if (ended) this.follow(false);
    if (this.feed.selection?.seq) this.showSelected();
  }

  paint() {
    if (this.closed || !this.feed || !this.look) return;
    if (this.feed.summary) this.open();
    this.narrow = this.root.clientWidth < 560;
    this.section.classList.toggle("ss-narrow", this.narrow);
    this.look.draw();
    const all = this.feed.upto === 1 ? "1 record" : `${count(this.feed.upto)} records`;
    const total = this.look.total?.() ?? all;
    if (this.total.textContent !== total) this.total.textContent = total;
    this.announceCount();
  }

  follow(on) {
    if (on === this.following) return;
    this.following = on;
    this.follower.setAttribute("aria-pressed", String(on));
    this.follower.lastChild.textContent = on ? "Following" : "Follow";
    this.draw();
  }

  switchTimes() {
    this.clockTimes = !this.clockTimes;
    this.times.title = this.clockTimes ? "Show time since start" : "Show clock times";
    this.times.setAttribute("aria-label", this.times.title);
    this.draw();
  }

  // Says the 1st, 10th, 100th … record, not each.
  announceCount() {
    const power = 10 ** Math.floor(Math.log10(Math.max(1, this.feed.upto)));
    if (power === this.counted) return;
    this.counted = power;
    this.announce(`${count(power)} ${power === 1 ? "record" : "records"}`);
  }

  /** Say something to those who can't see it. */
  announce(text) {
    this.alert.textContent = text;
  }

  // --- choosing ---

  showSelected() {
    const seq = this.feed.selection?.seq;
    if (seq && seq < this.feed.upto) this.follow(false);
    this.look?.select();
    this.draw();
  }

  /** Select the next error or prompt of the whole run, of those that the filter lets through. */
  async jump(what, back = false) {
    const { feed, filter } = this;
    const from = feed.selection?.seq ?? (back ? feed.upto + 1 : 0);
    const query = new URLSearchParams({ what, from, back: back ? "1" : "" });
    for (const [name, value] of Object.entries(filter ?? {})) if (value) query.set(name, value === true ? "1" : value);
    try {
      const { seq } = await feed.get(`next?${query}`);
      if (feed !== this.feed) return;
      if (seq) feed.select({ seq });
      else this.say(`No ${from && feed.selection ? (back ? "earlier " : "later ") : ""}${what}${filter ? " matches" : ""}`);
    } catch (error) {
      this.say(error.message);
    }
  }

  /** Say something short, in the bar and to those who can't see it. */
  say(text) {
    this.announce(text);
    this.said.textContent = text;
    clearTimeout(this.saying);
    this.saying = setTimeout(() => (this.said.textContent = ""), 3000);
  }

  // --- keys ---

  onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    event.stopPropagation(); // Streamlit listens for single keys (c, r) on the document
    if (event.target.closest("[role=tablist]") && this.tabKey(event)) return;
    if (!event.target.closest(FIELD)) this.act(event);
  }

  // Single keys work wherever the focus is on the page, but in a field or a dialog.
  pageKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || event.key.length > 1) return;
    if (this.section.contains(event.target) || event.target.closest?.(FIELD) || document.querySelector("[role=dialog],[popover]:popover-open")) return;
    this.act(event);
  }

  tabKey(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return false;
    const tabs = [...this.tabs.children];
    const next = tabs[(tabs.findIndex((tab) => tab.dataset.look === this.wanted) + step + tabs.length) % tabs.length];
    this.choose(next.dataset.look);
    next.focus();
    event.preventDefault();
    return true;
  }

  // The panel itself: what is in it changes with the selection.
  focusDetails() {
    const panel = document.querySelector(".ss-details");
    if (!panel) return;
    panel.tabIndex = -1;
    panel.focus();
  }

  act(event) {
    const focus = (selector) => () => document.querySelector(selector)?.focus();
    const actions = {
      "/": () => this.filterLine.focus(),
      "?": () => showKeys(this.keys),
      e: () => this.jump("error"),
      E: () => this.jump("error", true),
      p: () => this.jump("prompt"),
      f: () => !this.follower.hidden && this.follow(!this.following),
      g: focus(".st-key-graph .ss-node"),
      t: () => (this.look?.focus ? this.look.focus() : this.tabs.querySelector("[aria-selected=true]").focus()),
      d: () => this.focusDetails(),
      Escape: () => this.feed.select(null),
    };
    const look = LOOKS[Number(event.key) - 1];
    if (look) actions[event.key] = () => this.choose(look.name);
    if (this.look?.onKey(event)) return event.preventDefault();
    if (!actions[event.key]) return;
    event.preventDefault();
    actions[event.key]();
  }

  close() {
    this.closed = true;
    clearInterval(this.ticker);
    this.size.disconnect();
    document.removeEventListener("keydown", this.onPageKey, true);
    this.leave();
    this.filterLine.close();
    this.root.replaceChildren();
  }
}

export const make = (root) => new Timeline(root);
