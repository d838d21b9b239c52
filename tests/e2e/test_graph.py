"""The graph by mouse, finger and keyboard: looks, search, ways, dragging, the editor, what is taken along."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from benchmarks.graph_workflows import workflow_source
from tests.e2e.app_process import AppProcess
from tests.e2e.browser import PHONE, eventually, key, open_page, ready

ADDRESS = "workflow?id=approval.ApprovalWorkflow"
PARENT = '''"""A workflow that starts another."""

from workflows import Workflow, step
from workflows.events import Event, StartEvent, StopEvent


class QueryEvent(Event):
    """One question."""


class HitEvent(Event):
    """One answer."""


class ChildWorkflow(Workflow):
    """Does one thing."""

    @step
    async def inner(self, ev: StartEvent) -> StopEvent:
        """Do it."""
        return StopEvent()


class ParentWorkflow(Workflow):
    """Starts a child."""

    @step
    async def outer(self, ev: StartEvent) -> QueryEvent:
        """Start it."""
        await ChildWorkflow().run()
        return QueryEvent()

    @step
    async def merge(self, ev: HitEvent) -> StopEvent:
        """Take what was found."""
        return StopEvent()

'''


@pytest.fixture(scope="module")
def flows(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppProcess]:
    """An app on a workflow with a child and six parallel steps, and on one of 60 steps."""
    folder = tmp_path_factory.mktemp("graphs")
    searches = "".join(
        f"    @step\n    async def search_{number}(self, ev: QueryEvent) -> HitEvent:\n        return HitEvent()\n\n"
        for number in range(6)
    )
    (folder / "family.py").write_text(PARENT + searches)
    (folder / "row.py").write_text(workflow_source(60))
    app = AppProcess(folder / "stepscope.db", [str(folder)])
    app.start()
    yield app
    app.stop()


def node(page: Page, name: str) -> Locator:
    # Behind its name stands what runs that other tests made say of it.
    return key(page, "graph").get_by_role("button", name=re.compile(rf"^{name}(,|$)"))


def place(found: Locator) -> tuple[float, float]:
    """The middle, in px of the screen, once it stands still."""
    found.element_handle().wait_for_element_state("stable")
    box = found.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def more(page: Page, words: str) -> None:
    page.get_by_role("button", name="More", exact=True).click()
    page.locator(".ss-graph-menu .ss-menu-item", has_text=words).first.click()


def test_looks_are_kept_and_search_goes_to_the_step(flows: AppProcess, page: Page) -> None:
    open_page(page, f"{flows.url}/workflow?id=row.Row60Workflow")
    expect(page.locator(".ss-graph-pane[data-shown]")).to_be_attached()
    page.get_by_label("Find a step").fill("step_47")
    expect(page.locator(".ss-graph-note")).to_have_text("1 found")
    pane = page.locator(".ss-graph-pane").bounding_box()
    assert pane is not None
    page.wait_for_function("""() => {
        const node = document.querySelector('.ss-node[data-node$=".step_47"]').getBoundingClientRect();
        const pane = document.querySelector('.ss-graph-pane').getBoundingClientRect();
        return Math.abs(node.x + node.width / 2 - pane.x - pane.width / 2) < 3 && node.width > 60;
    }""")
    expect(page.locator(".ss-minimap")).to_be_visible()
    page.keyboard.press("Escape")
    more(page, "Draw it from left to right")
    expect(node(page, "step step_1")).to_be_attached()
    page.wait_for_function("""() => {
        const at = (name) => document.querySelector(`.ss-node[data-node$=".${name}"]`).getBoundingClientRect();
        return Math.abs(at('step_0').y - at('step_1').y) < 2 && at('step_1').x > at('step_0').x + 20;
    }""")
    page.reload()
    page.wait_for_function("""() => {
        const at = (name) => document.querySelector(`.ss-node[data-node$=".${name}"]`)?.getBoundingClientRect();
        return at('step_1') && Math.abs(at('step_0').y - at('step_1').y) < 2;
    }""")


def test_shift_shows_the_way_between_two_nodes(app: AppProcess, page: Page) -> None:
    open_page(page, f"{app.url}/{ADDRESS}")
    ready(page)
    node(page, "step generate_draft").click()
    expect(node(page, "step generate_draft")).to_have_attribute("aria-pressed", "true")
    node(page, "stop event Stop").click(modifiers=["Shift"])
    note = page.locator(".ss-graph-note")
    expect(note).to_have_text("From generate_draft to Stop: 1 step between")
    expect(node(page, "stop event Stop")).to_have_attribute("aria-pressed", "true")
    node(page, "stop event Stop").press("Escape")
    expect(note).to_be_empty()


def test_a_dragged_node_stays_where_it_was_put(app: AppProcess, page: Page) -> None:
    open_page(page, f"{app.url}/{ADDRESS}")
    ready(page)
    step = node(page, "step handle_review")
    x, y = place(step)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y + 5, steps=4)
    page.mouse.move(x + 120, y + 10, steps=4)
    page.mouse.up()
    assert place(step) == pytest.approx((x + 120, y + 10), abs=8)
    expect(step).to_have_attribute("aria-pressed", "false")  # a drag chooses nothing
    open_page(page, f"{app.url}/{ADDRESS}")
    ready(page)
    start = node(page, "start event Start")
    expect(start).to_be_attached()
    page.wait_for_function("document.querySelector('.ss-graph-pane').dataset.shown")
    assert place(step)[0] - place(start)[0] == pytest.approx(120, abs=8)
    more(page, "Put dragged nodes back")
    eventually(page, lambda: abs(place(step)[0] - place(start)[0]) <= 2, "it is back")


def test_a_double_click_opens_the_source_in_the_editor(app: AppProcess, page: Page) -> None:
    open_page(page, f"{app.url}/{ADDRESS}")
    ready(page)
    page.evaluate("""() => document.addEventListener('click', (event) => {
        const link = event.target.closest?.('a[href^="vscode:"]');
        if (link) { window.opened = link.href; event.preventDefault(); }
    }, true)""")
    node(page, "step handle_review").dblclick()
    page.wait_for_function("window.opened")
    assert re.fullmatch(r"vscode://file/.*/workflows/approval\.py:\d+", page.evaluate("window.opened"))
    expect(node(page, "step handle_review")).to_have_attribute("aria-pressed", "true")


def test_a_child_and_a_stack_open_in_place(flows: AppProcess, page: Page) -> None:
    open_page(page, f"{flows.url}/workflow?id=family.ParentWorkflow")
    expect(node(page, "step search_n, 6 steps")).to_be_attached()
    page.get_by_role("button", name="Open ChildWorkflow").click()
    expect(node(page, "step inner")).to_be_attached()
    page.get_by_role("button", name="Open search_n").click()
    expect(node(page, "step search_5")).to_be_attached()
    page.get_by_role("button", name="Fold these steps").click()
    expect(node(page, "step search_5")).not_to_be_attached()
    page.get_by_role("button", name="Close ChildWorkflow").click()
    expect(node(page, "step inner")).not_to_be_attached()


FILES = {
    "SVG": (".svg", b"<svg"),
    "PNG": (".png", b"\x89PNG"),
    "Mermaid, for GitHub": (".mmd", b"flowchart TB"),
    "DOT, for Graphviz": (".dot", b"digraph"),
    "JSON": (".graph.json", b"{"),
}


def test_files_are_taken_along(app: AppProcess, page: Page) -> None:
    open_page(page, f"{app.url}/{ADDRESS}")
    for words, (ending, start) in FILES.items():
        with page.expect_download() as waited:
            more(page, words)
        assert waited.value.suggested_filename == f"ApprovalWorkflow{ending}"
        content = Path(waited.value.path()).read_bytes()
        assert content.startswith(start)
    assert json.loads(content)["workflows"][0]["name"] == "ApprovalWorkflow"


def test_a_file_of_its_own_works_alone(app: AppProcess, page: Page, tmp_path: Path, browser: Browser) -> None:
    open_page(page, f"{app.url}/{ADDRESS}")
    with page.expect_download() as waited:
        more(page, "HTML, to be opened anywhere")
    assert waited.value.suggested_filename == "ApprovalWorkflow.html"
    path = tmp_path / "graph.html"
    waited.value.save_as(path)
    context = browser.new_context(offline=True)
    alone, errors = context.new_page(), []
    alone.on("pageerror", lambda error: errors.append(str(error)))
    alone.goto(path.as_uri())
    step = alone.get_by_role("button", name="step generate_draft")
    step.click()
    expect(step).to_have_attribute("aria-pressed", "true")
    alone.get_by_role("button", name="Steps only").click()
    expect(alone.get_by_role("button", name="event InputRequiredEvent")).not_to_be_attached()
    alone.get_by_label("Find a step").fill("handle")
    expect(alone.locator(".ss-graph-note")).to_have_text("1 found")
    assert not errors
    context.close()


def test_a_finger_pans_from_a_node_too(flows: AppProcess, page: Page) -> None:
    page.set_viewport_size(PHONE)
    open_page(page, f"{flows.url}/workflow?id=row.Row60Workflow")
    ready(page)
    step = node(page, "step step_1")
    step.scroll_into_view_if_needed()
    x, y = place(step)
    page.evaluate(
        """([x, y]) => {
        const target = document.elementFromPoint(x, y);
        const send = (type, dx, dy) => target.dispatchEvent(new PointerEvent(type, {
            pointerId: 1, pointerType: 'touch', button: 0, buttons: 1, bubbles: true, cancelable: true,
            clientX: x + dx, clientY: y + dy }));
        document.querySelector('.ss-graph-pane').setPointerCapture = () => {};
        send('pointerdown', 0, 0);
        for (let step = 1; step <= 6; step++) send('pointermove', step * 3, -step * 10);
        send('pointerup', 18, -60);
    }""",
        [x, y],
    )
    page.wait_for_function(
        """([x, y]) => {
        const box = document.querySelector('.ss-node[data-node$=".step_1"]').getBoundingClientRect();
        return Math.abs(box.x + box.width / 2 - x - 18) < 4 && Math.abs(box.y + box.height / 2 - y + 60) < 4;
    }""",
        arg=[x, y],
    )
    expect(step).to_have_attribute("aria-pressed", "false")
