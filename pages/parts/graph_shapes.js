// Nodes on the canvas. Kind is shape and never changes; state is colour and a sign at the corner.
import { paintSign } from "./signs.js";

const FONT = '"Source Sans", sans-serif';
const fonts = {
  name: `600 14px ${FONT}`,
  second: `400 12px ${FONT}`,
  event: `500 12.5px ${FONT}`,
  small: `600 12.5px ${FONT}`,
};
const LONGEST_NAME = 40;
const TRIANGLE = [[-17, -5], [-17, 5], [-9, 0]];
const measuring = document.createElement("canvas").getContext("2d");

function widthOf(text, font) {
  measuring.font = font;
  return measuring.measureText(text).width;
}

const cut = (text) => (text.length > LONGEST_NAME ? `${text.slice(0, LONGEST_NAME - 1)}…` : text);

/** What a node is drawn as: step, event, start, stop, person, resource or child. */
export function shapeOf(node) {
  if (node.kind === "event" && (node.role === "start" || node.role === "stop")) return node.role;
  return { external: "person", workflow: "child", tool: "resource" }[node.kind] ?? node.kind;
}

/** What a node is called in the picture. */
export function labelOf(node, state) {
  const shape = shapeOf(node);
  if (shape === "person") return state === "waiting" ? "You" : "A person";
  if (shape === "start" && node.name === "StartEvent") return "Start";
  if (shape === "stop" && node.name === "StopEvent") return "Stop";
  return cut(node.name);
}

const TAG = { height: 16, below: 9, gap: 4, pad: 12 };

function tagsWidth(node) {
  const tags = node.tags ?? [];
  return tags.reduce((sum, tag) => sum + widthOf(tag, fonts.second) + TAG.pad + TAG.gap, -TAG.gap);
}

/** Width and height of a node; steps keep room for their second line so that nothing moves while a run goes on. */
export function sizeOf(node, roomy) {
  const shape = shapeOf(node);
  const label = labelOf(node);
  if (shape === "step" || shape === "child") {
    const width = Math.max(roomy ? 108 : 92, widthOf(label, fonts.name) + 28, tagsWidth(node) + 12);
    return { width, height: (roomy ? 48 : 38) + (node.tags?.length ? 12 : 0) };
  }
  if (shape === "event") return { width: widthOf(label, fonts.event) + 26, height: 26 };
  if (shape === "start" || shape === "stop") return { width: widthOf(label, fonts.small) + 44, height: 28 };
  if (shape === "person") return { width: 118, height: roomy ? 52 : 44 };
  return { width: widthOf(label, fonts.small) + 30, height: 32 };
}

const QUIET = new Set([undefined, "idle", "done"]);

function coloursOf(node, shape, state, colours) {
  const kind = `--ss-k-${shape in PATHS ? shape : "resource"}`;
  const found = { text: colours(kind), tint: colours(`${kind}-bg`), line: colours(`${kind}-st`), width: 1.5 };
  if (!state || state === "idle" || shape === "start" || shape === "stop") return found;
  if (shape === "person" && state !== "waiting") return found;
  found.line = colours(`--ss-s-${state}-st`);
  found.width = QUIET.has(state) ? 2 : 2.5;
  if (!QUIET.has(state)) {
    found.tint = colours(`--ss-s-${state}-bg`);
    found.text = colours(`--ss-s-${state}`);
  }
  return found;
}

const rounded = (context, x, y, w, h, radius) => {
  context.beginPath();
  context.roundRect(x - w / 2, y - h / 2, w, h, radius);
};

function hexagon(context, x, y, w, h) {
  const [left, top, corner] = [x - w / 2, y - h / 2, 14];
  context.beginPath();
  context.moveTo(left + corner, top);
  context.lineTo(left + w - corner, top);
  context.lineTo(left + w, y);
  context.lineTo(left + w - corner, top + h);
  context.lineTo(left + corner, top + h);
  context.lineTo(left, y);
  context.closePath();
}

function sheet(context, x, y, w, h) {
  const [left, top] = [x - w / 2, y - h / 2];
  context.beginPath();
  context.moveTo(left, top);
  context.lineTo(left + w - 10, top);
  context.lineTo(left + w, top + 10);
  context.lineTo(left + w, top + h);
  context.lineTo(left, top + h);
  context.closePath();
}

const PATHS = {
  step: (context, x, y, w, h) => rounded(context, x, y, w, h, 8),
  child: (context, x, y, w, h) => rounded(context, x, y, w, h, 8),
  event: (context, x, y, w, h) => rounded(context, x, y, w, h, h / 2),
  start: (context, x, y, w, h) => rounded(context, x, y, w, h, h / 2),
  stop: (context, x, y, w, h) => rounded(context, x, y, w, h, h / 2),
  person: hexagon,
  resource: sheet,
};

