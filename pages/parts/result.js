// One value of a result, shown for what it is, with Copy and Download. Tables are drawn by Streamlit below this.
import { button, el } from "./dom.js";
import { fieldTree, found, imageWords } from "./field_tree.js";
import { markdown } from "./markdown.js";
import { toCsv, toTabs } from "./result_table.js";
import { copyBlob, copyText, download } from "./saving.js";
import { count } from "./words.js";

const FOLD_OVER = 1500;
const FOLD_TO = 900;
const FOLD_OVER_LINES = 30;
const FOLD_TO_LINES = 15;
const FOLD_HEIGHT = 420;
const SHORT = 200;
const LIST_TO = 30;

const MARK_WORDS = { $masked: () => "•••• masked", $bytes: (n) => `${count(n)} bytes`, $repr: (text) => String(text), $cut: (text) => String(text), $image: (_, mark) => imageWords(mark), $more: (n) => `and ${count(n)} more` };

/** JSON data as people get it: marks of what could not be kept become words, tables lists of rows. */
function plain(value) {
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map(plain);
  if ("$table" in value) return value.$table.map((row) => Object.fromEntries(value.columns.map((name, at) => [name, plain(row[at])])));
  for (const [mark, words] of Object.entries(MARK_WORDS)) if (mark in value) return mark === "$more" && Object.keys(value).length > 1 ? rest(value) : words(value[mark], value);
  return rest(value);
}

const rest = (value) => Object.fromEntries(Object.entries(value).map(([name, item]) => [name, name === "$more" ? item : plain(item)]));

/** Whether a text would push the rest of its page away: poems and logs have few characters and many lines. */
const isLong = (text) => text.length > FOLD_OVER || text.split("\n").length > FOLD_OVER_LINES;

class Result {
  constructor(root) {
    this.root = root;
    this.view = "rendered";
  }

  update(component) {
    const same = JSON.stringify(component.data);
    if (same === this.drawn) return; // a rerun must not fold what was unfolded
    this.drawn = same;
    this.data = component.data;
    this.draw();
  }

  draw() {
    const { name, kind } = this.data;
    const body = el("div", "ss-result-body", {}, this[kind](this.data));
    const label = el("div", "ss-result-name", { title: name }, name ?? this.data.label);
    const attributes = { "data-kind": kind, "data-named": name === null ? "no" : "yes", "data-small": this.small ? "yes" : "no" };
    this.root.replaceChildren(el("div", "ss-result", attributes, label, body, this.actions()));
    this.measure?.();
  }

  // A field in a word or two: its buttons would outweigh it, so they wait for the pointer or the keyboard.
  get small() {
    const { name, kind, value } = this.data;
    return name !== null && (["flag", "number", "nothing"].includes(kind) || (kind === "text" && value.length <= SHORT));
  }

  // -- kinds ----------------------------------------------------------------------------------------

  nothing({ name }) {
    return el("span", "ss-muted", {}, name === null ? "The workflow ended without a value." : "none");
  }

  flag({ name, value }) {
    return el("span", name === null ? "ss-result-number" : "", {}, value ? "Yes" : "No");
  }

  number({ name, shown }) {
    return el("span", name === null ? "ss-result-number" : "", {}, shown);
  }

  word({ shown }) {
    return el("span", "ss-muted ss-text", {}, shown);
  }

  head() {
    return ""; // its label says all
  }

  table({ facts }) {
    return el("span", "ss-muted", {}, facts);
  }

  text({ value, size, tree }) {
    const kept = size > value.length ? el("p", "ss-muted", {}, `The first ${count(value.length)} of ${count(size)} characters were kept.`) : "";
    if (!tree) return el("div", "", {}, this.prose(value), kept);
    const views = [["rendered", "Rendered"], ["text", "As text"]].map(([id, words]) =>
      button(words, () => { this.view = id; this.draw(); }, { className: "ss-seg-button", pressed: this.view === id ? "true" : "false" }));
    const shown = this.view === "text" ? this.prose(value) : this.fold(markdown(tree), value.length);
    return el("div", "", {}, el("div", "ss-seg", { role: "group", "aria-label": "How the text is shown" }, ...views), shown, kept);
  }

  // Prose has the page's measure; a long text folds with its length.
  prose(text) {
    if (!text) return el("span", "ss-muted", {}, "(an empty text)");
    const body = el("div", "ss-result-prose ss-text", {}, text);
    if (!isLong(text)) return body;
    const folded = `${text.slice(0, FOLD_TO).split("\n").slice(0, FOLD_TO_LINES).join("\n").trimEnd()}…`;
    body.textContent = folded;
    return el("div", "", {}, body, this.more(`Show all ${count(text.length)} characters`, (open) => { body.textContent = open ? text : folded; }));
  }

  // What is drawn has a height and no length: whether it is long shows once it is on the page.
  fold(element, length) {
    const more = this.more(`Show all ${count(length)} characters`, (open) => element.classList.toggle("ss-folded", !open));
    this.measure = () => {
      this.measure = null;
      const long = element.scrollHeight > FOLD_HEIGHT;
      element.classList.toggle("ss-folded", long);
      more.hidden = !long;
    };
    return el("div", "", {}, element, more);
  }

