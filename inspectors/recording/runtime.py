"""The recorder as a runtime decorator: every run of a workflow made under it is recorded, user code unchanged.

Hold `registering()` through import and run, or workflows made inside steps are missed (measured: 2 of 3 without).
It never reads the event stream, which user code may want.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from workflows.context.serializers import BaseSerializer
from workflows.events import Event, StartEvent, StopEvent
from workflows.runtime.runtime_decorators import (
    BaseExternalRunAdapterDecorator,
    BaseInternalRunAdapterDecorator,
    BaseRuntimeDecorator,
)
from workflows.runtime.types.internal_state import BrokerState
from workflows.runtime.types.plugin import (
    ExternalRunAdapter,
    InternalRunAdapter,
    RegisteredWorkflow,
    Runtime,
    SnapshottableAdapter,
    V2RuntimeCompatibilityShim,
    _current_runtime,
    as_v2_runtime_compatibility_shim,
)
from workflows.runtime.types.results import RetryAttempt, StepWorkerFailed, StepWorkerOutput, StepWorkerState
from workflows.runtime.types.step_function import StepWorkerFunction
from workflows.runtime.types.ticks import WorkflowTick
from workflows.workflow import Workflow

from inspectors.recording.calls import watch_calls
from inspectors.recording.errors import StepCancelledItself, StepExited
from inspectors.recording.journal import Journal
from inspectors.recording.live_state import LiveState
from inspectors.recording.run_recorder import INVOCATION, RunRecorder
from inspectors.recording.store_hook import RecordedStore
from inspectors.recording.waiters import refill_requirements, without_private_requirements

RUN: ContextVar[RunRecorder | None] = ContextVar("stepscope_run", default=None)
"""The run whose control loop or step is running here."""

OpenRun = Callable[[str, Workflow, StartEvent | None, "tuple[RunRecorder, str] | None"], RunRecorder | None]
"""(engine run id, workflow, start event, parent run and invocation) -> its recorder, or None to leave it unrecorded."""


class RecordingRuntime(BaseRuntimeDecorator):
    """Wraps a runtime. `open_run` decides for each run that starts whether and as what it is recorded."""

    def __init__(self, decorated: Runtime, open_run: OpenRun, on_end: Callable[[RunRecorder, Any], None]) -> None:
        super().__init__(decorated)
        self._open_run = open_run
        self._on_end = on_end

    @contextmanager
    def registering(self) -> Generator[Runtime, None, None]:
        """The decorated runtime's own would register itself (engine-facts.md B.3, 1)."""
        token = _current_runtime.set(self)
        try:
            yield self
        finally:
            _current_runtime.reset(token)

    def register(self, workflow: Workflow) -> RegisteredWorkflow:
        """Register with each step's function wrapped."""
        registered = super().register(workflow)
        registered.steps = {name: _recorded_step(step) for name, step in registered.steps.items()}
        return registered

    def run_workflow(
        self,
        run_id: str,
        workflow: Workflow,
        init_state: BrokerState,
        start_event: StartEvent | None = None,
        serialized_state: dict[str, Any] | None = None,
        serializer: BaseSerializer | None = None,
    ) -> ExternalRunAdapter:
        """Start a run with its recorder around it."""
        run = self._open_run(run_id, workflow, start_event, INVOCATION.get())
        if run is None:
            return super().run_workflow(run_id, workflow, init_state, start_event, serialized_state, serializer)
        watch_calls()
        refill_requirements(init_state, run.prompts.refillable())
        run.output.parent = INVOCATION.get()
        run.live = LiveState(init_state)
        if run.resumable:
            run.journal = Journal(serializer or self.get_serializer(workflow), run.keys.text)
        run.restore_identities(init_state)
        run_token, invocation_token = RUN.set(run), INVOCATION.set(None)
        try:
            inner = super().run_workflow(run_id, workflow, run.live.state, start_event, serialized_state, serializer)
        finally:
            RUN.reset(run_token)
            INVOCATION.reset(invocation_token)
        run.adapter = inner
        run.watcher = asyncio.get_running_loop().create_task(self._watch(run, inner))
        return RecordedExternalAdapter(inner, run)

    async def _watch(self, run: RunRecorder, adapter: ExternalRunAdapter) -> None:
        """Wait for the end of a run, however it ends, and report it."""
        outcome: Any
        try:
            outcome = await adapter.get_result()
        except BaseException as error:  # CancelledError and SystemExit end runs, too
            outcome = error
        run.adapter = None  # or the engine would take the run's id for one still in use
        self._on_end(run, outcome)

    def get_internal_adapter(self, workflow: Workflow) -> InternalRunAdapter:
        """The adapter of the run in this context, recorded if the run is."""
        inner = super().get_internal_adapter(workflow)
        run = RUN.get()
        return RecordedInternalAdapter(inner, run) if run is not None else inner


