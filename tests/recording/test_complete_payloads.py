"""Complete, item by item: payloads of any size and kind: cut, bounded, never raising, whole while the runner lives."""

from __future__ import annotations

import gc
import json
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import BaseModel, computed_field
from workflows import Context, Workflow, step
from workflows.events import Event, HumanResponseEvent, InputRequiredEvent, StartEvent, StopEvent

from inspectors.recording import values
from inspectors.recording.values import LIMIT, Kept, preview, preview_of_fields, set_limit
from inspectors.recording.whole_values import WHOLE, WholeValues, rough_size
from inspectors.runner.whole import whole_event
from inspectors.trace.details import details, holds_cut
from inspectors.trace.relations import Relations
from inspectors.trace.rows import RowContext
from tests.recording.lab import Lab

MOST_MS = 50


class Large(Event):
    """Carries anything."""

    value: Any = None


class Carries(Workflow):
    """Hands a payload from its first step to its second."""

    payload: Any = None

    @step
    async def begin(self, ev: StartEvent) -> Large:
        """Give it."""
        return Large(value=type(self).payload)

    @step
    async def finish(self, ev: Large) -> StopEvent:
        """Take it."""
        return StopEvent(result="ok")


class Raises:
    """Raises from all of its methods."""

    def __repr__(self) -> str:
        raise RuntimeError("no repr")

    def __len__(self) -> int:
        raise ValueError("no len")

    def __iter__(self) -> Iterator[int]:
        raise MemoryError("no iter")

    def __getattr__(self, name: str) -> Any:
        raise OSError(f"no {name}")

    def __eq__(self, other: object) -> bool:
        raise ZeroDivisionError

    __hash__ = None  # type: ignore[assignment]


class Proxy:
    """Bound to nothing, as lazy objects of web frameworks are: even its class raises."""

    @property
    def __class__(self) -> Any:
        raise RuntimeError("working outside of a request")


class Endless(list[int]):
    """A list that never ends."""

    def __iter__(self) -> Iterator[int]:
        n = 0
        while True:
            yield n
            n += 1

    def __len__(self) -> int:
        return 10**18


class EndlessMapping(Mapping[str, int]):
    """A mapping that never ends."""

    def __getitem__(self, name: str) -> int:
        return 1

    def __iter__(self) -> Iterator[str]:
        return (f"k{n}" for n in iter(int, 1))

    def __len__(self) -> int:
        return -1


class Failing(BaseModel):
    """A model one of whose fields can't be read, and whose computed field fails."""

    good: int = 1
    bad: int = 2

    def __getattribute__(self, name: str) -> Any:
        if name == "bad":
            raise ConnectionError("the database is gone")
        return super().__getattribute__(name)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def sum(self) -> int:
        """Fails."""
        raise ArithmeticError("no sum")


class LongRepr:
    """Its repr is a hundred thousand lines."""

    def __repr__(self) -> str:
        return "line\n" * 100_000


class Metaclass(type):
    """A class that doesn't say its name."""

    def __getattribute__(cls, name: str) -> Any:
        if name == "__qualname__" or name == "model_fields":
            raise RuntimeError("nameless")
        return super().__getattribute__(name)


class Nameless(metaclass=Metaclass):
    """Of no name."""


def cycle() -> dict[str, Any]:
    """A structure that holds itself twice over."""
    made: dict[str, Any] = {"list": []}
    made["list"].append(made)
    made["self"] = made
    return made


