"""What the graph shows of a run: counts and states folded from its records, one record at a time."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from inspectors.trace.words import duration


@dataclass
class StepCounts:
    """One step's part in a run."""

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
    started: int = 0
    done: int = 0
    failed: int = 0
    recovered: int = 0
    """Failures that a @catch_error step took up."""
    cancelled: int = 0
    last_ms: float = 0.0
    ended_as: str = ""
    """How the run's end found it: cancelled or interrupted, if it was not finished."""

    def state(self) -> str:
        """The word of look.md for the node: trouble first, then what is going on, then what is over."""
        if self.ended_as:
            return self.ended_as
        if self.failed:
            return "failed"
        if self.active:
            return "running"
        if self.again:
            return "queued"
        if self.retrying:
            return "retrying"
        if self.waiting:
            return "waiting"
        if self.done or self.recovered:
            return "done"
        return "cancelled" if self.cancelled else "idle"

    def text(self) -> str:
        """The second line of the node."""
        parts = []
        if self.active and self.started > 1:
            parts.append(f"{len(self.active)} running · {self.done} done")
        elif self.active:
            parts.append("running")
        elif self.again:
            parts.append("runs again")
        elif self.waiting:
            parts.append("waits for an answer")
        elif self.retrying:
            parts.append(f"retrying, attempt {self.started + 1}")
        elif self.done > 1 or (self.done and self.failed):
            parts.append(f"{self.done} done")
        elif self.done:
            parts.append("done")
        if self.failed:
            parts.append(f"{self.failed} failed" if self.started > 1 else "failed")
        if self.recovered:
            parts.append(f"{self.recovered} recovered" if self.started > 1 else "failed, recovered")
        if self.state() in ("cancelled", "interrupted"):
            parts.append(self.state())
        if self.last_ms and not self.active and not self.waiting:
            parts.append(duration(self.last_ms))
        return " · ".join(parts) or "not started"


