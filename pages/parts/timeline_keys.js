// The list of keys of a run's page, opened by `?`.
import { el } from "./dom.js";

const KEYS = [
  ["/", "filter"],
  ["j k", "next, previous record (also the arrows)"],
  ["e E", "next, previous error"],
  ["p", "next prompt"],
  ["1 2 3 4", "Table, Gantt, Stream, State"],
  ["+ - 0", "in Gantt: zoom in, zoom out, the whole run"],
  ["f", "follow the newest record, or stay put"],
  ["g t d", "go to graph, timeline, details"],
  ["Esc", "select nothing"],
  ["?", "this list"],
];

let list = null;

/** Open the list beside what was pressed. */
export function showKeys(opener) {
  list ??= el(
    "div",
    "ss-menu ss-keys",
    { popover: "auto", role: "dialog", "aria-label": "Keys", tabindex: "-1" },
    el("b", "", {}, "Keys"),
    el("dl", "", {}, ...KEYS.flatMap(([keys, words]) => [el("dt", "", {}, ...keys.split(" ").map((key) => el("kbd", "", {}, key))), el("dd", "", {}, words)])),
  );
  if (!list.isConnected) opener.closest(".ss-root").append(list);
  list.showPopover();
  const at = opener.getBoundingClientRect();
  list.style.left = `${Math.max(8, Math.min(at.right - list.offsetWidth, innerWidth - list.offsetWidth - 8))}px`;
  list.style.top = `${Math.max(8, Math.min(at.bottom + 4, innerHeight - list.offsetHeight - 8))}px`;
  list.focus({ preventScroll: true });
}
