// How graphs are looked at, kept in this browser: the same for all graphs outside of runs, dragged nodes per workflow.
const LOOK = "stepscope-graph-look";
const PLACES = "stepscope-graph-places:";

function read(name) {
  try {
    return JSON.parse(localStorage.getItem(name)) ?? {};
  } catch {
    return {};
  }
}

function write(name, value) {
  try {
    if (Object.keys(value).length) localStorage.setItem(name, JSON.stringify(value));
    else localStorage.removeItem(name);
  } catch {
    // A browser that keeps nothing shows what is usual.
  }
}

/** How graphs were looked at last: {steps, words, direction, streams, resources}. */
export const keptLook = () => read(LOOK);

/** Keep how graphs are looked at. */
export const keepLook = (changes) => write(LOOK, { ...keptLook(), ...changes });

/** Where the nodes of a workflow were dragged to in a view: id -> [x, y]. */
export const keptPlaces = (workflow, view) => read(PLACES + workflow)[view] ?? {};

/** Keep where nodes were dragged to; with {} nothing is kept of this view. */
export function keepPlaces(workflow, view, places) {
  const all = read(PLACES + workflow);
  if (Object.keys(places).length) all[view] = places;
  else delete all[view];
  write(PLACES + workflow, all);
}