HOSTILE = {
    "raises": Raises,
    "proxy": Proxy,
    "endless list": Endless,
    "endless mapping": EndlessMapping,
    "generator": lambda: iter(int, 1),
    "cycle": cycle,
    "failing model": Failing,
    "long repr": LongRepr,
    "nameless": Nameless,
    "wide": lambda: [[None] * 2_000] * 2_000,
    "hollow": lambda: [[[]] * 2_000] * 2_000,
    "long key": lambda: {"k" * 5_000_000: 1},
    "long text": lambda: "x" * 20_000_000,
    "many": lambda: dict.fromkeys(range(1_000_000)),
    "set": lambda: set(range(1_000_000)),
    "array": lambda: np.zeros((5_000, 1_000)),
    "vector": lambda: np.arange(5_000_000),
    "objects": lambda: np.array([object()] * 2_000),
    "frame": lambda: pd.DataFrame(np.zeros((300_000, 20))),
    "texts": lambda: pd.DataFrame({f"c{n}": ["some text"] * 100_000 for n in range(5)}),
    "wide frame": lambda: pd.DataFrame(np.zeros((3, 20_000))),
    "image bytes": lambda: b"\x89PNG\r\n\x1a\n" + b"\0" * 50_000_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_no_value_raises_or_takes_more_than_its_time_and_room(name: str) -> None:
    hostile, times = HOSTILE[name](), []
    for _ in range(3):
        began = time.thread_time()  # others share the machine
        made = preview({"value": hostile})
        times.append((time.thread_time() - began) * 1000)
    assert len(json.dumps(made, allow_nan=False)) < 2 * LIMIT
    assert min(times) < MOST_MS


# Not the proxy, at which the bare engine fails as well, nor the largest, whose journal alone takes seconds.
RUNS = "raises,endless list,endless mapping,generator,cycle,failing model,long repr,nameless,long key,array,frame"


@pytest.mark.parametrize("name", RUNS.split(","))
def test_a_run_with_it_ends_as_without_us(play: Any, name: str) -> None:
    Carries.payload = HOSTILE[name]()
    run, story = play(lambda lab: lab.run("Carries"))
    Carries.payload = None
    assert run.status == "done", run.error
    assert "value" in story.event("Large")["fields"]


class ReadsOnce(Workflow):
    """Hands on what can be read only once, in an event and in ctx.store, and pauses."""

    @step
    async def begin(self, ctx: Context, ev: StartEvent) -> InputRequiredEvent:
        """Keep a generator and ask."""
        await ctx.store.set("lines", (f"line {n}" for n in range(3)))
        return InputRequiredEvent(prefix="Go on?", rows=(n for n in range(3)))  # type: ignore[call-arg]

    @step
    async def finish(self, ctx: Context, ev: HumanResponseEvent) -> StopEvent:
        """Read it."""
        return StopEvent(result=[line async for line in self.lines(ctx)])

    async def lines(self, ctx: Context) -> AsyncIterator[str]:
        """The lines."""
        for line in await ctx.store.get("lines"):
            yield line


def test_what_can_be_read_only_once_is_left_to_the_steps(play: Any) -> None:
    async def scene(lab: Lab) -> Any:
        run_id = lab.start("ReadsOnce")
        (prompt,) = await lab.prompted(run_id)
        await lab.recorded(run_id, "waiting")
        await lab.answer(prompt, response="yes")
        return await lab.ended(run_id), lab.story(run_id)

    run, story = play(scene)
    assert run.result["value"] == ["line 0", "line 1", "line 2"]
    (refused,) = story.of("not_saved")
    assert refused["why"] == "ctx.store holds an iterator (lines), which saving would use up"
    assert story.of("waiting")[0]["saved"] is False


class Unreadable(Event):
    """An event that gives nothing away."""

    def __getattribute__(self, name: str) -> Any:
        if name in ("__dict__", "_data", "__pydantic_private__") and Unreadable.armed:
            raise RuntimeError(f"no {name}")
        return super().__getattribute__(name)


Unreadable.armed = False  # type: ignore[attr-defined]


def test_an_event_that_gives_nothing_away_is_recorded_by_its_name() -> None:
    event = Unreadable()
    Unreadable.armed = True  # type: ignore[attr-defined]
    try:
        assert preview_of_fields(event) == Kept({}, cut=False, once=False)
    finally:
        Unreadable.armed = False  # type: ignore[attr-defined]


def test_a_repr_that_leaves_the_process_leaves_nothing() -> None:
    class Exits:
        def __repr__(self) -> str:
            raise SystemExit(1) if armed else RuntimeError

    armed = True
    made = preview([Exits(), 1])
    armed = False  # pytest could not even report a failure otherwise
    assert made[0]["$repr"].endswith("Exits whose repr raised SystemExit") and made[1] == 1


def test_a_field_that_can_not_be_read_leaves_the_others() -> None:
    made = preview(Failing())
    assert made["good"] == 1
    assert made["bad"]["$repr"] == "a field whose reading raised ConnectionError"


def test_a_repr_that_takes_long_is_asked_twice_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(values, "SLOW_SECONDS", -1.0)
    asked = []

    class Slow:
        def __repr__(self) -> str:
            asked.append(1)
            return "slow"

    shown = [preview(Slow())["$repr"] for _ in range(4)]
    assert len(asked) == 2
    assert shown[:2] == ["slow", "slow"] and shown[3].endswith("Slow whose repr takes long")


@pytest.fixture
def small_limit() -> Iterator[int]:
    """Records keep 1,000 characters of an event."""
    set_limit(1_000)
    yield 1_000
    set_limit(LIMIT)


def test_the_configured_limit_holds_and_type_and_size_are_kept(play: Any, small_limit: int) -> None:
    async def scene(lab: Lab) -> Any:
        stories = []
        for payload in ("é" * 5_000, [{"n": n, "text": "some text"} for n in range(500)], ["short"] * 150):
            Carries.payload = payload
            stories.append((await lab.run("Carries"))[1])
        return stories

    stories = play(scene)
    kept = [story.event("Large")["fields"]["value"] for story in stories]
    assert (kept[0]["size"], kept[0]["type"]) == (5_000, "str") and len(kept[0]["$cut"]) <= small_limit
    assert kept[1][-1]["$more"] == 500 - (len(kept[1]) - 1)
    assert kept[2] == ["short"] * 150
    assert all(len(json.dumps(value, ensure_ascii=False)) < 3 * small_limit for value in kept)
    assert [holds_cut(value) for value in kept] == [True, True, False]


def test_many_small_fields_are_cut_at_the_configured_limit_too(play: Any, small_limit: int) -> None:
    run, story = play(lambda lab: lab.run("Carries", **{f"field{n}": "x" * 900 for n in range(30)}))
    assert run.status == "done"
    assert len(json.dumps(story.event("StartEvent")["fields"])) < 8 * small_limit


def test_what_was_cut_is_whole_while_it_is_held(play: Any) -> None:
    text, items = "long " * 50_000, list(range(5_000))
    Carries.payload = {"text": text, "items": items, "api_key": "sk-123", "inner": {"password": "hunter2"}}
    run, story = play(lambda lab: lab.run("Carries"))
    Carries.payload = None
    event = story.event("Large")
    shown = details(event["seq"], Relations(story.records), RowContext(0.0))
    assert shown is not None and shown["whole"] == event["key"]
    reply = whole_event(run.run_id, event["key"])
    assert (reply["ok"], reply["cut"]) == (True, False)
    whole = reply["fields"]["value"]
    assert (whole["text"], whole["items"]) == (text, items)
    assert (whole["api_key"], whole["inner"]) == ({"$masked": True}, {"password": {"$masked": True}})
    small = story.event("StopEvent")
    assert details(small["seq"], Relations(story.records), RowContext(0.0))["whole"] is None  # type: ignore[index]
    assert whole_event(run.run_id, small["key"]) == {"ok": False}, "an event that wasn't cut isn't kept"


def test_a_reply_is_cut_where_even_the_channel_has_no_room() -> None:
    kept = WholeValues()
    kept.keep("run", "key", event := Large(value="é" * 100_000))
    reply = whole_event("run", "key", kept, characters=50_000, reply=10_000)
    assert reply["cut"] and reply["fields"]["value"]["size"] == 100_000
    assert len(json.dumps(reply)) < 11_000 + 200
    assert event is kept.get("run", "key")


def test_the_newest_are_kept_and_the_others_only_while_somebody_holds_them() -> None:
    kept = WholeValues(most=3, room=1_000_000)
    held = [Large(value=n) for n in range(3)]
    for n, event in enumerate(held):
        kept.keep("run", f"held{n}", event)
    for n in range(3):
        kept.keep("run", f"new{n}", Large(value=n))
    gc.collect()
    assert [kept.get("run", f"new{n}").value for n in range(3)] == [0, 1, 2]
    assert [kept.get("run", f"held{n}").value for n in range(3)] == [0, 1, 2]
    del event
    held.clear()
    gc.collect()
    assert [kept.get("run", f"held{n}") for n in range(3)] == [None] * 3
    kept.keep("run", "huge", Large(value="x" * 2_000_000))
    gc.collect()
    assert kept.get("run", "huge") is None and kept.get("run", "new2") is None


@pytest.mark.parametrize(
    ("value", "about"),
    [
        ("x" * 1_000_000, 1_000_000),
        ([1.5] * 100_000, 3_200_000),
        (dict.fromkeys(range(10_000), "ten chars!"), 1_100_000),
        (np.zeros(1_000_000), 16_000_000),
        (pd.DataFrame(np.zeros((10_000, 10))), 1_600_000),
        (Large(value=["x" * 1_000] * 1_000), 1_060_000),
    ],
)
def test_sizes_are_told_from_a_quick_look(value: Any, about: int) -> None:
    assert about / 2 < rough_size(value) < about * 2


@pytest.mark.parametrize("name", HOSTILE)
def test_sizes_of_hostile_values_raise_nothing(name: str) -> None:
    assert rough_size(HOSTILE[name]()) >= 0
    assert WHOLE.get("no such run", "x1") is None
