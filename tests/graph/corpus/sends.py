"""Spellings of `ctx.send_event`."""

import asyncio
import collections
import functools
import itertools
import operator
from typing import Dict, List, Optional, Type, Union

from workflows import Context, Workflow, step
from workflows.events import Event, StartEvent, StopEvent


class Job(Event):
    n: int = 0


class Other(Event):
    n: int = 0


class Done(Event):
    n: int = 0


class _Base(Workflow):
    """Works on jobs and ends when all are in."""

    @step
    async def work(self, ev: Job) -> Done:
        return Done(n=ev.n)

    @step
    async def finish(self, ctx: Context, ev: Done) -> StopEvent | None:
        wanted = await ctx.store.get("wanted", default=1)
        got = ctx.collect_events(ev, [Done] * wanted)
        if got is None:
            return None
        return StopEvent(result=len(got))


class SendOne(_Base):
    @step
    async def start(self, ctx: Context, ev: StartEvent) -> Job | None:
        ctx.send_event(Job(n=1))
        return None


class SendLocal(_Base):
    @step
    async def start(self, ctx: Context, ev: StartEvent) -> Optional[Job]:
        job = Job(n=1)
        again = job
        ctx.send_event(again)


class SendLoop(_Base):
    @step
    async def start(self, ctx: Context, ev: StartEvent) -> Union[Job, None]:
        await ctx.store.set("wanted", 3)
        for i in range(3):
            ctx.send_event(Job(n=i))


class SendWhile(_Base):
    @step
    async def start(self, ctx: Context, ev: StartEvent) -> Job | None:
        await ctx.store.set("wanted", 2)
        i = 0
        while i < 2:
            ctx.send_event(Job(n=i))
            i += 1
        return


class SendWhileTrue(_Base):
    @step
    async def start(self, ctx: Context, ev: StartEvent) -> Job | None:
        await ctx.store.set("wanted", 2)
        stack = [1, 2]
        while True:
            if not stack:
                break
            ctx.send_event(Job(n=stack.pop()))


class SendComprehension(_Base):
    @step
    async def start(self, ctx: Context, ev: StartEvent) -> Job | None:
        await ctx.store.set("wanted", 4)
        [ctx.send_event(Job(n=i)) for i in range(4)]


class SendBuiltList(_Base):
    @step
    async def start(self, ctx: Context, ev: StartEvent) -> Job | None:
        jobs: List[Job] = []
        for i in range(ev.get("n", 2)):
            jobs.append(Job(n=i))
        await ctx.store.set("wanted", len(jobs))
        for j in jobs:
            ctx.send_event(j)


class SendListComp(_Base):
    @step
    async def start(self, ctx: Context, ev: StartEvent) -> Job | None:
        todo = [Job(n=i) for i in range(2)] + [Job(n=9)]
        await ctx.store.set("wanted", len(todo))
        for index, item in enumerate(todo):
            ctx.send_event(item)


class SendMap(_Base):
    @step
    async def start(self, ctx: Context, ev: StartEvent) -> Job | None:
        await ctx.store.set("wanted", 2)
        list(map(ctx.send_event, (Job(n=1), Job(n=2))))


class SendLambda(_Base):
    @step
    async def start(self, ctx: Context, ev: StartEvent) -> Job | None:
        await ctx.store.set("wanted", 2)
        emit = lambda n: ctx.send_event(Job(n=n))  # noqa: E731
        emit(1)
        emit(2)


class SendBoundMethod(_Base):
    @step
    async def start(self, ctx: Context, ev: StartEvent) -> Job | None:
        send = ctx.send_event
        send(Job(n=1))


class SendPartial(_Base):
    @step
    async def start(self, ctx: Context, ev: StartEvent) -> Job | None:
        push = functools.partial(ctx.send_event, step="work")
        push(Job(n=3))


class SendToStep(_Base):
    @step
    async def start(self, ctx: Context, ev: StartEvent) -> Job | None:
        target = "work"
        ctx.send_event(message=Job(n=5), step=target)


class SendGather(_Base):
    async def emit(self, ctx, n):
        await asyncio.sleep(0)
        ctx.send_event(Job(n=n))

    @step
    async def start(self, ctx: Context, ev: StartEvent) -> Job | None:
        await ctx.store.set("wanted", 2)
        await asyncio.gather(self.emit(ctx, 1), self.emit(ctx, 2))


