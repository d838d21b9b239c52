// What was raised in a step: the error in words, and where, with the lines of the user's own code around it.
import { button, el } from "./dom.js";

const EARLIER = {
  cause: "The direct cause was",
  context: "It was raised while this was handled",
  member: "One of the group",
};

/** Type and message. */
export function errorWords(error) {
  return el("div", "ss-error", {}, el("b", "", {}, error.type), el("div", "ss-text", {}, error.message));
}

/** The traceback, newest last; frames of the engine are hidden at first. */
export function traceback(error) {
  const frames = error.frames ?? [];
  const hidden = frames.filter((frame) => !frame.own).length;
  const list = el("div", "ss-panel ss-frames");
  addFrames(list, frames);
  if (!frames.length && error.traceback) list.append(el("div", "ss-text", {}, error.traceback));
  list.append(el("div", "ss-raised", {}, `${error.type}: ${error.message}`));
  for (const one of error.earlier ?? []) {
    list.append(el("div", "ss-muted ss-earlier", {}, EARLIER[one.how] ?? one.how));
    addFrames(list, one.frames ?? []);
    list.append(el("div", "ss-raised", {}, `${one.type}: ${one.message}`));
  }
  const words = (open) => (open ? "Hide engine frames" : `${hidden} engine ${hidden === 1 ? "frame" : "frames"} hidden`);
  const toggle = button(words(false), () => {
    const open = list.classList.toggle("ss-all");
    toggle.lastChild.textContent = words(open);
  }, { className: "ss-link" });
  const head = el("div", "ss-split", {}, el("h4", "", {}, "Traceback, newest last"), hidden && frames.length > hidden ? toggle : null);
  if (hidden === frames.length) list.classList.add("ss-all");
  return el("div", "", {}, head, list);
}

function addFrames(list, frames) {
  for (const frame of frames) {
    const place = `${frame.file.split("/").at(-1)}, line ${frame.line}, in ${frame.function}`;
    const name = el("div", "ss-muted", { title: frame.file }, place);
    list.append(el("div", frame.own ? "ss-frame" : "ss-frame ss-foreign", {}, name, frame.lines ? around(frame) : frame.code && el("div", "ss-code", {}, frame.code)));
  }
}

// The file is as it was: its lines are shown with their numbers, the one that failed marked.
function around(frame) {
  const left = Math.min(...frame.lines.filter((one) => one.text.trim()).map((one) => one.text.length - one.text.trimStart().length));
  const rows = frame.lines.flatMap(({ line, text }) => {
    const failing = line === frame.line || null;
    return [el("span", "ss-line-number", { "data-failing": failing }, String(line)), el("span", "ss-source-line", { "data-failing": failing }, text.slice(left) || " ")];
  });
  return el("div", "ss-around", {}, ...rows);
}
