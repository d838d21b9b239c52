"""Workflows that ask a person in every way there is."""

import asyncio
from datetime import date
from enum import Enum
from typing import Any, ClassVar, Literal

from llama_index.core.agent.workflow import FunctionAgent
from pydantic import BaseModel, Field
from workflows import Context, Workflow, step
from workflows.events import Event, HumanResponseEvent, InputRequiredEvent, StartEvent, StopEvent

from tests.recording.scripted_models import ScriptedLLM


class AskBySteps(Workflow):
    """Asks by returning a prompt; another step takes the answer."""

    @step
    async def ask(self, ev: StartEvent) -> InputRequiredEvent:
        """Ask."""
        return InputRequiredEvent(prefix="Enter a number: ")

    @step
    async def take(self, ev: HumanResponseEvent) -> StopEvent:
        """Give it back."""
        return StopEvent(result=ev.response)


class AskInStep(Workflow):
    """Asks in the middle of a step."""

    @step
    async def ask(self, ctx: Context, ev: StartEvent) -> StopEvent:
        """Ask, and give the answer back."""
        answer = await ctx.wait_for_event(
            HumanResponseEvent, waiter_event=InputRequiredEvent(prefix="Enter a number: "), waiter_id="number"
        )
        return StopEvent(result=answer.response)


class AskOneUser(Workflow):
    """Takes the answer of one user only, and has no question of its own."""

    @step
    async def ask(self, ctx: Context, ev: StartEvent) -> StopEvent:
        """Wait for Ada."""
        answer = await ctx.wait_for_event(HumanResponseEvent, requirements={"user_name": "Ada"}, waiter_id="ada")
        return StopEvent(result=[answer.user_name, answer.response])


class Part(Event):
    """One of three."""

    number: int


class PartDone(Event):
    """One of three, answered."""

    number: int
    said: str


class ThreeAlike(Workflow):
    """Asks three questions of one type at once."""

    @step
    async def begin(self, ev: StartEvent) -> list[Part]:
        """Begin three."""
        return [Part(number=number) for number in range(3)]

    @step(num_workers=3)
    async def ask(self, ctx: Context, ev: Part) -> PartDone:
        """Ask one."""
        asked = InputRequiredEvent(prefix=f"What of part {ev.number}?")
        answer = await ctx.wait_for_event(HumanResponseEvent, waiter_event=asked)
        return PartDone(number=ev.number, said=answer.response)

    @step
    async def gather(self, done: list[PartDone]) -> StopEvent:
        """All three."""
        return StopEvent(result=sorted([one.number, one.said] for one in done))


class TwoQuestions(Workflow):
    """Asks two questions in one step, of which only the first compares."""

    @step
    async def ask(self, ctx: Context, ev: StartEvent) -> StopEvent:
        """Ask twice."""
        ask = InputRequiredEvent(prefix="Delete the files?")
        sure = await ctx.wait_for_event(HumanResponseEvent, waiter_event=ask, waiter_id="sure")
        if sure.response.lower() not in ("yes", "no"):
            return StopEvent(result="neither")
        why = await ctx.wait_for_event(
            HumanResponseEvent, waiter_event=InputRequiredEvent(prefix="Why, in a sentence?"), waiter_id="why"
        )
        return StopEvent(result=[sure.response, why.reason])


class Round(Event):
    """Once more."""

    number: int


class AskInLoop(Workflow):
    """Asks until it is told to stop."""

    @step
    async def ask(self, ctx: Context, ev: StartEvent | Round) -> Round | StopEvent:
        """Ask, and go round."""
        number = ev.number if isinstance(ev, Round) else 1
        asked = InputRequiredEvent(prefix=f"Round {number}: MORE or STOP?")
        answer = await ctx.wait_for_event(HumanResponseEvent, waiter_event=asked, waiter_id=f"round {number}")
        return StopEvent(result=number) if answer.response == "STOP" else Round(number=number + 1)


class Delivered(Event):
    """Something that arrives from outside."""

    parcel: str


class AwaitEvent(Workflow):
    """Waits for an event that is no answer by its type and that no step sends."""

    @step
    async def wait(self, ctx: Context, ev: StartEvent) -> StopEvent:
        """Wait."""
        found = await ctx.wait_for_event(Delivered)
        return StopEvent(result=found.parcel)


class AskInChild(Workflow):
    """Its step runs a workflow that asks."""

    @step
    async def run_child(self, ev: StartEvent) -> StopEvent:
        """Run it to its end."""
        return StopEvent(result=["child said", await AskInStep(timeout=None).run()])


async def delete_files(ctx: Context, folder: str) -> str:
    """Delete all files of a folder."""
    answer = await ctx.wait_for_event(
        HumanResponseEvent,
        waiter_id=f"delete {folder}",
        waiter_event=InputRequiredEvent(prefix=f"Delete all files in {folder}?", folder=folder),
        requirements={"folder": folder},
    )
    return "deleted" if answer.response.strip().lower() == "yes" else "kept"


