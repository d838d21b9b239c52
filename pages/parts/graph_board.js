// A graph with its bar: two looks, a search, zoom, legend, words, a menu; choosing a node and the way between two.
// The page and a file that was taken along show the same board; what differs is asked of the host.
import { el, keepKeys } from "./dom.js";
import { GraphBar } from "./graph_bar.js";
import { styleOf } from "./graph_edges.js";
import { legend } from "./graph_legend.js";
import { Menu } from "./menu.js";
import { labelOf, loadFont, shapeOf } from "./graph_shapes.js";
import { fillTwin } from "./graph_twin.js";
import { GraphView, spoken } from "./graph_view.js";
import { connected, wayBetween } from "./graph_ways.js";
import { STATUS_WORDS, count } from "./words.js";

const briefly = (number) => (number < 10_000 ? count(number) : `${count(Math.round(number / 100) / 10)}k`);
const NARROW = 640;
const NARROW_HEIGHT = 560;
const [LEAST_STRIP, MOST_STRIP] = [104, 360];
const WORDS_HEIGHT = 300;
const SMALL = 14;

/**
 * `host` has: state(node) -> {state, second}; taken(edge) -> {taken, ended, state}; chosen() -> ids; choose(id); open(node);
 * look(changes): the view is to change; menu() -> items; moved(places) if nodes can be dragged; run: whether it is a run's;
 * rested(position) and kept(): where the graph was looked at.
 */
export class GraphBoard {
  constructor(root, host) {
    this.host = host;
    this.pane = el("div", "ss-graph-pane");
    this.twin = el("div", "ss-graph-twin", { role: "group", "aria-label": "Workflow graph in words", hidden: true, "data-still": true });
    this.note = el("div", "ss-graph-note", { role: "status" });
    this.menu = new Menu(() => host.menu(), "More about this graph", "ss-graph-menu", { "data-still": true });
    this.bar = new GraphBar({
      view: (name) => host.look({ steps: name === "steps" }),
      find: (text) => this.find(text),
      next: () => this.next(1),
      zoom: (factor) => this.view.zoom(factor) ?? this.rested(),
      fit: () => this.fit(true),
      words: () => host.look({ words: !this.inWords }),
      legend: () => this.toggleLegend(),
      more: (button) => this.menu.open(button),
    });
    this.root = el("section", "ss-own ss-graph", {}, this.bar.root, this.pane);
    root.append(this.root, this.menu.element);
    this.view = new GraphView(this.pane, {
      node: (node) => this.seen(node),
      edge: (edge) => this.edgeSeen(edge),
      name: (node) => this.named(node),
      choose: (id, event) => this.choose(id, event),
      open: (node) => (node.opens ? host.toggle(node) : host.open(node)),
      toggle: (node) => host.toggle(node),
      moved: host.moved && ((places) => host.moved(places)),
      rested: () => this.rested(),
    });
    this.pane.append(this.twin, this.note);
    keepKeys(root);
    root.addEventListener("keydown", (event) => event.key === "Escape" && this.letGo());
    this.search = "";
    this.way = null;
  }

  /** Show a drawing. `look` is {steps, words, several}, `size` {height, least}. */
  async show(drawing, look, size, places, at) {
    this.drawing = drawing;
    this.inWords = Boolean(look.words);
    this.look = look;
    this.size = size;
    this.sideways = drawing.direction === "LR" && this.host.run;
    this.way = null;
    this.near = null;
    this.root.classList.toggle("ss-strip", Boolean(this.sideways && drawing.nodes.length <= SMALL));
    this.showBar();
    await loadFont();
    this.setHeight();
    this.view.least = this.narrow() ? 0.86 : (size.least ?? 0);
    this.view.show(drawing, places, at);
    if (!at) this.fit();
    if (!at && this.search) this.next(this.found < 0 ? 1 : 0); // typed before there was a graph
    this.said();
    this.showTwin();
  }

  narrow() {
    return this.pane.clientWidth < NARROW;
  }

  setHeight() {
    const { width, height } = this.drawing;
    const scale = Math.max(this.narrow() ? 0.86 : (this.size.least ?? 0), Math.min(1, (this.pane.clientWidth - 32) / (width || 1)));
    let high = this.narrow() ? Math.min(this.size.height, NARROW_HEIGHT, height * scale + 48) : this.size.height;
    if (this.sideways) high = Math.min(MOST_STRIP, Math.max(LEAST_STRIP, height * scale + 36));
    this.pane.style.height = `${Math.max(high, this.inWords ? WORDS_HEIGHT : 0)}px`;
  }

  showBar() {
    this.bar.show({ view: this.look.steps ? "steps" : "all", several: this.look.several, words: this.inWords, legend: Boolean(this.legend) });
  }

  draw() {
    this.near = null;
    this.view.draw();
    this.view.nameButtons();
    this.said();
    if (this.inWords) this.showTwin();
  }

  fit(byHand = false) {
    const active = this.drawing.nodes.find((node) => ["waiting", "failed", "interrupted", "running"].includes(this.host.state(node).state));
    this.view.fit(byHand ? 0 : this.view.least, active);
    if (byHand) this.host.rested?.(null);
  }

