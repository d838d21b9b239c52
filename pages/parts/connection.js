// While the server is gone: calm words in the header, no dialog of Streamlit's over the page.
// When it is back: one rerun. Streamlit asks for none, and a server that was started anew has no callback for a click on
// what this tab still shows; until the rerun is through, clicks wait.
import { el } from "./dom.js";
import { live } from "./live.js";

const PATIENCE_MS = 800;
const AGAIN_MS = 3000;
const WORDS = "Connection lost, reconnecting…";

class Connection {
  constructor(root) {
    this.root = root;
    this.said = el("div", "ss-hidden", { role: "status" });
    root.append(this.said);
    this.lost = this.drawn = this.asked = false;
    this.app = document.querySelector("[data-testid=stApp]");
    this.watcher = new MutationObserver(() => this.look());
    this.watcher.observe(this.app, { attributes: true, attributeFilter: ["data-test-connection-state", "data-test-script-state"] });
    this.dialogs = new MutationObserver(() => this.closeDialog());
  }

  // What the server that has gone had still sent, or a page that only greys its buttons, is not the rerun.
  update(component) {
    if (this.asked && component.data.drawn !== this.component.data.drawn) this.drawn = true;
    this.component = component;
    this.look();
  }

  get connected() {
    return this.app.dataset.testConnectionState === "CONNECTED";
  }

  look() {
    if (!this.connected) this.lose();
    else if (this.lost && this.drawn && this.app.dataset.testScriptState === "notRunning") this.found();
    else if (this.lost && !this.drawn && !this.again) this.ask();
  }

  lose() {
    this.drawn = this.asked = false;
    clearTimeout(this.again);
    this.again = null;
    if (this.lost) return;
    this.lost = true;
    this.timer = setTimeout(() => this.say(WORDS), PATIENCE_MS);
    this.dialogs.observe(document.body, { childList: true, subtree: true });
  }

  ask() {
    live.connect();
    this.asked = true;
    this.component.setTriggerValue("back", Date.now());
    this.again = setTimeout(() => {
      this.again = null;
      this.look();
    }, AGAIN_MS);
  }

  found() {
    this.lost = false;
    clearTimeout(this.again);
    clearTimeout(this.timer);
    this.again = null;
    this.dialogs.disconnect();
    this.say("");
  }

  say(words) {
    this.said.textContent = words;
    document.documentElement.toggleAttribute("data-ss-lost", words !== "");
  }

  // "Streamlit server is not responding. Are you connected to the internet?" Closed once, it stays closed until the
  // server is back.
  closeDialog() {
    for (const dialog of document.querySelectorAll("[role=dialog]")) {
      if (dialog.querySelector("h2")?.textContent === "Connection error") dialog.querySelector("button[aria-label=Close]")?.click();
    }
  }

  close() {
    this.found();
    this.watcher.disconnect();
    this.root.replaceChildren();
  }
}

export const make = (root) => new Connection(root);
