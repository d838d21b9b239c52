"""Functions and coroutines that are handed to code that isn't read: pools, loops, threads, libraries."""

from __future__ import annotations

from inspectors.discovery.modules import Module, is_of_a_library
from inspectors.graph.annotations import is_event, is_workflow
from inspectors.graph.library import Given
from inspectors.graph.list_calls import ListCalls
from inspectors.graph.values import (
    UNKNOWN,
    ClassValue,
    ContextMethod,
    ContextValue,
    FunctionValue,
    Instance,
    Partial,
    Run,
    Sequence,
    Values,
    items_of,
    union,
)

_STARTED = {"create_task", "ensure_future", "run_until_complete"}
_RUN_AT = {
    "submit": 0, "run_in_executor": 1, "run_sync": 0, "to_thread": 0, "start_soon": 0, "call_soon": 0,
    "call_soon_threadsafe": 0, "call_later": 1,
}  # fmt: skip
"""Where methods of pools and loops take the function that they run."""


def leads_on(module: Module, owner: Instance | ClassValue | None, args: list[Values], words: dict[str, Values]) -> bool:
    """Whether code is worth following: of a library only what belongs to an agent or an event, or gets the context."""
    if not is_of_a_library(module) or (owner is not None and (is_workflow(owner.target) or is_event(owner.target))):
        return True
    return any(
        isinstance(value, (ContextValue, ContextMethod, FunctionValue, Run))
        for values in (*args, *words.values())
        for value in values
    )


class Handing(ListCalls):
    """Follows functions where others call them."""

    def _of_executor(self, name: str, given: Given) -> Values:
        """What a task group, a loop or a pool makes of the function or coroutine it is handed."""
        if name in _STARTED and given.args:
            return given.args[0]
        if name in ("enter_context", "enter_async_context") and given.args:
            return union(*(items_of([one]) if isinstance(one, Sequence) else (one,) for one in given.args[0]))
        place = _RUN_AT.get(name)
        if place is None or len(given.args) <= place:
            self.escape(given)
            return UNKNOWN
        line = given.call.lineno
        return union(*(self.invoke(one, given.args[place + 1 :], given.words, line) for one in given.args[place]))

    def escape(self, given: Given) -> None:
        """Functions handed to code that isn't read: it surely calls them, with what is handed over beside them."""
        placed = [(values, given.args[position + 1 :]) for position, values in enumerate(given.args)]
        for values, beside in [*placed, *((values, []) for values in given.words.values())]:
            for value in values:
                if isinstance(value, (FunctionValue, Partial, ContextMethod)):
                    self.invoke(value, beside, {}, given.call.lineno)

    def hand_over(self, args: list[Values], words: dict[str, Values], line: int) -> None:
        """An object of a class that isn't read is made with functions, as a thread is: it will call them."""
        given = Given.unread(args, dict(words), line)
        handed = given.words.pop("args", ())
        for value in handed:
            if isinstance(value, Sequence) and value.places is not None and "target" in words:
                for function in given.words.pop("target", ()):
                    self.invoke(function, list(value.places), {}, line)
        self.escape(given)
