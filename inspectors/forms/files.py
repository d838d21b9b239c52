"""Files that a person gives to a form, kept beside the database under a hash of their contents."""

from __future__ import annotations

import hashlib
import logging
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

FILE_LIMIT_MB = 200
"""The largest file that can be given to a field that takes a path."""
CONTENTS_LIMIT_MB = 20
"""The largest file whose contents become a value: it is in memory, and in each record that shows it."""
GRACE_SECONDS = 3600.0
"""How long a file that was given is kept though nothing names it yet: its form may still be open."""

_DIGEST = re.compile(r"[0-9a-f]{32}")

logger = logging.getLogger("stepscope.files")


def keep_file(folder: Path, name: str, contents: bytes) -> Path:
    """Keep a file and return its path, which ends in its own name; the same contents are kept once.

    Folders and files are readable by their owner only. Raises OSError if they can't be written.
    """
    digest = hashlib.sha256(contents).hexdigest()
    place = folder / digest[:32]
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.chmod(folder, 0o700)
    os.utime(place)  # it was given just now, so it isn't forgotten yet
    path = place / _safe(name)
    if path.exists() and path.stat().st_size == len(contents):
        return path
    number, partial = tempfile.mkstemp(dir=place)  # made for the owner only
    try:
        with os.fdopen(number, "wb") as output:
            output.write(contents)
        os.replace(partial, path)
    except BaseException:
        Path(partial).unlink(missing_ok=True)
        raise
    return path


def forget_files(folder: Path, named: Callable[[], set[str]]) -> int:
    """Delete the files that nothing names any more, but none that was given within the last hour.

    Args:
        folder: where files are kept.
        named: gives the names of the folders in it whose files are still needed; asked only if there may be others.

    Returns how many folders, each with one file's contents, were deleted. One that can't be is left, and logged.
    """
    old = [place for place in _places(folder) if _is_old(place)]
    needed = named() if old else set()
    deleted = 0
    for place in old:
        if place.name not in needed and _is_old(place):
            try:
                shutil.rmtree(place)
                deleted += 1
            except OSError as error:
                logger.warning("The kept file in %s could not be deleted: %s", place, error)
    return deleted


def _places(folder: Path) -> list[Path]:
    return [place for place in folder.iterdir() if _DIGEST.fullmatch(place.name)] if folder.is_dir() else []


def _is_old(place: Path) -> bool:
    try:
        return time.time() - place.stat().st_mtime > GRACE_SECONDS
    except OSError:  # somebody else has deleted it
        return False


def _safe(name: str) -> str:
    """A name without folders and signs that a system refuses, its ending kept."""
    last = re.sub(r"[^\w.,()+ -]", "_", name.replace("\\", "/").rsplit("/", 1)[-1]).strip(" .") or "file"
    stem, dot, ending = last.rpartition(".")
    return f"{stem[:100]}.{ending[:20]}" if dot and stem else last[:100]
