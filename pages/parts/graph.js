// The graph of a page: of a workflow, where a node is chosen for the page, or of a run, whose feed says what goes on.
import { eachFrame } from "./dom.js";
import { GraphBoard } from "./graph_board.js";
import { keepLook, keepPlaces, keptLook, keptPlaces } from "./graph_looks.js";
import { loadFont, shapeOf } from "./graph_shapes.js";
import { live } from "./live.js";
import { leaveChoices, takeChoices } from "./node_choice.js";
import { count, ticking } from "./words.js";

const ENDED = ["done", "failed", "cancelled", "interrupted"];
const WORST = ["waiting", "failed", "interrupted", "retrying", "running", "queued", "cancelled", "done", "idle"];
const FORMATS = [["html", "HTML, to be opened anywhere", "web"], ["svg", "SVG", "image"], ["png", "PNG", "photo"], ["mermaid", "Mermaid, for GitHub", "account_tree"], ["dot", "DOT, for Graphviz", "schema"], ["json", "JSON", "data_object"]];
const remembered = new Map();
const drawings = new Map();
const MOST_KEPT = 60;

class Graph {
  constructor(root) {
    this.root = root;
    this.onChoice = (id) => this.choose(id, true);
    this.onFeed = eachFrame(() => {
      if (this.closed) return;
      this.pulse();
      this.board?.draw();
    });
    this.ticker = setInterval(() => !document.hidden && this.waitingSince() && this.board?.draw(), 1000);
  }

  async update(component) {
    this.component = component;
    const data = component.data;
    if (data.run !== this.run) this.follow(data.run);
    if (data.key !== this.data?.key) this.selectedNode = data.chosen ?? "";
    this.board ??= new GraphBoard(this.root, this.host());
    this.board.view.recolour();
    const text = JSON.stringify([data.key, data.graph, data.height]);
    if (text === this.shown) return;
    this.shown = text;
    this.data = data;
    drawings.set(this.address(data.usual), data.drawing);
    await this.show();
    if (!this.run && !this.closed) takeChoices(this.onChoice);
  }

  host() {
    return {
      run: this.run,
      state: (node) => this.state(node),
      taken: (edge) => this.taken(edge),
      chosen: () => this.chosen(),
      choose: (id) => this.choose(id),
      open: (node) => this.open(node),
      toggle: (node) => this.toggle(node),
      look: (changes) => this.change(changes),
      menu: () => this.menu(),
      moved: this.run ? null : (places) => keepPlaces(this.data.workflow, this.viewName(), places),
      rested: (at) => this.remember({ at }),
    };
  }

  // --- which drawing ---

  /** How the graph is to be looked at: as the page has it, then as this browser keeps it, then as was asked here. */
  look() {
    const kept = this.run ? {} : keptLook();
    const asked = remembered.get(this.data.key)?.look ?? {};
    const found = { ...this.data.usual, words: false, ...kept, ...asked };
    if (!this.data.several) found.steps = false;
    return found;
  }

  address(look) {
    const query = new URLSearchParams({ direction: look.direction });
    if (look.steps) query.set("steps", "1");
    if (look.streams === false) query.set("streams", "0");
    if (look.resources === false) query.set("resources", "0");
    if (this.run) query.set("roomy", "1");
    for (const id of look.opened ?? []) query.append("opened", id);
    return `${this.data.graph}/drawing?${query}`;
  }

  viewName() {
    const look = this.look();
    return `${look.direction}${look.steps ? "-steps" : ""}`;
  }

  async show() {
    const look = this.look();
    const address = this.address(look);
    const drawing = drawings.get(address) ?? (await this.fetched(address));
    if (this.closed || !drawing || address !== this.address(this.look())) return;
    const places = this.run ? {} : keptPlaces(this.data.workflow, this.viewName());
    const size = { height: this.data.height, least: this.data.least_scale };
    await this.board.show(drawing, { ...look, several: this.data.several }, size, places, remembered.get(this.data.key)?.at);
  }

  async fetched(address) {
    try {
      const answer = await fetch(new URL(`stepscope/api/graphs/${address}`, document.baseURI));
      if (!answer.ok) throw new Error((await answer.json()).error);
      drawings.set(address, await answer.json());
      if (drawings.size > MOST_KEPT) drawings.delete(drawings.keys().next().value);
      return drawings.get(address);
    } catch (error) {
      // A server that was started anew has no graphs yet: the page, run again, gives it this one.
      this.board.note.textContent = `This look can’t be drawn now: ${error.message}`;
      this.component.setTriggerValue("lost", address);
      return null;
    }
  }

  change(changes) {
    const only = Object.keys(changes).every((name) => name === "words");
    this.remember({ look: { ...remembered.get(this.data.key)?.look, ...changes }, ...(only ? {} : { at: null }) });
    const { opened, ...kept } = changes;
    if (!this.run && Object.keys(kept).length) keepLook(kept);
    return this.show();
  }

  toggle(node) {
    const id = node.stack ?? node.id;
    const opened = this.look().opened ?? [];
    return this.change({ opened: opened.includes(id) ? opened.filter((one) => one !== id) : [...opened, id] });
  }

  remember(changes) {
    remembered.set(this.data.key, { ...remembered.get(this.data.key), ...changes });
  }