  more(words, toggle) {
    let open = false;
    const made = button(words, () => {
      open = !open;
      toggle(open);
      made.lastChild.textContent = open ? "Show less" : words;
      made.setAttribute("aria-expanded", open);
    }, { className: "ss-link" });
    made.setAttribute("aria-expanded", "false");
    return made;
  }

  texts({ value }) {
    const cut = value.at(-1)?.$more;
    const items = cut ? value.slice(0, -1) : value;
    const line = (text) => el("li", "", {}, isLong(text) ? this.prose(text) : el("span", "ss-text", {}, text));
    const list = el("ul", "ss-result-list", {}, ...items.slice(0, LIST_TO).map(line));
    const all = items.length + (cut ?? 0);
    const note = cut ? el("p", "ss-muted", {}, `The first ${count(items.length)} of ${count(all)} were kept.`) : "";
    if (items.length <= LIST_TO) return el("div", "", {}, list, note);
    return el("div", "", {}, list, this.more(`Show all ${count(items.length)}`, (open) => list.replaceChildren(...items.slice(0, open ? items.length : LIST_TO).map(line))), note);
  }

  tree({ value }) {
    const box = el("div", "ss-panel ss-result-tree", {}, fieldTree(value));
    const field = el("input", "ss-input", { type: "search", placeholder: "Search in it", "aria-label": "Search in the structure" });
    const told = el("span", "ss-muted ss-small", { role: "status" });
    field.addEventListener("input", () => {
      const text = field.value.trim().toLowerCase();
      const shown = text ? found(value, text) : value;
      told.textContent = text && shown === undefined ? "Nothing in it matches." : "";
      box.replaceChildren(fieldTree(shown ?? {}, Boolean(text)));
    });
    return el("div", "", {}, el("div", "ss-result-search", {}, field, told), box);
  }

  fields(data) {
    return this.tree(data);
  }

  image({ value, name }) {
    if (!value.data) return el("span", "ss-muted", {}, `${imageWords(value)}. It is too large to be kept with the run.`);
    const picture = el("img", "ss-result-image", { src: `data:${value.$image};base64,${value.data}`, alt: `${name === null ? "Result" : name}: ${imageWords(value)}` });
    const facts = el("figcaption", "ss-muted ss-small", {}, imageWords(value));
    picture.addEventListener("load", () => {
      const smaller = value.width && picture.naturalWidth < value.width ? `, kept at ${count(picture.naturalWidth)} × ${count(picture.naturalHeight)}` : "";
      facts.textContent = `${imageWords({ ...value, width: value.width ?? picture.naturalWidth, height: value.height ?? picture.naturalHeight })}${smaller}`;
    });
    picture.addEventListener("error", () => { facts.textContent = `${imageWords(value)}. The browser can't show it.`; });
    return el("figure", "ss-result-figure", {}, picture, facts);
  }

  // -- copy and download ------------------------------------------------------------------------------

  actions() {
    const made = this.data.bare ? null : this.saved();
    if (!made) return el("div", "ss-result-actions");
    const what = this.data.name === null ? "the result" : this.data.name;
    const say = (words) => {
      copy.lastChild.textContent = words;
      copy.setAttribute("aria-label", `${words} ${what}`);
    };
    const copy = button("Copy", async () => {
      say((await made.copy()) ? "Copied" : "Not allowed");
      setTimeout(() => say("Copy"), 1500);
    }, { className: "ss-btn ss-small-btn", icon: "content_copy" });
    say("Copy");
    const file = `${this.data.file}.${made.extension}`;
    const save = button("Download", () => download(file, made.blob()), { className: "ss-btn ss-small-btn", icon: "download", title: file });
    save.setAttribute("aria-label", `Download ${what}`);
    return el("div", "ss-result-actions", {}, copy, save);
  }

  // What leaves the page: as text, and as a file of its own kind.
  saved() {
    const { kind, value, shown, tree } = this.data;
    const text = (words, extension, type) => ({ copy: () => copyText(words()), blob: () => new Blob([words()], { type: `${type};charset=utf-8` }), extension });
    const json = () => JSON.stringify(plain(value), null, 2);
    if (kind === "text") return tree ? text(() => value, "md", "text/markdown") : text(() => value, "txt", "text/plain");
    if (kind === "texts" || kind === "tree" || kind === "fields" || (kind === "head" && value)) return text(json, "json", "application/json");
    if (kind === "number") return text(() => this.data.raw ?? shown, "txt", "text/plain");
    if (kind === "flag") return text(() => String(value), "txt", "text/plain");
    if (kind === "table") return { ...text(() => toCsv(this.data), "csv", "text/csv"), copy: () => copyText(toTabs(this.data)) };
    if (kind === "image" && value.data) {
      const blob = () => new Blob([Uint8Array.from(atob(value.data), (letter) => letter.charCodeAt(0))], { type: value.$image });
      return { copy: () => copyBlob(blob()), blob, extension: value.$image.split("/")[1].replace("jpeg", "jpg") };
    }
    return null;
  }

  close() {
    this.root.replaceChildren();
  }
}

export const make = (root) => new Result(root);
