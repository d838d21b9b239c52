"""The runs a runner holds: started, paused, taken up, answered, cancelled, ended; all of it on its event loop."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any

from workflows import Context, Workflow
from workflows.errors import WorkflowCancelledByUser
from workflows.events import IdleReleasedEvent, StartEvent
from workflows.handler import WorkflowHandler
from workflows.plugins.basic import basic_runtime
from workflows.runtime.types.ticks import TickAddEvent, TickIdleRelease, TickWaiterTimeout
from workflows.runtime.verbose import VerboseDecorator

from inspectors.recording.idleness import busy, has_forgotten
from inspectors.recording.run_log import Session
from inspectors.recording.run_recorder import RunRecorder
from inspectors.recording.runtime import RecordingRuntime
from inspectors.recording.values import fields_of, preview
from inspectors.recording.waiters import place_of
from inspectors.recording.writer import CommitWriter
from inspectors.runner.answering import AnswerRefused, event_for
from inspectors.runner.child_runs import cancel_child, cancel_children, child_of, deliver_to_child, pause_child
from inspectors.runner.ends import write_end, write_unstarted_end
from inspectors.runner.fitting import check_saved, why
from inspectors.runner.hosted import Hosted, restored
from inspectors.runner.kept_files import with_contents
from inspectors.runner.loading import Instances, start_event
from inspectors.runner.outcomes import error_before_start
from inspectors.runner.saving import keep_checkpoint, keep_pause
from inspectors.store import Answer, Prompt, Run, Store, StoreRefused

logger = logging.getLogger("stepscope.runner")

WAITS_ON = " It waits as before."
QUIET_SECONDS = 0.4
"""How long a paused run stays in memory in case something else happens."""
LEARNING_SECONDS = 0.05
"""How often it is looked whether a run that was taken up can take an answer."""


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
        self._sessions: dict[str, tuple[Hosted, Session]] = {}

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
                hosted = self._begin(run, workflow, Session(run_id, 1, False, workflow._timeout))
        except Exception as error:  # user code and the engine's checks of it
            self._end_unstarted(run, "failed", error_before_start(error, self.root))
            return
        self.hosted[run_id] = hosted

    def take_up(self, run_id: str) -> str | None:
        """Go on with a run that no runner has, from its last saved moment; a run that is here gets its answers.

        Returns a sentence if it can't be; the run is then as before.
        """
        if run_id in self.hosted:
            self.deliver_answers(run_id)
            return None
        child = child_of(run_id)
        if child is not None:
            deliver_to_child(self.store, child)
            return None
        if not self.store.claim_run(run_id, self.runner_id):
            return None  # another runner has it, and reads the answers itself
        run = self.store.run(run_id)
        assert run is not None
        try:
            with self.runtime.registering():
                hosted = self._restore(run)
        except Exception as error:  # a class that was renamed, or a value that can't be read any more
            self.store.release_run(run_id)
            return f"The run can’t be taken up: {why(error)}.{WAITS_ON if run.status == 'waiting' else ''}"
        if hosted is not None:
            self.hosted[run_id] = hosted
            self._arm_deadlines(hosted)
            if not self.deliver_answers(run_id):
                self._idle(hosted)  # an answer that doesn't fit leaves the run waiting; the engine gives no sign
        return None

    def _restore(self, run: Run) -> Hosted | None:
        """Have the engine go on with a run; None if all that was missing of it was its last record."""
        workflow = self.instance(run)
        found = restored(self.store, run, workflow)
        if found is None:
            session = Session(f"{run.run_id}~{run.last_seq}", 2, True, workflow._timeout)
            return self._begin(run, workflow, session)
        check_saved(workflow, found.context)
        number = int(found.known["session"]) + 1
        session = Session(f"{run.run_id}~{run.last_seq}", number, True, workflow._timeout, found.known, found.context)
        if found.over is not None:
            recorder = self._recorder(run, session)
            recorder.run_started(workflow, file=run.file)
            write_end(self.store, recorder, found.over)
            return None
        return self._begin(run, workflow, session)

    def _begin(self, run: Run, workflow: Workflow, session: Session) -> Hosted:
        """Run a workflow from where its session begins."""
        context = session.context
        hosted = Hosted(run, workflow, time.time(), float((context or {}).get("elapsed_alive") or 0.0))
        event = None
        if context is None or not context["is_running"]:
            event = start_event(workflow.start_event_class, with_contents(run.input, self.store.path))
        self._sessions[session.engine_run_id] = (hosted, session)
        try:
            ctx = Context.from_dict(workflow, context) if context is not None else None
            hosted.handler = workflow.run(ctx=ctx, start_event=event, run_id=session.engine_run_id)
        finally:
            self._sessions.pop(session.engine_run_id, None)
        return hosted

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
        hosted, session = known
        recorder = hosted.recorder = self._recorder(hosted.run, session)
        if session.timeout is not None:
            recorder.limit_at = hosted.session_started + session.timeout - hosted.elapsed_before
        recorder.on_idle = lambda: self._idle(hosted)
        recorder.on_checkpoint = lambda: keep_checkpoint(hosted)
        recorder.run_started(workflow, file=hosted.run.file)
        return recorder

    def _recorder(self, run: Run, session: Session) -> RunRecorder:
        return RunRecorder(self.writer, run.run_id, next_seq=run.last_seq + 1, session=session, root=self.root)

    def _open_child(
        self,
        engine_run_id: str,
        workflow: Workflow,
        start: StartEvent | None,
        parent: tuple[RunRecorder, str] | None,
    ) -> RunRecorder | None:
        """A workflow that user code runs itself, usually inside a step: recorded as a run of its own.

        It is never resumed: the step that runs it runs again, and starts another. None while the database can't be
        written: it runs all the same, and its parent's records say that it isn't recorded.
        """
        cls = type(workflow)
        try:
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
                loaded=True,
            )
        except StoreRefused as refused:
            logger.error("A run of %s is not recorded. %s", cls.__qualname__, refused)
            if parent is not None:
                active = parent[0].active.get(parent[1])
                parent[0].record(
                    "child_not_recorded",
                    workflow=cls.__qualname__,
                    module=cls.__module__,
                    invocation=parent[1],
                    step=active.step if active is not None else None,
                    why=str(refused),
                )
            return None
        recorder = RunRecorder(
            self.writer,
            run_id,
            next_seq=1,
            root=self.root,
            session=Session(engine_run_id, 1, False, workflow._timeout),
        )
        recorder.keeps_stream, recorder.resumable = True, False
        recorder.limit_at = time.time() + workflow._timeout if workflow._timeout is not None else None
        recorder.on_idle = lambda: pause_child(self.store, recorder, QUIET_SECONDS)
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
        while len(recorder.prompts) == 0:
            quiet = await recorder.idle_for(QUIET_SECONDS)
            if recorder.ended or busy(recorder.live.state):
                return  # the engine says so when it is idle again; what it said meanwhile, this has taken the place of
            if quiet and len(recorder.prompts) == 0 and not recorder.ask_for_events():
                recorder.record("stalled")
                return
        saved, ticks, safe = keep_pause(hosted, recorder, self.store), recorder.ticks, False
        while not safe:
            safe = await asyncio.to_thread(self.writer.flush, 1.0)  # what only this process has stays in its memory
            await asyncio.sleep(QUIET_SECONDS)
            if recorder.ticks == ticks and not recorder.active:
                if not recorder.ask_for_events():
                    continue
                keep_pause(hosted, recorder, self.store)
                return
            if recorder.ended or busy(recorder.live.state) or len(recorder.prompts) == 0:
                return
            saved, ticks, safe = keep_pause(hosted, recorder, self.store), recorder.ticks, False
        if saved and not recorder.ended and not hosted.cancel_asked:
            await self._unload(hosted, recorder)

    async def _unload(self, hosted: Hosted, recorder: RunRecorder) -> None:
        self.hosted.pop(hosted.run.run_id, None)  # from here on an answer takes the run up anew
        recorder.record("unloaded", lambda commit: commit.run.update(loaded=0))
        recorder.ended = True  # the next session's recorder goes on with the next seq
        await asyncio.to_thread(self.writer.flush)
        await hosted.adapter.send_event(TickIdleRelease())
        if any(answer.version != "new" for _, answer in self.store.undelivered(hosted.run.run_id)):
            self.take_up(hosted.run.run_id)  # it came while the run was between memory and store

    # -- answers ------------------------------------------------------------------------------------

    def deliver_answers(self, run_id: str) -> int:
        """Hand answers from the store to the run, and back to their prompts those it can't read; how many it got."""
        hosted = self.hosted.get(run_id)
        if hosted is None or hosted.recorder is None:
            return 0
        given, delivered = self.store.undelivered(run_id), 0
        if given and _learns(hosted.recorder):
            asyncio.get_running_loop().call_later(LEARNING_SECONDS, self.deliver_answers, run_id)
            return len(given)
        for prompt, answer in given:
            if hosted.recorder.prompts.get(prompt.prompt_id) is None:
                continue  # on its way already
            sentence = self._deliver(hosted, hosted.recorder, prompt, answer)
            if sentence is None:
                delivered += 1
            else:
                self.store.refuse_answer(prompt.prompt_id, sentence)
        return delivered

    def _deliver(self, hosted: Hosted, recorder: RunRecorder, prompt: Prompt, answer: Answer) -> str | None:
        assert hosted.handler is not None
        try:
            event = event_for(recorder, prompt, answer, self.store.path)
        except AnswerRefused as refused:
            return str(refused)
        self._send(hosted.handler, TickAddEvent(event=event))
        return None

    def _arm_deadlines(self, hosted: Hosted) -> None:
        """Set `wait_for_event(timeout=)` going again, which the engine forgets (recording-facts.md 3a)."""
        recorder, handler = hosted.recorder, hosted.handler
        assert recorder is not None and recorder.live is not None and handler is not None
        loop = asyncio.get_running_loop()
        rows = {prompt.waiter_id: prompt.deadline for prompt in self.store.prompts(hosted.run.run_id)}
        for step_id, worker in recorder.live.state.workers.items():
            for waiter in worker.collected_waiters:
                known = recorder.waiters.get(place_of(str(step_id), waiter.waiter_id))
                deadline = known["deadline"] if known is not None else rows.get(waiter.waiter_id)
                if deadline is not None and waiter.resolved_event is None and not waiter.timed_out:
                    tick = TickWaiterTimeout(step_id=step_id, waiter_id=waiter.waiter_id)
                    loop.call_later(max(0.0, deadline - time.time()), self._send, handler, tick)

    def _send(self, handler: WorkflowHandler, tick: TickWaiterTimeout | TickAddEvent) -> None:
        asyncio.get_running_loop().create_task(handler._external_adapter.send_event(tick))

    # -- ends ---------------------------------------------------------------------------------------

    def cancel(self, run_id: str, by: str) -> None:
        """Ask a run to end."""
        hosted = self.hosted.get(run_id)
        if hosted is None or hosted.handler is None or hosted.recorder is None:
            cancel_child(run_id, by)
            return
        hosted.cancel_asked = True
        hosted.recorder.record("cancel_asked", by=by)
        asyncio.get_running_loop().create_task(hosted.handler.cancel_run(timeout=60.0))

    def _ended(self, recorder: RunRecorder, outcome: Any) -> None:
        if isinstance(outcome, IdleReleasedEvent) or recorder.ended:
            return
        self.hosted.pop(recorder.run_id, None)
        if isinstance(outcome, (WorkflowCancelledByUser, asyncio.CancelledError)):
            cancel_children(recorder)
        write_end(self.store, recorder, outcome)

    def _end_unstarted(self, run: Run, status: str, error: dict[str, Any] | None) -> None:
        write_unstarted_end(self.writer, run, self.root, status, error)


def _learns(recorder: RunRecorder) -> bool:
    """Whether bodies of steps run again, or are about to, for what the engine has to know before it gets an answer."""
    if recorder.live is None or not has_forgotten(recorder.live.state):
        return False
    return recorder.ticks == 0 or busy(recorder.live.state)
