"""Which runs are old enough, or too many, or too much, to be kept; and deleting them while others go on."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field

from inspectors.store.models import ENDED
from inspectors.store.run_deletion import BATCH, RunDeletion

_RUNS = (
    "SELECT run_key, run_id, parent_run, status, coalesce(ended_at, created_at) AS over,"
    " status = 'interrupted' AND (EXISTS (SELECT 1 FROM checkpoint c WHERE c.run_key = run.run_key)"
    " OR EXISTS (SELECT 1 FROM journal j WHERE j.run_key = run.run_key)) AS resumable FROM run"
)
_TEXTS = "coalesce(length(input) + length(options) + length(graph) + length(result) + length(error), 400) + 200"
_SIZE = (
    f"SELECT {_TEXTS} + (SELECT coalesce(sum(length(records) + 40), 0) FROM block WHERE run_key = run.run_key)"
    " FROM run WHERE run_key = ?"
)
_SIZE_OF_ALL = (
    f"SELECT (SELECT coalesce(sum({_TEXTS}), 0) FROM run) + (SELECT coalesce(sum(length(records) + 40), 0) FROM block)"
)


@dataclass(frozen=True)
class Limits:
    """What is to be kept. None: this doesn't matter."""

    older_than: float | None = None
    """Epoch seconds: only runs that ended before are deleted."""
    keep: int | None = None
    """So many of the newest runs stay, whatever else is asked."""
    most_bytes: int | None = None
    """The oldest runs go until no more than this is in use."""
    with_interrupted: bool = False
    """Whether interrupted runs go that could still be resumed."""


@dataclass
class Family:
    """A run with the runs it started, which are deleted with it."""

    run_id: str
    over: float
    """When it ended, epoch seconds."""
    keys: list[int] = field(default_factory=list)
    live: bool = False
    resumable: bool = False

    @property
    def count(self) -> int:
        """How many runs it is."""
        return len(self.keys)


@dataclass(frozen=True)
class Pruned:
    """What was deleted, or would be."""

    runs: int
    children: int
    """How many of them were started by others of them."""
    first: float | None
    last: float | None
    """When the oldest and the newest of them ended, epoch seconds."""
    size: int
    """About how many bytes they take."""
    left: int
    """Runs that stay."""
    resumable: int
    """Runs that stay only since they could still be resumed."""


class Pruning(RunDeletion):
    """Deleting what is old. Runs that go on, or wait for a person, always stay."""

    def prune(self, limits: Limits, dry: bool = False, beside: Callable[[], int] = lambda: 0) -> Pruned:
        """Delete runs, oldest first, in short transactions; or only say which, if `dry`.

        `beside` gives the bytes of files beside the database, which count as well; it is asked again and again.
        """
        families = self._families()
        candidates = self._candidates(families, limits)
        old = sum(_is_old(family, limits) for family in candidates)  # they are the first ones
        if dry:
            doomed, size = self._estimated(candidates, old, limits, beside)
            runs = sum(family.count for family in doomed)
        else:
            doomed, runs = self._delete(candidates, old, limits, beside)
            size = 0
        chosen = {family.run_id for family in doomed}
        return Pruned(
            runs=runs,
            children=max(0, runs - len(doomed)),
            first=doomed[0].over if doomed else None,
            last=doomed[-1].over if doomed else None,
            size=size,
            left=sum(family.count for family in families) - runs,
            resumable=sum(family.resumable and not family.live and family.run_id not in chosen for family in families),
        )

    def _families(self) -> list[Family]:
        """All runs, each with those it started, oldest first."""
        with self.reading() as db:
            rows = db.execute(_RUNS).fetchall()
        parents = {row["run_id"]: row["parent_run"] for row in rows}
        families: dict[str, Family] = {}
        for row in rows:
            root, seen = row["run_id"], set()
            while parents.get(root) in parents and root not in seen:
                seen.add(root)
                root = parents[root]
            family = families.setdefault(root, Family(root, 0.0))
            family.keys.append(row["run_key"])
            family.live |= row["status"] not in ENDED
            family.resumable |= bool(row["resumable"])
            if row["run_id"] == root:
                family.over = row["over"]
        return sorted(families.values(), key=lambda family: family.over)

    def _candidates(self, families: list[Family], limits: Limits) -> list[Family]:
        """Families that may go, oldest first."""
        ended = [family for family in families if not family.live]
        ended = [family for family in ended if limits.with_interrupted or not family.resumable]
        return ended[: max(0, len(ended) - limits.keep)] if limits.keep is not None else ended

    def _estimated(
        self, candidates: list[Family], old: int, limits: Limits, beside: Callable[[], int]
    ) -> tuple[list[Family], int]:
        """Families that would go, and about how many bytes they take: a page of the file is rarely full."""
        doomed, size = candidates[:old], 0.0
        used = self.used_size()
        with self.reading() as db:
            share = used / max(1, int(db.execute(_SIZE_OF_ALL).fetchone()[0]))
            for family in doomed:
                size += _size(db, family) * share
            if limits.most_bytes is not None:
                over = used + beside() - limits.most_bytes
                for family in candidates[old:]:
                    if size >= over:
                        break
                    doomed.append(family)
                    size += _size(db, family) * share
        return doomed, int(size)

    def _delete(
        self, candidates: list[Family], old: int, limits: Limits, beside: Callable[[], int]
    ) -> tuple[list[Family], int]:
        """Delete the first `old`, and more while too much is in use; gives them, and how many runs they were."""
        done = runs = 0
        while done < len(candidates):
            some = min(BATCH, old - done)
            if some <= 0:
                if limits.most_bytes is None:
                    break
                used = self.used_size()
                over = used + beside() - limits.most_bytes
                if over <= 0:
                    break
                some = max(1, min(BATCH, int(over * (len(candidates) - done) / max(1, used))))
            batch = candidates[done : done + some]
            runs += self.delete_runs([family.run_id for family in batch], give_back=False)
            done += len(batch)
        self.give_back()
        return candidates[:done], runs


def _is_old(family: Family, limits: Limits) -> bool:
    if limits.older_than is None:
        return limits.most_bytes is None  # alone, --keep says which ones go
    return family.over < limits.older_than


def _size(db: sqlite3.Connection, family: Family) -> float:
    return sum(float(db.execute(_SIZE, (key,)).fetchone()[0]) for key in family.keys)
