// Listens to a review form's keys: what is typed into Streamlit's own boxes reaches the server only when they are left.
import { flush, keepTyped } from "./keep_typed.js";

const BOXES = "textarea, input[type=text], input:not([type])";

class ReviewKeys {
  constructor() {
    this.heard = (event) => this.hear(event);
    this.pressed = (event) => this.press(event);
    this.left = () => flush();
    document.addEventListener("input", this.heard, { capture: true });
    document.addEventListener("change", this.left, { capture: true });
    document.addEventListener("keydown", this.pressed, { capture: true });
  }

  update(component) {
    const known = this.data?.prompt === component.data.prompt ? this.data.places : {};
    this.data = component.data;
    this.catchUp(Object.entries(this.data.places).filter(([place]) => !(place in known)));
  }

  // A quick person types before this script knows the box. One that is empty may not have its text from the server yet.
  catchUp(places) {
    for (const [place, [name, held]] of places) {
      const box = document.querySelector(`.${CSS.escape(place)}`)?.querySelector(BOXES);
      if (box?.value && box.value !== held) keepTyped(this.data.prompt, { [name]: box.value });
    }
  }

  hear({ target }) {
    if (!this.data || !target.matches?.(BOXES)) return;
    for (const [place, [name]] of Object.entries(this.data.places)) {
      if (target.closest(`.${CSS.escape(place)}`)) keepTyped(this.data.prompt, { [name]: target.value });
    }
  }

  // The box that is being typed into is left first, or its last words would not go along.
  press(event) {
    if (!event.altKey || event.ctrlKey || event.metaKey || !["KeyA", "KeyR", "KeyN"].includes(event.code)) return;
    if (document.activeElement?.matches("textarea, input")) document.activeElement.blur();
    if (event.code !== "KeyR") return; // the others are Streamlit's own
    const button = document.querySelector(`.${CSS.escape(this.data.second)} button`);
    if (!button) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    setTimeout(() => button.click());
  }

  close() {
    document.removeEventListener("input", this.heard, { capture: true });
    document.removeEventListener("change", this.left, { capture: true });
    document.removeEventListener("keydown", this.pressed, { capture: true });
  }
}

export const make = () => new ReviewKeys();
