"""DOT, Mermaid and card pictures: right for good graphs, inert for hostile ones."""

import random
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pygraphviz
import pytest

from inspectors.discovery import discover
from inspectors.discovery.badges import badges_of
from inspectors.graph.dot import dot_source
from inspectors.graph.mermaid import mermaid_source
from inspectors.graph.model import from_json
from inspectors.graph.picture import alternative_text, card_picture
from inspectors.graph.view import draw
from tests.graph.hard_graphs import chain, overlaps

SAMPLES = {source.name: source.graph for source in discover([Path(__file__).parents[2] / "workflows"]).workflows}
HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(1)</script>",
    '"]; n9 [URL="javascript:alert(1)"',
    "a\nb\r\nc\x00d",
    "\\N\\G\\",
    "`**bold**` click n0 href",
    "<<B>bold</B>>",
    "“quotes” 'and' \"more\"",
    "x" * 5000,
    "",
    "--> n0",
]


def hostile(text: str) -> dict[str, Any]:
    event, step = f"event:m.{text}", f"step:m.W.{text}"
    return {
        "name": text,
        "module": text,
        "doc": text,
        "nodes": [
            {"id": event, "kind": "event", "name": text, "role": "start", "doc": text},
            {"id": step, "kind": "step", "name": text, "doc": text},
            {"id": "odd:x", "kind": text, "name": text},
        ],
        "edges": [
            {
                "source": event,
                "target": step,
                "kind": "consumes",
                "origins": [text],
                "label": text,
                "many": True,
            },
            {"source": step, "target": "gone", "kind": text, "origins": [], "label": text, "many": False},
        ],
    }


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_are_text_in_dot(text: str) -> None:
    graph = pygraphviz.AGraph(string=dot_source(hostile(text)))
    assert [str(node) for node in graph.nodes()] == ["n0", "n1", "n2"]
    assert len(graph.edges()) == 1
    # Quoted labels only: an unquoted one that starts with "<" would be read as HTML.
    assert "=<" not in re.sub(r'"(\\.|[^"\\])*"', '""', dot_source(hostile(text)))


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_draw_as_text(text: str) -> None:
    """Drawn by Graphviz itself, nothing but text comes of them."""
    graph = pygraphviz.AGraph(string=dot_source(hostile(text)))
    drawn = graph.draw(format="svg", prog="dot")
    tree = ElementTree.fromstring(drawn)
    tags = {element.tag.rpartition("}")[2] for element in tree.iter()}
    assert tags <= {"svg", "g", "title", "polygon", "path", "text", "ellipse", "polyline", "a"}
    assert not [value for element in tree.iter() for key, value in element.attrib.items() if key.endswith("href")]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_are_text_in_mermaid(text: str) -> None:
    lines = mermaid_source(hostile(text)).splitlines()
    assert len(lines) == 1 + 3 + 1 + 3
    label = r'"[\w#; ,:→×·…(\-]*"'
    for line in lines[1:4]:
        assert re.fullmatch(rf"    n\d(\[/|\(|\(\[){label}(/\]|\)|\]\)):::\w+", line), line
    assert re.fullmatch(rf"    n0 -\.->(\|{label}\|)? n1", lines[4]), lines[4]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_never_reach_a_card(text: str) -> None:
    picture = card_picture(hostile(text))
    ElementTree.fromstring(picture)
    assert "alert" not in picture
    assert "<img" not in picture
    assert picture.count('aria-label="1 step, fans out"') == 1


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_are_plain_data_for_the_page(text: str) -> None:
    drawing = draw(hostile(text))
    assert len(drawing["nodes"]) == 3
    assert all("\n" not in node["label"] and len(node["label"]) <= 40 for node in drawing["nodes"])


def test_hostile_source_is_inert_from_end_to_end(tmp_path: Path) -> None:
    path = tmp_path / "evil.py"
    path.write_text(
        "raise SystemExit('was run')\n"
        "from workflows import Workflow, step\nfrom workflows.events import StartEvent, StopEvent\n"
        'class W(Workflow):\n    """<img src=x onerror=alert(1)></script>"""\n'
        '    example_input = {"q": "<script>alert(1)</script>"}\n'
        "    @step\n    def s(self, ev: StartEvent) -> \"<img src=x onerror='alert(1)'>\":\n"
        '        """</script><script>alert(1)"""\n        return StopEvent()\n'
    )
    graph = discover([path]).workflows[0].graph
    for drawn in (dot_source(graph), mermaid_source(graph), card_picture(graph)):
        assert "<img" not in drawn
        assert "<script" not in drawn


