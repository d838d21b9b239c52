"""What reading source tells about workflows: plain dataclasses that hold only strings, numbers and dicts.

Pages, forms and the supervisor all read these; only `inspectors.discovery` makes them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Badge:
    """A short fact on a workflow's card, such as "Pauses for a person"."""

    id: str
    """What it is about: pauses | branches | fans_out | loops | streams | retries | needs."""
    text: str
    """What the card writes, such as "Fans out × 3" or "Needs pandas"."""


@dataclass(frozen=True)
class Problem:
    """Why something a person pointed at could not be read, or would not run, as a plain sentence."""

    file: str
    """The file or folder it is about, as an absolute path; the target itself if it does not exist."""
    line: int | None
    sentence: str


@dataclass(frozen=True)
class StartField:
    """One value a workflow takes: to start (`StartShape`) or as an answer (`AnswerShape`)."""

    name: str
    annotation: str | None
    """The annotation as written in the source, such as "int | None"; None if it was only read in a body."""
    required: bool
    default: Any
    """The default if it is a literal, else None: see `has_default` and `default_source`."""
    has_default: bool
    step: str
    """The step that reads it; "" for a declared field that no step was seen to read."""
    line: int | None
    """Where it is declared, or else read first, from 1."""
    read_as: str
    """The expression as written, such as "ev.topic"; "" if no step was seen to read it."""
    description: str = ""
    constraints: dict[str, Any] = field(default_factory=dict)
    """Of pydantic's: ge, gt, le, lt, multiple_of, min_length, max_length, pattern, examples, title."""
    default_source: str = ""
    """The default as written, also when it is not a literal, such as "Field(default_factory=list)"."""
    file: str = ""
    """Of a declared field: the file whose names its annotation uses."""
    scope: str = ""
    """Of a declared field: the qualified name of its class, for names that are nested in it."""


@dataclass(frozen=True)
class StartShape:
    """What a workflow takes to start."""

    event_type: str
    """The class name of the start event."""
    module: str
    """Its module: `workflows.events` for the engine's own StartEvent."""
    typed: bool
    """True for an own subclass (its fields are declared), False for StartEvent itself (any name goes)."""
    fields: list[StartField]
    """Required ones first, otherwise in the order of the source."""
    file: str | None
    line: int | None
    doc: str = ""


@dataclass(frozen=True)
class AnswerShape:
    """What steps read of a person's answer, and the words they compare it with."""

    event_type: str
    """The class name of the answer; "" if no answer is taken."""
    module: str
    typed: bool
    """True for an own subclass of HumanResponseEvent, whose fields are declared."""
    fields: list[StartField]
    literals: dict[str, list[str]]
    """Per field the string literals it is compared with, in source order: {"response": ["APPROVE"]}."""
    steps: list[str]
    """The steps that take the answer, in source order."""
    doc: str = ""


@dataclass(frozen=True)
class Unfillable:
    """A required parameter of a constructor that no form can give a value."""

    name: str
    annotation: str | None
    """As written in the source; None if there is none."""
    line: int


@dataclass(frozen=True)
class Factory:
    """What makes a workflow whose class needs what a form can't give."""

    name: str
    """Of a function of the file that is annotated `-> Class`, or of an instance on module level."""
    line: int
    is_function: bool


@dataclass(frozen=True)
class ConstructorShape:
    """What a workflow class takes to be made, without the engine's own parameters such as `timeout`."""

    fields: list[StartField] = field(default_factory=list)
    """What a form can give, required ones first: of `__init__`, or of the factory that is called in its place."""
    unfillable: list[Unfillable] = field(default_factory=list)
    """What `__init__` needs and no form can give; then only a factory can make the workflow."""
    factory: Factory | None = None
    """What makes the workflow if the class itself can't be called; None if it can, or if nothing was found."""
    line: int | None = None
    """Where `__init__` is defined; None if the class has none of its own, or one that could not be read."""


@dataclass(frozen=True)
class WorkflowSource:
    """A workflow class as read from its file; nothing of it has been imported."""

    id: str
    """`module.Class`, safe in a URL; with `@` and 6 hex digits of its file if another one has the same."""
    key: str
    """`workflow-card-<Class>`, unique in a catalog: the second of one name ends in `-2`."""
    name: str
    module: str
    """The dotted name under which a runner imports the file."""
    root: str
    """The folder the dotted name counts from, absolute."""
    file: str
    line: int
    doc: str
    summary: str
    """The first line of the docstring, or ""."""
    example_input: dict[str, Any]
    badges: list[Badge]
    graph: dict[str, Any]
    """Graph JSON of what is declared and inferred: see docs/architecture.md."""
    start: StartShape
    end_line: int = 0
    constructor: ConstructorShape = field(default_factory=ConstructorShape)


@dataclass(frozen=True)
class Catalog:
    """All that the targets hold."""

    workflows: list[WorkflowSource]
    """Sorted by name, then file, then line."""
    problems: list[Problem]
    files_read: int
    targets: list[str]
