"""Which runs are meant: by text, workflow, status and time."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True)
class RunFilter:
    """What a run must be to be found; what is empty or None asks for nothing."""

    text: str = ""
    """Searched, ignoring the case of ASCII letters, in id, workflow, input, result and error."""
    workflow: str = ""
    file: str = ""
    module: str = ""
    statuses: tuple[str, ...] = ()
    since: float | None = None
    """Created at this moment or later."""
    until: float | None = None
    """Created before this moment."""

    def without(self, *names: str) -> RunFilter:
        """The same filter with these fields asking for nothing."""
        empty = RunFilter()
        return replace(self, **{name: getattr(empty, name) for name in names})

    def where(self, keys: Sequence[int] | None = None) -> tuple[str, list[Any]]:
        """A WHERE clause and its values. With `keys`, the runs that have the text, the text isn't read again."""
        clauses: list[str] = []
        values: list[Any] = []
        for column in ("workflow", "file", "module"):
            if getattr(self, column):
                clauses.append(f"{column} = ?")
                values.append(getattr(self, column))
        if self.statuses:
            clauses.append(f"status IN ({','.join('?' * len(self.statuses))})")
            values.extend(self.statuses)
        for moment, condition in ((self.since, "created_at >= ?"), (self.until, "created_at < ?")):
            if moment is not None:
                clauses.append(condition)
                values.append(moment)
        if keys is not None:
            clauses.append("+run_key IN (SELECT value FROM json_each(?))")
            values.append(json.dumps(list(keys)))
        elif self.text:
            clause, patterns = has_text(self.text)
            clauses.append(clause)
            values.extend(patterns)
        return ("WHERE " + " AND ".join(clauses) if clauses else ""), values


def has_text(text: str) -> tuple[str, list[str]]:
    """A condition, and its values, that a run holds this text somewhere."""
    columns = {name: _like(text) for name in ("run_id", "workflow")}
    columns.update({name: _like(json.dumps(text)[1:-1]) for name in ("input", "result", "error")})
    return "(" + " OR ".join(f"{name} LIKE ? ESCAPE '\\'" for name in columns) + ")", list(columns.values())


def _like(text: str) -> str:
    """A pattern that finds this very text, its signs taken for themselves."""
    return "%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
