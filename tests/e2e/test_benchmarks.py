"""The benchmarks run, small, and say what they promise; their values are nobody's business here."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]


@pytest.mark.timeout(240)
def test_start_prints_its_figures_as_json():
    command = [sys.executable, "-m", "benchmarks", "start", "--small", "--json"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    figures = {figure["name"]: figure for figure in json.loads(done.stdout)}
    assert list(figures) == ["run_click_to_first_event_ms", "approve_click_to_next_step_ms", "app_start_to_graph_s"]
    for figure in figures.values():
        assert set(figure) == {"name", "value", "unit", "baseline", "goal"}
        assert figure["value"] > 0
    assert [figure["goal"] for figure in figures.values()] == [300, 100, 3]
    assert figures["app_start_to_graph_s"]["baseline"] > 0, "an empty Streamlit app, measured beside it"


@pytest.mark.timeout(240)
def test_traces_prints_its_figures_as_json():
    command = [sys.executable, "-m", "benchmarks", "traces", "--small", "--json"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    figures = {figure["name"]: figure for figure in json.loads(done.stdout)}
    assert list(figures) == [
        "traces_click_to_rows_ms",
        "traces_load_ms",
        "traces_key_to_rows_ms",
        "traces_end_ms",
        "traces_scroll_frame_p95_ms",
    ]
    assert all(figure["value"] > 0 for figure in figures.values())
    assert figures["traces_load_ms"]["baseline"] > 0, "Streamlit's own table of the same runs"


@pytest.mark.timeout(240)
def test_browse_prints_its_figures_beside_the_samples():
    command = [sys.executable, "-m", "benchmarks", "browse", "--small", "--json"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    figures = json.loads(done.stdout)
    assert [figure["name"] for figure in figures] == ["browse_cold_open_ms", "browse_open_ms", "browse_search_ms"]
    for figure in figures:
        assert figure["value"] > 0 and figure["baseline"] > 0, "the samples alone, measured beside it"
