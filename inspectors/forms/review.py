"""What a reviewer sees: the draft, the decisions as buttons, and which field carries edits and comments.

Only names, types and comparisons that are there are used. Where nothing is known, the plain form with one
Send button is the answer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from inspectors.forms.model import Field, Form

APPROVALS = frozenset("approve approved accept accepted ok okay".split())
COMMENTS = frozenset("comment comments feedback reason reasons note notes remark remarks".split())
EDITS = frozenset("edit edits edited revised draft text content".split())
DRAFTS = frozenset("draft text content payload body article answer document message summary email".split())
REVISIONS = frozenset("revise revision changes change rework redo".split())

OPPOSITES = {"yes": "no", "y": "n"}
"""A step that compares with one of them takes anything else for the other."""

LABELS = {"revise": "Ask for a revision", "request_changes": "Ask for changes", "ok": "OK"}
"""Words that read better as something else than their sentence case."""

DRAFT_LENGTH = 80
"""A text of at least this many characters is something to read, not a fact about it."""

BUTTONS = 4
"""More choices than this become a list."""

OFFERED_WORDS = re.compile(r"\b[A-Z][A-Z_]+\b(?:\s*(?:,\s*or|,|/|\||\bor\b)\s*[A-Z][A-Z_]+\b)+")
"""Words in capitals that are offered side by side: "APPROVE or REVISE", "YES / NO / LATER"."""


@dataclass(frozen=True)
class Decision:
    """One button."""

    label: str
    values: dict[str, Any]
    """What it answers, by field."""
    primary: bool = False
    needs_comment: bool = False
    """It says that something is wrong, so a comment has to say what."""


@dataclass(frozen=True)
class Fact:
    """A value of the prompt that is shown beside the draft."""

    name: str
    value: Any


@dataclass(frozen=True)
class ReviewPlan:
    """What a reviewer sees of one prompt."""

    title: str
    """The prompt's own text, or what to do if it has none."""
    draft: str | None
    draft_name: str
    """The field of the prompt that holds the draft; "" if there is none."""
    facts: tuple[Fact, ...]
    decisions: tuple[Decision, ...]
    """At least one; exactly one of them is primary, and it is the first."""
    layout: Literal["buttons", "list", "form"]
    """Buttons, a list with one button to send the choice, or a plain form with one button."""
    inputs: tuple[Field, ...]
    """Fields to fill in besides draft, comment and decision."""
    edit_field: Field | None
    """The field of the answer that carries the edited draft; None if edits can't be sent."""
    comment_field: Field | None
    other: Field | None
    """The field for an answer in own words, where the buttons are only what prompt and source suggest."""
    note: str
    """A sentence on what this answer can't do; "" if there is nothing to say."""

    @property
    def asks(self) -> str:
        """What is asked, for a row of the queue: "one click: approve or revise", "choose 1 of 4", "fill in 1 field"."""
        labels = [decision.label for decision in self.decisions]
        needed = sum(field.required for field in self.inputs)
        if self.layout == "form":
            boxes = len(self.inputs) + sum(field is not None for field in (self.comment_field, self.edit_field))
            return "one click: send" if not boxes else "write an answer" if boxes == 1 else f"fill in {boxes} fields"
        if needed:  # the buttons refuse until that is done
            return f"fill in {needed} field{'s' * (needed > 1)}"
        if len(labels) == 2:
            return f"one click: {_lower(labels[0])} or {_lower(labels[1])}"
        return f"choose 1 of {len(labels)}" if len(labels) > 1 else f"one click: {_lower(labels[0])}"

    def own_words(self, text: str) -> Decision:
        """The decision of a reviewer who wrote an answer instead of pressing a button; needs `other`."""
        return Decision("Send", {self.other.name: text} if self.other else {})

    def label(self, decision: Decision, *, edited: bool) -> str:
        """What the button says: the primary one tells when it sends edits along."""
        if edited and decision.primary and self.edit_field is not None:
            return f"{decision.label} with my edits"
        return decision.label


