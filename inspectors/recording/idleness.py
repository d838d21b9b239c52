"""Whether a run does anything by itself just now, read from the engine's state."""

from __future__ import annotations

from workflows.runtime.types.internal_state import BrokerState


def busy(state: BrokerState) -> bool:
    """Whether a step runs, or an event is on its way to one."""
    return any(worker.in_progress or worker.queue for worker in state.workers.values()) or bool(state.deliveries)


def waits(state: BrokerState) -> bool:
    """Whether a step waits for an event."""
    return any(worker.collected_waiters for worker in state.workers.values())
