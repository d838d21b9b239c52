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
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from inspectors.store.blocks import LINES, Block, damaged, read_block, unreadable
from inspectors.store.connections import Connections
from inspectors.store.database import StoreRefused, is_damage
from inspectors.store.packing import pack, unpack

BLOCKS_AT_ONCE = 64
MOST = 2**62
"""No run has so many records; SQLite takes no greater numbers."""
AT_ONCE = 40
"""Blocks read with one question: those of a run that is followed hold a record or two each."""


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
    """Lines of the journal; with a checkpoint, only those after it."""
    run: dict[str, Any] = field(default_factory=dict)
    """Columns of the run row to set; dicts are stored as JSON."""
    prompts: list[NewPrompt] = field(default_factory=list)
    prompt_changes: dict[str, dict[str, Any]] = field(default_factory=dict)
    delivered: list[str] = field(default_factory=list)
    """Prompts whose answer has reached the workflow."""
    checkpoint: tuple[int, dict[str, Any], dict[str, Any]] | None = None
    """(seq, engine context, what the recorder knows); set it with `keep_checkpoint`"""
    mask: Callable[[Any], Any] | None = None
    """Set when the run is over: what only going on needs is deleted; input, options and answers pass through it."""

    blocks: list[Block] = field(default_factory=list)
    """Records before `lines`, packed already or left out."""
    packed_journal: list[bytes] = field(default_factory=list)
    """The journal before `journal`."""
    journal_lost: bool = False
    """Whether journal lines were left out: nothing can go on from what is kept, until there is a checkpoint."""
    why_missing: str = ""
    """Why records were left out, in words."""

    def keep_checkpoint(self, context: dict[str, Any], recorder: dict[str, Any]) -> None:
        """The state as it is after all that this commit holds so far: going on needs nothing from before it."""
        self.checkpoint = (self.last_seq, context, recorder)
        self.journal, self.packed_journal, self.journal_lost = [], [], False

    @property
    def last_seq(self) -> int:
        """The seq of the last record in this commit, or of the one before it."""
        return (self.blocks[-1].last_seq if self.blocks else self.first_seq - 1) + len(self.lines)

    def seal(self) -> None:
        """Pack what there is: it then takes a fraction of the memory, however long it has to wait."""
        for start in range(0, len(self.lines), LINES):
            lines = self.lines[start : start + LINES]
            first = self.blocks[-1].last_seq + 1 if self.blocks else self.first_seq
            self.blocks.append(Block(first, first + len(lines) - 1, pack(lines)))
        self.lines = []
        if self.journal:
            self.packed_journal.append(pack(self.journal))
            self.journal = []

    def leave_out(self, t: float) -> None:
        """Keep no more of the next record than that it was there."""
        if self.lines or not self.blocks or self.blocks[-1].records:
            self.seal()
            self.blocks.append(Block(self.last_seq + 1, self.last_seq + 1, since=t, until=t))
        else:
            self.blocks[-1].last_seq += 1
            self.blocks[-1].until = t

    def lose_journal(self) -> None:
        """Say that the journal has a hole."""
        self.journal, self.packed_journal, self.checkpoint, self.journal_lost = [], [], None, True

    def followed_by(self, later: Commit) -> None:
        """Take up what the same run has to write next."""
        self.seal()
        later.seal()
        self.blocks += later.blocks
        if later.checkpoint is not None:
            self.checkpoint, self.journal_lost, self.packed_journal = later.checkpoint, False, []
        if later.journal_lost:
            self.lose_journal()
        elif not self.journal_lost:
            self.packed_journal += later.packed_journal
        self.run.update(later.run)
        self.prompts += later.prompts
        for prompt_id, changes in later.prompt_changes.items():
            self.change_prompt(prompt_id, **changes)
        self.delivered += later.delivered
        self.mask = later.mask or self.mask
        self.why_missing = later.why_missing or self.why_missing

    def change_prompt(self, prompt_id: str, **columns: Any) -> None:
        """Change columns of a prompt's row, beside what is changed of it already."""
        self.prompt_changes.setdefault(prompt_id, {}).update(columns)

    def kept(self) -> int:
        """How many records it holds, without those that were left out."""
        return len(self.lines) + sum(block.last_seq - block.first_seq + 1 for block in self.blocks if block.records)

    def size(self) -> int:
        """About how many bytes the records and the journal take."""
        texts = sum(map(len, self.lines)) + sum(map(len, self.journal))
        return texts + sum(len(block.records) + 100 for block in self.blocks) + sum(map(len, self.packed_journal))


class Overtaken(ValueError):
    """Somebody else has written records of the run since its writer looked at it."""