class SendTasks(_Base):
    @step
    async def start(self, ctx: Context, ev: StartEvent) -> Job | None:
        await ctx.store.set("wanted", 2)

        async def one(k):
            ctx.send_event(Job(n=k))

        tasks = [asyncio.create_task(one(k)) for k in (1, 2)]
        for t in asyncio.as_completed(tasks):
            await t


class SendFromCompleted(_Base):
    async def fetch(self, k):
        await asyncio.sleep(0)
        return Job(n=k)

    @step
    async def start(self, ctx: Context, ev: StartEvent) -> Job | None:
        await ctx.store.set("wanted", 2)
        for coro in asyncio.as_completed([self.fetch(k) for k in range(2)]):
            job = await coro
            ctx.send_event(job)


class SendResults(_Base):
    async def fetch(self, k) -> Job:
        return Job(n=k)

    @step
    async def start(self, ctx: Context, ev: StartEvent) -> Job | None:
        results = await asyncio.gather(*(self.fetch(k) for k in range(3)), return_exceptions=True)
        await ctx.store.set("wanted", len(results))
        for result in results:
            if isinstance(result, Exception):
                continue
            ctx.send_event(result)


class SendModuleHelper(_Base):
    @step
    async def start(self, ctx: Context, ev: StartEvent) -> Job | None:
        await ctx.store.set("wanted", 2)
        dispatch(ctx, 2)


def dispatch(context, count, maker=None):
    maker = maker or make_job
    for i in range(count):
        context.send_event(maker(i))


def make_job(i):
    return Job(n=i)


class SendHelperOfHelper(_Base):
    def _outer(self, c, items):
        for item in items:
            self._inner(c, item)

    def _inner(self, c, item):
        c.send_event(Job(n=item))

    @step
    async def start(self, ctx: Context, ev: StartEvent) -> Job | None:
        await ctx.store.set("wanted", 2)
        self._outer(ctx, [1, 2])


class SendGenerator(_Base):
    def jobs(self):
        yield Job(n=1)
        yield Job(n=2)

    @step
    async def start(self, ctx: Context, ev: StartEvent) -> Job | None:
        await ctx.store.set("wanted", 2)
        for job in self.jobs():
            ctx.send_event(job)


class SendAsyncGenerator(_Base):
    async def jobs(self):
        for n in range(2):
            yield Job(n=n)

    @step
    async def start(self, ctx: Context, ev: StartEvent) -> Job | None:
        await ctx.store.set("wanted", 2)
        async for job in self.jobs():
            ctx.send_event(job)


class SendFromDict(_Base):
    @step
    async def start(self, ctx: Context, ev: StartEvent) -> Job | None:
        plan: Dict[str, Job] = {"a": Job(n=1), "b": Job(n=2)}
        await ctx.store.set("wanted", len(plan))
        for name, job in plan.items():
            ctx.send_event(job)


class SendFromDeque(_Base):
    @step
    async def start(self, ctx: Context, ev: StartEvent) -> Job | None:
        queue = collections.deque([Job(n=1)])
        queue.append(Job(n=2))
        await ctx.store.set("wanted", len(queue))
        while queue:
            ctx.send_event(queue.popleft())


class SendFromAsyncQueue(_Base):
    @step
    async def start(self, ctx: Context, ev: StartEvent) -> Job | None:
        q: asyncio.Queue = asyncio.Queue()
        await q.put(Job(n=1))
        q.put_nowait(Job(n=2))
        await ctx.store.set("wanted", 2)
        while not q.empty():
            ctx.send_event(await q.get())


class SendChain(_Base):
    @step
    async def start(self, ctx: Context, ev: StartEvent) -> Job | None:
        await ctx.store.set("wanted", 3)
        for job in itertools.chain([Job(n=1)], (Job(n=i) for i in (2, 3))):
            ctx.send_event(job)


class SendZip(_Base):
    @step
    async def start(self, ctx: Context, ev: StartEvent) -> Job | None:
        await ctx.store.set("wanted", 2)
        for n, cls in zip([1, 2], [Job, Job]):
            ctx.send_event(cls(n=n))


