// How times and counts are said; the same rules as words.py.
export const STATUS_WORDS = {
  idle: "Not started",
  queued: "Queued",
  starting: "Starting",
  running: "Running",
  waiting: "Waiting for you",
  done: "Done",
  failed: "Failed",
  retrying: "Retrying",
  cancelled: "Cancelled",
  interrupted: "Interrupted",
};

// Made once: making one takes longer than drawing a row.
const CLOCK = new Intl.DateTimeFormat("en-GB", { hour: "numeric", minute: "numeric", second: "numeric", hour12: false });
const EXACT = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });
const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const COUNT = new Intl.NumberFormat("en-US");

/** A duration in seconds: `2 ms` `0.84 s` `12 s` `2 min 4 s` `3 h 10 min`. */
export function duration(seconds) {
  const value = Math.max(0, seconds);
  if (value > 0 && value < 0.001) return "< 1 ms";
  if (value < 0.0995) return `${Math.round(value * 1000)} ms`;
  if (value < 10) return `${value.toFixed(2)} s`;
  if (value < 60) return `${Math.floor(value)} s`;
  const minutes = Math.floor(value / 60);
  if (minutes < 60) return value % 60 >= 1 ? `${minutes} min ${Math.floor(value % 60)} s` : `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
  return `${Math.floor(hours / 24)} days`;
}

/** A clock that ticks: whole seconds, so that nothing flickers. */
export function ticking(seconds) {
  return duration(Math.max(0, Math.floor(seconds))).replace(/^0 ms$/, "0 s").replace(/\.00 s$/, " s");
}

/** How long ago: `just now` `12 s ago` `4 min ago` `1 h ago` `yesterday` `12 Nov`. */
export function age(then, now) {
  const seconds = Math.max(0, now - then);
  if (seconds < 2) return "just now";
  if (seconds < 60) return `${Math.floor(seconds)} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  const day = new Date(then * 1000);
  const today = new Date(now * 1000);
  if (day.toDateString() === today.toDateString()) return `${Math.floor(seconds / 3600)} h ago`;
  const before = new Date(today);
  before.setDate(before.getDate() - 1);
  if (day.toDateString() === before.toDateString()) return "yesterday";
  return dayOf(then);
}

/** The wall clock of a moment: `22:51:07`. */
export function clock(then, parts = 0) {
  const date = new Date(then * 1000);
  const text = CLOCK.format(date);
  return parts ? `${text}.${String(date.getMilliseconds()).padStart(3, "0")}` : text;
}

export const exact = (then) => EXACT.format(then * 1000);

/** The day of a moment: `21 Nov`. */
export const dayOf = (then) => DAY.format(then * 1000);

export const count = (number) => COUNT.format(number);
