// Edges on the canvas: the line says where we know it from, colour and width say what this run did.
const FONT = '500 12px "Source Sans", sans-serif';
const DOTS = [1.5, 4.5];
const PERSON_KINDS = new Set(["asks", "answers"]);

/** How an edge looks: colour variable, width and dash. */
export function styleOf(edge, taken, ended, state) {
  const origins = edge.origins ?? [];
  const surprise = origins.includes("observed") && !origins.includes("declared") && !origins.includes("inferred");
  if (edge.refused) return { colour: "--ss-s-retrying-st", width: 2.2, dash: [7, 4] };
  if (surprise) return { colour: "--ss-s-interrupted-st", width: 2.4, dash: [7, 3, 1.5, 3] };
  const never = edge.never || (ended && taken === 0);
  const dash = never ? DOTS : origins.includes("declared") ? [] : [7, 4];
  if (state === "failed") return { colour: "--ss-s-failed-st", width: 2.8, dash };
  if (PERSON_KINDS.has(edge.kind) && (taken || taken === null || state === "waiting")) {
    return { colour: "--ss-s-waiting-st", width: taken === null ? 2.2 : 2.8, dash, round: never };
  }
  if (state === "running" && taken) return { colour: "--ss-s-running-st", width: 2.8, dash };
  if (taken) return { colour: "--ss-text", width: 2.2, dash };
  if (never) return { colour: "--ss-ctl", width: 1.8, dash, round: true };
  return { colour: "--ss-ctl", width: 1.6, dash };
}

// Where a straight line from the middle of a box towards a point leaves the box.
function border(box, towards, out) {
  const [dx, dy] = [towards.x - box.x, towards.y - box.y];
  const scale = Math.min(dx ? (box.width / 2 + out) / Math.abs(dx) : Infinity, dy ? (box.height / 2 + out) / Math.abs(dy) : Infinity);
  return Number.isFinite(scale) ? [box.x + dx * scale, box.y + dy * scale] : [box.x, box.y];
}

/** The curves of an edge between two boxes of which one was moved by hand: a straight line. */
export function lineBetween(from, to) {
  const [a, b] = [border(from, to, 0), border(to, from, 3)];
  const part = (share) => [a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share];
  return [a, part(1 / 3), part(2 / 3), b];
}

function arrow(context, points, width) {
  const [x, y] = points.at(-1);
  const before = points.findLast((point) => Math.hypot(x - point[0], y - point[1]) > 0.5) ?? points[0];
  const length = width > 2 ? 10 : 9;
  context.save();
  context.translate(x, y);
  context.rotate(Math.atan2(y - before[1], x - before[0]));
  context.beginPath();
  context.moveTo(1, 0);
  context.lineTo(-length + 1, -4);
  context.lineTo(-length + 1, 4);
  context.closePath();
  context.fill();
  context.restore();
}

/** Draw an edge along its cubic curves: [[x, y], …], 3n + 1 of them. */
export function paintEdge(context, points, style, dim, colours) {
  context.globalAlpha = dim ? 0.4 : 1;
  context.strokeStyle = context.fillStyle = colours(style.colour);
  context.lineWidth = style.width;
  context.setLineDash(style.dash);
  context.lineCap = style.round ? "round" : "butt";
  context.beginPath();
  context.moveTo(points[0][0], points[0][1]);
  for (let at = 1; at + 2 < points.length; at += 3) {
    const [b, c, d] = [points[at], points[at + 1], points[at + 2]];
    context.bezierCurveTo(b[0], b[1], c[0], c[1], d[0], d[1]);
  }
  context.stroke();
  context.setLineDash([]);
  arrow(context, points, style.width);
  context.globalAlpha = 1;
}

/** How wide a count beside an edge is, about. */
export const labelWidth = (text) => text.length * 7 + 8;

/** Where a count stands that the layout knew nothing of: above a level edge, else beside it; null without room. */
export function labelPlace(points, text) {
  const [x, y] = alongPath(points, 0.5);
  if (Math.hypot(points.at(-1)[0] - points[0][0], points.at(-1)[1] - points[0][1]) < labelWidth(text) - 6) return null;
  const [before, after] = [alongPath(points, 0.45), alongPath(points, 0.55)];
  const level = Math.abs(after[0] - before[0]) >= Math.abs(after[1] - before[1]);
  return level ? [x, y - 11] : [x + labelWidth(text) / 2 + 5, y];
}

/** The place at a share of the way along cubic curves, each taken for as long as the others. */
export function alongPath(points, share) {
  const curves = (points.length - 1) / 3;
  const curve = Math.min(curves - 1, Math.floor(share * curves));
  const t = share * curves - curve;
  const at = (axis) => {
    const [a, b, c, d] = points.slice(curve * 3, curve * 3 + 4).map((point) => point[axis]);
    return a * (1 - t) ** 3 + 3 * b * t * (1 - t) ** 2 + 3 * c * t ** 2 * (1 - t) + d * t ** 3;
  };
  return [at(0), at(1)];
}

const NAMED = {
  "--ss-s-failed-st": "--ss-s-failed",
  "--ss-s-waiting-st": "--ss-s-waiting",
  "--ss-s-interrupted-st": "--ss-s-interrupted",
  "--ss-s-retrying-st": "--ss-s-retrying",
};

/** The label of an edge on page colour, its middle at x, y. */
export function paintLabel(context, text, [x, y], width, style, dim, colours) {
  context.globalAlpha = dim ? 0.4 : 1;
  context.font = FONT;
  context.fillStyle = colours("--ss-bg");
  context.beginPath();
  context.roundRect(x - width / 2, y - 9, width, 18, 4);
  context.fill();
  context.fillStyle = colours(NAMED[style.colour] ?? "--ss-muted");
  context.textAlign = "center";
  context.textBaseline = "alphabetic";
  context.fillText(text, x, y + 4, width);
  context.globalAlpha = 1;
}
