// One panel for whatever is selected: a record, or a node that has none yet.
import { button, eachFrame, el, keepKeys } from "./dom.js";
import { fieldTree } from "./field_tree.js";
import { shapeOf } from "./graph_shapes.js";
import { live } from "./live.js";
import { sign } from "./signs.js";
import { clock } from "./words.js";

const EARLIER = {
  cause: "The direct cause was",
  context: "It was raised while this was handled",
  member: "One of the group",
};
const SIGNS = { person: "waiting", trouble: "failed" };

class Details {
  constructor(root) {
    this.root = root;
    this.box = el("aside", "ss-own ss-details", { "aria-label": "Details" });
    root.append(this.box);
    keepKeys(root);
    this.onSelect = () => this.show();
    this.onChange = eachFrame(() => this.refresh());
  }

  update(component) {
    this.data = component.data;
    if (component.data.run === this.run) return;
    this.leave();
    this.run = component.data.run;
    this.feed = live.open(this.run);
    this.feed.addEventListener("select", this.onSelect);
    this.feed.addEventListener("change", this.onChange);
    this.show();
    this.refresh(); // another part may have opened the feed before, and its state is here already
  }

  leave() {
    if (!this.feed) return;
    this.feed.removeEventListener("select", this.onSelect);
    this.feed.removeEventListener("change", this.onChange);
    live.release(this.feed);
  }

  // A failed run opens on the record that failed; a paused one on what it asks.
  refresh() {
    if (this.feed.selection || this.opened || !this.feed.ready) return;
    const { status, error_seq: failed } = this.feed.summary ?? {};
    if (status === "failed" && failed) {
      this.opened = true;
      this.feed.select({ seq: failed, nodes: [] });
    }
  }

  async show() {
    const selection = this.feed.selection;
    if (!selection) return this.empty();
    this.opened = true;
    if (!selection.seq) return this.node(selection.nodes[0]);
    const asked = (this.asked = selection.seq);
    try {
      const details = await this.feed.details(asked);
      if (this.asked === asked && this.feed.selection?.seq === asked) this.record(details);
    } catch (error) {
      this.box.replaceChildren(this.bar(null, `Record ${asked}`), el("div", "ss-body ss-muted", {}, error.message));
    }
  }

  empty() {
    this.asked = null;
    this.box.replaceChildren(
      el("div", "ss-bar", {}, el("h3", "", {}, "Details")),
      el("div", "ss-body ss-muted", {}, "Choose a step, an event or a row to see what it holds."),
    );
  }

  bar(signName, title, seq) {
    const go = (step) => () => this.feed.select({ seq: Math.min(this.feed.upto, Math.max(1, seq + step)) });
    const icon = (name, words, step) => button("", go(step), { className: "ss-icon", title: words, icon: name });
    const name = el("h3", "ss-grow ss-cut", { title }, title);
    const bar = el("div", "ss-bar", {}, signName && sign(signName, 18), name);
    if (seq) {
      bar.append(el("span", "ss-muted ss-small", {}, `#${seq}`));
      bar.append(icon("keyboard_arrow_up", "Previous record", -1), icon("keyboard_arrow_down", "Next record", 1));
    }
    return bar;
  }

  // A node without any record in this run: what the source says about it.
  node(id) {
    const node = this.data.nodes?.find((one) => one.id === id);
    if (!node) return this.empty();
    const file = node.file?.split("/").at(-1);
    const facts = [["Source", file && node.line ? `${file}, line ${node.line}` : ""], ["Signature", node.signature], ["Takes", node.accepts?.map(lastName).join(", ")], ["Gives", node.returns?.map(lastName).join(", ")]];
    const table = el("div", "ss-facts", {}, ...facts.filter(([, text]) => text).flatMap(([label, text]) => [el("span", "", {}, label), el("span", "", {}, text)]));
    this.box.replaceChildren(
      this.bar(shapeOf(node), node.name),
      el("div", "ss-body", {}, node.doc && el("p", "ss-text", {}, node.doc), table, el("p", "ss-muted", {}, "No record of it in this run so far.")),
    );
  }

  record(details) {
    const body = el("div", "ss-body");
    const facts = details.facts ?? [];
    const hasTime = facts.some((fact) => fact.label === "Time");
    if (details.error) body.append(this.error(details.error));
    const rows = hasTime ? facts : [{ label: "Time", text: `${clock(details.t, 3)} · +${details.dt.toFixed(3)} s` }, ...facts];
    body.append(el("div", "ss-facts", {}, ...rows.flatMap((fact) => [el("span", "", {}, fact.label), el("span", "", {}, this.fact(fact))])));
    if (details.fields && Object.keys(details.fields).length) {
      body.append(el("div", "", {}, el("h4", "", {}, details.fields_title || "Fields"), ...this.fields(details)));
    }
    if (details.error) body.append(this.traceback(details.error));
    body.append(el("div", "ss-actions", {}, this.copyButton(details)));
    if (details.led?.length) body.append(this.led(details.led));
    body.append(this.raw(details.record));
    this.box.replaceChildren(this.bar(SIGNS[details.sign] ?? details.sign, details.title, details.seq), body);
  }

