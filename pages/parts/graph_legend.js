// What the shapes, states and lines of the graph mean; closed at first.
import { button, el } from "./dom.js";
import { sign } from "./signs.js";
import { STATUS_WORDS } from "./words.js";

const KINDS = [["start", "where a run starts"], ["step", "a step"], ["event", "an event"], ["person", "a person"], ["resource", "a resource"], ["stop", "where it ends"]];
const STATES = ["queued", "running", "waiting", "done", "failed", "retrying", "cancelled", "interrupted"];
const LINES = [["declared", "declared in annotations"], ["inferred", "read from the source"], ["taken", "taken in this run"], ["never", "never taken"], ["person", "to or from a person"], ["surprise", "taken, but not declared"]];

const entry = (mark, words) => el("li", "", {}, mark, el("span", "", {}, words));

/** The legend as a floating panel. */
export function legend(onclose) {
  const group = (title, entries) => el("div", "", {}, el("h4", "", {}, title), el("ul", "", {}, ...entries));
  return el(
    "div",
    "ss-legend",
    { role: "note", "aria-label": "What the signs mean" },
    button("", onclose, { className: "ss-icon ss-legend-close", title: "Close", icon: "close" }),
    group("Shapes", KINDS.map(([name, words]) => entry(sign(name), words))),
    group("States", STATES.map((name) => entry(sign(name), STATUS_WORDS[name]))),
    group("Lines", LINES.map(([name, words]) => entry(el("i", `ss-line ss-line-${name}`), words))),
  );
}
