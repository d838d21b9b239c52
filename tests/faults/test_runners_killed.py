"""The short form of `make faults`: runners killed at random moments; every record, step and result is checked."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.faults.trial import RunnerTrials, witnessed
from tests.faults.truth import Truth
from tests.faults.workloads import APPROVAL, GATHERED, LIST, PIPELINE, Workload

OLD_MS = 3000.0
"""No record may be lost that is older, on any machine. What is promised, 50 ms, is measured by the long form."""
SMALL = {"size": 60, "pace": 0.02}
KILLS = 2
TRIALS = 40
"""Each that is missed makes the next one's moment earlier, so that there are kills on any machine."""


@pytest.fixture(scope="module")
def trials(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunnerTrials]:
    folder = tmp_path_factory.mktemp("faults")
    with witnessed(Truth(folder / "truth")):
        started = RunnerTrials(folder)
        yield started
        assert started.close() == [], "nothing is left behind"


@pytest.mark.parametrize(
    "workload",
    [APPROVAL, replace(PIPELINE, input={"pace": 0.05}), replace(LIST, input=SMALL), replace(GATHERED, input=SMALL)],
    ids=lambda workload: workload.workflow,
)
def test_runs_go_on_where_their_runner_was_killed(trials: RunnerTrials, workload: Workload):
    length = trials.length(workload)
    killed = 0
    for number in range(TRIALS):
        outcome = trials.one(workload, random.Random(f"short/{number}"), length)
        if outcome is None:  # it ended before its moment: the first one was slower, on a machine that others use
            length *= 0.7
            continue
        assert outcome.wrong == []
        assert max(outcome.lost_ms) < OLD_MS
        killed += len(outcome.kills)
        if killed >= KILLS:
            return
    raise AssertionError(f"Only {killed} kills: the runs ended before their moment.")
