"""What belongs to reviewers: their names, per browser, and what they have typed and not sent."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

from inspectors.store.connections import Connections

LONGEST_NAME = 80


class Reviews(Connections):
    """Names and drafts of the people who answer."""

    def person_name(self, browser: str) -> str:
        """The name that was given in this browser; "" if none was."""
        with self.reading() as db:
            row = db.execute("SELECT name FROM person WHERE browser = ?", (browser,)).fetchone()
        return str(row["name"]) if row is not None else ""

    def name_person(self, browser: str, name: str) -> None:
        """Keep the name for this browser; an empty one is forgotten."""
        kept = " ".join(name.split())[:LONGEST_NAME]
        with self.writing() as db:
            if kept:
                db.execute("INSERT OR REPLACE INTO person VALUES (?,?,?)", (browser, kept, time.time()))
            else:
                db.execute("DELETE FROM person WHERE browser = ?", (browser,))

    def review_draft(self, prompt_id: str, browser: str) -> dict[str, Any]:
        """What was typed for a prompt in this browser, by widget; empty if nothing was."""
        with self.reading() as db:
            row = db.execute(
                "SELECT typed FROM review_draft WHERE prompt_id = ? AND browser = ?", (prompt_id, browser)
            ).fetchone()
        return dict(json.loads(row["typed"])) if row is not None else {}

    def drafts_of(self, browser: str) -> set[str]:
        """The prompts for which something was typed in this browser."""
        with self.reading() as db:
            rows = db.execute("SELECT prompt_id FROM review_draft WHERE browser = ?", (browser,)).fetchall()
        return {row["prompt_id"] for row in rows}

    def keep_review_draft(self, prompt_id: str, browser: str, typed: Mapping[str, Any]) -> bool:
        """Add to what was typed; None takes a widget out. False if there is no such prompt.

        It is kept also where somebody else has answered meanwhile: whoever was typing finds it again.
        """
        with self.writing() as db:
            if db.execute("SELECT 1 FROM prompt WHERE prompt_id = ?", (prompt_id,)).fetchone() is None:
                return False
            row = db.execute(
                "SELECT typed FROM review_draft WHERE prompt_id = ? AND browser = ?", (prompt_id, browser)
            ).fetchone()
            known = {**(json.loads(row["typed"]) if row is not None else {}), **typed}
            kept = {name: value for name, value in known.items() if value is not None}
            if kept:
                db.execute(
                    "INSERT OR REPLACE INTO review_draft VALUES (?,?,?,?)",
                    (prompt_id, browser, json.dumps(kept), time.time()),
                )
            else:
                db.execute("DELETE FROM review_draft WHERE prompt_id = ? AND browser = ?", (prompt_id, browser))
        return True
