"""One step's part in a run: what is queued, at work and over, as a state, a line of text and numbers for the graph."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from inspectors.trace.words import duration, plural


@dataclass
class StepCounts:
    """Counts of one step. A work item is what an invocation is made for, the same through retries and waits."""

    loops: bool = False
    """Whether what the step gives can lead to it again."""
    attempts_allowed: int | None = None
    """How often its retry policy tries at most, where that is known."""
    gathers: int | None = None
    """How many events it waits for before it goes on, where the graph knows it."""

    active: dict[str, tuple[str, dict[str, int]]] = field(default_factory=dict)
    """Work item, and how many events of each type were taken, by invocation."""
    retrying: set[str] = field(default_factory=set)
    """Work items that wait for their next attempt."""
    waiting: set[str] = field(default_factory=set)
    """Work items that wait for an answer."""
    again: set[str] = field(default_factory=set)
    """Work items that were in flight when the run was interrupted, and run again."""
    taken: dict[str, dict[str, int]] = field(default_factory=dict)
    """What work items that will run again have taken already: it isn't counted twice."""
    in_queue: int = 0
    """Work items in the engine's queue, those that wait for their next attempt among them."""
    held: int = 0
    """Events that the step keeps until the others are there."""
    items: int = 0
    """Work items that were begun."""
    started: int = 0
    """Invocations that were begun: more than work items after retries and waits."""
    done: int = 0
    failed: int = 0
    recovered: int = 0
    """Failures that a @catch_error step took up."""
    cancelled: int = 0
    attempt: int = 1
    """The attempt that began last."""
    last_ms: float = 0.0
    last_seq: int = 0
    """The newest record of one of its invocations."""
    wide: bool = False
    """Whether several work items were there at once."""
    ended_as: str = ""
    """How the run's end found it: cancelled or interrupted, if it was not finished."""

    @property
    def queued(self) -> int:
        """Work items that wait for a worker."""
        return max(0, self.in_queue - len(self.retrying) - len(self.again))

    @property
    def finished(self) -> int:
        """Work items that don't run again."""
        return self.done + self.failed + self.recovered + self.cancelled

    @property
    def known(self) -> int:
        """All work items that are known of so far."""
        unfinished = len(self.active) + len(self.again) + len(self.retrying) + len(self.waiting)
        return self.finished + unfinished + self.queued

    def state(self) -> str:
        """The word of look.md for the node: trouble first, then who is waited for, what goes on, what is over."""
        if self.ended_as:
            return self.ended_as
        if self.failed:
            return "failed"
        if self.waiting:
            return "waiting"
        if self.active:
            return "running"
        if self.retrying:
            return "retrying"
        if self.again or self.queued or self.held:
            return "queued"
        if self.done or self.recovered:
            return "done"
        return "cancelled" if self.cancelled else "idle"

    def text(self) -> str:
        """The second line of the node."""
        parts = self._going_on() or self._over()
        if self.failed:
            parts.append(f"{self.failed:,} failed" if self.items > 1 else "failed")
        if self.recovered:
            parts.append(f"{self.recovered:,} recovered" if self.items > 1 else "failed, recovered")
        if self.state() in ("cancelled", "interrupted"):
            parts.append(self.state())
        if self.last_ms and len(parts) < 2 and not self.waiting:
            parts.append(duration(self.last_ms))
        return " · ".join(parts) or "not started"

    def _going_on(self) -> list[str]:
        if self.waiting:
            who = "waits for an answer" if len(self.waiting) == 1 else f"{len(self.waiting):,} wait for answers"
            return [*([f"{len(self.active):,} running"] if self.active else []), who]
        if self.again and not self.active:
            return ["runs again" if len(self.again) == 1 else f"{len(self.again):,} run again"]
        if self.wide and (self.active or self.queued or self.retrying):
            return [f"{self.finished:,} of {self.known:,}"]
        if self.active:
            if self.attempt > 1:
                return [self._attempt("attempt ", self.attempt)]
            if self.items == 1:
                return ["running"]
            return [f"round {self.items:,}"] if self.loops else ["running", f"{self.done:,} done"]
        if self.retrying:
            return [self._attempt("retrying, ", self.attempt + 1)]
        if self.queued:
            return ["queued"] if self.queued == 1 else [f"{self.queued:,} queued"]
        if self.held:
            return [f"has {self.held:,} of {self.gathers:,}" if self.gathers else f"has {plural(self.held, 'event')}"]
        return []

    def _attempt(self, before: str, number: int) -> str:
        """`attempt 2`, `retrying, 2 of 3`."""
        if self.attempts_allowed:
            return f"{before}{number} of {self.attempts_allowed}"
        return f"{before}{number}" if before == "attempt " else f"{before}attempt {number}"

    def _over(self) -> list[str]:
        if self.loops and not self.wide and self.done > 1 and not self.failed:
            return [f"{self.done:,} rounds"]
        if self.done > 1 or (self.done and self.failed):
            return [f"{self.done:,} done"]
        return ["done"] if self.done else []

    def json(self) -> dict[str, Any]:
        """A node of `G` (docs/architecture.md)."""
        return {
            "state": self.state(),
            "count": self.started,
            "text": self.text(),
            "streamed": 0,
            "active": len(self.active),
            "queued": self.queued,
            "done": self.done,
            "failed": self.failed,
            "last_ms": self.last_ms or None,
            "last": self.last_seq,
        }

    # -- folding --------------------------------------------------------------------------------------

    def begins(self, invocation: str, item: str, takes: dict[str, int], attempt: int) -> dict[str, int]:
        """An invocation begins; gives what it has taken that isn't counted yet, by type."""
        before = self.taken.pop(item, None)
        self.active[invocation] = (item, takes)
        self.started += 1
        self.items += before is None
        self.attempt = attempt
        self.again.discard(item)
        self.retrying.discard(item)
        self.waiting.discard(item)
        self.wide = self.wide or len(self.active) > 1
        fresh = {name: number - (before or {}).get(name, 0) for name, number in takes.items()}
        return {name: number for name, number in fresh.items() if number > 0}

    def ends(self, invocation: str, outcome: str, took_ms: float | None, retries: bool, handled: bool) -> bool:
        """An invocation ended; gives whether that is a failure which nothing mends."""
        item, takes = self.active.pop(invocation, (invocation, {}))
        self.last_ms = took_ms or self.last_ms
        if outcome in ("waiting", "again") or retries:
            self.taken[item] = takes
        if outcome in ("ok", "buffered"):
            self.done += 1
        elif outcome == "waiting":
            self.waiting.add(item)
        elif outcome == "cancelled":
            self.cancelled += 1
        elif outcome == "error" and handled:
            self.recovered += 1
        elif outcome == "error" and retries:
            self.retrying.add(item)
        elif outcome == "error":
            self.failed += 1
            return True
        return False

    def queue_changes(self, splices: list[list[Any]]) -> None:
        """The engine's queue of the step has changed (recording/engine_changes.py)."""
        self.in_queue = max(0, self.in_queue + grown(splices))
        self.wide = self.wide or self.queued > 1

    def suspend(self) -> tuple[set[str], set[str], set[str]]:
        """The work items that an interruption found at work, waiting for an answer, waiting for an attempt."""
        self.taken.update(self.active.values())
        return self.again | {item for item, _ in self.active.values()}, set(self.waiting), set(self.retrying)

    def resume(self, again: set[str], waiting: set[str], retrying: set[str]) -> None:
        """What was in flight runs again, what waited waits on."""
        self.ended_as = ""
        self.again, self.waiting, self.retrying = set(again), set(waiting), set(retrying)
        self.active.clear()

    def end(self, status: str | None) -> None:
        """The run is over: nothing of it goes on."""
        unfinished = self.active or self.again or self.waiting or self.retrying or self.cancelled
        if unfinished and status in ("cancelled", "interrupted"):
            self.ended_as = status
        elif self.waiting or self.retrying:
            self.cancelled += 1
        self.in_queue = self.held = 0
        for unended in (self.active, self.again, self.waiting, self.retrying):
            unended.clear()


def grown(splices: list[list[Any]]) -> int:
    """By how many entries a list is longer after these splices."""
    return sum(len(inserted) - deleted for _, deleted, inserted in splices)
