// What the address of a run's page says besides the run: the look, the filter and a record. F5 and copied links keep it.
const NAMES = ["look", "q", "regex", "step", "event", "kind"];

/** {look, record, filter}: filter is null when none is set. */
export function readAddress(run) {
  const query = new URLSearchParams(location.search);
  if (query.get("run") !== run) return { look: "", record: 0, filter: null };
  return { look: query.get("look") ?? "", record: Number(query.get("record")) || 0, filter: filterOf(Object.fromEntries(query)) };
}

/** A filter from its parts, or null if it leaves nothing out: {q, regex, step, event, kind}, all strings but regex. */
export function filterOf({ q = "", regex = false, step = "", event = "", kind = "" }) {
  return q || step || event || kind ? Object.freeze({ q, regex: Boolean(q && regex), step, event, kind }) : null;
}

/** Keep look and filter in the address, without an entry in the history. */
export function keepAddress(run, look, filter) {
  const url = new URL(location.href);
  if (url.searchParams.get("run") !== run) return; // another page's by now
  const values = { look: look === "table" ? "" : look, ...filter, regex: filter?.regex ? "1" : "" };
  for (const name of NAMES) {
    if (values[name]) url.searchParams.set(name, values[name]);
    else url.searchParams.delete(name);
  }
  if (url.href !== location.href) history.replaceState(history.state, "", url);
}

/** The address of one record of a run. */
export function recordAddress(run, seq) {
  const url = new URL(location.href);
  for (const name of NAMES) url.searchParams.delete(name);
  url.searchParams.set("run", run);
  url.searchParams.set("record", seq);
  return url.href;
}
