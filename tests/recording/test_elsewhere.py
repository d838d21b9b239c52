"""Runs that a program of the user's starts: recorded, shown, answered and cancelled, and no worse for it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import multiprocessing
import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from workflows import Context, Workflow, step
from workflows.errors import WorkflowCancelledByUser, WorkflowTimeoutError
from workflows.events import Event, HumanResponseEvent, InputRequiredEvent, StartEvent, StopEvent
from workflows.plugins.basic import basic_runtime

from inspectors.discovery import discover
from inspectors.recording import elsewhere, program, record
from inspectors.runner.supervisor import Supervisor
from inspectors.settings import read_settings
from inspectors.store import Run, Store

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0


class Leaf(Event):
    """What tea is made of."""

    topic: str


class Tea(Workflow):
    """Makes tea."""

    @step
    async def pick(self, ctx: Context, ev: StartEvent) -> Leaf:
        """Pick a leaf."""
        await ctx.store.set("topic", ev.topic)
        return Leaf(topic=ev.topic)

    @step
    async def brew(self, ctx: Context, ev: Leaf) -> StopEvent:
        """Brew it."""
        ctx.write_event_to_stream(Leaf(topic="steam"))
        return StopEvent(result=f"{ev.topic} is ready")


AT_IMPORT = record(Tea())


class Cup(Workflow):
    """A child of whoever makes it."""

    @step
    async def fill(self, ev: StartEvent) -> StopEvent:
        """Fill."""
        return StopEvent(result=ev.size * 2)


class Party(Workflow):
    """Makes cups in its step, one of them by `record` once more."""

    @step
    async def pour(self, ev: StartEvent) -> StopEvent:
        """Pour."""
        return StopEvent(result=await Cup().run(size=2) + await record(Cup()).run(size=3))


class Asks(Workflow):
    """Waits for a person."""

    @step
    async def ask(self, ctx: Context, ev: StartEvent) -> StopEvent:
        """Ask."""
        answer = await ctx.wait_for_event(HumanResponseEvent, waiter_event=InputRequiredEvent(prefix="Milk?"))
        return StopEvent(result=answer.response)


class Count(HumanResponseEvent):
    """A number."""

    lumps: int


class AsksForSugar(Workflow):
    """Two steps and a typed answer."""

    @step
    async def ask(self, ev: StartEvent) -> InputRequiredEvent:
        """Ask."""
        return InputRequiredEvent(prefix="How many lumps?")

    @step
    async def hear(self, ev: Count) -> StopEvent:
        """Hear."""
        return StopEvent(result=ev.lumps)


class Fails(Workflow):
    """Fails."""

    @step
    async def work(self, ev: StartEvent) -> StopEvent:
        """Fail."""
        raise LookupError("no kettle")


class Endless(Workflow):
    """Goes on until it is stopped."""

    @step
    async def work(self, ev: StartEvent) -> StopEvent:
        """Wait."""
        await asyncio.sleep(3600)
        return StopEvent()


@pytest.fixture
def store(own_database: Path) -> Iterator[Store]:
    """The test's database; what records in it lets go at the end."""
    store = Store(own_database)
    yield store
    elsewhere.close_programs()
    store.close()


@pytest.fixture
def supervisor(store: Store) -> Iterator[Supervisor]:
    """A server's part in it."""
    found = Supervisor(store, read_settings([]))
    yield found
    found.close()