  // The fields, and where some were cut, the way to all of them as long as the runner has them.
  fields(details) {
    const panel = el("div", "ss-panel");
    const said = el("p", "ss-muted ss-small ss-whole", { role: "status" });
    const load = async () => {
      said.textContent = "Loading…";
      for (const offer of panel.querySelectorAll(".ss-load")) offer.disabled = true;
      try {
        const whole = await this.feed.whole(details.whole);
        details.fields = whole.fields;
        panel.replaceChildren(fieldTree(whole.fields));
        said.textContent = whole.cut ? "Loaded from the runner, as far as there is room." : "Loaded whole from the runner.";
        panel.tabIndex = -1;
        panel.focus();
      } catch (error) {
        for (const offer of panel.querySelectorAll(".ss-load")) offer.remove();
        said.textContent = error.message;
      }
    };
    panel.append(fieldTree(details.fields, false, details.whole ? load : null));
    return [panel, said];
  }

  fact(fact) {
    if (fact.seq) return this.chip(fact.text, () => this.feed.select({ seq: fact.seq }), fact.sign);
    if (fact.node) return this.chip(fact.text, () => this.feed.select({ node: fact.node }), fact.node.split(":")[0]);
    return el("span", "ss-text", {}, fact.text);
  }

  chip(text, onclick, signName) {
    const made = el("button", "ss-chip", { type: "button", onclick, title: text });
    if (signName) made.append(sign(SIGNS[signName] ?? signName, 14));
    made.append(el("span", "ss-cut", {}, text));
    return made;
  }

  error(error) {
    return el("div", "ss-error", {}, el("b", "", {}, error.type), el("div", "ss-text", {}, error.message));
  }

  traceback(error) {
    const frames = error.frames ?? [];
    const hidden = frames.filter((frame) => !frame.own).length;
    const list = el("div", "ss-panel ss-frames");
    this.frames(list, frames);
    if (!frames.length) list.append(el("div", "ss-text", {}, error.traceback ?? ""));
    list.append(el("div", "ss-raised", {}, `${error.type}: ${error.message}`));
    for (const one of error.earlier ?? []) {
      list.append(el("div", "ss-muted ss-earlier", {}, EARLIER[one.how] ?? one.how));
      this.frames(list, one.frames ?? []);
      list.append(el("div", "ss-raised", {}, `${one.type}: ${one.message}`));
    }
    const words = (open) => (open ? "Hide engine frames" : `${hidden} engine ${hidden === 1 ? "frame" : "frames"} hidden`);
    const toggle = button(words(false), () => {
      const open = list.classList.toggle("ss-all");
      toggle.lastChild.textContent = words(open);
    }, { className: "ss-link" });
    const head = el("div", "ss-split", {}, el("h4", "", {}, "Traceback, newest last"), hidden && frames.length > hidden ? toggle : null);
    if (hidden === frames.length) list.classList.add("ss-all");
    return el("div", "", {}, head, list);
  }

  frames(list, frames) {
    for (const frame of frames) {
      const place = `${frame.file.split("/").at(-1)}, line ${frame.line}, in ${frame.function}`;
      list.append(el("div", frame.own ? "ss-frame" : "ss-frame ss-foreign", {}, el("div", "ss-muted", { title: frame.file }, place), frame.code && el("div", "ss-code", {}, frame.code)));
    }
  }

  copyButton(details) {
    const label = details.error ? "Copy traceback" : "Copy";
    const text = () => (details.error ? details.error.traceback || `${details.error.type}: ${details.error.message}` : JSON.stringify(details.fields ?? details.record, null, 2));
    const made = button(label, async () => {
      await navigator.clipboard.writeText(text());
      made.lastChild.textContent = "Copied";
      setTimeout(() => (made.lastChild.textContent = label), 1500);
    }, { className: "ss-btn ss-small-btn", icon: "content_copy" });
    return made;
  }

  led(steps) {
    const chips = steps.flatMap((step) => [
      step.seq && step.seq !== this.asked ? this.chip(step.text, () => this.feed.select({ seq: step.seq }), step.sign) : el("span", "", {}, step.text),
      el("span", "ss-muted", { "aria-hidden": "true" }, "→"),
    ]);
    return el("div", "", {}, el("h4", "", {}, "What led here"), el("div", "ss-led", {}, ...chips, el("b", "", {}, "this")));
  }

  raw(record) {
    const made = el("details", "ss-raw", {}, el("summary", "", {}, "Whole record"));
    made.addEventListener("toggle", () => made.childElementCount < 2 && made.append(el("pre", "ss-panel ss-text", {}, JSON.stringify(record, null, 2))), { once: true });
    return made;
  }

  close() {
    this.leave();
    this.root.replaceChildren();
  }
}

const lastName = (id) => id.split(":").at(-1).split(".").at(-1);

export const make = (root) => new Details(root);
