// The rows of the table: which columns there are, and what stands in them.
import { button, el } from "./dom.js";
import { sign } from "./signs.js";
import { clock, count, duration, exact, ticking } from "./words.js";

const KEPT = "stepscope-timeline-columns";
const SIGNS = { person: "waiting", trouble: "failed" };

// name, head, width, what it sorts by, whether it is hidden at first
export const COLUMNS = [
  { name: "seq", label: "#", width: "var(--ss-seq-width)", sort: "seq", words: "Number" },
  { name: "time", label: "Time", width: "96px", sort: "time" },
  { name: "delta", label: "Δ", width: "74px", extra: true, words: "Δ, time since the row above" },
  { name: "what", label: "What", width: "minmax(150px,1.15fr)", sort: "what" },
  { name: "step", label: "Step", width: "minmax(80px,.7fr)", sort: "step" },
  { name: "worker", label: "Worker", width: "64px", extra: true },
  { name: "attempt", label: "Attempt", width: "68px", extra: true },
  { name: "short", label: "In short", width: "minmax(90px,1.6fr)" },
  { name: "size", label: "Size", width: "66px", extra: true },
  { name: "took", label: "Took", width: "84px", sort: "took" },
];

/** The columns that this browser shows: those that can't be hidden, and the extra ones that were chosen. */
export function shownColumns() {
  const chosen = chosenExtras();
  return COLUMNS.filter(({ name, extra }) => !extra || chosen.includes(name));
}

export function chosenExtras() {
  try {
    return JSON.parse(localStorage.getItem(KEPT)) ?? [];
  } catch {
    return [];
  }
}

/** Show an extra column, or hide it; for all timelines of this browser. */
export function toggleColumn(name) {
  const chosen = chosenExtras();
  const next = chosen.includes(name) ? chosen.filter((one) => one !== name) : [...chosen, name];
  try {
    localStorage.setItem(KEPT, JSON.stringify(next));
  } catch {
    // A browser that keeps nothing shows what is usual.
  }
}

export const wordsOf = ({ label, words }) => words ?? label;

/** The head of the table; `sorted` is {by, descending}, `choose` is called with what to sort by. */
export function headOf(id, columns, sorted, choose) {
  const heads = columns.map((column) => {
    const { name, label, sort } = column;
    const mine = sorted.by === sort;
    const state = sort && (mine ? (sorted.descending ? "descending" : "ascending") : "none");
    const icon = mine && (sorted.descending || sort !== "seq") ? (sorted.descending ? "arrow_downward" : "arrow_upward") : "";
    const className = icon ? "ss-sort ss-sorted" : "ss-sort";
    const inside = sort ? button(label, () => choose(sort), { className, title: `Sort by ${wordsOf(column).toLowerCase()}`, icon }) : label;
    return el("span", `ss-cell ss-${name}`, { role: "columnheader", "aria-sort": state, "data-sort": sort }, inside);
  });
  return el("div", "ss-row ss-row-head", { role: "row", id, "aria-rowindex": "1" }, ...heads);
}

const seconds = (value) => (Math.abs(value) < 100 ? `${value.toFixed(3)} s` : duration(value));

const CELLS = {
  seq: (row) => [count(row.seq)],
  time: (row, { clockTimes }) => [clockTimes ? clock(row.t, 3) : `+${seconds(row.dt)}`],
  delta: (row, { before }) => [before ? `+${seconds(Math.max(0, row.t - before.t))}` : ""],
  what: (row) => [sign(SIGNS[row.sign] ?? row.sign), bold(row)],
  step: (row) => [row.step ?? ""],
  worker: (row) => [row.worker === undefined ? "" : String(row.worker + 1)],
  attempt: (row) => [row.attempt === undefined ? "" : String(row.attempt)],
  short: (row) => [row.short ?? ""],
  size: (row) => [row.size === undefined ? "" : size(row.size)],
  took: (row) => [row.took_ms === null || row.took_ms === undefined ? "" : duration(row.took_ms / 1000)],
};
const TITLES = { time: (row) => exact(row.t), what: (row) => row.what, short: (row) => row.short ?? "", step: (row) => row.step ?? "" };

/** `14 kB`, from bytes. */
function size(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  const [value, unit] = bytes < 1e6 ? [bytes / 1000, "kB"] : [bytes / 1e6, "MB"];
  return `${value >= 10 ? Math.round(value) : value.toFixed(1)} ${unit}`;
}

/** A row's element; without a row it says that it comes. `how`: {columns, clockTimes, before (the row above)}. */
export function tableRow(line, seq, row, how) {
  const element = el("div", "ss-row", { role: "row", "aria-rowindex": line + 1, "data-seq": seq, id: seq && `ss-row-${seq}` });
  for (const { name } of how.columns) {
    const inside = row ? CELLS[name](row, how) : name === "seq" && seq ? [count(seq)] : name === "what" ? ["…"] : [];
    const cell = el("span", `ss-cell ss-${name}`, { role: "gridcell" }, ...inside);
    if (row && TITLES[name]) cell.title = TITLES[name](row);
    element.append(cell);
  }
  if (row?.tone) element.dataset.tone = row.tone;
  return element;
}

function bold(row) {
  const text = el("span", "ss-cut");
  const at = row.name ? row.what.indexOf(row.name) : -1;
  const strong = row.sign === "step" || row.sign === "person" || row.tone !== "";
  if (at < 0 || !strong) text.append(row.what);
  else text.append(row.what.slice(0, at), el("b", "", {}, row.name), row.what.slice(at + row.name.length));
  return text;
}

/** What of a row's element changes while it is shown: what is selected, and how long a prompt waits. */
export function markRow(element, seq, row, feed) {
  const { selection, summary } = feed;
  element.setAttribute("aria-selected", String(Boolean(seq) && selection?.seq === seq));
  element.classList.toggle("ss-same", Boolean(selection && selection.seq !== seq && row?.nodes?.some((id) => selection.nodes.includes(id))));
  if (!row?.prompt || !summary) return;
  // A prompt's row says whether it still waits: the record is committed, its answer comes later.
  const waits = summary.open_prompts.includes(row.prompt);
  const words = waits ? "Waiting for you" : "A person was asked";
  const name = element.querySelector(".ss-what b");
  if (name && name.textContent !== words) name.textContent = words;
  element.dataset.tone = waits ? "waiting" : "";
  element.querySelector(".ss-took").textContent = waits ? ticking(feed.now() - row.t) : "";
}
