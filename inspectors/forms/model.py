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
    "tuple",
    "dict",
    "object",
    "union",
    "file",
    "bytes",
    "json",
]
"""What a value is. `file` is the path of a file, `bytes` its contents, `union` one of several kinds."""

Format = Literal["", "uuid", "uri", "email", "duration", "existing file", "folder", "aware"]


@dataclass(frozen=True)
class Chosen:
    """What the widgets of a union hold: the number of the variant, and what its own widgets hold."""

    variant: int
    value: Any


DEFAULT_LENGTH = 28
"""A default of more characters doesn't stand in the label's line; the widget shows it anyway."""


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
    labels: tuple[str, ...] = ()
    """For a choice: what each value is called; () if they speak for themselves."""
    minimum: float | None = None
    maximum: float | None = None
    exclusive_minimum: bool = False
    """The minimum itself is refused."""
    exclusive_maximum: bool = False
    multiple_of: float | None = None
    exact: bool = False
    """A decimal number: it is sent as text, so that no digit is lost."""
    min_length: int | None = None
    """Characters of a text, items of a list, entries of a dict, bytes of a file."""
    max_length: int | None = None
    pattern: str | None = None
    """A regular expression in pydantic's dialect, searched for in the text."""
    format: Format = ""
    """What a text, path or moment has to be besides."""
    secret: bool = False
    """A text that isn't shown while it is typed."""
    json_type: Literal["", "object", "array"] = ""
    """For JSON: what it has to be; "" for anything."""
    description: str = ""
    """What the author wrote about it."""
    help: str = ""
    """Where the workflow reads it, as a sentence."""
    type_text: str = ""
    """What it takes, for people: "text", "whole number, 1 to 9"."""
    examples: str = ""
    """A value as the author gives one for an example."""
    item: Field | None = None
    """For a list: what each of its items is; for a dict: what each value is."""
    unique: bool = False
    """For a list: no item twice."""
    names: Field | None = None
    """For a dict: what each name is."""
    fields: tuple[Field, ...] = ()
    """For an object: its fields; for a tuple: its items, named by their place or as the author names them."""
    open: bool = False
    """For an object: values of other names are kept."""
    variants: tuple[Field, ...] = ()
    """For a union: what the value can be; the name of each is what it is called."""

    @property
    def constant(self) -> bool:
        """Whether there is only one value, so that there is nothing to fill in."""
        return self.kind == "choice" and len(self.choices) == 1 and not self.nullable

    @property
    def takes(self) -> str:
        """What stands muted beside the label, such as "text, required" or "whole number, 1 to 9, default 5"."""
        if self.required:
            return f"{self.type_text}, required"
        default = self._default_text()
        return f"{self.type_text}, {f'default {default}' if default else 'optional'}"

    def label(self, choice: Any) -> str:
        """What one of the choices is called."""
        for value, label in zip(self.choices, self.labels, strict=False):
            if type(value) is type(choice) and value == choice:
                return label
        return ("Yes" if choice else "No") if isinstance(choice, bool) else str(choice)

    def _default_text(self) -> str:
        """The default in few characters; "" if there is none or it is too long for a label."""
        if not self.has_default or self.default is None or self.default == "" or self.secret:
            return ""
        if self.kind == "choice" and self.default in self.choices:
            text = self.label(self.default)
        elif isinstance(self.default, bool):
            text = "yes" if self.default else "no"
        elif self.kind in ("datetime", "time") and isinstance(self.default, str):
            text = self.default.replace("T", " ").removesuffix(":00")
        elif isinstance(self.default, (str, int, float)):
            text = str(self.default)
        elif isinstance(self.default, list) and all(isinstance(item, (str, int, float)) for item in self.default):
            text = ", ".join(map(str, self.default))
        else:
            return ""
        return text if len(text) <= DEFAULT_LENGTH and "\n" not in text else ""


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
