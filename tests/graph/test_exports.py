"""Graphs taken along: every format whole, inert and without a link to anywhere; the page's scripts in one file."""

import io
import json
import re
import struct
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest
from PIL import Image

from inspectors.discovery import discover
from inspectors.graph.exports import FORMATS, NotDrawn, export
from inspectors.graph.standalone import standalone_html
from inspectors.graph.svg import NEVER, svg_source
from inspectors.graph.view import View, draw
from tests.graph.hard_graphs import HARD, chain, graph, step
from tests.graph.test_pictures import HOSTILE, hostile

ROOT = Path(__file__).parents[2]
SAMPLES = {source.name: source.graph for source in discover([ROOT / "workflows"]).workflows}
SCHEMA = json.loads((ROOT / "docs" / "graph.schema.json").read_text())


@pytest.mark.parametrize("name", SAMPLES)
def test_json_follows_its_published_schema(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.validate(json.loads(export(SAMPLES[name], "json")), SCHEMA)


@pytest.mark.parametrize(
    "wrong",
    [
        {"workflows": [{"name": "W"}]},
        {"workflows": [{"name": "W", "module": "m", "nodes": [{"id": "a", "name": "a"}], "edges": []}]},
        {"workflows": [{"name": "W", "module": "m", "nodes": [], "edges": [{"source": "a", "target": "b"}]}]},
        {},
    ],
)
def test_the_schema_refuses_what_is_no_graph(wrong: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, SCHEMA)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", [*SAMPLES, *HARD])
def test_svg_holds_every_node_and_label(name: str, theme: str) -> None:
    made = SAMPLES.get(name) or HARD[name]()
    drawing = draw(made)
    root = ElementTree.fromstring(svg_source(drawing, theme=theme, title=name))
    texts = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert {node["label"] for node in drawing["nodes"]} <= set(texts)
    assert {edge["label"] for edge in drawing["edges"] if "label_at" in edge} <= set(texts)
    marked = [element.attrib["data-node"] for element in root.iter() if "data-node" in element.attrib]
    assert sorted(marked) == sorted(node["id"] for node in drawing["nodes"])


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_are_text_in_svg(text: str) -> None:
    root = ElementTree.fromstring(export(hostile(text), "svg"))
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert tags <= {"svg", "g", "title", "rect", "path", "text", "polygon", "circle"}
    assert not [
        key for element in root.iter() for key in element.attrib if key.startswith("on") or key.endswith("href")
    ]


def test_another_theme_is_refused() -> None:
    with pytest.raises(ValueError, match="light or dark"):
        svg_source(draw(SAMPLES["JokeFlow"]), theme="blue")


@pytest.mark.parametrize("name", ["DraftReviewWorkflow", "much aside", "everything to everything"])
def test_png_has_the_size_of_the_drawing(name: str) -> None:
    made = SAMPLES.get(name) or HARD[name]()
    content = export(made, "png", View(direction="LR"), "dark")
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", content[16:24])
    drawing = draw(made, View(direction="LR"))
    assert width == pytest.approx(drawing["width"] * 2, rel=0.15)
    assert height == pytest.approx(drawing["height"] * 2, rel=0.35)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_make_a_png(text: str) -> None:
    assert export(hostile(text), "png").startswith(b"\x89PNG")


def test_what_no_run_has_taken_is_dotted_to_a_person_too() -> None:
    made = graph(*step("s", "Start", "Ask"), ("Ask", "person", "asks"))
    drawing = draw(made)
    assert svg_source(drawing).count(f'"{NEVER}"') == 0
    for edge in drawing["edges"]:
        edge["never"] = edge["kind"] != "consumes"
    assert svg_source(drawing).count(f'"{NEVER}"') == 2


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_line_of_a_png_runs_through_a_label(theme: str) -> None:
    made = graph(*step("s", "Start", "Stop"), ("s", "db", "uses", "."))
    view = View(direction="LR")
    drawing = draw(made, view)
    picture = Image.open(io.BytesIO(export(made, "png", view, theme))).convert("RGB")
    x, y = next(edge["label_at"] for edge in drawing["edges"] if edge["label"] == ".")
    left = min(node["x"] - node["width"] / 2 for node in drawing["nodes"])
    lowest = max(node["y"] + node["height"] / 2 for node in drawing["nodes"])
    # Two dots a pixel, and 0.2 inch around all of it. The line comes down through the middle of the label.
    across, down = 29 + (x - left) * 2, picture.height - 29 - (lowest - y) * 2
    column = [picture.getpixel((round(across), round(down) + row)) for row in range(-24, 3)]
    page = picture.getpixel((1, 1))
    assert column[0] != page and set(column[12:]) == {page}


def test_what_is_too_large_for_a_png_is_said() -> None:
    with pytest.raises(NotDrawn, match="too large for a PNG"):
        export(chain(2000), "png")


class Tags(HTMLParser):
    """Elements and their addresses, as a browser would read them."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(tag)
        self.links += [str(value) for name, value in attrs if name in ("src", "href")]


@pytest.mark.parametrize("text", ["Workflow", *HOSTILE])
def test_html_is_one_file_and_text_stays_text(text: str) -> None:
    made = hostile(text)
    source = standalone_html(made)
    tags = Tags()
    tags.feed(source)
    assert tags.found == ["html", "head", "meta", "meta", "meta", "title", "style", "body", "script", "script"]
    assert tags.links == []
    assert "http" not in re.sub(r"http://www\.w3\.org/2000/svg|http-equiv", "", source)
    assert not re.search(r"^(import|export) ", source, re.MULTILINE)
    found = re.search(r"window\.stepscopeGraph = (.*);</script>", source)
    assert found
    drawings = json.loads(found[1])["drawings"]
    assert set(drawings) == {"TB", "LR", "TB-steps", "LR-steps"}


def test_html_holds_no_path_of_this_computer() -> None:
    for name in ("ApprovalWorkflow", "ResearchWorkflow"):
        assert str(ROOT) not in standalone_html(SAMPLES[name])


@pytest.mark.parametrize("form", [form for form in FORMATS if form not in ("json", "png")])
def test_an_opened_workflow_and_half_a_letter_are_in_every_text(form: str) -> None:
    made = graph(*step("outer", "Start", "Stop"), ("outer", "child", "starts", "starts"))
    made["nodes"][-1]["graph"] = graph(*step("in\ud800ner", "Start", "Stop"))
    content = export(made, form, View(opened=frozenset(["workflow:flows.child"]))).decode()
    assert "outer" in content
    assert "ner" in content
