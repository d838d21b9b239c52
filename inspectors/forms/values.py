"""What widgets hold to values, and back: the two ways through a form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import Any

from inspectors.forms.initial import initial
from inspectors.forms.json_text import free
from inspectors.forms.model import Form
from inspectors.forms.readers import is_empty, read_fields

__all__ = ["Parsed", "initial", "parse"]


@dataclass(frozen=True)
class Parsed:
    """What a filled form gives."""

    values: dict[str, Any]
    """JSON values by name; optional fields left empty are left out, so that the workflow's defaults apply."""
    errors: dict[str, str] = dataclass_field(default_factory=dict)
    """Sentences for people by name; `parent.child` inside an object."""

    @property
    def ok(self) -> bool:
        """Whether the values can be sent."""
        return not self.errors


def parse(form: Form, raw: Mapping[str, Any]) -> Parsed:
    """Read what widgets hold.

    Args:
        form: the form that was shown.
        raw: by name: strings, booleans, numbers, dates, lists or mappings. A name that is missing counts as
            empty. Names the form doesn't have are taken if it is open: text that is JSON (`3`, `true`, `[1]`,
            `"3"`) as that, other text as it is.
    """
    parsed = Parsed(*read_fields(form.fields, raw))
    for name, value in raw.items():
        if form.field(name) is not None:
            continue
        if not form.open:
            parsed.errors[name] = "Nothing of this name is taken here."
        elif not name.strip():
            parsed.errors[name] = "A value needs a name."
        elif not is_empty(value):
            parsed.values[name] = free(value)
    return parsed
