// The graph in words: each step with what it takes and gives, then events, people and what else there is.
// It stands in the place of the picture, with the same selection and the same states.
import { el } from "./dom.js";
import { labelOf, shapeOf } from "./graph_shapes.js";
import { sign } from "./signs.js";

const GROUPS = [
  ["Steps", ["step"]],
  ["Events", ["start", "event", "stop"]],
  ["People", ["person"]],
  ["Workflows it starts", ["child"]],
  ["Resources and tools", ["resource"]],
];
const FROM = { consumes: "takes", waits: "waits for", fails: "runs after a failure of", asks: "asked with", answers: "from", uses: "used by", starts: "started by", calls: "called by", hands_off: "taken over from" };
const TO = { returns: "gives", sends: "gives", streams: "streams", prompts: "asks with", asks: "shown to", answers: "answers with", fails: "on failure", uses: "uses", starts: "starts", calls: "calls", hands_off: "hands on to" };
// Between an event and a step the same edge is said from the event's side.
const EVENT_FROM = { returns: "from", sends: "from", prompts: "from", streams: "streamed by", answers: "from" };
const EVENT_TO = { consumes: "to", waits: "to", asks: "shown to" };

function connections(node, edges, nameOf) {
  const event = node.kind === "event";
  const said = new Map();
  const add = (word, other, label) => {
    if (!word) return;
    const names = said.get(word) ?? [];
    const name = `${nameOf(other)}${label && label !== word ? ` (${label})` : ""}`;
    if (!names.includes(name)) names.push(name);
    said.set(word, names);
  };
  for (const edge of edges) if (edge.target === node.id) add(event ? EVENT_FROM[edge.kind] : (FROM[edge.kind] ?? "after"), edge.source, edge.label);
  for (const edge of edges) if (edge.source === node.id) add(event ? EVENT_TO[edge.kind] : (TO[edge.kind] ?? "before"), edge.target, edge.label);
  return [...said].map(([word, names]) => `${word} ${names.join(", ")}`);
}

/**
 * Fill `root` with the words for a view {nodes, edges}. `seen(node)` gives {hidden, selected, words}:
 * what a search leaves out, what is chosen, the state in words; `choose(id)` is called when a name is pressed.
 */
export function fillTwin(root, view, seen, choose) {
  const byId = new Map(view.nodes.map((node) => [node.id, node]));
  const nameOf = (id) => labelOf(byId.get(id));
  const focused = root.contains(document.activeElement) ? document.activeElement.dataset.node : null;
  const groups = GROUPS.flatMap(([title, shapes]) => {
    const shown = view.nodes.filter((node) => !seen(node).hidden);
    const nodes = shown.filter((node) => shapes.includes(shapeOf(node)) || (title === "Resources and tools" && !GROUPS.some(([, known]) => known.includes(shapeOf(node)))));
    if (!nodes.length) return [];
    const rows = nodes.map((node) => {
      const { selected, words } = seen(node);
      const name = el("button", "ss-twin-name", { type: "button", "data-node": node.id, "aria-pressed": String(selected), onclick: () => choose(node.id) }, sign(shapeOf(node), 15), labelOf(node));
      const facts = [...(node.tags ?? []), ...connections(node, view.edges, nameOf), words].filter(Boolean);
      return el("li", "", { "data-chosen": selected || null }, name, el("span", "ss-muted", {}, facts.join(" · ")));
    });
    return [el("h3", "", {}, title), el("ul", "", {}, ...rows)];
  });
  root.replaceChildren(...groups);
  if (focused) root.querySelector(`[data-node="${CSS.escape(focused)}"]`)?.focus();
}
