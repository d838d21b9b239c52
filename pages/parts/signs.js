// Every state and kind has one outline, drawn from the same paths as SVG in the page and on the graph's canvas.
const circle = (cx, cy, r) => `M${cx - r} ${cy}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0z`;
const fill = (d, colour) => ({ d, fill: colour });
const line = (d, colour, width, dash) => ({ d, stroke: colour, width, dash });
const box = (d, width = 1.5) => ({ d, fill: "tint", stroke: "line", width });

const HEAD = circle(8, 6.2, 1.9);
const SHOULDERS = "M4.6 11.8c.3-2 1.6-2.9 3.4-2.9s3.1.9 3.4 2.9z";
const grey = (...parts) => ({ family: "grey", parts });
const state = (name, ...parts) => ({ family: `s-${name}`, parts });
const kind = (name, ...parts) => ({ family: `k-${name}`, parts });

const SIGNS = {
  idle: state("idle", line(circle(8, 8, 5.5), "line", 1.6)),
  queued: state("queued", line(circle(8, 8, 6), "line", 1.8, [2.4, 2.31]), line("M8 5v3.2l2 1.3", "line", 1.5)),
  running: state("running", fill(circle(8, 8, 7), "line"), fill("M6.2 4.9v6.2l5-3.1z", "rim")),
  waiting: state(
    "waiting",
    fill("M8 .8l6.4 3.6v7.2L8 15.2 1.6 11.6V4.4z", "line"),
    fill(circle(8, 6, 2.1), "rim"),
    fill("M4.2 12c.3-2.2 1.8-3.3 3.8-3.3s3.5 1.1 3.8 3.3z", "rim"),
  ),
  done: state("done", fill(circle(8, 8, 7), "line"), line("M4.6 8.3l2.3 2.3 4.5-4.9", "rim", 1.9)),
  failed: state(
    "failed",
    fill("M5.1 1h5.8L15 5.1v5.8L10.9 15H5.1L1 10.9V5.1z", "line"),
    line("M5.4 5.4l5.2 5.2M10.6 5.4l-5.2 5.2", "rim", 1.9),
  ),
  retrying: state(
    "retrying",
    line("M13.2 9.4A5.6 5.6 0 1 1 12 4.1", "line", 2),
    fill("M9.2 4.9l4.6.6.3-4.6z", "line"),
  ),
  cancelled: state("cancelled", line(circle(8, 8, 6), "line", 1.9), line("M4 12l8-8", "line", 1.9)),
  interrupted: state(
    "interrupted",
    fill("M8 .6L15.4 8 8 15.4.6 8z", "line"),
    fill("M9 3.6L5.4 8.8h2.3L7 12.4l3.6-5.2H8.3z", "rim"),
  ),
  step: kind("step", box("M4 3h8a2.5 2.5 0 0 1 2.5 2.5v5A2.5 2.5 0 0 1 12 13H4a2.5 2.5 0 0 1-2.5-2.5v-5A2.5 2.5 0 0 1 4 3z")),
  event: kind("event", box("M4.5 4.5h7a3.5 3.5 0 0 1 0 7h-7a3.5 3.5 0 0 1 0-7z")),
  start: kind("start", fill(circle(8, 8, 6.5), "tint"), fill("M6.3 5v6l4.8-3z", "text")),
  stop: kind(
    "stop",
    fill(circle(8, 8, 5), "tint"),
    line(circle(8, 8, 7), "line", 1.3),
    fill("M6 6h4v4h-4z", "text"),
  ),
  person: kind(
    "person",
    box("M8 .9l6.3 3.6v7.1L8 15.1 1.7 11.6V4.5z"),
    fill(HEAD, "line"),
    fill(SHOULDERS, "line"),
  ),
  resource: kind("resource", box("M2 2.5h8.5L14 6v7.5H2z")),
  child: kind("child", line("M6 1.5h6.5a2 2 0 0 1 2 2v6", "line", 1.3), box("M3.500 4.500h6.500a2 2 0 0 1 2 2v5a2 2 0 0 1-2 2h-6.500a2 2 0 0 1-2-2v-5a2 2 0 0 1 2-2z")),
  log: grey(line("M2 4h12M2 8h9M2 12h6", "muted", 1.6)),
  run: grey(line("M3 14V2l8 3.3L4 8.5", "muted", 1.5)),
  store: grey(
    line("M2.5 4.2v7.6c0 1.2 2.4 2.2 5.5 2.2s5.5-1 5.5-2.2V4.2", "muted", 1.4),
    line("M2.5 4.2a5.5 2.2 0 1 0 11 0a5.5 2.2 0 1 0-11 0z", "muted", 1.4),
  ),
  llm: grey(line("M8 1.5l1.6 4.9L14.5 8l-4.9 1.6L8 14.5 6.4 9.6 1.5 8l4.9-1.6z", "muted", 1.4)),
};
const ALIASES = { trouble: "failed", external: "person", workflow: "child", tool: "resource", starting: "running" };

