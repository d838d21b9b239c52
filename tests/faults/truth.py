"""What steps did, as they told it themselves (witness/sitecustomize.py), and what records tell of the same."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

WITNESS = Path(__file__).parent / "witness"

Record = dict[str, Any]
Work = tuple[str, int | None]
"""A step and the number of its event, each to be done once; or the type and number of a streamed event."""
KEPT = ("ok", "buffered")
"""Outcomes after which a step has nothing left to do for its event."""


@dataclass(frozen=True)
class Deed:
    """A step began, ended, or was broken off, or an event was streamed."""

    t: float
    what: str
    """begun | ended | broken | streamed"""
    work: Work


class Truth:
    """The file that the steps of all runners append to."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def environment(self) -> dict[str, str]:
        """What must be in the environment of a server, so that the runners it starts tell what they do."""
        return {"STEPSCOPE_WITNESS": str(self._file), "PYTHONPATH": str(WITNESS)}

    def size(self) -> int:
        """Bytes so far: where what comes next begins."""
        return os.stat(self._file).st_size if self._file.exists() else 0

    def deeds(self, since: int) -> list[Deed]:
        """What was done from this size of the file on, in order of time."""
        if not self._file.exists():
            return []
        with self._file.open("rb") as file:
            file.seek(since)
            lines = [json.loads(line) for line in file.read().splitlines()]
        found = [Deed(line["t"], line["what"], (line["step"], line["number"])) for line in lines]
        return sorted(found, key=lambda deed: deed.t)


@dataclass(frozen=True)
class Told:
    """What a record tells of a deed."""

    t: float
    what: str
    work: Work
    invocation: str
    outcome: str


def told(records: Iterable[Record]) -> list[Told]:
    """The records of deeds, in order."""
    numbers: dict[str, int] = {}
    works: dict[str, Work] = {}
    found: list[Told] = []
    for record in records:
        kind = record["kind"]
        if kind == "event":
            fields = record.get("fields") or {}
            number = fields.get("number", fields.get("done"))
            if isinstance(number, int):
                numbers[record["key"]] = number
            if record["via"] == "streamed":
                found.append(Told(record["t"], "streamed", (record["type"], numbers.get(record["key"])), "", ""))
        elif kind == "invocation_started":
            consumed = record["consumed"]
            work = (record["step"], numbers.get(consumed[0]) if len(consumed) == 1 else None)
            works[record["invocation"]] = work
            found.append(Told(record["t"], "begun", work, record["invocation"], ""))
        elif kind == "invocation_ended":
            what = "broken" if record["outcome"] == "cancelled" else "ended"
            work = works.get(record["invocation"], (record["step"], None))
            found.append(Told(record["t"], what, work, record["invocation"], record["outcome"]))
    return found
