// The graph: vis-network gives pan, zoom and hit tests; nodes and edges are drawn by our own shapes.
// Each node is also a real button with its state in words, so that keyboards, screen readers and scripts have it.
import { eachFrame, el, keepKeys } from "./dom.js";
import { GraphBar, keepLook, keptLook } from "./graph_bar.js";
import { closeColumns } from "./graph_columns.js";
import { loadFont, loadVis } from "./graph_library.js";
import { legend } from "./graph_legend.js";
import { paintEdge, paintLabel, pathOf, styleOf } from "./graph_edges.js";
import { labelOf, paintNode, shapeOf, sizeOf } from "./graph_shapes.js";
import { fillTwin } from "./graph_twin.js";
import { live } from "./live.js";
import { nodeChoice } from "./node_choice.js";
import { palette } from "./signs.js";
import { STATUS_WORDS, ticking } from "./words.js";

const SMALL = 14;
const NARROW = 640;
const WORDS_HEIGHT = 300;
const NARROW_HEIGHT = 560;
const remembered = new Map();
const KIND_WORDS = { step: "step", event: "event", start: "start event", stop: "stop event", person: "person", resource: "resource", child: "workflow" };

class Graph {
  constructor(root) {
    this.root = root;
    this.draw = eachFrame(() => this.paint());
    this.pane = el("div", "ss-graph-pane");
    this.canvas = el("div", "ss-graph-canvas", { "aria-hidden": "true" });
    this.twin = el("div", "ss-graph-twin", { role: "group", "aria-label": "Workflow graph in words", hidden: true });
    this.buttons = el("div", "ss-graph-buttons", { role: "group", "aria-label": "Workflow graph" });
    this.pane.append(this.canvas, this.buttons, this.twin);
    this.bar = new GraphBar({
      view: (name) => this.lookAt(name),
      find: (text) => this.find(text),
      zoom: (factor) => this.zoom(factor),
      fit: () => this.fit(true),
      words: () => this.toggleWords(),
      legend: () => this.toggleLegend(),
    });
    root.append(el("section", "ss-own ss-graph", {}, this.bar.root, this.pane));
    this.nodeButtons = new Map();
    this.sizes = new Map();
    this.search = "";
    keepKeys(root);
    this.onWheel = (event) => this.wheel(event);
    this.pane.addEventListener("wheel", this.onWheel, { passive: false });
    this.onChoice = (event) => !this.run && this.choose(event.detail, true);
    nodeChoice.addEventListener("choose", this.onChoice);
    this.scheme = matchMedia("(prefers-color-scheme: dark)");
    this.onScheme = () => setTimeout(() => this.recolour(), 60);
    this.scheme.addEventListener("change", this.onScheme);
    this.ticker = setInterval(() => this.waitingSince() && this.draw(), 1000);
  }

  async update(component) {
    this.component = component;
    const data = component.data;
    if (data.run !== this.run) this.follow(data.run);
    if (data.key !== this.data?.key) this.selectedNode = data.chosen ?? "";
    const text = JSON.stringify([data.key, data.views, data.height]);
    this.recolour();
    if (text === this.shown) return;
    this.shown = text;
    this.data = data;
    const look = data.run ? {} : keptLook();
    this.view = remembered.get(data.key)?.view ?? (data.views.steps && look.view === "steps" ? "steps" : "all");
    this.inWords = remembered.get(data.key)?.words ?? Boolean(look.words);
    this.root.firstChild.classList.toggle("ss-strip", data.direction === "LR" && data.views.all.nodes.length <= SMALL);
    this.showBar();
    await Promise.all([loadVis(), loadFont()]);
    if (!this.closed) this.build();
  }

  follow(run) {
    this.unfollow();
    this.run = run;
    if (!run) return;
    this.feed = live.open(run);
    this.feed.addEventListener("change", this.draw);
    this.feed.addEventListener("select", this.draw);
  }

  unfollow() {
    if (!this.feed) return;
    this.feed.removeEventListener("change", this.draw);
    this.feed.removeEventListener("select", this.draw);
    live.release(this.feed);
    this.feed = null;
  }

  showBar() {
    this.bar.show({ view: this.view, several: Boolean(this.data.views.steps), words: this.inWords, legend: Boolean(this.legend) });
  }

  lookAt(view) {
    this.view = view;
    this.remember({ view, at: null });
    if (!this.run) keepLook({ view });
    this.showBar();
    if (this.network) this.build();
  }

