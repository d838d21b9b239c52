"""The retry policy of a step in words, as far as its source shows it."""

from __future__ import annotations

import ast
import re

from inspectors.discovery.modules import Module
from inspectors.discovery.names import dotted_name
from inspectors.discovery.reads import literal

_DEFAULTS = {
    "ConstantDelayRetryPolicy": (3, 5.0),
    "ExponentialBackoffRetryPolicy": (5, None),
    "retry_policy": (3, 5.0),
}
"""The engine's own defaults: attempts, and the seconds between two if they are constant."""


def retry_text(module: Module, policy: ast.expr | None) -> str | None:
    """Such as "3 attempts, 1 s apart"; "retries" if the policy can't be told; None if there is none."""
    if isinstance(policy, ast.Name):
        policy = module.assigns.get(policy.id, policy)
    if policy is None or (isinstance(policy, ast.Constant) and policy.value is None):
        return None
    name = (dotted_name(policy.func) or "").rpartition(".")[2] if isinstance(policy, ast.Call) else ""
    if not isinstance(policy, ast.Call) or name not in _DEFAULTS:
        return "retries"
    attempts, delay = _DEFAULTS[name]
    options = {keyword.arg: keyword.value for keyword in policy.keywords if keyword.arg}
    if name == "retry_policy":
        positional = dict(zip(("retry", "wait", "stop"), policy.args, strict=False))
        options = {**positional, **options}
        attempts_found = _first_argument(options.get("stop"), "stop_after_attempt", attempts)
        delay = _first_argument(options.get("wait"), "wait_fixed", delay)
        return _words(attempts_found, delay)
    positional = dict(zip(("maximum_attempts", "delay"), policy.args, strict=False))
    if name == "ExponentialBackoffRetryPolicy":
        return _words(_number(options.get("maximum_attempts"), attempts), None)
    options = {**positional, **options}
    return _words(_number(options.get("maximum_attempts"), attempts), _number(options.get("delay"), delay))


def attempts_of(text: str | None) -> int | None:
    """The number of attempts that a text of `retry_text` names."""
    match = re.match(r"(\d+) attempt", text or "")
    return int(match.group(1)) if match else None


def _number(expr: ast.expr | None, default: float | None) -> float | None:
    if expr is None:
        return default
    value = literal(expr)[1]
    return value if isinstance(value, (int, float)) else None


def _first_argument(expr: ast.expr | None, function: str, default: float | None) -> float | None:
    """The first argument of `function(n)`; the default if there is no expression, None if it is another."""
    if expr is None:
        return default
    if isinstance(expr, ast.Call) and (dotted_name(expr.func) or "").rpartition(".")[2] == function:
        value = expr.args[0] if expr.args else expr.keywords[0].value if expr.keywords else None
        return _number(value, None)
    return None


def _words(attempts: float | None, delay: float | None) -> str:
    count = f"{int(attempts)} attempt{'' if attempts == 1 else 's'}" if attempts is not None else "retries"
    return f"{count}, {delay:g} s apart" if delay and attempts is not None else count
