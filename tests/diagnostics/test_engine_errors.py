"""Each error of the engine's validation, met by really importing a file: the finding names class, step, event, line."""

from __future__ import annotations

from pathlib import Path

import pytest

from inspectors.diagnostics import Finding, problems_of
from inspectors.discovery import WorkflowSource, discover
from tests.diagnostics.conftest import HEAD, Said, imported
from tests.diagnostics.rows import ROWS, Row

Case = tuple[Row, WorkflowSource, Said]


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Case]:
    """All rows as files, each read by discovery and imported by a runner's code."""
    folder = tmp_path_factory.mktemp("rows")
    files = {name: folder / f"row_{number}.py" for number, name in enumerate(ROWS)}
    for name, file in files.items():
        file.write_text(HEAD + ROWS[name].source.lstrip("\n"))
    said = imported(list(files.values()))
    sources = {source.file: source for source in discover([folder]).workflows}
    return {name: (ROWS[name], sources[str(file)], said[str(file)]) for name, file in files.items()}


def told(case: Case) -> list[Finding]:
    """What the page shows once the runner has spoken."""
    _, source, said = case
    return problems_of(source, said["described"].get("W"), said["error"])


@pytest.mark.parametrize("name", ROWS)
def test_the_engine_refuses_it_and_the_finding_says_why(name: str, cases: dict[str, Case]) -> None:
    row, source, said = cases[name]
    assert said["error"] or said["described"]["W"]["problem"], "the engine takes it: this row shows nothing"
    first = told(cases[name])[0]
    assert (first.id, first.sentence, first.line) == (row.rule, row.sentence, row.line)
    assert first.file == source.file and not first.traceback
    assert first.mend or row.rule == "engine-refuses"


@pytest.mark.parametrize("name", ROWS)
def test_source_says_it_before_and_nobody_says_it_twice(name: str, cases: dict[str, Case]) -> None:
    row, source, _ = cases[name]
    before = problems_of(source, None, None)
    assert [(one.id, one.sentence, one.line) for one in before if one.id == row.rule] == (
        [(row.rule, row.sentence, row.line)] if row.by_source else []
    )
    after = told(cases[name])
    assert len({one.sentence for one in after}) == len(after)
    assert [one.id for one in after].count(row.rule) == 1


def test_several_events_are_each_a_finding(tmp_path: Path) -> None:
    file = tmp_path / "several.py"
    file.write_text(
        HEAD
        + """
class A(Event): pass
class B(Event): pass
class W(Workflow):
    @step
    async def a(self, ev: StartEvent) -> StopEvent:
        return StopEvent()
    @step
    async def b(self, ev: A | B) -> StopEvent:
        return StopEvent()
"""
    )
    source = discover([file]).workflows[0]
    said = imported([file])[str(file)]["described"]["W"]
    assert "A" in said["problem"] and "B" in said["problem"]
    assert [one.sentence for one in problems_of(source, said)] == [
        "Step b of W takes A, which no step gives.",
        "Step b of W takes B, which no step gives.",
    ]
