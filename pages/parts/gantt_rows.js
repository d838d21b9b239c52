// The rows of the Gantt look as elements: a name, and what happened on a track.
import { button, el, pageLink } from "./dom.js";
import { sign } from "./signs.js";
import { count, duration } from "./words.js";

const WORDS = {
  queued: "queued",
  ran: "ran",
  running: "running",
  failed: "failed attempt",
  cancelled: "cancelled",
  waiting: "waits for a person",
  events: "waits for events",
  retry: "pause before a retry",
};
const SIGNS = { failed: "failed", waiting: "waiting", retry: "retrying", cancelled: "cancelled" };
const LEVEL_PX = 15;
const SIGN_PX = 13;
const THIN_PX = 4;

/** The legend: what each kind of bar means. */
export function legend() {
  const kinds = ["queued", "ran", "running", "failed", "retry", "events", "waiting"];
  const mark = (kind) => el("span", "ss-g-key", {}, el("i", "ss-g-bar", { "data-kind": kind }, SIGNS[kind] ? sign(SIGNS[kind], 11) : ""), WORDS[kind]);
  return el("div", "ss-g-legend", { "aria-label": "Legend", role: "note" }, ...kinds.map(mark), el("span", "ss-g-key", {}, el("i", "ss-g-levels-key"), "at work"));
}

/** `search_web on “patents”: failed attempt 1, +0.74 s, took 1.00 s` */
function words(row, bar, at) {
  const about = row.label ? `${row.name} on “${row.label}”` : row.name;
  const attempt = bar.attempt > 1 || bar.kind === "failed" ? ` ${bar.attempt}` : "";
  const took = bar.to === null ? "goes on" : `took ${duration(bar.to - bar.from)}`;
  return `${about}: ${WORDS[bar.kind]}${attempt}, ${at(bar.from)}, ${took}`;
}

function bars(row, at) {
  return row.bars.map((bar) => {
    const title = words(row, bar, at);
    const width = Math.max(2, bar.x1 - bar.x0);
    const made = el("button", "ss-g-bar", { type: "button", tabindex: "-1", "data-kind": bar.kind, "data-seq": bar.seq, "data-last": bar.last_seq || null, "aria-label": title, title });
    made.style.left = `${bar.x0}px`;
    made.style.width = `${width}px`;
    if (width < THIN_PX) made.classList.add("ss-g-thin");
    if (SIGNS[bar.kind] && width > SIGN_PX + 4) made.append(sign(SIGNS[bar.kind], SIGN_PX));
    return made;
  });
}

// How many were at work, as one shape; failures and waits are marked on it.
function levels(row, width) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  const top = Math.max(1, row.peak);
  const path = document.createElementNS(space, "path");
  const d = row.levels.map(([x0, x1, level]) => `M${x0} ${LEVEL_PX}V${(LEVEL_PX - Math.max(2, (level / top) * LEVEL_PX)).toFixed(1)}H${Math.max(x1, x0 + 2)}V${LEVEL_PX}z`).join("");
  path.setAttribute("d", d || "M0 0");
  for (const [name, value] of Object.entries({ width, height: LEVEL_PX + 4, class: "ss-g-levels", "aria-hidden": "true" })) svg.setAttribute(name, value);
  svg.append(path);
  for (const x of row.failed) {
    const mark = document.createElementNS(space, "path");
    mark.setAttribute("class", "ss-g-failure");
    mark.setAttribute("d", `M${x - 2} 0h5l-2.500 4z`);
    svg.append(mark);
  }
  for (const [x0, x1] of row.waiting) {
    const mark = document.createElementNS(space, "path");
    mark.setAttribute("class", "ss-g-wait");
    mark.setAttribute("d", `M${x0} ${LEVEL_PX}H${Math.max(x1, x0 + 2)}v3H${x0}z`);
    svg.append(mark);
  }
  return svg;
}

function note(row) {
  if (row.kind === "group") {
    const at = row.workers > 1 ? ` · ${count(row.workers)} at once` : "";
    return `${count(row.count)} ×${at}`;
  }
  if (row.kind === "child") return row.status;
  if (row.bars.some((bar) => bar.kind === "events") && row.attempts > 1) return `has ${count(row.attempts)}`;
  return row.workers > 1 && row.worker >= 0 ? `worker ${row.worker + 1}` : "";
}

/** One row. `at` writes a moment, `toggle(row)` opens or closes a group. */
export function ganttRow(row, { width, at, toggle }) {
  const name = row.kind === "lane" ? row.label || `#${count(row.seq)}` : row.name;
  const cell = el("div", "ss-g-name");
  cell.style.paddingLeft = `${12 + row.depth * 10 + (row.kind === "lane" ? 16 : 0)}px`;
  if (row.kind === "group" || row.kind === "child") {
    const what = row.kind === "child" ? `Lanes of ${row.name}` : `${count(row.count)} lanes of ${row.name}`;
    cell.append(button("", () => toggle(row), { className: "ss-g-toggle", title: what, icon: row.open ? "expand_more" : "chevron_right" }));
    cell.firstChild.setAttribute("aria-expanded", String(row.open));
    cell.firstChild.disabled = row.kind === "group" && !row.count;
  }
  if (row.kind === "child") cell.append(sign("child", 14), pageLink(`trace?run=${row.run}`, "ss-cut ss-link", row.name));
  else cell.append(el(row.kind === "lane" ? "span" : "b", "ss-cut", { title: name }, name));
  cell.append(el("span", "ss-g-note", {}, note(row)));
  const track = el("div", "ss-g-track");
  if (row.kind === "group") {
    const failures = row.failures ? `, ${count(row.failures)} failed attempts` : "";
    track.append(levels(row, width));
    track.title = row.count ? `${row.name}: ${count(row.count)} lanes, at most ${row.peak} at work on average${failures}` : "";
  } else track.append(...bars(row, at));
  return el("div", "ss-g-row", { role: "listitem", "data-kind": row.kind, "data-key": row.key, "data-run": row.run, "data-step": row.kind === "child" ? null : row.name }, cell, track);
}
