// The face of a card. The picture is our own drawing without any text of a user's; all else is plain text.
import { el, symbol } from "./dom.js";
import { sign } from "./signs.js";
import { STATUS_WORDS, age } from "./words.js";

const ICONS = { pauses: "person", branches: "alt_route", fans_out: "call_split", loops: "autorenew", streams: "notes", retries: "replay", needs: "warning" };
const TONES = { pauses: "person", needs: "problem" };

class Card {
  constructor(root) {
    this.root = root;
  }

  update(component) {
    const { picture, ...face } = component.data;
    if (picture !== undefined) this.picture(picture);
    else this.face(face);
  }

  picture(source) {
    const drawing = new DOMParser().parseFromString(source, "image/svg+xml").documentElement;
    this.root.replaceChildren(el("div", "ss-card-picture", {}, document.importNode(drawing, true)));
  }

  face({ summary, badges, file, last, now }) {
    const tags = badges.map((badge) => el("span", "ss-tag", { "data-tone": TONES[badge.id] }, symbol(ICONS[badge.id] ?? "label"), badge.text));
    const run = last
      ? el("span", "ss-run-status", { "data-state": last.status }, sign(last.status, 15), STATUS_WORDS[last.status] ?? last.status, el("span", "ss-muted", {}, age(last.at, now)))
      : el("span", "ss-muted", {}, "never run");
    const foot = el("div", "ss-card-foot", {}, el("code", "ss-cut", { title: file }, file), run);
    this.root.replaceChildren(el("div", "ss-card-body", {}, el("div", "ss-card-summary", { title: summary }, summary), el("div", "ss-tags", {}, ...tags), foot));
  }

  close() {
    this.root.replaceChildren();
  }
}

export const make = (root) => new Card(root);