class SendAttribute(_Base):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.pending = []

    def _queue(self, n):
        self.pending.append(Job(n=n))

    @step
    async def start(self, ctx: Context, ev: StartEvent) -> Job | None:
        self._queue(1)
        for job in self.pending:
            ctx.send_event(job)


class SendStored(_Base):
    @step
    async def start(self, ctx: Context, ev: StartEvent) -> Other:
        await ctx.store.set("todo", [Job(n=1), Job(n=2)])
        await ctx.store.set("wanted", 2)
        return Other()

    @step
    async def spread(self, ctx: Context, ev: Other) -> Job | None:
        for job in await ctx.store.get("todo"):
            ctx.send_event(job)


class Envelope(Event):
    inner: Event


class SendWrapped(_Base):
    @step
    async def start(self, ev: StartEvent) -> Envelope:
        return Envelope(inner=Job(n=4))

    @step
    async def unwrap(self, ctx: Context, ev: Envelope) -> Job | None:
        ctx.send_event(ev.inner)


class SendClassParam(_Base):
    def _make(self, cls: Type[Event], n: int) -> Event:
        return cls(n=n)

    @step
    async def start(self, ctx: Context, ev: StartEvent) -> Job | None:
        ctx.send_event(self._make(Job, 1))


class SendConditional(_Base):
    @step
    async def start(self, ctx: Context, ev: StartEvent) -> Job | Other | None:
        if ev.get("other"):
            ctx.send_event(Other(n=1))
        else:
            ctx.send_event(Job(n=1))

    @step
    async def other(self, ev: Other) -> Done:
        return Done()


class SendTernary(_Base):
    @step
    async def start(self, ctx: Context, ev: StartEvent) -> Job | Other | None:
        ctx.send_event(Other() if ev.get("other") else Job())

    @step
    async def other(self, ev: Other) -> Done:
        return Done()


class SendSelfLoop(Workflow):
    @step
    async def count(self, ctx: Context, ev: StartEvent | Job) -> Job | StopEvent | None:
        n = ev.n if isinstance(ev, Job) else 0
        if n < 3:
            ctx.send_event(Job(n=n + 1))
            return None
        return StopEvent(result=n)


class SendReplace(_Base):
    @step
    async def start(self, ctx: Context, ev: StartEvent) -> Other:
        return Other(n=2)

    @step
    async def forward(self, ctx: Context, ev: Other) -> Job | None:
        event: Event = ev
        event = Job(n=event.n)
        ctx.send_event(event)


class SendTry(_Base):
    @step
    async def start(self, ctx: Context, ev: StartEvent) -> Job | Other | None:
        try:
            value = 1 / ev.get("divisor", 1)
        except ZeroDivisionError:
            ctx.send_event(Other())
        else:
            ctx.send_event(Job(n=int(value)))

    @step
    async def other(self, ev: Other) -> Done:
        return Done()


class SendBatches(_Base):
    batch = 2

    @step
    async def start(self, ctx: Context, ev: StartEvent) -> Job | None:
        items = list(range(5))
        await ctx.store.set("wanted", len(items))
        for i in range(0, len(items), self.batch):
            for item in items[i : i + self.batch]:
                ctx.send_event(Job(n=item))


class SendWithState(Workflow):
    @step
    async def begin(self, ctx: Context, ev: StartEvent) -> Job | Other | None:
        async with ctx.store.edit_state() as state:
            state["n"] = 2
        ctx.send_event(Job())
        ctx.send_event(Other())

    @step
    async def a(self, ctx: Context, ev: Job) -> Done:
        return Done(n=1)

    @step
    async def b(self, ctx: Context, ev: Other) -> Done:
        return Done(n=2)

    @step
    async def c(self, ctx: Context, ev: Done) -> StopEvent | None:
        n = await ctx.store.get("n")
        res = ctx.collect_events(ev, expected=[Done] * n, buffer_id="all")
        return StopEvent(result=sum(map(operator.attrgetter("n"), res))) if res else None


RUNS = {
    name: [{}]
    for name, cls in list(globals().items())
    if isinstance(cls, type) and issubclass(cls, Workflow) and name not in ("Workflow", "_Base")
}
RUNS |= {"SendConditional": [{}, {"other": 1}], "SendTernary": [{}, {"other": 1}], "SendTry": [{}, {"divisor": 0}]}
