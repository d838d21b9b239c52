"""What earlier runs of a workflow let expect."""

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from inspectors.store import Store
from inspectors.store.records import Commit, NewPrompt
from inspectors.trace.earlier_runs import MOST_RECORDS, ended_steps, expected


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "x.db")
    yield made
    made.close()


class Past:
    """Makes runs that are over, one a second."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.clock = itertools.count(1_000)

    def run(
        self, status: str = "done", active_s: float = 1.0, steps: int = 1, asked_after: float | None = None
    ) -> None:
        at = float(next(self.clock))
        run_id = self.store.create_run(workflow="W", module="m", file="f.py", version="1", input={}, created_at=at)
        ended = {"t": at, "kind": "invocation_ended", "step": "s", "outcome": "ok"}
        lines = [json.dumps({"seq": seq, "invocation": f"i{seq}", **ended}) for seq in range(1, steps + 1)]
        prompts = []
        if asked_after is not None:
            prompts = [NewPrompt(f"p-{run_id}", 1, "Ask", "s", "Well?", {}, None, {"type": "Reply"})]
        values = {"status": status, "started_at": at, "active_s": active_s}
        self.store.commit([Commit(run_id, 1, lines=lines, run=values, prompts=prompts)])
        if asked_after is not None:
            with self.store.writing() as db:
                db.execute("UPDATE prompt SET created_at = ? WHERE prompt_id = ?", (at + asked_after, f"p-{run_id}"))


@pytest.fixture
def past(store: Store) -> Past:
    return Past(store)


def test_without_earlier_runs_nothing_is_expected(store: Store, past: Past) -> None:
    nothing = {"runs": 0, "seconds": None, "pauses": 0, "pause_seconds": None, "steps": None}
    assert expected(store, "W", "f.py", steps=True).json() == nothing
    past.run(status="failed")
    past.run(status="cancelled")
    assert expected(store, "W", "f.py", steps=True).json() == nothing
    past.run()
    assert expected(store, "W", "other.py", steps=True).json() == nothing


def test_the_median_of_the_last_five_that_ended_well_is_usual(store: Store, past: Past) -> None:
    for seconds in (90.0, 1.0, 2.0, 3.0, 4.0, 5.0):
        past.run(active_s=seconds, steps=int(seconds))
    found = expected(store, "W", "f.py", steps=True)
    assert (found.runs, found.seconds, found.steps) == (5, 3.0, 4)
    assert expected(store, "W", "f.py").steps is None, "steps are counted only where they are asked for"
    assert expected(store, "W", "f.py", before=1_002.0).seconds == 45.5, "only runs from before are earlier ones"


def test_where_most_runs_ask_the_first_request_is_expected(store: Store, past: Past) -> None:
    past.run(asked_after=4.0)
    past.run(status="waiting", asked_after=6.0)
    past.run()
    found = expected(store, "W", "f.py")
    assert (found.pauses, found.pause_seconds, found.runs) == (2, 5.0, 2)
    past.run()
    assert expected(store, "W", "f.py").pause_seconds is None


def test_very_long_runs_are_not_counted(store: Store, past: Past) -> None:
    past.run(steps=MOST_RECORDS + 1)
    assert expected(store, "W", "f.py", steps=True).steps is None
    past.run(steps=7)
    assert expected(store, "W", "f.py", steps=True).steps == 7


@pytest.mark.parametrize(
    ("ended", "counts"),
    [
        ({"outcome": "ok"}, 1),
        ({"outcome": "buffered"}, 1),
        ({"outcome": "cancelled"}, 1),
        ({"outcome": "error"}, 1),
        ({"outcome": "error", "handled_by": "mend"}, 1),
        ({"outcome": "error", "retry_in": 0.0}, 0),
        ({"outcome": "waiting"}, 0),
        ({"outcome": "again"}, 0),
    ],
)
def test_a_step_that_runs_again_has_not_ended(ended: dict[str, Any], counts: int) -> None:
    assert ended_steps([{"kind": "invocation_ended", **ended}, {"kind": "event"}]) == counts
