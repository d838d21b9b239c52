"""What a name in source means: which class of which module, and what that class inherits from."""

from __future__ import annotations

import ast
import builtins
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache

from inspectors.discovery.modules import (
    Function,
    Module,
    functions_around,
    installed_module,
    local_module,
    read_module,
)

ENGINE_MODULES = {
    "workflows.workflow": ["Workflow"],
    "workflows.context.context": ["Context"],
    "workflows.decorators": ["step", "catch_error"],
    "workflows.resource": ["Resource", "ResourceConfig"],
    "workflows.collect": ["Collect", "All", "Take"],
    "workflows.events": [
        "Event", "StartEvent", "StopEvent", "InputRequiredEvent", "HumanResponseEvent", "StepFailedEvent",
        "CollectionReleaseEvent", "InternalDispatchEvent", "WorkflowIdleEvent", "UnhandledEvent",
        "StepStateChanged", "WorkflowTimedOutEvent", "WorkflowCancelledEvent", "IdleReleasedEvent",
        "WorkflowFailedEvent",
    ],
    "llama_index.core.agent.workflow.workflow_events": [
        "AgentInput", "AgentSetup", "AgentStream", "AgentStreamStructuredOutput", "AgentOutput", "ToolCall",
        "ToolCallResult", "AgentWorkflowStartEvent",
    ],
}  # fmt: skip
"""Where the engine defines what it exports; ids use these modules however a name was imported."""

ENGINE_PACKAGES = ("workflows", "llama_index.core.workflow", "llama_index.core.agent.workflow")
_ENGINE_HOME = {name: module for module, names in ENGINE_MODULES.items() for name in names}
_ENGINE_PARENTS = {
    "Event": [],
    "WorkflowIdleEvent": ["InternalDispatchEvent"],
    "UnhandledEvent": ["InternalDispatchEvent"],
    "StepStateChanged": ["InternalDispatchEvent"],
    "WorkflowTimedOutEvent": ["StopEvent"],
    "WorkflowCancelledEvent": ["StopEvent"],
    "IdleReleasedEvent": ["StopEvent"],
    "WorkflowFailedEvent": ["StopEvent"],
    "AgentWorkflowStartEvent": ["StartEvent"],
}
_DEPTH = 20
"""How many aliases and re-exports are followed: a circle of them must end."""


@dataclass(frozen=True)
class Target:
    """What a name means. `node` is its definition if it was found in a file."""

    module: str
    """The dotted module that defines it; for the engine's own the defining one."""
    qualname: str
    source: Module | None = field(default=None, compare=False, repr=False)
    node: ast.ClassDef | Function | None = field(default=None, compare=False, repr=False)
    engine: bool = False
    known: bool = True
    """False if the name is bound nowhere in the file."""

    def __hash__(self) -> int:
        # Hashed for every event that a step makes; the names alone tell nearly all targets apart.
        return hash((self.module, self.qualname))

    @cached_property
    def name(self) -> str:
        """The last part of the qualified name."""
        return self.qualname.rpartition(".")[2]

    @cached_property
    def dotted(self) -> str:
        """`module.qualname`, the part of a node id after its kind."""
        return f"{self.module}.{self.qualname}" if self.module else self.qualname

    def is_engine(self, *names: str) -> bool:
        """Whether this is one of the engine's own names, such as "Context"."""
        return self.engine and self.qualname in names


@lru_cache
def engine_target(name: str) -> Target:
    """The engine's own class or function of that name."""
    return Target(_ENGINE_HOME[name], name, engine=True)


def dotted_name(expr: ast.expr) -> str | None:
    """`a.b.c` of a Name or Attribute; the bare class of `Generic[...]`; None for anything else."""
    parts: list[str] = []
    while isinstance(expr, ast.Subscript):
        expr = expr.value
    while isinstance(expr, ast.Attribute):
        parts.insert(0, expr.attr)
        expr = expr.value
    return ".".join([expr.id, *parts]) if isinstance(expr, ast.Name) else None


