"""Runs of any number of records, written through the store as a runner writes them, without the hours it would take."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator
from typing import Any

from inspectors.store import Store
from inspectors.store.records import Commit

STEPS = ("split", "embed", "store", "report")
FRUIT = ("apple", "pear", "plum", "quince", "medlar")
BLOCK = 500
EVERY_S = 0.0002
"""From record to record: 5,000 a second."""
FAILS_EVERY = 30_011
WORKERS = 4


def graph() -> dict[str, Any]:
    """A graph of the steps, one after the other."""
    nodes = [
        {"id": f"step:big.Big.{name}", "kind": "step", "name": name, "accepts": [], "returns": []} for name in STEPS
    ]
    events = [{"id": f"event:big.{name.title()}ed", "kind": "event", "name": f"{name.title()}ed"} for name in STEPS]
    edges = []
    for number, name in enumerate(STEPS):
        edge = {"origins": ["declared"], "line": 1, "label": "", "many": False}
        made = f"event:big.{name.title()}ed"
        edges.append({"source": f"step:big.Big.{name}", "target": made, "kind": "returns", **edge})
        if number + 1 < len(STEPS):
            edges.append({"source": made, "target": f"step:big.Big.{STEPS[number + 1]}", "kind": "consumes", **edge})
    return {"name": "Big", "module": "big", "file": "", "line": 1, "doc": "", "nodes": nodes + events, "edges": edges}


def create(store: Store) -> str:
    """A run without records, said to be running."""
    run_id = store.create_run(workflow="Big", module="big", file="/gone/big.py", version="1", input={}, graph=graph())
    store.commit([Commit(run_id, 1, run={"status": "running", "started_at": time.time()})])
    return run_id


def records(count: int, began: float) -> Iterator[dict[str, Any]]:
    """`count` records: invocations of four steps that overlap, their events, prints and writes, a failure now and then.

    The first is the run's start, the last its end.
    """
    chance = random.Random(11)
    yield {"seq": 1, "t": began, "kind": "run_started", "timeout": None, "session": 1, "resumed": False}
    for seq in range(2, count):
        work, part = divmod(seq - 2, 5)
        name = STEPS[work % len(STEPS)]
        yield {"seq": seq, "t": round(began + seq * EVERY_S, 6), **_record(part, work, name, chance)}
    t = began + count * EVERY_S
    yield {"seq": count, "t": t, "kind": "run_ended", "status": "done", "result": {"type": "str", "value": "ok"}}


def _record(part: int, work: int, step: str, chance: random.Random) -> dict[str, Any]:
    invocation = {"invocation": f"invocation_{work}", "step": step}
    if part == 0:
        worker = {"worker": work % WORKERS, "workers": WORKERS, "attempt": 1, "queue_ms": 1.2}
        more = {"consumed": [f"invocation_{work - 1}.0"], "takes": {"Chunk": 1}, "work_item": f"work_item_{work}"}
        return {"kind": "invocation_started", **invocation, **worker, **more}
    if part == 1:
        return {"kind": "printed", "stream": "stdout", "text": f"{step} works on part {work}\n", "step": step}
    if part == 2:
        return {"kind": "store_written", "op": "set", "changes": {"parts": [work - 1, work]}, "step": step}
    if part == 3:
        fields = {"n": work, "text": f"part {work} speaks of {chance.choice(FRUIT)}"}
        made = {"type": f"{step.title()}ed", "module": "big", "via": "returned", "from_step": step, "fields": fields}
        return {"kind": "event", "key": f"invocation_{work}.0", "by": f"invocation_{work}", **made}
    ended = {"kind": "invocation_ended", **invocation, "took_ms": round(chance.lognormvariate(0.5, 1.0), 3)}
    if work % FAILS_EVERY == FAILS_EVERY - 1:
        error = {"type": "ValueError", "message": f"part {work} is rotten", "frames": [], "traceback": ""}
        return {**ended, "outcome": "error", "error": error, "retry_in": 1.0}
    return {**ended, "outcome": "ok", "gave": [f"invocation_{work}.0"], "gives": {f"{step.title()}ed": 1}}


def write(store: Store, count: int) -> str:
    """A run of so many records that ended just now; its id."""
    run_id, began = create(store), time.time() - count * EVERY_S - 60
    block: list[str] = []
    for record in records(count, began):
        block.append(json.dumps(record, separators=(",", ":")))
        last = record["seq"] == count
        if len(block) == BLOCK or last:
            times = {"status": "running", "started_at": began}
            if last:
                times = {"status": "done", "ended_at": record["t"], "active_s": count * EVERY_S}
            store.commit([Commit(run_id, record["seq"] - len(block) + 1, block, run=times)])
            block = []
    return run_id


def write_live(store: Store, run_id: str, count: int, rate: float) -> None:
    """Write records of a run as they would happen, `rate` a second, a commit every 20 ms."""
    began = time.time()
    block: list[str] = []
    made = records(count, began)
    sent = 0
    while sent < count:
        due = min(count, int((time.time() - began) * rate))
        block = []
        while sent < due:
            record = next(made)
            block.append(json.dumps({**record, "t": round(time.time(), 6)}, separators=(",", ":")))
            sent += 1
        if block:
            ended = {"status": "done", "ended_at": time.time()} if sent == count else {"status": "running"}
            store.commit([Commit(run_id, sent - len(block) + 1, block, run=ended)])
        time.sleep(0.02)
