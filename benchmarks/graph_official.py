"""The official helper, `draw_all_possible_flows`: what it takes to write its page, and a browser to show it.

Its page asks two other hosts for its scripts. It gets vis-network from the installed pyvis instead, or it were blank.
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from benchmarks.graph_workflows import class_name

_STABLE = "network.once('stabilizationIterationsDone', () => { window.stable = performance.now(); }); return network;"
_PATIENCE_MS = 180_000


def helper() -> Callable[..., Any] | None:
    """The helper, or None if llama-index-utils-workflow is not installed."""
    if importlib.util.find_spec("llama_index.utils.workflow") is None:
        return None
    from llama_index.utils.workflow import draw_all_possible_flows

    found: Callable[..., Any] = draw_all_possible_flows
    return found


def load(path: Path, steps: int) -> type:
    """Import a workflow of `graph_workflows`."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    found: type = getattr(module, class_name(steps))
    return found


def representation_ms(workflow: type) -> float:
    """Milliseconds of the engine's own `get_workflow_representation`."""
    from workflows.representation import get_workflow_representation

    began = time.perf_counter()
    get_workflow_representation(workflow())
    return (time.perf_counter() - began) * 1000


def drawn_ms(browser: Browser, workflow: type, folder: Path) -> float:
    """Milliseconds from the call of the helper until its page stands still in a browser."""
    draw = helper()
    assert draw is not None
    page_file = folder / "official.html"
    began = time.perf_counter()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.chdir(folder):
        draw(workflow, filename=str(page_file))
    wrote = (time.perf_counter() - began) * 1000
    vis = _vis_script()
    source = page_file.read_text(encoding="utf-8")
    source = re.sub(r"<(link|script)[^>]*(?:href|src)=[^>]*>(?:</script>)?", "", source)
    source = source.replace("return network;", _STABLE)
    page_file.write_text(source.replace("<head>", "<head><script>" + vis + "</script>", 1), encoding="utf-8")
    page = browser.new_page(viewport={"width": 1440, "height": 1000})
    try:
        page.goto(page_file.as_uri())
        page.wait_for_function("window.stable > 0", timeout=_PATIENCE_MS)
        return wrote + float(page.evaluate("window.stable"))
    finally:
        page.close()


def _vis_script() -> str:
    spec = importlib.util.find_spec("pyvis")
    assert spec is not None and spec.origin is not None
    folder = Path(spec.origin).parent / "templates" / "lib" / "vis-9.1.2"
    return (folder / "vis-network.min.js").read_text(encoding="utf-8")
