"""Rows of runner processes, by which any server on this machine finds them again."""

from __future__ import annotations

import json
import secrets
import time
from statistics import median
from typing import Any

from inspectors.store.connections import Connections
from inspectors.store.models import PROGRAM, RunnerRow, runner_of

STARTS_KEPT = 5


class Runners(Connections):
    """Registered runner processes."""

    def create_runner(
        self, *, file: str, version: str, owner_pid: int, owner_started: float, python: str = ""
    ) -> RunnerRow:
        """Register a runner that is about to be started; it adds its own pid and port."""
        runner_id = secrets.token_hex(6)
        with self.writing() as db:
            db.execute(
                "INSERT INTO runner (runner_id, file, version, token, owner_pid, owner_started, status, created_at,"
                " python) VALUES (?,?,?,?,?,?,'starting',?,?)",
                (runner_id, file, version, secrets.token_urlsafe(24), owner_pid, owner_started, time.time(), python),
            )
        row = self.runner(runner_id)
        assert row is not None
        return row

    def update_runner(self, runner_id: str, **columns: Any) -> None:
        """Set columns of a runner's row; dicts are stored as JSON."""
        names = ", ".join(f"{name} = ?" for name in columns)
        values = [json.dumps(value) if isinstance(value, dict) else value for value in columns.values()]
        with self.writing() as db:
            db.execute(f"UPDATE runner SET {names} WHERE runner_id = ?", (*values, runner_id))

    def note_silence(self, runner_id: str, heartbeat: float, holdup: dict[str, Any]) -> bool:
        """Say what holds a runner up that can't say so itself; False if it has said something since `heartbeat`."""
        with self.writing() as db:
            changed = db.execute(
                "UPDATE runner SET holdup = ? WHERE runner_id = ? AND heartbeat = ?",
                (json.dumps(holdup), runner_id, heartbeat),
            )
            return changed.rowcount == 1

    def runner(self, runner_id: str) -> RunnerRow | None:
        """The runner with this id, or None."""
        with self.reading() as db:
            row = db.execute("SELECT * FROM runner WHERE runner_id = ?", (runner_id,)).fetchone()
        return runner_of(row) if row else None

    def runners(self, *, file: str | None = None, version: str | None = None) -> list[RunnerRow]:
        """Runners and recording programs that haven't ended, newest first."""
        with self.reading() as db:
            rows = db.execute(
                f"SELECT * FROM runner WHERE status IN ('starting','ready','{PROGRAM}') AND (? IS NULL OR file = ?)"
                " AND (? IS NULL OR version = ?) ORDER BY created_at DESC",
                (file, file, version, version),
            ).fetchall()
        return [runner_of(row) for row in rows]

    def registered(self) -> list[RunnerRow]:
        """Every row there is, also of runners that could not start."""
        with self.reading() as db:
            return [runner_of(row) for row in db.execute("SELECT * FROM runner").fetchall()]

    def note_start(self, file: str, seconds: float) -> None:
        """Keep how long a runner took until it was ready; the last few of each file are kept."""
        with self.writing() as db:
            db.execute("INSERT INTO runner_start VALUES (?,?,?)", (file, time.time(), seconds))
            db.execute(
                "DELETE FROM runner_start WHERE file = ? AND rowid NOT IN"
                " (SELECT rowid FROM runner_start WHERE file = ? ORDER BY ready_at DESC LIMIT ?)",
                (file, file, STARTS_KEPT),
            )

    def usual_start(self, file: str) -> float | None:
        """How many seconds a runner of this file usually takes until it is ready; None if none has been yet."""
        with self.reading() as db:
            rows = db.execute("SELECT seconds FROM runner_start WHERE file = ?", (file,)).fetchall()
        return median(row["seconds"] for row in rows) if rows else None

    def forget_runner(self, runner_id: str) -> None:
        """Delete the row of a process that is gone."""
        with self.writing() as db:
            db.execute("DELETE FROM runner WHERE runner_id = ?", (runner_id,))
