"""`python -m inspectors prune`: old runs go, and the room they took is given back to the disk."""

from __future__ import annotations

import argparse
import re
import sys
import time
from pathlib import Path

from inspectors.commands.chosen import BAD_INPUT, BadInput
from inspectors.runner.kept_files import kept_folder
from inspectors.runner.processes import is_alive
from inspectors.settings import read_settings
from inspectors.store import Store, StoreRefused
from inspectors.store.pruning import Limits, Pruned

EPILOG = (
    "Give at least one of --older-than, --keep and --max-size. --older-than deletes the runs that ended so long ago; "
    "--max-size deletes the oldest until the database and its files take no more than that; --keep protects the newest "
    "runs from both, and alone deletes all others. Runs that go on or wait for a person always stay, and so do "
    "interrupted ones that could still be resumed, unless --with-interrupted is given. A run goes with the runs it "
    "started. It may be used while servers run and runs are recorded."
)
_AGES = {"s": 1, "min": 60, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
_SIZES = {"": 1, "b": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}
_NUMBER = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([a-zA-Z]*)\s*")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `prune`."""
    parser.add_argument("--older-than", metavar="AGE", help="such as 12h, 30d or 4w: runs that ended longer ago go")
    parser.add_argument("--keep", metavar="N", help="the newest N runs that have ended stay")
    parser.add_argument("--max-size", metavar="SIZE", help="such as 500MB or 2GB: the oldest runs go until it fits")
    parser.add_argument(
        "--with-interrupted", action="store_true", help="interrupted runs that could still be resumed go, too"
    )
    parser.add_argument("--dry-run", action="store_true", help="only say what would be deleted")


def main(arguments: argparse.Namespace) -> int:
    """Prune the database; says what was deleted. Returns 0, or 2 if nothing could be."""
    try:
        limits = _limits(arguments)
        database = read_settings([]).database
        if not database.exists():
            raise BadInput(f"There is no database {database}. Set STEPSCOPE_DB to the one that is meant.")
        store = Store(database)
    except (BadInput, StoreRefused) as error:
        print(error, file=sys.stderr)
        return BAD_INPUT
    try:
        print(_prune(store, limits, arguments.dry_run))
    except StoreRefused as refused:
        print(f"{refused} What was deleted until then is gone.", file=sys.stderr)
        return BAD_INPUT
    finally:
        store.close()
    return 0


def _prune(store: Store, limits: Limits, dry: bool) -> str:
    folder = kept_folder(store.path)
    before, files = store.file_size(), _size_of(folder)
    pruned = store.prune(limits, dry, lambda: _size_of(folder) if dry else _forgotten(store, folder))
    if dry:
        return _sentences(pruned, "Would delete", f"about {_bytes(pruned.size)} would be given back", "")
    _forgotten(store, folder)
    hint = "" if store.gives_back() else _rewritten(store)
    after = store.file_size()
    freed = max(0, before - after) + max(0, files - _size_of(folder))
    said = _sentences(pruned, "Deleted", f"{_bytes(freed)} given back", hint)
    over = after + _size_of(folder)
    if limits.most_bytes is not None and over > limits.most_bytes:
        said += f" {_bytes(over)} are still in use, and no run that may go is left."
    return said


def _forgotten(store: Store, folder: Path) -> int:
    """Delete the kept files that no run names any more; gives the size of those that stay."""
    if _size_of(folder):
        from inspectors.forms.files import forget_files  # forms take long to import

        forget_files(folder, store.named_digests)
    return _size_of(folder)


def _rewritten(store: Store) -> str:
    """Rewrite a file of an earlier version, if nobody records now; a sentence if somebody does."""
    if any(is_alive(row.pid, row.process_started) for row in store.registered()):
        return (
            " This file was made by an earlier Stepscope: freed room is used for new runs, and given back once prune "
            "is run while nothing else uses it."
        )
    store.rewrite()
    return ""


def _sentences(pruned: Pruned, verb: str, freed: str, hint: str) -> str:
    left = f"{_runs(pruned.left)} {'stays' if pruned.left == 1 else 'stay'}."
    if pruned.runs:
        children = f" ({pruned.children:,} of them started by others)" if pruned.children else ""
        said = f"{verb} {_runs(pruned.runs)}{children}, {_days(pruned)}; {freed}. {left}"
    else:
        said = f"Nothing to delete. {left}"
    if pruned.resumable:
        were = "interrupted run stays, since it" if pruned.resumable == 1 else "interrupted runs stay, since they"
        said += f" {pruned.resumable:,} {were} can still be resumed; --with-interrupted deletes such runs, too."
    return said + hint


def _days(pruned: Pruned) -> str:
    first, last = (time.strftime("%Y-%m-%d", time.localtime(at or 0.0)) for at in (pruned.first, pruned.last))
    return f"ended on {first}" if first == last else f"ended from {first} to {last}"


def _runs(count: int) -> str:
    return f"{count:,} run" if count == 1 else f"{count:,} runs"


def _bytes(size: int) -> str:
    for unit, factor in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= factor:
            return f"{size / factor:.1f} {unit}"
    return f"{size} bytes"


def _size_of(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) if folder.is_dir() else 0


def _limits(arguments: argparse.Namespace) -> Limits:
    if arguments.older_than is None and arguments.keep is None and arguments.max_size is None:
        raise BadInput("Say what is to be deleted: give --older-than, --keep or --max-size, such as --older-than 30d.")
    keep = arguments.keep
    if keep is not None and not (keep.isascii() and keep.isdecimal()):
        raise BadInput(f"--keep {keep} is no number of runs, such as 100.")
    return Limits(
        older_than=None if arguments.older_than is None else time.time() - seconds_of(arguments.older_than),
        keep=None if keep is None else int(keep),
        most_bytes=None if arguments.max_size is None else bytes_of(arguments.max_size),
        with_interrupted=arguments.with_interrupted,
    )


def seconds_of(text: str) -> float:
    """`12h`, `30d`, `4w` in seconds. Raises BadInput."""
    found = _NUMBER.fullmatch(text)
    if found is None or found[2].lower() not in _AGES:
        raise BadInput(f"--older-than {text} is no age: a number and one of min, h, d or w, such as 30d.")
    return float(found[1]) * _AGES[found[2].lower()]


def bytes_of(text: str) -> int:
    """`500MB`, `2GB`, `1.5GiB` in bytes. Raises BadInput."""
    found = _NUMBER.fullmatch(text)
    unit = re.fullmatch(r"([kmgt]?)(i?)b?", found[2].lower()) if found else None
    if found is None or unit is None or (unit[2] and not unit[1]):
        raise BadInput(f"--max-size {text} is no size: a number and one of kB, MB or GB, such as 500MB.")
    factor = _SIZES[unit[1]] if not unit[2] else 1024 ** (" kmgt".index(unit[1]))
    return int(float(found[1]) * factor)
