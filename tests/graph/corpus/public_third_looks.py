"""Of the third set: what is found and checked, documents, pictures, slides, a flow that runs itself.

Written before the inference was looked at for it, as public_third.py was.
"""

import asyncio
import inspect
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Annotated, Any, Optional, Union

from llama_index.core.agent.workflow import AgentOutput
from llama_index.core.llms import ChatMessage
from tests.recording.scripted_models import EchoLLM
from workflows import Context, Workflow, step
from workflows.events import (
    Event,
    StartEvent,
    StopEvent,
)
from workflows.resource import Resource

from third_parts import (
    Announcing,
    Harbour,
    Token,
    get_harbour,
)


class Screen(Event):
    picture: bytes = b""


class Tools:
    credentials: Any = None

    async def take_screenshot(self) -> tuple[bool, bytes]:
        return True, b"png"

    async def get_state(self) -> list[str]:
        return ["button"]


class Retrieved(Event):
    docs: list[str]


class Short(Event):
    summary: str


class WebSearch(Event):
    text: str


class AnswerIt(Event):
    text: str


class Corrective(Workflow):
    """Looks further where what was found isn't enough."""

    def __init__(self, index: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.index = index or {"bees": ["yes: honey"], "ants": ["no"]}

    @step
    async def retrieve(self, ctx: Context, ev: StartEvent) -> Optional[Retrieved]:
        query = ev.get("query")
        if query is None:
            return None
        await ctx.store.set("query", query)
        return Retrieved(docs=self.index[query])

    @step
    async def evaluate(self, ctx: Context, ev: Retrieved) -> WebSearch | AnswerIt:
        verdicts = [doc.lower().strip() for doc in ev.docs]
        text = "\n".join(ev.docs[i] for i, verdict in enumerate(verdicts) if verdict.startswith("yes"))
        if "no" in verdicts:
            return WebSearch(text=text)
        else:
            return AnswerIt(text=text)

    @step
    async def search(self, ctx: Context, ev: WebSearch) -> AnswerIt:
        return AnswerIt(text=ev.text + await ctx.store.get("query"))

    @step
    async def answer(self, ctx: Context, ev: AnswerIt) -> StopEvent:
        return StopEvent(result=ev.text)


class Structured(Event):
    query: str
    data: dict


class Semantic(Event):
    query: str


class Validate(Event):
    nodes: list
    query: str


class Routed(Workflow):
    """A first step that chooses, and ends at once where there is nothing to choose."""

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.data = data or {"rules": []}

    @step
    async def route(self, ev: StartEvent) -> Semantic | Structured | StopEvent:
        query = ev.get("query")
        if not query or len(query.strip()) < 3:
            return StopEvent(result="too short")
        decision = "structured" if "list" in str(EchoLLM().complete(query)) else "semantic"
        if decision == "structured":
            return Structured(query=query, data=self.data)
        return Semantic(query=query)

    @step
    async def structured(self, ev: Structured) -> StopEvent:
        return StopEvent(result=str(ev.data))

    @step
    async def semantic(self, ev: Semantic) -> Validate:
        return Validate(nodes=[] if "nothing" in ev.query else [1], query=ev.query)

    @step
    async def validated(self, ev: Validate) -> Short | StopEvent:
        if not ev.nodes or all(node < 0.5 for node in ev.nodes):
            return StopEvent(result="not found")
        return Short(summary=ev.query)

    @step
    async def generate(self, ev: Short) -> StopEvent:
        return StopEvent(result=ev.summary)


@dataclass
class RagState:
    question: str = ""
    chunks: list[Any] = field(default_factory=list)


class RetrieveWith(Event):
    state: Any


class CheckWith(Event):
    state: Any


class Carried(Workflow):
    """An object is carried from step to step."""

    @step
    async def receive(self, ev: StartEvent) -> RetrieveWith:
        state = RagState(question=ev.question)
        return RetrieveWith(state=state)

    @step
    async def retrieve(self, ev: RetrieveWith) -> CheckWith:
        state = ev.state
        state.chunks = [c for c in state.question.split() if c != "x"]
        return CheckWith(state=state)

    @step
    async def check(self, ev: CheckWith) -> Short | StopEvent:
        state = ev.state
        if not len(state.chunks) > 0:
            return StopEvent(result="nothing")
        return Short(summary=state.question)

    @step
    async def generate(self, ev: Short) -> StopEvent:
        return StopEvent(result=ev.summary)


class WebRequest(StartEvent):
    query: str | None = None
    url: str | None = None


@asynccontextmanager
async def session(url: str) -> AsyncIterator[tuple[Callable[[str], str], int]]:
    yield (lambda name: f"{url}: {name}"), 1


class Fetching(Workflow):
    """Inside two blocks of a session."""

    @step
    async def retrieve(self, ev: WebRequest) -> StopEvent:
        if bool(ev.query) == bool(ev.url):
            raise ValueError("one of both")
        tool = "fetch" if ev.url else "search"
        async with session("http://localhost") as (call, _), session("inner"):
            text = "\n".join(part for part in [call(tool)] if isinstance(part, str))
            if not text:
                raise RuntimeError("no text")
            return StopEvent(result=text)


class Prompt(Event):
    messages: list[str]


class Spoken(Event):
    text: str


class AudioReady(Event):
    url: str


class AudioMade(Event):
    text: str


class Voice:
    def speak(self, text: str, path: str) -> None:
        return None


class Conversation(Workflow):
    """A step that isn't a coroutine; the model's words are shown one by one."""

    def __init__(self, llm: Any = None, voice: Voice | None = None) -> None:
        super().__init__()
        self.llm = llm or EchoLLM()
        self.voice = voice or Voice()
        self.history: list[str] = []

    @step
    async def construct(self, ctx: Context, ev: StartEvent) -> Prompt:
        message: str = ev.input["message"]
        self.history.append(message)
        return Prompt(messages=["be kind"] + self.history)

    @step
    async def stream(self, ctx: Context, ev: Prompt) -> Spoken:
        text = ""
        async for r in await self.llm.astream_chat([ChatMessage(role="user", content=ev.messages[-1])]):
            text += r.delta
            ctx.write_event_to_stream(Token(delta=r.delta))
        return Spoken(text=text)

    @step
    async def generate_audio(self, ctx: Context, ev: Spoken) -> AudioMade:
        options = {"text": ev.text, "path": "x.wav"}
        self.voice.speak(**options)
        ctx.write_event_to_stream(AudioReady(url="/x.wav"))
        return AudioMade(text=ev.text)

    @step
    def update(self, ctx: Context, ev: AudioMade) -> StopEvent:
        self.history.append(ev.text)
        return StopEvent()


class Some(Event):
    data: str


class ManyWorkers(Workflow):
    """The first of many ends it."""

    @step
    async def first(self, ev: StartEvent, ctx: Context) -> Union[Some, None]:
        for _ in range(3):
            ctx.send_event(Some(data=ev.message))
        return None

    @step(num_workers=3)
    async def second(self, ev: Some, ctx: Context) -> StopEvent:
        return StopEvent(result=ev.data)


class TaskInput(Event):
    input: list[str]


class TaskThinking(Event):
    thoughts: str


class TaskEnd(Event):
    reason: str


class CodeAct(Workflow):
    """What `Looking` builds on."""

    max_steps = 1

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.count = 0
        self.tools = Tools()

    @step
    async def prepare(self, ctx: Context, ev: StartEvent) -> TaskInput:
        self.count = 0
        return TaskInput(input=[ev.goal] if ev.goal else [])

    @step
    async def handle_input(self, ctx: Context, ev: TaskInput) -> TaskThinking | TaskEnd:
        ctx.write_event_to_stream(ev)
        return TaskEnd(reason=str(await self._ask(ctx, ev.input)))

    @step
    async def think(self, ctx: Context, ev: TaskThinking) -> TaskInput:
        return TaskInput(input=[ev.thoughts])

    @step
    async def end(self, ctx: Context, ev: TaskEnd) -> StopEvent:
        ctx.write_event_to_stream(ev)
        return StopEvent(result=ev.reason)

    async def _ask(self, ctx: Context, history: list[str]) -> str | None:
        ctx.write_event_to_stream(Token(delta="..."))
        return history[-1] if history else None


class Looking(CodeAct):
    """Overrides a step and a method, which calls the base's; the parameter is given another event."""

    @step
    async def handle_input(self, ctx: Context, ev: TaskInput) -> TaskThinking | TaskEnd:
        ctx.write_event_to_stream(ev)
        if self.count >= self.max_steps:
            ev = TaskEnd(reason="enough steps")
            ctx.write_event_to_stream(ev)
            return ev
        self.count += 1
        for context in ["screenshot", "ui"]:
            if context == "screenshot":
                try:
                    if hasattr(self.tools, "take_annotated_screenshot"):
                        picture = (await self.tools.take_annotated_screenshot())[1]
                    else:
                        picture = (await self.tools.take_screenshot())[1]
                    ctx.write_event_to_stream(Screen(picture=picture))
                except Exception:
                    print("no picture")
        response = await self._ask(ctx, ev.input)
        if response is None:
            return TaskEnd(reason="no answer")
        event = TaskThinking(thoughts=response)
        ctx.write_event_to_stream(event)
        return event

    async def _ask(self, ctx: Context, history: list[str]) -> str | None:
        return await super()._ask(ctx, history)


class FileEvent(StartEvent):
    name: str
    content: bool = False


class Uploaded(Event):
    id: str


class Parsed(Event):
    files: list[str]


class Tables(Event):
    tables: list[str]


class SheetOutput(StopEvent):
    result: str | None = None
    error: str | None = None


class Sheet(Workflow):
    """A client comes as a resource; what went wrong is in the last event."""

    @step
    async def upload(self, ev: FileEvent, ctx: Context, harbour: Annotated[Harbour, Resource(get_harbour)]) -> Uploaded:
        if not ev.content:
            file = await harbour.create(ev.name)
        else:
            file = await harbour.create(name=ev.name + "!")
        event = Uploaded(id=file)
        ctx.write_event_to_stream(event)
        return event

    @step
    async def parse(
        self, ev: Uploaded, ctx: Context, harbour: Annotated[Harbour, Resource(get_harbour)]
    ) -> Parsed | SheetOutput:
        files = []
        if ev.id in harbour.files:
            for name in harbour.files:
                if name != "empty":
                    files.append(name)
        else:
            return SheetOutput(error="not there")
        if len(files) > 0:
            event = Parsed(files=files)
            ctx.write_event_to_stream(event)
            return event
        return SheetOutput(error="no file")

    @step
    async def transform(self, ev: Parsed, ctx: Context) -> Tables | SheetOutput:
        tables = []
        for file in ev.files:
            try:
                if file == "bad":
                    raise ValueError(file)
                tables.append(file.upper())
            except Exception as e:
                print("could not load", e)
        if len(tables) > 0:
            event = Tables(tables=tables)
            ctx.write_event_to_stream(event)
            return event
        return SheetOutput(error="no table")

    @step
    async def generate(self, ev: Tables, ctx: Context) -> SheetOutput:
        return SheetOutput(result="".join(ev.tables))


class Outline(Event):
    text: str


class OutlineOk(Event):
    text: str


class OutlineBad(Event):
    text: str
    feedback: str


class Made(Event):
    path: str


class TooLong(Event):
    path: str


class Missing(Event):
    path: str


class Slides(Announcing):
    """A person's word comes through a future; three ways to mend what was made."""

    retries: int = 4

    @step(num_workers=1)
    async def outline(self, ctx: Context, ev: StartEvent | OutlineBad) -> Outline:
        name = inspect.currentframe().f_code.co_name
        self._announce(ctx, name, message="outlining...")
        if isinstance(ev, OutlineBad):
            return Outline(text=f"{ev.text} but {ev.feedback}")
        else:
            async with ctx.store.edit_state() as state:
                state["n"] = 0
                state["issues"] = list(ev.get("issues", []))
            return Outline(text=ev.text)

    @step
    async def feedback(self, ctx: Context, ev: Outline) -> OutlineBad | OutlineOk:
        self._announce(ctx, "feedback", kind="request", outline=ev.text, message="good?")
        loop = asyncio.get_running_loop()
        if self.waiting is None:
            self.waiting = loop.create_future()
        if not self.waiting.done():
            loop.call_soon(self.waiting.set_result, "no" if "but" not in ev.text else "yes")
            response = await self.waiting
            if self.parent:
                self.waiting = self.parent.waiting
            else:
                self.waiting = loop.create_future()
            if response == "yes":
                return OutlineOk(text=ev.text)
            else:
                return OutlineBad(text=ev.text, feedback=response)
        else:
            print("already done")

    @step
    async def make(self, ctx: Context, ev: OutlineOk) -> Made:
        return Made(path=ev.text)

    @step
    async def validate(self, ctx: Context, ev: Made) -> StopEvent | TooLong | Missing:
        async with ctx.store.edit_state() as state:
            state["n"] = state.get("n", 0) + 1
            issues = state["issues"]
            issue = issues.pop(0) if issues else None
        if issue is None:
            self._announce(ctx, "validate", message="valid")
            return StopEvent(ev.path)
        if await ctx.store.get("n") >= self.retries:
            return StopEvent(ev.path)
        content = [one for one in [issue] if one in ("long", "missing")]
        if content:
            long = [one for one in content if one == "long"]
            if long:
                return TooLong(path=ev.path)
            else:
                return Missing(path=ev.path)
        return StopEvent("should not be reached")

    @step
    async def trim(self, ctx: Context, ev: TooLong) -> Made:
        self._announce(ctx, "trim", message="trimmed")
        return Made(path=ev.path)

    @step
    async def render(self, ctx: Context, ev: Missing) -> Made:
        return Made(path=ev.path)


class Trip(Workflow):
    """A function that it asks for asks it again, one level down."""

    def __init__(self) -> None:
        super().__init__(verbose=False, timeout=None)
        self.log: list[str] = []

    async def handle(self, request: dict[str, Any]) -> None:
        try:
            result = None
            match request.get("name"):
                case "search":
                    result = "found"
                case "route":
                    result = "left, right"
                case _:
                    print("unknown")
            if result is not None:
                self.log.append(await self.chat({"content": result}, 1))
        except Exception as e:
            print(f"error {e}")

    async def chat(self, message: dict[str, str], level: int = 0) -> str:
        handler = self.run(message=message["content"], level=level)
        async for event in handler.stream_events():
            if isinstance(event, AgentOutput):
                print(event.response)
        return str(await handler)

    @step
    async def execute(self, ctx: Context, ev: StartEvent) -> StopEvent:
        try:
            functions = [{"name": name} for name in ev.message.split()]
            if functions and ev.level == 0:
                for request in functions:
                    await self.handle(request)
                return StopEvent(result="")
            else:
                return StopEvent(result=ev.message)
        except Exception as e:
            return StopEvent(result=f"sorry, {e}")


RUNS: dict[str, list[dict[str, Any]]] = {
    "Corrective": [{"query": "bees"}, {"query": "ants"}],
    "Routed": [{"query": "q"}, {"query": "list"}, {"query": "nothing"}, {"query": "all about"}],
    "Carried": [{"question": "a b"}, {"question": "x"}],
    "Fetching": [{"query": "q"}, {"url": "u"}],
    "Conversation": [{"input": {"message": "good day"}}],
    "ManyWorkers": [{"message": "m"}],
    "Looking": [{"goal": "g"}, {"goal": ""}],
    "CodeAct": [{"goal": "g"}],
    "Sheet": [{"name": "a"}, {"name": "b", "content": True}, {"name": "empty"}, {"name": "bad"}],
    "Slides": [{"text": "t", "issues": ["long", "missing"]}],
    "Trip": [{"message": "search route fly", "level": 0}],
}  # fmt: skip
