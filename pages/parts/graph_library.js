// What a graph needs before it can be drawn: vis-network, and the font that its words are measured in.
import { el } from "./dom.js";

let visReady = null;

/** vis-network, loaded once. */
export function loadVis() {
  visReady ??= new Promise((resolve, reject) => {
    const script = el("script", "", { src: new URL("../vis/vis-network.min.js", import.meta.url).href });
    script.onload = () => resolve(window.vis);
    script.onerror = () => reject(new Error("vis-network did not load"));
    document.head.append(script);
  });
  return visReady;
}

/** The font, or nothing if it can't be had. */
export function loadFont() {
  return document.fonts.load('600 14px "Source Sans"').catch(() => null);
}

// Begun as soon as this file is there: Streamlit takes a while to make room for the first part of a page.
loadVis().catch(() => null);
loadFont();
