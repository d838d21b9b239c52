"""The looks Gantt, Stream and State over HTTP: real runs, queries that say nothing, spans that are kept."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from workflows import Context, Workflow, step
from workflows.events import Event, StartEvent, StopEvent

from inspectors.server import look_views
from inspectors.server.lane_labels import label
from inspectors.server.look_views import LookViews
from inspectors.store import Store
from inspectors.store.records import Commit
from inspectors.trace.gantt import Looked
from tests.recording.lab import Lab, running

Runs = Callable[..., Any]


class Token(Event):
    """A piece of a text."""

    delta: str


class Part(Event):
    """One of many."""

    name: str


class Inner(Workflow):
    """A child."""

    @step
    async def inside(self, ev: StartEvent) -> StopEvent:
        """Nothing much."""
        return StopEvent(result=1)


class Done(Event):
    """A part is done."""


class Shown(Workflow):
    """Streams, writes to the store, fans out, starts children."""

    @step
    async def begin(self, ctx: Context, ev: StartEvent) -> Part | None:
        """Say something and hand out parts."""
        for piece in ("# Title\n\n", "Some **", "words**"):
            ctx.write_event_to_stream(Token(delta=piece))
        await ctx.store.set("wanted", ev.n)
        for number in range(ev.n):
            ctx.send_event(Part(name=f"part {number}"))
        return None

    @step(num_workers=2)
    async def work(self, ev: Part) -> Done:
        """Let a child do it."""
        await Inner().run()
        return Done()

    @step
    async def end(self, ctx: Context, ev: Done) -> StopEvent | None:
        """Wait for all."""
        if ctx.collect_events(ev, [Done] * await ctx.store.get("wanted")) is None:
            return None
        return StopEvent(result="ok")


def shown(path: Path, parts: int) -> str:
    """A run that has ended, with the spans of its children."""

    async def scene() -> str:
        lab = Lab(path, sys.modules[__name__])
        async with running(lab):
            run, _ = await lab.run("Shown", n=parts)
        lab.close()
        return run.run_id

    return asyncio.run(scene())


def test_a_real_run_is_told_by_its_three_looks(client: TestClient, own_database: Path) -> None:
    run_id = shown(own_database, 7)
    base = f"/stepscope/api/runs/{run_id}"
    answer = client.get(f"{base}/gantt?width=600&open=work&rows=100")
    assert answer.status_code == 200 and answer.headers["cache-control"] == "no-store"
    picture = answer.json()
    rows = [row for row in picture["rows"] if row["depth"] == 0]
    assert [(row["kind"], row["name"]) for row in rows] == [
        ("only", "begin"),
        ("group", "work"),
        *[("lane", "work")] * 7,
        ("only", "end"),
    ]
    assert [row["label"] for row in rows if row["kind"] == "lane"] == [f"part {number}" for number in range(7)]
    assert {row["worker"] for row in rows if row["kind"] == "lane"} == {0, 1}
    children = [row for row in picture["rows"] if row["kind"] == "child"]
    assert [(row["name"], row["depth"], row["status"]) for row in children] == [("Inner", 1, "done")] * 7
    assert [row["name"] for row in picture["rows"] if row["depth"] == 2] == ["inside"] * 7
    assert "events" in [bar["kind"] for bar in rows[-1]["bars"]]
    assert (picture["status"], picture["rows_in_all"]) == ("done", len(picture["rows"]))

    stream = client.get(f"{base}/stream").json()
    (block,) = stream["blocks"]
    assert (block["text"], block["pieces"], block["step"]) == ("# Title\n\nSome **words**", 3, "begin")
    assert block["tree"][0]["t"] == "heading" and stream["written"] == 3

    state = client.get(f"{base}/state").json()
    assert state["store"] == {"wanted": 7} and state["last"]["step"] == "begin"
    before = client.get(f"{base}/state?at={state['last']['seq'] - 1}").json()
    assert before["store"] == {} and before["next"] == state["last"]["seq"]


QUERIES = {
    "gantt?from=x": 400,
    "gantt?from=3&to=2": 400,
    "gantt?from=nan&to=2": 400,
    "gantt?width=inf": 400,
    "gantt?rows=-5&first=-3": 200,
    "gantt?rows=1e9": 400,
    "gantt?open=nothing&closed=work&step=none&find=99": 200,
    "gantt?from=-100&to=1000000": 200,
    f"gantt?find={'9' * 40}": 400,
    "stream?first=-5&count=3": 200,
    "stream?count=0": 200,
    "stream?first=x": 400,
    "stream?find=2": 200,
    "stream?step=none&event=None&q=%00": 200,
    "state?at=x": 400,
    "state?at=999": 200,
}


def test_queries_are_answered_or_refused_with_a_sentence(client: TestClient, writing: Runs) -> None:
    run = writing()
    run.commit(20)
    for query, status in QUERIES.items():
        answer = client.get(f"/stepscope/api/runs/{run.run_id}/{query}")
        assert answer.status_code == status, query
        assert status == 200 or answer.json()["error"].endswith("."), query
        unknown = client.get(f"/stepscope/api/runs/none/{query}")
        assert unknown.status_code == 404 and unknown.json() == {"error": "There is no run none."}


def test_looks_are_behind_the_checks_of_host_and_origin(client: TestClient, writing: Runs) -> None:
    run = writing()
    for look in ("gantt", "stream", "state"):
        for headers in ({"host": "evil.example"}, {"origin": "http://evil.example"}):
            answer = client.get(f"/stepscope/api/runs/{run.run_id}/{look}", headers=headers)
            assert answer.status_code == 403, (look, headers)


def test_a_run_that_goes_on_is_folded_further(client: TestClient, writing: Runs) -> None:
    run = writing()
    for count in (5, 40, 200):
        run.commit(count)
        picture = client.get(f"/stepscope/api/runs/{run.run_id}/gantt").json()
        assert picture["upto"] == run.seq and picture["ended"] is None
        assert picture["rows"][0]["count"] == run.seq // 2


def test_spans_of_a_long_run_are_kept_once(store: Store, writing: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(look_views, "LONG", 100)
    run = writing()
    run.commit(150)
    first = LookViews(store)
    going = first.gantt(store.run(run.run_id), Looked(find=10))
    assert store.kept_spans(run.run_id, run.seq, look_views.FORMAT) is None and going["ended"] is None
    run.end()
    told = first.gantt(store.run(run.run_id), Looked(find=10))
    assert store.kept_spans(run.run_id, run.seq, look_views.FORMAT) is not None
    monkeypatch.setattr(store, "iter_lines", lambda *_: pytest.fail("its records were read again"))
    assert LookViews(store).gantt(store.run(run.run_id), Looked(find=10)) == told


def test_an_interrupted_run_that_goes_on_is_folded_anew(
    store: Store, writing: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(look_views, "LONG", 10)
    run = writing()
    run.commit(20)
    run.end()
    LookViews(store).prepare(store.run(run.run_id))
    kept = LookViews(store)
    assert kept.gantt(store.run(run.run_id), Looked())["ended"] is not None
    resumed = {"seq": run.seq + 1, "t": 1e10, "kind": "resumed"}
    changes = {"status": "running", "ended_at": None}
    store.commit([Commit(run.run_id, run.seq + 1, lines=[json.dumps(resumed)], run=changes)])
    picture = kept.gantt(store.run(run.run_id), Looked())
    assert picture["ended"] is None and picture["upto"] == run.seq + 1


def test_a_damaged_block_leaves_the_other_spans(client: TestClient, writing: Runs, store: Store) -> None:
    run = writing()
    for _ in range(3):
        run.commit(10)
    with store.writing() as db:
        db.execute("UPDATE block SET records = x'00' WHERE first_seq = 11")
    picture = client.get(f"/stepscope/api/runs/{run.run_id}/gantt").json()
    assert picture["upto"] == 30 and 9 <= picture["rows"][0]["count"] <= 11


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"query": "web"}, "web"),
        ({"n": 3, "query": "  two\n words "}, "two words"),
        ({"text": "x" * 300, "name": "short"}, "short"),
        ({"text": "x" * 300}, "x" * 40 + "…"),
        ({"flag": True, "n": 4}, "n 4"),
        ({}, ""),
    ],
)
def test_a_lane_is_about_a_short_value_of_its_event(fields: dict[str, Any], expected: str) -> None:
    assert label(fields) == expected