def until(holds: Callable[[], Any], what: str = "it") -> Any:
    """What `holds` gives once it gives something."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = holds()
        if found:
            return found
        time.sleep(0.01)
    raise AssertionError(f"{what} was not so in {PATIENCE} s")


async def soon(holds: Callable[[], Any], what: str = "it") -> Any:
    """The same without blocking the loop."""
    return await asyncio.to_thread(until, holds, what)


def ended(store: Store, count: int = 1) -> list[Run]:
    """So many ended runs, oldest first."""
    return until(lambda: len(found := [run for run in store.runs() if run.ended]) >= count and found[::-1], "ended")


def kinds(store: Store, run_id: str) -> list[str]:
    records = store.records(run_id)
    assert [each["seq"] for each in records] == list(range(1, len(records) + 1))
    return [each["kind"] for each in records]


# -- in this process ------------------------------------------------------------------------------------


def test_one_line_records_a_run_as_one_from_the_browser(store: Store) -> None:
    async def main() -> Any:
        return await record(Tea(timeout=7)).run(topic="oolong")

    assert asyncio.run(main()) == "oolong is ready"
    (run,) = ended(store)
    assert (run.workflow, run.file, run.status, run.origin) == ("Tea", __file__, "done", "script")
    assert (run.input, run.options["timeout"]) == ({"topic": "oolong"}, 7)
    assert run.result == {"type": "str", "value": "oolong is ready"}
    assert run.version and run.started_at and 0 < run.active_s < 60 and not run.loaded
    graph = store.graph(run.run_id)
    assert graph is not None and {"pick", "brew"} <= {node["name"] for node in graph["nodes"]}
    assert store.last_runs()[__file__, "Tea"].run_id == run.run_id
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


# -- people ---------------------------------------------------------------------------------------------


def test_an_answer_given_on_review_reaches_the_run(store: Store, supervisor: Supervisor) -> None:
    async def main() -> Any:
        handler = record(Asks(timeout=60)).run()
        (prompt,) = await soon(store.prompts, "a prompt")
        run = await soon(lambda: (found := store.run(prompt.run_id)) and found.status == "waiting" and found, "waiting")
        assert prompt.text == "Milk?" and prompt.deadline is not None and 50 < prompt.deadline - time.time() < 61
        assert run.loaded and run.active_since is None
        outcome = await asyncio.to_thread(supervisor.answer, prompt.prompt_id, {"response": "yes"}, "Ann")
        assert outcome.accepted
        return await handler

    assert asyncio.run(main()) == "yes"
    (run,) = ended(store)
    (prompt,) = store.prompts(run.run_id, status="answered")
    assert (run.status, prompt.answered_by, prompt.answer_value) == ("done", "Ann", {"response": "yes"})
    (waiting,) = [each for each in store.records(run.run_id) if each["kind"] == "waiting"]
    assert waiting["held"] and run.active_s < run.ended_at - run.started_at  # type: ignore[operator]


def test_an_answer_that_does_not_fit_is_given_back_with_a_sentence(store: Store, supervisor: Supervisor) -> None:
    async def main() -> Any:
        handler = record(AsksForSugar()).run()
        (prompt,) = await soon(store.prompts)
        supervisor.answer(prompt.prompt_id, {"lumps": "many"})
        refused = await soon(lambda: (again := store.prompt(prompt.prompt_id)) and again.refused, "refused")
        assert "lumps" in refused
        assert supervisor.answer(prompt.prompt_id, {"lumps": 2}).accepted
        return await handler

    assert asyncio.run(main()) == 2


def test_a_program_that_answers_itself_closes_the_prompt(store: Store) -> None:
    async def main() -> Any:
        handler = record(AsksForSugar()).run()
        await soon(store.prompts)
        handler.ctx.send_event(Count(lumps=3))
        return await handler

    assert asyncio.run(main()) == 3
    (run,) = ended(store)
    assert store.prompts() == [] and len(store.prompts(run.run_id, status="answered")) == 1


def test_a_run_is_cancelled_from_its_page_and_its_program_hears_of_it(store: Store, supervisor: Supervisor) -> None:
    async def main() -> None:
        handler = record(Endless()).run()
        (run,) = await soon(store.runs)
        supervisor.cancel(run.run_id, "Ann")
        with pytest.raises(WorkflowCancelledByUser):
            await handler

    asyncio.run(main())
    (run,) = ended(store)
    assert (run.status, run.cancelled_by) == ("cancelled", "Ann")
    assert "cancel_asked" in kinds(store, run.run_id)


# -- the database can't be used -------------------------------------------------------------------------


def test_without_a_database_the_workflow_runs_on_and_one_sentence_says_why(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()

    async def main() -> list[Any]:
        workflow = record(Tea(), database=folder)
        return [await workflow.run(topic=topic) for topic in ("one", "two")]

    with caplog.at_level(logging.WARNING, "stepscope"):
        assert asyncio.run(main()) == ["one is ready", "two is ready"]
        elsewhere.close_programs()
    (said,) = [each.getMessage() for each in caplog.records]
    assert "doesn't record the runs of" in said and str(folder) in said and "it is a folder" in said


def test_a_database_that_is_locked_slows_nobody_down(
    store: Store, own_database: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(program, "TRY_FOR", 0.1)
    monkeypatch.setattr(program, "REST", 0.0)
    monkeypatch.setattr("inspectors.store.database.BUSY_SECONDS", 0.2)

    async def main() -> float:
        began = time.monotonic()
        await record(Tea()).run(topic="early")
        return time.monotonic() - began

    with contextlib.closing(sqlite3.connect(own_database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert asyncio.run(main()) < 30, "as long as it stays locked"
        until(lambda: caplog.records, "a warning")
        assert "another program has locked it" in caplog.records[0].getMessage()
        other.execute("ROLLBACK")
    asyncio.run(main())
    assert [run.input["topic"] for run in ended(store)] == ["early"]


def test_what_could_not_be_written_for_a_while_is_written_later(
    store: Store, own_database: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("inspectors.store.database.BUSY_SECONDS", 0.05)
    monkeypatch.setattr(program, "TRY_AGAIN", 0.02)
    workflow = record(Tea())

    async def main(topic: str) -> None:
        await workflow.run(topic=topic)

    asyncio.run(main("before"))
    ended(store)
    with contextlib.closing(sqlite3.connect(own_database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        asyncio.run(main("meanwhile"))
        assert not next(iter(elsewhere._programs.values())).writer.flush(0.3)
        other.execute("ROLLBACK")
    runs = ended(store, 2)
    assert [(run.input["topic"], run.status) for run in runs] == [("before", "done"), ("meanwhile", "done")]
    assert kinds(store, runs[1].run_id)[-1] == "run_ended" and not caplog.records


# -- in processes of their own ----------------------------------------------------------------------------


def script(folder: Path, body: str, name: str = "brewing.py") -> Path:
    """A program of the user's, beside whatever else is in the folder."""
    file = folder / name
    file.write_text(
        "import asyncio, os, sys\n"
        "from workflows import Context, Workflow, step\n"
        "from workflows.events import HumanResponseEvent, InputRequiredEvent, StartEvent, StopEvent\n"
        "from inspectors.recording import record\n\n" + body
    )
    return file


