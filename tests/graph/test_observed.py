"""Edges that records show."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from inspectors.graph.observed import taken_edges
from tests.graph.corpus_lab import Corpus


def test_an_event_that_two_steps_take_is_an_edge_to_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    corpora = Path(__file__).parent / "corpus"
    monkeypatch.syspath_prepend(str(corpora))
    with Corpus(corpora / "shapes.py", tmp_path / "x.db") as corpus:
        (run_id,) = asyncio.run(corpus.run("JoinTwo", [{}]))
        taken = taken_edges(corpus.lab.store.records(run_id), "shapes.JoinTwo")
    consumed = {target.rpartition(".")[2] for source, target, kind in taken if kind == "consumes" and "Start" in source}
    assert consumed == {"left", "right"}
