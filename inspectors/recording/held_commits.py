"""What waits to be committed, by run, in bounded memory while the database can't be written.

What is more than there is room for is left out, but for records that change something beside them: what a run asks, how
it ends. Where records were left out one of kind `records_missing` stands for them; a journal with a hole is no journal.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from inspectors.store.records import Commit

HELD_MB = 64
"""Megabytes of records and journal that are kept while the database can't be written."""

Edit = Callable[[Commit], None]
Part = tuple[str, Sequence[str], Edit | None]
"""A record's text or "", journal lines, and what is changed beside them."""


class HeldCommits:
    """Commits in the making; whoever calls holds a lock around it."""

    def __init__(self, is_stuck: Callable[[], str]) -> None:
        """`is_stuck` gives the reason why nothing has been committed for some time, or ""; asked only when full."""
        self.commits: dict[str, Commit] = {}
        self.limit = HELD_MB * 1_000_000
        self.left_out = 0
        """Records for which there was no room since the database was last well."""
        self._is_stuck = is_stuck
        self._size = self._away = 0
        """Bytes of `commits`, and of what is being committed: it may come back."""
        self._holes: set[str] = set()
        """Runs whose journal has lost lines, until their next checkpoint."""

    def add(self, run_id: str, seq: int, line: str, journal: Sequence[str] = (), edit: Edit | None = None) -> bool:
        """Add to a run whose next record has the number `seq`: a record unless it is "", journal lines, a change.

        False if there was no room for the record.
        """
        commit = self.commits.get(run_id)
        if commit is None:
            commit = self.commits[run_id] = Commit(run_id, seq)
        kept = True
        if journal:
            self._add_journal(commit, journal)
        if line:
            kept = self._fits(len(line)) or edit is not None
            if kept:
                commit.lines.append(line)
            else:
                self.left_out += 1
                commit.why_missing = self._is_stuck()
                commit.leave_out(time.time())
        if edit is not None:
            self._edit(commit, edit)
        return kept

    def take(self) -> list[Commit]:
        """All there is, to be committed; it counts until `put_back` says what of it was not."""
        batch = list(self.commits.values())
        self.commits, self._size, self._away = {}, 0, self._size
        return batch

    def put_back(self, batch: Sequence[Commit]) -> None:
        """What could not be committed, if anything, stands before what has come since."""
        self._away = 0
        if not batch:
            return
        since, self.commits = self.commits, {commit.run_id: commit for commit in batch}
        for run_id, commit in since.items():
            earlier = self.commits.get(run_id)
            if earlier is None:
                self.commits[run_id] = commit
            else:
                earlier.followed_by(commit)
        self._size = sum(commit.size() for commit in self.commits.values())

    def count(self) -> int:
        """How many records there are, without those that were left out."""
        return sum(commit.kept() for commit in self.commits.values())

    def is_full(self) -> bool:
        """Whether records are being left out."""
        return self._size + self._away > self.limit and bool(self._is_stuck())

    def _fits(self, size: int) -> bool:
        """Count what comes; False, and it isn't counted, if there is no room for it."""
        self._size += size
        if self._size + self._away <= self.limit or not self._is_stuck():
            return True
        self._size -= size
        return False

    def _add_journal(self, commit: Commit, lines: Sequence[str]) -> None:
        if commit.run_id in self._holes:
            return
        if self._fits(sum(map(len, lines))):
            commit.journal += lines
        else:
            self._holes.add(commit.run_id)
            commit.lose_journal()

    def _edit(self, commit: Commit, edit: Edit) -> None:
        before = commit.checkpoint
        edit(commit)
        if commit.checkpoint is not before:
            self._holes.discard(commit.run_id)
        if commit.mask is not None:
            self._holes.discard(commit.run_id)  # it is over
