// "Answer within 4:12", counted down by the server's clock, and why there is a limit.
import { el, symbol } from "./dom.js";

const SPOKEN_EVERY_S = 60; // a screen reader hears the minutes, not each second

function left(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  if (hours >= 48) return `${Math.floor(hours / 24)} days`;
  if (hours) return `${hours}:${String(minutes).padStart(2, "0")}:${String(rest).padStart(2, "0")}`;
  return `${minutes}:${String(rest).padStart(2, "0")}`;
}

class TimeLeft {
  constructor(root) {
    this.root = root;
    this.clock = el("b", "ss-time-left-clock", { role: "timer", "aria-live": "off" });
    this.said = el("span", "ss-hidden", { role: "status" });
    this.why = el("span", "ss-muted");
    this.line = el("div", "ss-time-left", {}, symbol("timer"), el("span", "", {}, this.clock, this.why), this.said);
    root.append(this.line);
    this.ticker = setInterval(() => this.tick(), 250);
  }

  update(component) {
    this.data = component.data;
    this.ahead = this.data.now - Date.now() / 1000;
    this.why.textContent = this.data.why;
    this.tick();
  }

  tick() {
    if (!this.data?.deadline) {
      this.clock.textContent = "";
      return;
    }
    const seconds = this.data.deadline - (Date.now() / 1000 + this.ahead);
    const over = seconds <= 0;
    this.line.dataset.urgent = String(seconds < 60);
    this.clock.textContent = over ? "The time is up. " : `Answer within ${left(seconds)}. `;
    const spoken = Math.ceil(seconds / SPOKEN_EVERY_S);
    if (spoken !== this.spoken) {
      this.spoken = spoken;
      this.said.textContent = over ? "The time to answer is up." : `About ${spoken} ${spoken === 1 ? "minute" : "minutes"} left to answer.`;
    }
  }

  close() {
    clearInterval(this.ticker);
    this.root.replaceChildren();
  }
}

export const make = (root) => new TimeLeft(root);
