"""The journal: what a run must have written down so that another process can go on with it.

Lines, in the order in which the engine reduced its ticks:
`t <seq> <tick>`, the tick as the engine's own serializer writes it (read by `BasicRuntime.restore`);
`s <payload>`, the whole of ctx.store, once, before its first patch; `p <patch>`, a JSON Patch of ctx.store.
"""

from __future__ import annotations

import json
from typing import Any

from workflows.context.serializers import BaseSerializer
from workflows.context.state_store import InMemoryStateStore, StateCheckpoint
from workflows.runtime.types.ticks import WorkflowTick

from inspectors.recording.tick_text import EventText, event_text, tick_text


class Journal:
    """Writes the journal lines of one session."""

    def __init__(self, serializer: BaseSerializer, text_of: EventText = event_text) -> None:
        self._serializer = serializer
        self._text_of = text_of
        self._checkpoint: StateCheckpoint | None = None
        self._based = False

    def lines(self, tick: WorkflowTick, seq: int, store: Any) -> list[str]:
        """The lines for a tick that was just reduced as number `seq`; `store` is None where nothing was written to it.

        Raises whatever the engine's serializer raises on values it can't write; the run can't be saved then.
        """
        return [f"t {seq} {tick_text(tick, self._serializer, self._text_of)}", *self._state(store)]

    def _state(self, store: Any) -> list[str]:
        if not isinstance(store, InMemoryStateStore):
            return []
        now = store.checkpoint()
        before, self._checkpoint = self._checkpoint, now
        if before is None:
            return self._whole(now) if _holds_anything(now) else []
        if before.state is now.state:
            return []
        patch = now.diff(before)
        if not patch:
            return []
        return [*([] if self._based else self._whole(before)), f"p {json.dumps(patch)}"]

    def _whole(self, checkpoint: StateCheckpoint) -> list[str]:
        self._based = True
        return [f"s {json.dumps(checkpoint.to_dict())}"]


def _holds_anything(checkpoint: StateCheckpoint) -> bool:
    state = checkpoint.state
    return bool(getattr(state, "_data", None)) or bool(type(state).model_fields)
