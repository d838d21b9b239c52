"""Prompts and their answers."""

from __future__ import annotations

import json
import sqlite3
import time
from typing import Any

from inspectors.store.connections import Connections
from inspectors.store.models import Answer, Prompt, prompt_of

_SELECT = (
    "SELECT p.*, r.run_id, r.workflow, r.module, r.file, a.value AS answer_value, a.answered_by, a.answered_at,"
    " a.verified AS answered_verified"
    " FROM prompt p JOIN run r USING (run_key) LEFT JOIN answer a USING (prompt_id)"
)


class Prompts(Connections):
    """What runs ask and what people answered."""

    def prompt(self, prompt_id: str) -> Prompt | None:
        """The prompt with this id, or None."""
        with self.reading() as db:
            row = db.execute(f"{_SELECT} WHERE p.prompt_id = ?", (prompt_id,)).fetchone()
        return prompt_of(row) if row else None

    def prompts(self, run_id: str | None = None, status: str | None = "open") -> list[Prompt]:
        """Prompts, oldest first; of one run if given. An open prompt with an answer on its way is not open any more."""
        clauses, values = [], []
        if run_id is not None:
            clauses.append("r.run_id = ?")
            values.append(run_id)
        if status == "open":
            clauses.append("p.status = 'open' AND a.prompt_id IS NULL")
        elif status is not None:
            clauses.append("p.status = ?")
            values.append(status)
        where = f" WHERE {' AND '.join(clauses)}" if clauses else ""
        with self.reading() as db:
            rows = db.execute(f"{_SELECT}{where} ORDER BY p.created_at, p.prompt_id", values).fetchall()
        return [prompt_of(row) for row in rows]

    def prompts_of_family(self, run_id: str) -> list[Prompt]:
        """Open prompts of a run and of those that its steps have started, and theirs; oldest first."""
        with self.reading() as db:
            rows = db.execute(
                "WITH RECURSIVE family (run_id) AS (VALUES (?) UNION"
                " SELECT run.run_id FROM run JOIN family ON run.parent_run = family.run_id)"
                f" {_SELECT} WHERE r.run_id IN (SELECT run_id FROM family) AND p.status = 'open'"
                " AND a.prompt_id IS NULL ORDER BY p.created_at, p.prompt_id",
                (run_id,),
            ).fetchall()
        return [prompt_of(row) for row in rows]

    def answered_since(self, since: float, limit: int = 200) -> list[Prompt]:
        """Prompts that a person has answered since then (epoch seconds), the last answer first."""
        with self.reading() as db:
            rows = db.execute(
                f"{_SELECT} WHERE a.answered_at >= ? ORDER BY a.answered_at DESC LIMIT ?", (since, limit)
            ).fetchall()
        return [prompt_of(row) for row in rows]

    def open_prompt_count(self) -> int:
        """How many prompts wait for a person."""
        with self.reading() as db:
            return int(
                db.execute(
                    "SELECT count(*) FROM prompt p LEFT JOIN answer a USING (prompt_id)"
                    " WHERE p.status = 'open' AND a.prompt_id IS NULL"
                ).fetchone()[0]
            )

    def add_answer(
        self,
        prompt_id: str,
        value: dict[str, Any],
        by: str,
        version: str | None = None,
        *,
        verified: bool = False,
        kind: dict[str, Any] | None = None,
    ) -> Answer | None:
        """Keep an answer. Returns the one that was there before, if somebody was quicker; then nothing is changed.

        Args:
            prompt_id: what is answered.
            value: the fields of the answer.
            by: who answered, "" if that isn't known.
            version: "asked" or "new" where the person chose which version of changed code takes it.
            verified: whether `by` had signed in.
            kind: the type of the answer, as in `Prompt.answer`, where the person chose another than the prompt names.
        """
        with self.writing() as db:
            try:
                db.execute(
                    "INSERT INTO answer (prompt_id, value, answered_by, answered_at, version, verified)"
                    " VALUES (?,?,?,?,?,?)",
                    (prompt_id, json.dumps(value), by, time.time(), version, int(verified)),
                )
            except sqlite3.IntegrityError:
                return _answer(db, prompt_id)
            db.execute("UPDATE prompt SET refused = NULL WHERE prompt_id = ?", (prompt_id,))
            if kind is not None:
                db.execute("UPDATE prompt SET answer = ? WHERE prompt_id = ?", (json.dumps(kind), prompt_id))
        return None

    def answer(self, prompt_id: str) -> Answer | None:
        """The answer to a prompt, or None."""
        with self.reading() as db:
            return _answer(db, prompt_id)

    def undelivered(self, run_id: str | None = None) -> list[tuple[Prompt, Answer]]:
        """Answers that have not reached their workflow yet, oldest first."""
        with self.reading() as db:
            rows = db.execute(
                f"{_SELECT} WHERE a.prompt_id IS NOT NULL AND a.delivered_at IS NULL AND p.status = 'open'"
                " AND (? IS NULL OR r.run_id = ?) ORDER BY a.answered_at",
                (run_id, run_id),
            ).fetchall()
            return [(prompt_of(row), answer) for row in rows if (answer := _answer(db, row["prompt_id"])) is not None]

    def refuse_answer(self, prompt_id: str, sentence: str) -> None:
        """Take an answer back that the workflow could not read, so that the person can try again."""
        with self.writing() as db:
            db.execute("DELETE FROM answer WHERE prompt_id = ? AND delivered_at IS NULL", (prompt_id,))
            db.execute("UPDATE prompt SET refused = ? WHERE prompt_id = ?", (sentence, prompt_id))


def _answer(db: sqlite3.Connection, prompt_id: str) -> Answer | None:
    row = db.execute("SELECT * FROM answer WHERE prompt_id = ?", (prompt_id,)).fetchone()
    if row is None:
        return None
    return Answer(
        row["prompt_id"],
        json.loads(row["value"]),
        row["answered_by"],
        row["answered_at"],
        row["delivered_at"],
        row["version"],
        bool(row["verified"]),
    )
