"""Fan-out, joins, inheritance over files, free steps, subclass routing, two events of one name."""

import asyncio
from typing import Annotated, Generic, List, Optional, TypeVar, Union

import shared_parts as parts
import workflows
from shared_parts import KINDS, Base, Ping, Pong, broadcast
from workflows import Context, Workflow, step
from workflows.collect import Collect, Take
from workflows.events import Event, StartEvent, StopEvent

T = TypeVar("T")


class Result(Event):
    n: int = 0


class Item(Event):
    n: int = 0


class SpecialItem(Item):
    tag: str = "s"


class Summary(Event):
    total: int = 0


class Begin(StartEvent):
    names: List[str] = []


class End(StopEvent):
    total: int = 0


class FanList(Workflow):
    @step
    async def split(self, ev: Begin) -> list[Item]:
        return [Item(n=len(name)) for name in ev.names]

    @step
    async def each(self, ev: Item) -> Summary:
        return Summary(total=ev.n)

    @step
    async def join(self, evs: list[Summary]) -> End:
        return End(total=sum(e.total for e in evs))


class FanOptional(Workflow):
    @step
    async def split(self, ctx: Context, ev: Begin) -> List[Item] | End:
        if not ev.names:
            return End(total=0)
        out = []
        for name in ev.names:
            out += [Item(n=len(name))]
        return out

    @step
    async def each(self, ev: Item) -> Optional[Summary]:
        if ev.n == 0:
            return None
        return Summary(total=ev.n)

    @step
    async def join(self, evs: List[Summary]) -> End:
        return End(total=len(evs))


class FanMixed(Workflow):
    """Two kinds in one list."""

    @step
    async def split(self, ev: StartEvent) -> list[Item | Summary]:
        return [Item(n=1), Summary(total=2)]

    @step
    async def item(self, ev: Item) -> Result:
        return Result(n=ev.n)

    @step
    async def summary(self, ev: Summary) -> Result:
        return Result(n=ev.total)

    @step
    async def join(self, evs: Annotated[list[Result], Collect()]) -> StopEvent:
        return StopEvent(result=len(evs))


class FanRace(Workflow):
    @step
    async def split(self, ev: StartEvent) -> list[Item]:
        items = map(lambda n: Item(n=n), range(3))
        return list(items)

    @step(num_workers=8)
    async def each(self, ev: Item) -> Summary:
        await asyncio.sleep(0)
        return Summary(total=ev.n)

    @step
    async def first(self, evs: Annotated[list[Summary], Collect(cardinality=Take(n=1))]) -> StopEvent:
        return StopEvent(result=evs[0].total)


class JoinTwo(Workflow):
    @step
    async def left(self, ev: StartEvent) -> Item:
        return Item(n=1)

    @step
    async def right(self, ev: StartEvent) -> Summary:
        return Summary(total=2)

    @step
    async def both(self, ctx: Context, item: Item, summary: Summary) -> StopEvent:
        return StopEvent(result=item.n + summary.total)


class CollectKinds(Workflow):
    @step
    async def split(self, ctx: Context, ev: StartEvent) -> Union[Item, Summary, None]:
        for e in (Item(n=1), Item(n=2), Summary(total=3)):
            ctx.send_event(e)

    @step
    async def join(self, ctx: Context, ev: Union[Item, Summary]) -> Optional[StopEvent]:
        expected = [Item] * 2
        expected.append(Summary)
        data = ctx.collect_events(ev, expected)
        if data is None:
            return None
        *items, summary = data
        return StopEvent(result=summary.total + sum(i.n for i in items))


class CollectStream(Workflow):
    """What was collected is streamed again."""

    @step
    async def split(self, ctx: Context, ev: StartEvent) -> Item | None:
        for n in range(2):
            ctx.send_event(Item(n=n))

    @step
    async def join(self, ctx: Context, ev: Item) -> StopEvent | None:
        if (found := ctx.collect_events(ev, [Item, Item])) is not None:
            for e in found:
                ctx.write_event_to_stream(Result(n=e.n))
            return StopEvent()
        return None


class FromBase(Base):
    """Its base is in another file."""

    @step
    async def middle(self, ctx: Context, ev: Ping) -> StopEvent:
        return await self.close(ctx, ev.n)

    @step
    async def other(self, ctx: Context, ev: Pong) -> StopEvent:
        return await self.close(ctx, -ev.n)


class FromBasePong(FromBase):
    """Only an attribute differs."""

    opening = Pong


