// A button that has the browser say when one more request waits. The saying itself is review_count's, on every page.
import { button, el } from "./dom.js";
import { mayNotify, setNotify, wantsNotify } from "./notifying.js";

class Notify {
  constructor(root) {
    this.root = root;
  }

  update() {
    this.draw();
  }

  draw() {
    if (!("Notification" in window)) {
      this.root.replaceChildren();
      return;
    }
    const on = wantsNotify() && mayNotify();
    const made = button(on ? "Notifications are on in this browser" : "Notify me in this browser", () => this.toggle(on), { className: "ss-btn", icon: on ? "notifications_active" : "notifications", pressed: String(on) });
    const refused = Notification.permission === "denied" ? el("span", "ss-muted ss-small", {}, "The browser doesn’t allow it for this page; its settings can.") : "";
    this.root.replaceChildren(el("div", "ss-notify", {}, made, refused));
  }

  async toggle(on) {
    if (on) setNotify(false);
    else setNotify((await Notification.requestPermission()) === "granted");
    this.draw();
  }

  close() {
    this.root.replaceChildren();
  }
}

export const make = (root) => new Notify(root);
