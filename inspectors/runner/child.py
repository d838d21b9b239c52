"""The runner process: imports one user file, then runs its workflows until nobody needs it.

Started by the supervisor. User code is imported in the main thread before the event loop starts; control channel,
commit writer and watchdog have threads of their own, because a step may block the loop.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import socket
import sqlite3
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from inspectors.recording import leave_to_runner
from inspectors.recording.child_output import child_output, streams_past_descriptors
from inspectors.recording.errors import describe_error
from inspectors.recording.output import capture_output
from inspectors.recording.redaction import Redaction
from inspectors.recording.run_threads import runs_in_threads
from inspectors.recording.values import LIMIT, set_limit
from inspectors.recording.writer import CommitWriter
from inspectors.runner import protocol
from inspectors.runner.answering import AnswerRefused
from inspectors.runner.burial import give_back
from inspectors.runner.bytecode import cache_settled_only
from inspectors.runner.constructors import ArgumentsRefused
from inspectors.runner.describing import describe
from inspectors.runner.ending_at_once import commit_before_exit
from inspectors.runner.fitting import check_answer, check_saved, why
from inspectors.runner.hosted_runs import WAITS_ON, HostedRuns
from inspectors.runner.kept_files import with_contents
from inspectors.runner.loading import Instances, import_file, start_class
from inspectors.runner.process_start import since_boot
from inspectors.runner.progress import Progress
from inspectors.runner.redacted_store import RedactedStore
from inspectors.runner.refusals import sentences_of
from inspectors.runner.stacks import stack_file_of
from inspectors.runner.watchdog import Watchdog, runs_on_stacks
from inspectors.runner.whole import whole_event
from inspectors.store import Run, StoreRefused

logger = logging.getLogger("stepscope.runner")

RUNNER_MARK = "STEPSCOPE_RUNNER"
"""The variable that holds a runner's id, in its environment and that of what its steps start."""

START_AGAIN = 1.0
"""Seconds after which a run that could not be read is tried again."""
ORPHAN_SECONDS = 5.0
"""How long a runner without runs stays when no server is connected to it."""


