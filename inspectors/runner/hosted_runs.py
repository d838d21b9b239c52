"""The runs a runner holds: started, paused, taken up, answered, cancelled, ended; all of it on its event loop."""

from __future__ import annotations

import asyncio
import logging
import time
import warnings
from dataclasses import dataclass
from typing import Any

from workflows import Context, Workflow
from workflows.context.state_store import UnserializableKeyWarning
from workflows.events import IdleReleasedEvent, StartEvent, StopEvent
from workflows.handler import WorkflowHandler
from workflows.plugins.basic import basic_runtime
from workflows.runtime.types.ticks import TickAddEvent, TickIdleRelease, TickWaiterTimeout
from workflows.runtime.verbose import VerboseDecorator

from inspectors.recording.errors import short_error
from inspectors.recording.idleness import busy, waits
from inspectors.recording.run_log import Session
from inspectors.recording.run_recorder import RunRecorder
from inspectors.recording.runtime import RecordingRuntime
from inspectors.recording.values import fields_of, mask, preview
from inspectors.recording.writer import CommitWriter
from inspectors.runner.answering import AnswerRefused, event_for
from inspectors.runner.fitting import why
from inspectors.runner.kept_files import with_contents
from inspectors.runner.loading import Instances, start_event
from inspectors.runner.outcomes import error_before_start, outcome_of, result_of
from inspectors.store import Prompt, Run, Store
from inspectors.store.records import Commit

logger = logging.getLogger("stepscope.runner")

QUIET_SECONDS = 0.4
"""How long a paused run stays in memory in case something else happens."""


@dataclass
class Hosted:
    """A run that is in this process's memory."""

    run: Run
    workflow: Workflow
    session_started: float
    elapsed_before: float
    recorder: RunRecorder | None = None
    handler: WorkflowHandler | None = None
    pausing: asyncio.Task[None] | None = None
    cancel_asked: bool = False


