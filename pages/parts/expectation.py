"""What to expect of a run, from earlier ones: how long until it ends, or until it first asks a person."""

from __future__ import annotations

from inspectors.discovery import WorkflowSource
from inspectors.trace.earlier_runs import expected
from inspectors.workbench import Workbench
from parts.words import duration, plural


def expectation(wb: Workbench, source: WorkflowSource) -> str:
    """`Usually 2.1 s to the first pause (5 runs)`; "" without runs."""
    found = expected(wb.store, source.name, source.file)
    if found.pause_seconds is not None:
        return f"Usually {duration(found.pause_seconds)} to the first pause ({plural(found.pauses, 'run')})"
    if found.seconds is not None:
        return f"Usually {duration(found.seconds)} ({plural(found.runs, 'run')})"
    return ""
