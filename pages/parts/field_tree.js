// The fields of a record as a two-column tree in code type. Long texts fold with their length.
import { button, el } from "./dom.js";
import { copyText } from "./saving.js";
import { count } from "./words.js";

const FOLD_AT = 200;
const OPEN_DEPTH = 2;
const MOST_ENTRIES = 100;
const TABLE_ROWS = 20;

function folded(text, quote) {
  const shown = (part) => (quote ? JSON.stringify(part).slice(1, -1).replaceAll("\\n", " ↵ ").replaceAll('\\"', '"') : part);
  const body = el("span", "", {}, quote ? `"${shown(text.slice(0, FOLD_AT))}…"` : `${text.slice(0, FOLD_AT)}…`);
  const more = button(`Show all ${count(text.length)} characters`, () => {
    const open = more.dataset.open !== "1";
    more.dataset.open = open ? "1" : "";
    body.textContent = open ? text : `"${shown(text.slice(0, FOLD_AT))}…"`;
    body.classList.toggle("ss-text", open);
    more.lastChild.textContent = open ? "Show less" : `Show all ${count(text.length)} characters`;
  }, { className: "ss-link" });
  return el("span", "", {}, body, el("br"), more);
}

function leaf(value) {
  if (typeof value === "string") {
    if (value.length > FOLD_AT) return folded(value, true);
    return el("span", "", {}, `"${value.replaceAll("\n", " ↵ ")}"`);
  }
  return el("span", "", {}, value === null ? "None" : value === true ? "True" : value === false ? "False" : String(value));
}

// What the recorder writes instead of a value (inspectors/recording/values.py), in words. `cut` makes what stands at a
// place where something was left out for want of room.
function marker(value, cut) {
  const muted = (text) => el("span", "ss-muted", {}, text);
  if ("$masked" in value) return muted("•••• masked");
  if ("$bytes" in value) return muted(`${count(value.$bytes)} bytes`);
  if ("$repr" in value) return el("span", "", {}, String(value.$repr), muted(` ${value.type ?? ""}`), "size" in value || value.type === "ndarray" ? cut() : "");
  if ("$cut" in value) return el("span", "", {}, leaf(String(value.$cut)), muted(` cut at ${count(value.$cut.length)} of ${count(value.size)} characters`), cut());
  if ("$table" in value) return el("span", "", {}, tableMark(value), value.$table.length < value.rows || "width" in value ? cut() : "");
  if ("$image" in value) return el("span", "", {}, muted(imageWords(value)), "data" in value ? "" : cut());
  if ("$more" in value && Object.keys(value).length === 1) return el("span", "", {}, muted(`and ${count(value.$more)} more`), cut());
  return null;
}

// A table by its first rows; all that was kept of it is shown where it is a result.
function tableMark({ $table: rows, columns, rows: all }) {
  const entries = rows.slice(0, TABLE_ROWS).map((row, number) => [number, Object.fromEntries(columns.map((name, at) => [name, row[at]]))]);
  const words = `table of ${count(all)} rows, ${count(columns.length)} columns`;
  return el("details", "ss-branch", {}, el("summary", "ss-muted", {}, words), tree(entries, OPEN_DEPTH, nothing));
}

/** A picture in words: `PNG image, 800 × 600, 14 kB`. */
export function imageWords({ $image: type, width, height, bytes }) {
  const words = [`${type.split("/").at(-1).toUpperCase()} image`];
  if (width) words.push(`${count(width)} × ${count(height)}`);
  if (bytes) words.push(bytes < 1e3 ? `${bytes} bytes` : bytes < 1e6 ? `${count(Math.round(bytes / 100) / 10)} kB` : `${count(Math.round(bytes / 1e5) / 10)} MB`);
  return words.join(", ");
}

// How many entries a mark at the end stands for besides itself.
function leftOut(value) {
  const last = Array.isArray(value) ? value.at(-1) : value;
  const more = last !== null && typeof last === "object" && (last === value || Object.keys(last).length === 1) ? last.$more : 0;
  return typeof more === "number" ? Math.max(0, more - 1) : 0;
}

function branch(value, depth, cut) {
  const entries = Array.isArray(value) ? value.map((item, index) => [index, item]) : Object.entries(value);
  if (!entries.length) return el("span", "ss-muted", {}, Array.isArray(value) ? "[] empty" : "{} empty");
  const all = entries.length + leftOut(value);
  const words = `${count(all)} ${Array.isArray(value) ? "item" : "field"}${all === 1 ? "" : "s"}`;
  const details = el("details", "ss-branch", { open: depth < OPEN_DEPTH }, el("summary", "ss-muted", {}, words));
  const fill = () => details.childElementCount < 2 && details.append(tree(entries, depth + 1, cut));
  if (depth < OPEN_DEPTH) fill();
  details.addEventListener("toggle", fill);
  return details;
}

function valueOf(value, depth, cut) {
  if (value === null || typeof value !== "object") return leaf(value);
  return (!Array.isArray(value) && marker(value, cut)) || branch(value, depth, cut);
}

const nothing = () => "";

// Copies one value: a text as it is, everything else as JSON. What was masked can't be copied.
function copyOf(name, value) {
  if (value !== null && typeof value === "object" && "$masked" in value) return null;
  const text = () => (typeof value === "string" ? value : typeof value?.$cut === "string" ? value.$cut : JSON.stringify(value, null, 2));
  const made = button("", async () => {
    made.dataset.done = (await copyText(text())) ? "yes" : "no";
    made.firstChild.textContent = made.dataset.done === "yes" ? "check" : "close";
    setTimeout(() => (made.firstChild.textContent = "content_copy"), 1200);
  }, { className: "ss-copy", title: `Copy ${name}`, icon: "content_copy" });
  return made;
}

function tree(entries, depth, cut) {
  const grid = el("div", "ss-tree");
  const show = (from) => {
    for (const [name, value] of entries.slice(from, from + MOST_ENTRIES)) {
      if (name === "$more" && typeof value === "number") grid.append(el("span"), el("span", "ss-value", {}, marker({ $more: value }, cut)));
      else grid.append(el("span", "ss-key", {}, String(name)), el("span", "ss-value", {}, valueOf(value, depth, cut), copyOf(name, value)));
    }
    const left = entries.length - from - MOST_ENTRIES;
    if (left <= 0) return;
    const gap = el("span");
    const more = button(`Show ${count(Math.min(left, MOST_ENTRIES))} more of ${count(left)}`, () => {
      gap.remove();
      more.remove();
      show(from + MOST_ENTRIES);
    }, { className: "ss-link" });
    grid.append(gap, more);
  };
  show(0);
  return grid;
}

/** Fields by name, or items by number, as a tree; `open` opens every branch, `load` offers to load what was cut. */
export function fieldTree(fields, open = false, load = null) {
  const cut = load ? () => button("Load the whole value", load, { className: "ss-link ss-load" }) : nothing;
  return tree(Object.entries(fields), open ? -1000 : 0, cut);
}

/** What of a structure holds the text, by name or value; undefined where nothing does. */
export function found(value, text, name = "") {
  if (String(name).toLowerCase().includes(text)) return value;
  if (value === null || typeof value !== "object") return String(value).toLowerCase().includes(text) ? value : undefined;
  const entries = Object.entries(value).map(([key, item]) => [key, found(item, text, Array.isArray(value) ? "" : key)]).filter(([, item]) => item !== undefined);
  return entries.length ? Object.fromEntries(entries) : undefined;
}
