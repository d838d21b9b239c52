"""Ways to return an event, and to annotate that."""

from __future__ import annotations

import abc
import copy
import enum
import random
import typing as t
from dataclasses import dataclass
from functools import lru_cache, partial, reduce
from typing import Any, ClassVar, NamedTuple, Union, cast

from workflows import Context, Workflow, step
from workflows.events import Event, StartEvent, StopEvent


class A(Event):
    v: int = 0


class B(Event):
    v: int = 0


class C(A):
    extra: str = ""


Either = Union[A, B]
AorB = A | B


class _Ends(Workflow):
    @step
    async def on_a(self, ev: A) -> StopEvent:
        return StopEvent(result="a")

    @step
    async def on_b(self, ev: B) -> StopEvent:
        return StopEvent(result="b")


class ReturnAlias(_Ends):
    @step
    async def start(self, ev: StartEvent) -> Either:
        return A() if ev.get("a") else B()


class ReturnAliasPipe(_Ends):
    @step
    async def start(self, ev: StartEvent) -> AorB:
        out = B()
        if ev.get("a"):
            out = A()
        return out


class ReturnStringAnnotation(_Ends):
    @step
    async def start(self, ev: "StartEvent") -> "A | B":
        if ev.get("a"):
            return A()
        return B()


class ReturnTyping(_Ends):
    @step
    async def start(self, ev: StartEvent) -> t.Union[A, t.Optional[B]]:
        return {True: A, False: B}[bool(ev.get("a"))]()


class ReturnDictDispatch(_Ends):
    HANDLERS: ClassVar[dict[str, Any]] = {}

    def make_a(self):
        return A()

    def make_b(self):
        return B()

    @step
    async def start(self, ev: StartEvent) -> A | B:
        table = {"a": self.make_a, "b": self.make_b}
        handler = table.get(ev.kind, self.make_b)
        return handler()


class ReturnGetattr(_Ends):
    def handle_a(self):
        return A()

    def handle_b(self):
        return B()

    @step
    async def start(self, ev: StartEvent) -> A | B:
        if ev.kind == "a":
            return getattr(self, "handle_a")()  # noqa: B009
        return getattr(self, "handle_b")()  # noqa: B009


class ReturnMatch(_Ends):
    @step
    async def start(self, ev: StartEvent) -> A | B | StopEvent:
        match ev.kind:
            case "a":
                return A()
            case "b" | "bb":
                return B()
            case other:
                return StopEvent(result=other)


class ReturnMatchClass(Workflow):
    @step
    async def start(self, ev: StartEvent) -> A | B:
        return A(v=1) if ev.kind == "a" else B(v=2)

    @step
    async def either(self, ctx: Context, ev: A | B) -> StopEvent:
        match ev:
            case A(v=v):
                ctx.write_event_to_stream(B(v=v))
            case B():
                ctx.write_event_to_stream(A(v=ev.v))
        return StopEvent()


class ReturnWalrus(_Ends):
    @step
    async def start(self, ev: StartEvent) -> A | B:
        if (made := self._try(ev.kind)) is not None:
            return made
        return B()

    def _try(self, kind):
        return A() if kind == "a" else None


class ReturnOr(_Ends):
    def maybe(self, kind) -> A | None:
        if kind == "a":
            return A()
        return None

    @step
    async def start(self, ev: StartEvent) -> A | B:
        return self.maybe(ev.kind) or B()


class ReturnTryFinally(_Ends):
    @step
    async def start(self, ctx: Context, ev: StartEvent) -> A | B:
        try:
            return A(v=int(ev.kind))
        except ValueError as e:
            await ctx.store.set("error", str(e))
            return B()
        finally:
            await ctx.store.set("done", True)


class ReturnPartial(_Ends):
    @step
    async def start(self, ev: StartEvent) -> A | B:
        makers = [partial(A, v=1), partial(B, v=2)]
        return makers[0 if ev.kind == "a" else 1]()


class ReturnCast(_Ends):
    @step
    async def start(self, ev: StartEvent) -> A | B:
        made = cast(A, self.make(ev.kind))
        return made

    def make(self, kind):
        if kind == "a":
            return A()
        return B()


class ReturnStatic(_Ends):
    @staticmethod
    def choose(kind):
        return {"a": A(), "b": B()}[kind]

    @step
    async def start(self, ev: StartEvent) -> A | B:
        return ReturnStatic.choose(ev.kind)


class ReturnClassmethod(_Ends):
    default: ClassVar[type[Event]] = B

    @classmethod
    def build(cls, kind):
        if kind == "a":
            return A()
        return cls.default()

    @step
    async def start(self, ev: StartEvent) -> A | B:
        return type(self).build(ev.kind)


class EventFactory:
    """A factory of the author's own."""

    registry: ClassVar = {"a": A, "b": B}

    @classmethod
    def create(cls, name, **kw):
        return cls.registry[name](**kw)


class ReturnFactoryClass(_Ends):
    @step
    async def start(self, ev: StartEvent) -> A | B:
        return EventFactory.create(ev.kind, v=3)


class Strategy(abc.ABC):
    @abc.abstractmethod
    def decide(self) -> Event: ...


class StrategyA(Strategy):
    def decide(self):
        return A()


class StrategyB(Strategy):
    def decide(self):
        return B()


class ReturnStrategy(_Ends):
    def pick(self, kind) -> Strategy:
        return StrategyA() if kind == "a" else StrategyB()

    @step
    async def start(self, ev: StartEvent) -> A | B:
        strategy = self.pick(ev.kind)
        return strategy.decide()


