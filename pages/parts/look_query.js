// What a look shows comes from the server: asked for one at a time, and while only records are new not too often.
import { count } from "./words.js";

const LATE_MS = 300;
const AGAIN_MS = 1000;

export class LookQuery {
  /** `path` of the run's routes; `take(answer, asked)` gets what came; `everyMs` between two questions in the same words. */
  constructor(timeline, path, everyMs, take) {
    this.timeline = timeline;
    this.path = path;
    this.everyMs = everyMs;
    this.take = take;
    this.turn = 0;
    this.at = -Infinity;
  }

  /** Ask, unless an answer is on its way; `told` is kept as `asked` once it is here. The timeline is drawn then. */
  async ask(query, { told = query, rests = query === this.last } = {}) {
    if (this.asking || this.closed) return;
    const rest = (this.failed ? AGAIN_MS : rests ? this.everyMs : 0) - this.age;
    if (rest > 0) {
      this.timer ??= setTimeout(() => {
        this.timer = null;
        this.timeline.draw();
      }, rest);
      return;
    }
    this.asking = true;
    this.last = query;
    const turn = this.turn;
    try {
      const answer = await this.timeline.feed.get(`${this.path}?${query}`);
      if (this.closed || turn !== this.turn) return;
      this.failed = false;
      this.asked = told;
      this.take(answer, query);
    } catch {
      this.failed = turn === this.turn; // asked again in a while; the notice above says why nothing comes
    } finally {
      if (turn === this.turn) {
        this.at = performance.now();
        this.asking = false;
      }
      if (!this.closed) this.timeline.draw();
    }
  }

  /** Milliseconds since the last answer. */
  get age() {
    return performance.now() - this.at;
  }

  /** What is on its way is wanted no more. */
  forget() {
    this.turn += 1;
    this.asking = false;
    this.asked = this.last = this.since = null;
  }

  /** Nothing came yet: only a long run that nobody has looked at takes so long that `note` has to say a word. */
  wait(note) {
    this.since ??= performance.now();
    const late = performance.now() - this.since > LATE_MS;
    note.hidden = !late;
    note.textContent = `Reading ${count(this.timeline.feed.upto)} records…`;
    if (!late) setTimeout(() => this.timeline.draw(), LATE_MS + 20);
  }

  close() {
    this.closed = true;
    clearTimeout(this.timer);
  }
}
