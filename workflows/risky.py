"""Two ways to live with a step that can fail: take another way, or try again and then give up.

`RiskyWorkflow` catches the error and goes on with a fallback. `RiskyFailsWorkflow` lets the engine try again
under a retry policy; the last error ends the run.
"""

import asyncio
from typing import Any, ClassVar

from workflows import Context, Workflow, step
from workflows.events import Event, StartEvent, StopEvent
from workflows.retry_policy import retry_policy, stop_after_attempt, wait_fixed


class SuccessEvent(Event):
    """The risky thing worked; `data` is what it gave."""

    data: str


class FallbackEvent(Event):
    """The risky thing failed; `error` says how."""

    error: str


async def do_risky_thing(source: str, fail: bool) -> str:
    """Read a price from `source`, or raise ConnectionError when `fail` is true. No network is used."""
    await asyncio.sleep(0.1)
    if fail:
        raise ConnectionError(f"{source} refused the connection")
    return f"{source} says 42.10"


class RiskyWorkflow(Workflow):
    """Tries something that can fail and falls back to a safe answer.

    Switch `fail` off to see the other branch.
    """

    example_input: ClassVar[dict[str, Any]] = {"source": "The price feed", "fail": True}

    @step
    async def risky_step(self, ctx: Context, ev: StartEvent) -> SuccessEvent | FallbackEvent:
        """Try it, and turn an error into an event: the run goes on either way."""
        try:
            result = await do_risky_thing(ev.get("source", "The price feed"), ev.get("fail", True))
            return SuccessEvent(data=result)
        except ConnectionError as error:
            return FallbackEvent(error=str(error))

    @step
    async def use_result(self, ctx: Context, ev: SuccessEvent) -> StopEvent:
        """Answer with what was read."""
        return StopEvent(result=f"Fresh: {ev.data}.")

    @step
    async def use_fallback(self, ctx: Context, ev: FallbackEvent) -> StopEvent:
        """Answer with yesterday's value and say why."""
        return StopEvent(result=f"Yesterday's price is used, because: {ev.error}.")


class RiskyFailsWorkflow(Workflow):
    """Fails for good after three attempts, to show what a failure looks like.

    The engine waits 0.2 seconds between attempts. Switch `fail` off and the first attempt works.
    """

    example_input: ClassVar[dict[str, Any]] = {"source": "The price feed", "fail": True}

    @step(retry_policy=retry_policy(wait=wait_fixed(0.2), stop=stop_after_attempt(3)))
    async def risky_step(self, ctx: Context, ev: StartEvent) -> SuccessEvent:
        """Try it and let errors out: the retry policy decides whether the engine tries again."""
        result = await do_risky_thing(ev.get("source", "The price feed"), ev.get("fail", True))
        return SuccessEvent(data=result)

    @step
    async def use_result(self, ctx: Context, ev: SuccessEvent) -> StopEvent:
        """Answer with what was read."""
        return StopEvent(result=f"Fresh: {ev.data}.")