SLOW = """
class Slow(Workflow):
    '''Takes its time.'''

    @step
    async def brew(self, ev: StartEvent) -> StopEvent:
        await asyncio.sleep(ev.seconds)
        return StopEvent(result=os.getpid())
"""
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}


def program_of(file: Path, *words: str, database: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-W", "error", str(file), *words],
        env={**ENVIRONMENT, "STEPSCOPE_DB": str(database)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finished(process: subprocess.Popen[str]) -> str:
    out, said = process.communicate(timeout=60)
    assert (process.returncode, said) == (0, "")
    return out


def test_a_plain_script_is_seen_while_it_runs_and_leaves_nothing_behind(store: Store, tmp_path: Path) -> None:
    file = script(
        tmp_path,
        SLOW
        + "async def main():\n    return await record(Slow()).run(seconds=float(sys.argv[1]))\n"
        + "print(asyncio.run(main()))\n",
    )
    process = program_of(file, "1.0", database=store.path)
    (run,) = until(lambda: [run for run in store.runs() if run.status == "running"], "running")
    assert process.poll() is None
    (row,) = store.runners()
    assert row.is_program and row.pid == process.pid and row.file == str(file)
    assert finished(process).strip() == str(process.pid)
    (done,) = store.runs()
    assert (done.run_id, done.status, done.module, done.file) == (run.run_id, "done", "brewing", str(file))
    assert done.options["program"] == "brewing.py" and store.runners() == []
    assert kinds(store, run.run_id)[-1] == "run_ended"


def test_a_killed_script_leaves_its_run_interrupted(store: Store, supervisor: Supervisor, tmp_path: Path) -> None:
    file = script(
        tmp_path,
        SLOW
        + "class Asks(Workflow):\n    @step\n    async def ask(self, ctx: Context, ev: StartEvent) -> StopEvent:\n"
        + "        await ctx.wait_for_event(HumanResponseEvent, waiter_event=InputRequiredEvent(prefix='Milk?'))\n"
        + "        return StopEvent()\n\n"
        + "async def main():\n    handler = record(Asks()).run()\n    await record(Slow()).run(seconds=3600)\n"
        + "asyncio.run(main())\n",
    )
    process = program_of(file, database=store.path)
    (prompt,) = until(store.prompts, "a prompt")
    until(
        lambda: (
            len(store.runs()) == 2 and all("invocation_started" in kinds(store, each.run_id) for each in store.runs())
        )
    )
    process.kill()
    process.communicate()
    outcome = supervisor.answer(prompt.prompt_id, {"response": "yes"})
    assert not outcome.accepted and "program that asked this has ended" in outcome.sentence
    runs = {run.workflow: run for run in ended(store, 2)}
    assert {run.status for run in runs.values()} == {"interrupted"}
    assert runs["Slow"].error["message"] == "The program ended while brew was running: its process is gone."
    assert store.prompts() == [] and store.runners() == []


def test_a_program_that_ends_in_the_middle_says_so_itself(store: Store, tmp_path: Path) -> None:
    file = script(
        tmp_path,
        SLOW
        + "loop = asyncio.new_event_loop()\n"
        + "begun = asyncio.Event()\n"
        + "class Begins(Slow):\n    @step\n    async def brew(self, ev: StartEvent) -> StopEvent:\n"
        + "        begun.set()\n        await asyncio.sleep(ev.seconds)\n        return StopEvent()\n\n"
        + "async def main():\n    record(Begins()).run(seconds=3600)\n    await begun.wait()\n"
        + "loop.run_until_complete(main())\nos.dup2(os.open(os.devnull, os.O_WRONLY), 2)\n",
    )
    finished(program_of(file, database=store.path))
    (run,) = store.runs()
    assert (run.status, run.error["message"]) == (
        "interrupted",
        "The program ended while brew was running: it did not wait for the run.",
    )


def test_the_supervisor_never_ends_a_users_process(
    store: Store, supervisor: Supervisor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inspectors.runner.watch.GRACE_SECONDS", 0.1)
    file = script(
        tmp_path,
        "import time\n"
        "class Deaf(Workflow):\n    @step\n    async def work(self, ev: StartEvent) -> StopEvent:\n"
        "        time.sleep(1.5)\n        return StopEvent()\n\n"
        "async def main():\n    try:\n        await record(Deaf()).run()\n    except Exception as error:\n"
        "        print(type(error).__name__)\n"
        "asyncio.run(main())\n",
    )
    process = program_of(file, database=store.path)
    (run,) = until(lambda: [run for run in store.runs() if run.status == "running"])
    supervisor.cancel(run.run_id)
    assert finished(process).strip() in ("WorkflowCancelledByUser", "")
    assert ended(store)[0].status in ("cancelled", "done")


def test_a_runner_takes_no_notice_of_record_in_the_file_it_imports(
    store: Store, supervisor: Supervisor, tmp_path: Path
) -> None:
    file = script(tmp_path, SLOW + "workflow = record(Slow())\n", "brewery.py")
    (source,) = discover([file]).workflows
    run_id = supervisor.start(source, {"seconds": 0})
    (run,) = ended(store)
    assert (run.run_id, run.status, run.origin) == (run_id, "done", "page")
    assert kinds(store, run_id)[-1] == "run_ended"


def test_in_a_test_of_the_users(store: Store, tmp_path: Path) -> None:
    script(tmp_path, SLOW + "workflow = record(Slow())\n", "brewery.py")
    (tmp_path / "test_brewery.py").write_text(
        "import asyncio, sys\nfrom brewery import workflow\n\n\n"
        "def test_brew(capsys):\n"
        "    async def main():\n        return await workflow.run(seconds=0)\n\n"
        "    assert asyncio.run(main()) > 0\n"
    )
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "--rootdir",
            str(tmp_path),
            str(tmp_path),
        ],
        env={**ENVIRONMENT, "STEPSCOPE_DB": str(store.path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (run,) = ended(store)
    assert (run.workflow, run.status, run.file) == ("Slow", "done", str(tmp_path / "brewery.py"))


def _forked(queue: Any) -> None:
    async def main() -> Any:
        return await AT_IMPORT.run(topic="in the child")

    queue.put(asyncio.run(main()))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="only where processes are forked")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_forked_processes_record_their_own_runs(store: Store) -> None:
    async def main() -> None:
        await AT_IMPORT.run(topic="before")
        fork = multiprocessing.get_context("fork")
        queue = fork.Queue()
        child = fork.Process(target=_forked, args=(queue,))
        child.start()
        assert await asyncio.to_thread(queue.get, True, PATIENCE) == "in the child is ready"
        await asyncio.to_thread(child.join, PATIENCE)
        await AT_IMPORT.run(topic="after")

    asyncio.run(main())
    runs = ended(store, 3)
    assert sorted(run.input["topic"] for run in runs) == ["after", "before", "in the child"]
    assert {run.status for run in runs} == {"done"}


def test_importing_it_is_cheap() -> None:
    look = (
        "import sys; from inspectors.recording import record;"
        "print([name for name in ('workflows', 'sqlite3', 'pydantic', 'streamlit') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", look], env=ENVIRONMENT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
