// "Ready to run · source saved 3 min ago", and a rerun of the page when the file it shows has another version.
// The chosen node and tab are written into the URL here, so that F5 and a copied link keep them.
import { el } from "./dom.js";
import { live } from "./live.js";
import { sign } from "./signs.js";
import { age, exact } from "./words.js";

const CLOCK_MS = 5000;
const PHONE = 640;
const STATES = {
  ready: ["done", "Ready to run"],
  starting: ["running", "Starting the runner"],
  absent: ["running", "Starting the runner"],
  failed: ["failed", "Can’t run as it is"],
  unreadable: ["failed", "Can’t be read now"],
};

class OpenSource {
  constructor(root) {
    this.root = root;
    this.line = el("div", "ss-source-state");
    this.said = el("div", "ss-hidden", { role: "status" });
    root.append(this.line, this.said);
    this.onSource = () => this.look();
    live.addEventListener("source", this.onSource);
    this.ticker = setInterval(() => this.paint(), CLOCK_MS);
  }

  update(component) {
    this.component = component;
    const before = this.data;
    this.data = component.data;
    this.offset = Date.now() / 1000 - (this.data.now ?? Date.now() / 1000);
    this.asked = null;
    if (before?.file !== this.data.file) {
      if (before) live.unwatchSource(before.file);
      live.watchSource(this.data.file);
    }
    if (before && before.version !== this.data.version) this.said.textContent = this.news(before);
    if (before && this.data.node && before.node !== this.data.node) this.reveal();
    this.address();
    this.count();
    this.paint();
    this.look();
  }

  news(before) {
    if (this.data.state === "unreadable") return "The file was saved, and can’t be read as it is now.";
    return before.state === "unreadable" ? "The file can be read again." : "The file was saved. The page shows its new version.";
  }

  look() {
    const version = live.sources.get(this.data?.file)?.version;
    if (!version || version === this.data.version || version === this.asked) return;
    this.asked = version;
    this.component.setTriggerValue("changed", version);
  }

  // On a phone the graph stands below the tabs, so what was chosen in it is shown out of sight.
  reveal() {
    if (innerWidth <= PHONE) document.querySelector(".st-key-workflow-tabs")?.scrollIntoView({ block: "start" });
  }

  address() {
    if (!this.data.tab || !location.pathname.endsWith("/workflow")) return;
    const url = new URL(location.href);
    const write = (name, value, usual) => (value && value !== usual ? url.searchParams.set(name, value) : url.searchParams.delete(name));
    write("node", this.data.node, "");
    write("tab", this.data.tab, "Run");
    if (url.href !== location.href) history.replaceState(history.state, "", url);
  }

  count() {
    const tabs = document.querySelector(".st-key-workflow-tabs");
    tabs?.style.setProperty("--ss-problems", this.data.problems ? `" (${this.data.problems})"` : '""');
  }

  paint() {
    const state = STATES[this.data?.state];
    if (!state) return this.line.replaceChildren();
    const [name, words] = state;
    const saved = this.data.saved;
    const now = Date.now() / 1000 - this.offset;
    const when = saved ? el("span", "", { title: exact(saved) }, `source saved ${age(saved, now)}`) : "";
    this.line.replaceChildren(sign(name, 16), el("span", "", {}, words, when ? " · " : "", when));
  }

  close() {
    clearInterval(this.ticker);
    live.removeEventListener("source", this.onSource);
    if (this.data) live.unwatchSource(this.data.file);
    this.root.replaceChildren();
  }
}

export const make = (root) => new OpenSource(root);
