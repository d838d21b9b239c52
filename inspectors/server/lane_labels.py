"""What a lane of the Gantt look is about: a short value of the event that its invocation took."""

from __future__ import annotations

from typing import Any

from inspectors.store import Store
from inspectors.trace.words import value_text

BEFORE = 2_000
"""Records read before the first lane in question: its event stands there, unless it waited for long."""
FURTHEST = 6_000
LONGEST = 40


def lane_labels(store: Store, run_id: str, seqs: list[int]) -> dict[int, str]:
    """Labels by the seqs of the records with which lanes begin; those whose events are far away have none."""
    first, last = max(1, min(seqs) - BEFORE), max(seqs)
    if last - first > FURTHEST:
        return {}
    wanted, events, found = set(seqs), {}, {}
    for record in store.iter_records(run_id, first, last):
        if record["kind"] == "event":
            events[record["key"]] = record.get("fields") or {}
        elif record["seq"] in wanted and record["kind"] == "invocation_started":
            keys = [key for key in record.get("consumed") or [] if key in events]
            if len(keys) == 1:
                found[record["seq"]] = label(events[keys[0]])
    return found


def label(fields: dict[str, Any]) -> str:
    """The first short text among an event's fields, else its first number; "" if it has neither."""
    texts = [value for value in fields.values() if isinstance(value, str) and len(value.strip()) > 0]
    short = next((text for text in texts if len(text) <= LONGEST), None)
    if short is not None:
        return " ".join(short.split())
    number = next(
        (f"{name} {value}" for name, value in fields.items() if isinstance(value, int) and not isinstance(value, bool)),
        None,
    )
    return number or (value_text(texts[0], LONGEST).strip("“”") if texts else "")
