"""Where a field of a form stands, and what the form remembers of it from one rerun to the next.

Widgets are keyed by the form's prefix and the field's path, so that a callback can read them from session state
before anything is drawn. The items of a list and the entries of a dict are numbered once and for all: removing one
leaves the keys of the others, and with them what was typed, as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import Any

import streamlit as st

from inspectors.forms import Field
from inspectors.forms.schema_texts import words
from parts.callbacks import carried_out

FIRST_ADDED = 1000
"""Numbers of items that were added; those below are of the items that the form began with."""


@dataclass(frozen=True)
class Place:
    """Where a field stands."""

    key: str
    """The key of its widget, and the beginning of the keys of all that is below it."""

    def child(self, name: str) -> Place:
        """A field of an object or a tuple."""
        return Place(f"{self.key}.{name}")

    def item(self, row: int) -> Place:
        """An item of a list, or the value of an entry of a dict."""
        return Place(f"{self.key}.~{row}")

    def name_of(self, row: int) -> Place:
        """The name of an entry of a dict."""
        return Place(f"{self.key}.~{row}#name")

    def variant(self, number: int) -> Place:
        """What was chosen in a union."""
        return Place(f"{self.key}.|{number}")

    def get(self, what: str, default: Any = None) -> Any:
        """Something the form remembers of this place."""
        return st.session_state.get(f"{self.key}#{what}", default)

    def keep(self, what: str, value: Any) -> None:
        """Remember it."""
        st.session_state[f"{self.key}#{what}"] = value

    @property
    def held(self) -> Any:
        """What its widget holds."""
        return st.session_state.get(self.key)


def top(prefix: str, name: str) -> Place:
    """The place of a field of the form itself."""
    return Place(f"{prefix}:{name}")


@dataclass(frozen=True)
class Drawing:
    """What all fields of a form are drawn with."""

    errors: Mapping[str, str]
    """Sentences by the key of the place they belong to."""
    in_form: bool
    """Inside `st.form`, where buttons have to be submit buttons."""
    compact: bool = False
    """Without label and help: an item of a list, which stands in a row."""
    hint: str = ""
    """What an empty box says, if its field has nothing better to say."""

    def button(self, label: str, key: str, on_click: Callable[..., None], *args: Any, **look: Any) -> None:
        """A button that changes the form itself. All that was typed elsewhere is carried with its click."""
        make = st.form_submit_button if self.in_form else st.button
        make(label, key=key, on_click=carried_out(on_click), args=args, **look)


@dataclass
class Rows:
    """The items of a list, or the entries of a dict, in their order."""

    place: Place
    begun: int = 0
    """How many the form begins with."""
    numbers: list[int] = dataclass_field(default_factory=list)

    @classmethod
    def of(cls, place: Place, begun: int | None = None) -> Rows:
        """The rows of a place. `begun` is given while it is drawn, and known from then on."""
        if begun is None:
            begun = int(place.get("begun", 0))
        else:
            place.keep("begun", begun)
        changed = place.get("rows")
        return cls(place, begun, list(range(begun)) if changed is None else list(changed))

    def add(self) -> None:
        """One more at the end; a callback."""
        current = Rows.of(self.place)
        last = int(self.place.get("last", FIRST_ADDED - 1)) + 1
        self.place.keep("last", last)
        self.place.keep("rows", [*current.numbers, last])

    def remove(self, number: int) -> None:
        """One less; a callback."""
        self.place.keep("rows", [one for one in Rows.of(self.place).numbers if one != number])


def is_there(field: Field, place: Place) -> bool:
    """Whether an optional object or tuple is filled in, or left out as a whole."""
    return (field.required and not field.nullable) or bool(place.get("there"))


def placed(fields: tuple[Field, ...], errors: Mapping[str, str], prefix: str) -> dict[str, str]:
    """Sentences by the key of the place they belong to, from those by path.

    Worked out once for each set of sentences, as the form was when it was sent: an item that is removed afterwards
    takes its sentences with it and leaves those of the others. A path that leads to nothing on the page ends at the
    nearest place that is there.
    """
    kept = st.session_state.get(f"{prefix}#placed")
    if kept is not None and kept[0] is errors:
        return dict(kept[1])
    found: dict[str, str] = {}
    for path, said in errors.items():
        place = _start(fields, path, prefix)
        if place is not None and said not in found.get(place[0], ""):
            said = f"{place[1]}{said}"
            found[place[0]] = f"{found[place[0]]} {said}" if place[0] in found else said
    st.session_state[f"{prefix}#placed"] = (errors, found)
    if found:
        st.session_state[f"{prefix}#attempt"] = st.session_state.get(f"{prefix}#attempt", 0) + 1
    return found


def _start(fields: tuple[Field, ...], path: str, prefix: str) -> tuple[str, str] | None:
    for field in sorted(fields, key=lambda one: -len(one.name)):  # a name may hold a point itself
        if path == field.name or path.startswith(f"{field.name}."):
            return _descend(field, top(prefix, field.name), path[len(field.name) + 1 :])
    return None


def _descend(field: Field, place: Place, rest: str) -> tuple[str, str] | None:
    """The key that a path ends at, and what to say before the sentence; None for what belongs to another variant."""
    if not rest:
        return place.key, ""
    head, _, tail = rest.partition(".")
    if field.kind == "object" and is_there(field, place):
        for child in sorted(field.fields, key=lambda one: -len(one.name)):
            if not child.constant and (rest == child.name or rest.startswith(f"{child.name}.")):
                return _descend(child, place.child(child.name), rest[len(child.name) + 1 :])
    elif field.kind == "tuple" and head.isdigit() and int(head) < len(field.fields):
        child = field.fields[int(head)]
        return _descend(child, place.child(child.name), tail)
    elif field.kind in ("list", "dict") and field.item is not None:
        if field.kind == "list" and place.get("look") != "rows":
            return place.key, f"Item {int(head) + 1}: " if head.isdigit() else ""
        numbers = Rows.of(place).numbers
        if head.isdigit() and int(head) < len(numbers):
            return _descend(field.item, place.item(numbers[int(head)]), tail)
        for number in numbers:
            if place.name_of(number).held == head:
                return _descend(field.item, place.item(number), tail if tail != "[key]" else "")
    elif field.kind == "union":
        return _into_variant(field, place, rest)
    return place.key, ""


def _into_variant(field: Field, place: Place, rest: str) -> tuple[str, str] | None:
    """Into what was chosen. Pydantic names the variant in its paths, and complains about each of them."""
    chosen = place.get("variant")
    if chosen is None or chosen >= len(field.variants):
        return place.key, ""
    variant, below = field.variants[chosen], place.variant(chosen)
    found = _descend(variant, below, rest)
    if found is None or found[0] != below.key:
        return found
    head, _, tail = rest.partition(".")
    if any(other.name == words(head) for at, other in enumerate(field.variants) if at != chosen):
        return None
    return _descend(variant, below, tail) if tail else (place.key, "")
