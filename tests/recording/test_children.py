"""Workflows that user code runs inside a step: runs of their own, whose handlers work as without us."""

from __future__ import annotations

from typing import Any

from workflows import Context, Workflow, step
from workflows.events import Event, HumanResponseEvent, InputRequiredEvent, StartEvent, StopEvent

from tests.recording.lab import Lab


class Progress(Event):
    """Only for who watches."""

    text: str


class Child(Workflow):
    """Says what it does and doubles a number."""

    @step
    async def work(self, ctx: Context, ev: StartEvent) -> StopEvent:
        """Double."""
        ctx.write_event_to_stream(Progress(text=f"doubling {ev.n}"))
        await ctx.store.set("n", ev.n)
        return StopEvent(result=ev.n * 2)


class Asking(Workflow):
    """A child that asks its parent."""

    @step
    async def ask(self, ev: StartEvent) -> InputRequiredEvent:
        """Ask."""
        return InputRequiredEvent(prefix="How many?")

    @step
    async def hear(self, ev: HumanResponseEvent) -> StopEvent:
        """Take the answer."""
        return StopEvent(result=ev.response)


class Parent(Workflow):
    """Runs a child made inside its step."""

    @step
    async def delegate(self, ev: StartEvent) -> StopEvent:
        """Wait for the child."""
        return StopEvent(result=await Child().run(n=ev.n))


class Watches(Workflow):
    """Reads its child's stream."""

    @step
    async def delegate(self, ctx: Context, ev: StartEvent) -> StopEvent:
        """Hand on what the child streams."""
        handler = Child().run(n=4)
        seen = [type(event).__name__ async for event in handler.stream_events()]
        saved = handler.ctx.to_dict()
        return StopEvent(result=[seen, await handler, sorted(saved), handler.is_done()])


class Answers(Workflow):
    """Answers its child's question out of its stream."""

    @step
    async def delegate(self, ev: StartEvent) -> StopEvent:
        """Answer."""
        handler = Asking().run()
        async for event in handler.stream_events():
            if isinstance(event, InputRequiredEvent):
                await handler.send_event(HumanResponseEvent(response=f"{event.prefix} seven"))
        return StopEvent(result=await handler)


class FailingChild(Workflow):
    """Fails."""

    @step
    async def work(self, ev: StartEvent) -> StopEvent:
        """Fail."""
        raise LookupError("child's fault")


class CatchesChild(Workflow):
    """Goes on though its child failed."""

    @step
    async def delegate(self, ev: StartEvent) -> StopEvent:
        """Catch."""
        try:
            await FailingChild().run()
        except LookupError as error:
            return StopEvent(result=str(error))
        return StopEvent()


async def played(lab: Lab, workflow: str, **values: Any) -> Any:
    """The parent's run and story, and those of its only child."""
    run, story = await lab.run(workflow, **values)
    (row,) = [row for row in lab.store.runs() if row.parent_run == run.run_id]
    child = await lab.ended(row.run_id)
    return run, story, child, lab.story(child.run_id)


def test_a_child_is_a_run_of_its_own_that_knows_its_parents_step(play: Any) -> None:
    run, story, child, inner = play(lambda lab: played(lab, "Parent", n=21))
    assert run.result["value"] == 42 == child.result["value"]
    (delegate,) = story.started("delegate")
    assert (child.workflow, child.origin, child.input) == ("Child", "step", {"n": 21})
    assert child.parent_invocation == delegate["invocation"]
    begun = inner.records[0]
    assert (begun["parent_run"], begun["parent_invocation"]) == (run.run_id, delegate["invocation"])
    assert [record["step"] for record in story.of("invocation_started")] == ["delegate"]
    assert [record["step"] for record in inner.of("invocation_started")] == ["work"]
    assert inner.of("store_written")[0]["step"] == "work" and not story.of("store_written")


def test_the_holder_of_a_childs_handler_reads_its_stream_and_saves_it(play: Any) -> None:
    run, _, child, inner = play(lambda lab: played(lab, "Watches"))
    seen, result, saved, done = run.result["value"]
    assert (seen, result, done) == (["Progress", "StopEvent"], 8, True)
    assert {"state", "is_running", "workers"} <= set(saved)
    assert child.status == "done"
    assert inner.makers("Progress") == [("streamed", "work")]


def test_a_parent_answers_the_question_of_its_child(play: Any) -> None:
    run, _, child, inner = play(lambda lab: played(lab, "Answers"))
    assert run.result["value"] == "How many? seven" == child.result["value"]
    assert inner.makers("HumanResponseEvent") == [("outside", None)]
    assert len(inner.of("prompt")) == 1


def test_a_childs_failure_is_its_own_when_the_parent_catches_it(play: Any) -> None:
    run, story, child, _ = play(lambda lab: played(lab, "CatchesChild"))
    assert (run.status, run.result["value"]) == ("done", "child's fault")
    assert (child.status, child.error["step"]) == ("failed", "work")
    assert [record["outcome"] for record in story.of("invocation_ended")] == ["ok"]


def test_the_handler_of_a_run_gives_its_context_at_any_time(play: Any) -> None:
    async def scene(lab: Lab) -> Any:
        run_id = lab.start("Asking")
        await lab.recorded(run_id, "prompt")
        handler = lab.runs.hosted[run_id].handler
        assert handler is not None
        saved = handler.ctx.to_dict()
        (prompt,) = await lab.prompted(run_id)
        await lab.answer(prompt, response="1")
        await lab.ended(run_id)
        return saved

    saved = play(scene)
    assert saved["is_running"] and set(saved["workers"]) == {"ask", "hear"}
