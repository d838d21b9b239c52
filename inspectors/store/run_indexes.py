"""What was worked out of a long run's records, kept so that it isn't worked out again."""

from __future__ import annotations

import json
from typing import Any

from inspectors.store.connections import Connections

Kept = tuple[dict[str, list[str]], bytes, list[bytes]]
"""Names, columns and texts, as `trace/columns.py` packs them."""


class RunIndexes(Connections):
    """Reading and writing it. It is only good for as many records as it was made of, and for one format."""

    def kept_fold(self, run_id: str, upto: int, format: str) -> dict[str, Any] | None:
        """What was folded of a run's records up to `upto`; None if nothing of the kind is kept."""
        with self.reading() as db:
            row = db.execute(
                "SELECT fold FROM run_index JOIN run USING (run_key) WHERE run_id = ? AND upto = ? AND format = ?",
                (run_id, upto, format),
            ).fetchone()
        return dict(json.loads(row["fold"])) if row is not None else None

    def kept_columns(self, run_id: str, upto: int, format: str) -> Kept | None:
        """Names, columns and texts of a run's records up to `upto`; None if nothing of the kind is kept."""
        with self.reading() as db:
            row = db.execute(
                "SELECT run_key, names, columns FROM run_index JOIN run USING (run_key)"
                " WHERE run_id = ? AND upto = ? AND format = ?",
                (run_id, upto, format),
            ).fetchone()
            if row is None:
                return None
            texts = db.execute(
                "SELECT texts FROM run_index_text WHERE run_key = ? ORDER BY position", (row["run_key"],)
            ).fetchall()
        return json.loads(row["names"]), row["columns"], [text["texts"] for text in texts]

    def keep_index(self, run_id: str, upto: int, format: str, fold: dict[str, Any], kept: Kept) -> None:
        """Keep what was worked out of the records up to `upto`, in place of what was kept before."""
        names, columns, texts = kept
        with self.writing() as db:
            row = db.execute("SELECT run_key FROM run WHERE run_id = ? AND last_seq = ?", (run_id, upto)).fetchone()
            if row is None:
                return  # it was deleted, or has gone on
            db.execute("DELETE FROM run_index_text WHERE run_key = ?", (row["run_key"],))
            db.execute(
                "INSERT OR REPLACE INTO run_index VALUES (?,?,?,?,?,?)",
                (row["run_key"], upto, format, json.dumps(fold), json.dumps(names), columns),
            )
            db.executemany(
                "INSERT INTO run_index_text VALUES (?,?,?)",
                [(row["run_key"], position, text) for position, text in enumerate(texts)],
            )

    def kept_spans(self, run_id: str, upto: int, format: str) -> bytes | None:
        """The spans of a run's records up to `upto` as `trace/spans.py` packs them; None if none are kept."""
        with self.reading() as db:
            row = db.execute(
                "SELECT spans FROM run_spans JOIN run USING (run_key) WHERE run_id = ? AND upto = ? AND format = ?",
                (run_id, upto, format),
            ).fetchone()
        return bytes(row["spans"]) if row is not None else None

    def keep_spans(self, run_id: str, upto: int, format: str, spans: bytes) -> None:
        """Keep them in place of those that were kept before, unless the run has gone on or was deleted."""
        with self.writing() as db:
            db.execute(
                "INSERT OR REPLACE INTO run_spans SELECT run_key, ?, ?, ? FROM run WHERE run_id = ? AND last_seq = ?",
                (upto, format, spans, run_id, upto),
            )