class HostedRuns:
    """Runs of one runner, by run id."""

    def __init__(
        self, store: Store, writer: CommitWriter, instances: Instances | None, runner_id: str, root: str
    ) -> None:
        self.store = store
        self.writer = writer
        self.instances = instances
        """None while the user's file is imported: workflows made then are recorded later, runs started then are not."""
        self.runner_id = runner_id
        self.root = root
        self.hosted: dict[str, Hosted] = {}
        self.children = 0
        self.runtime = RecordingRuntime(basic_runtime, self._open_run, self._ended)
        self._sessions: dict[str, tuple[Hosted, Session, int]] = {}

    # -- starting and taking up ---------------------------------------------------------------------

    def start(self, run_id: str) -> None:
        """Start a run whose row is in the store. What goes wrong before its first step becomes the run's error."""
        run = self.store.run(run_id)
        if run is None or run.status != "starting" or run_id in self.hosted:
            return
        if run.cancel_asked_at is not None:
            self._end_unstarted(run, "cancelled", None)
            return
        try:
            with self.runtime.registering():
                workflow = self.instance(run)
                event = start_event(workflow.start_event_class, with_contents(run.input, self.store.path))
                hosted = Hosted(run, workflow, time.time(), 0.0)
                session = Session(run_id, 1, False, workflow._timeout)
                self._sessions[session.engine_run_id] = (hosted, session, run.last_seq + 1)
                hosted.handler = workflow.run(start_event=event, run_id=session.engine_run_id)
        except Exception as error:  # user code and the engine's checks of it
            self._sessions.pop(run_id, None)
            self._end_unstarted(run, "failed", error_before_start(error, self.root))
            return
        self.hosted[run_id] = hosted

    def take_up(self, run_id: str) -> str | None:
        """Go on with a paused run from its checkpoint. Returns a sentence if it can't be; the run is then as before."""
        if run_id in self.hosted:
            self.deliver_answers(run_id)
            return None
        saved = self.store.checkpoint(run_id)
        if saved is None:
            return "Nothing was saved of this run, so it can't be taken up."
        if not self.store.claim_run(run_id, self.runner_id):
            return None  # another runner has it, and reads the answers itself
        run = self.store.run(run_id)
        assert run is not None
        _, context, known = saved
        number = int(known.get("session", 1)) + 1
        session = Session(f"{run_id}~{number}", number, True, None, known)
        try:
            with self.runtime.registering():
                workflow = self.instance(run)
                session.timeout = workflow._timeout
                hosted = Hosted(run, workflow, time.time(), float(context.get("elapsed_alive") or 0.0))
                self._sessions[session.engine_run_id] = (hosted, session, run.last_seq + 1)
                hosted.handler = workflow.run(ctx=Context.from_dict(workflow, context), run_id=session.engine_run_id)
        except Exception as error:  # a class that was renamed, or a value that can't be read any more
            self._sessions.pop(session.engine_run_id, None)
            self.store.release_run(run_id)
            return f"The run can’t be taken up: {why(error)}. It waits as before."
        self.hosted[run_id] = hosted
        self._arm_deadlines(hosted)
        if not self.deliver_answers(run_id):
            self._idle(hosted)  # an answer that doesn't fit leaves the run waiting; the engine gives no sign of that
        return None

    def instance(self, run: Run) -> Workflow:
        """The instance for a run, on our runtime. Instances made at import time, or by the author, may have another
        (engine-facts.md B.3, 2), and constructors may not hand `verbose` on.
        """
        verbose = bool(run.options.get("verbose"))
        assert self.instances is not None
        workflow = self.instances.get(
            run.workflow, run.options.get("timeout"), verbose, run.options.get("arguments") or {}
        )
        runtime = workflow._runtime
        inner = runtime._decorated if isinstance(runtime, VerboseDecorator) else runtime
        if inner is not self.runtime and not hasattr(inner, "_decorated"):
            inner = self.runtime
        if verbose or workflow._verbose:
            workflow._runtime = VerboseDecorator(inner)
        else:
            workflow._runtime = inner
        return workflow

    def _open_run(
        self,
        engine_run_id: str,
        workflow: Workflow,
        start: StartEvent | None,
        parent: tuple[RunRecorder, str] | None,
    ) -> RunRecorder | None:
        known = self._sessions.pop(engine_run_id, None)
        if self.instances is None:
            return None
        if known is None:
            return self._open_child(engine_run_id, workflow, start, parent)
        hosted, session, next_seq = known
        recorder = RunRecorder(self.writer, hosted.run.run_id, next_seq=next_seq, session=session, root=self.root)
        hosted.recorder = recorder
        recorder.on_idle = lambda: self._idle(hosted)
        recorder.run_started(workflow, file=hosted.run.file)
        return recorder

    def _open_child(
        self,
        engine_run_id: str,
        workflow: Workflow,
        start: StartEvent | None,
        parent: tuple[RunRecorder, str] | None,
    ) -> RunRecorder:
        """A workflow that user code runs itself, usually inside a step: recorded as a run of its own."""
        cls = type(workflow)
        run_id = self.store.create_run(
            workflow=cls.__qualname__,
            module=cls.__module__,
            file="",
            version="",
            origin="step" if parent else "script",
            input=preview(fields_of(start) or {}) if start is not None else {},
            runner_id=self.runner_id,
            parent_run=parent[0].run_id if parent else None,
            parent_invocation=parent[1] if parent else None,
        )
        self.store.assign_run(run_id, self.runner_id)
        recorder = RunRecorder(
            self.writer,
            run_id,
            next_seq=1,
            root=self.root,
            session=Session(engine_run_id, 1, False, workflow._timeout),
        )
        recorder.keeps_stream = True
        recorder.run_started(
            workflow,
            parent_run=parent[0].run_id if parent else None,
            parent_invocation=parent[1] if parent else None,
        )
        return recorder

    # -- pausing ------------------------------------------------------------------------------------

    def _idle(self, hosted: Hosted) -> None:
        if hosted.pausing is None or hosted.pausing.done():
            hosted.pausing = asyncio.get_running_loop().create_task(self._pause(hosted))

    async def _pause(self, hosted: Hosted) -> None:
        """Save and let go of a run that only a person's answer can move; or say that it is stuck."""
        recorder = hosted.recorder
        await asyncio.sleep(0)  # the idle signal comes while its tick is still being worked off
        if recorder is None or recorder.live is None or busy(recorder.live.state):
            return
        if len(recorder.prompts) == 0:
            if (
                await recorder.idle_for(QUIET_SECONDS)
                and not busy(recorder.live.state)
                and not waits(recorder.live.state)
            ):
                recorder.record("stalled")
            return
        self._save(hosted, recorder)
        while not await recorder.idle_for(QUIET_SECONDS):
            if recorder.ended or busy(recorder.live.state) or len(recorder.prompts) == 0:
                return
            self._save(hosted, recorder)
        if recorder.unsaveable is None and not recorder.ended and not hosted.cancel_asked:
            await self._unload(hosted, recorder)

    def _save(self, hosted: Hosted, recorder: RunRecorder) -> None:
        """Commit a checkpoint together with the record that the run waits."""
        assert hosted.handler is not None
        context: dict[str, Any] | None = None
        try:
            context = _context(hosted.handler) if not recorder.keeps_iterator else None
        except Exception as error:  # what can't be serialised raises many kinds of errors
            recorder.not_saveable(error)
            recorder.unsaveable = f"{type(error).__name__}: {error}"  # this one names the key; the journal's didn't
        now = time.time()

        def edit(commit: Commit) -> None:
            commit.run.update(
                status="waiting", waiting_since=now, active_since=None, active_s=self._active(hosted, now)
            )
            if context is not None and recorder.unsaveable is None:
                commit.checkpoint = (commit.last_seq, context, recorder.snapshot())
            elif recorder.session.timeout is not None:
                deadline = hosted.session_started + recorder.session.timeout - hosted.elapsed_before
                for prompt_id in recorder.prompts.ids():
                    commit.prompt_changes[prompt_id] = {
                        "deadline": deadline,
                        "loaded_why": recorder.unsaveable,
                    }

        recorder.record("waiting", edit, prompts=recorder.prompts.ids(), saved=context is not None)

    def _active(self, hosted: Hosted, now: float) -> float:
        run = self.store.run(hosted.run.run_id)
        return run.active_at(now) if run is not None else 0.0

    async def _unload(self, hosted: Hosted, recorder: RunRecorder) -> None:
        assert hosted.handler is not None
        self.hosted.pop(hosted.run.run_id, None)  # from here on an answer takes the run up anew
        recorder.record("unloaded", lambda commit: commit.run.update(loaded=0))
        recorder.ended = True  # the next session's recorder goes on with the next seq
        await asyncio.to_thread(self.writer.flush)
        await _adapter(hosted.handler).send_event(TickIdleRelease())
        if self.store.undelivered(hosted.run.run_id):
            self.take_up(hosted.run.run_id)  # it came while the run was between memory and store

    # -- answers ------------------------------------------------------------------------------------

    def deliver_answers(self, run_id: str) -> int:
        """Hand answers from the store to the run, and back to their prompts those it can't read; how many it got."""
        hosted = self.hosted.get(run_id)
        if hosted is None or hosted.recorder is None:
            return 0
        delivered = 0
        for prompt, answer in self.store.undelivered(run_id):
            if hosted.recorder.prompts.get(prompt.prompt_id) is None:
                continue  # on its way already
            sentence = self._deliver(hosted, hosted.recorder, prompt, answer.value)
            if sentence is None:
                delivered += 1
            else:
                self.store.refuse_answer(prompt.prompt_id, sentence)
        return delivered

    def _deliver(self, hosted: Hosted, recorder: RunRecorder, prompt: Prompt, values: dict[str, Any]) -> str | None:
        assert hosted.handler is not None
        try:
            event = event_for(recorder, prompt, values, self.store.path)
        except AnswerRefused as refused:
            return str(refused)
        self._send(hosted.handler, TickAddEvent(event=event))
        return None

    def _arm_deadlines(self, hosted: Hosted) -> None:
        """Set `wait_for_event(timeout=)` going again from the prompt's row (recording-facts.md 3a)."""
        assert hosted.recorder is not None and hosted.recorder.live is not None and hosted.handler is not None
        loop = asyncio.get_running_loop()
        waiters = {
            waiter.waiter_id: step_id
            for step_id, worker in hosted.recorder.live.state.workers.items()
            for waiter in worker.collected_waiters
        }
        for prompt in self.store.prompts(hosted.run.run_id):
            if prompt.waiter_id in waiters and prompt.deadline is not None:
                tick = TickWaiterTimeout(step_id=waiters[prompt.waiter_id], waiter_id=prompt.waiter_id)
                loop.call_later(max(0.0, prompt.deadline - time.time()), self._send, hosted.handler, tick)

    def _send(self, handler: WorkflowHandler, tick: TickWaiterTimeout | TickAddEvent) -> None:
        asyncio.get_running_loop().create_task(_adapter(handler).send_event(tick))

    # -- ends ---------------------------------------------------------------------------------------

    def cancel(self, run_id: str, by: str) -> None:
        """Ask a run to end."""
        hosted = self.hosted.get(run_id)
        if hosted is None or hosted.handler is None or hosted.recorder is None:
            return
        hosted.cancel_asked = True
        hosted.recorder.record("cancel_asked", by=by)
        asyncio.get_running_loop().create_task(hosted.handler.cancel_run(timeout=60.0))

    def _ended(self, recorder: RunRecorder, outcome: Any) -> None:
        if isinstance(outcome, IdleReleasedEvent) or recorder.ended:
            return
        self.hosted.pop(recorder.run_id, None)
        status, result, error = outcome_of(recorder, outcome)
        now = time.time()
        run = self.store.run(recorder.run_id)
        columns: dict[str, Any] = {
            "status": status,
            "ended_at": now,
            "result": result,
            "error": error,
            "loaded": 0,
            "waiting_since": None,
            "active_since": None,
            "active_s": run.active_at(now) if run is not None else 0.0,
        }

        def edit(commit: Commit) -> None:
            commit.run.update(columns)
            commit.mask = mask

        shown = result_of(outcome, None) if isinstance(outcome, StopEvent) else None
        found = {} if recorder.active_steps is None else {"active_steps": recorder.active_steps}
        recorder.record("run_ended", edit, status=status, result=shown, error=short_error(error), **found)

    def _end_unstarted(self, run: Run, status: str, error: dict[str, Any] | None) -> None:
        recorder = RunRecorder(
            self.writer,
            run.run_id,
            next_seq=run.last_seq + 1,
            root=self.root,
            session=Session(run.run_id, 1, False, None),
        )

        def edit(commit: Commit) -> None:
            commit.run.update(status=status, error=error, ended_at=time.time(), loaded=0)
            commit.mask = mask

        recorder.record("run_ended", edit, status=status, result=None, error=short_error(error))


def _context(handler: WorkflowHandler) -> dict[str, Any]:
    """The whole context. The engine leaves an agent's memory out with a warning where it can't be written down."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", UnserializableKeyWarning)  # without it the agent would fail when it goes on
        return handler.ctx.to_dict()


def _adapter(handler: WorkflowHandler) -> Any:
    return handler._external_adapter
