// Parts of one page that name a node of its graph can choose it: the graph listens.
let graph = null;
let early = null;

/** Choose a node of the page's graph by its id; as soon as there is a graph, if its script is still on the way. */
export function chooseNode(id) {
  if (graph) graph(id);
  else early = id;
}

/** The page's graph takes the choices, the one that came before it as well. */
export function takeChoices(choose) {
  graph = choose;
  if (early !== null) choose(early);
  early = null;
}

/** This graph is gone; another may have taken its place. */
export function leaveChoices(choose) {
  if (graph === choose) graph = null;
}
