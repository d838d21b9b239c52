"""What pydantic refuses, in sentences for people."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

OWN_WORDS = ("value_error", "assertion_error")
"""Kinds of refusal whose words are the author's own; pydantic puts its name for the kind before them."""


def sentences_of(error: ValidationError) -> dict[str, str]:
    """{field, dotted if it lies deeper, empty for the whole: sentence} of what doesn't fit."""
    return {".".join(map(str, item["loc"])): _sentence(item) for item in error.errors()}


def _sentence(item: Any) -> str:
    own = str(item.get("ctx", {}).get("error", "")) if item["type"] in OWN_WORDS else ""
    said = (own or str(item["msg"])).strip()
    return said if said.endswith((".", "!", "?")) else f"{said}."
