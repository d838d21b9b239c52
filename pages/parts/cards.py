"""All workflows as cards, with search and filters that work in the browser at each key."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from inspectors.discovery import Catalog, Problem, WorkflowSource
from inspectors.graph.picture import card_picture
from inspectors.store import Run
from parts.browser import browser_part
from parts.words import plural

_part = browser_part("cards")

FIRST = {"waiting": 0, "failed": 1, "interrupted": 1}
"""What needs a person comes first."""

_pictures: dict[tuple[str, str], tuple[dict[str, Any], str]] = {}


def show_cards(catalog: Catalog, last: Mapping[tuple[str, str], Run], waiting: Iterable[Run]) -> None:
    """Draw heading, search, filters, problems and cards.

    `last` holds the newest run by (file, workflow), `waiting` the runs in which a person is asked: a workflow waits
    also where a newer run of it has ended.
    """
    paused: dict[tuple[str, str], list[Run]] = {}
    for run in waiting:
        paused.setdefault((run.file, run.workflow), []).append(run)
    troubled = {problem.file for problem in catalog.problems}
    cards = []
    for source in catalog.workflows:
        key = (source.file, source.name)
        state = _state(last.get(key), paused.get(key, []))
        cards.append(_card(source, shown_path(source.file, catalog.targets), state, source.file in troubled))
    cards.sort(key=lambda card: _urgency(card["last"]))
    data = {
        "cards": cards,
        "where": " and ".join(shown_target(target) for target in catalog.targets),
        "trouble": _trouble(catalog.problems, catalog.targets),
        "now": time.time(),
    }
    _keep_pictures(catalog.workflows)
    _part(key="workflow-cards", data=data)


def shown_target(target: str) -> str:
    """The name of a target: folders end in a slash."""
    path = Path(target)
    return path.name + ("/" if path.is_dir() else "")


def shown_path(path: str, targets: Sequence[str]) -> str:
    """A path as short as it stays clear: from the folder that holds the target."""
    for target in targets:
        base = Path(target)
        if Path(path).is_relative_to(base):
            parent = base if base.is_dir() else base.parent
            return Path(path).relative_to(parent.parent if len(targets) > 1 else parent).as_posix()
    return Path(path).name


def _card(source: WorkflowSource, file: str, state: dict[str, Any] | None, troubled: bool) -> dict[str, Any]:
    badges = [{"id": badge.id, "text": badge.text} for badge in source.badges]
    filters = {badge["id"] for badge in badges} | ({"problems"} if troubled else set())
    if "needs" in filters:
        filters.add("problems")
    return {
        "key": source.key,
        "url": f"workflow?id={quote(source.id)}",
        "name": source.name,
        "summary": source.summary,
        "file": file,
        "badges": badges,
        "filters": sorted(filters),
        "text": source.doc,
        "last": state,
        "picture": _picture(source),
    }


def _state(last: Run | None, paused: list[Run]) -> dict[str, Any] | None:
    """What a card says of runs: those that wait for a person, else the newest."""
    if paused:
        since = min(run.waiting_since or run.created_at for run in paused)
        return {"status": "waiting", "at": since, "count": len(paused), "run": paused[0].run_id}
    if last is None:
        return None
    return {"status": last.status, "at": last.ended_at or last.created_at, "count": 1, "run": last.run_id}


def _urgency(state: dict[str, Any] | None) -> tuple[int, float]:
    """Who waits longest is first; of failures the newest. The rest keeps its order, by name."""
    if state is None or state["status"] not in FIRST:
        return 2, 0.0
    first = FIRST[state["status"]]
    return first, state["at"] if first == 0 else -state["at"]


def _picture(source: WorkflowSource) -> str:
    """The picture of a graph, drawn once: an unchanged file keeps its graph object."""
    key = (source.file, source.name)
    known = _pictures.get(key)
    if known is None or known[0] is not source.graph:
        known = (source.graph, card_picture(source.graph))
        _pictures[key] = known
    return known[1]


def _keep_pictures(sources: Sequence[WorkflowSource]) -> None:
    """Forget pictures of workflows that are gone, once they are many."""
    if len(_pictures) > 2 * len(sources) + 100:
        there = {(source.file, source.name) for source in sources}
        for key in [key for key in _pictures if key not in there]:
            _pictures.pop(key, None)


def _trouble(problems: Sequence[Problem], targets: Sequence[str]) -> dict[str, Any] | None:
    """Problems as a headline and sentences; each sentence in pieces around the file's name, which is shown as code."""
    if not problems:
        return None
    places = {problem.file for problem in problems}
    what = "file" if all(Path(place).is_file() for place in places) else "place"
    many = len(places) != 1
    headline = f"{plural(len(places), what)} {'have problems' if many else 'has a problem'}."
    return {
        "headline": headline,
        "rest": "What their source tells is still shown." if many else "What its source tells is still shown.",
        "sentences": [_sentence(problem, targets) for problem in problems],
    }


def _sentence(problem: Problem, targets: Sequence[str]) -> dict[str, str]:
    name = Path(problem.file).name
    before, found, after = problem.sentence.partition(name)
    path = shown_path(problem.file, targets)
    if found and Path(problem.file).is_file():
        return {"before": before, "file": path, "after": after}
    return {"before": "", "file": "", "after": problem.sentence}
