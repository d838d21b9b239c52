// One run as a link: status, workflow, input → result or error, when it started, how long it took.
import { el, pageLink } from "./dom.js";
import { spark } from "./run_spark.js";
import { sign } from "./signs.js";
import { STATUS_WORDS, age, duration, exact, ticking } from "./words.js";

// Beside an outcome an input is cut by letters: cut by its box it leaves a gap before the arrow.
const shorter = (text) => {
  const most = innerWidth <= 640 ? 18 : 36;
  return text.length <= most + 3 ? text : `${text.slice(0, most - 1).trimEnd()}…`;
};

/** A run as a link to its trace; with `durations` of its workflow's last runs also as a picture of them. */
export function runLink(row) {
  const words = row.status_text || STATUS_WORDS[row.status] || row.status;
  const status = el("span", "ss-run-status", { "data-state": row.status }, sign(row.status, 15), el("span", "ss-cut", { title: words }, words));
  const place = row.place && el("span", "ss-muted", {}, ` ${row.place}`);
  const workflow = el("span", "ss-run-workflow ss-cut", { title: `${row.workflow}${row.place ? `, ${row.place}` : ""}` }, el("b", "", {}, row.workflow), place);
  const both = row.input && row.outcome;
  const told = el("span", "ss-run-told", { title: [row.input, row.outcome].filter(Boolean).join(" → ") }, row.input && el("span", "ss-run-input ss-cut ss-muted", {}, both ? shorter(row.input) : row.input), both && el("span", "ss-muted", {}, "→"), row.outcome && el("span", "ss-cut ss-grow", {}, row.outcome));
  const started = el("span", "ss-muted ss-age", { "data-at": row.started, title: exact(row.started) });
  const took = el("span", "ss-took", {}, row.took === null ? "–" : duration(row.took));
  if (row.active_since) Object.assign(took.dataset, { since: row.active_since, before: row.active_s });
  const link = pageLink(row.url, "ss-run", status, workflow, told, started, took);
  if (row.durations) link.append(el("span", "ss-run-spark", {}, spark(row.durations)));
  link.setAttribute("data-run", row.run);
  return link;
}

/** Let ages and the clocks of runs that go on tick. */
export function tickRuns(element, now) {
  const say = (part, words) => part.textContent !== words && (part.textContent = words);
  for (const part of element.querySelectorAll("[data-at]")) say(part, age(Number(part.dataset.at), now));
  for (const part of element.querySelectorAll("[data-since]")) {
    say(part, ticking(Number(part.dataset.before) + Math.max(0, now - Number(part.dataset.since))));
  }
}
