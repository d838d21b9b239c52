"""Runs that were interrupted and go on, and runs that wait for another."""

from __future__ import annotations

import json
import time
from typing import Any

from inspectors.store.models import Run, run_of
from inspectors.store.records import Commit, Records, write_commit


class RunReopening(Records):
    """Interrupted runs made live again, each time by one; and what a live run waits for."""

    def reopen_run(
        self, run_id: str, from_status: tuple[str, ...], record: dict[str, Any], prompts: dict[str, str]
    ) -> bool:
        """Make a run live again that no runner has: status `starting`, not loaded, `record` its newest record.

        `record` lacks seq and t; `prompts` get these statuses. False, and nothing is changed, if the run's status is
        none of `from_status`: somebody else was quicker.
        """
        with self.writing() as db:
            marks = ",".join("?" * len(from_status))
            row = db.execute(
                f"SELECT last_seq, active_s, active_since FROM run WHERE run_id = ? AND status IN ({marks})",
                (run_id, *from_status),
            ).fetchone()
            if row is None:
                return False
            now = time.time()
            seq = row["last_seq"] + 1
            commit = Commit(run_id, seq, lines=[json.dumps({"seq": seq, "t": round(now, 6), **record})])
            active = max(0.0, now - row["active_since"]) if row["active_since"] is not None else 0.0
            commit.run.update(
                active_s=row["active_s"] + active,
                status="starting",
                loaded=0,
                runner_id=None,
                ended_at=None,
                error=None,
                result=None,
                waiting_since=None,
                active_since=None,
                cancel_asked_at=None,
                cancelled_by="",
            )
            commit.prompt_changes = {prompt_id: {"status": status} for prompt_id, status in prompts.items()}
            write_commit(db, commit)
        return True

    def waiting_child(self, run_id: str) -> Run | None:
        """A run that a step of this one has started and that waits for a person now, if there is one."""
        with self.reading() as db:
            row = db.execute(
                "SELECT * FROM run WHERE parent_run = ? AND status = 'waiting' ORDER BY run_key LIMIT 1", (run_id,)
            ).fetchone()
        return run_of(row) if row is not None else None
