"""Values of secret variables, replaced wherever they would be kept or shown: in records, errors, prompts, logs.

Names tell a secret in fields; a value that user code prints, or that a service repeats in its error message, has no
name. So what a `.env` gives to a secret name is looked for by value.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from inspectors.recording.values import is_secret

SHORTEST, SHORTEST_WORD = 8, 16
"""Characters. Shorter values, or words such as `password` and `development`, would be found where they mean nothing."""
SHOWN = "•••"

Value = TypeVar("Value")


class Redaction:
    """Replaces values by `•••`. Costs a search per value and text: about a microsecond for ten values in 1 KB."""

    def __init__(self, values: Iterable[str]) -> None:
        # The longest first: one may be part of another. In JSON texts they stand as `json.dumps` writes them.
        found = sorted({value for value in values if _can_be_told(value)}, key=len, reverse=True)
        self._plain = found
        written = [(json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]) for value in found]
        self._bytes = [value.encode("utf-8", "surrogateescape") for value in found]
        self._in_json = list(dict.fromkeys(text for pair in written for text in pair))

    @classmethod
    def of_variables(cls, variables: Mapping[str, str], names: Iterable[str] | None = None) -> Redaction:
        """For the values of secret names among `variables`, or among `names` of them."""
        chosen = variables if names is None else [name for name in names if name in variables]
        return cls(variables[name] for name in chosen if is_secret(name))

    def __bool__(self) -> bool:
        return bool(self._plain)

    def of_text(self, text: str) -> str:
        """A text without the values."""
        for value in self._plain:
            if value in text:
                text = text.replace(value, SHOWN)
        return text

    def of_bytes(self, data: bytes) -> bytes:
        """UTF-8 text as bytes without the values."""
        for value in self._bytes:
            if value in data:
                data = data.replace(value, SHOWN.encode())
        return data

    def of_json(self, text: str) -> str:
        """JSON as text without the values; it stays valid JSON."""
        for value in self._in_json:
            if value in text:
                text = text.replace(value, json.dumps(SHOWN)[1:-1])
        return text

    def of(self, value: Value) -> Value:
        """JSON data without the values in any of its texts."""
        if not self._plain:
            return value
        return self._of(value)  # type: ignore[no-any-return]

    def _of(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.of_text(value)
        if isinstance(value, dict):
            return {name: self._of(item) for name, item in value.items()}
        if isinstance(value, list):
            return [self._of(item) for item in value]
        return value


class RedactedFile(io.BufferedWriter):
    """A file that is written to without the values, as far as each stands in one piece of what is written."""

    redaction = Redaction(())

    def write(self, data: Any) -> int:
        """As any file's own; what is told is how much was taken."""
        super().write(self.redaction.of_bytes(bytes(data)))
        return len(data)


def _can_be_told(value: str) -> bool:
    return len(value) >= (SHORTEST_WORD if value.isalpha() else SHORTEST)
