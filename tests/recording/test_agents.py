"""Agents are workflows like any other: with models that answer from a script, all of their runs is recorded."""

from collections.abc import Iterator
from typing import Any

import pytest
from llama_index.core.agent.workflow import AgentWorkflow, FunctionAgent, ReActAgent
from workflows import Context, Workflow, step
from workflows.events import HumanResponseEvent, InputRequiredEvent, StartEvent, StopEvent

from inspectors.recording.calls import unwatch_calls
from tests.recording.lab import Lab, Story
from tests.recording.scripted_models import ScriptedLLM


async def temperature(city: str) -> float:
    """The temperature in a city, in degrees."""
    return {"Oslo": -3.5}[city]


async def confirm(ctx: Context, question: str) -> str:
    """Ask a person."""
    asked = InputRequiredEvent(prefix=question)
    answer = await ctx.wait_for_event(HumanResponseEvent, waiter_event=asked, waiter_id=question)
    return str(answer.response)


class Weather(FunctionAgent):
    """Asks its tool, which fails once, then says what it found."""

    def __init__(self, **options: Any) -> None:
        replies = [("temperature", {"city": "Atlantis"}), ("temperature", {"city": "Oslo"}), "It is cold in Oslo."]
        super().__init__(
            tools=[temperature], llm=ScriptedLLM(replies=replies), system_prompt="You know the weather.", **options
        )


class Careful(FunctionAgent):
    """Its tool waits for a person."""

    def __init__(self, **options: Any) -> None:
        replies = [("confirm", {"question": "Sure?"}), "It was confirmed."]
        super().__init__(tools=[confirm], llm=ScriptedLLM(replies=replies), **options)


class Thinker(ReActAgent):
    """Thinks aloud, in text."""

    def __init__(self, **options: Any) -> None:
        replies = [
            'Thought: I need the tool.\nAction: temperature\nAction Input: {"city": "Oslo"}',
            "Thought: I can answer.\nAnswer: It is -3.5 degrees.",
        ]
        super().__init__(tools=[temperature], llm=ScriptedLLM(replies=replies), **options)


class Team(AgentWorkflow):
    """Two agents; the first hands over to the second."""

    def __init__(self, **options: Any) -> None:
        handoff = ("handoff", {"to_agent": "writer", "reason": "it is about text"})
        desk = FunctionAgent(
            name="desk", description="Greets.", llm=ScriptedLLM(replies=[handoff]), can_handoff_to=["writer"]
        )
        writer = FunctionAgent(name="writer", description="Writes.", llm=ScriptedLLM(replies=["Here is your text."]))
        super().__init__(agents=[desk, writer], root_agent="desk", **options)


class Delegates(Workflow):
    """Runs an agent inside its step."""

    @step
    async def delegate(self, ev: StartEvent) -> StopEvent:
        """Wait for the agent."""
        return StopEvent(result=str(await Weather().run(user_msg="How cold is it?")))


pytestmark = [  # LlamaIndex's own
    pytest.mark.filterwarnings("ignore::pydantic.PydanticDeprecationWarning"),
    pytest.mark.filterwarnings("ignore:is_running called from within a step:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::workflows.context.state_store.UnserializableKeyWarning"),
]


@pytest.fixture(autouse=True)
def _unwatched() -> Iterator[None]:
    yield
    unwatch_calls()


def check(story: Story) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What must hold of any agent's records. Gives the calls of models and of tools, each begun and ended."""
    begun = {record["invocation"] for record in story.of("invocation_started")}
    for record in story.of("event"):
        assert record["via"] in ("start", "answer") if record["by"] is None else record["by"] in begun
    assert {record["invocation"] for record in story.of("invocation_ended")} == begun
    keys = {record["key"] for record in story.of("event")}
    assert all(key in keys for record in story.of("invocation_started") for key in record["consumed"])
    ended = {record["call"]: record for record in story.of("call_ended")}
    calls = [{**record, **ended[record["call"]]} for record in story.of("call_started")]
    assert all(call["invocation"] in begun and call["parent"] is None for call in calls)
    models = [call for call in calls if call["what"] == "llm"]
    tools = [call for call in calls if call["what"] == "tool"]
    assert len(models) + len(tools) == len(calls)
    assert {call["step"] for call in models} == {"run_agent_step"}
    assert all(call["model"] == "scripted" and call["tokens"]["completion"] == 3 for call in models)
    return models, tools