def resolve(module: Module, expr: ast.expr | str, scope: str = "") -> Target | None:
    """What an expression (or dotted name) means in a file; None if it is no name.

    `scope` is the qualified name of the class whose body holds the expression, for classes nested in it.
    A name that is bound nowhere is taken as one of the file itself, with `known=False`.
    """
    dotted = expr if isinstance(expr, str) else dotted_name(expr)
    if not dotted:
        return None
    key = id(module), dotted, scope
    known = _resolved.get(key)
    if known is None or known[0] is not module:
        if len(_resolved) > _MOST_KEPT:
            _resolved.clear()
        known = _resolved[key] = module, _resolve(module, dotted, scope)
    return known[1]


_resolved: dict[tuple[int, str, str], tuple[Module, Target | None]] = {}
_constants: dict[tuple[int, str], tuple[Module, tuple[Module, ast.expr] | None]] = {}
_MOST_KEPT = 200_000
_reading = [object()]
"""Changed by `forget_names`: a lineage that was read before doesn't count any more."""


def forget_names() -> None:
    """Look names up anew: a file that others import from may have changed."""
    _resolved.clear()
    _constants.clear()
    _reading[0] = object()


def _resolve(module: Module, dotted: str, scope: str) -> Target | None:
    if scope and f"{scope}.{dotted}" in module.classes:
        return _of_module(module, f"{scope}.{dotted}", _DEPTH)
    for name in functions_around(scope):
        if f"{name}.<locals>.{dotted}" in module.classes:
            return _of_module(module, f"{name}.<locals>.{dotted}", _DEPTH)
    found = _of_module(module, dotted, _DEPTH)
    if found:
        return found
    head = dotted.split(".")[0]
    if hasattr(builtins, head):
        return Target("builtins", dotted)
    return Target(module.name, dotted, known=False)


def constant_of(module: Module, dotted: str) -> tuple[Module, ast.expr] | None:
    """What a name is set to on module level, here or in the local file it is imported from, with that file."""
    key = id(module), dotted
    known = _constants.get(key)
    if known is None or known[0] is not module:
        if len(_constants) > _MOST_KEPT:
            _constants.clear()
        known = _constants[key] = module, _constant(module, dotted, _DEPTH)
    return known[1]


def _constant(module: Module, dotted: str, depth: int) -> tuple[Module, ast.expr] | None:
    head, _, rest = dotted.partition(".")
    if not rest and dotted in module.assigns:
        return module, module.assigns[dotted]
    places = [f"{module.imports[head]}.{rest}" if rest else module.imports[head]] if head in module.imports else []
    for full in places or [f"{star}.{dotted}" for star in module.stars]:
        parent, _, name = full.rpartition(".")
        inner = _imported(module, parent) if parent and depth else None
        found = _constant(inner, name, depth - 1) if inner else None
        if found:
            return found
    return None


def lineage(target: Target) -> tuple[Target, ...]:
    """A class and all it inherits from, nearest first, as far as source and knowledge of the engine reach."""
    return _kin(target)[1]


def _kin(target: Target) -> tuple[object, tuple[Target, ...], frozenset[str]]:
    """When it was read, the lineage, and the names of the engine's classes in it; kept with the target itself."""
    known: tuple[object, tuple[Target, ...], frozenset[str]] | None = target.__dict__.get("_kin")
    if known is None or known[0] is not _reading[0]:
        found = tuple(_lineage(target))
        known = _reading[0], found, frozenset(ancestor.qualname for ancestor in found if ancestor.engine)
        object.__setattr__(target, "_kin", known)
    return known


