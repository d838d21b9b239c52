"""The recorder's benchmark runs, small, and says what it promises; its values are nobody's business here."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.record import Taken, _ratios
from benchmarks.record_process import file_size
from inspectors.store import Store

PROJECT = Path(__file__).resolve().parents[2]
GOALS = {
    "steps_ratio": 1.3,
    "fanout_ratio": 1.25,
    "fanout_ratio_list": 1.25,
    "fanout_ratio_sent": 1.25,
    "stream_ratio": 2.5,
    "bytes_per_event": 150,
    "bytes_per_event_fanout": 200,
    "memory_growth_mb": 10,
    "commit_lag_p95_ms": 50,
    "commit_lag_max_ms": 150,
}


def test_record_prints_its_figures_beside_the_official_server():
    command = [sys.executable, "-m", "benchmarks", "record", "--small", "--json"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    figures = {figure["name"]: figure for figure in json.loads(done.stdout)}
    assert {name: figure["goal"] for name, figure in figures.items()} == GOALS
    for name, figure in figures.items():
        assert set(figure) == {"name", "value", "unit", "baseline", "goal"}
        alone = name.startswith("commit_lag") or name in ("stream_ratio", "fanout_ratio_list")
        assert (figure["baseline"] is None) == alone, "all others are measured beside something"
        if name != "memory_growth_mb" and not name.startswith("bytes"):  # a short chain may need no page more
            assert figure["value"] > 0
    assert figures["steps_ratio"]["baseline"] > figures["steps_ratio"]["value"], "it commits each tick by itself"
    worse = max(figures["fanout_ratio_list"]["value"], figures["fanout_ratio_sent"]["value"])
    assert figures["fanout_ratio"]["value"] == worse


def test_a_run_is_compared_with_the_bare_runs_beside_it():
    def taken(column, seconds):
        return Taken(column, seconds, seconds, 0, [], {}, [])

    order = [taken("bare", 1.0), taken("stepscope", 3.0), taken("official", 20.0), taken("bare", 2.0)]
    order += [taken("stepscope", 3.0), taken("bare", 4.0)]
    assert _ratios(order, "stepscope") == [2.0, 1.0]
    assert _ratios(order, "official") == [pytest.approx(20 / 1.5)]


def test_what_was_deleted_still_counts_in_the_file(tmp_path):
    store = Store(tmp_path / "x.db")
    before = file_size(tmp_path / "x.db")
    with store.writing() as db:
        db.execute("CREATE TABLE journal_like (line BLOB)")
        db.execute("INSERT INTO journal_like VALUES (randomblob(600000))")
    grown = file_size(tmp_path / "x.db") - before
    with store.writing() as db:
        db.execute("DELETE FROM journal_like")
    store.close()
    assert grown > 500_000
    assert file_size(tmp_path / "x.db") - before == grown
