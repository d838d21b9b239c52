"""A workflow whose page is open while its file changes: as the file is now, or as it last could be read."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from inspectors.discovery.catalog import discover
from inspectors.discovery.model import Problem, WorkflowSource
from inspectors.discovery.versions import source_version

MISSING = "missing"
MOST_KEPT = 200

_lock = threading.Lock()
_last_good: OrderedDict[str, WorkflowSource] = OrderedDict()
"""Per id the newest reading that a page has shown."""


@dataclass(frozen=True)
class Reading:
    """What a page shows of a workflow."""

    source: WorkflowSource
    version: str
    """Of the file as it was when the reading began: see `shown_version`."""
    trouble: Problem | None = None
    """Why the file can't be read as it is now. `source` is then what was read before."""


def shown_version(file: str | Path, targets: Sequence[str] = ()) -> str:
    """`source_version`, but "missing" for a file that isn't there."""
    return source_version(file, targets) if Path(file).is_file() else MISSING


def read_again(known: WorkflowSource, targets: Sequence[str] = ()) -> Reading:
    """Read the file of a workflow anew; a file that hasn't changed is not parsed again."""
    version = shown_version(known.file, targets)
    if version == MISSING:
        return Reading(_kept(known), version, Problem(known.file, None, f"{known.file} is not there any more."))
    found = discover([known.file])
    plain_id = known.id.partition("@")[0]
    now = next((one for one in found.workflows if one.id.partition("@")[0] == plain_id), None)
    if now is not None:
        return Reading(_keep(replace(now, id=known.id, key=known.key)), version)
    name = Path(known.file).name
    # Where nothing can be read the catalog says why, with the line.
    unread = [one for one in found.problems if one.file == known.file and one.line and not found.workflows]
    gone = Problem(known.file, None, f"{name} has no workflow {known.name} any more.")
    return Reading(_kept(known), version, unread[0] if unread else gone)


def last_good(workflow_id: str) -> WorkflowSource | None:
    """What a page of this process last showed of a workflow that can't be found now."""
    with _lock:
        return _last_good.get(workflow_id)


def _keep(source: WorkflowSource) -> WorkflowSource:
    with _lock:
        _last_good[source.id] = source
        _last_good.move_to_end(source.id)
        while len(_last_good) > MOST_KEPT:
            _last_good.popitem(last=False)
    return source


def _kept(known: WorkflowSource) -> WorkflowSource:
    with _lock:
        return _last_good.get(known.id, known)
