// Brush and wheel on the Gantt look: drag over a stretch to zoom to it, Ctrl and wheel to zoom, double click to fit.
import { el } from "./dom.js";

const DRAG_PX = 5;

export class GanttPointer {
  constructor(gantt) {
    this.gantt = gantt;
    this.brush = el("i", "ss-g-brush", { "aria-hidden": "true" });
    this.dragged = false;
    const { scroller } = gantt;
    scroller.addEventListener("pointerdown", (event) => this.onDown(event));
    // A drag may leave the lanes, of which there may be one: the window hears the rest of it.
    this.following = { pointermove: (event) => this.onMove(event), pointerup: (event) => this.onUp(event), pointercancel: () => this.drop() };
    scroller.addEventListener("dblclick", (event) => !event.target.closest(".ss-g-name") && gantt.fit());
    scroller.addEventListener("wheel", (event) => this.onWheel(event), { passive: false });
    // What ends a drag is no click on the bar under it.
    scroller.addEventListener("click", (event) => this.dragged && event.stopPropagation(), { capture: true });
  }

  x(event) {
    const { gantt } = this;
    return event.clientX - gantt.space.getBoundingClientRect().left - gantt.labelWidth;
  }

  onDown(event) {
    this.dragged = false;
    if (event.button !== 0 || event.pointerType === "touch" || event.target.closest(".ss-g-name")) return;
    const at = event.clientX - this.gantt.scroller.getBoundingClientRect().left;
    if (at > this.gantt.scroller.clientWidth) return; // the scroll bar
    this.from = this.x(event);
    for (const [name, listener] of Object.entries(this.following)) window.addEventListener(name, listener);
  }

  onMove(event) {
    if (this.from === undefined) return;
    const x = this.x(event);
    if (!this.dragged && Math.abs(x - this.from) < DRAG_PX) return;
    if (!this.dragged) {
      this.dragged = true;
      getSelection()?.removeAllRanges();
      this.gantt.grid.append(this.brush);
    }
    event.preventDefault();
    const [left, right] = [Math.min(x, this.from), Math.max(x, this.from)];
    this.brush.style.left = `${Math.max(0, left)}px`;
    this.brush.style.width = `${right - Math.max(0, left)}px`;
  }

  onUp(event) {
    const { gantt } = this;
    const from = this.from;
    this.drop();
    if (!this.dragged || from === undefined || !gantt.coordinates) return;
    const [left, right] = [Math.min(from, this.x(event)), Math.max(from, this.x(event))];
    gantt.timeline.follow(false);
    gantt.setWindow(gantt.coordinates.time(Math.max(0, left)), gantt.coordinates.time(Math.min(gantt.width, right)));
  }

  drop() {
    this.from = undefined;
    this.brush.remove();
    for (const [name, listener] of Object.entries(this.following)) window.removeEventListener(name, listener);
  }

  onWheel(event) {
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      this.gantt.zoom(Math.exp(Math.sign(event.deltaY) * 0.25), this.x(event));
    } else if (this.gantt.window && (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY))) {
      event.preventDefault();
      this.gantt.pan(event.deltaX || event.deltaY);
    }
  }

  close() {
    this.drop();
  }
}
