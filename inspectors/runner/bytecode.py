"""Bytecode that Python caches beside a source file: not of one that was saved a moment ago.

A cache is told from its source by size and whole seconds, so that a file saved twice within a second could run as it
was before, under its new version.
"""

from __future__ import annotations

import importlib.util
import os
import time
from importlib.machinery import SourceFileLoader
from typing import Any

SETTLED_SECONDS = 2.0
"""Age of a file from which on its bytecode is cached: some file systems keep times in steps of two seconds."""


def cache_settled_only() -> None:
    """Have this process write caches only of files that are `SETTLED_SECONDS` old."""
    write = SourceFileLoader.set_data

    def set_data(self: SourceFileLoader, path: str, data: Any, *, _mode: int = 0o666) -> None:
        try:
            saved = os.stat(importlib.util.source_from_cache(path)).st_mtime
        except (OSError, ValueError):
            saved = 0.0
        if time.time() - saved > SETTLED_SECONDS:
            write(self, path, data, _mode=_mode)

    SourceFileLoader.set_data = set_data  # type: ignore[method-assign]