class ImportedHelpers(Workflow):
    """Helpers and constants of another file; two events named Result."""

    @step
    async def start(self, ctx: Context, ev: StartEvent) -> Ping | Pong | None:
        broadcast(ctx, Ping(n=1), parts.Pong(n=2))

    @step
    async def ping(self, ev: Ping) -> parts.Result:
        return parts.Result(n=ev.n)

    @step
    async def pong(self, ev: parts.Pong) -> Result:
        return Result(n=ev.n)

    @step
    async def join(self, ctx: Context, ev: Result | parts.Result) -> StopEvent | None:
        got = ctx.collect_events(ev, [Result, parts.Result])
        if got is None:
            return None
        return StopEvent(result=len(got))


class ImportedTable(Workflow):
    @step
    async def start(self, ev: StartEvent) -> Ping | Pong:
        return KINDS[ev.kind](n=parts.RETRIES)

    @step
    async def end(self, ev: Ping | Pong) -> StopEvent:
        return StopEvent(result=type(ev).__name__)


class SubclassRouting(Workflow):
    @step
    async def start(self, ctx: Context, ev: StartEvent) -> Item | SpecialItem | None:
        ctx.send_event(SpecialItem(n=1) if ev.get("special") else Item(n=2))

    @step(accept_event_subclasses=True)
    async def general(self, ctx: Context, ev: Item) -> StopEvent:
        if isinstance(ev, SpecialItem):
            ctx.write_event_to_stream(Result(n=1))
        else:
            ctx.write_event_to_stream(Summary())
        return StopEvent()


class SubclassApart(Workflow):
    """Without the option each class goes its own way."""

    @step
    async def start(self, ev: StartEvent) -> Item | SpecialItem:
        cls = SpecialItem if ev.get("special") else Item
        return cls(n=3)

    @step
    async def plain(self, ev: Item) -> StopEvent:
        return StopEvent(result="plain")

    @step
    async def special(self, ev: SpecialItem) -> StopEvent:
        return StopEvent(result="special")


class Free(workflows.Workflow):
    pass


@step(workflow=Free)
async def free_start(ev: StartEvent, ctx: Context) -> Item | None:
    ctx.send_event(Item(n=1), step="free_end")


@workflows.step(workflow=Free, num_workers=2)
async def free_end(ctx: Context, ev: Item) -> StopEvent:
    ctx.write_event_to_stream(Result())
    return StopEvent()


class Repository(Generic[T]):
    """Generic, and asked for what it makes."""

    def __init__(self, factory):
        self.factory = factory

    def build(self, n: int):
        return self.factory(n=n)


class GenericObject(Workflow):
    def __init__(self, **kw):
        super().__init__(**kw)
        self.items = Repository[Item](Item)
        self.results = Repository(factory=Result)

    @step
    async def start(self, ctx: Context, ev: StartEvent) -> Item:
        ctx.write_event_to_stream(self.results.build(1))
        return self.items.build(2)

    @step
    async def end(self, ev: Item) -> StopEvent:
        return StopEvent(result=ev.n)


class Pipeline(Workflow):
    """Stages in a loop over the input, an early end in the middle."""

    def _should_stop(self, n):
        return n > 5

    @step
    async def start(self, ev: StartEvent) -> Item:
        return Item(n=ev.n)

    @step
    async def check(self, ctx: Context, ev: Item) -> Summary | StopEvent:
        if self._should_stop(ev.n):
            await ctx.store.set("early", True)
            return StopEvent(result="early")
        total = 0
        for n in range(ev.n):
            if n % 2:
                continue
            total += n
        else:
            ctx.write_event_to_stream(Result(n=total))
        return Summary(total=total)

    @step
    async def finish(self, ev: Summary) -> StopEvent:
        return StopEvent(result=ev.total)


RUNS = {
    "FanList": [{"names": ["a", "bb"]}],
    "FanOptional": [{"names": ["a", "bb"]}, {"names": []}],
    "FanMixed": [{}],
    "FanRace": [{}],
    "JoinTwo": [{}],
    "CollectKinds": [{}],
    "CollectStream": [{}],
    "FromBase": [{}],
    "FromBasePong": [{}],
    "ImportedHelpers": [{}],
    "ImportedTable": [{"kind": "ping"}, {"kind": "pong"}],
    "SubclassRouting": [{}, {"special": 1}],
    "SubclassApart": [{}, {"special": 1}],
    "Free": [{}],
    "GenericObject": [{}],
    "Pipeline": [{"n": 3}, {"n": 9}],
}
