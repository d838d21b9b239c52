"""Parts that run in the browser: a small inline loader that imports our own script by its versioned URL.

Light DOM with `ss-` classes, so that scripts and screen readers find the text; one style for all pages.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import streamlit as st

from inspectors.server.assets import asset_path

# Streamlit calls the export again with new data but keeps the element: one instance per element, found again by it.
LOADER = """
const instances = new WeakMap();
const url = new URL(%s, document.baseURI).href;
const wait = (ms) => new Promise((done) => setTimeout(done, ms));
// "Failed to fetch dynamically imported module": the server is gone just now. A fault of a script is thrown.
const load = () =>
  import(url).catch((error) => {
    if (!/import/i.test(error.message)) throw error;
    return wait(1000).then(load);
  });
const loading = load();

export default function (component) {
  const root = component.parentElement;
  let holder = instances.get(root);
  if (!holder) {
    const made = document.createElement("div");
    made.className = "ss-root";
    root.append(made);
    holder = { made, part: null, latest: component, closed: false };
    instances.set(root, holder);
    const mine = holder;
    loading.then((module) => {
      if (mine.closed) return;
      mine.part = module.make(made);
      mine.part.update(mine.latest);
    });
  }
  holder.latest = component;
  holder.part?.update(component);
  // Streamlit also calls this for data that newer data has overtaken on the way, while the part lives on.
  const end = () => {
    if (root.isConnected || holder.closed) return;
    holder.closed = true;
    holder.part?.close();
    holder.made.remove();
    instances.delete(root);
  };
  return () => {
    end();
    setTimeout(end, 1000);
  };
}
"""


def browser_part(name: str) -> Callable[..., Any]:
    """Register the part whose script is `<name>.js`. Call it when a module is imported, not in a page's run."""
    source = LOADER % json.dumps(asset_path(f"parts/{name}.js"))
    return st.components.v2.component(
        f"stepscope_{name}", html='<div class="ss-part"></div>', js=source, isolate_styles=False
    )


def class_of(key: str) -> str:
    """The class by which scripts find what Streamlit draws under a key, as Streamlit writes it."""
    return f"st-key-{re.sub(r'[^a-zA-Z0-9_-]', '-', key)}"
