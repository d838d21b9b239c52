// The head of a trace: name, status, clocks, and the notice when the connection is lost.
// It asks Python for a rerun once, when what the person can do has changed.
import { badge, button, eachFrame, el, symbol } from "./dom.js";
import { expectedWords, progressWords, shareDone } from "./head_words.js";
import { live } from "./live.js";
import { tabTitle } from "./tab_title.js";
import { STATUS_WORDS, age, clock, duration, exact, ticking } from "./words.js";

const SETTLE_MS = 250;
const ENDED = new Set(["done", "failed", "cancelled", "interrupted"]);

/** What a person can do now; a change of it is worth a rerun. The same words as `situation` in head.py. */
function situation(summary) {
  if (ENDED.has(summary.status)) return summary.status;
  if (summary.cancel_asked) return "cancelling";
  return summary.prompt_id ? `waiting:${summary.prompt_id}` : "going";
}

class Head {
  constructor(root) {
    this.root = root;
    this.status = el("span", "ss-status");
    this.clocks = el("span", "ss-muted ss-small ss-clocks");
    this.title = el("h1", "ss-title");
    this.copy = button("Copy link", () => this.copyLink(), { icon: "link" });
    this.notice = el("div", "ss-notices");
    this.said = el("div", "ss-hidden", { "aria-live": "polite", role: "status" });
    this.bar = el("div", "ss-meter", { role: "progressbar", "aria-label": "Steps that are over", "aria-valuemin": "0", "aria-valuemax": "100", hidden: true }, el("i"));
    root.append(el("div", "ss-head", {}, this.title, this.status, this.bar, this.clocks, el("span", "ss-grow"), this.copy), this.notice, this.said);
    this.paint = eachFrame(() => !this.closed && this.show());
    live.addEventListener("connection", this.paint);
    this.ticker = setInterval(this.paint, 1000);
  }

  update(component) {
    this.component = component;
    this.data = component.data;
    this.title.textContent = this.data.title;
    if (this.data.run !== this.run) {
      this.leave();
      this.run = this.data.run;
      this.asked = null;
      this.feed = live.open(this.run);
      this.feed.addEventListener("change", this.paint);
    }
    this.show();
  }

  leave() {
    this.feed?.removeEventListener("change", this.paint);
    if (this.feed) live.release(this.feed);
  }

  show() {
    const summary = this.feed?.summary ?? this.data?.summary;
    if (!summary) return;
    const now = this.feed.summary ? this.feed.now() : Date.now() / 1000;
    const words = summary.status_text || STATUS_WORDS[summary.status] || summary.status;
    const key = `${summary.status}|${words}`;
    if (key !== this.shown) {
      this.shown = key;
      this.status.replaceChildren(badge(summary.status, words));
      this.said.textContent = words;
    }
    this.times(summary, now);
    this.meter(summary);
    this.offline(summary);
    tabTitle.say(this.data.title, summary.status, ENDED.has(summary.status) || summary.status === "waiting" ? words : "");
    if (this.feed.summary && !document.hidden) this.rerunIfChanged(summary);
  }

  times(summary, now) {
    const parts = [];
    const { status } = summary;
    const active = (summary.active_s ?? 0) + (summary.active_since ? Math.max(0, now - summary.active_since) : 0);
    const going = status === "running" || status === "starting";
    if (status === "waiting" && summary.waiting_since) parts.push(`paused ${ticking(now - summary.waiting_since)}`);
    parts.push(going ? `running ${ticking(active)}` : `ran ${duration(active)}`);
    const graph = this.feed?.graph;
    const steps = graph?.progress ? progressWords(graph.progress, summary) : "";
    if (steps) parts.push(steps);
    const usual = going ? expectedWords(summary, graph, active, now) : "";
    if (usual) parts.push(usual);
    if (summary.started_at && !ENDED.has(status)) parts.push(`started ${clock(summary.started_at)}`);
    if (summary.ended_at) parts.push(`ended ${age(summary.ended_at, now)}`);
    parts.push(`run ${this.data.short}`);
    const title = [["Started", summary.started_at], ["Ended", summary.ended_at]].filter(([, at]) => at).map(([words, at]) => `${words} ${exact(at)}`).join("\n");
    const text = parts.join(" · ");
    if (this.clocks.textContent !== text) this.clocks.textContent = text;
    if (this.clocks.title !== title) this.clocks.title = title;
  }

  // A bar only where it is known how much there is to do, and only while it is done.
  meter(summary) {
    const share = ENDED.has(summary.status) ? null : shareDone(this.feed?.graph?.progress, summary.expected);
    this.bar.hidden = share === null;
    if (share === null) return;
    this.bar.firstChild.style.width = `${Math.round(share * 100)}%`;
    this.bar.setAttribute("aria-valuenow", String(Math.round(share * 100)));
    this.bar.dataset.state = summary.status;
  }

  offline(summary) {
    const since = live.offlineSince;
    const lost = since && Date.now() / 1000 - since > 0.8;
    if (!lost) {
      const text = summary.notice ?? "";
      if (text !== this.noticed) this.notice.replaceChildren(...(text ? [note("warning", coded(text), "")] : []));
      this.noticed = text;
      return;
    }
    const wait = Math.max(0, Math.ceil((live.retryAt ?? 0) - Date.now() / 1000));
    const goes = ENDED.has(summary.status) ? "" : " The run goes on.";
    const rest = `${goes} Trying again in ${wait} s. Nothing will be missing when this page is back.`;
    this.noticed = null;
    this.notice.replaceChildren(note("cloud_off", `Not connected since ${clock(since)}.`, rest));
  }

  rerunIfChanged(summary) {
    const current = situation(summary);
    if (current === this.data.situation) this.asked = null;
    else if (current === this.asked) return;
    else if (current === "going") this.settle ??= setTimeout(() => this.settled(), SETTLE_MS);
    else this.askForRerun(current);
  }

  // A quick step passes through "going" on its way to the next form or the result: one rerun is enough for both.
  settled() {
    this.settle = null;
    const summary = this.feed?.summary;
    if (summary && situation(summary) === "going" && this.data.situation !== "going") this.askForRerun("going");
  }

  askForRerun(situation) {
    this.asked = situation;
    this.component.setTriggerValue("situation", situation);
  }

  async copyLink() {
    await navigator.clipboard.writeText(location.href);
    this.copy.lastChild.textContent = "Copied";
    setTimeout(() => (this.copy.lastChild.textContent = "Copy link"), 1500);
  }

  close() {
    this.closed = true;
    tabTitle.rest();
    clearInterval(this.ticker);
    clearTimeout(this.settle);
    live.removeEventListener("connection", this.paint);
    this.leave();
    this.root.replaceChildren();
  }
}

/** Names in `backticks` as code; everything else is plain text. */
function coded(text) {
  return text.split("`").map((part, index) => (index % 2 ? el("code", "ss-notice-name", {}, part) : part));
}

function note(icon, bold, rest) {
  return el("div", "ss-note", {}, symbol(icon), el("span", "", {}, el("b", "", {}, ...[bold].flat()), rest));
}

export const make = (root) => new Head(root);