class Records(Connections):
    """Appending and reading what happened in runs."""

    def commit(self, commits: list[Commit]) -> None:
        """Write everything in one transaction, or nothing."""
        for commit in commits:
            commit.seal()
        with self.writing() as db:
            for commit in commits:
                write_commit(db, commit)

    def records(self, run_id: str, first: int = 1, last: int | None = None) -> list[dict[str, Any]]:
        """The committed records with first <= seq <= last, in order."""
        return list(self.iter_records(run_id, first, last))

    def iter_records(self, run_id: str, first: int = 1, last: int | None = None) -> Iterator[dict[str, Any]]:
        """Like `records`, a few blocks in memory at a time."""
        upto = last if last is not None else MOST
        position = max(1, first)
        while position <= upto:
            blocks = self._blocks(run_id, position, upto)
            if not blocks:
                lost = self._last_without_block(run_id, position)
                if lost is not None:
                    yield unreadable(self._after_block_before(run_id, position), lost, 0.0)
                return
            for row in blocks:
                if row["first_seq"] > position:  # a block is gone
                    first_lost = self._after_block_before(run_id, position)
                    yield unreadable(first_lost, row["first_seq"] - 1, row["committed_at"])
                if row["first_seq"] > upto:
                    return
                for record in _read(row, position, upto):
                    if record["seq"] <= upto and record.get("upto", record["seq"]) >= position:
                        yield record
                position = row["last_seq"] + 1

    def iter_lines(self, run_id: str, first: int = 1) -> Iterator[tuple[int, list[bytes]]]:
        """Texts of a run's records, block by block, each with the seq of its last record: for reading very many.

        `first` is 1 or follows the last record of a block. Where a block is damaged or gone, the texts are of what
        `iter_records` gives there.
        """
        position = first
        while True:
            try:
                with self.reading() as db:
                    rows = db.execute(
                        "SELECT b.first_seq, b.last_seq, b.records FROM block b WHERE b.first_seq >= ?"
                        " AND b.run_key = (SELECT run_key FROM run WHERE run_id = ?) ORDER BY b.first_seq LIMIT ?",
                        (position, run_id, BLOCKS_AT_ONCE),
                    ).fetchall()
                for row in rows:
                    if row["first_seq"] != position:
                        raise ValueError("a block is gone")
                    lines = unpack(row["records"])
                    yield row["last_seq"], lines
                    position = row["last_seq"] + 1
            except (zlib.error, ValueError, TypeError, StoreRefused) as error:
                if isinstance(error, StoreRefused) and not is_damage(error):
                    raise
                for record in self.iter_records(run_id, position):
                    yield record.get("upto", record["seq"]), [json.dumps(record, separators=(",", ":")).encode()]
                return
            if len(rows) < BLOCKS_AT_ONCE:
                return

    def records_at(self, run_id: str, seqs: list[int]) -> dict[int, dict[str, Any]]:
        """The records with these seqs, by seq; those that are not there are left out."""
        found: dict[int, dict[str, Any]] = {}
        wanted, at = sorted(set(seqs)), 0
        while at < len(wanted):
            row = self._block(run_id, wanted[at])
            if row is None:
                break
            of_block = [seq for seq in wanted[at:] if seq <= row["last_seq"]]
            inside = {seq for seq in of_block if seq >= row["first_seq"]}
            if inside:
                for record in _read(row, min(inside), max(inside)):
                    if record["seq"] in inside:
                        found[record["seq"]] = record
            at += len(of_block)
        return found

    def _blocks(self, run_id: str, position: int, upto: int) -> list[dict[str, Any]]:
        """Some blocks from the one that holds `position`, or the next one, on; none if there is none."""
        try:
            found = self._find_blocks("CAST(b.records AS BLOB) AS records", run_id, position, upto, AT_ONCE)
        except StoreRefused as refused:
            if not is_damage(refused):
                raise
            found = []
        if found:
            return found
        row = self._block(run_id, position)
        return [row] if row is not None else []

    def _block(self, run_id: str, position: int) -> dict[str, Any] | None:
        """The block that holds a run's record `position`, or the next one; None if there is none."""
        try:
            found = self._find_blocks("CAST(b.records AS BLOB) AS records", run_id, position, MOST, 1)
        except StoreRefused as refused:
            if not is_damage(refused):
                raise
            # Its contents lie in pages of their own: what is damaged may be only these.
            found = self._find_blocks("x'' AS records", run_id, position, MOST, 1)
        return found[0] if found else None

    def _find_blocks(self, contents: str, run_id: str, position: int, upto: int, limit: int) -> list[dict[str, Any]]:
        with self.reading() as db:
            rows = db.execute(
                f"SELECT b.first_seq, b.last_seq, b.committed_at, {contents} FROM block b JOIN run r USING (run_key)"
                " WHERE r.run_id = ? AND b.last_seq >= ? AND b.first_seq >= coalesce((SELECT first_seq FROM block"
                " WHERE run_key = r.run_key AND first_seq <= ? ORDER BY first_seq DESC LIMIT 1), 0)"
                " AND b.first_seq <= ? ORDER BY b.first_seq LIMIT ?",
                (run_id, position, position, upto, limit),
            ).fetchall()
        return [dict(row) for row in rows]

    def _after_block_before(self, run_id: str, position: int) -> int:
        """The first seq that the last block before `position` doesn't hold."""
        with self.reading() as db:
            row = db.execute(
                "SELECT coalesce(max(b.last_seq), 0) FROM block b JOIN run r USING (run_key)"
                " WHERE r.run_id = ? AND b.last_seq < ?",
                (run_id, position),
            ).fetchone()
        return int(row[0]) + 1

    def _last_without_block(self, run_id: str, position: int) -> int | None:
        """The last seq of a run, if no block from `position` on is there though there should be."""
        with self.reading() as db:
            row = db.execute(
                "SELECT last_seq FROM run r WHERE run_id = ? AND last_seq >= ? AND NOT EXISTS"
                " (SELECT 1 FROM block b WHERE b.run_key = r.run_key AND b.last_seq >= ?)",
                (run_id, position, position),
            ).fetchone()
        return int(row["last_seq"]) if row is not None else None

    def last_seqs(self, run_ids: list[str]) -> dict[str, tuple[int, str]]:
        """For each run that exists, how far it is committed, and its status."""
        if not run_ids:
            return {}
        marks = ",".join("?" * len(run_ids))
        with self.reading() as db:
            rows = db.execute(f"SELECT run_id, last_seq, status FROM run WHERE run_id IN ({marks})", run_ids).fetchall()
        return {row["run_id"]: (row["last_seq"], row["status"]) for row in rows}

    def journal(self, run_id: str) -> list[str]:
        """The journal lines of a run that has not ended, in order. Raises Unreadable if they are damaged."""
        with self._whole(run_id), self.reading() as db:
            rows = db.execute(
                "SELECT position, CAST(j.lines AS BLOB) AS lines FROM journal j JOIN run r USING (run_key)"
                " WHERE r.run_id = ? ORDER BY position",
                (run_id,),
            ).fetchall()
            if [row["position"] for row in rows] != list(range(1, len(rows) + 1)):
                raise ValueError("a part of the journal is gone")
            return [line.decode() for row in rows for line in unpack(row["lines"])]

    def checkpoint(self, run_id: str) -> tuple[int, dict[str, Any], dict[str, Any]] | None:
        """(seq, engine context, what the recorder knew) of the newest checkpoint, or None.

        Raises Unreadable if it is damaged.
        """
        with self._whole(run_id), self.reading() as db:
            row = db.execute(
                "SELECT c.seq, CAST(c.context AS BLOB) AS context, CAST(c.recorder AS BLOB) AS recorder"
                " FROM checkpoint c JOIN run r USING (run_key) WHERE r.run_id = ?",
                (run_id,),
            ).fetchone()
            if row is None:
                return None
            return (
                row["seq"],
                json.loads(zlib.decompress(row["context"])),
                json.loads(zlib.decompress(row["recorder"])),
            )

    @contextmanager
    def _whole(self, run_id: str) -> Iterator[None]:
        """Say of damage in what a run is taken up from that it is there; the rest of the database may be well."""
        try:
            yield
        except StoreRefused as refused:
            if not is_damage(refused):
                raise
            raise damaged(run_id) from refused
        except (zlib.error, ValueError, TypeError) as error:
            raise damaged(run_id) from error


