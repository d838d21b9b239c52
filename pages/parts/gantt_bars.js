// Which bar of the Gantt look is meant: by a finger beside it, or by an arrow key.
const NEAR_PX = 16;

/** What ran, in whatever way it ended; queues and pauses belong to it. */
export const WORK = new Set(["ran", "running", "failed", "cancelled"]);

const left = (bar) => parseFloat(bar.style.left);

/** The bar of a track nearest to a place on the screen; null if none is near. Bars may be two pixels wide. */
export function nearestBar(track, x) {
  const away = (bar) => {
    const box = bar.getBoundingClientRect();
    return Math.max(box.left - x, x - box.right, 0);
  };
  const [first] = [...track.children].sort((a, b) => away(a) - away(b));
  return first && away(first) <= NEAR_PX ? first : null;
}

/** From a bar (or none) the next one in its lane (dx) or the nearest in the next lane of the run (dy); null at an end. */
export function nextBar(rows, run, { dx = 0, dy = 0 }) {
  const bars = [...rows.querySelectorAll(`.ss-g-row[data-run="${run}"] .ss-g-bar`)];
  const now = bars.find((bar) => bar === document.activeElement) ?? bars.find((bar) => bar.getAttribute("aria-pressed") === "true");
  if (!now) return bars[0] ?? null;
  if (dx) {
    const lane = [...now.parentElement.children].sort((a, b) => left(a) - left(b));
    return lane[lane.indexOf(now) + dx] ?? null;
  }
  let row = now.closest(".ss-g-row");
  do row = dy > 0 ? row.nextElementSibling : row.previousElementSibling;
  while (row && (row.dataset.run !== run || !row.querySelector(".ss-g-bar")));
  if (!row) return null;
  const nearest = [...row.querySelectorAll(".ss-g-bar")].sort((a, b) => Math.abs(left(a) - left(now)) - Math.abs(left(b) - left(now)));
  return nearest.find((bar) => WORK.has(bar.dataset.kind)) ?? nearest[0];
}
