"""What was read from source to forms, and what a runner adds once it has imported the classes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from inspectors.discovery.model import AnswerShape, StartField, StartShape
from inspectors.forms.declared import Declared
from inspectors.forms.from_schema import field_from_schema, form_from_schema, required_first
from inspectors.forms.model import Field, Form


def form_from_start(
    shape: StartShape,
    *,
    described: Mapping[str, Any] | None = None,
    example: Mapping[str, Any] | None = None,
) -> Form:
    """The form that starts a workflow.

    Args:
        shape: what discovery read.
        described: what the runner says of the start event (`{"type", "module", "schema", "open"}`), once it
            runs: its schema knows inherited fields and computed defaults, which source doesn't show.
        example: the workflow's example input. It tells the type of a field that source reads without one, and
            names that source was not seen to read become optional fields.
    """
    fields = [_from_example(_field(field), field, example or {}) for field in shape.fields]
    form = Form(shape.event_type, required_first(fields), open=not shape.typed, doc=shape.doc)
    form = _described(form, described)
    if not form.open:
        return form
    more = [_guessed(name, value) for name, value in (example or {}).items() if form.field(name) is None]
    return replace(form, fields=(*form.fields, *more))


def form_from_answer(shape: AnswerShape | None, *, described: Mapping[str, Any] | None = None) -> Form:
    """The form that answers a prompt: one text `response` if nothing is known of an untyped answer.

    Args:
        shape: what discovery read, or None if the source is gone.
        described: what the prompt says of its answer (`{"type", "module", "schema", "open", ...}`).
    """
    fields = [_field(field) for field in shape.fields] if shape else []
    title = shape.event_type if shape else ""
    typed = shape.typed if shape else False
    form = Form(title, required_first(fields), open=not typed, doc=shape.doc if shape else "")
    form = _described(form, described)
    if form.fields or not form.open:
        return form
    return replace(form, fields=(Field("response", "text", type_text="text"),))


def _described(form: Form, described: Mapping[str, Any] | None) -> Form:
    """`form` with the fields of the runner's schema, each with the help that source gives.

    A schema without properties is an untyped event's: source knows more.
    """
    schema = (described or {}).get("schema")
    if described is None or not isinstance(schema, Mapping) or not schema.get("properties"):
        return form
    known = form_from_schema(schema, doc=form.doc, open=bool(described.get("open", False)))
    fields = []
    for field in known.fields:
        read = form.field(field.name)
        if read and read.has_default and not field.has_default and not field.required:
            field = replace(field, default=read.default, has_default=True)  # a factory: its schema keeps silent
        fields.append(replace(field, help=read.help) if read else field)
    named = {field.name for field in fields}
    read_only = [field for field in form.fields if field.name not in named] if known.open else []
    title = str(described.get("type") or known.title or form.title)
    return replace(known, title=title, fields=(*fields, *read_only))


def _field(read: StartField) -> Field:
    """One field as read from source."""
    declared = Declared()
    if read.annotation is None:
        schema = _schema_of_value(read.default) if read.has_default else {"type": "string"}
        if read.has_default and (read.default is not None or read.default_source in ("", "None")):
            schema = {**schema, "default": read.default}
    else:
        schema = declared.property_of(read)
    field = field_from_schema(read.name, schema, required=read.required, definitions=declared.definitions)
    return replace(field, help=_help(read))


def _help(read: StartField) -> str:
    """Where the workflow reads it, as a sentence; "" if it wasn't seen to."""
    if not read.step:
        return ""
    declared = read.annotation is not None  # then `line` is where it is declared, not where it is read
    line = f", line {read.line}," if read.line and not declared else ""
    shown = f" as {read.read_as}" if read.read_as else ""
    return f"Read in {read.step}{line}{shown}.".replace(",.", ".")


def _from_example(field: Field, read: StartField, example: Mapping[str, Any]) -> Field:
    """`field` with the type of its example, if source gives it none."""
    if read.annotation is not None or read.name not in example:
        return field
    if read.has_default and read.default is not None:
        return field
    guessed = _guessed(read.name, example[read.name])
    return replace(guessed, required=field.required, description=field.description, help=field.help)


def _guessed(name: str, value: Any) -> Field:
    """An optional field for a name that is known only from an example."""
    field = field_from_schema(name, _schema_of_value(value), required=False)
    if isinstance(value, str) and "\n" in value:
        field = replace(field, kind="long_text")
    return replace(field, help="Named in the example input.")


def _schema_of_value(value: Any) -> dict[str, Any]:
    """The schema of values like this one. A number stays open to fractions: nobody said that it is whole."""
    if isinstance(value, list) and value and all(isinstance(item, str) for item in value):
        return {"type": "array", "items": {"type": "string"}}
    kinds: Iterable[tuple[type | tuple[type, ...], str]] = (
        (bool, "boolean"),
        ((int, float), "number"),
        (Mapping, "object"),
        ((list, tuple), "array"),
    )
    return {"type": next((kind for types, kind in kinds if isinstance(value, types)), "string")}
