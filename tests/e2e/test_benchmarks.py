"""The benchmarks run, small, and say what they promise; their values are nobody's business here.

STEPSCOPE_LONG=1 tries those, too, that take long.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import sys
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser

from benchmarks.__main__ import main

Figures = dict[str, dict[str, Any]]
takes_long = pytest.mark.skipif(not os.environ.get("STEPSCOPE_LONG"), reason="STEPSCOPE_LONG=1 tries it")


@pytest.fixture
def printed(
    browser: Browser, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[str], Figures]:
    """What `python -m benchmarks NAME --small --json` prints, in the browser that is there already: figures by name."""

    def measured(name: str) -> Figures:
        module = importlib.import_module(f"benchmarks.{name}")
        monkeypatch.setattr(module, "chromium", lambda: contextlib.nullcontext(browser))
        monkeypatch.setattr(sys, "argv", ["benchmarks", name, "--small", "--json"])
        assert main() == 0
        return {figure["name"]: figure for figure in json.loads(capsys.readouterr().out)}

    return measured


@takes_long
@pytest.mark.timeout(300)
def test_start_prints_its_figures_as_json(printed: Callable[[str], Figures]):
    figures = printed("start")
    assert list(figures) == ["run_click_to_first_event_ms", "approve_click_to_next_step_ms", "app_start_to_graph_s"]
    for figure in figures.values():
        assert set(figure) == {"name", "value", "unit", "baseline", "goal"}
        assert figure["value"] > 0
    assert [figure["goal"] for figure in figures.values()] == [300, 100, 3]
    assert figures["app_start_to_graph_s"]["baseline"] > 0, "an empty Streamlit app, measured beside it"


@takes_long
@pytest.mark.timeout(300)
def test_traces_prints_its_figures_as_json(printed: Callable[[str], Figures]):
    figures = printed("traces")
    assert list(figures) == [
        "traces_click_to_rows_ms",
        "traces_load_ms",
        "traces_key_to_rows_ms",
        "traces_end_ms",
        "traces_scroll_frame_p95_ms",
    ]
    assert all(figure["value"] > 0 for figure in figures.values())
    assert figures["traces_load_ms"]["baseline"] > 0, "Streamlit's own table of the same runs"


@takes_long
@pytest.mark.timeout(300)
def test_browse_prints_its_figures_beside_the_samples(printed: Callable[[str], Figures]):
    figures = printed("browse")
    assert list(figures) == ["browse_cold_open_ms", "browse_open_ms", "browse_search_ms"]
    for figure in figures.values():
        assert figure["value"] > 0 and figure["baseline"] > 0, "the samples alone, measured beside it"


@takes_long
@pytest.mark.timeout(600)
def test_live_prints_its_figures_and_loses_nothing(printed: Callable[[str], Figures]):
    figures = printed("live")
    for name in ("emit_p95_ms_20eps", "emit_p95_ms_200eps", "emit_p95_ms_20tabs", "open_100k_ms", "filter_100k_ms"):
        assert 0 < figures[name]["value"] < 99_999
    assert figures["lost_or_doubled"]["value"] == 0
    assert figures["heap_100k_mb"]["value"] > 0
