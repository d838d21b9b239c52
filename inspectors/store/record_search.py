"""Finding the few records of a run that name something, without reading all of them as JSON."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Collection, Iterator
from typing import Any

from inspectors.store.connections import Connections
from inspectors.store.packing import unpack

BLOCKS_AT_ONCE = 64


class RecordSearch(Connections):
    """Looks through packed blocks as texts: some hundred milliseconds for a million records."""

    def naming(self, run_id: str, texts: Collection[str], kinds: Collection[str]) -> Iterator[dict[str, Any]]:
        """Records of these kinds in which one of these texts is a JSON string, in order; damaged blocks left out."""
        wanted = re.compile(b"|".join(re.escape(json.dumps(text).encode()) for text in texts))
        kind = re.compile(rb'"kind": ?"(' + b"|".join(re.escape(one.encode()) for one in kinds) + rb')"')
        for packed in self._blocks_naming(run_id) if texts and kinds else ():
            try:
                lines = unpack(packed)
            except (zlib.error, TypeError):
                continue
            for line in lines:
                if wanted.search(line) and kind.search(line):
                    record = json.loads(line)
                    if record["kind"] in kinds:
                        yield record

    def _blocks_naming(self, run_id: str) -> Iterator[bytes]:
        position = 0
        while True:
            with self.reading() as db:
                rows = db.execute(
                    "SELECT b.last_seq, b.records FROM block b WHERE b.first_seq > ?"
                    " AND b.run_key = (SELECT run_key FROM run WHERE run_id = ?) ORDER BY b.first_seq LIMIT ?",
                    (position, run_id, BLOCKS_AT_ONCE),
                ).fetchall()
            for row in rows:
                yield row["records"]
            if len(rows) < BLOCKS_AT_ONCE:
                return
            position = rows[-1]["last_seq"]
