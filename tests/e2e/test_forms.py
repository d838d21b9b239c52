"""One form with a field of every kind, filled in by hand: refusals, items added and removed, and what arrives."""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Locator, Page, expect

from inspectors.discovery.catalog import discover
from inspectors.forms.files import keep_file
from inspectors.runner.kept_files import MARK, kept_folder
from inspectors.store import Store
from tests.e2e.app_process import AppProcess
from tests.e2e.browser import key, open_page, ready, run_id_of, settled

PICTURE = b"\x89PNG\r\n\x1a\n\x00\xff not text"


pytestmark = pytest.mark.timeout(300)  # some sixty clicks, each with a rerun of the page


@pytest.fixture(scope="module")
def order_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppProcess]:
    """The app on the workflow that takes everything."""
    tmp_path = tmp_path_factory.mktemp("forms")
    folder = tmp_path / "targets"
    folder.mkdir()
    source = Path(__file__).with_name("order_fields.py").read_text(encoding="utf-8")
    (folder / "order_fields.py").write_text(source, encoding="utf-8")
    started = AppProcess(tmp_path / "stepscope.db", [str(folder)]).start()
    try:
        yield started
    finally:
        started.stop_later()


class FormOnPage:
    """The run form of a page, by the paths of its fields."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.form = key(page, "run-form")
        expect(self.form.get_by_label("title", exact=True)).to_be_visible()
        classes = self.form.locator("[class*=st-key-field-]").first.get_attribute("class") or ""
        found = re.search(r"st-key-field-(\S+)-title", classes)
        assert found is not None
        self.prefix = found.group(1)

    def field(self, path: str) -> Locator:
        """The container of a field; items are `~0` for the first, `~1000` for the first that was added."""
        return self.page.locator(f".st-key-field-{self.prefix}-" + re.sub(r"[^a-zA-Z0-9_-]", "-", path))

    def fill(self, path: str, text: str) -> None:
        """Type into a box."""
        self.field(path).locator("input, textarea").first.fill(text)

    def choose(self, path: str, name: str) -> None:
        """Choose from a list that opens."""
        self.field(path).get_by_role("combobox").click()
        self.page.get_by_role("option", name=name, exact=True).click()

    def type_moment(self, path: str, digits: str) -> None:
        """Type into a picker, part by part."""
        self.field(path).get_by_role("spinbutton").first.click()
        self.page.keyboard.type(digits)

    def press(self, name: str) -> None:
        """Press a button of the form itself and wait until it has changed."""
        self.form.get_by_role("button", name=name, exact=True).click()
        settled(self.page)

    def upload(self, path: str, name: str, contents: bytes) -> None:
        """Choose a file."""
        payload: FilePayload = {"name": name, "mimeType": "application/octet-stream", "buffer": contents}
        self.field(path).locator("input[type=file]").set_input_files(payload)
        expect(self.field(path)).to_contain_text(name)

    def refused(self, path: str, sentence: str) -> None:
        """The field says why it was refused."""
        expect(self.field(path).locator("[class*=st-key-refused-]").first).to_contain_text(sentence)


def test_a_field_of_every_kind(order_app: AppProcess, page: Page):
    store = Store(order_app.database)
    open_page(page, f"{order_app.url}/workflow?id=order_fields.OrderWorkflow")
    form = FormOnPage(page)
    run = key(page, "run-start").get_by_role("button")

    # what is missing is said beside each field, and nothing runs
    ready(page)
    page.wait_for_function(
        "performance.getEntriesByType('resource').some((one) => one.name.endsWith('/form_focus.js') && one.responseEnd)"
    )
    run.click()
    for path in ("title", "count", "agreed", "country", "day", "address.street", "lines.~0.price", "pay.|0.number"):
        form.refused(path, "This field is required.")
    expect(form.field("title").locator("input")).to_be_focused()
    assert store.count_runs() == 0

    # Enter in a box neither runs nor adds anything
    form.fill("title", "Paint")
    form.field("title").locator("input").press("Enter")
    settled(page)
    expect(page.locator("[class*=st-key-item-head-]")).to_have_count(1)
    assert store.count_runs() == 0

    form.fill("count", "12")
    form.field("agreed").get_by_role("radio", name="Yes").click()
    form.choose("country", "France · FR")
    form.type_moment("day", "19690720")
    form.fill("address.street", "Rue 1")
    form.fill("address.city", "P")
    form.fill("lines.~0.name", "first")
    form.press("Add line item")
    expect(form.field("lines.~1000.name")).to_be_visible()
    form.press("Add line item")
    for row, name in (("~1000", "second"), ("~1001", "third")):
        form.fill(f"lines.{row}.name", name)
        form.fill(f"lines.{row}.price", "0.10000000000000000001")
        form.fill(f"lines.{row}.tags", "a\nb")
    form.fill("lines.~1001.price", "-1")
    form.form.get_by_role("button", name="Remove Line item 1").click()
    settled(page)
    expect(form.field("lines.~0.name")).to_have_count(0)
    name = form.field("lines.~1000.name").locator("input")
    expect(name).to_have_count(1)  # the row before it may stand a moment longer
    expect(name).to_have_value("second")
    form.press("Transfer")
    form.fill("pay.|1.iban", "DE00")
    form.press("Add address")
    form.fill("pay.|1.address.street", "Bank street")
    form.fill("pay.|1.address.city", "Bonn")

    form.form.get_by_text(re.compile("more fields, all optional")).click()
    form.fill("big", "98765432109876543210")
    form.fill("step_of_five", "12")
    form.field("urgent").get_by_text("urgent").click()
    form.field("colour").get_by_role("radio", name="Deep blue").click()
    form.field("topics").get_by_role("button", name="science").click()
    form.type_moment("clock", "0745")
    form.field("comment").get_by_text("Empty is a text").click()
    form.fill("sizes", "3\nfour\n5")
    form.press("Text")
    form.fill("key.|1", "07")
    for row, value in (("~1000", "3"), ("~1001", "4")):
        form.field("stock").get_by_role("button", name="Add an entry").click()
        settled(page)
        form.fill(f"stock.{row}#name", "nails")
        form.fill(f"stock.{row}", value)
    form.fill("span.1", "3")
    form.upload("document", "notes ä.txt", b"kept text")
    form.upload("picture", "dot.png", PICTURE)
    form.fill("anything", '{"a": [1,}')
    run.click()

    form.refused("count", "Must be at most 9.")
    form.refused("address.city", "Must have at least 2 characters.")
    form.refused("lines.~1001.price", "Must be more than 0.")
    form.refused("step_of_five", "Must be a multiple of 5.")
    form.refused("sizes", "Item 2: Must be a whole number.")
    form.refused("stock.~1001", "The name “nails” is there twice.")
    form.refused("anything", "line 1, column 10")
    expect(page.locator("[class*=st-key-refused-]")).to_have_count(7)
    assert store.count_runs() == 0

    form.fill("count", "9")
    form.fill("address.city", "Paris")
    form.fill("lines.~1001.price", "2.50")
    form.fill("step_of_five", "15")
    form.fill("sizes", "3\n5")
    form.fill("stock.~1001#name", "screws")
    form.fill("anything", '{"a": [1]}')
    run.click()
    run_id = run_id_of(page)
    expect(key(page, "run-status")).to_contain_text("Done", timeout=90_000)

    found = store.run(run_id)
    assert found is not None and found.result is not None
    told = found.result["value"]
    address = "Address(street='{}', city='{}', country=<Country.{}>)"
    assert told["title"] == "'Paint'"
    assert told["count"] == "9"
    assert told["agreed"] == told["urgent"] == "True"
    assert told["country"] == "<Country.FRANCE: 'FR'>"
    assert told["day"] == "datetime.date(1969, 7, 20)"
    assert told["clock"] == "datetime.time(7, 45)"
    assert told["moment"] == "datetime.datetime(2026, 11, 20, 22, 51)"
    assert told["address"] == address.format("Rue 1", "Paris", "GERMANY: 'DE'")
    assert told["lines"] == (
        "[LineItem(name='second', price=Decimal('0.10000000000000000001'), quantity=1, tags=['a', 'b']), "
        "LineItem(name='third', price=Decimal('2.50'), quantity=1, tags=['a', 'b'])]"
    )
    there = address.format("Bank street", "Bonn", "GERMANY: 'DE'")
    assert told["pay"] == f"Transfer(kind='transfer', iban='DE00', address={there})"
    assert told["big"] == "98765432109876543210"
    assert told["step_of_five"] == "15"
    assert told["colour"] == "<Colour.DEEP_BLUE: 'deep_blue'>"
    assert told["priority"] == "<Priority.NORMAL: 5>"
    assert told["topics"] == "['sport', 'science']"
    assert told["comment"] == "''"
    assert told["sizes"] == "[3, 5]"
    assert told["billing"] == "None"
    assert told["key"] == "'07'"
    assert told["stock"] == "{'nails': 3, 'screws': 4}"
    assert told["span"] == "(3, 'day')"
    assert told["document"] == "kept text"
    assert told["picture"] == repr(PICTURE)
    assert told["anything"] == "{'a': [1]}"
    assert told["settings"] == "{'mode': 'fast'}"
    kept = Path(found.input["document"])
    assert kept.name == "notes ä.txt"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.parent.stat().st_mode) == 0o700
    assert found.input["picture"]["name"] == "dot.png"

    store.close()


def test_an_earlier_input_fills_the_form_and_goes_through_it_unharmed(order_app: AppProcess, page: Page):
    store = Store(order_app.database)
    source = discover([order_app.targets[0]]).workflows[0]
    path = keep_file(kept_folder(order_app.database), "dot.png", PICTURE)
    line = {"name": "a", "price": "0.10000000000000000001", "quantity": 2, "tags": ["x"]}
    earlier = {
        "title": "Again",
        "count": 3,
        "agreed": False,
        "country": "IT",
        "day": "1850-02-03",
        "address": {"street": "s", "city": "ct", "country": "PL"},
        "lines": [line, {**line, "name": "b"}],
        "pay": {"kind": "transfer", "iban": "DE00"},
        "moment": "2026-11-20T22:51:07+01:00",
        "stock": {"a": 1},
        "picture": {MARK: str(path), "name": "dot.png", "size": len(PICTURE)},
        "billing": {"street": "t", "city": "ct", "country": "DE"},
    }
    run_id = store.create_run(
        workflow=source.name,
        module=source.module,
        file=source.file,
        version="v",
        input=earlier,
        graph=source.graph,
        loaded=True,
    )
    open_page(page, f"{order_app.url}/workflow?id=order_fields.OrderWorkflow&from={run_id}")
    form = FormOnPage(page)
    expect(form.field("pay.|1.iban").locator("input")).to_have_value("DE00")
    expect(form.field("lines.~1.name").locator("input")).to_have_value("b")
    expect(form.field("picture")).to_contain_text("dot.png")
    key(page, "run-start").get_by_role("button").click()
    again = run_id_of(page)
    expect(key(page, "run-status")).to_contain_text("Done", timeout=90_000)
    second = store.run(again)
    assert second is not None and second.result is not None
    assert {name: second.input[name] for name in earlier} == earlier
    assert second.result["value"]["picture"] == repr(PICTURE)
    store.close()
