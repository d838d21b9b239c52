// A drawing of a graph that can be moved about: painted on a canvas, with a real button over each node, so that
// keyboards, screen readers and scripts have it. What is chosen and what a run does is asked of whoever shows it.
import { eachFrame, el, keepChildren } from "./dom.js";
import { labelPlace, labelWidth, lineBetween, paintEdge, paintLabel } from "./graph_edges.js";
import { Minimap } from "./graph_minimap.js";
import { Pointers } from "./graph_pointers.js";
import { Pulses } from "./graph_pulses.js";
import { labelOf, paintFrame, paintNode, paintSmall, shapeOf } from "./graph_shapes.js";
import { palette } from "./signs.js";

const READABLE = 0.3;
const [SMALLEST, LARGEST] = [0.02, 3];
const READ_WELL = 0.9;
const MARGIN = 16;
const FRAME_HEAD = 34;

/**
 * `on` has: node(node) -> {state, second, selected, dim}; edge(edge) -> {style, dim}; name(node) -> the words of its
 * button; choose(id, event); open(node); toggle(node); and, where nodes can be dragged, moved(places).
 */
export class GraphView {
  constructor(pane, on) {
    this.pane = pane;
    this.on = on;
    this.canvas = el("canvas", "ss-graph-canvas", { "aria-hidden": "true" });
    this.buttons = el("div", "ss-graph-buttons", { role: "group", "aria-label": "Workflow graph" });
    this.minimap = new Minimap((x, y) => this.moveTo({ x, y }, this.scale, true));
    this.named = new Map();
    this.heard("click", (event, node) => event.detail < 2 && this.on.choose(node.id, event));
    this.heard("dblclick", (event, node) => this.on.open(node, event));
    this.heard("keydown", (event, node) => this.keys(event, node));
    pane.append(this.canvas, this.buttons, this.minimap.canvas);
    this.drawing = { nodes: [], edges: [], width: 0, height: 0 };
    this.places = {};
    this.scale = 1;
    this.at = { x: 0, y: 0 };
    this.byHand = false;
    this.draw = eachFrame(() => this.paint());
    this.pulses = new Pulses(this.buttons);
    this.pointers = new Pointers(pane, {
      pan: (dx, dy) => this.pan(dx, dy),
      zoom: (factor, x, y) => this.zoom(factor, { x, y }),
      grab: (target) => (this.on.moved ? (target.closest?.(".ss-node")?.dataset.node ?? "") : ""),
      drag: (id, dx, dy) => this.drag(id, dx / this.scale, dy / this.scale),
      dropped: () => this.on.moved(this.places),
      rested: () => this.on.rested?.(),
    });
    this.resized = new ResizeObserver(() => this.resize());
    this.resized.observe(pane);
    this.scheme = matchMedia("(prefers-color-scheme: dark)");
    this.onScheme = () => setTimeout(() => this.recolour(), 60);
    this.scheme.addEventListener("change", this.onScheme);
    this.recolour();
  }

  /** Show a drawing. `places` are what was dragged: id -> [x, y]; `at` is where it was looked at, else all is shown. */
  show(drawing, places = {}, at = null) {
    this.drawing = drawing;
    this.pulses.stop();
    this.nodes = new Map(drawing.nodes.map((node) => [node.id, node]));
    this.places = Object.fromEntries(Object.entries(places).filter(([id]) => this.nodes.has(id)));
    this.makeButtons();
    if (!this.room?.width) this.measure(); // else it is watched, and asking now would have all laid out once more
    if (at) {
      this.byHand = true;
      this.at = at.position;
      this.scale = at.scale;
    } else this.fit();
    this.paint();
    this.pane.dataset.shown = String(Number(this.pane.dataset.shown ?? 0) + 1);
  }

  box(node) {
    const [x, y] = this.places[node.id] ?? [node.x, node.y];
    return { x, y, width: node.width, height: node.height };
  }

  points(edge) {
    if (!this.places[edge.source] && !this.places[edge.target]) return edge.points;
    const [from, to] = [this.nodes.get(edge.source), this.nodes.get(edge.target)];
    return from === to ? edge.points : lineBetween(this.box(from), this.box(to));
  }

  // --- where it is looked at ---

  position() {
    return { position: { ...this.at }, scale: this.scale };
  }

  moveTo(at, scale, byHand = false) {
    this.at = { ...at };
    this.scale = Math.min(LARGEST, Math.max(SMALLEST, scale));
    this.byHand ||= byHand;
    this.touches();
    this.draw();
  }

  pan(dx, dy) {
    this.moveTo({ x: this.at.x - dx / this.scale, y: this.at.y - dy / this.scale }, this.scale, true);
  }

  // The place under the pointer stays where it is.
  zoom(factor, point = { x: this.room.width / 2, y: this.room.height / 2 }) {
    const scale = Math.min(LARGEST, Math.max(SMALLEST, this.scale * factor));
    const off = { x: point.x - this.room.width / 2, y: point.y - this.room.height / 2 };
    const at = { x: this.at.x + off.x / this.scale - off.x / scale, y: this.at.y + off.y / this.scale - off.y / scale };
    this.moveTo(at, scale, true);
  }

