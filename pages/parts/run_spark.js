// The last runs of a workflow as bars: how long each took, failed ones red with a cross.
import { duration } from "./words.js";

const SPACE = "http://www.w3.org/2000/svg";
const STEP = 6.6;
const WIDTH = 4.6;
const HEIGHT = 22;
const TALLEST = 15;
const MOST = 20;

function shape(tag, attributes) {
  const made = document.createElementNS(SPACE, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

const box = (x, y, width, height) => `M${x} ${y}h${width}v${height}h${-width}z`;

/** What the bars say, in words. */
export function sparkText(runs) {
  if (!runs.length) return "No run has ended yet";
  const sorted = runs.map(([seconds]) => seconds).sort((one, two) => one - two);
  const median = sorted[Math.floor(sorted.length / 2)];
  const failed = runs.filter(([, bad]) => bad).length;
  const what = runs.length === 1 ? "Last run" : `Last ${runs.length} runs`;
  return `${what}: median ${duration(median)}, ${failed ? `${failed} failed` : "none failed"}`;
}

/** `runs` are [seconds, 1 if it failed], oldest first. */
export function spark(runs) {
  const svg = shape("svg", { class: "ss-spark", width: STEP * MOST, height: HEIGHT, viewBox: `0 0 ${STEP * MOST} ${HEIGHT}`, role: "img" });
  const words = sparkText(runs);
  svg.setAttribute("aria-label", words);
  const title = shape("title", {});
  title.textContent = words;
  svg.append(title);
  const longest = Math.max(...runs.map(([seconds]) => seconds), 0.000001);
  // All bars as two paths: a window of rows has hundreds of them, and they are drawn anew while scrolling.
  let done = "";
  let bad = "";
  for (const [at, [seconds, failed]] of runs.entries()) {
    const height = Math.max(2, Math.round((seconds / longest) * TALLEST));
    const x = at * STEP;
    const y = HEIGHT - 1 - height;
    if (failed) bad += `${box(x + 0.6, y, WIDTH - 1.2, height)}M${x + 0.4} ${y - 5}l3.8 3.8m0-3.8l-3.8 3.8`;
    else done += box(x, y, WIDTH, height);
  }
  if (done) svg.append(shape("path", { d: done, class: "ss-spark-bar" }));
  if (bad) svg.append(shape("path", { d: bad, class: "ss-spark-failed" }));
  return svg;
}
