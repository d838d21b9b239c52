"""What the graph shows of a run: counts and states folded from its records, one record at a time."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any

from inspectors.graph.cycles import in_cycles
from inspectors.trace.step_counts import StepCounts, grown

_WAITS_FOR = re.compile(r"waits for (\d+)$")
_ATTEMPTS = re.compile(r"(\d+) attempts?\b")
_GIVEN = {"sent": ("sends", "returns"), "streamed": ("streams",), "prompt": ("prompts",)}


class Overlay:
    """Folds records into states and counts of nodes and edges. `graph` is the Graph JSON kept with the run, or None."""

    def __init__(self, graph: dict[str, Any] | None) -> None:
        self.seq = 0
        self.spans: list[list[int]] = []
        """First and last seq of records that one stands for: they are missing, or can't be read."""
        self.steps: dict[str, StepCounts] = {}
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
        self._restored: dict[str, Any] | None = None
        self._last: dict[str, int] = {}
        """The newest record of each event type, and of a person."""
        self._edge_keys: dict[tuple[str, str, tuple[str, ...]], str] = {}
        self._held: dict[str, dict[str, int]] = defaultdict(dict)
        """How many events each step keeps, by buffer or release."""
        self._whose: dict[str, str] = {}
        """The step of each release."""
        nodes = (graph or {}).get("nodes", [])
        self._facts = _facts(graph or {})
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
        changed = record.get("engine")
        if changed:
            self._engine(changed)
        fold = getattr(self, f"_on_{record['kind']}", None)
        if fold is not None:
            fold(record)

    def kept(self) -> dict[str, Any]:
        """What `restore` needs, once a run has ended."""
        return {"seq": self.seq, "spans": self.spans, "error_seq": self.error_seq, "graph": self.json()}

    def restore(self, kept: dict[str, Any]) -> None:
        """Be as an overlay that has folded all records of an ended run. No record can be folded after that."""
        self.seq, self.spans, self.error_seq = kept["seq"], kept["spans"], kept["error_seq"]
        self._restored = kept["graph"]

    @property
    def restored(self) -> bool:
        """Whether it was restored: a run that goes on after all is folded anew, by another overlay."""
        return self._restored is not None

    def _event_id(self, name: str, module: str = "") -> str:
        known = self._event_ids.get(name)
        if known is None:
            known = self._event_ids[name] = f"event:{module}.{name}"
        return known

    def _edge(self, source: str | None, target: str | None, *kinds: str, count: int = 1) -> None:
        """Count events on an edge; of several kinds it may have, the one that the graph has."""
        if source is None or target is None:
            return
        key = self._edge_keys.get((source, target, kinds))
        if key is None:
            kind = next((kind for kind in kinds if (source, target, kind) in self._edges_of_graph), kinds[0])
            key = self._edge_keys[source, target, kinds] = f"{source}|{target}|{kind}"
        self.edges[key] += count

    def _on_event(self, record: dict[str, Any]) -> None:
        event = self._event_id(record["type"], record["module"])
        self._last[event] = record["seq"]
        if not record.get("same_as"):
            self.events[event] += 1
        step = self.step_ids.get(record.get("from_step") or "")
        self._edge(step, event, *_GIVEN.get(record["via"], ("returns", "sends")))
        if record["via"] == "answer":
            for person in self._persons:
                self._edge(person, event, "answers")
            self.open_prompts.discard(record.get("prompt") or "")

    def _step(self, name: str) -> StepCounts:
        counts = self.steps.get(name)
        if counts is None:
            counts = self.steps[name] = StepCounts(**self._facts.get(name, {}))
        return counts

    def _on_invocation_started(self, record: dict[str, Any]) -> None:
        name = record["step"]
        item = record.get("work_item") or record["invocation"]
        counts, step = self._step(name), self.step_ids.get(name)
        counts.last_seq = record["seq"]
        fresh = counts.begins(record["invocation"], item, record.get("takes") or {}, record.get("attempt") or 1)
        for event, number in fresh.items():
            self._edge(self._event_id(event), step, "consumes", "waits", count=number)

    def _on_invocation_ended(self, record: dict[str, Any]) -> None:
        retries, handled = record.get("retry_in") is not None, bool(record.get("handled_by"))
        counts = self._step(record["step"])
        counts.last_seq = record["seq"]
        if counts.ends(record["invocation"], record["outcome"], record.get("took_ms"), retries, handled):
            self.error_seq = self.error_seq or record["seq"]

    def _engine(self, changed: dict[str, Any]) -> None:
        """The engine's own state has changed: only lengths of what queues and what is kept are of use here."""
        if changed.get("whole"):
            self._held.clear()
            self._whose.clear()
            for counts in self.steps.values():
                counts.in_queue = counts.held = 0
        for name, changes in (changed.get("steps") or {}).items():
            if "queue" in changes:
                self._step(name).queue_changes(changes["queue"])
            for buffer, splices in (changes.get("buffers") or {}).items():
                self._holds(name, buffer, splices)
        for release, value in (changed.get("releases") or {}).items():
            if value is None:
                self._held[self._whose.pop(release, "")].pop(release, None)
            else:
                name = self._whose.setdefault(release, value.get("step") or "")
                self._holds(name, release, value.get("keys") or [])
        for name, held in self._held.items():
            if name:
                self._step(name).held = sum(held.values())

    def _holds(self, name: str, where: str, splices: list[list[Any]]) -> None:
        number = self._held[name].get(where, 0) + grown(splices)
        if number > 0:
            self._held[name][where] = number
        else:
            self._held[name].pop(where, None)

    def _on_prompt(self, record: dict[str, Any]) -> None:
        self.open_prompts.add(record["prompt"])
        self.asked += 1
        self._last.update(dict.fromkeys(self._persons, record["seq"]))
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
        for step, unfinished in self._suspended.items():
            self.steps[step].resume(*unfinished)
        self.open_prompts, self._suspended = set(self._prompts_then), {}
        self.blocked, self.stalled, self.error_seq = None, False, None

    def _suspend(self) -> None:
        self._prompts_then = set(self.open_prompts)
        self._suspended = {step: counts.suspend() for step, counts in self.steps.items()}

    def _on_run_ended(self, record: dict[str, Any]) -> None:
        status = record.get("status")
        if status == "interrupted":
            self._suspend()
        self.blocked = None
        self.open_prompts.clear()
        for counts in self.steps.values():
            counts.end(status)
        if status in ("failed", "interrupted"):
            self.error_seq = self.error_seq or record["seq"]

    def json(self) -> dict[str, Any]:
        """`G` of the live protocol (docs/architecture.md)."""
        if self._restored is not None:
            return self._restored
        nodes: dict[str, dict[str, Any]] = {}
        for step, counts in self.steps.items():
            node = self.step_ids.get(step)
            if node is not None:
                nodes[node] = counts.json()
        for event, count in self.events.items():
            nodes[event] = self._node(event, "done", count)
        for person in self._persons if self.asked else ():
            nodes[person] = self._node(person, "waiting" if self.open_prompts else "done", self.asked)
        all_counts = self.steps.values()
        progress = {"done": sum(one.finished for one in all_counts), "known": sum(one.known for one in all_counts)}
        return {"nodes": nodes, "edges": dict(self.edges), "progress": progress}

    def _node(self, node: str, state: str, count: int) -> dict[str, Any]:
        return {"state": state, "count": count, "text": "", "streamed": 0, "last": self._last.get(node, 0)}


def _facts(graph: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What the graph knows of each step that its counts are said by, by name."""
    around = in_cycles(graph)
    gathers = {}
    for edge in graph.get("edges", []):
        found = _WAITS_FOR.search(edge.get("label") or "") if edge["kind"] == "consumes" else None
        if found:
            gathers[edge["target"]] = int(found.group(1))
    return {
        node["name"]: {
            "loops": node["id"] in around,
            "attempts_allowed": int(tries.group(1))
            if (tries := _ATTEMPTS.match(str(node.get("retries") or "")))
            else None,
            "gathers": gathers.get(node["id"]),
        }
        for node in graph.get("nodes", [])
        if node["kind"] == "step"
    }
