"""What a runner says of the workflows it has imported: start schema, constructor, declared graph, and what is wrong."""

from __future__ import annotations

import types
from typing import Any

from workflows import Workflow

from inspectors.recording.errors import describe_error
from inspectors.recording.event_types import describe_type
from inspectors.runner.constructors import Maker, NotMade, NotRunnable
from inspectors.runner.loading import Instances, made_workflows, start_class, workflow_classes


def describe(module: types.ModuleType, instances: Instances, root: str = "") -> dict[str, Any]:
    """{"workflows": {name: {"start", "graph", "constructor", "timeout", "problem", "error", "code", "blocked"}}}.

    What can't be told is None. `constructor` is as of `Maker.describe`. `timeout` is the author's own in seconds, None
    for no limit; left out where only an instance could tell. `problem` is a sentence; `error` is what lies behind it,
    as records keep it (frames below the folder `root` are the user's own); `code` are lines that would mend it;
    `blocked` says that no arguments can help.
    """
    classes = {name: cls for name, (cls, _) in made_workflows(module).items()} | workflow_classes(module)
    return {"workflows": {name: _describe(cls, name, instances, root) for name, cls in classes.items()}}


def _describe(cls: type[Workflow], name: str, instances: Instances, root: str) -> dict[str, Any]:
    maker = instances.maker(name)
    start = start_class(cls)
    told: dict[str, Any] = {
        "start": describe_type(start) if start is not None else None,
        "graph": _graph(cls),
        "constructor": _constructor(maker),
        "problem": None,
        "error": None,
        "code": None,
        "blocked": False,
    }
    if maker.needs_arguments:
        return told
    try:
        workflow = instances.get(name)
        workflow.validate()
    except NotRunnable as error:
        return {**told, "problem": str(error), "code": error.code or None, "blocked": True}
    except Exception as error:  # user code: anything may be raised while a workflow is made
        raised = error.__cause__ if isinstance(error, NotMade) and error.__cause__ else error
        return {
            **told,
            "problem": f"{type(raised).__name__}: {raised}",
            "error": describe_error(raised, root),
            "blocked": not (isinstance(error, NotMade) and maker.parameters),
        }
    return {**told, "timeout": workflow._timeout}


def _constructor(maker: Maker) -> dict[str, Any] | None:
    try:
        return maker.describe()
    except Exception:  # a type whose own schema raises: the form from the source is shown alone
        return None


def _graph(cls: type[Workflow]) -> dict[str, Any] | None:
    from inspectors.graph.declared import declared_graph

    try:
        return declared_graph(cls)
    except Exception:  # the picture from the source is shown alone
        return None
