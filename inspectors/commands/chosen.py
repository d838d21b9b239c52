"""Which workflows a command line means: TARGET, or TARGET:Class, with a sentence for what can't be found."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from inspectors.discovery import Problem, WorkflowSource, discover
from inspectors.discovery.catalog import defined_in_functions

BAD_INPUT = 2
"""The exit code for a target, class or value that can't be used; nothing was run."""


class BadInput(Exception):
    """The command ends with exit code 2; the message is the sentence for stderr."""


@dataclass(frozen=True)
class Chosen:
    """The workflows that a command line means."""

    workflows: list[WorkflowSource]
    problems: list[Problem]
    """What else is wrong with the target."""


def choose(text: str, in_functions: bool = False) -> Chosen:
    """The workflows of `TARGET` or `TARGET:Class`. Raises BadInput if there is none.

    With `in_functions` a file's are also those that its functions define, which nobody can import.
    """
    target, name = split(text)
    catalog = discover([target])
    workflows, problems = list(catalog.workflows), list(catalog.problems)
    if in_functions and Path(target).is_file():
        inside = defined_in_functions(target)
        workflows += inside
        # Then it isn't true that it holds none.
        problems = [one for one in problems if not (inside and one.sentence.startswith("No workflows in "))]
    found = [source for source in workflows if name in ("", source.name, source.id)]
    if not found:
        raise BadInput(_nothing(target, name, workflows, problems))
    return Chosen(found, problems)


def choose_one(text: str) -> WorkflowSource:
    """The one workflow of `TARGET:Class`; the class may be left out where there is only one. Raises BadInput."""
    found = choose(text).workflows
    if len(found) == 1:
        return found[0]
    target, name = split(text)
    if name:
        places = ", ".join(f"{source.file} (line {source.line})" for source in found)
        raise BadInput(f"{target} has {len(found)} workflows {name}: name the file of the one that is meant. {places}.")
    names = list(dict.fromkeys(source.name for source in found))
    raise BadInput(f"{text} has {len(found)} workflows: name one, such as {text}:{names[0]}. It has {_listed(names)}.")


def split(text: str) -> tuple[str, str]:
    """The path and the class of `TARGET:Class`. A path may hold a colon itself, after the letter of a drive."""
    path, _, name = text.rpartition(":")
    try:
        is_path = Path(text).exists()
    except (OSError, ValueError):
        is_path = False
    return (path, name) if path and name.isidentifier() and not is_path else (text, "")


def _nothing(target: str, name: str, workflows: list[WorkflowSource], problems: list[Problem]) -> str:
    told = " ".join(dict.fromkeys(problem.sentence for problem in problems))
    if not name:
        return told or f"No workflows in {target}."
    if not workflows:
        return told or f"{target} has no workflow {name}."
    names = list(dict.fromkeys(source.name for source in workflows))
    by_lower = {known.lower(): known for known in names}
    near = [by_lower[close] for close in get_close_matches(name.lower(), by_lower, n=1, cutoff=0.6)]
    return " ".join(
        [
            f"{target} has no workflow {name}.",
            f"Was {near[0]} meant?" if near else f"It has {_listed(names)}.",
            *([told] if told else []),
        ]
    )


def _listed(names: list[str]) -> str:
    more = len(names) - 12
    return ", ".join(names[:12]) + (f" and {more} more" if more > 0 else "")