class Overlay:
    """Folds records into states and counts of nodes and edges. `graph` is the Graph JSON kept with the run, or None."""

    def __init__(self, graph: dict[str, Any] | None) -> None:
        self.seq = 0
        self.spans: list[list[int]] = []
        """First and last seq of records that one stands for: they are missing, or can't be read."""
        self.steps: dict[str, StepCounts] = defaultdict(StepCounts)
        self.events: dict[str, int] = defaultdict(int)
        self.edges: dict[str, int] = defaultdict(int)
        self.open_prompts: set[str] = set()
        self.asked = 0
        self.blocked: dict[str, Any] | None = None
        self.error_seq: int | None = None
        self.stalled = False
        self._suspended: dict[str, tuple[set[str], set[str], set[str]]] = {}
        """Work items that were active, or waited for an answer or an attempt, at the interruption, by step."""
        self._prompts_then: set[str] = set()
        nodes = (graph or {}).get("nodes", [])
        self.step_ids = {node["name"]: node["id"] for node in nodes if node["kind"] == "step"}
        self._event_ids = {node["name"]: node["id"] for node in nodes if node["kind"] == "event"}
        self._persons = [node["id"] for node in nodes if node["kind"] == "external"]
        self._edges_of_graph = {
            (edge["source"], edge["target"], edge["kind"]) for edge in (graph or {}).get("edges", [])
        }

    def apply(self, record: dict[str, Any]) -> None:
        """Fold the next record; records come in order of seq."""
        self.seq = record["upto"] if "upto" in record else record["seq"]
        if self.seq > record["seq"]:
            self.spans.append([record["seq"], self.seq])
        fold = getattr(self, f"_on_{record['kind']}", None)
        if fold is not None:
            fold(record)

    def _event_id(self, name: str, module: str = "") -> str:
        known = self._event_ids.get(name)
        if known is None:
            known = self._event_ids[name] = f"event:{module}.{name}"
        return known

    def _edge(self, source: str | None, target: str | None, *kinds: str, count: int = 1) -> None:
        """Count events on an edge; of several kinds it may have, the one that the graph has."""
        if source is None or target is None:
            return
        kind = next((kind for kind in kinds if (source, target, kind) in self._edges_of_graph), kinds[0])
        self.edges[f"{source}|{target}|{kind}"] += count

    def _on_event(self, record: dict[str, Any]) -> None:
        event = self._event_id(record["type"], record["module"])
        if not record.get("same_as"):
            self.events[event] += 1
        step = self.step_ids.get(record.get("from_step") or "")
        kinds = {"sent": ("sends", "returns"), "streamed": ("streams",), "prompt": ("prompts",)}
        self._edge(step, event, *kinds.get(record["via"], ("returns", "sends")))
        if record["via"] == "answer":
            for person in self._persons:
                self._edge(person, event, "answers")
            self.open_prompts.discard(record.get("prompt") or "")

    def _on_invocation_started(self, record: dict[str, Any]) -> None:
        counts = self.steps[record["step"]]
        item, takes = record.get("work_item") or record["invocation"], record.get("takes") or {}
        before = counts.taken.pop(item, {})
        counts.active[record["invocation"]] = (item, takes)
        counts.started += 1
        counts.again.discard(item)
        counts.retrying.discard(item)
        counts.waiting.discard(item)
        for name, number in takes.items():
            fresh = number - before.get(name, 0)
            if fresh > 0:
                step = self.step_ids.get(record["step"])
                self._edge(self._event_id(name), step, "consumes", "waits", count=fresh)

    def _on_invocation_ended(self, record: dict[str, Any]) -> None:
        counts = self.steps[record["step"]]
        item, takes = counts.active.pop(record["invocation"], (record["invocation"], {}))
        outcome, retries = record["outcome"], record.get("retry_in") is not None
        counts.last_ms = record.get("took_ms") or counts.last_ms
        if outcome in ("waiting", "again") or retries:
            counts.taken[item] = takes
        if outcome in ("ok", "buffered"):
            counts.done += 1
        elif outcome == "waiting":
            counts.waiting.add(item)
        elif outcome == "cancelled":
            counts.cancelled += 1
        elif outcome == "error" and record.get("handled_by"):
            counts.recovered += 1
        elif outcome == "error" and retries:
            counts.retrying.add(item)
        elif outcome == "error":
            counts.failed += 1
            self.error_seq = self.error_seq or record["seq"]

    def _on_prompt(self, record: dict[str, Any]) -> None:
        self.open_prompts.add(record["prompt"])
        self.asked += 1
        if record.get("event"):
            for person in self._persons:
                for source, target, kind in self._edges_of_graph:
                    if target == person and kind == "asks":
                        self._edge(source, person, "asks")

    def _on_prompt_expired(self, record: dict[str, Any]) -> None:
        self.open_prompts.discard(record["prompt"])

    def _on_blocked(self, record: dict[str, Any]) -> None:
        self.blocked = record

    def _on_unblocked(self, record: dict[str, Any]) -> None:
        self.blocked = None

    def _on_stalled(self, record: dict[str, Any]) -> None:
        self.stalled = True

    def _on_resumed(self, record: dict[str, Any]) -> None:
        """What was in flight runs again: that isn't counted twice; what waited waits on."""
        if not self._suspended:
            self._suspend()
        for step, (again, waiting, retrying) in self._suspended.items():
            counts = self.steps[step]
            counts.ended_as = ""
            counts.again, counts.waiting, counts.retrying = set(again), set(waiting), set(retrying)
            counts.active.clear()
        self.open_prompts, self._suspended = set(self._prompts_then), {}
        self.blocked, self.stalled, self.error_seq = None, False, None

    def _suspend(self) -> None:
        self._prompts_then = set(self.open_prompts)
        for step, counts in self.steps.items():
            counts.taken.update(counts.active.values())
            again = counts.again | {item for item, _ in counts.active.values()}
            self._suspended[step] = again, set(counts.waiting), set(counts.retrying)

    def _on_run_ended(self, record: dict[str, Any]) -> None:
        status = record.get("status")
        if status == "interrupted":
            self._suspend()
        self.blocked = None
        self.open_prompts.clear()
        for counts in self.steps.values():
            unfinished = counts.active or counts.again or counts.waiting or counts.retrying or counts.cancelled
            if unfinished and status in ("cancelled", "interrupted"):
                counts.ended_as = status
            elif counts.waiting or counts.retrying:
                counts.cancelled += 1
            counts.active.clear()
            counts.again.clear()
            counts.waiting.clear()
            counts.retrying.clear()
        if status in ("failed", "interrupted"):
            self.error_seq = self.error_seq or record["seq"]

    def json(self) -> dict[str, Any]:
        """`G` of the live protocol (docs/architecture.md)."""
        nodes: dict[str, dict[str, Any]] = {}
        for step, counts in self.steps.items():
            node = self.step_ids.get(step)
            if node is not None:
                nodes[node] = {
                    "state": counts.state(),
                    "count": counts.started,
                    "text": counts.text(),
                    "streamed": 0,
                }
        for event, count in self.events.items():
            nodes[event] = {"state": "done", "count": count, "text": "", "streamed": 0}
        for person in self._persons:
            if self.asked:
                waits = bool(self.open_prompts)
                nodes[person] = {
                    "state": "waiting" if waits else "done",
                    "count": self.asked,
                    "text": "",
                    "streamed": 0,
                }
        return {"nodes": nodes, "edges": dict(self.edges)}
