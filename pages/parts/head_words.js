// How far a run is and what earlier runs let expect of it, in words.
import { count, duration, ticking } from "./words.js";

const plural = (number, one) => `${count(number)} ${one}${number === 1 ? "" : "s"}`;

/** `12 of about 14 steps` by earlier runs, `17 of at least 40 steps` by what is queued, else only those that are over. */
export function progressWords({ done, known }, { status, expected }) {
  if (!["starting", "running", "waiting"].includes(status)) return done ? plural(done, "step") : "";
  const usual = expected?.steps ?? 0;
  if (usual > Math.max(done, known - 1)) return `${count(done)} of about ${plural(usual, "step")}`;
  if (known > done + 1) return `${count(done)} of at least ${plural(known, "step")}`;
  return done ? `${plural(done, "step")} done` : "";
}

/** How much of a run is over, from 0 to 1; null where nothing says how much there is. */
export function shareDone(progress, expected) {
  if (!progress) return null;
  const all = Math.max(expected?.steps ?? 0, progress.known > progress.done + 1 ? progress.known : 0);
  return all > 1 ? Math.min(1, progress.done / all) : null;
}

/** `usually 2.1 s (5 runs), about 1 s left`; "" without earlier runs. */
export function expectedWords({ expected, started_at: started }, graph, active, now) {
  if (!expected) return "";
  const asked = Object.entries(graph?.nodes ?? {}).some(([id, node]) => id.startsWith("external:") && node.count);
  if (expected.pause_seconds !== null && !asked) {
    return words(expected.pause_seconds, " to the first pause", expected.pauses, started ? now - started : active);
  }
  return expected.seconds === null ? "" : words(expected.seconds, "", expected.runs, active);
}

function words(usual, what, runs, sofar) {
  const said = `usually ${duration(usual)}${what} (${plural(runs, "run")})`;
  if (sofar > usual * 1.2 + 1) return `${said}, longer this time`;
  return usual - sofar >= 1 ? `${said}, about ${ticking(usual - sofar)} left` : said;
}
