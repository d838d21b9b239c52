"""What has changed between two graphs, as text and as Markdown."""

import copy
from typing import Any

from inspectors.graph.compare import as_markdown, as_text, compare
from tests.graph.hard_graphs import graph, step


def flow(*edges: Any) -> dict[str, Any]:
    return {**graph(*edges), "name": "Flow"}


BEFORE = flow(*step("a", "Start", "Mid"), *step("b", "Mid", "Stop"))


def test_nothing_has_changed() -> None:
    moved = copy.deepcopy(BEFORE)
    for node in moved["nodes"]:
        node |= {"line": 99, "doc": "another", "file": "/elsewhere/flows.py"}
    assert compare([BEFORE], [moved]) == []
    assert as_text([]) == as_markdown([]) == "No workflow has changed."


def test_added_removed_and_changed() -> None:
    after = flow(*step("a", "Start", "Mid", label="1 → n"), *step("c", "Mid", "Stop"))
    after["nodes"][1]["num_workers"] = 3
    found = compare([BEFORE], [after])
    assert as_text(found).splitlines() == [
        "Flow",
        "  + step c",
        "  - step b",
        "  ~ step a: num workers nothing → 3",
        "  + Mid → c (consumes)",
        "  + c → StopEvent (returns)",
        "  - Mid → b (consumes)",
        "  - b → StopEvent (returns)",
        "  ~ a → Mid (returns): label nothing → 1 → n",
    ]
    assert as_markdown(found).splitlines()[:5] == [
        "### Changes of the flow",
        "",
        "**`Flow`**",
        "",
        "- added `step c`",
    ]


def test_workflows_come_and_go() -> None:
    other = {**BEFORE, "name": "Other"}
    assert as_text(compare([BEFORE], [other])).splitlines() == ["Other: added", "Flow: removed"]


def test_fields_of_events_are_compared() -> None:
    after = copy.deepcopy(BEFORE)
    after["nodes"][2]["fields"] = [{"name": "topic", "type": "str"}]
    assert "~ event Mid: fields nothing → topic: str" in as_text(compare([BEFORE], [after]))


def test_names_are_no_markdown() -> None:
    after = flow(*step("a", "Start", "Mid"), *step("b", "Mid", "Stop"), *step("**x** `y` <b>", "Mid", "Stop"))
    assert "- added ``step **x** `y` <b>``" in as_markdown(compare([BEFORE], [after]))
