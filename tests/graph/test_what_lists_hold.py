"""What a step keeps in lists, dicts, queues and objects before it shows it on its stream."""

import textwrap
from pathlib import Path

import pytest

from inspectors.discovery import discover

HEAD = """import asyncio
import copy
import functools
import heapq
import itertools
import random
from collections import defaultdict, deque
from dataclasses import dataclass

from workflows import Context, Workflow, step
from workflows.events import Event, StartEvent, StopEvent

class A(Event):
    x: str = ''

class B(Event):
    pass

class C(Event):
    pass

@dataclass
class Job:
    kind: str
    event: Event

class Stack:

    def __init__(self):
        self.items = []
        self.by = {}

    def push(self, item):
        self.items.append(item)

    def pop(self):
        return self.items.pop()

    def add(self, key, item):
        self.by[key] = item

class Flow(Workflow):

    def __init__(self, **k):
        super().__init__(**k)
        self.queue = []
        self.handlers = {}
        self.seen = deque(maxlen=3)

    def make(self, kind):
        if kind == 'a':
            return A()
        return B()

    def put(self, ctx, *events):
        for e in events:
            ctx.write_event_to_stream(e)

    def many(self, events: list[Event], more: Event | None=None):
        events.append(C())
        if more:
            events.append(more)
        return events

    def fill(self, into):
        into['a'] = A()
        into['b'] = B()

    @step
    async def go(self, ctx: Context, ev: StartEvent) -> StopEvent:
        show = ctx.write_event_to_stream
{body}
        return StopEvent()

    async def one_of(self, number):
        return A() if number else B()
"""

