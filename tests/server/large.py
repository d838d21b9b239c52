"""A workflow whose events are too large to be recorded whole."""

from typing import Any

from workflows import Workflow, step
from workflows.events import Event, StartEvent, StopEvent


class Large(Event):
    """Carries anything."""

    value: Any = None


class LargeWorkflow(Workflow):
    """Hands something large on."""

    @step
    async def make(self, ev: StartEvent) -> Large:
        """A long text, many items, and a secret among them."""
        return Large(value={"text": "long é " * 100_000, "items": list(range(5_000)), "api_key": "sk-123"})

    @step
    async def end(self, ev: Large) -> StopEvent:
        """Be done with it."""
        return StopEvent(result=len(ev.value["text"]))
