// Mouse, finger and wheel over a graph: panning, pinching, dragging a node. Clicks stay what they are.
const SLACK = 5;

/**
 * Listens on `pane`. `on` has: scale(), pan(dx, dy), zoom(factor, x, y), grab(target) -> node id or "" if it can't be
 * dragged, drag(id, dx, dy), dropped(id), rested() after a pan or zoom. Distances in px of the screen.
 */
export class Pointers {
  constructor(pane, on) {
    this.pane = pane;
    this.on = on;
    this.down = new Map();
    this.listeners = {
      pointerdown: (event) => this.begin(event),
      pointermove: (event) => this.move(event),
      pointerup: (event) => this.end(event),
      pointercancel: (event) => this.end(event),
      click: (event) => this.click(event),
      wheel: (event) => this.wheel(event),
    };
    for (const [name, listener] of Object.entries(this.listeners)) {
      pane.addEventListener(name, listener, { capture: name === "click", passive: false });
    }
  }

  begin(event) {
    if (event.button !== 0 || event.target.closest("[data-still]")) return;
    this.down.set(event.pointerId, { x: event.clientX, y: event.clientY, fromX: event.clientX, fromY: event.clientY });
    this.moved = this.down.size > 1;
    // A finger pans, also from a node; only a mouse or a pen drags nodes.
    this.node = event.pointerType === "touch" || this.down.size > 1 ? "" : this.on.grab(event.target);
  }

  move(event) {
    const pointer = this.down.get(event.pointerId);
    if (!pointer) return;
    const [dx, dy] = [event.clientX - pointer.x, event.clientY - pointer.y];
    if (!this.moved && Math.hypot(event.clientX - pointer.fromX, event.clientY - pointer.fromY) < SLACK) return;
    if (!this.moved) {
      this.moved = true;
      // From now on the pane has the pointer, also outside of it; not before, or a click would miss its node.
      this.pane.setPointerCapture(event.pointerId);
      this.pane.classList.add("ss-panning");
    }
    if (this.down.size === 2) this.pinch(event, pointer);
    else if (this.node) this.on.drag(this.node, dx, dy);
    else this.on.pan(dx, dy);
    Object.assign(pointer, { x: event.clientX, y: event.clientY });
  }

  pinch(event, pointer) {
    const other = [...this.down.entries()].find(([id]) => id !== event.pointerId)[1];
    const before = Math.hypot(pointer.x - other.x, pointer.y - other.y);
    const now = Math.hypot(event.clientX - other.x, event.clientY - other.y);
    const room = this.pane.getBoundingClientRect();
    this.on.pan((event.clientX - pointer.x) / 2, (event.clientY - pointer.y) / 2);
    if (before > 1) this.on.zoom(now / before, (event.clientX + other.x) / 2 - room.left, (event.clientY + other.y) / 2 - room.top);
  }

  end(event) {
    if (!this.down.delete(event.pointerId) || this.down.size) return;
    this.pane.classList.remove("ss-panning");
    if (!this.moved) return;
    this.swallow = event.type === "pointerup";
    setTimeout(() => (this.swallow = false), 0);
    if (this.node) this.on.dropped(this.node);
    else this.on.rested();
  }

  // The click at the end of a drag chooses nothing.
  click(event) {
    if (!this.swallow) return;
    this.swallow = false;
    event.stopPropagation();
    event.preventDefault();
  }

  // The page scrolls over a graph; zooming takes Ctrl (which is also what a pinch on a touchpad sends).
  wheel(event) {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    const room = this.pane.getBoundingClientRect();
    this.on.zoom(Math.exp(-event.deltaY / 300), event.clientX - room.left, event.clientY - room.top);
    this.on.rested();
  }

  close() {
    for (const [name, listener] of Object.entries(this.listeners)) this.pane.removeEventListener(name, listener, { capture: name === "click" });
  }
}
