// "Starting the runner …" with a clock, and a rerun now and then until it is ready.
// It stops asking as soon as Run is pressed: a rerun of this page must not overtake the switch to the Trace.
import { el } from "./dom.js";

const FIRST_MS = 400;
const LATER_MS = 1000;
const SILENT_SECONDS = 0.3; // what takes no longer needs no words

class RunnerLine {
  constructor(root) {
    this.root = root;
    this.stop = (event) => {
      const pressed = event.type !== "keydown" && event.target.closest?.(".st-key-run-start");
      if (pressed || (event.type === "keydown" && event.key === "Enter")) this.close(false);
    };
    document.addEventListener("pointerdown", this.stop, true);
    document.addEventListener("click", this.stop, true);
    document.addEventListener("keydown", this.stop, true);
    this.line = el("div", "ss-muted ss-small", { role: "status" });
    root.append(this.line);
    this.ticker = setInterval(() => this.tick(), 100);
  }

  update(component) {
    const { seconds, asked } = component.data;
    this.component = component;
    this.began = performance.now() - seconds * 1000;
    this.tick();
    clearTimeout(this.timer);
    if (!this.closed) this.timer = setTimeout(() => component.setTriggerValue("check", Date.now()), asked ? LATER_MS : FIRST_MS);
  }

  tick() {
    if (!this.component) return;
    const { name, doing, usual, can_start: canStart } = this.component.data;
    const seconds = (performance.now() - this.began) / 1000;
    if (seconds < SILENT_SECONDS) return;
    const parts = [`Starting the runner for ${name} · ${doing ? `${doing}, ` : ""}${seconds.toFixed(1)} s so far.`];
    if (usual) parts.push(`Usually ${usual}.`);
    if (canStart) parts.push("Run can be pressed now.");
    this.line.textContent = parts.join(" ");
  }

  close(unmounted = true) {
    this.closed = true;
    clearTimeout(this.timer);
    if (!unmounted) return;
    clearInterval(this.ticker);
    for (const kind of ["pointerdown", "click", "keydown"]) document.removeEventListener(kind, this.stop, true);
    this.root.replaceChildren();
  }
}

export const make = (root) => new RunnerLine(root);
