"""A result on the Trace page: each kind is handed on for what it is; an error is a sentence with own frames."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from inspectors.recording.values import PROMPT_LIMIT, preview
from inspectors.workbench import Workbench
from tests.pages.bench import add_run, texts

OpenPage = Callable[..., AppTest]


def drawn(app: AppTest) -> list[dict[str, Any]]:
    """What is handed to the part that draws values, in order."""
    found = [one.proto for one in app.get("bidi_component") if one.proto.component_name == "stepscope_result"]
    return [json.loads(proto.json) for proto in found]


@pytest.fixture
def result(open_page: OpenPage, bench: Workbench) -> Callable[[dict[str, Any]], AppTest]:
    """The Trace page of a run with this result."""

    def opened(value: dict[str, Any]) -> AppTest:
        run = add_run(bench, status="done", result=value, ended_at=1790000002.0)
        return open_page("trace_detail", run=run.run_id)

    return opened


@pytest.mark.parametrize(
    ("value", "kind", "has"),
    [
        ({"type": "str", "value": "Approved."}, "text", {"value": "Approved.", "size": 9, "tree": None}),
        ({"type": "int", "value": 1284}, "number", {"shown": "1,284", "raw": "1284"}),
        ({"type": "float", "value": 0.125}, "number", {"shown": "0.125"}),
        ({"type": "NoneType", "value": None}, "nothing", {}),
        ({"type": "bool", "value": False}, "flag", {"value": False}),
        (
            {"type": "str", "value": {"$cut": "x" * 3000, "size": 50_000_000, "type": "str"}},
            "text",
            {"size": 50_000_000},
        ),
        ({"type": "bytes", "value": {"$bytes": 3}}, "word", {"shown": "3 bytes"}),
        ({"type": "list", "value": ["a", "b"]}, "texts", {"value": ["a", "b"]}),
        ({"type": "list", "value": [1, [2]]}, "tree", {"value": [1, [2]]}),
        (
            {"type": "Image", "value": {"$image": "image/png", "bytes": 9}},
            "image",
            {"value": {"$image": "image/png", "bytes": 9}},
        ),
    ],
)
def test_a_value_is_shown_for_what_it_is(
    result: Callable[[dict[str, Any]], AppTest], value: dict[str, Any], kind: str, has: dict[str, Any]
) -> None:
    (shown,) = drawn(result(value))
    assert (shown["kind"], shown["name"]) == (kind, None)
    assert {name: shown[name] for name in has} == has


def test_markdown_comes_as_a_tree_beside_its_text(result: Callable[[dict[str, Any]], AppTest]) -> None:
    (shown,) = drawn(result({"type": "str", "value": "# Title\n\nWords."}))
    assert shown["value"] == "# Title\n\nWords."
    assert [node["t"] for node in shown["tree"]] == ["heading", "paragraph"]


def test_a_typed_stop_event_is_shown_by_its_fields(result: Callable[[dict[str, Any]], AppTest]) -> None:
    app = result({"type": "Report", "fields": {"title": "Out.", "count": 3, "more": {"a": 1}, "none": None}})
    shown = drawn(app)
    assert shown[0]["label"] == "Result · Report"
    assert [(one["name"], one["kind"]) for one in shown[1:]] == [
        ("title", "text"), ("count", "number"), ("more", "fields"), ("none", "nothing"),
    ]  # fmt: skip
    assert len({one["file"] for one in shown}) == 5, "each download has a name of its own"


def test_a_dict_is_shown_by_its_fields_or_as_the_structure_it_is(result: Callable[[dict[str, Any]], AppTest]) -> None:
    app = result({"type": "dict", "value": {"answer": "Paris.", "sources": [{"file": "a"}, {"file": "b"}], "count": 2}})
    assert [one["kind"] for one in drawn(app)] == ["head", "text", "table", "number"]
    app.button_group[0].set_value("Structure").run()
    assert [one["kind"] for one in drawn(app)] == ["head", "tree"]


def test_rows_are_a_table(result: Callable[[dict[str, Any]], AppTest]) -> None:
    app = result({"type": "list", "value": [{"source": "web", "found": 3}, {"source": "archive", "found": 5}]})
    assert list(app.dataframe[0].value["found"]) == [3, 5]
    (shown,) = drawn(app)
    assert (shown["facts"], shown["columns"]) == ("2 rows × 2 columns", ["source", "found"])


def test_a_data_frame_is_a_table_however_odd(result: Callable[[dict[str, Any]], AppTest]) -> None:
    frame = pd.DataFrame(
        [[1, "a", None, {"x": 1}], [2.5, 3, True, [1]]],
        columns=["n", "n", "api_key", "deep"],
        index=["first", "second"],
    )
    frame["when"] = pd.to_datetime(["2026-01-01", None])
    app = result({"type": "DataFrame", "value": json.loads(json.dumps(preview(frame)))})
    shown = app.dataframe[0].value
    assert list(shown.index) == ["first", "second"]
    assert list(shown.columns) == ["n", "n (2)", "api_key", "deep", "when"]
    assert list(shown["n"]) == [1.0, 2.5]
    assert list(shown["n (2)"]) == ["a", "3"]
    assert shown["api_key"].iloc[1] == "•••• masked"
    assert drawn(app)[0]["columns"] == ["", "n", "n", "api_key", "deep", "when"]


def test_a_cut_table_says_how_large_it_was(result: Callable[[dict[str, Any]], AppTest]) -> None:
    frame = pd.DataFrame(np.zeros((3_000, 120)))
    (shown,) = drawn(result({"type": "DataFrame", "value": preview(frame, PROMPT_LIMIT)}))
    assert shown["facts"] == (
        "3,000 rows × 120 columns · the first 2,000 rows were kept · the first 100 columns were kept"
    )


def test_an_error_says_step_place_and_what_next_but_no_traceback_twice(open_page: OpenPage, bench: Workbench) -> None:
    own = {"file": "/x/risky.py", "line": 31, "function": "do_it", "code": "raise ConnectionError()", "own": True}
    error = {
        "type": "ConnectionError",
        "message": "refused",
        "step": "risky_step",
        "seq": 1,
        "traceback": "Traceback of the engine",
        "frames": [{**own, "file": "/site-packages/engine.py", "own": False}, own],
    }
    run = add_run(bench, "RiskyFailsWorkflow", status="failed", error=error, ended_at=1790000002.0)
    app = open_page("trace_detail", run=run.run_id)
    assert "risky_step failed: ConnectionError: refused" in texts(app)
    assert "risky.py, line 31, in do_it" in texts(app)
    code = "\n".join(one.value for one in app.code)
    assert "raise ConnectionError()" in code
    assert "Traceback of the engine" not in code and "engine.py" not in code
