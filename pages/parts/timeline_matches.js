// The records that a filter lets through, or all of them in another order, line by line. The server finds them; only
// windows that are looked at are fetched. In a run that goes on the tail follows.
const WINDOW = 60;
const AGAIN_MS = 60;
const FOLLOW_MS = 150;
const KEPT_WINDOWS = 60;

export class MatchingRecords {
  constructor(feed, query, changed, refused) {
    this.feed = feed;
    this.query = query;
    this.changed = changed;
    this.refused = refused;
    this.lines = null;
    this.windows = new Map();
    this.places = new Map();
    this.fetching = new Set();
    this.seen = 0;
    this.done = false;
    this.onFeed = () => this.follow();
    feed.addEventListener("change", this.onFeed);
    this.fetch(0);
  }

  /** How many records there were when it was last looked. */
  get behind() {
    return !this.done || this.seen < this.feed.upto;
  }

  lineOf(seq) {
    return this.places.get(seq) ?? null;
  }

  seqOf(line) {
    return this.at(line).seq ?? null;
  }

  at(line) {
    const number = Math.floor((line - 1) / WINDOW);
    const row = this.windows.get(number)?.[line - 1 - number * WINDOW];
    return { seq: row?.seq ?? null, row: row && (this.feed.rows.get(row.seq) ?? row) };
  }

  need(first, last) {
    for (let number = Math.floor((first - 1) / WINDOW); number <= Math.floor((last - 1) / WINDOW); number += 1) {
      const expected = Math.min(WINDOW, this.lines - number * WINDOW);
      if ((this.windows.get(number)?.length ?? 0) < expected || this.stale?.has(number)) this.fetch(number);
    }
  }

  /** The line of the match at a record, or of the next one; null if nothing matches. */
  async near(seq) {
    const answer = await this.ask({ from: 0, to: 0, near: seq });
    if (answer?.at === null || answer?.at === undefined) return null;
    return answer.at + 1;
  }

  /** The record of a line, fetched if it isn't here. */
  async found(line) {
    await this.fetch(Math.floor((line - 1) / WINDOW));
    return this.seqOf(line);
  }

  async fetch(number) {
    if (this.fetching.has(number) || this.closed) return;
    this.fetching.add(number);
    try {
      const answer = await this.ask({ from: number * WINDOW, to: (number + 1) * WINDOW - 1 });
      if (answer) this.keep(number, answer);
    } finally {
      this.fetching.delete(number);
    }
  }

  async ask(more) {
    try {
      const query = new URLSearchParams({ ...this.query, ...more });
      const answer = await this.feed.get(`matches?${query}`);
      if (this.closed) return null;
      this.take(answer);
      return answer;
    } catch (error) {
      if (this.closed) return null;
      if (error.name === "TypeError") setTimeout(() => !this.closed && this.changed(), 1000); // the server is gone just now
      else this.refused(error.message);
      return null;
    }
  }

  take(answer) {
    const grown = answer.count !== this.lines;
    this.lines = answer.count;
    this.seen = answer.seen;
    this.of = answer.of;
    this.done = answer.done;
    // In another order than that of time, new records may come in between: windows are had anew, and shown meanwhile.
    if (grown && this.query.sort) this.stale = new Set(this.windows.keys());
    clearTimeout(this.timer);
    if (!this.done) this.timer = setTimeout(() => this.ask({ from: 0, to: 0 }), AGAIN_MS);
    this.changed();
  }

  keep(number, answer) {
    this.stale?.delete(number);
    this.windows.delete(number);
    this.windows.set(number, answer.rows);
    answer.rows.forEach((row, index) => this.places.set(row.seq, number * WINDOW + index + 1));
    while (this.windows.size > KEPT_WINDOWS) {
      const [oldest, rows] = this.windows.entries().next().value;
      for (const row of rows) this.places.delete(row.seq);
      this.windows.delete(oldest);
    }
    this.changed();
  }

  // What is new is looked at a few times a second, and the window of the tail with it.
  follow() {
    if (this.following || !this.done || this.of >= this.feed.upto) return;
    this.following = true;
    setTimeout(async () => {
      const number = Math.max(0, Math.floor(((this.lines || 1) - 1) / WINDOW));
      if (!this.closed) await this.fetch(number);
      this.following = false;
      this.follow();
    }, FOLLOW_MS);
  }

  close() {
    this.closed = true;
    clearTimeout(this.timer);
    this.feed.removeEventListener("change", this.onFeed);
  }
}
