// Edges on the canvas: the line says where we know it from, colour and width say what this run did.
const FONT = '500 12px "Source Sans", sans-serif';
const PERSON_KINDS = new Set(["asks", "answers"]);

/** How an edge looks: colour variable, width and dash. */
export function styleOf(edge, taken, ended, state) {
  const origins = edge.origins ?? [];
  const surprise = origins.includes("observed") && !origins.includes("declared") && !origins.includes("inferred");
  if (surprise) return { colour: "--ss-s-interrupted-st", width: 2.4, dash: [7, 3, 1.5, 3] };
  const dash = origins.includes("declared") ? [] : [7, 4];
  if (state === "failed") return { colour: "--ss-s-failed-st", width: 2.8, dash };
  if (PERSON_KINDS.has(edge.kind) && (taken || taken === null || state === "waiting")) {
    return { colour: "--ss-s-waiting-st", width: taken === null ? 2.2 : 2.8, dash };
  }
  if (state === "running" && taken) return { colour: "--ss-s-running-st", width: 2.8, dash };
  if (taken) return { colour: "--ss-text", width: 2.2, dash };
  if (ended && taken === 0) return { colour: "--ss-ctl", width: 1.8, dash: [1.5, 4.5], round: true };
  return { colour: "--ss-ctl", width: 1.6, dash };
}

// Where a straight line from the middle of a box towards a point leaves the box.
function border(box, towards) {
  const dx = towards.x - box.x;
  const dy = towards.y - box.y;
  const scale = Math.min(
    dx ? box.width / 2 / Math.abs(dx) : Infinity,
    dy ? box.height / 2 / Math.abs(dy) : Infinity,
  );
  return Number.isFinite(scale) ? { x: box.x + dx * scale, y: box.y + dy * scale } : { x: box.x, y: box.y };
}

const OUTSIDE = 26;
const BEND = 22;

// A way back goes round the outside of everything between its ends, on the side that is nearer.
function around(from, to, sideways, boxes) {
  // Seen with the main direction downwards: `along` runs with it, `across` over it.
  const seen = (box) =>
    sideways
      ? { along: box.x, across: box.y, half: box.height / 2, length: box.width / 2 }
      : { along: box.y, across: box.x, half: box.width / 2, length: box.height / 2 };
  const [a, b] = [seen(from), seen(to)];
  const [low, high] = [Math.min(a.along, b.along), Math.max(a.along, b.along)];
  const between = boxes.map(seen).filter((box) => box.along + box.length > low - 1 && box.along - box.length < high + 1);
  const least = Math.min(...between.map((box) => box.across - box.half)) - OUTSIDE;
  const most = Math.max(...between.map((box) => box.across + box.half)) + OUTSIDE;
  const side = a.across + b.across - 2 * least < 2 * most - a.across - b.across ? -1 : 1;
  const out = side < 0 ? least : most;
  const way = b.along < a.along ? -1 : 1;
  const bend = Math.min(BEND, Math.abs(b.along - a.along) / 2);
  const start = [a.along, a.across + side * a.half];
  const end = [b.along, b.across + side * (b.half + 3)];
  const points = [
    start,
    [start[0], out - side * 2],
    [start[0], out],
    [start[0] + way * bend, out],
    [start[0] + way * bend, out],
    [end[0] - way * bend, out],
    [end[0] - way * bend, out],
    [end[0], out],
    [end[0], out - side * 2],
    end,
  ];
  return points.map(([along, across]) => (sideways ? [along, across] : [across, along]));
}

