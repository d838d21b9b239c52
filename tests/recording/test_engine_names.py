"""The engine's private names that the recorder and the runner lean on are there and mean what they did.

When one of these fails after an update of the engine, look for the public way first.
"""

import asyncio

from workflows import Context, Workflow, step
from workflows.events import Event, StartEvent, StopEvent
from workflows.plugins.basic import BasicRuntime, basic_runtime
from workflows.runtime.types.internal_state import BrokerState
from workflows.runtime.types.plugin import ExternalRunAdapter, _current_runtime
from workflows.runtime.types.results import AddWaiter, StepWorkerState
from workflows.runtime.types.ticks import TickAddEvent, TickIdleRelease, TickStepResult, TickWaiterTimeout


class Plain(Workflow):
    """The smallest workflow."""

    @step
    async def only(self, ev: StartEvent) -> StopEvent:
        """End."""
        return StopEvent(result="done")


def test_a_workflow_made_under_a_runtime_belongs_to_it() -> None:
    runtime = BasicRuntime()
    token = _current_runtime.set(runtime)
    try:
        made = Plain(timeout=7)
    finally:
        _current_runtime.reset(token)
    assert made._runtime is runtime is made.runtime
    assert made._timeout == 7
    made._runtime = basic_runtime
    assert made.runtime is basic_runtime


def test_a_handler_holds_its_external_adapter() -> None:
    async def scene() -> None:
        handler = Plain().run()
        assert isinstance(handler._external_adapter, ExternalRunAdapter)
        assert await handler == "done"

    asyncio.run(scene())


def test_undeclared_fields_and_results_are_where_previews_look() -> None:
    assert Event(a=1)._data == {"a": 1}
    assert StopEvent(result=2)._result == 2


def test_records_find_what_they_read_of_ticks_and_states() -> None:
    assert {"event", "emission", "step_id", "work_item_id"} <= set(TickAddEvent.model_fields)
    assert {"event", "result", "step_id", "invocation_id", "sends"} <= set(TickStepResult.model_fields)
    assert {"step_id", "waiter_id"} <= set(TickWaiterTimeout.model_fields)
    assert TickIdleRelease()
    assert {"waiter_id", "waiter_event", "event_type", "requirements", "timeout"} <= set(AddWaiter.model_fields)
    state = BrokerState.from_workflow(Plain())
    assert state.journal_seq == 0 and state.deliveries is not None
    worker = next(iter(state.workers.values()))
    for name in ("queue", "in_progress", "collected_events", "collected_waiters", "config"):
        assert hasattr(worker, name)
    fields = set(StepWorkerState.__dataclass_fields__)
    assert {"invocation_id", "work_item_id", "collection_release_payload", "collected_waiters"} <= fields
    assert Context.from_dict