def careful_agent() -> FunctionAgent:
    """An agent with a tool that asks."""
    replies = [("delete_files", {"folder": "old"}), "I am done."]
    return FunctionAgent(tools=[delete_files], llm=ScriptedLLM(replies=replies), streaming=False, timeout=None)


class AskInTool(Workflow):
    """Runs an agent whose tool asks."""

    def __init__(self, **kwargs: Any) -> None:
        """No time limit: a person may be away."""
        super().__init__(**{**kwargs, "timeout": None})

    @step
    async def work(self, ev: StartEvent) -> StopEvent:
        """Run the agent."""
        handler = careful_agent().run("Tidy up.")
        result = await handler
        said = [str(call.tool_output.content) for call in result.tool_calls]
        return StopEvent(result=[said, str(result)])


class Size(Enum):
    """How large."""

    SMALL = "small"
    LARGE = "large"


class Place(BaseModel):
    """Where."""

    city: str
    floor: int = Field(default=0, ge=-2, le=60)


class Everything(HumanResponseEvent):
    """An answer with a field of every kind."""

    name: str = Field(min_length=2, description="At least two letters.")
    story: str = Field(default="", json_schema_extra={"format": "multiline"})
    count: int = Field(ge=1, le=9)
    share: float = 0.5
    sure: bool = False
    size: Size = Size.SMALL
    mood: Literal["good", "bad"] | None = None
    when: date | None = None
    tags: list[str] = Field(default_factory=list)
    prices: dict[str, float] = Field(default_factory=dict)
    place: Place
    picture: bytes | None = None


class EveryField(Workflow):
    """Asks for a value of every kind, and shows one of every kind."""

    @step
    async def ask(self, ev: StartEvent) -> InputRequiredEvent:
        """Ask."""
        return InputRequiredEvent(
            prefix="Fill this in",
            notes="# What we know\n\nThe **desk** in the north has answered.\n\n- first\n- second",
            rows=[{"desk": "north", "refunds": 3}, {"desk": "south", "refunds": 5}],
            tree={"deep": {"er": [1, 2, {"est": True}]}},
            count=3,
        )

    @step
    async def take(self, ev: Everything) -> StopEvent:
        """Give back what came."""
        return StopEvent(result=ev.model_dump(mode="json"))


class Bill(BaseModel):
    """One of a list."""

    item: str
    amount: int = 1


class Nested(HumanResponseEvent):
    """An answer whose fields hold others, and fields that aren't typed."""

    bills: list[Bill]
    prices: dict[str, float] = Field(default_factory=dict)
    where: Place | None = None
    how: int | Place
    when: date | None = None
    mood: Literal["good", "bad"] = "good"
    sure: bool = False


class NestedFields(Workflow):
    """Asks for values that hold others."""

    @step
    async def ask(self, ev: StartEvent) -> InputRequiredEvent:
        """Ask."""
        return InputRequiredEvent(prefix="What do we owe?")

    @step
    async def take(self, ev: Nested) -> StopEvent:
        """Give back what came."""
        return StopEvent(result=ev.model_dump(mode="json"))


class ApproveIt(HumanResponseEvent):
    """Publish it."""

    comment: str = ""


class ChangeIt(HumanResponseEvent):
    """Another round."""

    what: str


class TwoKinds(Workflow):
    """Takes an answer of either of two types."""

    @step
    async def ask(self, ev: StartEvent) -> InputRequiredEvent:
        """Ask."""
        return InputRequiredEvent(prefix="What should happen with it?", payload="The office opens at nine.")

    @step
    async def publish(self, ev: ApproveIt) -> StopEvent:
        """One of them."""
        return StopEvent(result=f"published: {ev.comment}")

    @step
    async def rewrite(self, ev: ChangeIt) -> StopEvent:
        """The other."""
        return StopEvent(result=f"rewritten: {ev.what}")


class SlowTake(Workflow):
    """Counts in a file how often the step that takes the answer has begun."""

    example_input: ClassVar[dict[str, Any]] = {"file": "/tmp/taken"}

    @step
    async def ask(self, ctx: Context, ev: StartEvent) -> InputRequiredEvent:
        """Ask."""
        await ctx.store.set("file", ev.file)
        return InputRequiredEvent(prefix="Reply APPROVE or REVISE", payload="A draft to be read before it goes out.")

    @step
    async def take(self, ctx: Context, ev: HumanResponseEvent) -> StopEvent:
        """Say that it was taken."""
        with open(await ctx.store.get("file"), "a", encoding="utf-8") as file:  # noqa: ASYNC230
            file.write(f"{ev.response}\n")
        await asyncio.sleep(0)
        return StopEvent(result=ev.response)
