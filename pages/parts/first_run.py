"""Draws the page again when there is a first run."""

from __future__ import annotations

from parts.browser import browser_part

_part = browser_part("first_run")


def await_first_run() -> None:
    """Rerun the page when a run is there: from another tab, a command or a script."""
    _part(key="first-run", data={}, on_arrived_change=lambda: None)
