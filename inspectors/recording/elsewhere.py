"""Runs started by a program of the user's own, recorded: what `inspectors.recording.record` attaches to a workflow.

The program's own loop runs the workflow as before; the recorder's hooks see it, and a thread of ours writes. Nothing
here may raise into the program or wait for the database.
"""

from __future__ import annotations

import asyncio
import atexit
import logging
import os
import secrets
import sys
import threading
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

from workflows import Workflow
from workflows.context.serializers import BaseSerializer
from workflows.events import StartEvent, StopEvent
from workflows.plugins import get_current_runtime
from workflows.plugins.basic import BasicRuntime
from workflows.runtime.types.internal_state import BrokerState
from workflows.runtime.types.plugin import ExternalRunAdapter, InternalRunAdapter, Runtime, _current_runtime
from workflows.runtime.types.ticks import TickAddEvent, WorkflowTick
from workflows.runtime.verbose import VerboseDecorator

from inspectors.recording import program
from inspectors.recording.calls import unwatch_calls, watch_calls
from inspectors.recording.described_class import source_file
from inspectors.recording.idleness import busy, waits
from inspectors.recording.program import LiveRun, Program, write_end
from inspectors.recording.run_log import Session
from inspectors.recording.run_recorder import RunRecorder
from inspectors.recording.runtime import RUN, RecordedInternalAdapter, RecordingRuntime
from inspectors.recording.values import fields_of, preview, set_limit
from inspectors.recording.whole_values import WHOLE
from inspectors.runner.answering import AnswerRefused, event_for
from inspectors.runner.outcomes import outcome_of, result_of
from inspectors.settings import read_settings
from inspectors.store import Answer, Prompt
from inspectors.store.records import Commit

logger = logging.getLogger("stepscope")

QUIET_SECONDS = 0.4
"""How long nothing must happen before a run is said to be stuck."""

_lock = threading.Lock()
_programs: dict[Path, Program] = {}
_runtimes: WeakValueDictionary[tuple[int, Path | None], ElsewhereRuntime] = WeakValueDictionary()
_closes_at_exit = 0
"""The process in which this was seen to."""
_quiet_held = False
_inherited: list[Program] = []
"""Programs of the process that this one was forked from: kept, because SQLite's files must not be closed here."""


def attach(workflow: object, database: str | Path | None) -> None:
    """Put the recorder between a workflow and its runtime. Raises TypeError if it is no instance of such a class."""
    if not isinstance(workflow, Workflow):
        what = f"the class {workflow.__name__}" if isinstance(workflow, type) else f"a {type(workflow).__name__}"
        raise TypeError(f"record() takes an instance of a workflow class, as in record(MyWorkflow()); it got {what}.")
    where = Path(database).expanduser().resolve() if database is not None else None
    runtime: Runtime = workflow._runtime
    verbose = runtime if isinstance(runtime, VerboseDecorator) else None
    inner = verbose._decorated if verbose is not None else runtime
    if isinstance(inner, ElsewhereRuntime):
        if inner.database == where:
            return
        inner = inner._decorated
    recorded = _recorded(inner, where)
    if recorded is None:
        kind = type(inner).__name__
        logger.warning("%s is not recorded: it runs on %s, which keeps its own.", type(workflow).__name__, kind)
    elif verbose is not None:
        verbose._decorated = recorded  # it belongs to this workflow alone
    else:
        workflow._runtime = recorded  # the engine's own way is closed once a workflow has run (engine-facts.md B.3, 2)


def _recorded(inner: Runtime, database: Path | None) -> ElsewhereRuntime | None:
    """The recording runtime around another; None around one that runs workflows in other processes, or replays them."""
    if not isinstance(inner, BasicRuntime):
        return None
    with _lock:
        key = (id(inner), database)
        found = _runtimes.get(key)
        if found is None:
            found = _runtimes[key] = ElsewhereRuntime(inner, database)
        return found


def _program(database: Path | None) -> Program:
    """This process's program for a database; None stands for the one of STEPSCOPE_DB, or the default, as it is now."""
    settings = read_settings([])
    path = database or settings.database
    with _lock:
        found = _programs.get(path)
        if found is None:
            _close_at_exit()
            set_limit(settings.payload_limit)
            WHOLE.hold_nothing()
            watch_calls()
            found = _programs[path] = Program(path, _deliver, _cancel)
        return found


