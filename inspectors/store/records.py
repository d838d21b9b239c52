"""Records and the journal: committed in blocks, read back by window.

A block is JSON lines, packed (packing.py), one commit of one run. Measured in `recording-facts.md` 1: blocks are as
fast to read as a row per record and a third to a quarter of the size.
"""

from __future__ import annotations

import json
import sqlite3
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from inspectors.store.connections import Connections
from inspectors.store.packing import pack, unpack


@dataclass
class NewPrompt:
    """A prompt to be added with the records that mention it; fields as in `models.Prompt`."""

    prompt_id: str
    seq: int
    event_type: str
    step: str
    text: str
    fields: dict[str, Any]
    waiter_id: str | None
    answer: dict[str, Any]
    deadline: float | None = None


@dataclass
class Commit:
    """What one run has to write in one transaction."""

    run_id: str
    first_seq: int
    lines: list[str] = field(default_factory=list)
    """Records as JSON texts, in order of `seq`."""
    journal: list[str] = field(default_factory=list)
    run: dict[str, Any] = field(default_factory=dict)
    """Columns of the run row to set; dicts are stored as JSON."""
    prompts: list[NewPrompt] = field(default_factory=list)
    prompt_changes: dict[str, dict[str, Any]] = field(default_factory=dict)
    delivered: list[str] = field(default_factory=list)
    """Prompts whose answer has reached the workflow."""
    checkpoint: tuple[int, dict[str, Any], dict[str, Any]] | None = None
    """(seq, engine context, what the recorder knows)"""
    mask: Callable[[Any], Any] | None = None
    """Set when the run is over: what only going on needs is deleted; input, options and answers pass through it."""

    @property
    def last_seq(self) -> int:
        """The seq of the last record in this commit, or of the one before it."""
        return self.first_seq + len(self.lines) - 1


class Records(Connections):
    """Appending and reading what happened in runs."""

    def commit(self, commits: list[Commit]) -> None:
        """Write everything in one transaction, or nothing."""
        with self.writing() as db:
            for commit in commits:
                _write(db, commit)

    def records(self, run_id: str, first: int = 1, last: int | None = None) -> list[dict[str, Any]]:
        """The committed records with first <= seq <= last, in order."""
        return list(self.iter_records(run_id, first, last))

    def iter_records(self, run_id: str, first: int = 1, last: int | None = None) -> Iterator[dict[str, Any]]:
        """Like `records`, one block in memory at a time."""
        upto = last if last is not None else 2**62
        position = first
        while True:
            with self.reading() as db:
                row = db.execute(
                    "SELECT b.first_seq, b.last_seq, b.records FROM block b JOIN run r USING (run_key)"
                    " WHERE r.run_id = ? AND b.first_seq <= ? AND b.last_seq >= ? ORDER BY b.first_seq LIMIT 1",
                    (run_id, upto, position),
                ).fetchone()
            if row is None:
                return
            for offset, line in enumerate(unpack(row["records"])):
                if position <= row["first_seq"] + offset <= upto:
                    yield json.loads(line)
            position = row["last_seq"] + 1
            if position > upto:
                return

    def last_seqs(self, run_ids: list[str]) -> dict[str, tuple[int, str]]:
        """For each run that exists, how far it is committed, and its status."""
        if not run_ids:
            return {}
        marks = ",".join("?" * len(run_ids))
        with self.reading() as db:
            rows = db.execute(f"SELECT run_id, last_seq, status FROM run WHERE run_id IN ({marks})", run_ids).fetchall()
        return {row["run_id"]: (row["last_seq"], row["status"]) for row in rows}

    def journal(self, run_id: str) -> list[str]:
        """The journal lines of a run that has not ended, in order."""
        with self.reading() as db:
            rows = db.execute(
                "SELECT j.lines FROM journal j JOIN run r USING (run_key) WHERE r.run_id = ? ORDER BY position",
                (run_id,),
            ).fetchall()
        return [line.decode() for row in rows for line in unpack(row["lines"])]

    def checkpoint(self, run_id: str) -> tuple[int, dict[str, Any], dict[str, Any]] | None:
        """(seq, engine context, what the recorder knew) of the newest checkpoint, or None."""
        with self.reading() as db:
            row = db.execute(
                "SELECT c.* FROM checkpoint c JOIN run r USING (run_key) WHERE r.run_id = ?", (run_id,)
            ).fetchone()
        if row is None:
            return None
        return (
            row["seq"],
            json.loads(zlib.decompress(row["context"])),
            json.loads(zlib.decompress(row["recorder"])),
        )


