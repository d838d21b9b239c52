"""What a run can start from: the example input, presets, earlier runs whose inputs differ, or nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from inspectors.discovery import WorkflowSource
from inspectors.recording.values import without_secrets
from inspectors.store.presets import EarlierInput, Preset
from inspectors.trace.run_rows import input_text
from inspectors.workbench import Workbench
from parts.plain import muted
from parts.preset_dialogs import ask_to_delete
from parts.words import age, cut

EXAMPLE = "Example input"
EMPTY = "Nothing"
EARLIER_RUNS = 4
"""Earlier runs that are offered, each with an input of its own."""
LOOKED_AT = 40
"""Runs that are looked through for them."""
LONGEST = 200_000
"""Characters of a value that a form is filled with: with a few million in a field the whole page stands still."""


@dataclass(frozen=True)
class Start:
    """Values that the form is filled with at first."""

    id: str
    """What the choice holds: "example", "empty", a run's id or "preset:" and a name."""
    label: str
    input: dict[str, Any] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)
    left_out: Sequence[str] = ()
    """Secrets that were not kept, by name."""
    too_long: Sequence[str] = ()
    """Values that no field can show, by name."""
    preset: str = ""
    """The preset's name, if it is one."""

    @property
    def key(self) -> str:
        """Part of the widgets' keys, which end up in class names: another start is another form."""
        return f"preset-{hashlib.sha256(self.preset.encode()).hexdigest()[:8]}" if self.preset else self.id


def choose_start(wb: Workbench, source: WorkflowSource) -> Start:
    """Draw the choice, if there is one, and give what was chosen."""
    starts = _starts(wb, source)
    if len(starts) == 1:
        return starts[0]
    by_id = {start.id: start for start in starts}
    names = list(by_id)
    with st.container(key="run-from", horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox(
            "Start from",
            names,
            index=names.index(_first(starts)),
            format_func=lambda name: by_id[name].label,
            key=choice_key(source),
        )
        start = by_id[str(chosen)]
        if start.preset:
            st.button(
                "Delete preset",
                key="preset-delete",
                icon=":material/delete:",
                type="tertiary",
                on_click=ask_to_delete,
                args=(source.id, start.preset),
            )
    if start.left_out:
        muted(_not_kept(start.left_out), "run-left-out")
    if start.too_long:
        muted(_too_long(start.too_long), "run-too-long")
    return start


def choice_key(source: WorkflowSource) -> str:
    """The key of the choice. A link to an earlier run makes the choice anew, with that run chosen."""
    return f"from-{source.id}-{st.query_params.get('from')}"


def _starts(wb: Workbench, source: WorkflowSource) -> list[Start]:
    example = [Start("example", EXAMPLE, source.example_input)] if source.example_input else []
    presets = [_of_preset(preset) for preset in wb.store.presets(workflow=source.name, file=source.file)]
    runs = [_of_run(run) for run in _earlier_runs(wb, source)]
    return [*example, *presets, *runs, Start("empty", EMPTY)]


def _first(starts: list[Start]) -> str:
    """What is chosen at first: the run that the URL names, the example, the last run, a preset, nothing."""
    wanted = st.query_params.get("from")
    known = [start.id for start in starts]
    runs = [start.id for start in starts if not start.preset and start.id not in ("example", "empty")]
    return next(name for name in (wanted, "example", *runs, *known) if name in known)


def _of_preset(preset: Preset) -> Start:
    given, too_long = _fitting(preset.input)
    return Start(
        f"preset:{preset.name}",
        f"Preset “{preset.name}”",
        given,
        preset.options,
        preset.left_out,
        too_long,
        preset.name,
    )


def _of_run(run: EarlierInput) -> Start:
    kept, secrets = without_secrets(run.input)
    options, more = without_secrets(run.options)
    said = cut(input_text(kept) or "no input", 90)
    label = f"Run {run.run_id}, {age(run.created_at)}: {said}"
    given, too_long = _fitting(kept)
    left_out = [*secrets, *(name.removeprefix("arguments.") for name in more)]
    return Start(run.run_id, label, given, options, left_out, too_long)


def _fitting(values: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The values that a field can show, and the names of those that are too long for it."""
    too_long = [
        name for name, value in values.items() if len(value if isinstance(value, str) else json.dumps(value)) > LONGEST
    ]
    return {name: value for name, value in values.items() if name not in too_long}, too_long


def _earlier_runs(wb: Workbench, source: WorkflowSource) -> list[EarlierInput]:
    """The run that the URL names, then the newest ones, each with an input that none before it has."""
    wanted = st.query_params.get("from")
    asked = wb.store.run(wanted) if wanted else None
    found = []
    if asked is not None and asked.workflow == source.name:
        found = [EarlierInput(asked.run_id, asked.created_at, asked.input, asked.options)]
    seen = {_given(one.input, one.options) for one in found}
    if source.example_input:
        seen.add(_given(source.example_input, {}))
    for one in wb.store.earlier_inputs(workflow=source.name, file=source.file, limit=LOOKED_AT):
        if len(found) == EARLIER_RUNS:
            break
        if (given := _given(one.input, one.options)) not in seen:
            seen.add(given)
            found.append(one)
    return found


def _given(values: dict[str, Any], options: dict[str, Any]) -> str:
    """What a run was started with, to tell inputs apart: an option that is left out is one that isn't set."""
    return json.dumps([values, {name: value for name, value in options.items() if value}], sort_keys=True)


def _not_kept(names: Sequence[str]) -> str:
    """What has to be filled in again."""
    if len(names) == 1:
        return f"{names[0]} was not kept, because of its name. Fill it in again."
    return f"{', '.join(names[:-1])} and {names[-1]} were not kept, because of their names. Fill them in again."


def _too_long(names: Sequence[str]) -> str:
    """What a run took, and a field can't."""
    said, is_was = (names[0], "was") if len(names) == 1 else (f"{', '.join(names[:-1])} and {names[-1]}", "were")
    return f"{said} {is_was} left out: more than {LONGEST:,} characters are too many for a field."
