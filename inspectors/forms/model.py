"""What a form is made of: plain, frozen dataclasses that a page turns into widgets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal[
    "text",
    "long_text",
    "integer",
    "number",
    "boolean",
    "choice",
    "date",
    "datetime",
    "time",
    "list",
    "object",
    "json",
]


@dataclass(frozen=True)
class Field:
    """One value that a person fills in."""

    name: str
    """The name the workflow reads; "" for the items of a list."""
    kind: Kind
    required: bool = True
    default: Any = None
    """A JSON value; only meaningful if `has_default`."""
    has_default: bool = False
    nullable: bool = False
    """None is a value too: what a required field gives when it is left empty."""
    choices: tuple[Any, ...] = ()
    """For a choice: the JSON values to choose from, in the order of the source."""
    minimum: float | None = None
    maximum: float | None = None
    exclusive_minimum: bool = False
    """The minimum itself is refused."""
    exclusive_maximum: bool = False
    min_length: int | None = None
    """Characters of a text, items of a list."""
    max_length: int | None = None
    pattern: str | None = None
    """A regular expression in pydantic's dialect, searched for in the text."""
    json_type: Literal["", "object", "array"] = ""
    """For JSON: what it has to be; "" for anything."""
    description: str = ""
    """What the author wrote about it."""
    help: str = ""
    """Where the workflow reads it, as a sentence."""
    type_text: str = ""
    """What it takes, for people: "text", "whole number, 1 to 9"."""
    item: Field | None = None
    """For a list: what each of its items is."""
    fields: tuple[Field, ...] = ()
    """For an object: its fields."""

    @property
    def takes(self) -> str:
        """What stands muted beside the label, such as "text, required"."""
        return f"{self.type_text}, {'required' if self.required else 'optional'}"


@dataclass(frozen=True)
class Form:
    """What a person fills in to start a workflow or to answer a prompt."""

    title: str
    """The class name of the event that the values become."""
    fields: tuple[Field, ...]
    """Required ones first, otherwise in the order of the source."""
    open: bool = False
    """Values of other names are taken too."""
    doc: str = ""

    def field(self, name: str) -> Field | None:
        """The field of this name, if there is one."""
        return next((field for field in self.fields if field.name == name), None)