/** The cubic curves of an edge: [[x, y], …] with 3n+1 points, from the layout if it gives them. */
export function pathOf(edge, from, to, sideways, boxes) {
  if (edge.points?.length >= 4) return edge.points;
  const ahead = sideways ? to.x - from.x : to.y - from.y;
  const gap = sideways ? (from.width + to.width) / 2 : (from.height + to.height) / 2;
  if (ahead > gap && !edge.back) {
    const start = sideways ? [from.x + from.width / 2, from.y] : [from.x, from.y + from.height / 2];
    const end = sideways ? [to.x - to.width / 2 - 3, to.y] : [to.x, to.y - to.height / 2 - 3];
    const reach = Math.max(14, (sideways ? end[0] - start[0] : end[1] - start[1]) * 0.45);
    return sideways
      ? [start, [start[0] + reach, start[1]], [end[0] - reach, end[1]], end]
      : [start, [start[0], start[1] + reach], [end[0], end[1] - reach], end];
  }
  const apart = Math.abs(sideways ? to.y - from.y : to.x - from.x);
  if (!edge.back && Math.abs(ahead) <= gap && apart > 1) {
    const [a, b] = [border(from, to), border(to, from)];
    const third = (part) => [a.x + (b.x - a.x) * part, a.y + (b.y - a.y) * part];
    return [[a.x, a.y], third(1 / 3), third(2 / 3), [b.x, b.y]];
  }
  return around(from, to, sideways, boxes);
}

function arrow(context, points, width) {
  const [x, y] = points.at(-1);
  let before = points.at(-2);
  if (Math.hypot(x - before[0], y - before[1]) < 0.5) before = points.at(-3) ?? before;
  const angle = Math.atan2(y - before[1], x - before[0]);
  const length = width > 2 ? 10 : 9;
  context.save();
  context.translate(x, y);
  context.rotate(angle);
  context.beginPath();
  context.moveTo(1, 0);
  context.lineTo(-length + 1, -4);
  context.lineTo(-length + 1, 4);
  context.closePath();
  context.fill();
  context.restore();
}

/** Draw an edge; returns where its label goes. */
export function paintEdge(context, points, style, dim, colours) {
  context.save();
  if (dim) context.globalAlpha = 0.5;
  context.strokeStyle = context.fillStyle = colours(style.colour);
  context.lineWidth = style.width;
  context.setLineDash(style.dash);
  context.lineCap = style.round ? "round" : "butt";
  context.beginPath();
  context.moveTo(points[0][0], points[0][1]);
  for (let at = 1; at + 2 < points.length; at += 3) {
    context.bezierCurveTo(...points[at], ...points[at + 1], ...points[at + 2]);
  }
  context.stroke();
  context.setLineDash([]);
  arrow(context, points, style.width);
  context.restore();
}

function middle(points) {
  const curve = Math.floor((points.length - 1) / 3 / 2) * 3;
  const [a, b, c, d] = points.slice(curve, curve + 4);
  const odd = ((points.length - 1) / 3) % 2 === 1;
  if (!odd || !d) return a;
  return [0, 1].map((axis) => (a[axis] + 3 * b[axis] + 3 * c[axis] + d[axis]) / 8);
}

/** The label of an edge: beside it when it runs down, above it when it runs sideways; on page colour. */
export function paintLabel(context, text, points, sideways, style, colours, place) {
  context.save();
  context.font = FONT;
  const width = context.measureText(text).width + 10;
  let [x, y] = place ?? middle(points);
  if (!place) {
    const [first, last] = [points[0], points.at(-1)];
    const [wide, high] = [Math.abs(last[0] - first[0]), Math.abs(last[1] - first[1])];
    if (sideways ? high <= 2 * wide : high < wide) y -= 12;
    else x += width / 2 + 6;
  }
  context.fillStyle = colours("--ss-bg");
  context.beginPath();
  context.roundRect(x - width / 2, y - 9, width, 18, 4);
  context.fill();
  const named = { "--ss-s-failed-st": "--ss-s-failed", "--ss-s-waiting-st": "--ss-s-waiting", "--ss-s-interrupted-st": "--ss-s-interrupted" };
  context.fillStyle = colours(named[style.colour] ?? "--ss-muted");
  context.textAlign = "center";
  context.fillText(text, x, y + 4);
  context.restore();
}