function outline(context, node, shape, x, y, w, h, paint, colours) {
  const path = PATHS[shape] ?? PATHS.resource;
  if (shape === "child") {
    rounded(context, x + 5, y - 5, w, h, 8);
    context.fillStyle = colours("--ss-bg");
    context.fill();
    context.lineWidth = 1.3;
    context.stroke();
  }
  if (shape === "stop") {
    rounded(context, x, y, w + 6, h + 6, 17);
    context.lineWidth = 1.4;
    context.stroke();
  }
  path(context, x, y, w, h);
  context.fillStyle = paint.tint;
  context.fill();
  if (shape === "start" || shape === "stop") return;
  context.lineWidth = paint.width;
  if (node.streamed_only) {
    context.setLineDash([1, 3]);
    context.lineCap = "round";
  }
  context.stroke();
  context.setLineDash([]);
}

function figure(context, shape, x, y, w, paint) {
  context.fillStyle = shape === "person" ? paint.line : paint.text;
  context.beginPath();
  if (shape === "start") {
    const left = x - w / 2 + 13;
    TRIANGLE.forEach(([dx, dy], index) => context[index ? "lineTo" : "moveTo"](left + 17 + dx, y + dy));
  } else if (shape === "stop") {
    context.rect(x - w / 2 + 12, y - 4, 8, 8);
  } else if (shape === "person") {
    const left = x - w / 2;
    context.arc(left + 25, y - 5, 4.4, 0, 7);
    context.moveTo(left + 16, y + 9);
    context.bezierCurveTo(left + 16.8, y + 3.6, left + 20.6, y + 1.3, left + 25, y + 1.3);
    context.bezierCurveTo(left + 29.4, y + 1.3, left + 33.2, y + 3.6, left + 34, y + 9);
  }
  context.fill();
}

function words(context, node, shape, x, y, room, seen, paint, colours) {
  const label = labelOf(node, seen.state);
  const shift = { start: 9, stop: 9, person: 15 }[shape] ?? 0;
  const main = shape === "step" || shape === "child";
  const up = node.tags?.length ? 6 : 0;
  context.textAlign = "center";
  context.textBaseline = "alphabetic";
  context.fillStyle = paint.text;
  context.font = main ? fonts.name : shape === "event" ? fonts.event : fonts.small;
  const second = main || shape === "person" ? seen.second : "";
  context.fillText(label, x + shift, y + (second ? -4 : main ? 4.8 : 4.3) - up);
  if (second) {
    context.font = fonts.second;
    context.fillStyle = QUIET.has(seen.state) ? colours("--ss-muted") : paint.text;
    context.fillText(second, x + shift, y + 14 - up, room);
  }
}

function tags(context, node, x, y, w, h, colours) {
  let left = x - w / 2 + 6;
  context.font = fonts.second;
  for (const tag of node.tags ?? []) {
    const width = widthOf(tag, fonts.second) + TAG.pad;
    context.beginPath();
    context.roundRect(left, y + h / 2 + TAG.below - TAG.height, width, TAG.height, 4);
    context.fillStyle = colours("--ss-bg");
    context.fill();
    context.strokeStyle = colours("--ss-border");
    context.lineWidth = 1;
    context.stroke();
    context.fillStyle = colours("--ss-muted");
    context.textAlign = "center";
    context.fillText(tag, left + width / 2, y + h / 2 + 5);
    left += width + TAG.gap;
  }
}

/**
 * Draw a node with its centre at x, y.
 * `seen` is {state, second, selected, dim}: what the run says about it and what the person chose.
 */
export function paintNode(context, node, x, y, size, seen, colours) {
  const shape = shapeOf(node);
  const { width: w, height: h } = size;
  const paint = coloursOf(node, shape, seen.state, colours);
  context.save();
  if (seen.dim) context.globalAlpha = 0.5;
  if (seen.selected) {
    // The ring goes round the tags too, which hang over the lower edge.
    const below = node.tags?.length ? TAG.below : 0;
    const out = shape === "stop" ? 16 : 10; // a stop has a ring of its own
    rounded(context, x, y + below / 2, w + out, h + out + below, shape === "step" || shape === "child" ? 12 : 20);
    context.strokeStyle = colours("--ss-primary");
    context.lineWidth = 2;
    context.stroke();
  }
  context.strokeStyle = paint.line;
  context.lineJoin = "round";
  outline(context, node, shape, x, y, w, h, paint, colours);
  figure(context, shape, x, y, w, paint);
  words(context, node, shape, x, y, w - 12, seen, paint, colours);
  tags(context, node, x, y, w, h, colours);
  if (seen.state && seen.state !== "idle" && !["person", "start", "stop"].includes(shape)) {
    context.beginPath();
    context.arc(x + w / 2 - 1, y - h / 2, 9.5, 0, 7);
    context.fillStyle = colours("--ss-bg");
    context.fill();
    paintSign(context, seen.state, x + w / 2 - 9, y - h / 2 - 8, 16, colours);
  }
  context.restore();
}
