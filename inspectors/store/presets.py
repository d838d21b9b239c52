"""Presets: an input and options under a name that a person chose, per workflow."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from inspectors.store.connections import Connections


@dataclass(frozen=True)
class Preset:
    """What a run can start from."""

    name: str
    """Unique among the presets of a workflow; compared letter by letter."""
    workflow: str
    file: str
    input: dict[str, Any]
    options: dict[str, Any]
    """As of a run: "timeout" in seconds, "verbose", "arguments"."""
    left_out: tuple[str, ...]
    """Names of secrets that were not kept: whoever starts from the preset fills them in."""
    created_at: float


@dataclass(frozen=True)
class EarlierInput:
    """What a run was started with."""

    run_id: str
    created_at: float
    input: dict[str, Any]
    options: dict[str, Any]


class Presets(Connections):
    """Named inputs, and those of earlier runs."""

    def earlier_inputs(self, *, workflow: str, file: str, limit: int) -> list[EarlierInput]:
        """What the newest runs of a workflow were started with, newest first, without reading their results."""
        with self.reading() as db:
            rows = db.execute(
                "SELECT run_id, created_at, input, options FROM run WHERE workflow = ? AND file = ?"
                " ORDER BY created_at DESC, run_key DESC LIMIT ?",
                (workflow, file, limit),
            ).fetchall()
        return [
            EarlierInput(row["run_id"], row["created_at"], json.loads(row["input"]), json.loads(row["options"]))
            for row in rows
        ]

    def save_preset(
        self,
        *,
        workflow: str,
        file: str,
        name: str,
        input: dict[str, Any],
        options: dict[str, Any] | None = None,
        left_out: Sequence[str] = (),
        replace: bool = False,
    ) -> bool:
        """Keep a preset; False, and nothing is changed, if the name is taken and `replace` isn't given.

        Values are kept as they are given: secrets have to be taken out before (`recording.values.without_secrets`).
        """
        columns = (
            workflow,
            file,
            name,
            json.dumps(input),
            json.dumps(options or {}),
            json.dumps(list(left_out)),
            time.time(),
        )
        with self.writing() as db:
            if replace:
                db.execute("DELETE FROM preset WHERE file = ? AND workflow = ? AND name = ?", (file, workflow, name))
            added = db.execute(
                "INSERT INTO preset (workflow, file, name, input, options, left_out, created_at)"
                " VALUES (?,?,?,?,?,?,?) ON CONFLICT (file, workflow, name) DO NOTHING",
                columns,
            )
            return added.rowcount == 1

    def presets(self, *, workflow: str, file: str) -> list[Preset]:
        """The presets of a workflow, by name."""
        with self.reading() as db:
            rows = db.execute(
                "SELECT * FROM preset WHERE file = ? AND workflow = ? ORDER BY name COLLATE NOCASE, name",
                (file, workflow),
            ).fetchall()
        return [_preset_of(row) for row in rows]

    def preset(self, *, workflow: str, file: str, name: str) -> Preset | None:
        """The preset of this name, or None."""
        return next((one for one in self.presets(workflow=workflow, file=file) if one.name == name), None)

    def delete_preset(self, *, workflow: str, file: str, name: str) -> bool:
        """Forget a preset; False if there was none of this name."""
        with self.writing() as db:
            gone = db.execute("DELETE FROM preset WHERE file = ? AND workflow = ? AND name = ?", (file, workflow, name))
            return gone.rowcount == 1


def _preset_of(row: sqlite3.Row) -> Preset:
    return Preset(
        name=row["name"],
        workflow=row["workflow"],
        file=row["file"],
        input=json.loads(row["input"]),
        options=json.loads(row["options"]),
        left_out=tuple(json.loads(row["left_out"])),
        created_at=row["created_at"],
    )
