"""The journal: what a run must have written down so that another process can go on with it.

Lines, in the order in which the engine reduced its ticks:
`t <seq> <tick>`, the tick as the engine's own serializer writes it (read by `BasicRuntime.restore`);
`m <seq> <places>`, before a tick that adds an event while steps wait: the waiters that took it;
`w <place> <waiter>`, after a tick that added a waiter: what the engine doesn't write down of it (waiters.py);
`k <key>`, after a tick that added an event: the event's key, where it isn't that of its emission or its seq;
`s <payload>`, the whole of ctx.store, once, before its first patch; `p <patch>`, a JSON Patch of ctx.store.

The engine forgets a waiter's requirements when it writes its tick down, so a journal of nothing but ticks would give
any answer to every waiter of its type (recording-facts.md 3a). Places are `step waiter`, as JSON lists.
"""

from __future__ import annotations

import json
from typing import Any

from workflows.context.serializers import BaseSerializer
from workflows.context.state_store import InMemoryStateStore, StateCheckpoint
from workflows.runtime.types.internal_state import BrokerState
from workflows.runtime.types.ticks import TickAddEvent, WorkflowTick

from inspectors.recording.tick_text import EventText, event_text, tick_text


class Journal:
    """Writes the journal lines of one session."""

    def __init__(self, serializer: BaseSerializer, text_of: EventText = event_text) -> None:
        self._serializer = serializer
        self._text_of = text_of
        self._checkpoint: StateCheckpoint | None = None
        self._based = False

    def lines(self, tick: WorkflowTick, state: BrokerState, store: Any) -> list[str]:
        """The lines for a tick that was just reduced to `state`; `store` is None where nothing was written to it.

        Raises whatever the engine's serializer raises on values it can't write; the run can't be saved then.
        """
        seq = state.journal_seq - 1
        line = f"t {seq} {tick_text(tick, self._serializer, self._text_of)}"
        if isinstance(tick, TickAddEvent) and any(worker.collected_waiters for worker in state.workers.values()):
            return [f"m {seq} {json.dumps(taken_by(tick, state))}", line, *self._state(store)]
        return [line, *self._state(store)]

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

    def base(self, store: Any) -> dict[str, Any] | None:
        """The whole of ctx.store as it is now, for a checkpoint; later patches go on from it. None if it has none.

        Raises what the engine's serializer raises on values it can't write.
        """
        if not isinstance(store, InMemoryStateStore):
            return None
        now = store.checkpoint()
        whole = now.to_dict()
        self._checkpoint, self._based = now, True
        return whole


def taken_by(tick: TickAddEvent, state: BrokerState) -> list[list[str]]:
    """The places of the waiters that took the event of a tick."""
    return [
        [str(step_id), waiter.waiter_id]
        for step_id, worker in state.workers.items()
        for waiter in worker.collected_waiters
        if waiter.resolved_event is tick.event
    ]


def _holds_anything(checkpoint: StateCheckpoint) -> bool:
    state = checkpoint.state
    return bool(getattr(state, "_data", None)) or bool(type(state).model_fields)
