// The bar over a graph: which view, a search, zoom, the graph in words, the legend, and more.
import { button, el } from "./dom.js";

const icon = (name, title, onclick) => button("", onclick, { className: "ss-icon", title, icon: name });

/** `on` has a function for each thing that can be asked: view(name), find(text), zoom(factor), fit(), words(), legend(), more(button), next(). */
export class GraphBar {
  constructor(on) {
    this.find = el("input", "ss-input ss-find", {
      type: "search",
      placeholder: "Find a step",
      "aria-label": "Find a step",
      oninput: () => on.find(this.find.value),
      onkeydown: (event) => event.key === "Enter" && on.next(),
    });
    const look = (name, words) => button(words, () => on.view(name), { className: "ss-seg-button" });
    this.views = { all: look("all", "Steps and events"), steps: look("steps", "Steps only") };
    this.both = el("span", "ss-seg", {}, this.views.all, this.views.steps);
    this.zooms = el("span", "ss-icons", {}, icon("remove", "Smaller", () => on.zoom(1 / 1.25)), icon("add", "Larger", () => on.zoom(1.25)), icon("fit_screen", "Show all of it", () => on.fit()));
    this.words = icon("format_list_bulleted", "Graph in words", () => on.words());
    this.legend = icon("legend_toggle", "What the signs mean", () => on.legend());
    this.more = icon("more_vert", "More", () => on.more(this.more));
    this.more.setAttribute("aria-haspopup", "menu");
    this.root = el("div", "ss-bar ss-graph-bar", {}, this.both, el("span", "ss-grow"), this.find, this.zooms, el("span", "ss-icons", {}, this.words, this.legend, this.more));
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
