"""The checks themselves: what a run left that was killed and resumed, and the same tampered with, each in one way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.faults import checks
from tests.faults.checks import Kill
from tests.faults.truth import Deed, Record

KILL = [Kill(10.0, "runner")]
QUEUED = {"steps": {"work": {"queue": [[0, 0, [{}]]]}}}
WHOLE: dict[str, Any] = {"whole": True, "steps": {"work": {"workers": 2}}}


def step(kind: str, t: float, number: int, **more: Any) -> Record:
    """A record of the step `work` on the event of this number."""
    ended = {"outcome": "ok"} if kind == "invocation_ended" else {"consumed": [f"e{number}"]}
    return {"t": t, "kind": kind, "invocation": f"i{number}", "step": "work", **ended, **more}


def busy(at: int, *numbers: int, gone: int = 0) -> dict[str, Any]:
    """The change that puts invocations into the engine's state, and takes some out of it."""
    return {"steps": {"work": {"busy": [[at, gone, [{"invocation": f"i{number}"} for number in numbers]]]}}}


@pytest.fixture
def records() -> list[Record]:
    """1 has ended and is committed; 2 was in flight at 10.0; the next session runs 2 and 3."""
    found = [
        {"t": 9.0, "kind": "run_started", "engine": WHOLE},
        *({"t": 9.1, "kind": "event", "key": f"e{n}", "via": "sent", "fields": {"number": n}} for n in (1, 2, 3)),
        step("invocation_started", 9.2, 1, engine=busy(0, 1)),
        step("invocation_ended", 9.4, 1, engine=busy(0, gone=1)),
        step("invocation_started", 9.9, 2, engine=busy(0, 2)),
        {"t": 10.2, "kind": "run_ended", "status": "interrupted"},
        {"t": 11.0, "kind": "run_started", "engine": WHOLE},
        step("invocation_started", 11.1, 2, engine=busy(0, 2)),
        step("invocation_ended", 11.3, 2, engine=busy(0, gone=1)),
        step("invocation_started", 11.4, 3, engine=busy(0, 3)),
        step("invocation_ended", 11.6, 3, engine=busy(0, gone=1)),
        {"t": 11.7, "kind": "run_ended", "status": "done"},
    ]
    return [{"seq": seq, **record} for seq, record in enumerate(found, start=1)]


@pytest.fixture
def deeds() -> list[Deed]:
    """What the steps themselves told of the same."""
    told = [(9.2, "begun", 1), (9.4, "ended", 1), (9.9, "begun", 2)]
    told += [(11.1, "begun", 2), (11.3, "ended", 2), (11.4, "begun", 3), (11.6, "ended", 3)]
    return [Deed(t, what, ("work", number)) for t, what, number in told]


def found(deeds: list[Deed], records: list[Record]) -> list[str]:
    """What all checks of records say."""
    return [
        *checks.record_gaps(records),
        *checks.events_twice(records),
        *checks.never_recorded(deeds, records, KILL),
        *checks.invented(deeds, records),
        *checks.fold_faults(records),
    ]


def test_a_run_that_was_resumed_well_passes(deeds: list[Deed], records: list[Record]):
    assert found(deeds, records) == []
    assert checks.lost_ms(deeds, records, KILL) == [0.0]
    assert checks.again(deeds, records, KILL) == checks.Again([("work", 2)], [], [])


@pytest.mark.parametrize(
    ("tamper", "said"),
    [
        (lambda records: records.pop(5), "missing [6]"),
        (lambda records: records.insert(5, records[5]), "twice [6]"),
        (lambda records: records.append({**records[1], "seq": 15}), "Events recorded twice: ['e1']"),
        (lambda records: records.pop(12), "1 things were done and never recorded"),
        (lambda records: records.append(step("invocation_started", 11.8, 1, seq=15)), "Recorded, and never done"),
        (lambda records: records[4].pop("engine"), "should be busy"),
        (lambda records: records[8].update(engine={"lost": True}), "not known in the end"),
        (lambda records: records[6].update(engine={"steps": {"work": {"busy": 3}}}), "can't be told"),
        (
            lambda records: records[-1].update(engine={"steps": {"work": {"queue": [[0, 0, [{}]]]}}}),
            "queued in the end",
        ),
    ],
)
def test_each_fault_of_records_is_found(
    deeds: list[Deed], records: list[Record], tamper: Callable[[list[Record]], object], said: str
):
    tamper(records)
    assert any(said in sentence for sentence in found(deeds, records)), found(deeds, records)


def test_what_was_lost_is_as_old_as_the_oldest_thing_that_no_record_tells(deeds: list[Deed], records: list[Record]):
    lost = [record for record in records if record["t"] != 9.9]
    assert checks.lost_ms(deeds, lost, KILL) == [pytest.approx(100)]
    older = [record for record in lost if record["t"] != 9.2]
    assert checks.lost_ms(deeds, older, KILL) == [pytest.approx(800)]


def test_a_step_that_runs_again_after_its_committed_end_is_found(deeds: list[Deed], records: list[Record]):
    repeated = checks.again([*deeds, Deed(11.2, "begun", ("work", 1))], records, KILL)
    assert repeated.wrongly == [("work", 1)]


def test_a_step_in_flight_that_never_runs_again_is_found(deeds: list[Deed], records: list[Record]):
    left = [deed for deed in deeds if not (deed.t > 10 and deed.work == ("work", 2))]
    assert checks.again(left, records, KILL).missing == [("work", 2)]


def test_nothing_may_run_again_when_only_a_server_dies(deeds: list[Deed], records: list[Record]):
    assert checks.again(deeds, records, [Kill(10.0, "server")]).wrongly == [("work", 2)]
    assert checks.again(deeds, records, [Kill(9.3, "server")]).wrongly == []
