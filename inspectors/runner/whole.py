"""The whole of an event whose record was cut, as far as it goes over the control channel."""

from __future__ import annotations

import json
from typing import Any

from inspectors.recording.values import preview_of_fields
from inspectors.recording.whole_values import WHOLE, WholeValues

CHARACTERS = 20_000_000
REPLY = 40_000_000
"""Bytes of JSON that one reply may have; letters beyond ASCII take six of them."""


def whole_event(
    run_id: str, key: str, kept: WholeValues = WHOLE, characters: int = CHARACTERS, reply: int = REPLY
) -> dict[str, Any]:
    """{"ok": true, "fields", "cut": whether even this isn't all} or {"ok": false}: let go, or never kept.

    The fields are the event's as it is now, secrets masked as in records.
    """
    event = kept.get(run_id, key)
    if event is None:
        return {"ok": False}
    while True:
        fields, cut, _ = preview_of_fields(event, characters, items=characters)
        if len(json.dumps(fields)) <= reply or characters < 1_000:
            return {"ok": True, "fields": fields, "cut": cut}
        characters //= 2