def _lineage(target: Target) -> list[Target]:
    found: list[Target] = []
    _ancestors(target, found, _DEPTH)
    seen: set[Target] = set()
    order: list[Target] = []
    # The last mention counts, as in Python's own order: a shared base comes after all that derive from it.
    for ancestor in reversed(found):
        if ancestor not in seen:
            seen.add(ancestor)
            order.insert(0, ancestor)
    return order


def inherits(target: Target, *engine_names: str) -> bool:
    """Whether a class is, or derives from, one of the engine's classes."""
    return not _kin(target)[2].isdisjoint(engine_names)


def is_foreign(target: Target) -> bool:
    """Whether this comes from an installed package that is not read: it may inherit from anything."""
    top = target.module.partition(".")[0]
    return (
        target.node is None
        and not target.engine
        and target.known
        and (top != "builtins" and top not in sys.stdlib_module_names)
    )


def classes_of(target: Target) -> Iterator[tuple[Module, ast.ClassDef]]:
    """The class definitions of a lineage that were found in files, nearest first."""
    for ancestor in lineage(target):
        if ancestor.source and isinstance(ancestor.node, ast.ClassDef):
            yield ancestor.source, ancestor.node


def _ancestors(target: Target, found: list[Target], depth: int) -> None:
    if not depth or len(found) > 500:
        return
    found.append(target)
    if target.engine:
        default = ["Event"] if _ENGINE_HOME.get(target.qualname, "").endswith("events") else []
        for parent in _ENGINE_PARENTS.get(target.qualname, default):
            _ancestors(engine_target(parent), found, depth - 1)
    elif target.source and isinstance(target.node, ast.ClassDef):
        outer = target.qualname.rpartition(".")[0]
        for base in target.node.bases:
            parent_target = resolve(target.source, base, outer)
            if parent_target and parent_target != target:
                _ancestors(parent_target, found, depth - 1)


def _of_module(module: Module, dotted: str, depth: int) -> Target | None:
    """What a dotted name means inside a file, or None if the file doesn't bind its first part."""
    if not depth:
        return None
    if dotted in module.classes:
        return Target(module.name, dotted, module, module.classes[dotted])
    if dotted in module.functions:
        return Target(module.name, dotted, module, module.functions[dotted])
    head, _, rest = dotted.partition(".")
    if head in module.assigns and head not in module.classes:
        alias = dotted_name(module.assigns[head])
        if alias and alias.split(".")[0] != head:
            return _of_module(module, f"{alias}.{rest}" if rest else alias, depth - 1)
    if head in module.imports:
        target = module.imports[head]
        return _absolute(module, f"{target}.{rest}" if rest else target, depth - 1)
    for star in module.stars:
        found = _absolute(module, f"{star}.{dotted}", depth - 1)
        if found and (found.engine or found.node):
            return found
    return None


def _absolute(module: Module, dotted: str, depth: int) -> Target | None:
    """What an absolute dotted name means, seen from a file: the engine's, a local file's, or foreign."""
    parent, _, name = dotted.rpartition(".")
    if name in _ENGINE_HOME and _is_engine_module(parent):
        return engine_target(name)
    parts = dotted.split(".")
    for length in range(len(parts) - 1, 0, -1):
        inner = _imported(module, ".".join(parts[:length]))
        if inner:
            found = _of_module(inner, ".".join(parts[length:]), depth)
            return found or Target(inner.name, ".".join(parts[length:]), known=False)
    return Target(parent, name)


def _imported(module: Module, dotted: str) -> Module | None:
    """The local file that an absolute import in a file loads, under the name it then has."""
    for root in (module.root, module.path.parent):
        path = local_module(dotted, root)
        if path and path != module.path:
            inner = read_module(path)
            # In a folder without `__init__.py` a file's own name is shorter than the one it is imported by.
            return inner if inner.name == dotted or root != module.root else replace(inner, name=dotted)
    return installed_module(dotted)


def _is_engine_module(dotted: str) -> bool:
    return any(dotted == package or dotted.startswith(package + ".") for package in ENGINE_PACKAGES)