def _close_at_exit() -> None:
    global _closes_at_exit
    if _closes_at_exit == os.getpid():
        return
    if not _closes_at_exit:
        atexit.register(close_programs)  # a forked child has it, too
    _closes_at_exit = os.getpid()
    forking = sys.modules.get("multiprocessing.util")
    if forking is not None:
        forking.Finalize(None, close_programs, exitpriority=0)  # its children end without atexit


def close_programs() -> None:
    """Write what is left and let go of the databases; runs that go on are interrupted, the next one begins anew."""
    with _lock:
        programs = list(_programs.values())
        _programs.clear()
    for one in programs:
        one.close()
    unwatch_calls()


def _before_fork() -> None:
    """Wait until no thread of ours is in SQLite, for half a second at most."""
    global _quiet_held
    _quiet_held = program.QUIET.acquire(timeout=0.5)


def _after_fork_here() -> None:
    global _quiet_held
    if _quiet_held:
        _quiet_held = False
        program.QUIET.release()


def _after_fork() -> None:
    """The child has neither our threads nor the right to use the parent's connections; its first run starts anew."""
    global _lock, _quiet_held
    program.QUIET, _quiet_held = threading.Lock(), False
    _lock = threading.Lock()
    for one in _programs.values():
        for run in one.live.values():
            run.recorder._lock = threading.Lock()  # a thread that is not here may have held it
            run.recorder.ended = True  # the parent records it
        _inherited.append(one)
    _programs.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork_here, after_in_child=_after_fork)


class ElsewhereRuntime(RecordingRuntime):
    """The engine's own runtime with every run on it recorded as one of this program's."""

    def __init__(self, decorated: Runtime, database: Path | None) -> None:
        super().__init__(decorated, self._begin, self._ended)
        self.database = database
        self._running: dict[str, LiveRun] = {}
        self._begun: dict[str, LiveRun] = {}

    def run_workflow(
        self,
        run_id: str,
        workflow: Workflow,
        init_state: BrokerState,
        start_event: StartEvent | None = None,
        serialized_state: dict[str, Any] | None = None,
        serializer: BaseSerializer | None = None,
    ) -> ExternalRunAdapter:
        """Start a run; workflows that its steps make are recorded as well."""
        outer = get_current_runtime()
        children = outer if isinstance(outer, RecordingRuntime) else (_recorded(outer, self.database) or outer)
        outside, made = RUN.set(None), _current_runtime.set(children)
        try:
            adapter = super().run_workflow(run_id, workflow, init_state, start_event, serialized_state, serializer)
        except Exception as error:  # the engine's own: a run with this id goes on
            run = self._begun.pop(run_id, None)
            if run is not None:
                run.program.remove(run.recorder.run_id)
                write_end(run.recorder, "failed", run.recorder.error_of(error))
            raise
        finally:
            _current_runtime.reset(made)
            RUN.reset(outside)
        run = self._begun.pop(run_id, None)
        if run is not None:
            run.adapter = adapter
            self._running[run.recorder.run_id] = run
        return adapter

    def get_internal_adapter(self, workflow: Workflow) -> InternalRunAdapter:
        """As the recorder's, with ticks handed on: whoever reads the engine's journal finds it."""
        adapter = super().get_internal_adapter(workflow)
        if isinstance(adapter, RecordedInternalAdapter):
            return _HandingOn(adapter._decorated, adapter._run)
        return adapter

    def _begin(
        self, engine_run_id: str, workflow: Workflow, start: StartEvent | None, parent: tuple[RunRecorder, str] | None
    ) -> RunRecorder | None:
        try:
            here = _program(self.database)
            run = _new_run(here, engine_run_id, workflow, start, parent) if here.usable else None
        except Exception as error:  # whatever it is, the workflow goes on
            logger.warning("A run of %s is not recorded: %s: %s", type(workflow).__name__, type(error).__name__, error)
            return None
        if run is None:
            return None
        self._begun[engine_run_id] = run
        run.recorder.on_idle = lambda: _idle(run)
        return run.recorder

    def _ended(self, recorder: RunRecorder, outcome: Any) -> None:
        run = self._running.pop(recorder.run_id, None)
        if run is None:
            return
        if run.pausing is not None:
            run.pausing.cancel()
        run.adapter = recorder.on_idle = None  # or the engine would take the run's id for one still in use
        if recorder.ended:
            return
        task = asyncio.current_task()
        if isinstance(outcome, asyncio.CancelledError) and task is not None and task.cancelling():
            run.program.end_unfinished(run, "its event loop was ended")  # asyncio.run cancels all tasks, ours as well
            return
        run.program.remove(recorder.run_id)
        status, result, error = outcome_of(recorder, outcome)
        shown = result_of(outcome, None) if isinstance(outcome, StopEvent) else None
        write_end(recorder, status, error, result, shown)


