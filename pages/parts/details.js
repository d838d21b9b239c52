// One panel for whatever is selected: a record, or a node that has none yet; with nothing selected, the run in numbers.
import { errorWords, traceback } from "./details_error.js";
import { fieldsSection } from "./details_fields.js";
import { attemptList, eventsOf, timeSplit } from "./details_invocation.js";
import { conversation } from "./details_messages.js";
import { button, chip, eachFrame, el, keepKeys } from "./dom.js";
import { shapeOf } from "./graph_shapes.js";
import { live } from "./live.js";
import { RunSummary } from "./run_summary.js";
import { copyText } from "./saving.js";
import { sign } from "./signs.js";
import { recordAddress } from "./trace_address.js";
import { clock, count } from "./words.js";

const AGAIN_MS = 1000;
const COPIED_MS = 1500;
const SIGNS = { person: "waiting", trouble: "failed" };

class Details {
  constructor(root) {
    this.root = root;
    this.box = el("aside", "ss-own ss-details", { "aria-label": "Details", tabindex: "-1" });
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
    this.summary?.rest();
    this.summary = null;
    if (!this.feed) return;
    this.feed.removeEventListener("select", this.onSelect);
    this.feed.removeEventListener("change", this.onChange);
    live.release(this.feed);
  }

  // A failed run opens on the record that failed; a paused one on what it asks.
  refresh() {
    if (this.goesOn && this.feed.upto > this.goesOn.upto && Date.now() - this.goesOn.at > AGAIN_MS) this.show();
    if (this.toNewest()) return;
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
    this.summary?.rest();
    this.goesOn = null;
    if (!selection.seq) {
      if (!this.toNewest()) this.node(selection.nodes[0]);
      return;
    }
    const asked = (this.asked = selection.seq);
    try {
      const details = await this.feed.details(asked);
      if (this.asked === asked && this.feed.selection?.seq === asked) this.record(details);
    } catch (error) {
      this.box.replaceChildren(this.bar(null, `Record ${asked}`), el("div", "ss-body ss-muted", {}, error.message));
    }
  }

  // A node was chosen: its newest record is shown as soon as there is one, however far from the rows that are here.
  toNewest() {
    const chosen = this.feed.selection;
    const [node] = chosen && !chosen.seq ? chosen.nodes : [];
    const newest = node && this.feed.graph?.nodes?.[node]?.last;
    if (newest) this.feed.select({ seq: newest, node });
    return Boolean(newest);
  }

  // Nothing is selected: what there is to say of the run as a whole.
  empty() {
    this.asked = null;
    this.summary ??= new RunSummary();
    this.summary.follow(this.feed);
    if (this.summary.root.parentElement !== this.box) {
      this.box.replaceChildren(el("div", "ss-bar", {}, el("h3", "ss-grow", {}, "Summary"), this.summary.files(this.run)), this.summary.root);
    }
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
    const facts = [["Source", file && node.line ? this.place(node.file, node.line, `${file}, line ${node.line}`) : ""], ["Signature", node.signature], ["Takes", node.accepts?.map(lastName).join(", ")], ["Gives", node.returns?.map(lastName).join(", ")]];
    const table = el("div", "ss-facts", {}, ...facts.filter(([, text]) => text).flatMap(([label, text]) => [el("span", "", {}, label), el("span", "", {}, text)]));
    this.box.replaceChildren(
      this.bar(shapeOf(node), node.name),
      el("div", "ss-body", {}, node.doc && el("p", "ss-text", {}, node.doc), table, el("p", "ss-muted", {}, "No record of it in this run so far.")),
    );
  }