class _Elements(HTMLParser):
    """Counts elements as a browser would read them."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(tag)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_card_picture(name: str) -> None:
    picture = card_picture(SAMPLES[name])
    root = ElementTree.fromstring(picture)
    assert root.attrib["role"] == "img"
    assert root.attrib["height"] == "84"
    assert root.attrib["aria-label"] == alternative_text(SAMPLES[name])
    assert not [element for element in root.iter() if "id" in element.attrib]
    elements = _Elements()
    elements.feed(picture)
    assert set(elements.found) <= {"svg", "path", "rect", "circle"}
    for color in re.findall(r"#[0-9A-Fa-f]{6}", picture):
        assert f"light-dark({color}" in picture or f",{color})" in picture


def test_alternative_texts() -> None:
    found = {name: alternative_text(graph) for name, graph in SAMPLES.items()}
    assert (
        found.items()
        >= {
            "ApprovalWorkflow": "2 steps, pauses for a person",
            "DraftReviewWorkflow": "3 steps, pauses for a person, loops",
            "ParallelSearchWorkflow": "3 steps, fans out",
            "RiskyWorkflow": "3 steps",
            "StreamingWorkflow": "1 step",
        }.items()
    )


def test_a_long_workflow_has_seven_columns(graph_of: Callable[..., dict[str, Any]]) -> None:
    steps = "".join(
        f"    @step\n    async def s{n}(self, ev: E{n}) -> E{n + 1}:\n        return E{n + 1}()\n" for n in range(30)
    )
    events = "".join(f"class E{n}(Event): pass\n" for n in range(1, 30))
    graph = graph_of(f"E0 = StartEvent\nE30 = StopEvent\n{events}class W(Workflow):\n{steps}")
    root = ElementTree.fromstring(card_picture(graph))
    assert float(root.attrib["width"]) == 7 * 46
    assert alternative_text(graph) == "30 steps"


def test_mermaid_of_a_sample() -> None:
    assert mermaid_source(SAMPLES["ParallelSearchWorkflow"]).splitlines()[:14] == [
        "flowchart TB",
        '    n0(["Start"]):::edgeOfRun',
        '    n1("dispatch"):::step',
        '    n2(["SearchEvent"]):::event',
        '    n3("search_sources"):::step',
        '    n4(["SearchResultEvent"]):::event',
        '    n5("merge_results"):::step',
        '    n6(["Stop"]):::edgeOfRun',
        "    n0 --> n1",
        '    n1 -->|"1 → 3"| n2',
        "    n2 --> n3",
        "    n3 --> n4",
        '    n4 -->|"n → 1, waits for 3"| n5',
        "    n5 --> n6",
    ]


RESERVED = [
    "end",
    "graph",
    "subgraph",
    "style",
    "class",
    "click",
    "default",
    "o--o",
    "x",
    "1. first",
    "2) second",
    "- list",
]


@pytest.mark.parametrize("word", RESERVED)
def test_words_of_mermaids_own_are_only_labels(word: str) -> None:
    """They stand in quotes and nowhere else; what Markdown would read as a list is written as codes."""
    source = mermaid_source(hostile(word))
    outside = re.sub(r'"[^"]*"', '""', source)
    assert word not in re.split(r"[\s\[\](){}|:;/]+", outside.replace("flowchart", ""))
    assert not re.search(r'"\s*(\d+[.)]|[-*+] \S)', source)


def test_mermaid_says_when_github_will_not_draw_it() -> None:
    assert "GitHub draws at most 500" in mermaid_source(chain(400))
    assert "%%" not in mermaid_source(chain(100))


@pytest.mark.parametrize("seed", range(60))
def test_any_graph_is_drawn(seed: int) -> None:
    """Whatever leads where, all that is drawn stays inside the picture."""
    chance = random.Random(seed)
    nodes = [f"step:m.W.s{n}" for n in range(chance.randint(0, 9))] + ["external:m.W.person"]
    events = [f"event:m.E{n}" for n in range(chance.randint(1, 9))]
    roles = [None, None, None, "start", "stop", "prompt", "answer"]
    edges = []
    for _ in range(chance.randint(0, 30)):
        one, other = chance.choice(nodes), chance.choice(events)
        kind = chance.choice(["consumes", "returns", "sends", "waits", "prompts", "asks", "answers", "streams"])
        ends = (other, one) if kind in ("consumes", "waits", "asks") else (one, other)
        many = kind == "sends" and chance.random() < 0.5
        edge = {"source": ends[0], "target": ends[1], "kind": kind, "label": "1 → n" if many else "", "many": many}
        edges.append({**edge, "origins": ["declared"]})
    graph = {
        "nodes": [{"id": one, "kind": one.partition(":")[0], "name": one} for one in nodes]
        + [{"id": one, "kind": "event", "name": one, "role": chance.choice(roles)} for one in events],
        "edges": edges,
    }
    root = ElementTree.fromstring(card_picture(graph))
    assert float(root.attrib["width"]) <= 7 * 46
    for element in root.iter():
        for key in ("y", "cy"):
            assert 0 <= float(element.attrib.get(key, 0)) <= 84
    badges_of(from_json(graph), [])
    drawing = draw(graph)
    assert {node["id"] for node in drawing["nodes"]} == {node["id"] for node in graph["nodes"]}
    assert not overlaps(drawing)
    pygraphviz.AGraph(string=dot_source(graph)).close()
