"""Where the time of a work item went, and its attempts."""

from typing import Any

import pytest

from inspectors.trace.time_split import attempts, time_split

Pair = tuple[dict[str, Any], dict[str, Any] | None]


def began(t: float, **fields: Any) -> dict[str, Any]:
    return {"seq": int(t * 10), "t": t, "kind": "invocation_started", "queue_ms": 0.0, "attempt": 1, **fields}


def ended(t: float, outcome: str = "ok", took_ms: float = 1_000.0, **fields: Any) -> dict[str, Any]:
    return {"seq": int(t * 10), "t": t, "kind": "invocation_ended", "outcome": outcome, "took_ms": took_ms, **fields}


FAILED: dict[str, Any] = {"outcome": "error", "error": {"type": "E", "message": "m"}}


@pytest.mark.parametrize(
    ("pairs", "over", "parts", "since"),
    [
        ([(began(1), ended(2))], None, "ran 1000", None),
        ([(began(1, queue_ms=500.0), ended(2))], None, "queued 500, ran 1000", None),
        ([(began(1, queue_ms=None), ended(2))], None, "ran 1000", None),
        ([(began(1), None)], None, "going 0", 1),
        ([(began(1), None)], 4.0, "going 3000", None),
        ([(began(1), ended(2, **FAILED, retry_in=2.0))], None, "failed 1000, retry 0", 2),
        ([(began(1), ended(2, **FAILED, retry_in=2.0))], 3.0, "failed 1000, retry 1000", None),
        (
            [(began(1), ended(2, **FAILED, retry_in=2.0)), (began(4), ended(5))],
            None,
            "failed 1000, retry 2000, ran 1000",
            None,
        ),
        ([(began(1), ended(2, "waiting")), (began(9), ended(10))], None, "ran 1000, waited 7000, ran 1000", None),
        ([(began(1), ended(2, "waiting"))], None, "ran 1000, waited 0", 2),
        ([(began(1), ended(2, "again")), (began(3), ended(4))], None, "ran 1000, queued 1000, ran 1000", None),
        ([(began(1), ended(2, **FAILED))], None, "failed 1000", None),
    ],
)
def test_each_stretch_of_time_is_told_apart(
    pairs: list[Pair], over: float | None, parts: str, since: float | None
) -> None:
    split = time_split(pairs, over)
    assert split is not None
    assert ", ".join(f"{part['kind']} {part['ms']:g}" for part in split["parts"]) == parts
    assert split["since"] == since
    assert split["total_ms"] == sum(part["ms"] for part in split["parts"])


def test_the_sums_say_each_kind_once() -> None:
    pairs = [(began(1, queue_ms=720.0), ended(2, **FAILED, retry_in=1.0)), (began(3), ended(4, **FAILED, retry_in=1.0))]
    split = time_split([*pairs, (began(5), ended(6))], None)
    assert split is not None
    assert [one["text"] for one in split["sums"]] == [
        "queued 0.72 s",
        "ran 1.00 s",
        "ran and failed 2 times, 2.00 s",
        "between attempts 2 times, 2.00 s",
    ]


def test_without_a_beginning_nothing_is_said() -> None:
    assert time_split([], None) is None
    assert attempts([], 0.0) == [] and attempts([(began(1), None)], 0.0) == []


def test_attempts_are_listed_where_there_were_several() -> None:
    pairs = [(began(1), ended(2, **FAILED, retry_in=1.0)), (began(3, attempt=2), None)]
    assert [(one["attempt"], one["dt"], one["outcome"], one["error"], one["seq"]) for one in attempts(pairs, 1.0)] == [
        (1, 0.0, "retried", "E", 20),
        (2, 2.0, "running", None, 30),
    ]
