"""Files that a person gives to a form, kept beside the database under a hash of their contents."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from pathlib import Path

FILE_LIMIT_MB = 200
"""The largest file that can be given to a field that takes a path."""
CONTENTS_LIMIT_MB = 20
"""The largest file whose contents become a value: it is in memory, and in each record that shows it."""


def keep_file(folder: Path, name: str, contents: bytes) -> Path:
    """Keep a file and return its path, which ends in its own name; the same contents are kept once.

    Folders and files are readable by their owner only. Raises OSError if they can't be written.
    """
    digest = hashlib.sha256(contents).hexdigest()
    place = folder / digest[:32]
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.chmod(folder, 0o700)
    path = place / _safe(name)
    if path.exists() and path.stat().st_size == len(contents):
        return path
    number, partial = tempfile.mkstemp(dir=place)  # made for the owner only
    with os.fdopen(number, "wb") as output:
        output.write(contents)
    os.replace(partial, path)
    return path


def _safe(name: str) -> str:
    """A name without folders and signs that a system refuses, its ending kept."""
    last = re.sub(r"[^\w.,()+ -]", "_", name.replace("\\", "/").rsplit("/", 1)[-1]).strip(" .") or "file"
    stem, dot, ending = last.rpartition(".")
    return f"{stem[:100]}.{ending[:20]}" if dot and stem else last[:100]
