"""Each kind of result in a real browser: how it is shown, copied and downloaded, and that nothing of it loads."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from inspectors.settings import read_settings
from inspectors.workbench import Workbench
from tests.e2e.app_process import AppProcess
from tests.e2e.browser import PHONE, OfflineContext, eventually, key, open_page, says
from tests.e2e.kinds import KINDS

ENDED_WITHIN_S = 60
WIDEST = "all => Math.max(...all.map(one => one.getBoundingClientRect().right))"


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[AppProcess, dict[str, str]]]:
    """The app, and a finished run for each kind of result."""
    folder = tmp_path_factory.mktemp("kinds")
    (folder / "flows").mkdir()
    source = Path(__file__).with_name("kinds.py").read_text(encoding="utf-8")
    (folder / "flows" / "kinds.py").write_text(source, encoding="utf-8")
    app = AppProcess(folder / "stepscope.db", [str(folder / "flows")]).start()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STEPSCOPE_DB", str(folder / "stepscope.db"))
        bench = Workbench(read_settings([str(folder / "flows")]))
    sources = {one.name: one for one in bench.catalog().workflows}
    started = {kind: bench.supervisor.start(sources["ShowWorkflow"], {"kind": kind}, {}) for kind in KINDS}
    started["typed"] = bench.supervisor.start(sources["TypedWorkflow"], {}, {})
    try:
        yield app, started
    finally:
        bench.close()
        app.stop_later()


@pytest.fixture
def result(runs: tuple[AppProcess, dict[str, str]], offline: OfflineContext) -> Callable[[str], Locator]:
    """The result of the run with this kind, on its Trace page."""
    app, started = runs
    page = offline.page()
    offline.context.grant_permissions(["clipboard-read", "clipboard-write"])

    def opened(kind: str) -> Locator:
        open_page(page, f"{app.url}/trace?run={started[kind]}")
        expect(key(page, "result")).to_be_visible(timeout=ENDED_WITHIN_S * 1000)
        return key(page, "result")

    return opened


def saved(box: Locator, name: str = "Download") -> tuple[str, bytes]:
    """File name and content of what a click on Download saves."""
    with box.page.expect_download() as download:
        # Streamlit's table has a button of that name too, in its toolbar
        box.locator(".ss-result-actions").get_by_role("button", name=name).first.click()
    return download.value.suggested_filename, Path(download.value.path()).read_bytes()


def copied(box: Locator) -> str:
    """What the first Copy has put on the clipboard."""
    with says(box.page, "button", "Copied"):
        box.get_by_role("button", name="Copy").first.click()
    return str(box.page.evaluate("navigator.clipboard.readText()"))


def test_short_values(result: Callable[[str], Locator]):
    for kind, shown in {
        "text": "Draft approved.",
        "number": "1,284,000",
        "flag": "Yes",
        "nothing": "The workflow ended without a value.",
        "when": "2026-11-20 22:51:00",
    }.items():
        expect(result(kind)).to_contain_text(shown)
    box = result("number")
    assert copied(box) == "1284000"
    assert box.locator(".ss-result-number").evaluate("one => parseFloat(getComputedStyle(one).fontSize)") >= 24


def test_a_long_text_folds_with_its_length_and_is_saved_whole(result: Callable[[str], Locator]):
    box = result("long")
    body = box.locator(".ss-result-prose")
    assert len(body.inner_text()) < 1_000
    box.get_by_role("button", name="Show all 12,350 characters").click()
    expect(body).to_have_text(KINDS["long"].strip())
    box.get_by_role("button", name="Show less").click()
    assert copied(box) == KINDS["long"]
    name, content = saved(box)
    assert name.startswith("ShowWorkflow-") and name.endswith(".txt")
    assert content.decode() == KINDS["long"]


def test_a_text_of_few_characters_and_many_lines_folds_too(result: Callable[[str], Locator]):
    box = result("lines")
    assert (box.bounding_box() or {"height": 0})["height"] < 600
    box.get_by_role("button", name="Show all 1,000 characters").click()
    expect(box.locator(".ss-result-prose")).to_have_text(KINDS["lines"].strip())


def test_markdown_is_drawn_without_loading_or_running_anything(result: Callable[[str], Locator]):
    box = result("markdown")
    page = box.page
    expect(box.get_by_role("heading", name="What changes")).to_be_visible()
    expect(box.get_by_role("cell", name="Report")).to_be_visible()
    expect(box.locator("pre")).to_contain_text("<script>window.hacked = 1</script>")
    expect(box).to_contain_text("[image: a pixel · http://evil.example/pixel.png]")
    link = box.get_by_role("link")
    expect(link).to_have_count(1)
    expect(link).to_have_text("a link (http://evil.example/page)")
    assert (link.get_attribute("rel"), link.get_attribute("target")) == ("noopener noreferrer nofollow", "_blank")
    assert box.locator("img").count() == 0 and page.evaluate("window.hacked") is None
    box.get_by_role("button", name="As text").click()
    expect(box).to_contain_text("# What changes")
    expect(box.get_by_role("heading")).to_have_count(0)
    assert saved(box)[0].endswith(".md")


def test_a_data_frame_is_a_table_and_leaves_as_csv(result: Callable[[str], Locator]):
    box = result("frame")
    expect(box.locator("[data-testid=stDataFrame]")).to_be_visible()
    expect(box).to_contain_text("3 rows × 4 columns")
    name, content = saved(box)
    assert name.endswith(".csv")
    assert content.decode().splitlines() == [
        "month,desk,refunds,api_key",
        "2026-01-01 00:00:00,north,1200,•••• masked",
        '2026-02-01 00:00:00,"south, ""old""",80,•••• masked',
        ",,3,•••• masked",
    ]
    assert copied(box).splitlines()[0] == "month\tdesk\trefunds\tapi_key"


