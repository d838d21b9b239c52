"""Reports its progress while it works.

``ctx.write_event_to_stream`` shows an event to whoever watches the run. It wakes no step: to hand work to
another step, return an event or use ``ctx.send_event``.
"""

import asyncio
from typing import Any, ClassVar

from workflows import Context, Workflow, step
from workflows.events import Event, StartEvent, StopEvent


class ProgressEvent(Event):
    """One sentence for the person who waits."""

    message: str


class StreamingWorkflow(Workflow):
    """Reports its progress while it works.

    One step, two messages, about one second after each. Give a smaller `pace` (seconds) to hurry it.
    """

    example_input: ClassVar[dict[str, Any]] = {
        "query": "What is retrieval-augmented generation?",
        "pace": 1.0,
    }

    @step
    async def step1(self, ctx: Context, ev: StartEvent) -> StopEvent:
        """Say what is being done, do it, and answer."""
        pace = ev.get("pace", 1.0)
        ctx.write_event_to_stream(ProgressEvent(message="Step 1: Retrieving documents..."))
        await asyncio.sleep(pace)
        ctx.write_event_to_stream(ProgressEvent(message="Step 2: Generating answer..."))
        await asyncio.sleep(pace)
        return StopEvent(result=f"Final answer here for: {ev.get('query', 'test question')}")
