"""Rules that source alone can tell, before anything runs. Silent where source doesn't say enough."""

from __future__ import annotations

from inspectors.diagnostics.model import Finding
from inspectors.discovery.model import WorkflowSource


def findings_in_source(source: WorkflowSource) -> list[Finding]:
    """What is surely wrong with a workflow, as its file is now."""
    return []
