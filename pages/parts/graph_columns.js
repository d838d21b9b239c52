// A graph from left to right as a strip: its columns moved together as far as its own words allow.
const COLUMN_GAP = 34;
const LETTER = 6.2;

/**
 * The nodes of a view by id, their x changed. The layout leaves room for the widest words anywhere; a strip needs that
 * room for its scale. `sizes` are the sizes that nodes are drawn in.
 */
export function closeColumns(view, sizes) {
  const columns = new Map();
  for (const node of view.nodes) {
    const column = Math.round(node.x);
    columns.set(column, Math.max(columns.get(column) ?? 0, sizes.get(node.id).width));
  }
  const order = [...columns.keys()].sort((a, b) => a - b);
  const at = new Map(view.nodes.map((node) => [node.id, order.indexOf(Math.round(node.x))]));
  const gaps = order.map(() => COLUMN_GAP);
  for (const edge of view.edges) {
    const [from, to] = [at.get(edge.source), at.get(edge.target)];
    if (edge.label && to === from + 1) gaps[from] = Math.max(gaps[from], edge.label.length * LETTER + 12);
  }
  let left = 0;
  const moved = new Map();
  order.forEach((column, index) => {
    moved.set(column, left + columns.get(column) / 2);
    left += columns.get(column) + gaps[index];
  });
  return new Map(view.nodes.map((node) => [node.id, { ...node, x: moved.get(Math.round(node.x)) }]));
}