  /** Show all of it, or, if that were smaller than `least`, the middle of `active` at that scale. */
  fit(least = this.least ?? 0, active = null) {
    this.byHand = false;
    const { width, height } = this.drawing;
    if (!width || !this.room?.width) return;
    const room = { width: this.room.width - 2 * MARGIN, height: this.room.height - 2 * MARGIN };
    const whole = Math.min(1, room.width / width, room.height / height);
    // What can't be shown whole is rather shown so that it can be read.
    const across = this.drawing.direction === "LR" ? room.height / height : room.width / width;
    const scale = whole >= least ? whole : Math.max(least, Math.min(READ_WELL, across));
    const within = (wanted, size, half) => (size > half * 2 ? Math.min(Math.max(wanted, half), size - half) : size / 2);
    const node = active && this.box(active);
    const at = {
      x: within(node?.x ?? (this.drawing.direction === "LR" ? 0 : this.start("x")), width, room.width / 2 / scale),
      y: within(node?.y ?? 0, height, room.height / 2 / scale),
    };
    this.moveTo(at, scale);
  }

  start(axis) {
    return (this.drawing.nodes.find((node) => node.role === "start") ?? this.drawing.nodes[0])[axis];
  }

  /** Bring a node into the middle, large enough to be read. */
  goTo(id) {
    const node = this.nodes?.get(id); // none while the font is still on its way
    if (node) this.moveTo(this.box(node), Math.max(this.scale, 0.9), true);
  }

  drag(id, dx, dy) {
    const { x, y } = this.box(this.nodes.get(id));
    this.places[id] = [Math.round(x + dx), Math.round(y + dy)];
    this.placeButton(id);
    this.draw();
  }

  resize() {
    const before = this.room;
    this.measure();
    if (before && before.width === this.room.width && before.height === this.room.height) return;
    if (!this.byHand) this.fit();
    this.paint();
  }

  measure() {
    this.room = { width: this.pane.clientWidth, height: this.pane.clientHeight };
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = [Math.round(this.room.width * ratio), Math.round(this.room.height * ratio)];
    if (this.canvas.width !== width || this.canvas.height !== height) Object.assign(this.canvas, { width, height });
  }

  // A finger scrolls the page where there is nothing to pan.
  touches() {
    if (!this.room) return;
    const over = this.drawing.height * this.scale > this.room.height + 2;
    this.pane.style.touchAction = over || this.byHand ? "none" : "pan-y";
  }

  // --- painting ---

  recolour() {
    this.colours = palette(this.pane);
    this.draw();
  }

  paint() {
    if (this.closed || !this.room?.width) return;
    const context = this.canvas.getContext("2d");
    const ratio = window.devicePixelRatio || 1;
    const left = this.room.width / 2 - this.at.x * this.scale;
    const top = this.room.height / 2 - this.at.y * this.scale;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    context.setTransform(ratio * this.scale, 0, 0, ratio * this.scale, ratio * left, ratio * top);
    const place = `translate(${left}px,${top}px) scale(${this.scale})`;
    if (place !== this.placed) this.buttons.style.transform = this.placed = place; // setting it has all of them laid out anew
    const view = { left: -left / this.scale, top: -top / this.scale, width: this.room.width / this.scale, height: this.room.height / this.scale };
    this.paintAll(context, view);
    this.minimap.paint(this.drawing, (node) => this.box(node), view, this.colours);
  }

  paintAll(context, view) {
    const small = this.scale < READABLE;
    const seen = (x, y, wide, high) => x + wide > view.left && x - wide < view.left + view.width && y + high > view.top && y - high < view.top + view.height;
    const shown = this.drawing.nodes.filter((node) => {
      const { x, y, width, height } = this.box(node);
      return seen(x, y, width / 2 + 20, height / 2 + 20);
    });
    for (const node of shown) if (node.open) paintFrame(context, node, this.box(node), this.on.node(node), this.colours);
    const labels = [];
    for (const edge of this.drawing.edges) {
      const points = this.points(edge);
      const [[x, y], [toX, toY]] = edge.points === points ? edgeRoom(edge) : [points[0], points.at(-1)];
      if (!seen((x + toX) / 2, (y + toY) / 2, Math.abs(toX - x) / 2 + 20, Math.abs(toY - y) / 2 + 20)) continue;
      const { style, dim, label } = this.on.edge(edge);
      paintEdge(context, points, style, dim, this.colours);
      if (label && !small && (edge.label_at || label !== edge.label)) labels.push([edge, points, style, dim, label]);
    }
    for (const [edge, points, style, dim, label] of labels) {
      const moved = [(points[0][0] + points[3][0]) / 2, (points[0][1] + points[3][1]) / 2];
      const at = points !== edge.points ? moved : (edge.label_at ?? labelPlace(points, label));
      if (at) paintLabel(context, label, at, label === edge.label ? edge.label_width : labelWidth(label), style, dim, this.colours);
    }
    for (const node of shown) {
      if (node.open) continue;
      const box = this.box(node);
      (small ? paintSmall : paintNode)(context, node, box.x, box.y, box, this.on.node(node), this.colours);
    }
  }

