"""Form fields without a browser: what is drawn, what buttons do to what was typed, what is sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from inspectors.forms import Form, form_from_schema
from inspectors.forms.model import Field
from tests.pages.bench import texts

PAGE = """
import streamlit as st
from inspectors.forms import initial, parse
from parts.form_fields import read_fields, show_fields

form, in_form = st.session_state["form"], st.session_state["in_form"]

def send():
    parsed = parse(form, read_fields(form, "p"))
    st.session_state["sent"], st.session_state["errors"] = parsed.values, parsed.errors

def draw():
    start = initial(form, st.session_state["example"])
    show_fields(form, start, st.session_state.get("errors", {}), "p", in_form=in_form)

if in_form:
    with st.form("f"):
        draw()
        st.form_submit_button("Run", on_click=send)
else:
    draw()
    st.button("Run", on_click=send)
"""

LINE = {
    "title": "Line",
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "price": {"type": "number", "exclusiveMinimum": 0},
        "sent": {"type": "boolean", "default": False},
    },
    "required": ["name", "price"],
}
CARD = {
    "title": "BankCard",
    "type": "object",
    "properties": {"kind": {"const": "card"}, "digits": {"type": "string", "pattern": r"^\d+$"}},
    "required": ["kind", "digits"],
}
CASH = {
    "title": "Cash",
    "type": "object",
    "properties": {"kind": {"const": "cash"}, "amount": {"type": "integer"}},
    "required": ["kind", "amount"],
}


def form_of(open: bool = False, required: tuple[str, ...] | None = None, **properties: Any) -> Form:
    needed = list(properties) if required is None else list(required)
    return form_from_schema({"properties": properties, "required": needed}, open=open)


def page(form: Form, example: dict[str, Any] | None = None, in_form: bool = True) -> AppTest:
    app = AppTest.from_string(PAGE, default_timeout=100)
    app.session_state["form"], app.session_state["example"] = form, example or {}
    app.session_state["in_form"] = in_form
    return ran(app)


def ran(app: AppTest) -> AppTest:
    app.run()
    assert not app.exception, [one.value for one in app.exception]
    return app


def press(app: AppTest, label: str, at: int = 0) -> AppTest:
    [button for button in app.button if button.label == label][at].click()
    return ran(app)


def remove(app: AppTest, key: str) -> AppTest:
    app.button(key=f"remove-{key}").click()
    return ran(app)


def sent(app: AppTest) -> Any:
    press(app, "Run")
    assert app.session_state["errors"] == {}
    return app.session_state["sent"]


def fill(app: AppTest, **by_key: Any) -> AppTest:
    """Type without sending: `p:` is added to keys, `__` stands for what a name can't hold."""
    for key, value in by_key.items():
        app.text_input(key=f"p:{key}").input(value)
    return app


ITEMS = {"items": {"type": "array", "items": LINE, "minItems": 1, "maxItems": 3}, "note": {"type": "string"}}


def test_items_are_added_and_removed_and_nothing_else_is_lost() -> None:
    app = page(form_of(**ITEMS))
    app.text_input(key="p:note").input("typed, not sent")
    app.text_input(key="p:items.~0.name").input("first")
    press(app, "Add line")
    press(app, "Add line")
    for row, name in ((1000, "second"), (1001, "third")):
        app.text_input(key=f"p:items.~{row}.name").input(name)
        app.text_input(key=f"p:items.~{row}.price").input("2.5")
    assert next(button for button in app.button if button.label == "Add line").disabled, "3 are as many as it takes"
    remove(app, "p:items.~1000")
    app.text_input(key="p:items.~0.price").input("1")
    assert app.text_input(key="p:note").value == "typed, not sent"
    assert sent(app) == {
        "items": [{"name": "first", "price": 1, "sent": False}, {"name": "third", "price": 2.5, "sent": False}],
        "note": "typed, not sent",
    }


def test_a_refusal_stands_at_its_item_and_goes_with_it() -> None:
    lines = [{"name": "a", "price": 1}, {"name": "b", "price": -2}, {"name": "c", "price": "x"}]
    app = press(page(form_of(**ITEMS), {"items": lines, "note": "n"}), "Run")
    assert app.session_state["errors"] == {
        "items.1.price": "Must be more than 0.",
        "items.2.price": "Must be a number.",
    }
    said = texts(app)
    assert said.index("Must be more than 0.") < said.index("Must be a number.")
    remove(app, "p:items.~1")
    assert "Must be more than 0." not in texts(app)
    assert "Must be a number." in texts(app)
    app.text_input(key="p:items.~2.price").input("3")
    assert [line["price"] for line in sent(app)["items"]] == [1, 3]


