// What the shapes, states and lines of the graph mean; closed at first.
import { button, el } from "./dom.js";
import { sign } from "./signs.js";
import { STATUS_WORDS } from "./words.js";

const KINDS = [["start", "where a run starts"], ["step", "a step"], ["event", "an event"], ["person", "a person"], ["resource", "a resource"], ["child", "a workflow it starts"], ["stop", "where it ends"]];
const STATES = ["queued", "running", "waiting", "done", "failed", "retrying", "cancelled", "interrupted"];
const LINES = [["declared", "declared in annotations"], ["inferred", "read from the source"], ["person", "to or from a person"]];
const RUN_LINES = [["taken", "taken in this run"], ["never", "never taken"], ["surprise", "taken, but not declared"]];

const entry = (mark, words) => el("li", "", {}, mark, el("span", "", {}, words));

/** The legend as a floating panel; states and what was taken belong to a run. */
export function legend(onclose, ofRun) {
  const group = (title, entries) => el("div", "", {}, el("h4", "", {}, title), el("ul", "", {}, ...entries));
  return el(
    "div",
    "ss-legend",
    { role: "note", "aria-label": "What the signs mean" },
    button("", onclose, { className: "ss-icon ss-legend-close", title: "Close", icon: "close" }),
    group("Shapes", KINDS.map(([name, words]) => entry(sign(name), words))),
    ofRun ? group("States", STATES.map((name) => entry(sign(name), STATUS_WORDS[name]))) : null,
    group("Lines", [...LINES, ...(ofRun ? RUN_LINES : [])].map(([name, words]) => entry(el("i", `ss-line ss-line-${name}`), words))),
  );
}
