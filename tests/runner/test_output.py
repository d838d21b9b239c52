"""What the code of a run prints, through a real runner: whichever way it leaves the process, it is recorded once."""

from __future__ import annotations

import os
import sys
from collections import Counter
from pathlib import Path

import pytest

TALKATIVE = Path(__file__).parent / "talkative.py"

needs_fork = pytest.mark.skipif(sys.platform != "linux", reason="sh, fork and libc, as Linux has them")


def lines(records: list[dict]) -> Counter[tuple[str, str, bool, bool | None]]:
    """(stream, line, whether an invocation is known, shared) of all that was printed."""
    return Counter(
        (record["stream"], line, record["invocation"] is not None, record.get("shared"))
        for record in records
        if record["kind"] == "printed"
        for line in record["text"].split("\n")
    )


@needs_fork
def test_every_way_out_of_the_process_is_recorded_once_and_with_whom_it_belongs_to(bench):
    run = bench.ended(bench.start("Talks", TALKATIVE))
    records = bench.store.records(run.run_id)
    assert run.status == "done", run.error
    assert lines(records) == {
        ("stdout", "plain print", True, None): 1,
        ("stdout", "bytes below", True, None): 1,
        ("stdout", "from to_thread", True, None): 1,
        ("stdout", "from an executor", False, None): 1,
        ("stdout", "from a raw thread", False, None): 1,
        ("stdout", "from a subprocess", False, False): 1,
        ("stdout", "given stdout", False, False): 1,
        ("stderr", "from a shell", False, False): 1,
        ("stdout", "from a forked process", False, False): 1,
        ("stderr", "straight to descriptor 2", False, False): 1,
        ("stdout", "from C code", False, False): 1,
        ("stdout", "without an end", True, None): 1,
    }
    logged = [(it["level"], it["logger"], it["text"], it["step"]) for it in records if it["kind"] == "logged"]
    assert logged == [("INFO", "talk", "an info", "talk"), ("WARNING", "root", "a warning", "talk")]
    kinds = [record["kind"] for record in records]
    over = kinds.index("invocation_ended")
    assert all(kind not in ("printed", "logged") for kind in kinds[over:]), "what a step printed stands before its end"
    log = bench.supervisor.status(bench.source("Talks", TALKATIVE)).log
    text = Path(log).read_text(encoding="utf-8")
    for said in (
        "printed at import",
        "printed by a pool at import",
        "from a shell",
        "talk says an info",
        "from C code",
    ):
        assert text.count(said) == 1, f"everything is in the log as well, once:\n{text}"


def test_a_flood_is_cut_and_the_run_says_how_much_more_there_was(bench):
    run = bench.ended(bench.start("Floods", TALKATIVE, lines=30_000, child_lines=20_000))
    records = bench.store.records(run.run_id)
    printed = [record for record in records if record["kind"] == "printed"]
    kept = sum(len(record["text"]) for record in printed)
    assert 900_000 < kept < 1_100_000 and len(printed) <= 2_000
    begun, ended = [record for record in records if record["kind"] == "output_left_out"]
    assert (begun["what"], begun["lines"]) == ("printed", None)
    shown = sum(record["text"].count("\n") + 1 for record in printed)
    assert ended["lines"] + shown == pytest.approx(50_000, abs=2)
    log = Path(ended["log"])
    assert log.read_text(encoding="utf-8").count("of very many lines") == 30_000
    assert log.read_text(encoding="utf-8").count("a line of the subprocess") == 20_000
    assert records[-1]["kind"] == "run_ended"


def test_a_run_goes_on_when_its_code_closes_a_descriptor(bench):
    run = bench.ended(bench.start("ClosesDescriptors", TALKATIVE))
    assert run.status == "done", run.error
    assert [line for _, line, *_ in lines(bench.store.records(run.run_id))] == ["after the descriptor was closed"]
    assert bench.ended(bench.start("Floods", TALKATIVE, lines=1)).status == "done"


def test_what_a_subprocess_prints_while_two_runs_are_active_is_shown_in_both(bench, tmp_path):
    sign = str(tmp_path / "go")
    runs = [bench.start("Meets", TALKATIVE, who=who, sign=sign, speaks=who == "Ada") for who in ("Ada", "Bob")]
    for run_id in runs:
        bench.wait(run_id, lambda run: any(it["kind"] == "printed" for it in bench.store.records(run.run_id)))
    Path(sign).touch()
    for run_id in runs:  # a live run shows it while its step goes on
        bench.wait(
            run_id, lambda run: ("stdout", "who said this?", False, True) in lines(bench.store.records(run.run_id))
        )
    Path(sign + ".over").touch()
    for run_id in runs:
        bench.ended(run_id)
        assert sum(lines(bench.store.records(run_id)).values()) == 2


def test_a_runner_that_ends_leaves_no_files_of_its_output(bench):
    bench.ended(bench.start("Floods", TALKATIVE))
    folder = bench.store.path.with_name("stepscope.db.runners")
    assert {path.suffix for path in folder.iterdir()} == {".log", ".stdout", ".stderr", ".stacks"}
    bench.workbench.close()
    bench.until(lambda: not os.listdir(folder))
