// Parts of one page that name a node of its graph can choose it: the graph listens.
export const nodeChoice = new EventTarget();

/** Choose a node of the page's graph by its id. */
export function chooseNode(id) {
  nodeChoice.dispatchEvent(new CustomEvent("choose", { detail: id }));
}