def said(call: dict[str, Any]) -> list[tuple[str, Any]]:
    """Roles and texts of the messages that a model got."""
    return [(message["role"], message["content"]) for message in call["messages"]]


def test_a_function_agents_questions_and_tools(play: Any) -> None:
    run, story = play(lambda lab: lab.run("Weather", user_msg="How cold is it?"))
    assert run.status == "done" and "It is cold in Oslo." in str(run.result), run.error
    models, tools = check(story)
    assert [call["name"] for call in models] == ["ScriptedLLM.astream_chat"] * 3
    assert said(models[0]) == [("system", "You know the weather."), ("user", "How cold is it?")]
    assert models[0]["tool_calls"] == [{"name": "temperature", "arguments": {"city": "Atlantis"}}]
    assert models[0]["options"] == {"tools": ["temperature"]}
    assert said(models[2])[-1] == ("tool", "-3.5")
    assert (models[2]["completion"], models[2]["chunks"]) == ("It is cold in Oslo.", 5)
    failed, fine = tools
    assert [(call["name"], call["step"]) for call in tools] == [("temperature", "call_tool")] * 2
    assert (failed["input"], failed["outcome"], failed["error"]["type"]) == ({"city": "Atlantis"}, "error", "KeyError")
    assert (fine["input"], fine["outcome"], fine["output"]) == ({"city": "Oslo"}, "ok", "-3.5")
    made = story.makers("ToolCall")  # the agent writes another one of its own to the stream
    assert [one for one in made if one[0] == "sent"] == [("sent", "parse_agent_output")] * 2
    assert [one for one in made if one[0] == "streamed"] == [("streamed", "call_tool")] * 2
    assert set(story.makers("AgentStream")) == {("streamed", "run_agent_step")}


def test_a_react_agent(play: Any) -> None:
    run, story = play(lambda lab: lab.run("Thinker", user_msg="How cold is it in Oslo?"))
    assert run.status == "done" and "It is -3.5 degrees." in str(run.result), run.error
    models, (tool,) = check(story)
    assert "Action: temperature" in models[0]["completion"]
    assert "Observation: -3.5" in str(said(models[1])[-1])
    assert (tool["name"], tool["input"], tool["output"]) == ("temperature", {"city": "Oslo"}, "-3.5")


def test_two_agents_and_the_handoff_between_them(play: Any) -> None:
    run, story = play(lambda lab: lab.run("Team", user_msg="Write something."))
    assert run.status == "done" and "Here is your text." in str(run.result)
    models, (tool,) = check(story)
    assert (tool["name"], tool["input"]["to_agent"]) == ("handoff", "writer")
    assert [call["completion"] for call in models] == ["", "Here is your text."]
    outputs = story.of("event", type="AgentOutput", via="returned")
    assert [record["fields"]["current_agent_name"] for record in outputs] == ["desk", "writer"]


def test_a_tool_that_waits_for_a_person_is_called_again_with_the_answer(play: Any) -> None:
    async def scene(lab: Lab) -> Any:
        run_id = lab.start("Careful", user_msg="Do it.")
        (prompt,) = await lab.prompted(run_id)
        await lab.recorded(run_id, "waiting", saved=False)
        await lab.answer(prompt, response="certainly")
        return await lab.ended(run_id), lab.story(run_id)

    run, story = play(scene)
    assert run.status == "done" and "It was confirmed." in str(run.result), run.error
    models, tools = check(story)
    assert story.of("not_saved"), "LlamaIndex can't write an agent's memory down: the run has to stay"
    assert [(call["outcome"], call.get("output")) for call in tools] == [("waiting", None), ("ok", "certainly")]
    assert len({call["call"] for call in tools}) == 2
    assert len(models) == 2


def test_an_agent_inside_a_step_is_a_run_of_its_own(play: Any) -> None:
    async def scene(lab: Lab) -> Any:
        run, story = await lab.run("Delegates")
        (child,) = [row for row in lab.store.runs() if row.parent_run == run.run_id]
        return run, story, await lab.ended(child.run_id), lab.story(child.run_id)

    run, story, child, inner = play(scene)
    assert run.result["value"] == "It is cold in Oslo."
    assert not story.of("call_started") and not story.of("child_not_recorded")
    models, tools = check(inner)
    assert (len(models), len(tools), child.parent_invocation) == (3, 2, story.started("delegate")[0]["invocation"])
