"""The runs that the page's URL asks for: rows fetched as they come into view, selected, exported, deleted."""

from __future__ import annotations

from typing import Any

from parts.browser import browser_part

_part = browser_part("run_table")


def show_run_table(deleted: int) -> dict[str, Any] | None:
    """Draw it. Gives what is to be deleted if the person has just asked for that: `{"ids"}` or `{"query", "except"}`.

    `deleted` counts the deletions of this session: nothing is selected after one.
    """
    result = _part(key="run-table", data={"deleted": deleted}, on_delete_change=lambda: None)
    asked: dict[str, Any] | None = result.delete
    return asked
