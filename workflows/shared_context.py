"""Shares a value between steps through the Context, and copes when nobody has set it.

``ctx.store.get(name, default=None)`` gives None for what was never set; without a default it raises ValueError. Older
tutorials write ``ctx.set`` and ``ctx.get``. Use the Context for what several steps need, and events for what goes from
one step to the next.
"""

from typing import Any, ClassVar

from workflows import Context, Workflow, step
from workflows.events import Event, StartEvent, StopEvent


class OrderEvent(Event):
    """What to do next; who asked for it is not its business."""

    order: str


class SharedContextWorkflow(Workflow):
    """Remembers who asked in the Context, and greets a guest if nobody said.

    Clear `user_id` and run it again: the last step then finds None.
    """

    example_input: ClassVar[dict[str, Any]] = {"order": "a tide table for Sunday", "user_id": "user-123"}

    @step
    async def remember(self, ctx: Context, ev: StartEvent) -> OrderEvent:
        """Keep the user, if there is one, for whichever step needs it."""
        user_id = ev.get("user_id", None)
        if user_id:
            await ctx.store.set("user_id", user_id)
        return OrderEvent(order=ev.get("order", "nothing in particular"))

    @step
    async def answer(self, ctx: Context, ev: OrderEvent) -> StopEvent:
        """Read the user from the Context, with a default."""
        user_id = await ctx.store.get("user_id", default=None)
        name = "guest" if user_id is None else user_id
        return StopEvent(result=f"Hello {name}, you asked for {ev.order}.")
