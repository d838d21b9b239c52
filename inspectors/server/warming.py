"""Doing beside the start of the server what the first page would otherwise wait for, and what nobody waits for."""

from __future__ import annotations

import importlib
import logging
import threading

from inspectors.workbench import Workbench

MODULES = (
    "pandas",
    "pyarrow",
    "PIL.Image",
    "inspectors.graph.view",
    "inspectors.forms",
)
"""Slow to import, and needed by the first page (the first three by Streamlit itself).

A browser takes longer than this to load Streamlit's own scripts, so nobody waits for it.
"""

logger = logging.getLogger("stepscope.warming")


def warm_up(workbench: Workbench) -> threading.Thread:
    """Import and read in a thread of its own; returns it."""
    thread = threading.Thread(target=_warm, args=(workbench,), name="stepscope-warming", daemon=True)
    thread.start()
    return thread


def _warm(workbench: Workbench) -> None:
    try:
        for module in MODULES:
            importlib.import_module(module)
        workbench.catalog()
        workbench.forget_files()
    except Exception:  # nothing depends on it: the page that needs it says what is wrong
        logger.exception("Warming up stopped")
