// The bar over a graph: which view, a search, zoom, the graph in words, the legend. How graphs outside of runs are looked
// at is kept in this browser.
import { button, el } from "./dom.js";

const LOOK_KEY = "stepscope-graph-look";

/** How graphs outside of runs were looked at last: {view, words}. */
export function keptLook() {
  try {
    return JSON.parse(localStorage.getItem(LOOK_KEY)) ?? {};
  } catch {
    return {};
  }
}

/** Keep how a graph outside of a run is looked at. */
export function keepLook(changes) {
  try {
    localStorage.setItem(LOOK_KEY, JSON.stringify({ ...keptLook(), ...changes }));
  } catch {
    // A browser that keeps nothing shows what is usual.
  }
}

const icon = (name, title, onclick) => button("", onclick, { className: "ss-icon", title, icon: name });

/** `on` has a function for each thing that can be asked: view(name), find(text), zoom(factor), fit(), words(), legend(). */
export class GraphBar {
  constructor(on) {
    this.find = el("input", "ss-input ss-find", {
      type: "search",
      placeholder: "Find a step",
      "aria-label": "Find a step",
      oninput: () => on.find(this.find.value),
    });
    const look = (name, words) => button(words, () => on.view(name), { className: "ss-seg-button" });
    this.views = { all: look("all", "Steps and events"), steps: look("steps", "Steps only") };
    this.both = el("span", "ss-seg", {}, this.views.all, this.views.steps);
    this.zooms = el("span", "ss-icons", {}, icon("remove", "Smaller", () => on.zoom(1 / 1.25)), icon("add", "Larger", () => on.zoom(1.25)), icon("fit_screen", "Show all of it", () => on.fit()));
    this.words = icon("format_list_bulleted", "Graph in words", () => on.words());
    this.legend = icon("legend_toggle", "What the signs mean", () => on.legend());
    this.root = el("div", "ss-bar ss-graph-bar", {}, this.both, el("span", "ss-grow"), this.find, this.zooms, el("span", "ss-icons", {}, this.words, this.legend));
  }

  /** Show what is on: the view, whether there are two, the graph in words, the legend. */
  show({ view, several, words, legend }) {
    this.both.hidden = !several;
    for (const [name, made] of Object.entries(this.views)) made.setAttribute("aria-pressed", String(name === view));
    this.words.setAttribute("aria-pressed", String(words));
    this.legend.setAttribute("aria-pressed", String(legend));
    this.zooms.hidden = words;
  }
}
