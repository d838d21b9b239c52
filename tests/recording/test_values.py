"""Any Python value becomes bounded, JSON-safe data without secrets, whatever its methods do."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel
from workflows import Context, Workflow, step
from workflows.events import Event, StartEvent, StopEvent

from inspectors.recording.values import LIMIT, is_mark, is_more, is_secret, mask, preview, without_secrets


class Hostile:
    """Carrier from everything that a reader may call."""

    def __repr__(self) -> str:
        raise RuntimeError("no repr")

    def __str__(self) -> str:
        raise RuntimeError("no str")

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("no eq")

    def __hash__(self) -> int:
        raise RuntimeError("no hash")

    def __len__(self) -> int:
        raise RuntimeError("no len")

    def __bool__(self) -> bool:
        raise RuntimeError("no bool")


class HostileDict(dict[str, Any]):
    """A mapping whose items can't be had."""

    def items(self) -> Any:
        """Raise."""
        raise RuntimeError("no items")


class HostileList(list[Any]):
    """A list that can't be gone through."""

    def __iter__(self) -> Iterator[Any]:
        raise RuntimeError("no iter")


class HostileName(str):
    """A string whose length lies."""

    __slots__ = ()

    def __len__(self) -> int:
        raise RuntimeError("no len")


class Carrier(Event):
    """An event that carries anything."""

    value: Any = None


@dataclasses.dataclass
class Point:
    """A dataclass."""

    x: int
    password: str


class Model(BaseModel):
    """A pydantic model."""

    name: str
    access_key: str


class Carries(Workflow):
    """Takes anything and keeps anything."""

    payload: Any = None

    @step
    async def begin(self, ctx: Context, ev: StartEvent) -> Carrier:
        """Send the payload on and keep it."""
        await ctx.store.set("value", type(self).payload)
        return Carrier(value=type(self).payload)

    @step
    async def finish(self, ev: Carrier) -> StopEvent:
        """Give it back."""
        return StopEvent(result=ev.value)


def cyclic() -> list[Any]:
    """A list that holds itself."""
    made: list[Any] = [1]
    made.append(made)
    return made


def deep() -> Any:
    """Nested far beyond what anyone reads."""
    made: Any = "bottom"
    for _ in range(500):
        made = {"down": made}
    return made