def test_a_union_shows_the_fields_of_what_was_chosen() -> None:
    app = page(form_of(pay={"oneOf": [CARD, CASH]}, note={"type": "string"}))
    app.text_input(key="p:pay.|0.digits").input("no digits")
    app.text_input(key="p:note").input("kept")
    press(app, "Run")
    assert app.session_state["errors"] == {"pay.digits": r"Must match the pattern ^\d+$"}
    assert r"Must match the pattern ^\d+$" in texts(app)
    press(app, "Cash")
    app.text_input(key="p:pay.|1.amount").input("12")
    assert sent(app) == {"pay": {"kind": "cash", "amount": 12}, "note": "kept"}


def test_what_pydantic_says_of_a_variant_stands_at_its_field() -> None:
    app = page(form_of(pay={"oneOf": [CARD, CASH]}))
    app.session_state["errors"] = {"pay.BankCard.digits": "Too old.", "pay.Cash.amount": "Field required."}
    ran(app)
    assert "Too old." in texts(app)
    assert "Field required." not in texts(app), "cash was not chosen"


def test_an_earlier_choice_of_a_union_is_shown() -> None:
    app = page(form_of(pay={"oneOf": [CARD, CASH]}), {"pay": {"kind": "cash", "amount": 5}})
    assert sent(app) == {"pay": {"kind": "cash", "amount": 5}}


def test_a_dict_is_rows_and_a_name_twice_is_refused() -> None:
    form = form_of(stock={"type": "object", "additionalProperties": {"type": "integer"}})
    app = press(page(form, {"stock": {"a": 1, "b": 2}}), "Add an entry")
    app.text_input(key="p:stock.~1000#name").input("a")
    app.text_input(key="p:stock.~1000").input("3")
    press(app, "Run")
    assert "The name “a” is there twice." in texts(app)
    app.text_input(key="p:stock.~1000#name").input("c")
    assert sent(app) == {"stock": {"a": 1, "b": 2, "c": 3}}


def test_an_optional_object_is_added_and_left_out() -> None:
    form = form_of(required=(), home={"anyOf": [LINE, {"type": "null"}], "default": None})
    app = page(form)
    assert sent(app) == {}
    press(app, "Add home")
    press(app, "Run")
    assert app.session_state["errors"]["home.name"] == "This field is required."
    fill(app, **{"home.name": "x", "home.price": "1"})
    assert sent(app)["home"]["name"] == "x"
    press(app, "Leave home out")
    assert sent(app) == {}


def test_nothing_and_empty_are_two_things() -> None:
    maybe = {"anyOf": [{"type": "string"}, {"type": "null"}], "default": "was"}
    app = page(form_of(required=(), title=maybe))
    assert sent(app) == {"title": "was"}
    app.text_input(key="p:title").input("")
    assert sent(app) == {"title": None}
    app.checkbox(key="p:title#empty").check()
    assert sent(app) == {"title": ""}


def test_choices_send_their_value_and_show_their_name() -> None:
    form = form_of(
        required=("level",),
        level={"enum": [1, 10], "x-names": ["LOW", "VERY_HIGH"]},
        country={"enum": ["DE", "FR", "ES", "IT", "PL"], "default": "ES"},
        maybe={"anyOf": [{"enum": ["a", "b"]}, {"type": "null"}], "default": "a"},
        several={"type": "array", "items": {"enum": ["x", "y", "z"]}, "default": ["y"]},
    )
    app = page(form)
    press(app, "Run")
    assert app.session_state["errors"] == {"level": "This field is required."}
    levels = app.button_group(key="p:level")
    assert levels.options == ["Low · 1", "Very high · 10"]
    levels.set_value("10")
    app.button_group(key="p:maybe").set_value("null")
    app.button_group(key="p:several").set_value(['"y"', '"z"'])
    assert sent(app) == {"level": 10, "country": "ES", "maybe": None, "several": ["y", "z"]}


