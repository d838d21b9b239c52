"""What a form needs to know of an event class: its name, its JSON schema, and whether any field goes."""

from __future__ import annotations

from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from workflows.events import Event


class FormSchema(GenerateJsonSchema):
    """Pydantic's JSON schema with what a form needs besides: names of enum members, decimals, times with a zone.

    A type that has no schema is one that takes anything, so that the other fields of its event are still described.
    """

    def enum_schema(self, schema: Any) -> JsonSchemaValue:
        """`x-names`: what the members are called."""
        return {**super().enum_schema(schema), "x-names": [member.name for member in schema["members"]]}

    def decimal_schema(self, schema: Any) -> JsonSchemaValue:
        """`x-exact`: a number whose digits all count."""
        numbers = [kind for kind in super().decimal_schema(schema).get("anyOf", []) if kind.get("type") == "number"]
        return {**(numbers[0] if numbers else {"type": "number"}), "x-exact": True}

    def datetime_schema(self, schema: Any) -> JsonSchemaValue:
        """`x-aware`: it needs a time zone."""
        described = super().datetime_schema(schema)
        return {**described, "x-aware": True} if schema.get("tz_constraint") == "aware" else described

    def handle_invalid_for_json_schema(self, schema: Any, error_info: str) -> JsonSchemaValue:
        """A type that JSON has no words for."""
        return {}


def describe_type(event: type[Event]) -> dict[str, Any]:
    """{"type", "module", "schema" (None if there is none), "open": whether it declares no fields and so takes any}."""
    schema: dict[str, Any] | None = None
    if event.model_fields:
        try:
            schema = event.model_json_schema(schema_generator=FormSchema)
        except Exception:  # a field's type may have no schema; the source is read instead
            schema = None
    return {
        "type": event.__qualname__,
        "module": event.__module__,
        "schema": schema,
        "open": not event.model_fields,
    }
