// What the source says about a node: docstring, signature, code with the line numbers of the file, fields.
import { el } from "./dom.js";
import { shapeOf } from "./graph_shapes.js";
import { sign } from "./signs.js";

const ROLES = { start: "starts a run", stop: "ends a run", prompt: "asks a person", answer: "a person's answer" };

function source(node) {
  const grid = el("div", "ss-panel ss-source", { tabindex: "0", role: "region", "aria-label": `Source of ${node.name}` });
  node.source.replace(/\n+$/, "").split("\n").forEach((text, index) => {
    grid.append(el("span", "ss-line-number", { "aria-hidden": "true" }, String(node.line + index)), el("span", "ss-source-line", {}, text || " "));
  });
  return grid;
}

function fields(list) {
  const rows = list.map((field) => {
    const value = field.required ? "required" : field.default === null || field.default === undefined ? "optional" : `default ${typeof field.default === "string" ? field.default : JSON.stringify(field.default)}`;
    return el("tr", "", {}, el("td", "ss-key", {}, field.name), el("td", "", {}, field.type ?? ""), el("td", "ss-muted", {}, value), el("td", "", {}, field.description ?? ""));
  });
  return el("table", "ss-fields", {}, el("tbody", "", {}, ...rows));
}

function facts(node) {
  const place = node.file ? `${node.file.split("/").at(-1)}, line ${node.line}` : "";
  const last = (id) => id.split(":").at(-1).split(".").at(-1);
  const found = [
    ["Source", place],
    ["Takes", node.accepts?.map(last).join(", ")],
    ["Gives", node.returns?.map(last).join(", ")],
    ["At once", node.num_workers && node.kind === "step" ? `${node.num_workers} ${node.num_workers === 1 ? "worker" : "workers"}` : ""],
    ["Retries", node.retries],
    ["Role", ROLES[node.role]],
  ];
  return el("div", "ss-facts", {}, ...found.filter(([, text]) => text).flatMap(([label, text]) => [el("span", "", {}, label), el("span", "ss-text", {}, String(text))]));
}

class NodeFacts {
  constructor(root) {
    this.root = root;
  }

  update(component) {
    const { node } = component.data;
    const shape = shapeOf(node);
    const parts = [el("div", "ss-node-title", {}, sign(shape, 18), el("h3", "", {}, node.name))];
    if (node.doc) parts.push(el("p", "ss-text ss-doc", {}, node.doc));
    if (node.signature) parts.push(el("pre", "ss-panel ss-text", {}, node.signature));
    parts.push(facts(node));
    if (node.fields?.length) parts.push(el("div", "", {}, el("h4", "", {}, "Fields"), fields(node.fields)));
    else if (node.kind === "event" && node.role !== "answer") parts.push(el("p", "ss-muted", {}, "It declares no fields of its own."));
    if (node.source) parts.push(el("div", "", {}, el("h4", "", {}, "Source"), source(node)));
    if (shape === "person") parts.push(el("p", "ss-muted", {}, "The run stops here and can wait for days."));
    this.root.replaceChildren(el("div", "ss-node-facts", {}, ...parts));
  }

  close() {
    this.root.replaceChildren();
  }
}

export const make = (root) => new NodeFacts(root);
