"""Importing a user's file in a runner, and making instances of its workflows."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import inspect
import sys
import types
import typing
from pathlib import Path
from typing import Any

from workflows import Workflow


class NotRunnable(Exception):
    """A workflow can't be made; the message is a sentence for its author."""


def import_file(file: Path, root: Path, dotted: str) -> types.ModuleType:
    """Import a user's file under Python's own dotted name, counted from `root`.

    A private name would double classes when a sibling imports the file, and runs would stall silently. Only if the name
    means another file (a module of the standard library, an installed package), an alias is used.
    """
    sys.path.insert(0, str(root))
    importlib.invalidate_caches()
    try:
        spec = importlib.util.find_spec(dotted)
    except (ImportError, ValueError):
        spec = None
    if (
        spec is not None
        and spec.origin is not None
        and Path(spec.origin).resolve() == file.resolve()
        and dotted not in sys.modules
    ):
        return importlib.import_module(dotted)
    alias = f"{dotted.replace('.', '_')}_{hashlib.sha256(str(file).encode()).hexdigest()[:6]}"
    aliased = importlib.util.spec_from_file_location(alias, file)
    if aliased is None or aliased.loader is None:
        raise NotRunnable(f"{file} can't be imported: its name doesn't end in .py.")
    module = importlib.util.module_from_spec(aliased)
    sys.modules[alias] = module
    aliased.loader.exec_module(module)
    return module


def workflow_classes(module: types.ModuleType) -> dict[str, type[Workflow]]:
    """The workflow classes that a module defines, by name."""
    return {
        name: value
        for name, value in vars(module).items()
        if inspect.isclass(value)
        and issubclass(value, Workflow)
        and value is not Workflow
        and value.__module__ == module.__name__
    }


class Instances:
    """One instance per class and options, so that a cache on `self` lives across runs."""

    def __init__(self, module: types.ModuleType) -> None:
        self._module = module
        self._made: dict[tuple[str, float | None, bool], Workflow] = {}

    def get(self, name: str, timeout: float | None, verbose: bool) -> Workflow:
        """The instance to run; `timeout` in seconds, None for the author's. Raises NotRunnable, or as __init__."""
        key = (name, timeout, verbose)
        if key not in self._made:
            self._made[key] = self._make(name, timeout, verbose)
        return self._made[key]

    def _make(self, name: str, timeout: float | None, verbose: bool) -> Workflow:
        cls = workflow_classes(self._module).get(name)
        if cls is None:
            raise NotRunnable(f"{self._module.__name__} has no workflow {name} any more.")
        if not _needs_arguments(cls):
            workflow = cls(**_accepted(cls, timeout, verbose))
        else:
            workflow = self._made_by_author(cls)
        if timeout is not None and workflow._timeout != timeout:
            workflow._timeout = timeout  # an __init__ that doesn't hand it on; the engine has no public way
        return workflow

    def _made_by_author(self, cls: type[Workflow]) -> Workflow:
        values = list(vars(self._module).values())
        for value in values:
            if inspect.isfunction(value) and _returns(value) is cls and not _needs_arguments(value):
                values.insert(0, value())
                break
        for value in values:
            if type(value) is cls:
                made: Workflow = value
                return made
        missing = ", ".join(_required(cls))
        raise NotRunnable(
            f"{cls.__name__} needs {missing} to be made. Add a function to {Path(inspect.getfile(cls)).name} that "
            f"returns one, annotated `-> {cls.__name__}`, or an instance on module level."
        )


def _accepted(cls: type[Workflow], timeout: float | None, verbose: bool) -> dict[str, Any]:
    parameters = inspect.signature(cls).parameters
    takes_any = any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in parameters.values())
    wanted = {
        **({"timeout": timeout} if timeout is not None else {}),
        **({"verbose": True} if verbose else {}),
    }
    return {name: value for name, value in wanted.items() if takes_any or name in parameters}


def _required(function: Any) -> list[str]:
    return [
        parameter.name
        for parameter in inspect.signature(function).parameters.values()
        if parameter.default is inspect.Parameter.empty
        and parameter.kind not in (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
    ]


def _needs_arguments(function: Any) -> bool:
    return bool(_required(function))


def _returns(function: Any) -> Any:
    try:
        return typing.get_type_hints(function).get("return")
    except Exception:  # a hint may name what isn't imported
        return None
