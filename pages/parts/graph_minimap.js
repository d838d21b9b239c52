// All of a graph in a corner, with a frame around what is in view: for large graphs, or when much is out of view.
import { el } from "./dom.js";

const WIDTH = 120;
const HEIGHT = 80;
const MANY = 40;
/** Of a graph of which so much is in view, the corner is worth more than a map. */
const MOST = 0.7;

/** `go(x, y)` is called with the place of the graph that should be in the middle. */
export class Minimap {
  constructor(go) {
    this.canvas = el("canvas", "ss-minimap", { width: WIDTH * 2, height: HEIGHT * 2, "aria-hidden": "true", "data-still": true, hidden: true });
    const move = (event) => {
      if (!event.buttons && event.type !== "click") return;
      const room = this.canvas.getBoundingClientRect();
      go((event.clientX - room.left - this.left) / this.scale, (event.clientY - room.top - this.top) / this.scale);
    };
    this.canvas.addEventListener("pointerdown", (event) => {
      this.canvas.setPointerCapture(event.pointerId);
      move(event);
    });
    this.canvas.addEventListener("pointermove", move);
  }

  /** Draw it. `view` is {left, top, width, height}, what is in view, in px of the graph. */
  paint(drawing, boxOf, view, colours) {
    const inView = (from, length, whole) => Math.max(0, Math.min(from + length, whole) - Math.max(from, 0)) / (whole || 1);
    const share = inView(view.left, view.width, drawing.width) * inView(view.top, view.height, drawing.height);
    this.canvas.hidden = !drawing.nodes.length || (share >= MOST && drawing.nodes.length < MANY);
    if (this.canvas.hidden) return;
    this.scale = Math.min((WIDTH - 8) / drawing.width, (HEIGHT - 8) / drawing.height);
    this.left = (WIDTH - drawing.width * this.scale) / 2;
    this.top = (HEIGHT - drawing.height * this.scale) / 2;
    const context = this.canvas.getContext("2d");
    context.setTransform(2, 0, 0, 2, 0, 0);
    context.clearRect(0, 0, WIDTH, HEIGHT);
    context.translate(this.left, this.top);
    context.fillStyle = colours("--ss-ctl");
    for (const node of drawing.nodes) {
      const box = boxOf(node);
      const [wide, high] = [Math.max(1.5, box.width * this.scale), Math.max(1.5, box.height * this.scale)];
      if (!node.open) context.fillRect(box.x * this.scale - wide / 2, box.y * this.scale - high / 2, wide, high);
    }
    context.strokeStyle = colours("--ss-primary");
    context.lineWidth = 1.5;
    const clip = (value, low, high) => Math.min(Math.max(value, low), high);
    const [left, top] = [clip(view.left * this.scale, -this.left + 1, WIDTH), clip(view.top * this.scale, -this.top + 1, HEIGHT)];
    const right = clip((view.left + view.width) * this.scale, left + 2, WIDTH - this.left - 1);
    const bottom = clip((view.top + view.height) * this.scale, top + 2, HEIGHT - this.top - 1);
    context.strokeRect(left, top, right - left, bottom - top);
  }
}