def review_plan(
    prompt_text: str,
    fields: Mapping[str, Any],
    form: Form,
    literals: Mapping[str, Sequence[str]] | None = None,
    draft_field: str | None = None,
) -> ReviewPlan:
    """Decide what a reviewer sees.

    Args:
        prompt_text: the sentence that the workflow asks with.
        fields: all values of the prompt event, by name.
        form: what the answer takes.
        literals: per field of the answer the texts that source compares it with.
        draft_field: the field of the prompt that holds the draft, if it is known.
    """
    draft_name = _draft_name(prompt_text, fields, draft_field)
    draft = fields.get(draft_name) if draft_name else None
    free = [field for field in form.fields if not _decides(field, form, prompt_text, literals or {})]
    comment = next((field for field in free if _is_text(field) and _words(field) & COMMENTS), None)
    edit = _edit_field(free, draft_name, comment) if isinstance(draft, str) else None
    rest = [field for field in form.fields if field not in (comment, edit)]

    decided, decisions, inferred = _decide(prompt_text, rest, comment, literals or {})
    chosen = decisions or (Decision("Send", {}, primary=True),)
    shown = {draft_name, *(name for name, value in fields.items() if _is(value, prompt_text))}
    return ReviewPlan(
        title=prompt_text.strip() or "This run waits for an answer.",
        draft=draft if isinstance(draft, str) else None,
        draft_name=draft_name,
        facts=tuple(Fact(name, value) for name, value in fields.items() if name not in shown),
        decisions=chosen,
        layout="form" if decided is None else "buttons" if len(chosen) <= BUTTONS else "list",
        # A reviewer is not told where code reads a field.
        inputs=tuple(replace(field, help="") for field in rest if field is not decided and not field.constant),
        edit_field=edit,
        comment_field=comment,
        other=decided if inferred else None,
        note=_note(decided if inferred else None, edit, draft, chosen, literals or {}),
    )


def _decides(field: Field, form: Form, prompt_text: str, literals: Mapping[str, Sequence[str]]) -> bool:
    """A text that stands for the decision itself, whatever its name: source compares it, or it is alone."""
    if not _is_text(field):
        return False
    alone = len(form.fields) == 1 and bool(_suggested(prompt_text, ()))
    return alone or any(word.strip() for word in literals.get(field.name, ()))


def _decide(
    prompt_text: str, fields: list[Field], comment: Field | None, literals: Mapping[str, Sequence[str]]
) -> tuple[Field | None, tuple[Decision, ...], bool]:
    """The field that decides, its buttons, and whether they are only suggested. No field: a plain form."""
    booleans = [field for field in fields if field.kind == "boolean"]
    approval = next((field for field in booleans if _words(field) & APPROVALS), None)
    if approval is not None:
        return approval, _approve_or_not(approval, comment), False
    fields = [field for field in fields if not field.constant] or fields
    choices = [field for field in fields if field.kind == "choice" and field.choices]
    if len(choices) == 1:
        return choices[0], _buttons(choices[0], choices[0].choices, comment), False
    if len(fields) != 1:
        return None, (), False
    only = fields[0]
    if only.kind == "boolean":
        pair = (("Yes", True), ("No", False))
        return only, tuple(Decision(text, {only.name: value}, value) for text, value in pair), False
    if _is_text(only):
        words = _suggested(prompt_text, literals.get(only.name, ()))
        if words:
            return only, _buttons(only, words, comment), True
    return None, (), False


def _approve_or_not(field: Field, comment: Field | None) -> tuple[Decision, ...]:
    return (
        Decision("Approve", {field.name: True}, primary=True),
        Decision("Ask for changes", {field.name: False}, needs_comment=comment is not None),
    )


def _buttons(field: Field, values: Sequence[Any], comment: Field | None) -> tuple[Decision, ...]:
    """A button per value, the first one primary."""
    return tuple(
        Decision(
            label=_label(value),
            values={field.name: value},
            primary=number == 0,
            needs_comment=comment is not None and _is_revision(value),
        )
        for number, value in enumerate(values)
    )