  rested() {
    this.host.rested?.(this.view.position());
  }

  // --- what is seen of a node or an edge ---

  seen(node) {
    const { state, second, tags } = this.host.state(node);
    const chosen = this.chosen();
    const found = this.search && this.matches(node);
    let dim = false;
    if (this.search) dim = !found;
    else if (this.way) dim = !this.way.nodes.includes(node.id);
    else if (chosen.length) dim = !this.nearChosen(chosen).has(node.id) && !chosen.some((id) => id.startsWith(`${node.id}>`));
    return { state, second, tags, selected: chosen.includes(node.id) || Boolean(this.way?.ends.includes(node.id)), dim };
  }

  nearChosen(chosen) {
    this.near ??= connected(this.drawing.edges, chosen);
    return this.near;
  }

  edgeSeen(edge) {
    const { taken, ended, state } = this.host.taken(edge);
    const chosen = this.chosen();
    let dim = Boolean(this.search);
    if (!dim && this.way) dim = !this.way.edges.includes(edge);
    else if (!dim && chosen.length) dim = !chosen.includes(edge.source) && !chosen.includes(edge.target);
    return { style: styleOf(edge, taken, ended, state), dim, label: taken > 1 ? briefly(taken) : edge.label };
  }

  named(node) {
    const { state, second, tags, selected } = this.seen(node);
    const words = [spoken(node, state)];
    if (state) words.push((STATUS_WORDS[state] ?? state).toLowerCase());
    if (second && second !== "not started") words.push(second);
    words.push(...(tags ?? []));
    return { text: words.join(", "), state, selected };
  }

  chosen() {
    return this.host.chosen().filter((id) => this.view.nodes?.has(id));
  }

  // --- choosing ---

  choose(id, event) {
    const [first] = this.chosen();
    if (event?.shiftKey && first && first !== id) return this.showWay(first, id);
    this.way = null;
    this.near = null;
    this.host.choose(id);
    this.draw();
  }

  showWay(from, to) {
    const way = wayBetween(this.drawing.edges, from, to);
    this.way = { ...(way ?? { nodes: [from, to], edges: [] }), ends: [from, to], none: !way };
    this.draw();
  }

  letGo() {
    if (this.way) this.way = null;
    else if (this.search) this.bar.find.value = this.search = "";
    else if (this.chosen().length) this.host.choose("");
    this.draw();
  }

  said() {
    const name = (id) => labelOf(this.view.nodes.get(id));
    let words = "";
    if (this.way) {
      const [from, to] = [this.way.nodes[0], this.way.nodes.at(-1)];
      const steps = this.way.nodes.slice(1, -1).filter((id) => shapeOf(this.view.nodes.get(id)) === "step").length;
      const between = steps ? `${steps} step${steps === 1 ? "" : "s"} between` : "no step between";
      words = this.way.none ? `No way leads between ${name(from)} and ${name(to)}` : `From ${name(from)} to ${name(to)}: ${between}`;
    } else if (this.search) {
      const count = this.drawing.nodes.filter((node) => this.matches(node)).length;
      words = count ? `${count} found${count > 1 ? " · Enter goes to the next" : ""}` : `Nothing here is called “${this.search}”`;
    }
    if (this.note.textContent !== words) this.note.textContent = words;
  }

  // --- search ---

  matches(node) {
    return labelOf(node).toLowerCase().includes(this.search) || String(node.name).toLowerCase().includes(this.search);
  }

  find(text) {
    this.search = text.trim().toLowerCase();
    this.found = -1;
    if (this.search) this.next(1);
    this.draw();
  }

  next(by) {
    const found = this.drawing.nodes.filter((node) => this.search && this.matches(node));
    if (!found.length) return;
    // A step is looked for more often than an event whose name holds the same letters.
    found.sort((a, b) => (a.kind !== "step") - (b.kind !== "step"));
    this.found = ((this.found ?? -1) + by + found.length) % found.length;
    this.view.goTo(found[this.found].id);
  }

  // --- words and legend ---

  showTwin() {
    this.twin.hidden = !this.inWords;
    this.setHeight();
    for (const part of [this.view.canvas, this.view.buttons]) part.style.visibility = this.inWords ? "hidden" : "";
    if (this.inWords) fillTwin(this.twin, this.drawing, (node) => this.inWordsSeen(node), (id) => this.choose(id));
  }

  inWordsSeen(node) {
    const { state, second, tags, selected } = this.seen(node);
    if (this.search && !this.matches(node)) return { hidden: true };
    const words = state && state !== "idle" ? [STATUS_WORDS[state] ?? state, second === "not started" ? "" : second, ...(tags ?? [])].filter(Boolean).join(", ") : "";
    return { selected, words };
  }

  toggleLegend() {
    if (this.legend) this.legend.remove();
    this.legend = this.legend ? null : legend(() => this.toggleLegend(), Boolean(this.host.run));
    if (this.legend) this.pane.append(this.legend);
    this.showBar();
    if (!this.legend) this.bar.legend.focus();
  }

  close() {
    this.view.close();
  }
}
