"""Complete, item by item: writes to ctx.store with old and new value and their invocation, in every way there is."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import Any

from pydantic import BaseModel, Field
from workflows import Context, Workflow, step
from workflows.context.state_store import DictState, InMemoryStateStore
from workflows.events import Event, StartEvent, StopEvent
from workflows.runtime.runtime_decorators import BaseInternalRunAdapterDecorator

from inspectors.recording.runtime import RecordedInternalAdapter, RecordingRuntime
from inspectors.trace.details import details
from inspectors.trace.relations import Relations
from inspectors.trace.rows import RowContext, row
from tests.recording.lab import Lab, Story


class Part(Event):
    """One part of the work."""

    n: int


class Done(Event):
    """One part is done."""


class Profile(BaseModel):
    """A model inside the state."""

    name: str = "Ada"
    tags: list[str] = Field(default_factory=list)


class State(BaseModel):
    """A typed state."""

    count: int = 0
    profile: Profile = Field(default_factory=Profile)


class Paths(Workflow):
    """Writes below paths: dicts, lists, what isn't there yet."""

    @step
    async def write(self, ctx: Context, ev: StartEvent) -> StopEvent:
        """Four paths."""
        await ctx.store.set("user", {"name": "Ada", "langs": ["de", "en"]})
        await ctx.store.set("user.langs.1", "fr")
        await ctx.store.set("user.address.city", "Bern")
        await ctx.store.set("user.name", None)
        return StopEvent(result=await ctx.store.get("user"))


class Typed(Workflow):
    """A typed state in each way."""

    @step
    async def write(self, ctx: Context[State], ev: StartEvent) -> StopEvent:
        """Path, block, whole, clear."""
        await ctx.store.set("profile.name", "Grace")
        async with ctx.store.edit_state() as state:
            state.count = 2
            state.profile.tags.append("navy")
        await ctx.store.set_state(State(count=3))
        await ctx.store.clear()
        return StopEvent(result="written")


class InPlace(Workflow):
    """Changes lists in place, with and without writing them."""

    @step
    async def write(self, ctx: Context, ev: StartEvent) -> StopEvent:
        """The last change is never written: no hook sees it."""
        await ctx.store.set("found", ["a"])
        found = await ctx.store.get("found")
        found.append("b")
        await ctx.store.set("found", found)
        state = await ctx.store.get_state()
        state["found"].append("c")
        await ctx.store.set_state(state)
        async with ctx.store.edit_state() as edited:
            edited.found.append("d")
        (await ctx.store.get("found")).append("unseen")
        return StopEvent(result=await ctx.store.get("found"))


class AtOnce(Workflow):
    """Workers that edit one counter while others wait for their turn."""

    @step
    async def split(self, ctx: Context, ev: StartEvent) -> list[Part]:
        """Six parts."""
        await ctx.store.set("n", 0)
        return [Part(n=n) for n in range(6)]

    @step(num_workers=6)
    async def add(self, ctx: Context, ev: Part) -> Done:
        """Half of them edit slowly, half set while the block is open."""
        if ev.n % 2:
            async with ctx.store.edit_state() as state:
                await asyncio.sleep(0.005)
                state.n += 1
        else:
            await asyncio.sleep(0.002)
            await ctx.store.set("n", 10 * ev.n)
        return Done()

    @step
    async def join(self, ctx: Context, events: list[Done]) -> StopEvent:
        """The last value."""
        return StopEvent(result=await ctx.store.get("n"))


class FailsInside(Workflow):
    """A block that raises writes nothing; a write inside one is refused by the engine."""

    @step
    async def write(self, ctx: Context, ev: StartEvent) -> StopEvent:
        """Three tries."""
        await ctx.store.set("n", 1)
        said = []
        try:
            async with ctx.store.edit_state() as state:
                state.n = 2
                raise LookupError("changed my mind")
        except LookupError as error:
            said.append(str(error))
        try:
            async with ctx.store.edit_state() as state:
                state.n = 3
                await ctx.store.set("n", 4)
        except RuntimeError as error:
            said.append(type(error).__name__)
        return StopEvent(result=[*said, await ctx.store.get("n")])


def changes(story: Story) -> list[tuple[str, Any]]:
    """Each write: how, and what from what to what."""
    return [(record["op"], record["changes"]) for record in story.of("store_written")]


def test_writes_below_a_path_name_it_with_old_and_new(play: Any) -> None:
    run, story = play(lambda lab: lab.run("Paths"))
    assert run.result["value"]["address"] == {"city": "Bern"}
    assert changes(story) == [
        ("set", {"user": [None, {"name": "Ada", "langs": ["de", "en"]}]}),
        ("set", {"user.langs.1": ["en", "fr"]}),
        ("set", {"user.address.city": [None, "Bern"]}),
        ("set", {"user.name": ["Ada", None]}),
    ]