class RecordedInternalAdapter(BaseInternalRunAdapterDecorator):
    """What the control loop and steps of one run see."""

    def __init__(self, decorated: InternalRunAdapter, run: RunRecorder) -> None:
        super().__init__(decorated)
        self._run = run

    async def on_tick(self, tick: WorkflowTick) -> None:
        """Record a tick. It isn't handed on: the inner runtime would keep it in memory for ever."""
        self._run.tick_reduced(tick, self._decorated.get_state_store(()))

    async def write_to_event_stream(self, event: Event) -> None:
        """Record what is streamed; hand it on only where somebody can read it."""
        self._run.streamed(event)
        if self._run.keeps_stream:
            await self._decorated.write_to_event_stream(event)

    async def send_event(self, tick: WorkflowTick) -> None:
        """Record an event that a step sends."""
        self._run.sent(tick)
        await self._decorated.send_event(tick)

    def get_state_store(self, namespace: tuple[str, ...] = ()) -> Any:
        """The run's store, with its writes recorded."""
        store = self._decorated.get_state_store(namespace)
        return RecordedStore(store, self._run, namespace) if store is not None else None


class RecordedExternalAdapter(BaseExternalRunAdapterDecorator, SnapshottableAdapter, V2RuntimeCompatibilityShim):
    """What holders of a handler see; `ctx.to_dict()` works from the live state."""

    def __init__(self, decorated: ExternalRunAdapter, run: RunRecorder) -> None:
        super().__init__(decorated)
        self._run = run

    @property
    def init_state(self) -> BrokerState:
        """The state as it is now; with no ticks to replay, the engine takes it as it stands."""
        assert self._run.live is not None
        state = self._run.live.state
        return without_private_requirements(state) if self._run.keeps_stream else state

    def replay(self) -> list[WorkflowTick]:
        """Nothing: `init_state` is the present."""
        return []

    def stream_published_events(self) -> AsyncGenerator[Event, None]:
        """As the inner adapter's."""
        return self._decorated.stream_published_events()

    def get_result_or_none(self) -> StopEvent | None:
        """As the inner adapter's."""
        shim = as_v2_runtime_compatibility_shim(self._decorated)
        return shim.get_result_or_none() if shim is not None else None

    @property
    def is_running(self) -> bool:
        """As the inner adapter's."""
        shim = as_v2_runtime_compatibility_shim(self._decorated)
        return shim.is_running if shim is not None else not self._run.ended

    def abort(self) -> None:
        """As the inner adapter's."""
        shim = as_v2_runtime_compatibility_shim(self._decorated)
        if shim is not None:
            shim.abort()


def _recorded_step(inner: StepWorkerFunction) -> StepWorkerFunction:
    async def recorded(
        state: StepWorkerState,
        step_name: str,
        event: Event,
        workflow: Workflow,
        bound_events: dict[str, Event] | None = None,
        retry: RetryAttempt = RetryAttempt(),  # noqa: B008 (the engine's own signature)
    ) -> list[StepWorkerOutput]:
        run = RUN.get()
        if run is None:
            return list(await inner(state, step_name, event, workflow, bound_events, retry))
        invocation = run.invocation_started(state, step_name, event, bound_events, retry)
        token = INVOCATION.set((run, invocation))
        try:
            output = list(await inner(state, step_name, event, workflow, bound_events, retry))
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                run.output.step_over(invocation)
                run.invocation_cancelled(invocation)
                raise
            output = [
                _failed(StepCancelledItself(f"Step {step_name} raised CancelledError, though nobody cancelled it."))
            ]
        except (SystemExit, KeyboardInterrupt) as error:
            did = f"called sys.exit({error.code!r})" if isinstance(error, SystemExit) else "raised KeyboardInterrupt"
            failure = StepExited(f"Step {step_name} {did}. The run ended here; other runs go on.")
            failure.__cause__ = error
            output = [_failed(failure.with_traceback(error.__traceback__))]
        finally:
            INVOCATION.reset(token)
        run.output.step_over(invocation)
        return run.invocation_returned(invocation, output)

    for name in ("__name__", "__qualname__", "__wrapped__"):
        if hasattr(inner, name):
            setattr(recorded, name, getattr(inner, name))
    return recorded


def _failed(error: Exception) -> StepWorkerFailed:
    return StepWorkerFailed(exception=error, failed_at=time.time())