  record(details) {
    // What has not ended is looked at again when there are new records, and drawn again once it is different.
    const text = JSON.stringify(details);
    this.goesOn = details.split?.since ? { upto: this.feed.upto, at: Date.now() } : null;
    if (text === this.drawn && this.box.contains(this.body)) return;
    this.drawn = text;
    const body = (this.body = el("div", "ss-body"));
    const choose = (seq) => this.feed.select({ seq });
    const facts = details.facts ?? [];
    if (details.error) body.append(errorWords(details.error));
    if (details.split) body.append(timeSplit(details.split, this.feed));
    if (details.attempts?.length) body.append(attemptList(details.attempts, details.seq, choose));
    body.append(this.facts(details, facts));
    if (details.messages?.length) body.append(conversation(details.messages));
    if (details.took) body.append(eventsOf("Took", details.took, "", choose, "nothing"));
    if (details.gave && (details.gave.events.length || !details.split?.since)) body.append(eventsOf("Gave", details.gave, details.gives, choose, "nothing"));
    const fields = details.fields && Object.keys(details.fields).length ? fieldsSection(details, this.feed) : null;
    if (fields) body.append(fields.root);
    if (details.error) body.append(traceback(details.error));
    body.append(el("div", "ss-actions", {}, this.copyButton(details), this.linkButton(details.seq), fields?.finder, this.opener(details.error)));
    if (details.led?.length) body.append(this.led(details.led));
    body.append(this.raw(details.record));
    this.box.replaceChildren(this.bar(SIGNS[details.sign] ?? details.sign, details.title, details.seq), body);
  }

  facts(details, facts) {
    const hasTime = facts.some((fact) => fact.label === "Time");
    const source = this.source(facts);
    const rows = hasTime ? facts : [{ label: "Time", text: `${clock(details.t, 3)} · +${details.dt.toFixed(3)} s` }, ...facts];
    const cells = rows.flatMap((fact) => [el("span", "", {}, fact.label), el("span", "", {}, this.fact(fact))]);
    return el("div", "ss-facts", {}, ...cells, ...(source ? [el("span", "", {}, "Source"), source] : []));
  }

  // Where the step or the event's class stands in the source that ran.
  source(facts) {
    const about = facts.find((fact) => fact.label === "Step" || fact.label === "Type")?.node;
    const node = about && this.data.nodes?.find((one) => one.id === about);
    if (!node?.file || !node.line) return null;
    return this.place(node.file, node.line, `${node.file.split("/").at(-1)}, line ${node.line}`);
  }

  /** A place in the source, as a link where an editor is set up for it. */
  place(file, line, words, className = "ss-link") {
    if (!this.data.editor) return className === "ss-link" ? el("span", "", { title: file }, words) : null;
    const href = this.data.editor.replace("{file}", encodeURI(file).replace(/[?#]/g, encodeURIComponent)).replace("{line}", String(line));
    return el("a", className, { href, title: file }, words);
  }

  opener(error) {
    const frame = error?.frames?.findLast((one) => one.own && one.line);
    return frame ? this.place(frame.file, frame.line, `Open line ${frame.line}`, "ss-btn ss-small-btn") : null;
  }

  fact(fact) {
    const named = (name) => name && (SIGNS[name] ?? name);
    if (fact.seq) return chip(fact.text, () => this.feed.select({ seq: fact.seq }), named(fact.sign ?? fact.node?.split(":")[0]));
    if (fact.node) return chip(fact.text, () => this.feed.select({ node: fact.node }), named(fact.node.split(":")[0]));
    return el("span", "ss-text", {}, fact.text);
  }

  copyButton(details) {
    const text = () => (details.error ? details.error.traceback || `${details.error.type}: ${details.error.message}` : JSON.stringify(details.fields ?? details.record, null, 2));
    return copier(details.error ? "Copy traceback" : "Copy", text, "content_copy");
  }

  linkButton(seq) {
    return copier(`Link to #${count(seq)}`, () => recordAddress(this.run, seq), "link");
  }

  led(steps) {
    const chips = steps.flatMap((step) => [
      step.seq && step.seq !== this.asked ? chip(step.text, () => this.feed.select({ seq: step.seq }), SIGNS[step.sign] ?? step.sign) : el("span", "", {}, step.text),
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

// The address of a record: the page's own, without what only says how it is looked at.
function copier(label, text, icon) {
  const made = button(label, async () => {
    const done = await copyText(text());
    made.lastChild.textContent = done ? "Copied" : "Can’t be copied here";
    setTimeout(() => (made.lastChild.textContent = label), COPIED_MS);
  }, { className: "ss-btn ss-small-btn", icon });
  return made;
}

const lastName = (id) => id.split(":").at(-1).split(".").at(-1);

export const make = (root) => new Details(root);
