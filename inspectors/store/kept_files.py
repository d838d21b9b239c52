"""Which files that people gave to forms are still needed."""

from __future__ import annotations

import re

from inspectors.store.connections import Connections

_PLACES = (("run", "input"), ("run", "options"), ("answer", "value"), ("preset", "input"), ("preset", "options"))
_DIGEST = re.compile(r"\b[0-9a-f]{32}\b")


class KeptFiles(Connections):
    """Files beside the database, which values name by their paths."""

    def named_digests(self) -> set[str]:
        """The names of the folders below `<database>.files` that an input, options, an answer or a preset names."""
        named: set[str] = set()
        with self.reading() as db:
            for table, column in _PLACES:
                texts = db.execute(f"SELECT {column} FROM {table} WHERE instr({column}, '.files')")
                named.update(digest for (text,) in texts for digest in _DIGEST.findall(text))
        return named
