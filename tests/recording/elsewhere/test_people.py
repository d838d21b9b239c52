"""Runs of a program are answered and cancelled from pages, and by the program itself."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from workflows.errors import WorkflowCancelledByUser

from inspectors.recording import record
from inspectors.runner.supervisor import Supervisor
from inspectors.store import Store
from tests.recording.elsewhere.tea import (
    Asks,
    AsksForSugar,
    Count,
    Endless,
    ended,
    kinds,
    soon,
)


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
