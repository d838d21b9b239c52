"""Who makes objects of a class in its own file: what a constructor's caller hands in."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from inspectors.discovery.modules import Function, Module


@dataclass(frozen=True)
class Maker:
    """A call that may make an object: `Flow(child)`, or `super().__init__(child)` in a class of that kind."""

    call: ast.Call
    function: Function | None
    """The innermost function that holds it."""
    scope: str
    """The qualified name of the class whose method that is, or of the functions around."""
    is_super: bool


_index: dict[int, tuple[Module, dict[str, list[Maker]]]] = {}
_MOST_INDEXED = 500
_SUPER = "super().__init__"


def makers_of(module: Module, name: str) -> list[Maker]:
    """The calls of a file that may make an object of a class of this name, and those that a subclass hands up."""
    known = _index.get(id(module))
    if known is None or known[0] is not module:
        if len(_index) > _MOST_INDEXED:
            _index.clear()
        found: dict[str, list[Maker]] = {}
        for called, maker in _calls(module.tree, None, ""):
            found.setdefault(called, []).append(maker)
        known = _index[id(module)] = module, found
    return [*known[1].get(name, ()), *known[1].get(_SUPER, ())]


def handed(maker: Maker, function: Function, name: str) -> ast.expr | None:
    """What a call hands to a parameter of a constructor; None if nothing."""
    places = [one.arg for one in (*function.args.posonlyargs, *function.args.args)][1:]
    for place, expr in zip(places, maker.call.args, strict=False):
        if isinstance(expr, ast.Starred):
            break
        if place == name:
            return expr
    return next((word.value for word in maker.call.keywords if word.arg == name), None)


def _calls(node: ast.AST, function: Function | None, scope: str) -> Iterator[tuple[str, Maker]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef):
            yield from _calls(child, None, f"{scope}.{child.name}" if scope else child.name)
            continue
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
            # A method keeps the class's name, since names in it mean what they mean there.
            is_method = isinstance(node, ast.ClassDef)
            place = scope if is_method else f"{scope}.{child.name}.<locals>" if scope else f"{child.name}.<locals>"
            yield from _calls(child, child, place)
            continue
        if isinstance(child, ast.Call):
            func = child.func
            called = func.id if isinstance(func, ast.Name) else func.attr if isinstance(func, ast.Attribute) else ""
            is_super = called == "__init__" and isinstance(func, ast.Attribute) and isinstance(func.value, ast.Call)
            if is_super or called[:1].isupper():
                yield _SUPER if is_super else called, Maker(child, function, scope, is_super)
        yield from _calls(child, function, scope)
