"""How many runs there are, the filters and the chart over time; what is chosen is in the page's URL."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from parts.browser import browser_part

_part = browser_part("run_filters")


def show_run_filters(query: Mapping[str, str], answer: Mapping[str, Any] | None) -> None:
    """Draw them. `answer` is what `inspectors.server.run_listing` says to `query`; None lets the browser ask."""
    _part(key="run-filters", data={"query": dict(query), "answer": answer})