def test_a_typed_state_in_each_way_of_writing(play: Any) -> None:
    _, story = play(lambda lab: lab.run("Typed"))
    grace = {"name": "Grace", "tags": []}
    assert changes(story) == [
        ("set", {"profile.name": ["Ada", "Grace"]}),
        ("edit_state", {"count": [0, 2], "profile": [grace, {"name": "Grace", "tags": ["navy"]}]}),
        (
            "set_state",
            {"count": [2, 3], "profile": [{"name": "Grace", "tags": ["navy"]}, {"name": "Ada", "tags": []}]},
        ),
        ("clear", {"count": [3, 0]}),
    ]


def test_what_was_changed_in_place_and_written_back_has_its_old_value(play: Any) -> None:
    run, story = play(lambda lab: lab.run("InPlace"))
    assert run.result["value"] == ["a", "b", "c", "d", "unseen"]
    assert changes(story) == [
        ("set", {"found": [None, ["a"]]}),
        ("set", {"found": [["a"], ["a", "b"]]}),
        ("set_state", {"found": [["a", "b"], ["a", "b", "c"]]}),
        ("edit_state", {"found": [["a", "b", "c"], ["a", "b", "c", "d"]]}),
    ]


def test_writers_at_once_form_one_chain_of_old_and_new(play: Any) -> None:
    run, story = play(lambda lab: lab.run("AtOnce"))
    writes = [record["changes"]["n"] for record in story.of("store_written")]
    assert len(writes) == 7
    for (_, new), (old, _) in pairwise(writes):
        assert old == new, "each write begins where the one before ended"
    assert run.result["value"] == writes[-1][1]
    by = {record["invocation"] for record in story.of("store_written", step="add")}
    assert by == {record["invocation"] for record in story.started("add")}


def test_a_block_that_raises_is_no_write_and_the_engines_refusal_stays(play: Any) -> None:
    run, story = play(lambda lab: lab.run("FailsInside"))
    assert run.result["value"] == ["changed my mind", "RuntimeError", 1]
    assert changes(story) == [("set", {"n": [None, 1]})]


class Namespaced(BaseInternalRunAdapterDecorator):
    """An adapter whose runtime has a store for each namespace, as durable ones have."""

    stores: dict[tuple[str, ...], Any] = {}  # noqa: RUF012 - one run in the test

    def get_state_store(self, namespace: tuple[str, ...] = ()) -> Any:
        """The namespace's own store."""
        if not namespace:
            return self._decorated.get_state_store(())
        return self.stores.setdefault(namespace, InMemoryStateStore(DictState()))


class InNamespace(Workflow):
    """Writes the same name in its own store and in a child's."""

    adapter: Any = None

    @step
    async def write(self, ctx: Context, ev: StartEvent) -> StopEvent:
        """Twice."""
        await ctx.store.set("n", 1)
        store = type(self).adapter.get_state_store(("child", "inner"))
        await store.set("n", 2)
        await store.set("n", 3)
        return StopEvent(result=await ctx.store.get("n"))


def test_a_childs_own_store_is_told_apart(play: Any, monkeypatch: Any) -> None:
    made = RecordingRuntime.get_internal_adapter

    def namespaced(runtime: RecordingRuntime, workflow: Workflow) -> Any:
        adapter = made(runtime, workflow)
        assert isinstance(adapter, RecordedInternalAdapter)
        adapter._decorated = Namespaced(adapter._decorated)
        InNamespace.adapter = adapter
        return adapter

    monkeypatch.setattr(RecordingRuntime, "get_internal_adapter", namespaced)
    run, story = play(lambda lab: lab.run("InNamespace"))
    assert run.result["value"] == 1
    written = story.of("store_written")
    assert [(record.get("namespace"), record["changes"]) for record in written] == [
        (None, {"n": [None, 1]}),
        ("child/inner", {"n": [None, 2]}),
        ("child/inner", {"n": [2, 3]}),
    ]
    context = RowContext(story.records[0]["t"])
    assert row(written[1], context)["short"] == 'ctx.store["n"] = 2 · in child/inner'
    shown = details(written[1]["seq"], Relations(story.records), context)
    assert shown is not None and ("Store", "child/inner") in [(fact["label"], fact["text"]) for fact in shown["facts"]]


def test_details_of_a_write_link_to_the_invocation_that_did_it(play: Any) -> None:
    async def scene(lab: Lab) -> Story:
        _, story = await lab.run("Paths")
        return story

    story: Story = play(scene)
    first = story.of("store_written")[0]
    shown = details(first["seq"], Relations(story.records), RowContext(story.records[0]["t"]))
    (begun,) = story.started("write")
    assert shown is not None
    assert shown["facts"][0]["label"] == "Written by" and shown["facts"][0]["seq"] == begun["seq"]
    assert shown["fields"]["user"]["old"] is None