HOSTILE = {
    "hostile object": Hostile(),
    "hostile keys": {1: "a", None: "b", (1, 2): "c"},
    "hostile mapping": HostileDict(a=1),
    "hostile list": HostileList([1]),
    "nan": float("nan"),
    "infinite": [float("inf"), float("-inf")],
    "bytes": b"\x00\xff" * 10,
    "cycle": cyclic(),
    "depth": deep(),
    "lone surrogate": "\ud800 and \udfff",
    "megabyte line": "x" * 1_000_000,
    "megabyte list": list(range(100_000)),
    "huge int": 10**5000,
    "exception": ValueError("inside"),
    "generator": (n for n in range(3)),
    "class": Hostile,
    "control characters": "a\x00b\x1b[31mc\u2028d",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_nothing_raises_and_all_is_json_of_bounded_size(name: str) -> None:
    made = preview({"field": HOSTILE[name]})
    text = json.dumps(made, allow_nan=False)
    assert json.loads(text) == made
    assert len(text) < 2 * LIMIT


@pytest.mark.parametrize("name", HOSTILE)
def test_a_run_that_carries_a_hostile_value_ends_as_it_would_without_us(play: Any, name: str) -> None:
    Carries.payload = HOSTILE[name]
    run, story = play(lambda lab: lab.run("Carries"))
    assert run.status == "done", run.error
    assert len(json.dumps(story.records, allow_nan=False)) < 10 * LIMIT
    assert story.event("Carrier")["fields"]


def test_a_string_subclass_that_lies_about_itself_is_read_as_a_string() -> None:
    assert preview(HostileName("a")) == "a"


def test_what_is_cut_says_how_long_it_was() -> None:
    made = preview({"text": "é" * 100_000, "after": "kept short"})
    assert made["text"]["size"] == 100_000 and made["text"]["$cut"].startswith("éé")
    assert len(made["text"]["$cut"]) <= LIMIT
    assert preview(list(range(5_000)))[-1] == {"$more": 3_000}


def test_marks_say_what_could_not_be_kept() -> None:
    assert preview(b"abc") == {"$bytes": 3}
    assert preview(float("nan")) == {"$repr": "nan", "type": "float"}
    assert preview(2**64) == {"$repr": str(2**64), "type": "int"}
    assert preview(object)["type"] == "type"


def test_dataclasses_models_and_events_are_read_by_field() -> None:
    assert preview(Point(1, "hunter2")) == {"x": 1, "password": {"$masked": True}}
    assert preview(Model(name="n", access_key="k")) == {"name": "n", "access_key": {"$masked": True}}
    assert preview(Carrier(value=1, extra="e")) == {"value": 1, "extra": "e"}
    assert preview(StopEvent(result=[1])) == {"result": [1]}


@pytest.mark.parametrize(
    "name",
    """
    api_key apiKey API_KEY openai_api_key password userPassword passwd Authorization secret client_secret private_key
    accessKey set-cookie session_key token access_token authToken credentials bearer cookie APIKey dbPassword
    """.split(),
)
def test_names_of_secrets_are_known_by_whole_words(name: str) -> None:
    assert is_secret(name)


@pytest.mark.parametrize(
    "name",
    "max_tokens tokens keyword keys token_count tokenizer secretary passenger cookies_eaten author key monkey".split(),
)
def test_names_that_only_sound_like_secrets_are_shown(name: str) -> None:
    assert not is_secret(name)


def test_masking_goes_below_lists_and_keeps_what_is_empty() -> None:
    assert mask({"a": [{"password": "x", "n": 1}], "token": "", "secret": None}) == {
        "a": [{"password": {"$masked": True}, "n": 1}],
        "token": "",
        "secret": None,
    }


PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**40), 2**40)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text("abc", max_size=3), inner, max_size=5),
    max_leaves=20,
)


@given(PLAIN)
def test_small_plain_data_is_kept_as_it_is(value: Any) -> None:
    assert json.loads(json.dumps(preview(value))) == value


@given(st.text(max_size=40))
def test_masking_what_was_masked_changes_nothing(name: str) -> None:
    once = mask({name: "value"})
    assert mask(once) == once


def test_enums_dates_and_paths_are_shown_by_their_text():
    import enum
    from datetime import date
    from pathlib import Path

    class Colour(enum.Enum):
        RED = "red"

    shown = preview({"colour": Colour.RED, "day": date(2026, 1, 2), "file": Path("a") / "b"})
    assert shown == {"colour": "red", "day": "2026-01-02", "file": str(Path("a") / "b")}


def test_secrets_are_left_out_at_any_depth_and_named() -> None:
    values = {"topic": "tea", "api_key": "k", "more": {"password": "p", "n": 1}, "all": [{"token": "t"}, 2], "x": {}}
    kept, left_out = without_secrets({**values, "old": {"$masked": True}})
    assert kept == {"topic": "tea", "more": {"n": 1}, "all": [{}, 2], "x": {}}
    assert left_out == ["api_key", "more.password", "all.token", "old"]


MARK_NAMES = ("$cut", "$masked", "$repr", "$bytes", "$more", "$image", "$table")


@pytest.mark.parametrize("name", MARK_NAMES)
@pytest.mark.parametrize("value", [True, 1, "x", [], [[1]]])
def test_a_name_of_a_user_s_own_is_never_taken_for_a_mark(name: str, value: Any) -> None:
    given = {name: value, "size": 1, "type": "x", "columns": [1], "rows": 1}
    for kept in (preview(given), preview({name: value}), preview([{name: value}])[0]):
        assert not is_mark(kept) and not is_more(kept)
        assert kept[f"${name}"] == value


def test_what_could_not_be_kept_is_known_as_a_mark() -> None:
    frame = {"$table": [[1]], "columns": ["a"], "rows": 1}
    marks = [
        preview(b"x"),
        preview("x" * (LIMIT + 1)),
        preview(object()),
        preview({"password": "x"})["password"],
        frame,
    ]
    assert all(map(is_mark, marks))
