"""What a runner is made of, in this process: a store, a commit writer and hosted runs of a module's workflows.

Tests wait for what the store says, never for a time to pass.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from inspectors.recording.writer import CommitWriter
from inspectors.runner.hosted_runs import HostedRuns
from inspectors.runner.loading import Instances
from inspectors.store import Prompt, Run, Store

PATIENCE = 60.0
"""Seconds: a machine that is shared with others may be slow, and a wait that ends too soon says nothing."""
TESTS = Path(__file__).parents[1]

Record = dict[str, Any]


class Lab:
    """One runner's worth of real parts. A second lab on the same path stands for a new process."""

    _numbers = itertools.count(1)

    def __init__(self, path: Path, module: ModuleType) -> None:
        self.store = Store(path)
        self.writer = CommitWriter(self.store)
        self.runner_id = f"lab-{next(self._numbers)}"
        self.instances = Instances(module, TESTS)
        self.runs = HostedRuns(self.store, self.writer, self.instances, self.runner_id, str(TESTS))

    def close(self) -> None:
        """Commit what is left and close the files."""
        assert self.writer.close()
        self.store.close()

    def start(
        self, workflow: str, *, timeout: float | None = 30.0, graph: Any = None, file: str = "lab.py", **values: Any
    ) -> str:
        """Start a run as the supervisor and the runner do together."""
        run_id = self.store.create_run(
            workflow=workflow,
            module="lab",
            file=file,
            version="1",
            input=values,
            options={"timeout": timeout} if timeout is not None else {},
            graph=graph,
            runner_id=self.runner_id,
        )
        self.store.assign_run(run_id, self.runner_id)
        self.runs.start(run_id)
        return run_id

    async def answer(self, prompt: Prompt, **values: Any) -> None:
        """Answer a prompt of a run, wherever the run is, as often as it takes: as the supervisor does."""
        assert self.store.add_answer(prompt.prompt_id, values, "tester") is None

        def carried() -> bool:
            run = self.store.run(prompt.run_id)
            if run is not None and (prompt.run_id in self.runs.hosted or not (run.loaded or run.ended)):
                sentence = self.runs.take_up(prompt.run_id)
                assert sentence is None, sentence
            return not self.store.undelivered(prompt.run_id)

        await self.until(f"{prompt.prompt_id} answered", carried)

    async def until(self, what: str, holds: Callable[[], Any]) -> Any:
        """Wait until something is so and return it; fail with `what` if it isn't in time."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            found = holds()
            if found:
                return found
            await asyncio.sleep(0.005)
        raise AssertionError(f"In {PATIENCE:g} s it did not come to this: {what}")

    async def ended(self, run_id: str) -> Run:
        """The run once it is over and nothing of it is in memory."""

        def over() -> Run | None:
            run = self.store.run(run_id)
            assert run is not None
            return run if run.ended and run_id not in self.runs.hosted else None

        run: Run = await self.until(f"run {run_id} ended", over)
        return run

    async def prompted(self, run_id: str, count: int = 1) -> list[Prompt]:
        """The open prompts of a run once there are `count`."""

        def open_prompts() -> list[Prompt] | None:
            found = self.store.prompts(run_id)
            return found if len(found) == count else None

        prompts: list[Prompt] = await self.until(f"{count} prompts of {run_id}", open_prompts)
        return prompts

    async def paused(self, run_id: str) -> Run:
        """The run once it waits for a person and has been let go."""

        def let_go() -> Run | None:
            run = self.store.run(run_id)
            return run if run is not None and run.status == "waiting" and not run.loaded else None

        run: Run = await self.until(f"run {run_id} paused", let_go)
        return run

    async def recorded(self, run_id: str, kind: str, **fields: Any) -> Record:
        """The first committed record of this kind and with these fields, once it is there."""
        record: Record = await self.until(
            f"a record {kind} {fields} of {run_id}", lambda: next(iter(self.pick(run_id, kind, **fields)), None)
        )
        return record

    def pick(self, run_id: str, kind: str, **fields: Any) -> list[Record]:
        """Committed records of this kind and with these fields."""
        return [
            record
            for record in self.store.records(run_id)
            if record["kind"] == kind and all(record.get(name) == value for name, value in fields.items())
        ]

    async def run(self, workflow: str, **values: Any) -> tuple[Run, Story]:
        """Start a run, wait for its end, and read it."""
        run_id = self.start(workflow, **values)
        run = await self.ended(run_id)
        return run, self.story(run_id)

    def story(self, run_id: str) -> Story:
        """The committed records of a run."""
        return Story(self.store.records(run_id))


class Story:
    """The records of one run, by what tests ask about; made only of records."""

    def __init__(self, records: list[Record]) -> None:
        assert [record["seq"] for record in records] == list(range(1, len(records) + 1)), "seq has gaps or doubles"
        self.records = records

    def of(self, kind: str, **fields: Any) -> list[Record]:
        """Records of a kind with these fields."""
        return [
            record
            for record in self.records
            if record["kind"] == kind and all(record.get(name) == value for name, value in fields.items())
        ]

    def events(self, type_name: str) -> list[Record]:
        """Records of the events of a type."""
        return self.of("event", type=type_name)

    def event(self, type_name: str) -> Record:
        """The record of the only event of a type."""
        (found,) = self.events(type_name)
        return found

    def ended(self, step: str) -> list[Record]:
        """How the invocations of a step ended, in order."""
        return self.of("invocation_ended", step=step)

    def started(self, step: str) -> list[Record]:
        """How the invocations of a step began, in order."""
        return self.of("invocation_started", step=step)

    def makers(self, type_name: str) -> list[tuple[str, str | None]]:
        """(via, step) of each event of a type."""
        return [(record["via"], record["from_step"]) for record in self.events(type_name)]

    def takers(self, key: str) -> list[str]:
        """Steps that took the event with this key, in order."""
        return [record["step"] for record in self.of("invocation_started") if key in record["consumed"]]

    def fields(self, key: str) -> dict[str, Any]:
        """The fields of the event with this key."""
        (found,) = [record["fields"] for record in self.of("event", key=key)]
        return found

    def dump(self) -> str:
        """For a person who has to see why a test failed."""
        return "\n".join(str({name: value for name, value in record.items() if name != "t"}) for record in self.records)


@asynccontextmanager
async def running(lab: Lab) -> AsyncIterator[Lab]:
    """The lab's workflows are recorded inside; at the end no task of theirs may be left."""
    with lab.runs.runtime.registering():
        try:
            yield lab
        finally:
            for run_id in list(lab.runs.hosted):
                lab.runs.cancel(run_id, "the test's end")
            await lab.until("nothing is hosted", lambda: not lab.runs.hosted)
            others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            if others:
                await asyncio.wait(others, timeout=PATIENCE)