const SUFFIX = { line: "-st", tint: "-bg", text: "" };

/** The name of the CSS variable behind a colour word of a sign. */
function variable(family, colour) {
  if (colour === "rim") return "--ss-bg";
  if (colour === "muted") return "--ss-muted";
  return `--ss-${family}${SUFFIX[colour]}`;
}

const find = (name) => SIGNS[name] ?? SIGNS[ALIASES[name]] ?? SIGNS.log;

/** A sign as an SVG element. It is decoration: the word stands beside it. */
export function sign(name, size = 16) {
  const { family, parts } = find(name);
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  for (const [key, value] of Object.entries({ width: size, height: size, viewBox: "0 0 16 16", "aria-hidden": "true" })) {
    svg.setAttribute(key, value);
  }
  svg.classList.add("ss-sign");
  for (const part of parts) {
    const path = document.createElementNS(space, "path");
    path.setAttribute("d", part.d);
    path.style.fill = part.fill ? `var(${variable(family, part.fill)})` : "none";
    if (part.stroke) {
      path.style.stroke = `var(${variable(family, part.stroke)})`;
      path.setAttribute("stroke-width", part.width);
      path.setAttribute("stroke-linecap", "round");
      path.setAttribute("stroke-linejoin", "round");
      if (part.dash) path.setAttribute("stroke-dasharray", part.dash.join(" "));
    }
    svg.append(path);
  }
  return svg;
}

/** The same sign on a canvas, its top left corner at x, y; `colours` comes from `palette`. */
export function paintSign(context, name, x, y, size, colours) {
  const { family, parts } = find(name);
  context.save();
  context.translate(x, y);
  context.scale(size / 16, size / 16);
  context.lineCap = "round";
  context.lineJoin = "round";
  for (const part of parts) {
    const path = new Path2D(part.d);
    if (part.fill) {
      context.fillStyle = colours(variable(family, part.fill));
      context.fill(path);
    }
    if (part.stroke) {
      context.setLineDash(part.dash ?? []);
      context.lineWidth = part.width;
      context.strokeStyle = colours(variable(family, part.stroke));
      context.stroke(path);
    }
  }
  context.restore();
}

/** Reads CSS variables as plain colours for a canvas, for the theme that `element` is shown in now. */
export function palette(element) {
  const styles = getComputedStyle(element);
  // A page that follows the system says "light dark".
  const both = styles.colorScheme.includes("dark") && styles.colorScheme.includes("light");
  const dark = both ? matchMedia("(prefers-color-scheme: dark)").matches : styles.colorScheme.includes("dark");
  const known = new Map();
  return (name) => {
    if (!known.has(name)) {
      const text = styles.getPropertyValue(name).trim();
      const pair = /^light-dark\(([^,]+),([^)]+)\)$/.exec(text);
      known.set(name, pair ? pair[dark ? 2 : 1].trim() : text || "#888888");
    }
    return known.get(name);
  };
}
