"""Write golden traces from real runs: `python -m tests.golden.write NAME...`, or `all` for those that are missing.

A trace that exists is never written again: people keep traces for years, and today's code must read what was written
then. When the vocabulary grows, write further ones under new names.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from inspectors.discovery import discover
from inspectors.recording.values import LIMIT, set_limit
from inspectors.runner import hosted_runs
from inspectors.trace.overlay import Overlay
from tests.golden import flows
from tests.recording.lab import Lab, running

FOLDER = Path(__file__).parent

Scene = Callable[[Lab, str], Awaitable[Any]]


async def _to_its_end(lab: Lab, run_id: str) -> None:
    await lab.ended(run_id)


async def _answered_after_a_pause(lab: Lab, run_id: str) -> None:
    (prompt,) = await lab.prompted(run_id)
    await lab.paused(run_id)
    await lab.answer(prompt, response="yes")
    await lab.ended(run_id)


async def _cancelled(lab: Lab, run_id: str) -> None:
    await lab.until("two doze", lambda: len(lab.pick(run_id, "invocation_started", step="doze")) == 2)
    lab.runs.cancel(run_id, "Ada")
    await lab.ended(run_id)


async def _stalled(lab: Lab, run_id: str) -> None:
    await lab.recorded(run_id, "stalled")
    lab.runs.cancel(run_id, "")
    await lab.ended(run_id)


SCENES: dict[str, tuple[str, dict[str, Any], Scene]] = {
    "approval": ("Approval", {"topic": "tea"}, _answered_after_a_pause),
    "fan_out": ("FanOut", {}, _to_its_end),
    "retries": ("Retries", {}, _to_its_end),
    "recovers": ("Recovers", {}, _to_its_end),
    "wait_for_event": ("Waits", {}, _answered_after_a_pause),
    "store": ("Stores", {}, _to_its_end),
    "streaming": ("Streams", {}, _to_its_end),
    "child": ("Delegates", {}, _to_its_end),
    "timeout": ("Dozes", {"timeout": 0.3}, _to_its_end),
    "cancel": ("Dozes", {}, _cancelled),
    "stall": ("Stalls", {}, _stalled),
}


def counts_of(records: list[dict[str, Any]], graph: dict[str, Any] | None) -> dict[str, Any]:
    """What the graph shows of a run: state and count of nodes, counts of edges."""
    overlay = Overlay(graph)
    for record in records:
        overlay.apply(record)
    shown = overlay.json()
    nodes = {name: [node["state"], node["count"]] for name, node in sorted(shown["nodes"].items())}
    return {"nodes": nodes, "edges": dict(sorted(shown["edges"].items()))}


async def _play(folder: Path, workflow: str, values: dict[str, Any], scene: Scene) -> list[tuple[str, Any, Any]]:
    """(workflow, records, graph) of the run, and of runs that its steps started."""
    graphs = {source.name: source.graph for source in discover([FOLDER / "flows.py"]).workflows}
    lab = Lab(folder / "stepscope.db", flows)
    try:
        async with running(lab):
            run_id = lab.start(workflow, graph=graphs[workflow], **values)
            await scene(lab, run_id)
        runs = [run for run in lab.store.runs() if run.run_id != run_id]
        return [
            (workflow, lab.store.records(run_id), graphs[workflow]),
            *((run.workflow, lab.store.records(run.run_id), graphs.get(run.workflow)) for run in runs),
        ]
    finally:
        lab.close()


def write(name: str) -> list[Path]:
    """Run the scene and write its traces. Raises FileExistsError if there is one of that name."""
    workflow, values, scene = SCENES[name]
    if (FOLDER / f"{name}.jsonl").exists():
        raise FileExistsError(f"{name}.jsonl is there already, and golden traces are never written again.")
    hosted_runs.QUIET_SECONDS = 0.05
    set_limit(1_000 if name == "streaming" else LIMIT)
    with tempfile.TemporaryDirectory() as folder:
        played = asyncio.run(_play(Path(folder), workflow, values, scene))
    written = []
    for of, records, graph in played:
        stem = name if of == workflow else f"{name}_{of.lower()}"
        file = FOLDER / f"{stem}.jsonl"
        file.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
        beside = {"workflow": of, "graph": graph, "counts": counts_of(records, graph)}
        file.with_suffix(".shown.json").write_text(json.dumps(beside, indent=1) + "\n", encoding="utf-8")
        written.append(file)
    return written


def main(names: list[str]) -> int:
    """Write the traces of these names."""
    if names == ["all"]:
        names = [name for name in SCENES if not (FOLDER / f"{name}.jsonl").exists()]
    for name in names:
        if name not in SCENES:
            print(f"There is no scene {name}. There are: {', '.join(SCENES)}.", file=sys.stderr)
            return 2
        try:
            for file in write(name):
                print(f"{file.name}: {len(file.read_text(encoding='utf-8').splitlines())} records")
        except FileExistsError as error:
            print(error, file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
