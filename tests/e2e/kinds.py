"""Workflows that give a result of every kind."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

import pandas as pd
from PIL import Image
from workflows import Workflow, step
from workflows.events import StartEvent, StopEvent

MARKDOWN = """# What changes

Some **words** with [a link](http://evil.example/page) and ![a pixel](http://evil.example/pixel.png).

| Duty | Days |
|:-----|-----:|
| Report | 15 |

```python
print("<script>window.hacked = 1</script>")
```

> <img src=x onerror=window.hacked=2> [click](javascript:window.hacked=3)
"""
PICTURE = Image.new("RGB", (64, 36), "#1673D1")
FRAME = pd.DataFrame(
    {
        "month": pd.to_datetime(["2026-01-01", "2026-02-01", None]),
        "desk": ["north", 'south, "old"', None],
        "refunds": [1200, 80, 3],
        "api_key": ["sk-1", "sk-2", "sk-3"],
    }
)
KINDS: dict[str, Any] = {
    "text": "Draft approved.",
    "long": "Whoever decides has to write it down. " * 325,
    "lines": "tick\n" * 200,
    "markdown": MARKDOWN,
    "number": 1284000,
    "flag": True,
    "nothing": None,
    "frame": FRAME,
    "formulas": [{"=name": "=1+1", "value": "@SUM(A1)"}, {"=name": "-5", "value": -5}],
    "picture": PICTURE,
    "tree": [{"down": [{"deep": "needle"}]}, 2, {"other": "hay"}],
    "answer": {"answer": "Paris.", "sources": [{"file": "paris.txt", "score": 0.83}], "count": 1},
    "when": datetime(2026, 11, 20, 22, 51),  # noqa: DTZ001
}


class Report(StopEvent):
    """What a workflow ends with."""

    title: str
    text: str
    count: int
    rows: list[dict[str, Any]]
    picture: Any
    note: str | None = None


class ShowWorkflow(Workflow):
    """Gives a result of the kind that is asked for."""

    example_input: ClassVar[dict[str, Any]] = {"kind": "text"}

    @step
    async def give(self, ev: StartEvent) -> StopEvent:
        """Give it."""
        return StopEvent(result=KINDS[ev.kind])


class TypedWorkflow(Workflow):
    """Gives a stop event of its own type."""

    @step
    async def give(self, ev: StartEvent) -> Report:
        """Give it."""
        rows = [{"desk": "north", "refunds": 3}, {"desk": "south", "refunds": 5}]
        return Report(title="Refunds", text=MARKDOWN, count=1284, rows=rows, picture=PICTURE)