  find(text) {
    this.search = text.trim().toLowerCase();
    this.centreOnFound();
    this.draw();
  }

  toggleWords() {
    this.inWords = !this.inWords;
    this.remember({ words: this.inWords });
    if (!this.run) keepLook({ words: this.inWords });
    this.showBar();
    this.showTwin();
    this.draw();
  }

  showTwin() {
    if (!this.network) return;
    this.twin.hidden = !this.inWords;
    this.pane.style.height = `${Math.max(this.paneHeight(), this.inWords ? WORDS_HEIGHT : 0)}px`;
    this.canvas.style.visibility = this.buttons.style.visibility = this.inWords ? "hidden" : "";
    if (this.inWords) fillTwin(this.twin, this.data.views[this.view], (node) => this.inWordsSeen(node), (id) => this.choose(id));
  }

  inWordsSeen(node) {
    const { state, second, selected } = this.seen(node);
    if (this.search && !this.matches(node)) return { hidden: true };
    const words = state && state !== "idle" ? [STATUS_WORDS[state] ?? state, second === "not started" ? "" : second].filter(Boolean).join(", ") : "";
    return { selected, words };
  }

  toggleLegend() {
    if (this.legend) this.legend.remove();
    this.legend = this.legend ? null : legend(() => this.toggleLegend(), Boolean(this.run));
    if (this.legend) this.pane.append(this.legend);
    this.showBar();
    if (!this.legend) this.bar.legend.focus();
  }

  build() {
    this.network?.destroy();
    const view = this.data.views[this.view];
    this.sideways = this.data.direction === "LR";
    this.boxes = null;
    this.nodes = new Map(view.nodes.map((node) => [node.id, node]));
    this.sizes = new Map(
      view.nodes.map((node) => {
        const own = sizeOf(node, Boolean(this.data.run));
        return [node.id, { width: own.width, height: Math.max(own.height, node.height ?? 0) }];
      }),
    );
    if (this.sideways) this.nodes = closeColumns(view, this.sizes);
    this.pane.style.height = `${this.paneHeight()}px`;
    const nodes = [...this.nodes.values()].map((node) => ({
      id: node.id,
      x: node.x,
      y: node.y,
      fixed: true,
      shape: "custom",
      ctxRenderer: ({ ctx, x, y }) => ({
        drawNode: () => paintNode(ctx, node, x, y, this.sizes.get(node.id), this.seen(node), this.colours),
        nodeDimensions: this.sizes.get(node.id),
      }),
    }));
    this.network = new window.vis.Network(this.canvas, { nodes, edges: [] }, {
      physics: false,
      interaction: { dragNodes: false, zoomView: false, selectable: false, hover: false, keyboard: false },
    });
    this.makeButtons(view.nodes);
    this.showTwin();
    this.network.on("beforeDrawing", (context) => this.paintEdges(context, view));
    this.network.on("afterDrawing", () => this.placeButtons());
    this.network.on("dragEnd", () => this.remember({ at: this.position() }));
    this.network.on("resize", () => !remembered.get(this.data.key)?.at && setTimeout(() => this.fit(), 0));
    const at = remembered.get(this.data.key)?.at;
    if (at) this.network.moveTo(at);
    else this.fit();
  }

  paneHeight() {
    const { top, bottom } = this.bounds();
    if (!this.sideways) {
      const least = Math.min(NARROW_HEIGHT, (bottom - top) * this.scaleFor() + 48);
      return this.narrow() ? Math.min(this.data.height, least) : this.data.height;
    }
    return Math.min(360, Math.max(104, (bottom - top) * this.scaleFor() + 48));
  }

  bounds() {
    const boxes = [...this.nodes.keys()].map((id) => this.box(id));
    const ends = boxes.flatMap((box) => [
      [box.x - box.width / 2, box.y - box.height / 2],
      [box.x + box.width / 2, box.y + box.height / 2],
    ]);
    const lines = this.data.views[this.view].edges.flatMap((edge) => this.path(edge).filter((_, index) => index % 3 === 0));
    const points = [...ends, ...lines];
    const [xs, ys] = [points.map((point) => point[0]), points.map((point) => point[1])];
    return { left: Math.min(...xs), right: Math.max(...xs), top: Math.min(...ys), bottom: Math.max(...ys) };
  }

