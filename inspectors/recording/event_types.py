"""What a form needs to know of an event class: its name, its JSON schema, and whether any field goes."""

from __future__ import annotations

from typing import Any

from workflows.events import Event


def describe_type(event: type[Event]) -> dict[str, Any]:
    """{"type", "module", "schema" (None if there is none), "open": whether it declares no fields and so takes any}."""
    schema: dict[str, Any] | None = None
    if event.model_fields:
        try:
            schema = event.model_json_schema()
        except Exception:  # a field's type may have no schema; the source is read instead
            schema = None
    return {
        "type": event.__qualname__,
        "module": event.__module__,
        "schema": schema,
        "open": not event.model_fields,
    }
