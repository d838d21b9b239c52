"""Traces kept from real runs stay readable: what they show is written down here word for word.

When the vocabulary grows, these files stay as they are: people keep traces for years.
"""

import json
from collections.abc import Callable
from typing import Any

import pytest

from inspectors.recording.vocabulary import KINDS
from inspectors.trace.details import details
from inspectors.trace.overlay import Overlay
from inspectors.trace.relations import Relations
from inspectors.trace.rows import RowContext, row

Golden = Callable[[str], tuple[list[dict[str, Any]], dict[str, Any]]]


def folded(records: list[dict[str, Any]], graph: dict[str, Any]) -> tuple[Overlay, RowContext]:
    overlay = Overlay(graph)
    for record in records:
        overlay.apply(record)
    return overlay, RowContext(records[0]["t"], overlay.step_ids, frozenset(overlay.open_prompts))


def facts(shown: dict[str, Any]) -> list[tuple[str, str, int | None]]:
    return [(fact["label"], fact["text"], fact["seq"]) for fact in shown["facts"]]


def test_the_rows_of_a_review_are_what_they_were(golden: Golden) -> None:
    records, graph = golden("approval")
    _, context = folded(records, graph)
    assert [
        (shown["sign"], shown["what"], shown["step"]) for shown in (row(record, context) for record in records)
    ] == [
        ("run", "Run started", ""),
        ("event", "StartEvent", ""),
        ("step", "generate_draft started", "generate_draft"),
        ("event", "InputRequiredEvent", "generate_draft"),
        ("step", "generate_draft done", "generate_draft"),
        ("person", "A person was asked", "generate_draft"),
        ("run", "Paused", ""),
        ("run", "Let go", ""),
        ("run", "Taken up again", ""),
        ("person", "HumanResponseEvent", ""),
        ("step", "handle_review started", "handle_review"),
        ("event", "StopEvent", "handle_review"),
        ("step", "handle_review done", "handle_review"),
        ("run", "Run done", ""),
    ]


def test_the_graph_of_a_review_is_walked_once_along_each_edge(golden: Golden) -> None:
    records, graph = golden("approval")
    overlay, _ = folded(records, graph)
    shown = overlay.json()
    assert {
        node.rpartition(".")[2]: (it["state"], it["count"]) for node, it in shown["nodes"].items()
    } == dict.fromkeys(
        (
            *("StartEvent", "generate_draft", "InputRequiredEvent", "person"),
            *("HumanResponseEvent", "handle_review", "StopEvent"),
        ),
        ("done", 1),
    )
    assert set(shown["edges"].values()) == {1}
    in_graph = {f"{edge['source']}|{edge['target']}|{edge['kind']}" for edge in graph["edges"]}
    assert set(shown["edges"]) == in_graph


def test_at_its_pause_the_review_waits_for_a_person(golden: Golden) -> None:
    records, graph = golden("approval")
    overlay, context = folded(records[:8], graph)
    assert overlay.json()["nodes"]["external:approval.ApprovalWorkflow.person"]["state"] == "waiting"
    shown = row(records[5], context)
    assert (shown["what"], shown["tone"]) == ("Waiting for you", "waiting")
    assert shown["short"] == "Please review this draft and reply APPROVE or REVISE:"


def test_details_link_a_review_from_question_to_answer(golden: Golden) -> None:
    records, graph = golden("approval")
    _, context = folded(records, graph)
    relations = Relations(records)
    asked = details(6, relations, context)
    assert asked is not None
    labels = {label: (text, seq) for label, text, seq in facts(asked)}
    assert labels["Asked with"] == ("InputRequiredEvent #4", 4)
    assert labels["Answered"][1] == 10
    assert (asked["fields"], asked["fields_title"]) == ({"response": "APPROVE"}, "What the person sent")
    end = details(13, relations, context)
    assert end is not None
    assert [(link["text"], link["seq"]) for link in end["led"]] == [
        ("StartEvent", 2),
        ("generate_draft", 3),
        ("InputRequiredEvent", 4),
        ("HumanResponseEvent", 10),
    ]
    over = details(14, relations, context)
    assert over is not None and over["fields"] == {"result": "Draft approved."}


def test_a_parallel_search_counts_three_of_each_though_the_engine_ran_steps_anew(golden: Golden) -> None:
    records, graph = golden("parallel_search")
    overlay, _ = folded(records, graph)
    shown = overlay.json()
    counts = {
        key.rpartition("|")[2] + " " + key.split("|")[1].rpartition(".")[2]: n for key, n in shown["edges"].items()
    }
    assert counts == {
        "consumes dispatch": 1,
        "sends SearchEvent": 3,
        "consumes search_sources": 3,
        "returns SearchResultEvent": 3,
        "consumes merge_results": 3,
        "returns StopEvent": 1,
    }
    nodes = {node.rpartition(".")[2]: it["text"] for node, it in shown["nodes"].items() if node.startswith("step:")}
    assert nodes["search_sources"] == "3 done · 0.30 s"
    assert nodes["merge_results"].startswith("3 done")


def test_in_the_midst_of_a_parallel_search_three_are_running(golden: Golden) -> None:
    records, graph = golden("parallel_search")
    overlay, _ = folded(records[:10], graph)
    node = overlay.json()["nodes"]["step:parallel_search.ParallelSearchWorkflow.search_sources"]
    assert (node["state"], node["text"]) == ("running", "0 of 3")


def test_details_name_who_joined_what_once(golden: Golden) -> None:
    records, graph = golden("parallel_search")
    _, context = folded(records, graph)
    relations = Relations(records)
    results = [record["seq"] for record in records if record.get("type") == "SearchResultEvent"]
    (join,) = [record for record in records if record.get("joined")]
    shown = details(join["seq"], relations, context)
    assert shown is not None
    assert sorted(event["seq"] for event in shown["took"]["events"]) == results
    for seq in results:
        event = details(seq, relations, context)
        assert event is not None
        takers = [taker for label, _, taker in facts(event) if label == "Taken by"]
        assert len(takers) == len(set(takers)) > 0
    sent = details(results[0], relations, context)
    assert sent is not None and facts(sent)[0][0] == "Sent by" and facts(sent)[0][1].startswith("search_sources #")


@pytest.mark.parametrize("name", ["approval", "parallel_search"])
def test_every_record_of_a_kept_trace_has_a_row_and_details_that_are_json(golden: Golden, name: str) -> None:
    records, graph = golden(name)
    assert {record["kind"] for record in records} <= set(KINDS)
    _, context = folded(records, graph)
    relations = Relations(records)
    for record in records:
        shown = details(record["seq"], relations, context)
        assert shown is not None and shown["record"] == record
        assert json.loads(json.dumps([row(record, context), shown]))
        assert all(fact["seq"] is None or fact["seq"] in relations.by_seq for fact in shown["facts"])
    assert details(0, relations, context) is None
