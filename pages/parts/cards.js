// All workflows of the targets: heading, search, filters, problems, cards. Search and filters hide cards at each key
// and are kept in the URL, so that Back and a copied link show the same.
import { makeCard, writeAges } from "./card.js";
import { button, el, keepKeys, symbol } from "./dom.js";
import { count } from "./words.js";

const FILTERS = [["pauses", "Pauses for a person"], ["fans_out", "Fans out"], ["loops", "Loops"], ["problems", "Has problems"]];
const HIDDEN = "stepscope-hidden-problems";
const SHOWN_PROBLEMS = 3;
const URL_AFTER_MS = 250; // browsers allow only so many changes of the URL a second

const plural = (number, word) => `${count(number)} ${word}${number === 1 ? "" : "s"}`;
const typing = (element) => element?.closest("input,textarea,select,[contenteditable=true]");

class Cards {
  constructor(root) {
    this.root = root;
    this.path = location.pathname;
    this.chosen = new Set();
    this.entries = [];
    this.input = el("input", "ss-input", { type: "search", placeholder: "Search name, text or file", "aria-label": "Search name, text or file", autocomplete: "off", spellcheck: "false" });
    this.input.addEventListener("input", () => this.change());
    this.input.addEventListener("keydown", (event) => this.inputKey(event));
    this.pills = el("div", "ss-pills", { role: "group", "aria-label": "Filters" });
    this.told = el("p", "ss-muted ss-small", { role: "status" });
    this.trouble = el("div");
    this.grid = el("div", "ss-cards");
    this.grid.addEventListener("click", () => this.flushUrl(), { capture: true });
    this.nothing = el("div");
    const search = el("div", "ss-search", {}, this.input, el("kbd", "", { "aria-hidden": "true" }, "/"));
    const head = el("header", "ss-browse-head", {}, el("div", "ss-browse-title", {}, el("h1", "ss-title", {}, "Workflows"), this.told), (this.tools = el("div", "ss-browse-tools", {}, search, this.pills)));
    root.append(head, this.trouble, this.grid, this.nothing);
    keepKeys(this.input);
    this.seen = new IntersectionObserver((changes) => this.draw(changes), { rootMargin: "300px", scrollMargin: "300px" });
    this.onKey = (event) => this.pageKey(event);
    document.addEventListener("keydown", this.onKey);
    this.ticker = setInterval(() => this.ages(), 5000);
  }

  update(component) {
    this.data = component.data;
    this.ahead = this.data.now - Date.now() / 1000;
    this.seen.disconnect();
    this.entries = this.data.cards.map((card, number) => {
      const element = makeCard(card, number);
      this.seen.observe(element);
      const text = [card.name, card.text, card.file, ...card.badges.map((badge) => badge.text)].join("\n").toLowerCase();
      return { element, text, filters: card.filters };
    });
    this.grid.replaceChildren(...this.entries.map((entry) => entry.element));
    this.ages();
    this.readUrl();
    this.drawPills();
    this.drawTrouble();
    this.filter();
  }

  draw(changes) {
    for (const change of changes) {
      if (!change.isIntersecting) continue;
      change.target.draw();
      this.seen.unobserve(change.target);
    }
  }

  ages() {
    writeAges(this.grid, Date.now() / 1000 + this.ahead);
  }

  // -- search and filters ---------------------------------------------------------------------------

  get offered() {
    return FILTERS.filter(([id]) => this.entries.some((entry) => entry.filters.includes(id)));
  }

  readUrl() {
    if (this.writing) return; // a key was pressed a moment ago: the URL is about to follow
    const asked = new URLSearchParams(location.search);
    if (document.activeElement !== this.input || asked.get("q") !== null) this.input.value = asked.get("q") ?? "";
    const offered = new Set(this.offered.map(([id]) => id));
    this.chosen = new Set((asked.get("filter") ?? "").split(",").filter((id) => offered.has(id)));
  }

  writeUrl() {
    clearTimeout(this.writing);
    this.writing = setTimeout(() => this.flushUrl(), URL_AFTER_MS);
  }

  // Also before a card is opened, so that Back leads to what was searched, and before the part is drawn anew.
  flushUrl() {
    if (!this.writing) return;
    clearTimeout(this.writing);
    this.writing = null;
    if (location.pathname !== this.path) return; // another page's URL by now
    const url = new URL(location.href);
    const set = (name, value) => (value ? url.searchParams.set(name, value) : url.searchParams.delete(name));
    set("q", this.input.value.trim());
    set("filter", [...this.chosen].join(","));
    history.replaceState(history.state, "", url);
  }

  change() {
    this.filter();
    this.writeUrl();
  }

