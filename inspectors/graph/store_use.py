"""Which keys of `ctx.store` a step reads and writes, as its source says."""

from __future__ import annotations

import ast
import textwrap


def store_keys(source: str) -> tuple[list[str], list[str]]:
    """The keys read and written, each in source order; a key that isn't written out counts as "…".

    `async with ctx.store.edit_state()` changes the whole state: read and written as "the whole state".
    """
    try:
        tree = ast.parse(textwrap.dedent(source))
    except SyntaxError:
        return [], []
    reads: dict[str, None] = {}
    writes: dict[str, None] = {}
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    for call in sorted(calls, key=lambda one: (one.lineno, one.col_offset)):
        target = call.func
        if not isinstance(target, ast.Attribute) or not _is_store(target.value):
            continue
        if target.attr == "get":
            reads[_key(call)] = None
        elif target.attr == "set":
            writes[_key(call)] = None
        elif target.attr == "get_state":
            reads["the whole state"] = None
        elif target.attr in ("set_state", "edit_state", "clear"):
            writes["the whole state"] = None
    return list(reads), list(writes)


def _is_store(node: ast.expr) -> bool:
    """Whether this is `<something>.store`."""
    return isinstance(node, ast.Attribute) and node.attr == "store"


def _key(call: ast.Call) -> str:
    named = [keyword.value for keyword in call.keywords if keyword.arg == "path"]
    first = next(iter([*call.args, *named]), None)
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else "…"