  // --- buttons over the nodes ---

  // Those of nodes that were shown before stay: a browser takes longer to make a thousand than to move them.
  makeButtons() {
    const before = this.named;
    const wanted = [];
    const folded = new Set();
    this.named = new Map();
    for (const node of this.drawing.nodes) {
      const made = before.get(node.id) ?? el("button", "ss-node", { type: "button", "data-node": node.id });
      this.named.set(node.id, made);
      wanted.push(made);
      if (node.opens || (node.stack && !folded.has(node.stack))) wanted.push(this.opener(node));
      folded.add(node.stack);
    }
    keepChildren(this.buttons, wanted);
    for (const id of this.named.keys()) this.placeButton(id);
    this.nameButtons();
  }

  // One listener for all of them.
  heard(type, then) {
    this.buttons.addEventListener(type, (event) => {
      const node = this.nodes?.get(event.target.closest?.(".ss-node")?.dataset.node);
      if (node) then(event, node);
    });
  }

  opener(node) {
    const open = Boolean(node.open || node.stack);
    const words = node.stack ? "Fold these steps" : `${open ? "Close" : "Open"} ${labelOf(node)}`;
    const attributes = { type: "button", "aria-label": words, title: words, "aria-expanded": String(open), "data-opens": node.id, "data-still": true };
    return el("button", "ss-node-opener", { ...attributes, onclick: () => this.on.toggle(node) }, open ? "−" : "+");
  }

  placeButton(id) {
    const node = this.nodes.get(id);
    const { x, y, width, height } = this.box(node);
    const [left, top] = [x - width / 2, y - height / 2];
    this.named.get(id).style.cssText = `left:${left}px;top:${top}px;width:${width}px;height:${node.open ? FRAME_HEAD : height}px`;
    const opener = this.named.get(id).nextSibling;
    if (opener?.dataset.opens === id) opener.style.cssText = `left:${left + (node.open ? 17 : 0)}px;top:${top + (node.open ? 17 : 0)}px`;
  }

  /** Write the words of all buttons anew, where they have changed. */
  nameButtons() {
    for (const [id, made] of this.named) {
      const { text, state, selected } = this.on.name(this.nodes.get(id));
      if (made.textContent !== text) made.textContent = text;
      const pressed = String(selected);
      if (made.getAttribute("aria-pressed") !== pressed) made.setAttribute("aria-pressed", pressed);
      if ((made.dataset.state ?? "") !== (state ?? "")) made.dataset.state = state ?? "";
    }
  }

  // Arrows follow the edges; o opens the source, as a double click does.
  keys(event, node) {
    if (event.key === "o" && !event.ctrlKey && !event.metaKey && !event.altKey) this.on.open(node, event);
    const forward = ["ArrowRight", "ArrowDown"].includes(event.key);
    if (!forward && !["ArrowLeft", "ArrowUp"].includes(event.key)) return;
    const edge = this.drawing.edges.find((one) => (forward ? one.source : one.target) === node.id && one.source !== one.target);
    const next = forward ? edge?.target : edge?.source;
    if (next) {
      this.named.get(next)?.focus({ preventScroll: true });
      this.intoView(next);
    }
    event.preventDefault();
  }

  intoView(id) {
    const { x, y } = this.box(this.nodes.get(id));
    const [wide, high] = [this.room.width / 2 / this.scale - 40, this.room.height / 2 / this.scale - 30];
    if (Math.abs(x - this.at.x) > wide || Math.abs(y - this.at.y) > high || this.scale < READABLE) this.goTo(id);
  }

  /** Let those edges light up for which `passed` is true. */
  pulse(passed) {
    this.pulses.begin(this.drawing.edges.filter(passed), (edge) => this.points(edge));
  }

  close() {
    this.closed = true;
    this.pulses.stop();
    this.pointers.close();
    this.resized.disconnect();
    this.scheme.removeEventListener("change", this.onScheme);
  }
}

// From where to where an edge takes up room, worked out once.
function edgeRoom(edge) {
  if (!edge.room) {
    const [xs, ys] = [edge.points.map((point) => point[0]), edge.points.map((point) => point[1])];
    edge.room = [[Math.min(...xs), Math.min(...ys)], [Math.max(...xs), Math.max(...ys)]];
  }
  return edge.room;
}

const KIND_WORDS = { step: "step", event: "event", start: "start event", stop: "stop event", person: "person", resource: "resource", child: "workflow" };

/** What a node is called aloud: "step generate_draft". */
export const spoken = (node, state) => `${node.kind === "tool" ? "tool" : (KIND_WORDS[shapeOf(node)] ?? node.kind)} ${labelOf(node, state)}`;
