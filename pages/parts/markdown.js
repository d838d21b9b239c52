// Draws the tree that markdown.py makes of a text. Pictures are named, not loaded; a link shows where it leads.
import { el } from "./dom.js";

const TAGS = {
  paragraph: "p", strong: "strong", em: "em", s: "s", bullet_list: "ul", ordered_list: "ol", list_item: "li", blockquote: "blockquote",
  table: "table", thead: "thead", tbody: "tbody", tr: "tr", th: "th", td: "td",
};

const DRAWN = {
  text: (node) => node.text,
  softbreak: () => "\n",
  hardbreak: () => el("br"),
  hr: () => el("hr"),
  code_inline: (node) => el("code", "", {}, node.text),
  fence: (node) => el("pre", "ss-panel", { "data-language": node.info }, node.text),
  code_block: (node) => el("pre", "ss-panel", {}, node.text),
  heading: (node) => el("div", `ss-md-h ss-md-h${node.level}`, { role: "heading", "aria-level": Math.min(6, node.level + 2) }, ...children(node)),
  image: (node) => el("span", "ss-muted", {}, `[image${node.text ? `: ${node.text}` : ""} · ${node.src ?? ""}]`),
  link,
};

function link(node) {
  const shown = children(node);
  const words = shown.map((one) => (typeof one === "string" ? one : one.textContent)).join("");
  const target = /^https?:\/\//i.test(node.href ?? "") ? node.href : "";
  const where = words === node.href ? "" : el("span", "ss-muted", {}, ` (${node.href ?? ""})`);
  if (!target) return el("span", "", {}, ...shown, where);
  return el("a", "ss-md-link", { href: target, target: "_blank", rel: "noopener noreferrer nofollow" }, ...shown, where);
}

function children(node) {
  return (node.c ?? []).map(draw);
}

function draw(node) {
  const special = DRAWN[node.t];
  if (special) return special(node);
  const tag = TAGS[node.t];
  if (!tag) return el("span", "", {}, node.text ?? "", ...children(node));
  return el(tag, "", { start: tag === "ol" ? node.start : null, "data-align": node.align }, ...children(node));
}

/** A text as an element, from its tree. */
export function markdown(tree) {
  return el("div", "ss-md", {}, ...tree.map(draw));
}