def test_a_spreadsheet_takes_no_cell_of_a_table_for_a_formula(result: Callable[[str], Locator]):
    box = result("formulas")
    assert saved(box)[1].decode().splitlines() == ["'=name,value", "'=1+1,'@SUM(A1)", "-5,-5"]
    assert copied(box).splitlines()[1] == "'=1+1\t'@SUM(A1)"


def test_a_picture_is_shown_with_its_size_and_saved_as_it_is(result: Callable[[str], Locator]):
    box = result("picture")
    picture = box.get_by_role("img", name="Result: PNG image, 64 × 36")
    expect(picture).to_be_visible()
    expect(picture).to_have_js_property("naturalWidth", 64)
    name, content = saved(box)
    assert name.endswith(".png")
    assert Image.open(io.BytesIO(content)).getpixel((1, 1)) == (0x16, 0x73, 0xD1)


def test_a_structure_can_be_searched(result: Callable[[str], Locator]):
    box = result("tree")
    expect(box).to_contain_text("hay")
    expect(box.get_by_text("needle")).to_have_count(0)
    box.get_by_label("Search in the structure").fill("NEEDLE")
    expect(box).to_contain_text("needle")
    expect(box).not_to_contain_text("hay")
    box.get_by_label("Search in the structure").fill("no such")
    expect(box).to_contain_text("Nothing in it matches.")
    assert json.loads(copied(box)) == KINDS["tree"]


def test_a_dict_is_shown_by_its_fields_and_as_a_structure(result: Callable[[str], Locator]):
    box = result("answer")
    expect(box.locator(".ss-result[data-named=yes] .ss-result-name")).to_have_text(["answer", "sources", "count"])
    expect(box.locator("[data-testid=stDataFrame]")).to_be_visible()
    name, content = saved(box, "Download the result")
    assert name.endswith(".json") and json.loads(content) == KINDS["answer"]
    box.get_by_role("radio", name="Structure").click()
    expect(box.get_by_label("Search in the structure")).to_be_visible()
    expect(box.locator("[data-testid=stDataFrame]")).to_have_count(0)


def test_a_typed_stop_event_is_shown_by_its_fields(result: Callable[[str], Locator]):
    box = result("typed")
    expect(box).to_contain_text("Result · Report")
    names = box.locator(".ss-result[data-named=yes] .ss-result-name")
    expect(names).to_have_text(["title", "text", "count", "rows", "picture", "note"])
    expect(box.get_by_role("heading", name="What changes")).to_be_visible()
    expect(box.locator("[data-testid=stDataFrame]")).to_be_visible()
    expect(box.get_by_role("img", name="picture: PNG image, 64 × 36")).to_be_visible()
    assert saved(box, "Download rows")[0].endswith("-rows.csv")


def test_on_a_phone_nothing_is_cut(runs: tuple[AppProcess, dict[str, str]], page: Page):
    app, started = runs
    page.set_viewport_size(PHONE)
    for kind in ("typed", "answer", "long", "frame"):
        open_page(page, f"{app.url}/trace?run={started[kind]}")
        expect(key(page, "result").locator(".ss-result").first).to_be_visible(timeout=ENDED_WITHIN_S * 1000)
        eventually(page, lambda: page.evaluate("document.documentElement.scrollWidth") <= 390, f"{kind} is cut")
        shown = key(page, "result").locator(".ss-result")
        eventually(page, lambda shown=shown: shown.evaluate_all(WIDEST) <= 390, f"{kind} is wider than the screen")