  scaleFor() {
    const { left, right } = this.bounds();
    return Math.max(this.leastScale(), Math.min(1, (this.canvas.clientWidth - 32) / (right - left)));
  }

  // Wide panes shrink a graph further than narrow ones, which scroll it sideways instead.
  leastScale() {
    return this.narrow() ? 0.86 : (this.data.least_scale ?? 0);
  }

  narrow() {
    return this.canvas.clientWidth < NARROW;
  }

  // --- what a node looks like now ---

  seen(node) {
    const known = this.feed?.graph?.nodes?.[node.id];
    const chosen = this.chosen();
    const state = known?.state ?? (this.run ? "idle" : undefined);
    const found = this.search && this.matches(node);
    return {
      state,
      second: this.second(node, known, state),
      selected: chosen.includes(node.id),
      dim: this.search ? !found : chosen.length > 0 && !chosen.includes(node.id) && !this.nearChosen(node.id, chosen),
    };
  }

  second(node, known, state) {
    if (!this.run) return node.second ?? "";
    if (shapeOf(node) === "person") return state === "waiting" && this.waitingSince() ? ticking(this.feed.now() - this.waitingSince()) : "";
    return known?.text || "not started";
  }

  waitingSince() {
    return this.feed?.summary?.waiting_since;
  }

  chosen() {
    if (!this.run) return this.nodes?.has(this.selectedNode) ? [this.selectedNode] : [];
    return (this.feed?.selection?.nodes ?? []).filter((id) => this.nodes?.has(id));
  }

  nearChosen(id, chosen) {
    return this.data.views[this.view].edges.some(
      (edge) => (edge.source === id && chosen.includes(edge.target)) || (edge.target === id && chosen.includes(edge.source)),
    );
  }

  matches(node) {
    return labelOf(node).toLowerCase().includes(this.search) || node.name.toLowerCase().includes(this.search);
  }

  centreOnFound() {
    if (!this.network) return;
    const found = this.search && [...this.nodes.values()].find((node) => this.matches(node));
    if (found) this.network.moveTo({ position: { x: found.x, y: found.y } });
  }

  edgeSeen(edge) {
    if (!this.run) return { taken: null, state: "" };
    const graph = this.feed?.graph;
    const names = edge.parts ?? [`${edge.source}|${edge.target}|${edge.kind}`];
    const taken = Math.max(0, ...names.map((name) => graph?.edges?.[name] ?? 0));
    const to = graph?.nodes?.[edge.target]?.state;
    return { taken, state: to === "waiting" ? "waiting" : taken && (to === "running" || to === "failed") ? to : "" };
  }

  paintEdges(context, view) {
    const ended = ["done", "failed", "cancelled", "interrupted"].includes(this.feed?.summary?.status);
    const chosen = this.chosen();
    const labels = [];
    for (const edge of view.edges) {
      const points = this.path(edge);
      if (!points.length) continue;
      const { taken, state } = this.edgeSeen(edge);
      const style = styleOf(edge, taken, ended, state);
      const dim = this.search || (chosen.length > 0 && !chosen.includes(edge.source) && !chosen.includes(edge.target));
      paintEdge(context, points, style, dim, this.colours);
      if (edge.label) labels.push([edge, points, style]);
    }
    for (const [edge, points, style] of labels) {
      paintLabel(context, edge.label, points, this.sideways, style, this.colours, edge.label_at);
    }
  }

  path(edge) {
    const [from, to] = [this.box(edge.source), this.box(edge.target)];
    if (!from || !to) return [];
    this.boxes ??= [...this.nodes.keys()].map((id) => this.box(id));
    return pathOf(edge, from, to, this.sideways, this.boxes);
  }

  box(id) {
    const node = this.nodes.get(id);
    return node && { x: node.x, y: node.y, ...this.sizes.get(id) };
  }

  paint() {
    if (this.closed) return;
    this.network?.redraw();
    for (const [id, made] of this.nodeButtons) this.nameButton(this.nodes.get(id), made);
    if (this.inWords) this.showTwin();
  }

  recolour() {
    this.colours = palette(this.root);
    this.draw();
  }

  // --- buttons over the nodes ---

  makeButtons(nodes) {
    this.nodeButtons = new Map(
      nodes.map((node) => {
        const onclick = () => this.choose(node.id);
        const onkeydown = (event) => this.arrows(event, node.id);
        return [node.id, el("button", "ss-node", { type: "button", "data-node": node.id, onclick, onkeydown })];
      }),
    );
    for (const [id, made] of this.nodeButtons) this.nameButton(this.nodes.get(id), made);
    const focused = this.buttons.contains(document.activeElement) ? document.activeElement.dataset.node : null;
    this.buttons.replaceChildren(...this.nodeButtons.values());
    this.nodeButtons.get(focused)?.focus();
  }