class _HandingOn(RecordedInternalAdapter):
    """What the control loop sees; the engine's own adapter gets everything as well."""

    async def on_tick(self, tick: WorkflowTick) -> None:
        """Record a tick and hand it on."""
        await super().on_tick(tick)
        await self._decorated.on_tick(tick)


def _new_run(
    here: Program,
    engine_run_id: str,
    workflow: Workflow,
    start: StartEvent | None,
    parent: tuple[RunRecorder, str] | None,
) -> LiveRun:
    """A run begins: its recorder, and what its row will say."""
    cls, now = type(workflow), time.time()
    if parent is not None and parent[0].run_id not in here.live:
        parent = None  # recorded in another database, or by the process that this one was forked from
    file = source_file(cls)
    recorder = RunRecorder(
        here.writer,
        secrets.token_hex(4),
        next_seq=1,
        session=Session(engine_run_id, 1, False, workflow._timeout),
        root=str(Path(file).parent) if file else os.getcwd(),
    )
    recorder.keeps_stream, recorder.resumable = True, False  # no other process can go on with this run
    kin = {"parent_run": parent[0].run_id, "parent_invocation": parent[1]} if parent is not None else {}
    options = {"timeout": workflow._timeout, "program": here.name}
    row = {
        "origin": "step" if parent is not None else "script",
        "input": preview(fields_of(start) or {}) if start is not None else {},
        "options": options,
        "created_at": now,
        **kin,
    }
    deadline = now + workflow._timeout if workflow._timeout is not None else None
    run = LiveRun(here, recorder, workflow, asyncio.get_running_loop(), row, deadline)
    here.add(run)
    recorder.run_started(workflow, file=file, program=here.name, pid=os.getpid(), **kin)
    return run


# -- on a run's own loop ------------------------------------------------------------------------------


def _task(run: LiveRun, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
    task = run.loop.create_task(work)
    run.tasks.add(task)
    task.add_done_callback(run.tasks.discard)
    return task


def _idle(run: LiveRun) -> None:
    if run.pausing is None or run.pausing.done():
        run.pausing = _task(run, _pause(run))


async def _pause(run: LiveRun) -> None:
    """Say that a run waits for a person, or that it is stuck. It stays in memory: its program holds it."""
    recorder = run.recorder
    await asyncio.sleep(0)  # the idle signal comes while its tick is still being worked off
    if recorder.live is None or recorder.ended or busy(recorder.live.state):
        return
    if len(recorder.prompts):
        now = time.time()

        def edit(commit: Commit) -> None:
            commit.run.update(status="waiting", waiting_since=now, active_since=None)

        recorder.record("waiting", edit, prompts=recorder.prompts.ids(), saved=False, held=True)
    elif await recorder.idle_for(QUIET_SECONDS) and not busy(recorder.live.state) and not waits(recorder.live.state):
        recorder.record("stalled")


def _cancel(run: LiveRun, by: str) -> None:
    if run.adapter is not None and not run.recorder.ended:
        run.recorder.record("cancel_asked", by=by)
        _task(run, run.adapter.cancel())


def _deliver(run: LiveRun, prompt: Prompt, answer: Answer) -> None:
    if run.adapter is None or run.recorder.ended or run.recorder.prompts.get(prompt.prompt_id) is None:
        return  # it is on its way already, or the run was quicker
    try:
        event = event_for(run.recorder, prompt, answer, run.program.database)
    except AnswerRefused as refused:
        run.program.refusals.put((prompt.prompt_id, str(refused)))
    except Exception as error:  # an event class of the user's with checks of its own
        run.program.refusals.put((prompt.prompt_id, f"The answer was not taken: {type(error).__name__}: {error}"))
    else:
        _task(run, run.adapter.send_event(TickAddEvent(event=event)))
