"""What a step's body was found to do, and how counts of sends add up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from inspectors.discovery.names import Target
from inspectors.graph.values import Instance, plus, times

Key = tuple[Target, str]
"""An event type and the step it is addressed to, "" for whoever takes it."""
Counts = dict[Key, int | None]
"""How often each is sent at most; None if it can't be told."""


@dataclass(frozen=True)
class Wait:
    """A `ctx.wait_for_event`."""

    answer: Target
    prompt: Target | None
    line: int


@dataclass(frozen=True)
class Collected:
    """A `ctx.collect_events`: what it waits for, and how many in all (None if it can't be told)."""

    targets: tuple[Target, ...]
    total: int | None
    line: int


@dataclass
class Returned:
    """An event type that a step returns."""

    line: int
    count: int | None = 1
    """How many at once; None if it can't be told."""
    listed: bool = False


@dataclass(frozen=True)
class Untold:
    """Something a step does with an event that the source doesn't name."""

    kind: str
    """The kind of the edge it would be: sends | streams | prompts | waits | returns."""
    line: int
    text: str
    """The expression as written."""


@dataclass(frozen=True)
class Streamed:
    """What a workflow writes to its stream: event types, and whether that is all."""

    targets: tuple[Target, ...] = ()
    told: bool = True


@dataclass
class Facts:
    """All that was found in a body."""

    sends: Counts = field(default_factory=dict)
    lines: dict[Key, int] = field(default_factory=dict)
    """Where each is sent first."""
    returns: dict[Target, Returned] = field(default_factory=dict)
    streams: dict[Target, int] = field(default_factory=dict)
    waits: dict[Wait, None] = field(default_factory=dict)
    collects: dict[Collected, None] = field(default_factory=dict)
    starts: dict[Target, int] = field(default_factory=dict)
    started: dict[Target, Instance] = field(default_factory=dict)
    """Of each workflow that is started, how it was made."""
    uses: dict[Target, int] = field(default_factory=dict)
    untold: dict[Untold, None] = field(default_factory=dict)
    is_written: bool = True
    """False for a body that only raises or says `...`: then its annotations are all there is."""


def added(*parts: Counts) -> Counts:
    """What happens after one another."""
    total: Counts = {}
    for part in parts:
        for key, count in part.items():
            total[key] = plus(total.get(key, 0), count)
    return total


def most(branches: Iterable[Counts]) -> Counts:
    """Of branches of which one is taken: for each event the largest count."""
    largest: Counts = {}
    for branch in branches:
        for key, count in branch.items():
            known = largest.get(key, 0)
            largest[key] = None if known is None or count is None else max(known, count)
    return largest


def times_counts(counts: Counts, rounds: int | None) -> Counts:
    """What happens in each of so many rounds."""
    return {key: times(count, rounds) for key, count in counts.items() if rounds != 0}
