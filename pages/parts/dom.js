// Elements made from plain text: nothing here ever parses a string as HTML.
import { sign } from "./signs.js";

/** An element with a class, attributes and children; strings become text nodes. */
export function el(tag, className = "", attributes = {}, ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}

/** A button of our toolbars. */
export function button(label, onclick, { className = "ss-btn", title, icon, pressed } = {}) {
  const made = el("button", className, { type: "button", title, onclick, "aria-pressed": pressed });
  if (icon) made.append(symbol(icon));
  if (label) made.append(el("span", "", {}, label));
  if (!label && title) made.setAttribute("aria-label", title);
  return made;
}

/** What is named in a text and can be chosen: a sign, and its name. */
export function chip(text, onclick, signName) {
  const made = el("button", "ss-chip", { type: "button", onclick, title: text });
  if (signName) made.append(sign(signName, 14));
  made.append(el("span", "ss-cut", {}, text));
  return made;
}

/** One of the Material symbols that Streamlit ships. */
export function symbol(name) {
  return el("span", "ss-symbol", { "aria-hidden": "true", translate: "no" }, name);
}

/** A status as a coloured badge: sign and word. */
export function badge(status, text) {
  return el("span", "ss-badge", { "data-state": status }, sign(status, 17), text);
}

/** Go to another page of ours without loading the app anew, with one entry in the history. */
export function goTo(url) {
  history.pushState(null, "", url);
  window.dispatchEvent(new PopStateEvent("popstate"));
}

/** A link that opens within the app, and in a new tab the way links do. */
export function pageLink(url, className, ...children) {
  const onclick = (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    goTo(url);
  };
  return el("a", className, { href: url, onclick }, ...children);
}

/** Streamlit listens for single keys (c, r) on the document: what is typed in our parts stays there. */
export function keepKeys(element) {
  element.addEventListener("keydown", (event) => {
    if (!event.ctrlKey && !event.metaKey && !event.altKey) event.stopPropagation();
  });
}

/** Make `wanted` the children of an element: those that stay are left alone, since a browser styles anew what is moved. */
export function keepChildren(parent, wanted) {
  const stay = new Set(wanted);
  for (const child of [...parent.children]) if (!stay.has(child)) child.remove();
  let next = parent.firstElementChild;
  for (const child of wanted) {
    if (child === next) next = next.nextElementSibling;
    else parent.insertBefore(child, next);
  }
}

const REST_MS = 15;

/**
 * Runs `paint` at most once a frame, however often it is asked; also in a tab that paints no frames. With `atOnce` the
 * first call after a rest of `REST_MS` runs it there and then: a frame can be 100 ms away while Streamlit draws a page.
 */
export function eachFrame(paint, atOnce = false) {
  let asked = false;
  let painted = 0;
  const run = () => {
    if (!asked) return;
    asked = false;
    painted = performance.now();
    paint();
  };
  return () => {
    if (asked) return;
    asked = true;
    if (atOnce && performance.now() - painted > REST_MS) run();
    else {
      requestAnimationFrame(run);
      setTimeout(run, 250);
    }
  };
}