class ReturnInjectedStrategy(_Ends):
    def __init__(self, strategy: Strategy | None = None, **kw):
        super().__init__(**kw)
        self.strategies = {"a": StrategyA(), "b": StrategyB()}

    @step
    async def start(self, ev: StartEvent) -> A | B:
        return self.strategies[ev.kind].decide()


class Decision(NamedTuple):
    event: Event
    why: str


class ReturnNamedTuple(_Ends):
    def decide(self, kind):
        return Decision(A() if kind == "a" else B(), why=kind)

    @step
    async def start(self, ev: StartEvent) -> A | B:
        decision = self.decide(ev.kind)
        return decision.event


class ReturnTuple(_Ends):
    def decide(self, kind):
        if kind == "a":
            return A(), "first"
        return B(), "second"

    @step
    async def start(self, ev: StartEvent) -> A | B:
        event, why = self.decide(ev.kind)
        print(why)
        return event


@dataclass
class Plan:
    first: Event
    rest: list[Event]


class ReturnDataclass(_Ends):
    @step
    async def start(self, ev: StartEvent) -> A | B:
        plan = Plan(first=A(), rest=[B()])
        if ev.kind == "a":
            return plan.first
        return plan.rest[-1]


class ReturnRecursive(_Ends):
    def descend(self, n, kind):
        if n == 0:
            return A() if kind == "a" else B()
        return self.descend(n - 1, kind)

    @step
    async def start(self, ev: StartEvent) -> A | B:
        return self.descend(3, ev.kind)


class ReturnCopy(_Ends):
    template = A(v=7)

    @step
    async def start(self, ev: StartEvent) -> A | B:
        if ev.kind == "a":
            return self.template.model_copy(update={"v": 8})
        return copy.deepcopy(B())


class ReturnDecorated(_Ends):
    @lru_cache(maxsize=None)
    def cached(self, kind):
        return A if kind == "a" else B

    @step
    async def start(self, ev: StartEvent) -> A | B:
        return self.cached(ev.kind)()


class ReturnProperty(_Ends):
    @property
    def fallback(self):
        return B()

    @step
    async def start(self, ev: StartEvent) -> A | B:
        return A() if ev.kind == "a" else self.fallback


class ReturnValidate(_Ends):
    @step
    async def start(self, ev: StartEvent) -> A | B:
        if ev.kind == "a":
            return A.model_validate({"v": 1})
        return B(**{"v": 2})


class ReturnNext(_Ends):
    @step
    async def start(self, ev: StartEvent) -> A | B:
        options = [A(v=1), B(v=2)]
        return next((o for o in options if type(o).__name__.lower() == ev.kind), options[-1])


class ReturnRandom(_Ends):
    @step
    async def start(self, ev: StartEvent) -> A | B:
        rng = random.Random(1)
        if ev.kind:
            return A() if ev.kind == "a" else B()
        return rng.choice([A(), B()])


class Kind(enum.Enum):
    ONE = A
    TWO = B


class ReturnEnum(_Ends):
    @step
    async def start(self, ev: StartEvent) -> A | B:
        kind = Kind.ONE if ev.kind == "a" else Kind.TWO
        return kind.value()


class ReturnReduce(_Ends):
    @step
    async def start(self, ev: StartEvent) -> A | B:
        total = reduce(lambda x, y: x + y, [1, 2], 0)
        if ev.kind == "a":
            return A(v=total)
        return B(v=total)


class ReturnSubclass(Workflow):
    @step
    async def start(self, ev: StartEvent) -> A | C:
        return C(v=1) if ev.kind == "c" else A(v=1)

    @step(accept_event_subclasses=True)
    async def end(self, ev: A) -> StopEvent:
        return StopEvent(result=ev.v)


class ReturnSubclassUndeclared(Workflow):
    @step
    async def start(self, ev: StartEvent) -> A:
        return C(v=1, extra="x")

    @step(accept_event_subclasses=True)
    async def end(self, ev: A) -> StopEvent:
        return StopEvent(result=ev.v)


class ReturnDeadCode(_Ends):
    @step
    async def start(self, ev: StartEvent) -> A | B:
        if ev.kind == "a":
            return A()
        return B()
        return A(v=2)


class ReturnGenericHelper(_Ends):
    T = t.TypeVar("T")

    def identity(self, x: T) -> T:
        return x

    @step
    async def start(self, ev: StartEvent) -> A | B:
        return self.identity(A() if ev.kind == "a" else B())


class ReturnSync(_Ends):
    @step
    def start(self, ev: StartEvent) -> A | B:
        return A() if ev.kind == "a" else B()


class ReturnNested(_Ends):
    @step
    async def start(self, ev: StartEvent) -> A | B:
        def decide():
            if ev.kind == "a":
                return A()
            return B()

        return decide()


_ENDS = [{"kind": "a"}, {"kind": "b"}]
RUNS = {
    name: _ENDS
    for name, cls in list(globals().items())
    if isinstance(cls, type) and issubclass(cls, Workflow) and name not in ("Workflow", "_Ends")
}
for _name in ("ReturnAlias", "ReturnAliasPipe", "ReturnStringAnnotation", "ReturnTyping"):
    RUNS[_name] = [{}, {"a": 1}]
RUNS["ReturnMatch"] = [*_ENDS, {"kind": "z"}]
RUNS["ReturnTryFinally"] = [{"kind": "1"}, {"kind": "x"}]
RUNS["ReturnSubclass"] = [{"kind": "a"}, {"kind": "c"}]
RUNS["ReturnSubclassUndeclared"] = [{}]
RUNS["ReturnFactoryClass"] = _ENDS