def _suggested(prompt_text: str, compared: Sequence[str]) -> list[str]:
    """Words for buttons: those the prompt offers, then those that only source compares with.

    A word is sent the way source writes it, as `== "approve"` may be all that source does.
    """
    offered: list[str] = []
    for group in OFFERED_WORDS.findall(prompt_text):
        offered.extend(word for word in re.findall(r"[A-Z][A-Z_]+", group) if word not in offered)
    exact = {word.casefold(): word for word in compared if word.strip()}
    words = [exact.get(word.casefold(), word) for word in offered]
    found = [*words, *(word for word in exact.values() if word not in words)]
    if len(found) == 1 and found[0].casefold() in OPPOSITES:
        opposite = OPPOSITES[found[0].casefold()]
        found.append(opposite.upper() if found[0].isupper() else opposite)
    return found


def _draft_name(prompt_text: str, fields: Mapping[str, Any], known: str | None) -> str:
    """The field that holds the draft, or ""."""
    texts = {
        name: value
        for name, value in fields.items()
        if isinstance(value, str) and value.strip() and not _is(value, prompt_text) and name != "prefix"
    }
    readable = [
        name
        for name, value in texts.items()
        if len(value) >= DRAFT_LENGTH or "\n" in value or set(name.lower().split("_")) & DRAFTS
    ]
    if known in readable:
        return str(known)
    return max(readable, key=lambda name: len(texts[name]), default="")


def _is(value: Any, prompt_text: str) -> bool:
    """Whether a value of the prompt is the question itself, which is kept without blanks around it."""
    return isinstance(value, str) and value.strip() == prompt_text.strip()


def _edit_field(fields: list[Field], draft_name: str, comment: Field | None) -> Field | None:
    """The field that can carry an edited draft: the draft's own name, else a name that speaks of editing."""
    texts = [field for field in fields if _is_text(field) and field is not comment]
    same = [field for field in texts if field.name == draft_name]
    marked = [field for field in texts if _words(field) & {"edit", "edits", "edited", "revised"}]
    likely = [field for field in texts if _words(field) & EDITS]
    return next(iter([*same, *marked, *likely]), None)


def _note(
    suggested: Field | None,
    edit: Field | None,
    draft: Any,
    decisions: Sequence[Decision],
    literals: Mapping[str, Sequence[str]],
) -> str:
    """Say when a draft can't be edited, and as much of what the answer does as source shows."""
    if edit is not None or not isinstance(draft, str):
        return ""
    if suggested is None:
        return "The answer has no place for an edited draft, so the draft can be judged but not changed."
    compared = [word for word in literals.get(suggested.name, ()) if word.strip()]
    if not compared:
        return "The answer is one text. It can’t carry an edited draft."
    said = "This workflow takes one word back. It can’t carry an edited draft"
    others = [d for d in decisions if d.values[suggested.name] != compared[0]]
    if len(compared) > 1 or len(others) != 1:
        return f"{said}."
    other = others[0].values[suggested.name]
    return f"{said}: anything but {compared[0]} counts as {'a revision' if _is_revision(other) else other}."


def _label(value: Any) -> str:
    """Sentence case: APPROVE is "Approve", needs_work "Needs work"."""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    word = str(value)
    known = LABELS.get(word.strip().casefold())
    if known:
        return known
    plain = word.replace("_", " ").strip()
    if plain.isupper() or plain.islower():
        plain = plain.lower()
        return plain[:1].upper() + plain[1:]
    return plain or "(empty)"


def _lower(label: str) -> str:
    """A label inside a sentence."""
    return label if label.isupper() else label[:1].lower() + label[1:]


def _is_revision(value: Any) -> bool:
    """Whether a choice asks for another draft."""
    return isinstance(value, str) and bool(set(re.split(r"[\s_-]+", value.casefold())) & REVISIONS)


def _is_text(field: Field) -> bool:
    return field.kind in ("text", "long_text") and not field.choices


def _words(field: Field) -> set[str]:
    """The words of a name: edited_text and editedText are edited, text."""
    return set(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", field.name).lower().split("_"))
