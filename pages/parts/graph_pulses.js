// What passes an edge while a run goes on: a dot that runs along it. Nothing moves for those who want less motion.
// The browser moves the dots by itself: drawn on the canvas, thirty pictures a second would hold up what comes in.
import { el } from "./dom.js";
import { alongPath } from "./graph_edges.js";

const LASTS_MS = 700;
const AGAIN_MS = 250; // a busy edge shows that it is busy, not each event
const MOST_EDGES = 300;
const STOPS = 12;

export class Pulses {
  /** `layer`: an element that moves and grows with the graph. */
  constructor(layer) {
    this.layer = layer;
    this.begun = new Map();
    this.still = matchMedia("(prefers-reduced-motion: reduce)");
  }

  /** Something passed these edges just now; `pointsOf` gives the curve of one. */
  begin(edges, pointsOf) {
    if (this.still.matches || document.hidden || edges.length > MOST_EDGES) return;
    const now = performance.now();
    for (const edge of edges) {
      if (now - (this.begun.get(edge) ?? -Infinity) < AGAIN_MS) continue;
      this.begun.set(edge, now);
      this.run(pointsOf(edge));
    }
  }

  run(points) {
    const dot = el("i", "ss-pulse-dot", { "aria-hidden": "true" });
    const frames = Array.from({ length: STOPS + 1 }, (_, number) => {
      const [x, y] = alongPath(points, number / STOPS);
      return { transform: `translate(${x}px,${y}px)`, opacity: number === STOPS ? 0 : 1 };
    });
    this.layer.append(dot);
    dot.animate(frames, { duration: LASTS_MS, easing: "ease-in-out" }).onfinish = () => dot.remove();
  }

  stop() {
    this.begun.clear();
    for (const dot of this.layer.querySelectorAll(".ss-pulse-dot")) dot.remove();
  }
}