  nameButton(node, made) {
    const { state, second, selected } = this.seen(node);
    const words = [`${KIND_WORDS[shapeOf(node)] ?? node.kind} ${labelOf(node, state)}`];
    if (state) words.push((STATUS_WORDS[state] ?? state).toLowerCase());
    if (second && second !== "not started") words.push(second);
    const text = words.join(", ");
    if (made.textContent !== text) made.textContent = text;
    made.setAttribute("aria-pressed", String(selected));
    made.dataset.state = state ?? "";
  }

  placeButtons() {
    const scale = this.network.getScale();
    for (const [id, made] of this.nodeButtons) {
      const { x, y, width, height } = this.box(id);
      const at = this.network.canvasToDOM({ x: x - width / 2, y: y - height / 2 });
      made.style.cssText = `left:${at.x}px;top:${at.y}px;width:${width * scale}px;height:${height * scale}px`;
    }
  }

  // A node that is chosen again is let go of; a chip that names it keeps it.
  choose(id, keep = false) {
    if (this.run) this.feed.select(this.chosen().includes(id) && this.feed.selection?.nodes?.length === 1 ? null : { node: id });
    else {
      this.selectedNode = this.selectedNode === id && !keep ? "" : id;
      this.component.setStateValue("node", this.selectedNode);
      this.draw();
    }
  }

  // Arrows follow the edges.
  arrows(event, id) {
    const forward = ["ArrowRight", "ArrowDown"].includes(event.key);
    if (!forward && !["ArrowLeft", "ArrowUp"].includes(event.key)) return;
    const edge = this.data.views[this.view].edges.find((one) => (forward ? one.source : one.target) === id);
    this.nodeButtons.get(forward ? edge?.target : edge?.source)?.focus();
    event.preventDefault();
  }

  // --- zoom ---

  position() {
    return { position: this.network.getViewPosition(), scale: this.network.getScale() };
  }

  remember(changes) {
    remembered.set(this.data.key, { ...remembered.get(this.data.key), ...changes });
  }

  fit(byHand = false) {
    if (this.closed || !this.network || !this.nodes.size) return;
    const { left, right, top, bottom } = this.bounds();
    const room = { width: this.canvas.clientWidth - 32, height: this.canvas.clientHeight - 30 };
    const whole = Math.min(1, room.width / (right - left), room.height / (bottom - top));
    // On a narrow screen the strip keeps its size and scrolls sideways, on the active node.
    const scale = byHand ? whole : Math.max(whole, this.leastScale());
    const position = { x: (left + right) / 2, y: (top + bottom) / 2 };
    if (scale > whole) Object.assign(position, this.activePoint(position, room, scale, { left, right, top, bottom }));
    this.network.moveTo({ position, scale });
    if (byHand) this.remember({ at: null });
  }

  activePoint(middle, room, scale, { left, right, top, bottom }) {
    const active = [...this.nodes.values()].find((node) => ["waiting", "failed", "interrupted", "running"].includes(this.feed?.graph?.nodes?.[node.id]?.state));
    const within = (wanted, from, to, half) => Math.min(Math.max(wanted ?? from, from + half), to - half);
    const [across, down] = [room.width / 2 / scale, room.height / 2 / scale];
    return {
      x: right - left > across * 2 ? within(active?.x, left, right, across) : middle.x,
      y: bottom - top > down * 2 ? within(active?.y, top, bottom, down) : middle.y,
    };
  }

  zoom(factor) {
    this.network.moveTo({ scale: this.network.getScale() * factor });
    this.remember({ at: this.position() });
  }

  // The page scrolls over a graph; zooming takes Ctrl (which is also what a pinch sends).
  wheel(event) {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    this.zoom(Math.exp(-event.deltaY / 300));
  }

  close() {
    this.closed = true;
    clearInterval(this.ticker);
    this.scheme.removeEventListener("change", this.onScheme);
    nodeChoice.removeEventListener("choose", this.onChoice);
    this.unfollow();
    this.network?.destroy();
    this.network = null;
    this.root.replaceChildren();
  }
}

export const make = (root) => new Graph(root);
