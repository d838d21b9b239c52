"""A database of many runs, written through the store as runners write them: realistic sizes, statuses and times."""

from __future__ import annotations

import json
import random
import time
from typing import Any

from inspectors.discovery import discover
from inspectors.settings import SAMPLES
from inspectors.store import Store
from inspectors.store.records import Commit, NewPrompt

BATCH = 250
LARGE = 60_000
"""Characters of the largest inputs and results."""
WORDS = (
    "river market policy engine vector answer review claims energy budget season memory signal draft source "
    "question index chunk summary regulation heat pump storage price feed supplier invoice contract"
).split()
STATUSES = ("done",) * 88 + ("failed",) * 6 + ("cancelled",) * 3 + ("interrupted",) * 2 + ("waiting",)


def fill(store: Store, count: int, *, days: float = 18.0, seed: int = 7) -> list[str]:
    """Add `count` runs of the samples over the last `days`, oldest first; gives their ids."""
    chance = random.Random(seed)
    sources = [source for source in discover([str(SAMPLES)]).workflows if source.file]
    now = time.time()
    moments = sorted(now - days * 86_400 * chance.random() ** 1.6 - 1 for _ in range(count))
    ids: list[str] = []
    commits: list[Commit] = []
    for number, moment in enumerate(moments):
        source = chance.choice(sources)
        given = {**source.example_input, "topic": _text(chance, LARGE if number % 40 == 0 else 90)}
        run_id = store.create_run(
            workflow=source.name, module=source.module, file=source.file, version="1", input=given, graph=source.graph
        )
        ids.append(run_id)
        commits.append(_commit(chance, run_id, moment, LARGE if number % 40 == 20 else 160))
        if len(commits) == BATCH:
            store.commit(commits)
            commits = []
    store.commit(commits)
    return ids


def _commit(chance: random.Random, run_id: str, moment: float, size: int) -> Commit:
    status = chance.choice(STATUSES)
    took = round(chance.lognormvariate(0.3, 0.8), 3)
    columns: dict[str, Any] = {
        "status": status,
        "created_at": moment,
        "started_at": moment + 0.01,
        "active_s": took,
        "ended_at": None if status == "waiting" else moment + took,
    }
    prompts = []
    if status == "done":
        columns["result"] = {"type": "str", "value": _text(chance, size).capitalize()}
    elif status == "failed":
        columns["error"] = {
            "type": "ConnectionError",
            "message": f"{_text(chance, 30)} did not answer",
            "step": "search",
        }
    elif status == "interrupted":
        columns["error"] = {"type": "Interrupted", "message": "The runner ended while search was running."}
    elif status == "waiting":
        columns["waiting_since"] = moment + took
        prompts = [NewPrompt(f"{run_id}-1", 2, "InputRequiredEvent", "draft", "Reply APPROVE or REVISE:", {}, None, {})]
    records = [{"seq": 1, "t": moment, "kind": "run_started", "timeout": None, "session": 1, "resumed": False}]
    records += [{"seq": seq, "t": moment, "kind": "log", "text": _text(chance, 60)} for seq in range(2, 9)]
    return Commit(run_id, 1, [json.dumps(record) for record in records], run=columns, prompts=prompts)


def _text(chance: random.Random, size: int) -> str:
    return " ".join(chance.choices(WORDS, k=max(1, size // 7)))
