"""What other files of the corpus import: events, a base, helpers and constants."""

from workflows import Context, Workflow, step
from workflows.events import Event, StartEvent, StopEvent


class Ping(Event):
    n: int = 0


class Pong(Event):
    n: int = 0


class Result(Event):
    """Has the same name as one of shapes.py."""

    n: int = 0


KINDS = {"ping": Ping, "pong": Pong}
RETRIES = 2


def broadcast(ctx: Context, *events):
    for e in events:
        ctx.send_event(e)


class Base(Workflow):
    """Opens and closes; what is between is the subclass's."""

    opening = Ping

    @step
    async def open(self, ev: StartEvent) -> Ping | Pong:
        return self.opening(n=1)

    async def close(self, ctx: Context, n: int) -> StopEvent:
        ctx.write_event_to_stream(Result(n=n))
        return StopEvent(result=n)


RUNS = {}
