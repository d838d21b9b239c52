"""What a record's details lack when only the records around it are at hand."""

from typing import Any

import pytest

from inspectors.trace.relations import Relations, missing


def event(seq: int, key: str, **fields: Any) -> dict[str, Any]:
    return {"seq": seq, "kind": "event", "key": key, "type": "Part", "module": "m", "via": "sent", "by": None, **fields}


def began(seq: int, name: str, **fields: Any) -> dict[str, Any]:
    return {
        "seq": seq,
        "kind": "invocation_started",
        "invocation": name,
        "step": "s",
        "work_item": f"w-{name}",
        **fields,
    }


def over(seq: int, name: str, outcome: str = "ok", **fields: Any) -> dict[str, Any]:
    return {"seq": seq, "kind": "invocation_ended", "invocation": name, "step": "s", "outcome": outcome, **fields}


@pytest.mark.parametrize(
    ("seq", "records", "asked"),
    [
        (1, [event(1, "x1")], ["x1"]),
        (1, [event(1, "i1.0", by="i1")], ["i1", "i1.0"]),
        (1, [event(1, "i1.s0", by="i1", via="streamed")], ["i1"]),
        (2, [began(1, "i1"), event(2, "i1.0", by="i1"), began(3, "i2", consumed=["i1.0"])], []),
        (1, [began(1, "i1", consumed=["x1"])], ["x1", "i1", "w-i1"]),
        (2, [began(1, "i1", consumed=[None]), over(2, "i1", gave=["i1.0"])], ["i1.0"]),
        (2, [over(2, "i1")], ["i1"]),
        (2, [began(1, "i1", attempt=2), over(2, "i1")], ["w-i1"]),
        (2, [began(1, "i1"), over(2, "i1", "waiting")], ["w-i1"]),
        (2, [began(1, "i1"), over(2, "i1")], []),
        (3, [{"seq": 3, "kind": "logged"}], []),
        (9, [], []),
    ],
)
def test_only_what_is_not_at_hand_is_asked_for(seq: int, records: list[dict[str, Any]], asked: list[str]) -> None:
    assert missing(seq, Relations(records)) == asked
