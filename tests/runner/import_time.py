"""Makes workflows while it is imported, and runs one then and there."""

import asyncio

from workflows import Workflow, step
from workflows.events import StartEvent, StopEvent
from workflows.plugins import basic_runtime


class Child(Workflow):
    """Doubles."""

    @step
    async def work(self, ev: StartEvent) -> StopEvent:
        """Double."""
        return StopEvent(result=ev.n * 2)


CHILD = Child()
APART = Child(runtime=basic_runtime)


async def tried() -> int:
    """The child at work."""
    return int(await CHILD.run(n=1))


SEEN = asyncio.run(tried())


class Parent(Workflow):
    """Runs the children of its module."""

    @step
    async def delegate(self, ev: StartEvent) -> StopEvent:
        """Run them."""
        return StopEvent(result=[SEEN, await CHILD.run(n=2), await APART.run(n=3)])
