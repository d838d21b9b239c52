"""Runs that a program of the user's starts: recorded as any other, and no worse for it."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest
from workflows import Context, Workflow, step
from workflows.errors import WorkflowCancelledByUser, WorkflowTimeoutError
from workflows.events import HumanResponseEvent, InputRequiredEvent, StartEvent, StopEvent
from workflows.plugins.basic import basic_runtime

from inspectors.recording import elsewhere, record
from inspectors.store import Store
from tests.recording.elsewhere import tea
from tests.recording.elsewhere.tea import (
    AT_IMPORT,
    Asks,
    Cup,
    Endless,
    Fails,
    Party,
    Tea,
    ended,
    kinds,
    soon,
)

TEA = tea.__file__


def test_one_line_records_a_run_as_one_from_the_browser(store: Store) -> None:
    async def main() -> Any:
        return await record(Tea(timeout=7)).run(topic="oolong")

    assert asyncio.run(main()) == "oolong is ready"
    (run,) = ended(store)
    assert (run.workflow, run.file, run.status, run.origin) == ("Tea", TEA, "done", "script")
    assert (run.input, run.options["timeout"]) == ({"topic": "oolong"}, 7)
    assert run.result == {"type": "str", "value": "oolong is ready"}
    assert run.version and run.started_at and 0 < run.active_s < 60 and not run.loaded
    graph = store.graph(run.run_id)
    assert graph is not None and {"pick", "brew"} <= {node["name"] for node in graph["nodes"]}
    assert store.last_runs()[TEA, "Tea"].run_id == run.run_id
    found = kinds(store, run.run_id)
    assert found[0] == "run_started" and found[-1] == "run_ended"
    assert {"event", "invocation_started", "invocation_ended", "store_written"} <= set(found)
    assert store.journal(run.run_id) == []


def test_the_very_same_object_comes_back_typed_and_recording_twice_changes_nothing(store: Store) -> None:
    tea: Tea = Tea()
    assert record(tea) is tea
    runtime = tea.runtime
    assert record(record(tea)) is tea and tea.runtime is runtime
    assert record(Cup()).runtime is runtime


def test_only_an_instance_of_a_workflow_class_can_be_recorded() -> None:
    with pytest.raises(TypeError, match=r"record\(\) takes an instance .* it got the class Tea"):
        record(Tea)
    with pytest.raises(TypeError, match="it got a str"):
        record("Tea")


def test_workflows_of_import_time_and_those_that_have_run_are_recorded(store: Store) -> None:
    used = Tea()

    async def main() -> None:
        await used.run(topic="unseen")
        await record(used).run(topic="seen")
        await AT_IMPORT.run(topic="made on import")

    asyncio.run(main())
    assert [run.input["topic"] for run in ended(store, 2)] == ["seen", "made on import"]


def test_a_verbose_workflow_goes_on_printing(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    async def main() -> None:
        await record(Tea(verbose=True)).run(topic="loud")

    asyncio.run(main())
    assert "[pick:0] started from StartEvent" in capsys.readouterr().out
    assert ended(store)[0].status == "done"


def test_the_handler_works_as_without(store: Store) -> None:
    async def main(workflow: Tea) -> Any:
        handler = workflow.run(topic="green", run_id="mine")
        saved_early = handler.ctx.to_dict()
        seen = [type(event).__name__ async for event in handler.stream_events(expose_internal=True)]
        result, saved = await handler, handler.ctx.to_dict()
        again = workflow.run(ctx=handler.ctx, topic="again")
        topic = await again.ctx.store.get("topic")
        journal = [tick.seq async for tick in basic_runtime.journal(again.run_id)]
        restored = workflow.run(ctx=Context.from_dict(workflow, saved), topic="restored")
        return [
            (handler.run_id, seen, result, handler.is_done(), sorted(saved), saved["state"], saved_early["is_running"]),
            (await again, topic, journal, await restored),
        ]

    assert asyncio.run(main(record(Tea()))) == asyncio.run(main(Tea()))
    assert len(ended(store, 3)) == 3


def test_a_snapshot_of_a_run_that_waits_is_the_same_as_without(store: Store) -> None:
    async def main(workflow: Asks) -> Any:
        handler = workflow.run()
        async for event in handler.stream_events():
            if isinstance(event, InputRequiredEvent):
                break
        saved = handler.ctx.to_dict()
        handler.ctx.send_event(HumanResponseEvent(response="first"))
        first = await handler
        resumed = workflow.run(ctx=Context.from_dict(workflow, saved))
        resumed.ctx.send_event(HumanResponseEvent(response="second"))
        return saved["workers"], first, await resumed

    (bare, *answers), (recorded, *same) = asyncio.run(main(Asks())), asyncio.run(main(record(Asks())))
    assert answers == same == ["first", "second"]
    assert bare["ask"]["collected_waiters"] == recorded["ask"]["collected_waiters"]


def test_errors_are_raised_as_they_are(store: Store) -> None:
    async def main() -> None:
        with pytest.raises(LookupError, match="no kettle"):
            await record(Fails()).run()
        with pytest.raises(WorkflowTimeoutError):
            await record(Endless(timeout=0.05)).run()
        handler = record(Endless()).run()
        await asyncio.sleep(0)
        await handler.cancel_run()
        with pytest.raises(WorkflowCancelledByUser):
            await handler

    asyncio.run(main())
    failed, late, cancelled = ended(store, 3)
    assert (failed.status, failed.error["step"], failed.error["type"]) == ("failed", "work", "LookupError")
    assert any(frame["own"] for frame in failed.error["frames"])
    assert (late.status, late.error["type"]) == ("failed", "WorkflowTimeoutError")
    assert (cancelled.status, cancelled.loaded) == ("cancelled", False)


def test_a_run_id_that_is_taken_is_refused_as_without_and_said(store: Store) -> None:
    async def main() -> None:
        workflow = record(Endless())
        first = workflow.run(run_id="taken")
        with pytest.raises(RuntimeError, match="already exists"):
            workflow.run(run_id="taken")
        await first.cancel_run()

    asyncio.run(main())
    assert sorted(run.status for run in ended(store, 2)) == ["cancelled", "failed"]


def test_children_that_steps_make_know_their_parent(store: Store) -> None:
    async def main() -> Any:
        return await record(Party()).run()

    assert asyncio.run(main()) == 10
    runs = ended(store, 3)
    (party,) = [run for run in runs if run.workflow == "Party"]
    cups = [run for run in runs if run.workflow == "Cup"]
    (pour,) = [each for each in store.records(party.run_id) if each["kind"] == "invocation_started"]
    assert [(cup.parent_run, cup.parent_invocation, cup.origin) for cup in cups] == [
        (party.run_id, pour["invocation"], "step")
    ] * 2


def test_a_workflow_made_beside_it_is_not_recorded(store: Store) -> None:
    async def main() -> None:
        await record(Tea()).run(topic="mine")
        await Cup().run(size=1)

    asyncio.run(main())
    elsewhere.close_programs()
    assert [run.workflow for run in store.runs()] == ["Tea"]


def test_loops_one_after_the_other_and_threads_beside_each_other(store: Store) -> None:
    workflow = record(Tea())

    async def main(topic: str) -> None:
        await asyncio.gather(*(workflow.run(topic=f"{topic}{number}") for number in range(5)))

    asyncio.run(main("a"))
    asyncio.run(main("b"))
    threads = [threading.Thread(target=asyncio.run, args=(main(name),)) for name in "cd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    runs = ended(store, 20)
    assert len(runs) == 20 and {run.status for run in runs} == {"done"}
    assert all(kinds(store, run.run_id)[-1] == "run_ended" for run in runs)


def test_a_run_that_its_loop_left_is_interrupted(store: Store) -> None:
    async def main() -> None:
        record(Endless()).run()
        await soon(lambda: any("invocation_started" in kinds(store, run.run_id) for run in store.runs()))

    asyncio.run(main())
    (run,) = ended(store)
    assert run.status == "interrupted" and run.error["message"].endswith(": its event loop was ended.")


def test_another_database_can_be_named(store: Store, tmp_path: Path) -> None:
    async def main() -> None:
        await record(Tea(), database=tmp_path / "other" / "x.db").run(topic="there")

    asyncio.run(main())
    elsewhere.close_programs()
    other = Store(tmp_path / "other" / "x.db")
    assert [run.input for run in other.runs()] == [{"topic": "there"}] and store.runs() == []
    other.close()


def test_what_runs_print_is_recorded_and_still_printed(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    async def main() -> None:
        await record(Chatty()).run()

    asyncio.run(main())
    (run,) = ended(store)
    assert "the kettle sings" in capsys.readouterr().out
    assert [each["text"] for each in store.records(run.run_id) if each["kind"] == "printed"] == ["the kettle sings"]


class Chatty(Workflow):
    """Prints."""

    @step
    async def work(self, ev: StartEvent) -> StopEvent:
        """Print."""
        print("the kettle sings")
        return StopEvent()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # agents of llama_index.core give several of their own
def test_agents_are_workflows_like_any_other(store: Store) -> None:
    from llama_index.core.agent.workflow import AgentWorkflow, FunctionAgent

    from tests.recording.scripted_models import ScriptedLLM

    async def boil(cups: int) -> str:
        """Boil water."""
        return f"{cups} cups of water"

    def agent() -> FunctionAgent:
        return FunctionAgent(name="tea", tools=[boil], llm=ScriptedLLM(replies=[("boil", {"cups": 2}), "It boils."]))

    async def main() -> list[str]:
        single: FunctionAgent = record(agent())
        team = record(AgentWorkflow(agents=[agent()], root_agent="tea"))
        return [str(await workflow.run(user_msg="Tea?")) for workflow in (single, team)]

    assert asyncio.run(main()) == ["It boils."] * 2
    runs = ended(store, 2)
    assert [(run.workflow, run.status, run.file) for run in runs] == [
        ("FunctionAgent", "done", ""),
        ("AgentWorkflow", "done", ""),
    ]
    for run in runs:
        graph = store.graph(run.run_id)
        assert graph is not None and "call_tool" in {node["name"] for node in graph["nodes"]}
        assert {"call_started", "call_ended"} <= set(kinds(store, run.run_id))
