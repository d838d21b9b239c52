// Nodes on the canvas. Kind is shape and never changes; state is colour and a sign at the corner.
import { paintSign } from "./signs.js";

const FONT = '"Source Sans", sans-serif';
const fonts = {
  name: `600 14px ${FONT}`,
  second: `400 12px ${FONT}`,
  event: `500 12.5px ${FONT}`,
  small: `600 12.5px ${FONT}`,
};
const TRIANGLE = [[-17, -5], [-17, 5], [-9, 0]];
const measuring = document.createElement("canvas").getContext("2d");
const widths = new Map();

// Measured once: the bar of a large graph is painted at each move.
function widthOf(text, font) {
  const key = font + text;
  if (!widths.has(key)) {
    measuring.font = font;
    widths.set(key, measuring.measureText(text).width);
  }
  return widths.get(key);
}

/** The font, or nothing if it can't be had. */
export const loadFont = () => document.fonts.load(fonts.name).catch(() => null);

/** What a node is drawn as: step, event, start, stop, person, resource or child. */
export function shapeOf(node) {
  if (node.kind === "event" && (node.role === "start" || node.role === "stop")) return node.role;
  return { external: "person", workflow: "child", tool: "resource" }[node.kind] ?? node.kind;
}

/** What a node is called in the picture. */
export function labelOf(node, state) {
  if (shapeOf(node) === "person") return state === "waiting" ? "You" : "A person";
  return node.label ?? node.name;
}

const TAG = { height: 16, below: 9, gap: 4, pad: 12 };

function tagsWidth(node) {
  return (node.tags ?? []).reduce((sum, tag) => sum + widthOf(tag, fonts.second) + TAG.pad + TAG.gap, -TAG.gap);
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
  if (shape === "child" || node.members) {
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

function words(context, node, shape, x, y, w, seen, paint, colours) {
  const room = w - ({ start: 36, stop: 36, person: 44 }[shape] ?? 12);
  const label = labelOf(node, seen.state);
  const shift = { start: 9, stop: 9, person: 15 }[shape] ?? 0;
  const main = shape === "step" || shape === "child";
  const up = (seen.tags ?? node.tags)?.length ? 6 : 0;
  context.textAlign = "center";
  context.textBaseline = "alphabetic";
  context.fillStyle = paint.text;
  context.font = main ? fonts.name : shape === "event" ? fonts.event : fonts.small;
  const second = main || shape === "person" ? seen.second : "";
  context.fillText(label, x + shift, y + (second ? -4 : main ? 4.8 : 4.3) - up, room);
  if (second) {
    context.font = fonts.second;
    context.fillStyle = QUIET.has(seen.state) ? colours("--ss-muted") : paint.text;
    context.fillText(second, x + shift, y + 14 - up, room);
  }
}

function tags(context, node, x, y, w, h, colours) {
  let left = x - tagsWidth(node) / 2;
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

/** The frame of a workflow that is opened in place: what is inside is drawn over it. */
export function paintFrame(context, node, box, seen, colours) {
  context.save();
  if (seen.dim) context.globalAlpha = 0.5;
  rounded(context, box.x, box.y, box.width, box.height, 10);
  context.fillStyle = colours("--ss-k-child-bg");
  context.fill();
  context.strokeStyle = colours(seen.selected ? "--ss-primary" : "--ss-k-child-st");
  context.lineWidth = seen.selected ? 2 : 1.3;
  context.stroke();
  context.font = fonts.name;
  context.textAlign = "center";
  context.textBaseline = "alphabetic";
  context.fillStyle = colours("--ss-k-child");
  context.fillText(labelOf(node), box.x, box.y - box.height / 2 + 21, box.width - 60);
  context.restore();
}

/** Only where a node is and of which kind: for a scale at which nothing can be read. */
export function paintSmall(context, node, x, y, size, seen, colours) {
  const paint = coloursOf(node, shapeOf(node), seen.state, colours);
  context.globalAlpha = seen.dim ? 0.5 : 1;
  context.fillStyle = paint.tint;
  context.strokeStyle = seen.selected ? colours("--ss-primary") : paint.line;
  context.lineWidth = seen.selected ? 8 : 3;
  (PATHS[shapeOf(node)] ?? PATHS.resource)(context, x, y, size.width, size.height);
  context.fill();
  context.stroke();
  context.globalAlpha = 1;
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
    const below = (seen.tags ?? node.tags)?.length ? TAG.below : 0;
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
  words(context, node, shape, x, y, w, seen, paint, colours);
  tags(context, seen.tags ? { tags: seen.tags } : node, x, y, w, h, colours);
  if (seen.state && seen.state !== "idle" && !["person", "start", "stop"].includes(shape)) {
    context.beginPath();
    context.arc(x + w / 2 - 1, y - h / 2, 9.5, 0, 7);
    context.fillStyle = colours("--ss-bg");
    context.fill();
    paintSign(context, seen.state, x + w / 2 - 9, y - h / 2 - 8, 16, colours);
  }
  context.restore();
}