  filter() {
    const words = this.input.value.toLowerCase().split(/\s+/).filter(Boolean);
    let found = 0;
    for (const { element, text, filters } of this.entries) {
      const shown = words.every((word) => text.includes(word)) && [...this.chosen].every((id) => filters.includes(id));
      if (element.hidden === shown) element.hidden = !shown;
      found += shown ? 1 : 0;
    }
    this.tell(found, words.length > 0 || this.chosen.size > 0);
  }

  tell(found, narrowed) {
    const all = this.entries.length;
    const urgent = this.data.cards.some((card) => ["waiting", "failed", "interrupted"].includes(card.last?.status));
    const number = narrowed ? `${count(found)} of ${count(all)}` : count(all);
    const files = this.data.where.split(" and ").flatMap((name, index) => [index ? " and " : "", el("code", "", {}, name)]);
    this.told.replaceChildren(`${number} in `, ...files, urgent ? ". Those that need you come first." : "", ...this.problemsLink());
    this.told.hidden = this.tools.hidden = !all;
    this.nothing.replaceChildren(...(all && !found ? [this.noMatch(all)] : []));
  }

  noMatch(all) {
    const text = this.input.value.trim();
    const filters = FILTERS.filter(([id]) => this.chosen.has(id)).map(([, words]) => words).join(" and ");
    const headline = text ? `No workflow matches “${text}”${filters && ` with ${filters}`}` : `No workflow has ${filters}`;
    const clear = button(`Show all ${count(all)}`, () => this.clear(), { className: "ss-btn ss-primary" });
    return el("section", "ss-empty", {}, el("b", "", {}, headline), el("p", "ss-muted", {}, `${plural(all, "workflow")} ${all === 1 ? "is" : "are"} here without a search or filter.`), clear);
  }

  clear() {
    this.input.value = "";
    this.chosen.clear();
    this.drawPills();
    this.change();
    this.input.focus();
  }

  drawPills() {
    this.pills.replaceChildren(
      ...this.offered.map(([id, words]) => {
        const made = button(words, () => {
          if (!this.chosen.delete(id)) this.chosen.add(id);
          made.setAttribute("aria-pressed", this.chosen.has(id));
          this.change();
        }, { className: "ss-pill", pressed: this.chosen.has(id) ? "true" : "false" });
        return made;
      }),
    );
  }

  // -- keys -----------------------------------------------------------------------------------------

  pageKey(event) {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    event.preventDefault();
    this.input.focus();
    this.input.select();
  }

  inputKey(event) {
    if (event.key === "Escape" && this.input.value) {
      this.input.value = "";
      this.change();
      event.preventDefault();
    } else if (event.key === "ArrowDown" || event.key === "Enter") {
      this.grid.querySelector("article:not([hidden]) a")?.focus();
      event.preventDefault();
    }
  }

  // -- problems -------------------------------------------------------------------------------------

  get hiddenProblems() {
    return sessionStorage.getItem(HIDDEN) === JSON.stringify(this.data.trouble);
  }

  hideProblems(hide) {
    if (hide) sessionStorage.setItem(HIDDEN, JSON.stringify(this.data.trouble));
    else sessionStorage.removeItem(HIDDEN);
    this.drawTrouble();
    this.filter();
  }

  problemsLink() {
    if (!this.data.trouble || !this.hiddenProblems) return [];
    return [" ", button(`Show ${plural(this.data.trouble.sentences.length, "problem")}`, () => this.hideProblems(false), { className: "ss-link" })];
  }

  drawTrouble() {
    const trouble = this.data.trouble;
    if (!trouble || this.hiddenProblems) return this.trouble.replaceChildren();
    const line = ({ before, file, after }) => el("li", "", {}, before, file && el("code", "", {}, file), ...withCode(after));
    const list = el("ul", "", {}, ...trouble.sentences.slice(0, SHOWN_PROBLEMS).map(line));
    const rest = trouble.sentences.slice(SHOWN_PROBLEMS);
    const more = button(`Show all ${count(trouble.sentences.length)}`, () => {
      list.append(...rest.map(line));
      more.remove();
    }, { className: "ss-link" });
    const words = el("div", "ss-grow", {}, el("b", "", {}, trouble.headline), " ", trouble.rest, list, rest.length ? more : "");
    const hide = button("Hide", () => this.hideProblems(true), { className: "ss-link" });
    return this.trouble.replaceChildren(el("section", "ss-trouble", { "aria-label": "Problems" }, symbol("warning"), words, hide));
  }

  close() {
    clearInterval(this.ticker);
    this.flushUrl();
    this.seen.disconnect();
    document.removeEventListener("keydown", this.onKey);
    this.root.replaceChildren();
  }
}

/** What stands between backticks as code, all else as plain text. */
function withCode(text) {
  const parts = text.split("`");
  return parts.length % 2 ? parts.map((part, number) => (number % 2 ? el("code", "", {}, part) : part)) : [text];
}

export const make = (root) => new Cards(root);
