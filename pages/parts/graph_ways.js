// What of a graph is connected: the neighbours of a node, the shortest way between two.

/** The nodes beside those in `chosen`, and these themselves. */
export function connected(edges, chosen) {
  const found = new Set(chosen);
  for (const edge of edges) {
    if (chosen.includes(edge.source)) found.add(edge.target);
    if (chosen.includes(edge.target)) found.add(edge.source);
  }
  return found;
}

/** The shortest way along the edges: {nodes, edges} in order; against them if there is only that; null if there is none. */
export function wayBetween(edges, from, to) {
  return along(edges, from, to) ?? along(edges, to, from);
}

function along(edges, from, to) {
  const out = new Map();
  for (const edge of edges) out.set(edge.source, [...(out.get(edge.source) ?? []), edge]);
  const came = new Map([[from, null]]);
  const waiting = [from];
  for (const node of waiting) {
    if (node === to) break;
    for (const edge of out.get(node) ?? []) {
      if (came.has(edge.target)) continue;
      came.set(edge.target, edge);
      waiting.push(edge.target);
    }
  }
  if (!came.has(to)) return null;
  const way = { nodes: [to], edges: [] };
  for (let edge = came.get(to); edge; edge = came.get(edge.source)) {
    way.nodes.unshift(edge.source);
    way.edges.unshift(edge);
  }
  return way;
}
