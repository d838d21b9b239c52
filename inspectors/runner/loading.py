"""Importing a user's file in a runner, and making instances of its workflows."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import inspect
import json
import linecache
import sys
import types
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from workflows import Workflow
from workflows.events import StartEvent

from inspectors.runner.cells import SUFFIXES, python_of
from inspectors.runner.constructors import Maker, NotRunnable, given_class


def import_file(file: Path, root: Path, dotted: str) -> types.ModuleType:
    """Import a user's file under Python's own dotted name, counted from `root`.

    A private name would double classes when a sibling imports the file, and runs would stall silently. Only if the name
    means another file (a module of the standard library, an installed package), an alias is used.
    """
    sys.path.insert(0, str(root))
    importlib.invalidate_caches()
    if file.suffix in SUFFIXES:
        return _import_cells(file, dotted)
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


def _import_cells(file: Path, dotted: str) -> types.ModuleType:
    """The definitions of a notebook or a Markdown file as a module; no other code of it runs."""
    try:
        text = python_of(file.name, file.read_text(encoding="utf-8-sig")).text
    except ValueError as error:
        raise NotRunnable(f"{error}.") from None
    module = types.ModuleType(dotted)
    module.__file__ = str(file)
    # So that tracebacks and inspect.getsource show these lines and not those of the file.
    linecache.cache[str(file)] = len(text), None, text.splitlines(keepends=True), str(file)
    sys.modules[dotted] = module
    exec(compile(text, str(file), "exec", dont_inherit=True), module.__dict__)
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


def made_workflows(module: types.ModuleType) -> dict[str, tuple[type[Workflow], Any]]:
    """Workflows that a module makes of classes from elsewhere: name -> class, and the instance or function.

    Names with an underscore are left out, as discovery does: they are parts of something else.
    """
    found: dict[str, tuple[type[Workflow], Any]] = {}
    for name, value in vars(module).items():
        cls = type(value) if isinstance(value, Workflow) else None
        if inspect.isfunction(value) and value.__module__ == module.__name__:
            cls = given_class(value)
        if cls is not None and cls.__module__ != module.__name__ and not name.startswith("_"):
            found[name] = cls, value
    return found


def start_class(cls: type[Workflow]) -> type[StartEvent] | None:
    """The start event that a workflow's steps take, known without an instance; None if none or several do."""
    steps = cls._get_steps_from_class().values()
    taken = {event for step in steps for event in step._step_config.accepted_events if inspect.isclass(event)}
    found = [event for event in taken if issubclass(event, StartEvent)]
    return found[0] if len(found) == 1 else None


def start_event(cls: type[StartEvent], values: Mapping[str, Any]) -> StartEvent:
    """The event that starts a run with these values, as `Workflow.run` makes it.

    `run` of LlamaIndex's agents gives their start event what it is not asked for, too; without, it can't be saved.
    """
    if any(f"{base.__module__}.{base.__name__}" == _AGENTS_START for base in cls.__mro__):
        values = {"user_msg": None, "chat_history": None, "max_iterations": None, **values}
    return cls(**values)


_AGENTS_START = "llama_index.core.agent.workflow.workflow_events.AgentWorkflowStartEvent"


class Instances:
    """One instance per class, arguments and options, so that a cache on `self` lives across runs.

    The last few are kept: whoever tries many arguments must not fill the memory with indexes.
    """

    KEPT = 16

    def __init__(self, module: types.ModuleType, root: str | Path) -> None:
        self._module = module
        self._root = root
        self._makers: dict[str, Maker] = {}
        self._made: OrderedDict[str, Workflow] = OrderedDict()
        self._authors_timeout: WeakKeyDictionary[Workflow, float | None] = WeakKeyDictionary()

    def maker(self, name: str) -> Maker:
        """How the class of this name is made. Raises NotRunnable if the file has none."""
        cls, made_by = workflow_classes(self._module).get(name), None
        if cls is None:
            cls, made_by = made_workflows(self._module).get(name, (None, None))
        if cls is None:
            raise NotRunnable(f"{self._module.__name__} has no workflow {name} any more.")
        if name not in self._makers:
            self._makers[name] = Maker(cls, self._module, self._root, (name, made_by) if made_by is not None else None)
        return self._makers[name]

    def get(
        self,
        name: str,
        timeout: float | None = None,
        verbose: bool = False,
        arguments: Mapping[str, Any] | None = None,
    ) -> Workflow:
        """The instance to run now; `timeout` in seconds, None for the author's. Raises NotRunnable or NotMade."""
        maker = self.maker(name)
        options = [] if maker.by_author else [timeout, verbose]
        key = json.dumps([name, arguments or {}, *options], sort_keys=True)
        if key not in self._made:
            self._made[key] = maker.make(arguments or {}, timeout, verbose)
            while len(self._made) > self.KEPT:
                self._made.popitem(last=False)
        self._made.move_to_end(key)
        workflow = self._made[key]
        self._limit(workflow, timeout)
        return workflow

    def _limit(self, workflow: Workflow, timeout: float | None) -> None:
        """Set the time limit where `__init__` or a factory has not: the engine has no public way."""
        authors = self._authors_timeout.setdefault(workflow, workflow._timeout)
        wanted = authors if timeout is None else timeout
        if workflow._timeout != wanted:
            workflow._timeout = wanted
            workflow._broker_config = None  # the engine keeps the limit of the first run in it
