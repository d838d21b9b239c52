"""What a step asks its context for: sends, streams, waits, collections, the store."""

from __future__ import annotations

from inspectors.discovery.names import Target
from inspectors.discovery.reads import written
from inspectors.graph.annotations import may_be_event
from inspectors.graph.attributes import Attributes
from inspectors.graph.facts import Collected, Untold, Wait
from inspectors.graph.frames import flat
from inspectors.graph.library import Given
from inspectors.graph.values import (
    NONE,
    UNKNOWN,
    ClassValue,
    Instance,
    Sequence,
    StoreValue,
    Unknown,
    Values,
    texts_of,
    union,
)

CONTEXT_METHODS = ("send_event", "write_event_to_stream", "wait_for_event", "collect_events")


class ContextCalls(Attributes):
    """Evaluates calls of the context and notes them as facts."""

    outer_line: int | None = None
    """The line of the step that called the helper we are in."""

    def _of_context(self, name: str, given: Given) -> Values:
        line = self.line(given.call.lineno)
        if name == "send_event":
            return self._send(given, line)
        if name == "write_event_to_stream":
            for value in given.get(0, "ev") or UNKNOWN:
                if isinstance(value, Instance) and may_be_event(value.target):
                    self.facts.streams.setdefault(value.target, line)
                elif isinstance(value, Unknown):
                    self._untold("streams", given, 0, "ev")
            return NONE
        if name == "wait_for_event":
            return self._wait(given, line)
        if name == "collect_events":
            return self._collect(given, line)
        if name in ("get", "set"):
            return self._of_store(name, given)
        return UNKNOWN

    def _send(self, given: Given, line: int) -> Values:
        addresses = texts_of(given.get(1, "step") or NONE) or [""]
        for value in given.get(0, "message") or UNKNOWN:
            if isinstance(value, Instance) and may_be_event(value.target):
                for address in addresses:
                    self.facts.lines.setdefault((value.target, address), line)
                    self.once({(value.target, address): 1})
            elif isinstance(value, Unknown):
                self._untold("sends", given, 0, "message")
        return NONE

    def once(self, counts: dict[tuple[Target, str], int | None]) -> None:
        """Count a send."""
        self.add(counts)

    def _wait(self, given: Given, line: int) -> Values:
        answers = [one.target for one in flat(given.get(0, "event_type") or ()) if isinstance(one, ClassValue)]
        prompts: list[Target | None] = []
        for value in given.get(1, "waiter_event") or ():
            if isinstance(value, Instance) and may_be_event(value.target):
                prompts.append(value.target)
            elif isinstance(value, Unknown):
                self._untold("prompts", given, 1, "waiter_event")
        if not answers:
            self._untold("waits", given, 0, "event_type")
        for answer in answers:
            for prompt in prompts or [None]:
                self.facts.waits.setdefault(Wait(answer, prompt, line))
        return tuple(Instance(answer, line) for answer in answers) or UNKNOWN

    def _collect(self, given: Given, line: int) -> Values:
        found: list[Values] = [NONE]
        for value in given.get(1, "expected") or ():
            if not isinstance(value, Sequence):
                continue
            targets = tuple(one.target for one, _ in value.items if isinstance(one, ClassValue))
            self.facts.collects.setdefault(Collected(targets, value.length, line))
            made = tuple(
                (Instance(one.target, line) if isinstance(one, ClassValue) else one, number)
                for one, number in value.items
            )
            places = None
            if value.places is not None:
                places = tuple(
                    tuple(Instance(one.target, line) if isinstance(one, ClassValue) else one for one in place)
                    for place in value.places
                )
            found.append((Sequence(made, value.length, places),))
        return union(*found) if len(found) > 1 else UNKNOWN

    def _of_store(self, name: str, given: Given) -> Values:
        if name == "edit_state":
            return (StoreValue(),)
        texts = texts_of(given.get(0, "path") or given.get(0, "key") or ())
        if name == "set" and texts:
            self.store(texts[0], given.get(1, "value") or UNKNOWN)
            return NONE
        if name == "get" and texts:
            default = given.get(1, "default") or ()
            return union(self.stored(texts[0]), default)
        return (StoreValue(),) if name == "get_state" else UNKNOWN

    def line(self, line: int) -> int:
        """The line of the step's own file: of the call, if we are in a helper."""
        return self.outer_line or line

    def _untold(self, kind: str, given: Given, position: int, name: str) -> None:
        call = given.call
        expr = call.args[position] if len(call.args) > position else None
        if expr is None:
            expr = next((keyword.value for keyword in call.keywords if keyword.arg == name), None)
        if expr is not None:
            self.facts.untold.setdefault(Untold(kind, self.line(call.lineno), written(expr)))