class Runner:
    """One runner process."""

    def __init__(self, options: dict[str, Any], redaction: Redaction) -> None:
        self.options = options
        self.runner_id: str = options["runner_id"]
        self.version: str = options["version"]
        self.redaction = redaction
        self.store = RedactedStore(options["db"], self.redaction)
        row = self.store.runner(self.runner_id)
        assert row is not None
        self.token = row.token
        set_limit(options.get("payload_limit", LIMIT))
        self.writer = CommitWriter(self.store)
        commit_before_exit(self.writer)
        self.loop: asyncio.AbstractEventLoop | None = None
        self.runs: HostedRuns | None = None
        self.watchdog: Watchdog | None = None
        self.instances: Instances | None = None
        self.finished = threading.Event()
        self._started: set[str] = set()
        self._connections = 0
        self._owner_gone = False
        self._lock = threading.Lock()

    def run(self) -> int:
        """Import, serve, end. Returns the exit code."""
        listener = protocol.listen()
        port = listener.getsockname()[1]
        # The server writes pid and start, too, but may be killed before it has.
        started = since_boot(os.getpid())
        known = {} if started is None else {"process_started": started}
        self.store.update_runner(self.runner_id, port=port, pid=os.getpid(), **known)
        try:
            with Progress(Path(self.options["file"]), Path(self.options["root"]), self._say):
                description = self._load()
        except BaseException as error:  # user code at import time, sys.exit included
            self.store.update_runner(self.runner_id, status="failed", error=describe_error(error, self.options["root"]))
            return 1
        threading.Thread(target=self._accept, args=(listener,), name="stepscope-control", daemon=True).start()
        threading.Thread(target=self._watch_owner, name="stepscope-owner", daemon=True).start()
        with child_output(Path(self.options["log"])):
            self._turn(description)
        listener.close()
        self.writer.close()
        self.store.forget_runner(self.runner_id)
        self.store.close()  # the last one to close it takes away what SQLite keeps beside it
        if self._owner_gone:
            log = Path(self.options["log"])
            for file in log.parent.glob(f"{log.stem}.*"):
                with suppress(OSError):  # where an open file can't be deleted, the next server does it
                    file.unlink()
        _end_group()
        return 0

    def _load(self) -> dict[str, Any]:
        """Import the user's file, and make what can be made without arguments. Gives the description."""
        self.runs = HostedRuns(self.store, self.writer, None, self.runner_id, self.options["root"])
        with self.runs.runtime.registering():
            module = import_file(Path(self.options["file"]), Path(self.options["root"]), self.options["module"])
            self.instances = self.runs.instances = Instances(module, self.options["root"])
            return describe(module, self.instances, str(self.options["root"]))

    def _say(self, doing: str) -> None:
        try:
            self.store.update_runner(self.runner_id, doing=doing)
        except sqlite3.Error as error:  # a busy database: what is shown meanwhile is not worth a failed start
            logger.info("Progress could not be said: %s", error)

    def _turn(self, description: dict[str, Any]) -> None:
        """Run the event loop until it is over, whatever tasks and callbacks that steps left on it raise."""
        with asyncio.Runner() as runner:
            loop = runner.get_loop()
            serving = loop.create_task(self._serve(description))
            while not serving.done():
                try:
                    loop.run_until_complete(serving)
                except (SystemExit, KeyboardInterrupt) as error:  # these two end a loop, from wherever they are raised
                    if serving.done():
                        raise
                    logger.warning("Code that a step left behind raised %r; its runner goes on.", error)

    async def _serve(self, description: dict[str, Any]) -> None:
        assert self.runs is not None
        self.loop = asyncio.get_running_loop()
        stacks = stack_file_of(Path(self.options["log"]))
        watchdog = self.watchdog = Watchdog(self.loop, self.store, self.runner_id, stacks)
        watchdog.start()
        self.store.update_runner(self.runner_id, status="ready", description=description, heartbeat=time.time())
        self._start_assigned()
        alone_since: float | None = None
        with self.runs.runtime.registering():
            while not self.finished.is_set():
                await asyncio.sleep(0.25)
                needed = bool(self.runs.hosted) or self._connections > 0 or not self._owner_gone or self.writer.held
                alone_since = None if needed else (alone_since or time.monotonic())
                if alone_since is not None and time.monotonic() - alone_since > ORPHAN_SECONDS:
                    break
        watchdog.stop()

    def _start_assigned(self) -> None:
        """Start the runs whose server has ended before it could name them; naming others again does nothing."""
        for run in self._live_runs():
            if run.runner_id == self.runner_id and run.status == "starting" and not run.last_seq:
                self._start(run.run_id)

    def _start(self, run_id: str) -> None:
        """Start a run, once: that it has begun isn't committed yet when it is named again."""
        assert self.runs is not None
        if run_id in self._started:
            return
        try:
            self.runs.start(run_id)
            self._started.add(run_id)
        except StoreRefused as refused:
            logger.error("Run %s is started as soon as its row can be read. %s", run_id, refused)
            asyncio.get_running_loop().call_later(START_AGAIN, self._start, run_id)

    def _live_runs(self) -> list[Run]:
        try:
            return self.store.live_runs()
        except StoreRefused as refused:
            logger.error("Runs that wait for this runner can't be looked for: their server names them. %s", refused)
            return []

    def _watch_owner(self) -> None:
        """The owner holds the other end of standard input; its end means that the owner is gone.

        Read from the descriptor: sys.stdin would stay locked, and a process that a step forks closes it for a start.
        """
        while os.read(0, 1):
            pass
        self._owner_gone = True

    # -- the control channel ------------------------------------------------------------------------

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._converse, args=(connection,), daemon=True).start()

    def _converse(self, connection: socket.socket) -> None:
        with connection:
            messages = protocol.receive(connection)
            try:
                hello = next(messages, None)
                if not hello or hello.get("op") != "hello" or hello.get("token") != self.token:
                    return
                with self._lock:
                    self._connections += 1
                sending = threading.Lock()
                try:
                    for message in messages:
                        if message.get("op") == "whole":  # megabytes: other requests don't wait for them
                            told = (connection, sending, message, self.redaction)
                            threading.Thread(target=_send_whole, args=told).start()
                            continue
                        with sending:
                            protocol.send(connection, {"id": message.get("id"), **self._handle(message)})
                finally:
                    with self._lock:
                        self._connections -= 1
            except (protocol.Disconnected, json.JSONDecodeError) as error:
                logger.info("A server has left: %s", error)

    def _handle(self, message: dict[str, Any]) -> dict[str, Any]:
        """Carry out one request. Requests about runs are handed to the event loop and answered at once."""
        op, run_id = message.get("op"), str(message.get("run", ""))
        assert self.runs is not None
        if op == "start":
            return self._on_loop(self._start, run_id)
        if op == "take_up":
            return self._on_loop(self._take_up, run_id)
        if op == "answered":
            return self._on_loop(self._take_up, run_id, message.get("upto"))
        if op == "cancel":
            return self._on_loop(self.runs.cancel, run_id, str(message.get("by", "")))
        if op == "check":
            return self._check(message)
        if op == "at_work":
            return {"ok": True, "runs": runs_on_stacks()}
        if op == "status":
            return {"ok": True, "runs": list(self.runs.hosted), "writer": self.writer.state()}
        if op == "shutdown":
            return {"ok": True, "stays": not self._may_end()}
        return {"ok": False, "error": f"unknown request {op!r}"}

    def _may_end(self) -> bool:
        """End now, unless somebody else needs this runner: a run, another server, or records that wait for the disk.

        It then ends by itself once it is needed no more.
        """
        assert self.runs is not None
        with self._lock:
            alone = self._connections <= 1 and not self.runs.hosted and not self.writer.held
            if alone:
                self.finished.set()
        return alone

    def _on_loop(self, function: Any, *args: Any) -> dict[str, Any]:
        if self.loop is None or self.watchdog is None:
            return {"ok": False, "error": "not ready"}
        self.watchdog.expect_work()
        self.loop.call_soon_threadsafe(function, *args)
        return {"ok": True}

    def _take_up(self, run_id: str, upto: float | None = None) -> None:
        """Go on with a run. Answers after `upto`, if it is said, were not given to this runner but maybe to another."""
        assert self.runs is not None
        if upto is not None and run_id not in self.runs.hosted:
            waiting = self.store.undelivered(run_id)
            if not any(answer.answered_at <= upto for _, answer in waiting):
                return
        sentence = self._misfit(run_id)
        if sentence is None:
            sentence = self.runs.take_up(run_id)
        run = self.store.run(run_id)
        if sentence is None and run is not None and run_id in self.runs.hosted and run.version != self.version:
            self.store.note_version(run_id, self.version)
        if sentence is not None and run is not None and run.status == "waiting" and not run.loaded:
            for prompt, _ in self.store.undelivered(run_id):
                self.store.refuse_answer(prompt.prompt_id, sentence)
        if sentence and run is not None and run.status == "starting" and not run.loaded:
            give_back(self.store, run, sentence.removesuffix(WAITS_ON))

    def _misfit(self, run_id: str) -> str | None:
        """Why this version can't go on with a run that another has paused, in a sentence; the run is left as it is.

        Answers that it can't take are given back; where none is left, nothing is to be said any more, and "" is given.
        """
        assert self.runs is not None
        run, saved = self.store.run(run_id), self.store.checkpoint(run_id)
        if run is None or saved is None or run.loaded or run.version == self.version or run_id in self.runs.hosted:
            return None
        try:
            workflow = self.runs.instance(run)
            check_saved(workflow, saved[1])
        except Exception as error:  # a class that is gone, a constructor that raises
            return f"The new version can’t go on with this run: {why(error)}.{WAITS_ON}"
        answers = self.store.undelivered(run_id)
        fitting = len(answers)
        for prompt, answer in answers:
            try:
                check_answer(workflow, saved[1], prompt, answer.value, self.store.path)
            except AnswerRefused as refused:
                self.store.refuse_answer(prompt.prompt_id, str(refused))
                fitting -= 1
        return "" if answers and not fitting else None

    def _check(self, message: dict[str, Any]) -> dict[str, Any]:
        """Whether input and arguments fit: {"ok", "errors": {field: sentence}, "argument_errors": {name: sentence}}."""
        assert self.instances is not None
        errors: dict[str, str] = {}
        argument_errors: dict[str, str] = {}
        try:
            maker = self.instances.maker(str(message["workflow"]))
            start = start_class(maker.cls)
            if start is not None:
                start(**with_contents(message["input"], self.store.path))
        except ValidationError as error:
            errors = sentences_of(error)
        except Exception as error:  # starting it will say so in the run
            return {"ok": True, "errors": {}, "argument_errors": {}, "error": f"{type(error).__name__}: {error}"}
        try:
            if maker.possible:
                maker.convert(message.get("arguments") or {})
        except ArgumentsRefused as error:
            argument_errors = error.errors
        except Exception as error:  # a validator of the user's; starting it will say so in the run
            logger.info("The arguments could not be checked: %s", error)
        return {"ok": True, "errors": errors, "argument_errors": argument_errors}


def _send_whole(
    connection: socket.socket, sending: threading.Lock, message: dict[str, Any], redaction: Redaction
) -> None:
    reply = redaction.of(whole_event(str(message.get("run")), str(message.get("key"))))
    with sending, suppress(protocol.Disconnected):  # the server may have left meanwhile
        protocol.send(connection, {"id": message.get("id"), **reply})


def _end_group() -> None:
    """Ask what steps have started and left running to end, where nobody outside may be left to do it."""
    if os.name == "posix" and os.getpgrp() == os.getpid():
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        os.killpg(0, signal.SIGTERM)


def main(options: dict[str, Any]) -> int:
    """Entry of the process that the supervisor starts."""
    os.environ[RUNNER_MARK] = options["runner_id"]  # subprocesses of steps are known by it
    leave_to_runner()  # a file that wraps its workflow in `record` is imported like any other
    redaction = Redaction.of_variables(os.environ, options["secret_names"])
    streams_past_descriptors(redaction)
    cache_settled_only()
    ours = logging.getLogger("stepscope")  # the root logger is left to the user's code: see output_logging
    ours.addHandler(logging.StreamHandler(sys.stderr))
    ours.propagate = False
    with capture_output(), runs_in_threads():
        return Runner(options, redaction).run()
