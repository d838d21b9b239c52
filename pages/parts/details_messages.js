// A call of a language model as a conversation: who said what, which tools were asked for, how many tokens it took.
import { button, el } from "./dom.js";
import { fieldTree } from "./field_tree.js";
import { count } from "./words.js";

const FOLD_AT = 600;
const ROLES = { system: "System", user: "User", assistant: "Assistant", tool: "Tool", function: "Tool", prompt: "Prompt", developer: "Developer" };

/** The messages in order, the model's own answer last. */
export function conversation(messages) {
  return el("div", "", {}, el("h4", "", {}, "Conversation"), el("ol", "ss-talk", {}, ...messages.flatMap(message)));
}

function message({ role, text, more, tool_calls: calls, answers, note, left_out: leftOut }) {
  const name = ROLES[role] ?? role;
  const head = el("div", "ss-talk-head", {}, el("b", "", {}, name), answers && el("span", "ss-muted ss-cut", { title: answers }, `answers ${answers}`), el("span", "ss-grow"), note && el("span", "ss-muted", {}, note));
  const body = el("li", "ss-turn", { "data-role": role }, head);
  if (typeof text !== "string") body.append(said(text.$cut, text.size));
  else if (text) body.append(said(text, 0));
  if (more) body.append(el("div", "ss-panel", {}, fieldTree({ "besides text": more })));
  for (const call of calls) body.append(el("div", "ss-turn-call", {}, el("span", "ss-muted", {}, "asks for "), el("b", "", {}, call.name), given(call.arguments)));
  if (!body.querySelector(".ss-text,.ss-panel,.ss-turn-call")) body.append(el("span", "ss-muted", {}, "nothing"));
  return [leftOut ? el("li", "ss-muted ss-talk-gap", {}, `${count(leftOut)} ${leftOut === 1 ? "message" : "messages"} left out: too long to keep`) : null, body].filter(Boolean);
}

function said(text, size) {
  const body = el("div", "ss-text");
  const all = () => `${text}${size ? "…" : ""}`;
  body.textContent = text.length > FOLD_AT ? `${text.slice(0, FOLD_AT)}…` : all();
  const box = el("div", "", {}, body);
  if (text.length > FOLD_AT) {
    const words = `Show all ${count(text.length)} characters`;
    const more = button(words, () => {
      const open = more.dataset.open !== "1";
      more.dataset.open = open ? "1" : "";
      body.textContent = open ? all() : `${text.slice(0, FOLD_AT)}…`;
      more.lastChild.textContent = open ? "Show less" : words;
    }, { className: "ss-link" });
    box.append(more);
  }
  if (size) box.append(el("div", "ss-muted", {}, `cut at ${count(text.length)} of ${count(size)} characters`));
  return box;
}

// Arguments come as an object, or as the JSON text that the model wrote.
function given(value) {
  let read = value;
  if (typeof value === "string") {
    try {
      read = JSON.parse(value);
    } catch {
      return el("div", "ss-panel ss-text", {}, value);
    }
  }
  if (read === null || read === undefined) return null;
  return el("div", "ss-panel", {}, fieldTree(typeof read === "object" ? read : { arguments: read }));
}
