"""Whether a run does anything by itself just now, read from the engine's state."""

from __future__ import annotations

from workflows.runtime.types.internal_state import BrokerState


def busy(state: BrokerState) -> bool:
    """Whether a step runs, or an event is on its way to one."""
    return any(worker.in_progress or worker.queue for worker in state.workers.values()) or bool(state.deliveries)


def has_forgotten(state: BrokerState) -> bool:
    """Whether the engine doesn't know the author's requirements of a waiter, since it doesn't save them.

    It has the step's body run again to learn them (`internal_state.py`, `_rehydrate_broker`). Until it knows them, each
    such waiter takes any event of its type, and one that has its event by then waits for another.
    """
    return any(
        waiter.has_requirements and not waiter.requirements and waiter.resolved_event is None and not waiter.timed_out
        for worker in state.workers.values()
        for waiter in worker.collected_waiters
    )


def waits(state: BrokerState) -> bool:
    """Whether a step waits for an event."""
    return any(worker.collected_waiters for worker in state.workers.values())
