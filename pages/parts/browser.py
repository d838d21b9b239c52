"""Parts that run in the browser: a small inline loader that imports our own script by its versioned URL.

Light DOM with `ss-` classes, so that scripts and screen readers find the text; one style for all pages.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import streamlit as st

from inspectors.server.assets import asset_path

# Streamlit calls the export again with new data but keeps the element: one instance per element, found again by it.
_LOADER = """
const instances = new WeakMap();
const loading = import(new URL(%s, document.baseURI).href);

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
  return () => {
    holder.closed = true;
    holder.part?.close();
    holder.made.remove();
    instances.delete(root);
  };
}
"""


def browser_part(name: str) -> Callable[..., Any]:
    """Register the part whose script is `<name>.js`. Call it when a module is imported, not in a page's run."""
    source = _LOADER % json.dumps(asset_path(f"parts/{name}.js"))
    return st.components.v2.component(
        f"stepscope_{name}", html='<div class="ss-part"></div>', js=source, isolate_styles=False
    )