def test_moments_have_pickers_that_can_be_cleared_and_lose_no_seconds() -> None:
    optional = {"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}], "default": "1850-02-03"}
    app = page(form_of(required=(), day=optional, clock={"type": "string", "format": "time", "default": "22:51:07"}))
    assert str(app.date_input(key="p:day").value) == "1850-02-03"
    assert app.text_input(key="p:clock").value == "22:51:07", "a picker would cut the seconds off"
    assert sent(app) == {"day": "1850-02-03", "clock": "22:51:07"}
    app.date_input(key="p:day").set_value(date(1850, 2, 4))
    assert sent(app)["day"] == "1850-02-04"
    app.checkbox(key="p:day#none").check()
    assert sent(app) == {"day": None, "clock": "22:51:07"}


def test_numbers_are_refused_in_words_and_never_rounded() -> None:
    app = page(form_of(count={"type": "integer", "minimum": 1, "maximum": 9}, id={"type": "integer"}))
    fill(app, count="1.5", id="9007199254740993")
    press(app, "Run")
    assert app.session_state["errors"] == {"count": "Must be a whole number."}
    fill(app, count="10")
    press(app, "Run")
    assert "Must be at most 9." in texts(app)
    fill(app, count="9")
    assert sent(app) == {"count": 9, "id": 9007199254740993}


@pytest.mark.parametrize(
    ("before", "typed", "after", "value"),
    [
        ({"type": "string"}, "12", {"type": "integer"}, 12),
        ({"type": "string"}, "12", {"type": "number"}, 12),
        ({"type": "string"}, "b", {"enum": ["a", "b"]}, "b"),
        ({"type": "string"}, "2026-11-20", {"type": "string", "format": "date"}, "2026-11-20"),
        ({"type": "string"}, "yes", {"type": "boolean"}, True),
        ({"type": "string"}, "long", {"type": "string", "maxLength": 900}, "long"),
        ({"type": "integer"}, "7", {"type": "string"}, "7"),
        ({"type": "string"}, "a", {"type": "array", "items": {"type": "string"}}, ["a"]),
    ],
)
def test_what_was_typed_stays_when_a_runner_knows_the_type(before: Any, typed: str, after: Any, value: Any) -> None:
    app = page(form_of(x=before, other={"oneOf": [CARD, CASH]}))
    fill(app, x=typed)
    press(app, "Cash")  # sends what was typed, as pressing Run would
    app.session_state["form"] = form_of(x=after, other={"oneOf": [CARD, CASH]})
    ran(app)
    app.text_input(key="p:other.|1.amount").input("1")
    assert sent(app)["x"] == value


def test_a_default_that_becomes_known_later_is_not_taken_for_deleted() -> None:
    app = page(form_of(required=(), x={"type": "string"}))
    app.session_state["form"] = form_of(required=(), x={"type": "string", "default": "made by a factory"})
    ran(app)
    assert sent(app) == {"x": "made by a factory"}


def test_an_earlier_input_that_does_not_fit_fills_what_fits_and_says_the_rest() -> None:
    form = form_of(
        required=(),
        count={"type": "integer", "default": 1},
        level={"enum": ["a", "b"], "default": "a"},
        sure={"type": "boolean", "default": False},
        items={"type": "array", "items": LINE},
        home={"anyOf": [LINE, {"type": "null"}], "default": None},
        pay={"oneOf": [CARD, CASH]},
        stock={"type": "object", "additionalProperties": {"type": "integer"}},
        pair={"type": "array", "prefixItems": [{"type": "integer"}, {"type": "string"}], "minItems": 2, "maxItems": 2},
        day={"type": "string", "format": "date"},
        tags={"type": "array", "items": {"enum": ["x", "y"]}},
    )
    bad = {
        "count": "many",
        "level": "gone",
        "sure": "perhaps",
        "items": [{"name": "a", "price": 1, "old": 2}, 5],
        "home": "nowhere",
        "pay": 3,
        "stock": [1],
        "pair": "x",
        "day": "soon",
        "tags": 4,
        "unknown": 1,
    }
    app = page(form, bad)
    said = texts(app)
    assert app.text_input(key="p:count").value == "many"
    assert app.text_input(key="p:day").value == "soon"
    assert app.text_input(key="p:items.~0.name").value == "a"
    for shown in ("“gone”", "“perhaps”", "“nowhere”", "value 3 doesn", "value 5 doesn"):
        assert shown in said
    assert "because nothing takes it here: old." in said
    assert "because nothing takes it here: unknown." in said
    press(app, "Run")
    assert "Must be a whole number." in texts(app)


def test_fields_of_an_answer_stand_outside_of_a_form() -> None:
    app = page(form_of(**ITEMS), {"items": [{"name": "a", "price": 1}], "note": "n"}, in_form=False)
    press(app, "Add line")
    fill(app, **{"items.~1000.name": "b", "items.~1000.price": "2"})
    assert len(sent(app)["items"]) == 2


def test_many_optional_fields_fold_but_not_those_that_are_filled() -> None:
    form = form_of(required=("a",), a={"type": "string"}, **{f"x{at}": {"type": "string"} for at in range(9)})
    app = page(form, {"a": "1", "x4": "filled"})
    assert app.expander[0].label == "8 more fields, all optional"
    assert app.text_input(key="p:x4").value == "filled"


def test_a_constant_is_sent_and_not_asked_for() -> None:
    form = form_of(kind={"const": "order"}, name={"type": "string"})
    app = page(form, {"name": "x"})
    assert len(app.text_input) == 1
    assert sent(app) == {"kind": "order", "name": "x"}


def test_names_of_a_workflow_stay_text() -> None:
    name = "![x](x.png) <b>:red[no]</b>"
    nested = replace(Field(name, "object", fields=(Field(name, "list", item=Field("", "date")),)), required=False)
    app = page(Form("", (nested,)))
    press(app, next(button.label for button in app.button if button.label.startswith("Add ")))
    assert all("![x]" not in one.value and "<b>" not in one.value for one in app.markdown)
