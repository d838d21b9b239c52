// The graph in a file of its own: the same board as on a page, with the drawings that stand in the file.
import { el } from "./dom.js";
import { GraphBoard } from "./graph_board.js";

// The file has no font with signs in it.
const SIGNS = { remove: "−", add: "+", fit_screen: "Fit", format_list_bulleted: "☰", legend_toggle: "?", more_vert: "⋮", close: "×", check_box: "☑", check_box_outline_blank: "☐", south: "↓", east: "→", undo: "↶" };

class GraphFile {
  constructor(data) {
    this.data = data;
    this.look = { ...data.first, words: false, streams: true };
    this.selected = "";
    this.places = {};
    const main = el("main");
    document.body.append(el("header", "", {}, el("h1", "", {}, data.name), data.doc ? el("p", "", {}, data.doc) : ""), main);
    new MutationObserver(() => this.sign()).observe(document.body, { childList: true, subtree: true });
    this.board = new GraphBoard(main, this.host());
    this.sign();
    this.show();
    addEventListener("resize", () => this.show(this.board.view.byHand ? this.board.view.position() : null));
  }

  host() {
    return {
      run: null,
      state: (node) => ({ state: undefined, second: node.second ?? "" }),
      taken: () => ({ taken: null, ended: false, state: "" }),
      chosen: () => (this.selected ? [this.selected] : []),
      choose: (id) => {
        this.selected = this.selected === id ? "" : id;
      },
      open: () => null,
      toggle: () => null,
      look: (changes) => {
        Object.assign(this.look, changes);
        this.show();
      },
      menu: () => this.menu(),
      moved: (places) => (this.places[this.name()] = places),
    };
  }

  name() {
    return `${this.look.direction}${this.look.steps ? "-steps" : ""}`;
  }

  show(at = null) {
    const main = document.querySelector("main");
    const height = Math.max(240, main.clientHeight - 60);
    return this.board.show(this.data.drawings[this.name()], { ...this.look, several: true }, { height, least: 0.5 }, this.places[this.name()], at);
  }

  menu() {
    const sideways = this.look.direction === "LR";
    const moved = Object.keys(this.board.view.places).length > 0;
    const back = () => {
      this.places[this.name()] = {};
      this.show();
    };
    return [
      { icon: sideways ? "south" : "east", words: sideways ? "Draw it top-down" : "Draw it from left to right", act: () => this.host().look({ direction: sideways ? "TB" : "LR" }) },
      ...(moved ? [{ icon: "undo", words: "Put dragged nodes back", act: back }] : []),
    ];
  }

  sign() {
    for (const symbol of document.querySelectorAll(".ss-symbol")) {
      const found = SIGNS[symbol.textContent];
      if (found) symbol.textContent = found; // once: each change is told of again
    }
  }
}

new GraphFile(window.stepscopeGraph);