def _read(row: dict[str, Any], first: int, last: int) -> list[dict[str, Any]]:
    return read_block(row["first_seq"], row["last_seq"], row["committed_at"], row["records"], first, last)


def write_commit(db: sqlite3.Connection, commit: Commit) -> None:
    """Write one run's commit inside the caller's transaction. Raises Overtaken if it doesn't follow what is there."""
    row = db.execute("SELECT run_key, last_seq FROM run WHERE run_id = ?", (commit.run_id,)).fetchone()
    if row is None:
        return  # the run was deleted while it was going on; its records go with it
    key = row["run_key"]
    commit.seal()
    if commit.blocks:
        if row["last_seq"] != commit.first_seq - 1:
            raise Overtaken(
                f"run {commit.run_id}: commit starts at {commit.first_seq}, but {row['last_seq']} is the last seq"
            )
        now = time.time()
        db.executemany(
            "INSERT INTO block (run_key, first_seq, last_seq, committed_at, records) VALUES (?,?,?,?,?)",
            [(key, block.first_seq, block.last_seq, now, block.packed(commit.why_missing)) for block in commit.blocks],
        )
        commit.run["last_seq"] = commit.last_seq
    if commit.journal_lost:
        db.execute("DELETE FROM journal WHERE run_key = ?", (key,))
        db.execute("DELETE FROM checkpoint WHERE run_key = ?", (key,))
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
        db.execute("DELETE FROM journal WHERE run_key = ?", (key,))  # the checkpoint stands for what came before it
    for packed in commit.packed_journal:
        db.execute(
            "INSERT INTO journal (run_key, position, lines)"
            " VALUES (?, (SELECT coalesce(max(position), 0) + 1 FROM journal WHERE run_key = ?), ?)",
            (key, key, packed),
        )
    _write_prompts(db, key, commit)
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
