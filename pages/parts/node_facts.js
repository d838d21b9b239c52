// What the source says about a node: docstring, what it takes and gives, its fields, its code with the file's line numbers.
import { button, el, keepKeys, pageLink } from "./dom.js";
import { labelOf, shapeOf } from "./graph_shapes.js";
import { chooseNode } from "./node_choice.js";
import { sign } from "./signs.js";

const KIND = { step: "step", event: "event", start: "start event", stop: "stop event", person: "person", resource: "resource", child: "workflow" };
const COPIED_MS = 1600;

function source(node) {
  const grid = el("div", "ss-panel ss-source", { tabindex: "0", role: "region", "aria-label": `Source of ${node.name}` });
  node.source.replace(/\n+$/, "").split("\n").forEach((text, index) => {
    grid.append(el("span", "ss-line-number", { "aria-hidden": "true" }, String(node.line + index)), el("span", "ss-source-line", {}, text || " "));
  });
  return grid;
}

function howGiven(field) {
  if (field.required) return "required";
  if (field.default === null || field.default === undefined) return "optional";
  return `default ${typeof field.default === "string" ? `“${field.default}”` : JSON.stringify(field.default)}`;
}

function fields(list) {
  const head = el("thead", "", {}, el("tr", "", {}, ...["Field", "Type", "Given", "Meaning"].map((name) => el("th", "", { scope: "col" }, name))));
  const rows = list.map((field) =>
    el("tr", "", {}, el("th", "ss-key", { scope: "row" }, field.name), el("td", "", {}, field.type ?? ""), el("td", "ss-muted", {}, howGiven(field)), el("td", "", {}, field.note ?? "")),
  );
  return el("table", "ss-fields", {}, head, el("tbody", "", {}, ...rows));
}

function chip(link) {
  const shape = shapeOf(link);
  const made = el("button", "ss-chip", { type: "button", title: `Choose ${link.name}`, onclick: () => chooseNode(link.node) }, sign(shape, 14), el("span", "ss-cut", {}, shape === "person" ? labelOf(link) : link.name));
  return el("span", "ss-chip-note", {}, made, link.note ? el("span", "ss-muted", {}, link.note) : null);
}

class NodeFacts {
  constructor(root) {
    this.root = root;
    keepKeys(root);
  }

  update(component) {
    const text = JSON.stringify(component.data);
    if (text === this.shown) return;
    const same = this.data?.node.id === component.data.node.id;
    this.shown = text;
    this.data = component.data;
    const focused = same && document.activeElement?.closest?.("[data-focus]")?.dataset.focus;
    this.root.replaceChildren(el("div", "ss-node-facts", {}, ...this.parts()));
    if (focused) this.root.querySelector(`[data-focus="${focused}"]`)?.focus();
  }

  parts() {
    const { node, about, tags, fields: list, open, page } = this.data;
    const shape = shapeOf(node);
    const parts = [
      el(
        "div",
        "ss-node-title",
        {},
        sign(shape, 18),
        el("h2", "", {}, shape === "person" ? labelOf(node) : node.name),
        el("span", "ss-muted ss-small", {}, KIND[shape] ?? node.kind),
        el("span", "ss-grow"),
        el("span", "ss-tags", {}, ...tags.map((tag) => el("span", "ss-tag", {}, tag))),
      ),
    ];
    if (node.doc) parts.push(el("p", "ss-text ss-doc", {}, node.doc));
    if (about) parts.push(el("p", "ss-muted", {}, about));
    parts.push(this.facts());
    if (page) parts.push(el("div", "", {}, pageLink(page, "ss-link", `Open ${node.name}`)));
    if (list.length) parts.push(el("section", "", {}, el("h3", "", {}, open ? "Fields that steps read" : "Fields"), fields(list)));
    else if (node.kind === "event") parts.push(el("p", "ss-muted", {}, this.noFields()));
    if (node.source) parts.push(source(node));
    else if (node.signature) parts.push(el("pre", "ss-panel ss-text", {}, node.signature));
    return parts;
  }

  noFields() {
    if (this.data.open) return "It takes any field; no step was seen to read one.";
    return this.data.node.name === "StopEvent" ? "It carries one value, result." : "It declares no fields of its own.";
  }

  facts() {
    const { rows, keys, place } = this.data;
    const found = rows.map(({ label, chips }) => [label, el("span", "ss-chips", {}, ...chips.map(chip))]);
    for (const { label, keys: names } of keys) {
      if (names.length) found.push([label, el("span", "ss-text", {}, ...names.flatMap((name, index) => [index ? ", " : "", this.storeKey(name)]))]);
    }
    if (place) found.push(["Source", el("span", "ss-written-at", {}, el("span", "", {}, place.text), this.copyButton(place.copy))]);
    return el("div", "ss-facts", {}, ...found.flatMap(([label, shown]) => [el("span", "", {}, label), shown]));
  }

  storeKey(name) {
    return name === "the whole state" ? el("span", "", {}, "ctx.store, the whole state") : el("code", "", {}, name === "…" ? "ctx.store[…]" : `ctx.store["${name}"]`);
  }

  copyButton(text) {
    const made = button("Copy", () => this.copy(text, made), { className: "ss-link", title: `Copy ${text}` });
    made.dataset.focus = "copy";
    return made;
  }

  async copy(text, made) {
    const label = made.querySelector("span");
    try {
      await navigator.clipboard.writeText(text);
      label.textContent = "Copied";
    } catch {
      // Without the right to write to the clipboard the text is shown, to be marked and copied by hand.
      label.textContent = text;
      return;
    }
    setTimeout(() => (label.textContent = "Copy"), COPIED_MS);
  }

  close() {
    this.root.replaceChildren();
  }
}

export const make = (root) => new NodeFacts(root);
