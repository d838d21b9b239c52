// One workflow as a card that is one link. The picture is our own drawing without any text of a user's; all else is
// plain text. Pictures are drawn as they come into view: five hundred at once would hold up the page.
import { el, pageLink, symbol } from "./dom.js";
import { sign } from "./signs.js";
import { STATUS_WORDS, age, exact } from "./words.js";

const ICONS = { pauses: "person", branches: "alt_route", fans_out: "call_split", loops: "autorenew", streams: "notes", retries: "replay", needs: "warning" };
const TONES = { pauses: "person", needs: "problem" };

/** The element of a card; `element.draw()` draws its picture once. */
export function makeCard(card, number) {
  const picture = el("div", "ss-card-picture");
  const described = `ss-card-about-${number}`;
  const link = pageLink(card.url, "ss-card-link", card.name);
  link.title = card.name;
  link.setAttribute("aria-describedby", described);
  const tags = card.badges.map((badge) => el("span", "ss-tag", { "data-tone": TONES[badge.id] }, symbol(ICONS[badge.id] ?? "label"), badge.text));
  const body = el(
    "div",
    "ss-card-body",
    {},
    el("h2", "ss-card-name", {}, link),
    el("div", "ss-card-summary", { id: described, title: card.summary || null }, card.summary || el("span", "", {}, "No docstring.")),
    el("div", "ss-tags", {}, ...tags),
    el("div", "ss-card-foot", {}, place(card.file), lastRun(card.last)),
  );
  const element = el("article", `ss-card st-key-${card.key.replaceAll(/[^a-zA-Z0-9_-]/g, "-")}`, {}, picture, body);
  element.draw = () => {
    if (picture.childElementCount) return;
    const drawing = new DOMParser().parseFromString(card.picture, "image/svg+xml").documentElement;
    picture.append(document.importNode(drawing, true));
  };
  return element;
}

// The folder gives way first: the file's own name tells two classes of one name apart.
function place(file) {
  const cut = file.lastIndexOf("/") + 1;
  return el("code", "ss-place", { title: file }, cut ? el("span", "ss-cut", {}, file.slice(0, cut)) : "", el("span", "ss-cut", {}, file.slice(cut)));
}

function lastRun(last) {
  if (!last) return el("span", "ss-muted", {}, "never run");
  const words = last.status === "waiting" && last.count > 1 ? `${last.count} wait for you` : (STATUS_WORDS[last.status] ?? last.status);
  const when = el("span", "ss-muted ss-age", { "data-at": last.at, title: exact(last.at) });
  return el("span", "ss-run-status", { "data-state": last.status, "data-run": last.run }, sign(last.status, 15), el("span", "", {}, words), when);
}

/** Write how long ago each run of the cards was. */
export function writeAges(root, now) {
  for (const element of root.querySelectorAll("[data-at]")) element.textContent = age(Number(element.dataset.at), now);
}
