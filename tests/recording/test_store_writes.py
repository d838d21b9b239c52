"""Writes to ctx.store: what changed from what to what, and which invocation did it."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field
from workflows import Context, Workflow, step
from workflows.context.state_store import DictState
from workflows.events import Event, StartEvent, StopEvent


class Next(Event):
    """Go on."""


class Tally(BaseModel):
    """The state of a typed context."""

    count: int = 0
    names: list[str] = Field(default_factory=list)
    password: str = ""


class Writes(Workflow):
    """Writes in each way there is."""

    @step
    async def first(self, ctx: Context, ev: StartEvent) -> Next:
        """Set twice, one of them below a path."""
        await ctx.store.set("n", 1)
        await ctx.store.set("n", 2)
        await ctx.store.set("user", {"name": "Ada"})
        await ctx.store.set("user.name", "Grace")
        await ctx.store.set("api_key", "sk-123")
        return Next()

    @step
    async def second(self, ctx: Context, ev: Next) -> StopEvent:
        """Edit, replace, clear."""
        async with ctx.store.edit_state() as state:
            state.n = 3
            state.extra = "new"
        await ctx.store.set_state(DictState(n=4))
        await ctx.store.clear()
        async with ctx.store.edit_state():
            pass
        return StopEvent(result=await ctx.store.get("n", default="gone"))


class Typed(Workflow):
    """Keeps a model as its state."""

    @step
    async def count(self, ctx: Context[Tally], ev: StartEvent) -> StopEvent:
        """Write fields of the model."""
        async with ctx.store.edit_state() as state:
            state.count += 1
            state.names = [*state.names, "Ada"]
            state.password = "hunter2"
        await ctx.store.set("count", 5)
        state = await ctx.store.get_state()
        return StopEvent(result=[type(state).__name__, state.count, state.names, state.password])


def test_each_way_of_writing_is_recorded_with_old_and_new_and_its_writer(play: Any) -> None:
    run, story = play(lambda lab: lab.run("Writes"))
    assert run.result["value"] == "gone"
    written = [(record["op"], record["changes"]) for record in story.of("store_written")]
    assert written == [
        ("set", {"n": [None, 1]}),
        ("set", {"n": [1, 2]}),
        ("set", {"user": [None, {"name": "Ada"}]}),
        ("set", {"user.name": ["Ada", "Grace"]}),
        ("set", {"api_key": {"$masked": True}}),
        ("edit_state", {"n": [2, 3], "extra": [None, "new"]}),
        (
            "set_state",
            {"n": [3, 4], "user": [{"name": "Grace"}, None], "api_key": {"$masked": True}, "extra": ["new", None]},
        ),
        ("clear", {"n": [4, None]}),
    ]
    first, second = story.started("first")[0], story.started("second")[0]
    by = [(record["step"], record["invocation"]) for record in story.of("store_written")]
    assert by == [("first", first["invocation"])] * 5 + [("second", second["invocation"])] * 3


def test_a_typed_state_stays_its_type_and_hides_its_secrets(play: Any) -> None:
    run, story = play(lambda lab: lab.run("Typed"))
    assert run.result["value"] == ["Tally", 5, ["Ada"], "hunter2"]
    assert [(record["op"], record["changes"]) for record in story.of("store_written")] == [
        ("edit_state", {"count": [0, 1], "names": [[], ["Ada"]], "password": {"$masked": True}}),
        ("set", {"count": [1, 5]}),
    ]
