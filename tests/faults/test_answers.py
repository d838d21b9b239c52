"""An answer is taken once: of two servers that bring one each, and however its runner dies on the way.

The short form of `python -m tests.faults.answers`, without a browser.
"""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest

from inspectors.settings import Settings
from inspectors.workbench import Workbench
from tests.e2e.app_process import PROJECT
from tests.runner.conftest import Bench, workbench_on

ASKING = PROJECT / "tests" / "runner" / "asking.py"
RACES = 12


def settings(folder: Path) -> Settings:
    """A database of the test's own."""
    return Settings(folder / "stepscope.db", (str(ASKING),), sys.executable)


def ask(bench: Bench, file: Path, number: int = 1) -> list[str]:
    """Runs that wait for a person, out of memory."""
    source = bench.source("SlowTake", ASKING)
    runs = [bench.supervisor.start(source, {"file": str(file)}, {}) for _ in range(number)]
    for run_id in runs:
        bench.let_go(run_id)
    return runs


@pytest.mark.parametrize("point", ["run to be taken up", "answer given to the engine"])
def test_a_runner_that_dies_with_an_answer_costs_nobody_a_click(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    mark, taken = tmp_path / "kill-at", tmp_path / "taken"
    points = Path(__file__).parent / "points"
    monkeypatch.setenv("PYTHONPATH", f"{points}:{PROJECT}")
    monkeypatch.setenv("STEPSCOPE_KILL_AT", str(mark))
    with workbench_on(settings(tmp_path)) as bench:
        (run_id,) = ask(bench, taken)
        (prompt,) = bench.store.prompts(run_id)
        mark.write_text(point)
        assert bench.supervisor.answer(prompt.prompt_id, {"response": "APPROVE"}, "Ada").accepted
        bench.until(lambda: not mark.exists())  # a runner has died
        run = bench.ended(run_id)
        assert run.status == "done" and run.result == {"type": "str", "value": "APPROVE"}, run
        records = bench.store.records(run_id)
        assert [record["via"] for record in records if record["kind"] == "event"].count("answer") == 1
        assert taken.read_text() == "APPROVE\n"


def test_of_two_servers_one_wins_each_race_and_the_other_says_who(tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    with workbench_on(settings(tmp_path)) as bench:
        runs = ask(bench, taken, RACES)
        other = Workbench(settings(tmp_path))
        try:
            for run_id in runs:
                (prompt,) = bench.store.prompts(run_id)
                outcomes: dict[str, str] = {}
                start = threading.Barrier(2)

                def bring(
                    name: str, server: Workbench, prompt_id: str = prompt.prompt_id, start: threading.Barrier = start
                ) -> None:
                    start.wait()
                    outcome = server.supervisor.answer(prompt_id, {"response": name}, name)
                    outcomes[name] = "" if outcome.accepted else outcome.sentence  # noqa: B023

                tabs = [threading.Thread(target=bring, args=one) for one in (("A", bench.workbench), ("B", other))]
                for tab in tabs:
                    tab.start()
                for tab in tabs:
                    tab.join()
                (winner,) = [name for name, said in outcomes.items() if not said]
                (loser,) = [said for said in outcomes.values() if said]
                assert loser.startswith(f"Already answered by {winner} at ")
                run = bench.ended(run_id)
                assert run.result == {"type": "str", "value": winner}
        finally:
            other.close()
        assert len(taken.read_text().split()) == RACES
