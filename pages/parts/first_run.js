// Watches for the first run while there is none.
import { found } from "./found_runs.js";

class FirstRun {
  constructor() {
    this.onChange = () => this.look();
    found.addEventListener("change", this.onChange);
    found.use();
    found.refresh();
  }

  update(component) {
    this.component = component;
    this.look();
  }

  look() {
    if (this.component && found.overview?.total) this.component.setTriggerValue("arrived", true);
  }

  close() {
    found.removeEventListener("change", this.onChange);
    found.release();
  }
}

export const make = () => new FirstRun();
