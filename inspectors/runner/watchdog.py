"""Watches the event loop from a thread of its own: heartbeats, and which step keeps the loop busy."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from types import CodeType, FrameType
from typing import Any

from inspectors.recording.run_recorder import RunRecorder
from inspectors.runner.hosted_runs import HostedRuns
from inspectors.store import Store

BEAT = 0.2
BLOCKED_AFTER = 1.5
HEARTBEAT = 2.0
MANY = 100
"""Events waiting in queues from which on the engine's own work is felt."""


class Watchdog:
    """Notices within two seconds that a step doesn't let the event loop turn, and says so in its run."""

    def __init__(self, loop: asyncio.AbstractEventLoop, runs: HostedRuns, store: Store, runner_id: str) -> None:
        self._loop = loop
        self._runs = runs
        self._store = store
        self._runner_id = runner_id
        self._beat = time.monotonic()
        self._blocked: tuple[RunRecorder, float] | None = None
        self._stop = threading.Event()
        self._loop_thread = threading.get_ident()
        self._thread = threading.Thread(target=self._watch, name="stepscope-watchdog", daemon=True)

    def start(self) -> None:
        """Begin; called on the event loop's thread."""
        self._loop_beats()
        self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._stop.set()

    def _loop_beats(self) -> None:
        self._beat = time.monotonic()
        self._loop.call_later(BEAT, self._loop_beats)

    def _watch(self) -> None:
        last_heartbeat = 0.0
        while not self._stop.wait(0.25):
            late = time.monotonic() - self._beat
            if late > BLOCKED_AFTER and self._blocked is None:
                self._note_blocked(late)
            elif late < BLOCKED_AFTER and self._blocked is not None:
                recorder, since = self._blocked
                self._blocked = None
                recorder.record("unblocked", seconds=round(time.monotonic() - since, 1))
            if time.monotonic() - last_heartbeat > HEARTBEAT:
                last_heartbeat = time.monotonic()
                self._store.update_runner(self._runner_id, heartbeat=time.time())

    def _note_blocked(self, late: float) -> None:
        found = self._blocking() or self._overloaded()
        if found is None:
            return
        recorder, what = found
        self._blocked = (recorder, time.monotonic() - late)
        recorder.record("blocked", **what, seconds=round(late, 1), since=round(time.time() - late, 3))

    def _overloaded(self) -> tuple[RunRecorder, dict[str, Any]] | None:
        """The run whose queues keep the engine itself busy: it copies them all at every event."""
        best: tuple[int, RunRecorder] | None = None
        for hosted in list(self._runs.hosted.values()):
            if hosted.recorder is None or hosted.recorder.live is None:
                continue
            queued = sum(len(worker.queue) for worker in hosted.recorder.live.state.workers.values())
            queued += len(hosted.recorder.live.state.deliveries)
            if queued >= MANY and (best is None or queued > best[0]):
                best = (queued, hosted.recorder)
        return (best[1], {"step": None, "queued": best[0]}) if best is not None else None

    def _blocking(self) -> tuple[RunRecorder, dict[str, Any]] | None:
        """The active step whose code is on the loop thread's stack; of several runs of it, the one that began last."""
        codes = _codes_on_stack(sys._current_frames().get(self._loop_thread))
        best: tuple[float, RunRecorder, str] | None = None
        for hosted in list(self._runs.hosted.values()):
            if hosted.recorder is None:
                continue
            for active in list(hosted.recorder.active.values()):
                code = getattr(getattr(type(hosted.workflow), active.step, None), "__code__", None)
                if code in codes and (best is None or active.started > best[0]):
                    best = (active.started, hosted.recorder, active.step)
        return (best[1], {"step": best[2]}) if best is not None else None


def _codes_on_stack(frame: FrameType | None) -> set[CodeType]:
    codes = set()
    while frame is not None:
        codes.add(frame.f_code)
        frame = frame.f_back
    return codes
