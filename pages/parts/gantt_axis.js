// Where a moment stands: places come from the server, which folds idle stretches; ticks and their words are made here.
import { clock, duration } from "./words.js";

const STEPS = [1e-6, 2e-6, 5e-6, 1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400];
const TICK_PX = 84;

export class GanttAxis {
  constructor({ points, folds, began }) {
    this.points = points;
    this.folds = folds;
    this.began = began;
  }

  between(value, from, to) {
    const { points } = this;
    let at = 1;
    while (at < points.length - 1 && points[at][from] < value) at += 1;
    const [a, b] = [points[at - 1], points[at]];
    const share = b[from] > a[from] ? (value - a[from]) / (b[from] - a[from]) : 0;
    return a[to] + Math.min(1, Math.max(0, share)) * (b[to] - a[to]);
  }

  /** Pixels of a moment in seconds since the start. */
  x(time) {
    return this.between(time, 0, 1);
  }

  /** Seconds since the start at a place. */
  time(x) {
    return this.between(x, 1, 0);
  }

  /** [{x, words}] for the stretches that aren't folded. */
  ticks(clockTimes) {
    const made = [];
    const isFold = (a, b) => this.folds.some(([from, to]) => Math.abs(from - a) < 1e-6 && Math.abs(to - b) < 1e-6);
    for (let at = 1; at < this.points.length; at += 1) {
      const [[from, x0], [to, x1]] = [this.points[at - 1], this.points[at]];
      if (isFold(from, to) || to <= from) continue;
      const scale = (x1 - x0) / (to - from);
      const step = STEPS.find((one) => one * scale >= TICK_PX) ?? STEPS.at(-1);
      const first = Math.ceil(from / step - 1e-9);
      for (let number = first; number * step <= to + 1e-9 && number - first < 200; number += 1) {
        const time = number * step;
        made.push({ x: x0 + (time - from) * scale, words: this.words(time, step, clockTimes) });
      }
    }
    return made.filter((tick, index) => !index || tick.x - made[index - 1].x > TICK_PX / 2);
  }

  words(time, step, clockTimes) {
    if (clockTimes) return clock(this.began + time, step < 1 ? 3 : 0);
    if (time < 100 || step < 1) return `${time.toFixed(Math.max(0, -Math.floor(Math.log10(step) + 1e-9)))} s`;
    return duration(time);
  }
}
