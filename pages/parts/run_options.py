"""What a run takes besides its input: arguments of the constructor, a time limit, whether steps are printed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import streamlit as st

from inspectors.discovery import StartShape, WorkflowSource
from inspectors.forms import Field, Form, form_from_start, initial, parse
from inspectors.recording.values import is_secret
from inspectors.runner.supervisor import RunnerStatus
from parts.form_fields import read_fields, show_fields, show_refusal, show_takes
from parts.plain import muted, strong


@dataclass(frozen=True)
class Constructor:
    """What the form asks to make the workflow."""

    needed: Form
    """Arguments without which it can't be made."""
    more: Form
    """Arguments that may be left out."""
    made_by: str = ""
    """What makes it in place of its class, as a sentence; "" if the class does."""

    @property
    def forms(self) -> dict[str, Form]:
        """Both by what their widgets' keys end in."""
        return {"needed": self.needed, "more": self.more}


def constructor_of(source: WorkflowSource, described: Mapping[str, Any]) -> Constructor:
    """The arguments a form can give: as the runner says, and before it does as the source shows."""
    read = source.constructor
    told = described.get("constructor")
    shape = StartShape(source.name, source.module, True, list(read.fields), source.file, read.line)
    if told is None:
        form, factory = form_from_start(shape), read.factory and vars(read.factory)
    else:
        texts = {one.name: one.description for one in read.fields if one.description}
        schema = told["schema"]
        properties = {name: _with_text(one, texts.get(name, "")) for name, one in schema["properties"].items()}
        known = {"type": source.name, "schema": {**schema, "properties": properties}, "open": False}
        form = form_from_start(shape, described=known) if properties else Form(source.name, ())
        factory = told.get("factory")
    form = with_secrets(form)
    needed = tuple(one for one in form.fields if one.required)
    more = tuple(one for one in form.fields if not one.required)
    return Constructor(replace(form, fields=needed), replace(form, fields=more), _made_by(factory))


def with_secrets(form: Form) -> Form:
    """The form with texts hidden whose names say that they are secrets: what is masked later isn't shown before."""
    return replace(form, fields=tuple(map(_with_secrets, form.fields)))


def _with_secrets(one: Field) -> Field:
    if one.kind == "text" and is_secret(one.name):
        return replace(one, secret=True)
    return replace(
        one,
        fields=tuple(map(_with_secrets, one.fields)),
        variants=tuple(map(_with_secrets, one.variants)),
        item=_with_secrets(one.item) if one.item else None,
    )


def _with_text(schema: Mapping[str, Any], text: str) -> dict[str, Any]:
    return {"description": text, **schema} if text else dict(schema)


def _made_by(factory: Mapping[str, Any] | None) -> str:
    if not factory:
        return ""
    line = f", line {factory['line']}" if factory.get("line") else ""
    return f"Made by {factory['name']}{line}."


def show_constructor(
    constructor: Constructor, arguments: Mapping[str, Any], errors: Mapping[str, str], prefix: str
) -> None:
    """The fields of the constructor: needed ones open, the others folded unless one is set or was refused."""
    headed = bool(constructor.needed.fields or constructor.made_by)
    if headed:
        with st.container(key=f"constructor-head-{prefix}", gap="xxsmall"):
            strong("Constructor", f"{prefix}-constructor")
            if constructor.made_by:
                muted(constructor.made_by, f"{prefix}-made-by")
    needed = {name: value for name, value in arguments.items() if constructor.needed.field(name) is not None}
    others = {name: value for name, value in arguments.items() if name not in needed}
    if constructor.needed.fields:
        show_fields(constructor.needed, initial(constructor.needed, needed), errors, f"{prefix}-needed")
    if constructor.more.fields:
        label = _folded(len(constructor.more.fields), headed, bool(constructor.needed.fields))
        wrong = any(_below(constructor.more, name) for name in errors)
        with st.expander(label, expanded=bool(others) or wrong):
            show_fields(constructor.more, initial(constructor.more, others), errors, f"{prefix}-more")


def _folded(count: int, headed: bool, more: bool) -> str:
    """What is written over the arguments that may be left out."""
    said = f"{count} {'more ' if more else ''}{'argument' if count == 1 else 'arguments'}"
    said += ", optional" if count == 1 else ", all optional"
    return said if headed else f"Constructor · {said}"


def _below(form: Form, path: str) -> bool:
    return any(path == one.name or path.startswith((f"{one.name}.", f"{one.name}[")) for one in form.fields)


@dataclass
class Options:
    """What the widgets hold: options for `Supervisor.start`, and sentences for what doesn't fit."""

    timeout: float | None = None
    verbose: bool = False
    arguments: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    """Of the time limit, under "timeout"."""
    argument_errors: dict[str, str] = field(default_factory=dict)

    def as_run(self) -> dict[str, Any]:
        """As `Supervisor.start` takes them."""
        options: dict[str, Any] = {"timeout": self.timeout, "verbose": self.verbose}
        return {**options, "arguments": self.arguments} if self.arguments else options


def read_options(constructor: Constructor, prefix: str) -> Options:
    """Read the widgets, in a callback or after they were drawn."""
    options = Options(st.session_state.get(f"{prefix}-timeout"), bool(st.session_state.get(f"{prefix}-verbose")))
    if options.timeout is not None and options.timeout <= 0:
        options.errors["timeout"] = "Must be more than 0."
    for name, form in constructor.forms.items():
        parsed = parse(form, read_fields(form, f"{prefix}-{name}"))
        options.argument_errors.update(parsed.errors)
        options.arguments.update({one: value for one, value in parsed.values.items() if _differs(form, one, value)})
    return options


def _differs(form: Form, name: str, value: Any) -> bool:
    """Whether leaving the argument out would mean something else."""
    one = form.field(name)
    return one is None or not one.has_default or json.dumps(value, default=str) != json.dumps(one.default, default=str)


def show_options(
    options: Mapping[str, Any],
    errors: Mapping[str, str],
    prefix: str,
    status: RunnerStatus,
    described: Mapping[str, Any],
) -> None:
    """Time limit and verbose, folded unless one is set or was refused."""
    set_before = options.get("timeout") is not None or bool(options.get("verbose"))
    with st.expander("Options", expanded="timeout" in errors or set_before):
        left, right = st.columns(2)
        with left:
            show_takes("seconds", f"{prefix}-timeout")
            st.number_input(
                "Time limit",
                value=_number(options.get("timeout")),
                step=1.0,
                format="%g",
                placeholder=_authors_limit(described),
                key=f"{prefix}-timeout",
            )
            if "timeout" in errors:
                authors = described.get("timeout")
                own = f" The author’s own is {authors:g}." if authors is not None else ""
                show_refusal(errors["timeout"] + own, f"{prefix}-timeout")
            muted("Counts while steps run, not while a person thinks.", f"help-{prefix}-timeout")
        with right:
            st.toggle("Verbose: print each step", value=bool(options.get("verbose")), key=f"{prefix}-verbose")
            where = f": {status.log}" if status.log else ""
            muted(f"Goes to the runner’s log, kept as long as the runner{where}", f"help-{prefix}-verbose")


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _authors_limit(described: Mapping[str, Any]) -> str:
    """What holds if nothing is filled in."""
    if "timeout" not in described:
        return "the author’s own"
    limit = described["timeout"]
    return "none, as the author set it" if limit is None else f"{limit:g}, as the author set it"
