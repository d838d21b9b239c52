"""What a runner says of the workflows it has imported: start schema, declared graph, and why one can't be run."""

from __future__ import annotations

import types
from typing import Any

from workflows import Workflow

from inspectors.recording.errors import describe_error
from inspectors.recording.event_types import describe_type
from inspectors.runner.loading import Instances, NotRunnable, workflow_classes


def describe(module: types.ModuleType, instances: Instances, root: str = "") -> dict[str, Any]:
    """{"workflows": {name: {"start", "graph", "timeout" in seconds, "problem", "error"}}}; what can't be told is None.

    `error` is what lies behind `problem`, as records keep it; frames below `root` (a folder) are the user's own.
    """
    return {
        "workflows": {name: _describe(cls, name, instances, root) for name, cls in workflow_classes(module).items()}
    }


def _describe(cls: type[Workflow], name: str, instances: Instances, root: str) -> dict[str, Any]:
    try:
        workflow = instances.get(name, None, False)
        workflow.validate()
    except Exception as error:  # user code: anything may be raised while a workflow is made
        return {
            "start": None,
            "graph": _graph(cls),
            "timeout": None,
            "problem": str(error) if isinstance(error, NotRunnable) else f"{type(error).__name__}: {error}",
            "error": None if isinstance(error, NotRunnable) else describe_error(error, root),
        }
    return {
        "start": describe_type(workflow.start_event_class),
        "graph": _graph(cls),
        "timeout": workflow._timeout,
        "problem": None,
        "error": None,
    }


def _graph(cls: type[Workflow]) -> dict[str, Any] | None:
    from inspectors.graph.declared import declared_graph

    try:
        return declared_graph(cls)
    except Exception:  # the picture from the source is shown alone
        return None