  menu() {
    const look = this.look();
    const sideways = look.direction === "LR";
    const query = this.address(look).replace("/drawing?", "/file?");
    const theme = getComputedStyle(this.root).colorScheme.includes("dark") ? "dark" : "light";
    const file = (format) => new URL(`stepscope/api/graphs/${query}&format=${format}&theme=${theme}`, document.baseURI).href;
    const moved = Object.keys(this.board.view.places).length > 0;
    return [
      { icon: sideways ? "south" : "east", words: sideways ? "Draw it top-down" : "Draw it from left to right", act: () => this.change({ direction: sideways ? "TB" : "LR" }) },
      { words: "Streamed events", checked: look.streams !== false, act: () => this.change({ streams: look.streams === false }) },
      { words: "Resources", checked: look.resources !== false, act: () => this.change({ resources: look.resources === false }) },
      ...(moved ? [{ icon: "undo", words: "Put dragged nodes back", act: () => this.putBack() }] : []),
      { title: "Export" },
      ...FORMATS.map(([format, words, icon]) => ({ icon, words, href: file(format) })),
    ];
  }

  putBack() {
    keepPlaces(this.data.workflow, this.viewName(), {});
    return this.show();
  }

  // --- what a run does ---

  follow(run) {
    this.unfollow();
    this.run = run;
    this.passed = null;
    if (!run) return;
    this.feed = live.open(run);
    for (const name of ["change", "select"]) this.feed.addEventListener(name, this.onFeed);
  }

  unfollow() {
    if (!this.feed) return;
    for (const name of ["change", "select"]) this.feed.removeEventListener(name, this.onFeed);
    live.release(this.feed);
    this.feed = null;
  }

  state(node) {
    if (!this.run || node.inside) return { state: undefined, second: node.second ?? "" };
    const known = node.members ? this.together(node) : this.feed?.graph?.nodes?.[node.id];
    const state = known?.state ?? "idle";
    if (shapeOf(node) === "person") return { state, second: state === "waiting" && this.waitingSince() ? ticking(this.feed.now() - this.waitingSince()) : "" };
    const at = [[known?.active, "running"], [known?.queued, "queued"]];
    const busy = (known?.active ?? 0) + (known?.queued ?? 0) > 1;
    const tags = busy ? at.filter(([number]) => number).map(([number, words]) => `${count(number)} ${words}`) : null;
    return { state, second: known?.text || "not started", tags };
  }

  /** Edges that were passed since the last look light up; at the first look nothing is news. */
  pulse() {
    const now = this.feed?.graph?.edges;
    if (!now || now === this.passed) return;
    const before = this.passed;
    this.passed = now;
    if (before && this.board) this.board.view.pulse((edge) => edge.parts?.some((name) => (now[name] ?? 0) > (before[name] ?? 0)));
  }

  /** What folded steps do: the state that asks for most attention, and how many are in it. */
  together(node) {
    const states = node.members.map((id) => this.feed?.graph?.nodes?.[id]?.state ?? "idle");
    const state = WORST.find((one) => states.includes(one));
    const count = states.filter((one) => one === state).length;
    return { state, text: state === "idle" ? "not started" : `${count} of ${states.length} ${state}` };
  }

  taken(edge) {
    if (!this.run) return { taken: null, ended: false, state: "" };
    const graph = this.feed?.graph;
    const taken = Math.max(0, ...edge.parts.map((name) => graph?.edges?.[name] ?? 0));
    const to = graph?.nodes?.[edge.target]?.state;
    const state = to === "waiting" ? "waiting" : taken && (to === "running" || to === "failed") ? to : "";
    return { taken, ended: ENDED.includes(this.feed?.summary?.status), state };
  }

  waitingSince() {
    return this.feed?.summary?.waiting_since;
  }

  // --- choosing ---

  chosen() {
    return this.run ? (this.feed?.selection?.nodes ?? []) : this.selectedNode ? [this.selectedNode] : [];
  }

  // A node that is chosen again is let go of; a chip that names it keeps it.
  choose(id, keep = false) {
    if (this.run) {
      const same = this.chosen().includes(id) && this.feed.selection?.nodes?.length === 1;
      this.feed.select(!id || same ? null : { node: id });
      return;
    }
    this.selectedNode = this.selectedNode === id && !keep ? "" : id;
    this.component.setStateValue("node", this.board?.view.nodes?.get(this.selectedNode)?.of ?? this.selectedNode);
    this.board?.draw();
  }

  // The link is made and clicked: a browser asks before it hands an address to another program, and stays here.
  open(node) {
    if (!this.data.editor || !node.file) return;
    const href = this.data.editor.replace("{file}", encodeURI(node.file).replace(/[?#]/g, encodeURIComponent)).replace("{line}", String(node.line ?? 1));
    const link = Object.assign(document.createElement("a"), { href });
    this.root.append(link);
    link.click();
    link.remove();
  }

  close() {
    this.closed = true;
    clearInterval(this.ticker);
    leaveChoices(this.onChoice);
    this.unfollow();
    this.board?.close();
    this.root.replaceChildren();
  }
}

// Begun as soon as this file is there: Streamlit takes a while to make room for the first part of a page.
loadFont();

export const make = (root) => new Graph(root);