def _write(db: sqlite3.Connection, commit: Commit) -> None:
    row = db.execute("SELECT run_key, last_seq FROM run WHERE run_id = ?", (commit.run_id,)).fetchone()
    if row is None:
        return  # the run was deleted while it was going on; its records go with it
    key = row["run_key"]
    if commit.lines:
        if row["last_seq"] != commit.first_seq - 1:
            raise ValueError(
                f"run {commit.run_id}: commit starts at {commit.first_seq}, but {row['last_seq']} is the last seq"
            )
        db.execute(
            "INSERT INTO block (run_key, first_seq, last_seq, committed_at, records) VALUES (?,?,?,?,?)",
            (
                key,
                commit.first_seq,
                commit.last_seq,
                time.time(),
                pack(commit.lines),
            ),
        )
        commit.run["last_seq"] = commit.last_seq
    if commit.journal:
        db.execute(
            "INSERT INTO journal (run_key, position, lines)"
            " VALUES (?, (SELECT coalesce(max(position), 0) + 1 FROM journal WHERE run_key = ?), ?)",
            (key, key, pack(commit.journal)),
        )
    _write_prompts(db, key, commit)
    if commit.checkpoint is not None:
        seq, context, recorder = commit.checkpoint
        db.execute(
            "INSERT OR REPLACE INTO checkpoint VALUES (?,?,?,?,?)",
            (
                key,
                seq,
                time.time(),
                zlib.compress(json.dumps(context).encode()),
                zlib.compress(json.dumps(recorder).encode()),
            ),
        )
        # A pause is taken up from its checkpoint, never from the journal before it (recording-facts.md 3a).
        db.execute("DELETE FROM journal WHERE run_key = ?", (key,))
    if commit.run:
        columns = ", ".join(f"{name} = ?" for name in commit.run)
        values = [json.dumps(value) if isinstance(value, (dict, list)) else value for value in commit.run.values()]
        db.execute(f"UPDATE run SET {columns} WHERE run_key = ?", (*values, key))
    if commit.mask is not None:
        _forget(db, key, commit.mask)


def _write_prompts(db: sqlite3.Connection, key: int, commit: Commit) -> None:
    now = time.time()
    for prompt in commit.prompts:
        db.execute(
            "INSERT INTO prompt (prompt_id, run_key, seq, event_type, step, text, fields, waiter_id, answer,"
            " created_at, deadline) VALUES (?,?,?,?,?,?,?,?,?,?,?)",
            (
                prompt.prompt_id,
                key,
                prompt.seq,
                prompt.event_type,
                prompt.step,
                prompt.text,
                json.dumps(prompt.fields),
                prompt.waiter_id,
                json.dumps(prompt.answer),
                now,
                prompt.deadline,
            ),
        )
    for prompt_id, changes in commit.prompt_changes.items():
        columns = ", ".join(f"{name} = ?" for name in changes)
        db.execute(f"UPDATE prompt SET {columns} WHERE prompt_id = ?", (*changes.values(), prompt_id))
    for prompt_id in commit.delivered:
        db.execute("UPDATE answer SET delivered_at = ? WHERE prompt_id = ?", (now, prompt_id))
        db.execute("UPDATE prompt SET status = 'answered' WHERE prompt_id = ?", (prompt_id,))


def _forget(db: sqlite3.Connection, key: int, mask: Callable[[Any], Any]) -> None:
    """Delete what only going on would need, mask what is kept, and close what nobody can answer any more."""
    given = db.execute("SELECT input, options FROM run WHERE run_key = ?", (key,)).fetchone()
    kept = [json.dumps(mask(json.loads(given[column]))) for column in ("input", "options")]
    db.execute("UPDATE run SET input = ?, options = ? WHERE run_key = ?", (*kept, key))
    for row in db.execute(
        "SELECT a.prompt_id, a.value FROM answer a JOIN prompt p USING (prompt_id) WHERE p.run_key = ?",
        (key,),
    ).fetchall():
        masked = json.dumps(mask(json.loads(row["value"])))
        db.execute("UPDATE answer SET value = ? WHERE prompt_id = ?", (masked, row["prompt_id"]))
    db.execute("DELETE FROM journal WHERE run_key = ?", (key,))
    db.execute("DELETE FROM checkpoint WHERE run_key = ?", (key,))
    db.execute("UPDATE prompt SET status = 'withdrawn' WHERE run_key = ? AND status = 'open'", (key,))
