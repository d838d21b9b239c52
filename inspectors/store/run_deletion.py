"""Deleting runs with everything that belongs to them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence

from inspectors.store.models import ENDED
from inspectors.store.space import Space

BATCH = 50
"""Runs deleted in one transaction: what is deleted is overwritten, and runners must not wait long for their turn."""
GIVE_BACK_SECONDS = 3.0
"""How long somebody who deletes runs on a page waits at most for the file to shrink; `prune` does the rest."""

_FAMILY = (
    "WITH RECURSIVE family(run_key, run_id) AS ("
    " SELECT run_key, run_id FROM run WHERE run_id IN (SELECT value FROM json_each(?))"
    " UNION SELECT run.run_key, run.run_id FROM run JOIN family ON run.parent_run = family.run_id)"
)


class RunDeletion(Space):
    """Runs that nobody needs any more. A run that goes on, or waits for a person, can't be deleted."""

    def deletable(self, run_ids: Sequence[str]) -> tuple[list[str], int, int]:
        """What deleting these runs would delete.

        Gives the ids of those that can be deleted, how many of them are runs started by the ones asked for, and how
        many stay because they, or a run they started, go on.
        """
        with self.reading() as db:
            return _deletable(db, run_ids)

    def delete_runs(self, run_ids: Sequence[str], give_back: bool = True) -> int:
        """Delete ended runs and the runs they started, with records, journal, checkpoint, prompts and answers.

        Runs that go on are left alone. Their room is given back to the disk, unless told not to. Gives how many went.
        """
        deleted = 0
        with self.reading() as db:
            doomed, _, _ = _deletable(db, run_ids)
        for start in range(0, len(doomed), BATCH):
            with self.writing() as db:  # everything else goes with the run's row
                deleted += db.execute(
                    "DELETE FROM run WHERE run_id IN (SELECT value FROM json_each(?))"
                    f" AND status IN ({','.join('?' * len(ENDED))})",
                    (json.dumps(doomed[start : start + BATCH]), *ENDED),
                ).rowcount
        if deleted and give_back:
            self.give_back(GIVE_BACK_SECONDS)
        return deleted


def _deletable(db: sqlite3.Connection, run_ids: Sequence[str]) -> tuple[list[str], int, int]:
    asked = list(dict.fromkeys(run_ids))
    rows = db.execute(
        f"{_FAMILY} SELECT run.run_id, run.status, run.parent_run FROM family JOIN run USING (run_key)",
        (json.dumps(asked),),
    ).fetchall()
    parents: dict[str, str | None] = {row["run_id"]: row["parent_run"] for row in rows}
    kept: set[str] = set()
    for row in rows:
        # A run that goes on keeps the runs above it: its trace is a part of theirs.
        above: str | None = None if row["status"] in ENDED else row["run_id"]
        while above is not None and above in parents and above not in kept:
            kept.add(above)
            above = parents[above]
    doomed = [row["run_id"] for row in rows if row["run_id"] not in kept]
    wanted = set(asked)
    return doomed, sum(run_id not in wanted for run_id in doomed), sum(run_id in kept for run_id in asked)