CASES = """
# ABC
kept = []
if ev.x:
    kept.append(A())
elif ev.y:
    kept.append(B())
kept.append(C())
for e in kept:
    show(e)

# ABC
kept = [A()]
kept.insert(0, B())
kept.extend([C()])
while kept:
    show(kept.pop(0))

# AB
kept = [A()]
if ev.x:
    kept = kept + [B()]
for i, e in enumerate(kept):
    show(e)

# AB
kept = [A()]
if ev.x:
    kept += [B()]
for i in range(len(kept)):
    show(kept[i])

# ABC
kept = {}
if ev.x:
    kept['a'] = A()
else:
    kept['b'] = B()
kept['c'] = C()
for k, e in kept.items():
    show(e)

# ABC
kept = set()
kept.add(A())
if ev.x:
    kept.add(B())
kept |= {C()}
for e in kept:
    show(e)

# AB
q = deque([A()])
if ev.x:
    q.appendleft(B())
while q:
    show(q.popleft())

# AB
q = asyncio.Queue()
await q.put(A())
if ev.x:
    q.put_nowait(B())
while not q.empty():
    show(await q.get())

# AB
self.queue.append(A())
if ev.x:
    self.queue.append(B())
for e in self.queue:
    show(e)

# AB
self.handlers['a'] = A
self.handlers['b'] = B
show(self.handlers[ev.kind]())

# AB
self.seen.append(A())
self.seen.append(B())
show(self.seen[-1])
show(self.seen[0])

# ABC
for e in self.many([A()], B()):
    show(e)

# AC
for e in self.many([A()]):
    show(e)

# AB
d = {}
self.fill(d)
for e in d.values():
    show(e)

# AB
jobs = [Job('a', A()), Job('b', B())]
for j in jobs:
    show(j.event)

# AB
jobs = []
jobs.append(Job('a', A()))
if ev.x:
    jobs.append(Job(kind='b', event=B()))
for j in sorted(jobs, key=lambda j: j.kind):
    show(j.event)

# AB
s = Stack()
s.push(A())
if ev.x:
    s.push(B())
show(s.pop())

# AB
s = Stack()
s.add('x', A())
s.add('y', B())
for e in s.by.values():
    show(e)

# AB
self.put(ctx, A(), B())

# AB
self.put(ctx, *[A(), B()])

# AB
show(self.make(random.choice(['a', 'b'])))

# AB
found = [self.make(k) for k in ev.kinds]
[show(e) for e in found if e]

# AB
found = list(map(self.make, ev.kinds))
for e in found:
    show(e)

# ABC
rows = [[A()], [B()]]
rows.append([C()])
for e in itertools.chain(*rows):
    show(e)

# AB
table = {'a': [A()], 'b': []}
table['b'].append(B())
for k in table:
    for e in table[k]:
        show(e)

# AB
table = defaultdict(list)
for k in ev.ks:
    table[k].append(A() if k else B())
for es in table.values():
    for e in es:
        show(e)

# AB
kept = dict(a=A())
kept = {**kept, 'b': B()}
for e in kept.values():
    show(e)

# AB
one, *rest = [A(), B(), B()]
show(one)
for e in rest:
    show(e)

# AB
(one, two), three = ((A(), B()), 3)
show(one)
show(two)

# AB
kept = []
while True:
    if ev.x:
        kept.append(A())
        continue
    kept.append(B())
    if ev.y:
        break
for e in kept:
    show(e)

# AB
last = None
for x in ev.xs:
    if last is not None:
        show(last)
    last = A() if x else B()

# AB
e = A()
try:
    ev.go()
except ValueError:
    e = B()
finally:
    show(e)

# AB
e = None
try:
    e = A()
    ev.go()
except ValueError as err:
    e = e or B()
show(e)

# A
e = A()
e2 = copy.deepcopy(e)
show(e2)

# A
e = A()
show(e.model_copy(update={'x': 1}))

# AB
heap = []
heapq.heappush(heap, (1, A()))
heapq.heappush(heap, (2, B()))
while heap:
    _, e = heapq.heappop(heap)
    show(e)

# AB
r = functools.reduce(lambda acc, x: acc + [x], [A(), B()], [])
for e in r:
    show(e)

# AB

def gen():
    yield A()
    if ev.x:
        yield B()
for e in gen():
    show(e)

# AB

async def gen():
    yield A()
    yield B()
async for e in gen():
    show(e)

# AB

def gen():
    yield from [A(), B()]
show(next(gen()))

# AB
e = next((x for x in [A(), B()] if x), None)
if e:
    show(e)

# AB
kept = [x for x in (A(), B(), None) if x is not None]
for e in reversed(kept):
    show(e)

# AB
e = A() if ev.x else None
e = e or B()
show(e)

# AB
kept: list[Event] = list()
kept.append(A())
kept.append(B())
for e in kept[:]:
    show(e)

# AB
kept = tuple()
kept += (A(),)
kept = (*kept, B())
for e in kept:
    show(e)

# AB
res = await asyncio.gather(*[self.one_of(i) for i in range(3)])
for r in res:
    show(r)

# AB
tasks = [asyncio.create_task(self.one_of(i)) for i in range(3)]
for t in asyncio.as_completed(tasks):
    r = await t
    show(r)

# AB
tasks = []
for i in range(3):
    tasks.append(asyncio.create_task(self.one_of(i)))
done, _ = await asyncio.wait(tasks)
for t in done:
    show(t.result())

# AB
async with asyncio.TaskGroup() as tg:
    ts = [tg.create_task(self.one_of(i)) for i in range(3)]
for t in ts:
    show(t.result())

# AB
st = {'events': []}
st['events'].append(A())
st['events'].append(B())
for e in st['events']:
    show(e)

# AB
st = {'n': {'m': A()}}
st['n']['k'] = B()
for e in st['n'].values():
    show(e)

# AB
kept = {'a': A}
kept.setdefault('b', B)
show(kept[ev.kind]())

# AB
cls = {'a': A, 'b': B}.get(ev.kind)
if cls is None:
    cls = A
show(cls(**ev.kw))

# AB
name = ev.kind
cls = globals()[name] if name in globals() else A
show(A())
show(B())

# AB
pairs = zip(['x', 'y'], [A(), B()])
for n, e in pairs:
    show(e)

# AB
lookup = dict(zip(['x', 'y'], [A(), B()]))
show(lookup['x'])
show(lookup['y'])

# AB
lookup = {k: v() for k, v in (('a', A), ('b', B))}
for e in lookup.values():
    show(e)

# AB
kept = [A()]
other = kept
other.append(B())
for e in kept:
    show(e)

# AB
kept = []
add = kept.append
add(A())
add(B())
for e in kept:
    show(e)

# AB
state = {'last': None}

def cb(e):
    state['last'] = e
cb(A())
show(state['last'])
cb(B())
show(state['last'])

# AB
buf = []

async def flush():
    while buf:
        show(buf.pop())
buf.append(A())
await flush()
buf.append(B())
await flush()

# AB
buf = []

async def flush():
    nonlocal buf
    for b in buf:
        show(b)
    buf = []
buf.append(A())
await flush()
buf.append(B())
await flush()

# AB
await ctx.store.set('q', [A()])
q = await ctx.store.get('q')
q.append(B())
await ctx.store.set('q', q)
for e in await ctx.store.get('q'):
    show(e)

# AB
async with ctx.store.edit_state() as s:
    s.setdefault('evs', []).append(A())
    s['evs'].append(B())
for e in await ctx.store.get('evs'):
    show(e)

# AB
g = {}
for k in ev.ks:
    rows = g.setdefault(k, [])
    rows.append(A() if k else B())
for r in g.values():
    for e in r:
        show(e)

# AB
rows = self.queue
rows.append(A())
rows.append(B())
for e in self.queue:
    show(e)

# AB
g = {'x': [], 'y': []}
b = g['x']
b.append(A())
c = g['y']
c.append(B())
for e in g['x'] + g['y']:
    show(e)

# AB
s = Stack()
rows = s.items
rows.append(A())
rows.append(B())
for e in s.items:
    show(e)

# AB
h = self.handlers
h['a'] = A()
h['b'] = B()
for e in self.handlers.values():
    show(e)

# AB
a = []
b = a
a = b
b.append(A())
a.append(B())
for e in a:
    show(e)

# AB
import heapq as hq
h = self.queue
heapq.heappush(h, A())
heapq.heappush(self.queue, B())
for e in self.queue:
    show(e)

# AB

def run(on):
    on(A())
    on(B())
out = []
run(out.append)
for e in out:
    show(e)

# AB

def run(on):
    on(A())
    on(B())
run(self.queue.append)
for e in self.queue:
    show(e)

# AB
q = asyncio.Queue()

async def work():
    await q.put(A())
    await q.put(B())
t = asyncio.create_task(work())
while True:
    e = await q.get()
    if e is None:
        break
    show(e)

# AB

def fill(out):
    out.append(A())
    out.append(B())
out = []
fill(out)
for e in out:
    show(e)

# AB
for e, n in itertools.product([A(), B()], [1, 2]):
    show(e)
"""


def _cases() -> list[tuple[str, str]]:
    found = [part.strip("\n").split("\n", 1) for part in CASES.split("# ")[1:]]
    return [(names, body) for names, body in found]


@pytest.mark.parametrize(("names", "body"), _cases())
def test_what_is_shown(names: str, body: str, tmp_path: Path) -> None:
    path = tmp_path / "flow.py"
    path.write_text(HEAD.replace("{body}", textwrap.indent(body, " " * 8)), encoding="utf-8")
    flow = next(source for source in discover([path]).workflows if source.name == "Flow")
    shown = {edge["target"].rpartition(".")[2] for edge in flow.graph["edges"] if edge["kind"] == "streams"}
    assert shown == set(names)
