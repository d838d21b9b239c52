// An invocation: where its time went, its attempts, what it took and what it gave.
import { button, chip, el } from "./dom.js";
import { fieldTree } from "./field_tree.js";
import { sign } from "./signs.js";
import { count, duration } from "./words.js";

const OUTCOMES = {
  ok: ["done", "done"],
  buffered: ["done", "kept its event"],
  failed: ["failed", "failed"],
  retried: ["retrying", "failed, tried again"],
  recovered: ["failed", "failed, recovered"],
  waiting: ["waiting", "waited for an answer"],
  cancelled: ["cancelled", "cancelled"],
  again: ["queued", "run anew by the engine"],
  running: ["running", "running"],
};
const TICK_MS = 500;

const GOES_ON = { going: "running for", waited: "waits for an answer, for", retry: "waits for the next attempt, for" };

/** One bar of where the time went, with words under it. The last part of what goes on grows. */
export function timeSplit(split, feed) {
  const title = el("h4");
  const bar = el("div", "ss-timebar", { "aria-hidden": "true" });
  const words = el("div", "ss-timebar-words");
  const last = split.since ? split.parts.at(-1) : null;
  const paint = () => {
    const more = last ? Math.max(0, (feed.now() - split.since) * 1000) : 0;
    const long = (part) => (part === last ? more : part.ms);
    const total = split.total_ms + more;
    title.textContent = `Where ${duration(total / 1000)} went`;
    bar.replaceChildren(...split.parts.map((part) => el("i", "", { "data-part": part.kind, style: `flex-grow:${Math.max(long(part), total / 200)}` })));
    const texts = split.sums.map((one) => [one.kind, one.kind === last?.kind ? `${GOES_ON[last.kind]} ${duration(more / 1000)}` : one.text]);
    words.replaceChildren(...texts.map(([kind, text]) => el("span", "", {}, el("i", "", { "data-part": kind, "aria-hidden": "true" }), text)));
  };
  paint();
  const box = el("div", "", {}, title, bar, words);
  if (last) {
    const ticker = setInterval(() => (box.isConnected ? paint() : clearInterval(ticker)), TICK_MS);
  }
  return box;
}

/** A line for each attempt, or each time the step ran for the same event. */
export function attemptList(attempts, current, choose) {
  const lines = attempts.map((one) => {
    const [state, words] = OUTCOMES[one.outcome] ?? ["idle", one.outcome];
    const what = el("span", "ss-cut", { title: one.error ?? words }, one.error ?? words);
    const cells = [el("span", "ss-muted", {}, String(one.attempt)), el("span", "ss-attempt-at", {}, `+${one.dt.toFixed(2)} s`), sign(state, 14), what, el("span", "ss-attempt-took", {}, one.took_ms === null ? "" : duration(one.took_ms / 1000))];
    return el("button", "ss-attempt", { type: "button", "aria-current": one.seq === current ? "true" : null, onclick: () => choose(one.seq) }, ...cells);
  });
  const retried = attempts.some((one) => one.attempt > 1);
  return el("div", "", {}, el("h4", "", {}, retried ? "Attempts" : "It ran several times"), el("div", "ss-attempts", {}, ...lines));
}

/** What an invocation took or gave: a chip for each event, and the fields of the first ones. */
export function eventsOf(title, { events, more }, words, choose, nothing) {
  const box = el("div", "", {}, el("h4", "", {}, title));
  if (!events.length) return box.append(el("span", "ss-muted", {}, nothing)), box;
  for (const event of events) {
    const name = event.seq ? chip(event.text, () => choose(event.seq), "event") : el("span", "ss-muted", {}, event.text);
    const fields = event.fields && Object.keys(event.fields).length ? event.fields : null;
    const open = events.length === 1;
    const tree = el("div", "ss-panel", { hidden: !open || !fields });
    if (fields && open) tree.append(fieldTree(fields));
    const toggle = fields && !open && button("Fields", () => {
      if (!tree.childElementCount) tree.append(fieldTree(fields));
      tree.hidden = !tree.hidden;
      toggle.setAttribute("aria-expanded", String(!tree.hidden));
    }, { className: "ss-link" });
    if (toggle) toggle.setAttribute("aria-expanded", "false");
    box.append(el("div", "ss-io", {}, el("div", "ss-io-head", {}, name, toggle || null), tree));
  }
  if (more) box.append(el("span", "ss-muted", {}, `and ${count(more)} more${words ? `: ${words} in all` : ""}`));
  return box;
}
