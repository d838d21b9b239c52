"""Rows of the run table: creating, claiming, reading, ending."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Sequence
from typing import Any

from inspectors.store.connections import Connections
from inspectors.store.models import LIVE, Run, run_of
from inspectors.store.run_filter import RunFilter


class Runs(Connections):
    """Runs as rows. What happened in a run is in its records."""

    def create_run(
        self,
        *,
        workflow: str,
        module: str,
        file: str,
        version: str,
        input: dict[str, Any],
        options: dict[str, Any] | None = None,
        graph: dict[str, Any] | None = None,
        origin: str = "page",
        runner_id: str | None = None,
        parent_run: str | None = None,
        parent_invocation: str | None = None,
        run_id: str | None = None,
        created_at: float | None = None,
        loaded: bool = False,
    ) -> str:
        """Add a run in status `starting` and return its id: 8 hexadecimal characters, unique in this database.

        A program that records its own runs has made up id and time already; sqlite3.IntegrityError if the id is taken.
        """
        with self.writing() as db:
            while run_id is None:
                made = secrets.token_hex(4)
                if db.execute("SELECT 1 FROM run WHERE run_id = ?", (made,)).fetchone() is None:
                    run_id = made
            db.execute(
                "INSERT INTO run (run_id, workflow, module, file, version, status, origin, input, options, graph,"
                " created_at, runner_id, loaded, parent_run, parent_invocation)"
                " VALUES (?,?,?,?,?,'starting',?,?,?,?,?,?,?,?,?)",
                (
                    run_id,
                    workflow,
                    module,
                    file,
                    version,
                    origin,
                    json.dumps(input),
                    json.dumps(options or {}),
                    json.dumps(graph) if graph else None,
                    time.time() if created_at is None else created_at,
                    runner_id,
                    int(loaded),
                    parent_run,
                    parent_invocation,
                ),
            )
        return run_id

    def run(self, run_id: str) -> Run | None:
        """The run with this id, or None."""
        with self.reading() as db:
            row = db.execute("SELECT * FROM run WHERE run_id = ?", (run_id,)).fetchone()
        return run_of(row) if row else None

    def runs(
        self,
        *,
        limit: int = 50,
        offset: int = 0,
        workflow: str | None = None,
        status: str | Sequence[str] | None = None,
        text: str | None = None,
        file: str | None = None,
        module: str | None = None,
        before: float | None = None,
    ) -> list[Run]:
        """Runs, newest first. `text` is searched, ignoring case, in id, workflow, input, result and error."""
        where, values = _filter(workflow, status, text, file, module, before).where()
        with self.reading() as db:
            rows = db.execute(
                "SELECT run.* FROM (SELECT run_key AS found FROM run"
                f" {where} ORDER BY created_at DESC, run_key DESC LIMIT ? OFFSET ?) JOIN run ON run_key = found"
                " ORDER BY created_at DESC, run_key DESC",
                (*values, limit, offset),
            ).fetchall()
        return [run_of(row) for row in rows]

    def count_runs(
        self,
        *,
        workflow: str | None = None,
        status: str | Sequence[str] | None = None,
        text: str | None = None,
        file: str | None = None,
        module: str | None = None,
    ) -> int:
        """How many runs `runs` would find without a limit."""
        where, values = _filter(workflow, status, text, file, module, None).where()
        with self.reading() as db:
            return int(db.execute(f"SELECT count(*) FROM run {where}", values).fetchone()[0])

    def child_runs(self, run_ids: Sequence[str]) -> dict[str, list[Run]]:
        """The runs that steps of these runs started, by the run that started them."""
        found: dict[str, list[Run]] = {}
        for start in range(0, len(run_ids), 500):
            part = run_ids[start : start + 500]
            with self.reading() as db:
                marks = ", ".join("?" * len(part))
                rows = db.execute(f"SELECT * FROM run WHERE parent_run IN ({marks})", tuple(part)).fetchall()
            for row in rows:
                found.setdefault(row["parent_run"], []).append(run_of(row))
        return found

    def last_runs(self) -> dict[tuple[str, str], Run]:
        """The newest run of each workflow, by (file, workflow)."""
        with self.reading() as db:
            rows = db.execute(
                "SELECT * FROM run WHERE run_key IN (SELECT max(run_key) FROM run GROUP BY file, workflow)"
            ).fetchall()
        return {(row["file"], row["workflow"]): run_of(row) for row in rows}

    def counts_by_status(self) -> dict[str, int]:
        """How many runs there are in each status that occurs."""
        with self.reading() as db:
            return {row[0]: row[1] for row in db.execute("SELECT status, count(*) FROM run GROUP BY status")}

    def live_runs(self) -> list[Run]:
        """Runs that have not ended, oldest first."""
        with self.reading() as db:
            marks = ",".join("?" * len(LIVE))
            rows = db.execute(f"SELECT * FROM run WHERE status IN ({marks}) ORDER BY run_key", LIVE).fetchall()
        return [run_of(row) for row in rows]

    def graph(self, run_id: str) -> dict[str, Any] | None:
        """The graph that was kept with the run when it started; None if there was none."""
        with self.reading() as db:
            row = db.execute("SELECT graph FROM run WHERE run_id = ?", (run_id,)).fetchone()
        return json.loads(row["graph"]) if row and row["graph"] else None

    def claim_run(self, run_id: str, runner_id: str) -> bool:
        """Give a run that no runner has loaded to this one; False if another was quicker or the run has ended."""
        with self.writing() as db:
            changed = db.execute(
                "UPDATE run SET runner_id = ?, loaded = 1 WHERE run_id = ? AND loaded = 0"
                " AND status IN ('starting','running','waiting')",
                (runner_id, run_id),
            )
            return changed.rowcount == 1

    def release_run(self, run_id: str) -> None:
        """No runner has this run loaded any more."""
        with self.writing() as db:
            db.execute("UPDATE run SET loaded = 0 WHERE run_id = ?", (run_id,))

    def assign_run(self, run_id: str, runner_id: str) -> None:
        """Say which runner a run that has just been created belongs to."""
        with self.writing() as db:
            db.execute("UPDATE run SET runner_id = ?, loaded = 1 WHERE run_id = ?", (runner_id, run_id))

    def note_version(self, run_id: str, version: str) -> None:
        """Say which version of its code has this run now: whatever it asks from here on, that version asks."""
        with self.writing() as db:
            db.execute("UPDATE run SET version = ? WHERE run_id = ?", (version, run_id))

    def ask_cancel(self, run_id: str, by: str) -> bool:
        """Note that someone wants the run to end; False if it has ended or was asked before."""
        with self.writing() as db:
            changed = db.execute(
                "UPDATE run SET cancel_asked_at = ?, cancelled_by = ? WHERE run_id = ? AND cancel_asked_at IS NULL"
                " AND status IN ('starting','running','waiting')",
                (time.time(), by, run_id),
            )
            return changed.rowcount == 1

    def cancels_asked(self, runner_id: str) -> list[tuple[str, str]]:
        """(run id, by whom) of the runs in this runner that somebody wants to end."""
        marks = ",".join("?" * len(LIVE))
        with self.reading() as db:
            rows = db.execute(
                f"SELECT run_id, cancelled_by FROM run WHERE status IN ({marks}) AND cancel_asked_at IS NOT NULL"
                " AND runner_id = ? AND loaded = 1",
                (*LIVE, runner_id),
            ).fetchall()
        return [(row["run_id"], row["cancelled_by"]) for row in rows]


def _filter(
    workflow: str | None,
    status: str | Sequence[str] | None,
    text: str | None,
    file: str | None,
    module: str | None,
    before: float | None,
) -> RunFilter:
    statuses = (status,) if isinstance(status, str) else tuple(status or ())
    return RunFilter(text or "", workflow or "", file or "", module or "", statuses, None, before)
