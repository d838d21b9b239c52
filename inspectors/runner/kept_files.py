"""Contents of files that a person gave to a form: kept beside the database, named in JSON, read back for the run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

MARK = "$file"
"""{"$file": path, "name", "size"} in an input or an answer stands for the bytes of that file."""


def kept_folder(database: str | Path) -> Path:
    """The folder of the files that belong to a database."""
    where = Path(database).absolute()
    return where.with_name(where.name + ".files")


def with_contents(value: Any, database: str | Path) -> Any:
    """JSON data with each kept file replaced by its bytes; a mark that names any other file stays as it is.

    Raises FileNotFoundError with a sentence if a kept file is gone.
    """
    if isinstance(value, list):
        return [with_contents(item, database) for item in value]
    if not isinstance(value, dict):
        return value
    named = value.get(MARK)
    if not isinstance(named, str) or "size" not in value:
        return {name: with_contents(item, database) for name, item in value.items()}
    path = Path(named)
    if not path.resolve().is_relative_to(kept_folder(database).resolve()):
        return value
    try:
        return path.read_bytes()
    except OSError:
        name = value.get("name") or path.name
        raise FileNotFoundError(f"The file {name} of this input is not kept any more. Choose it again.") from None
