"""Writes docs/samples.md from the checks, all of them run: `python -m tests.workflows.samples_table`."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.workflows.sample_checks import CHECKS, SampleCheck, outcome

PAGE = Path(__file__).parents[2] / "docs" / "samples.md"

_HEAD = """# Samples

Every sample in `workflows/` runs offline: no key, no download. Each is checked by `tests/workflows`: its graph, read
from source, must be the whole expected one; its result must come from a run on the real engine with the network shut.

This page is written by those checks (`python -m tests.workflows.samples_table`), and a test fails if it differs.

| Sample | Workflow | Shows | Graph | Result |
|---|---|---|---|---|
"""

_FOOT = """
`offline_models.py`, `offline_replies.py` and `text_search.py` hold no workflow: they are the stand-ins for a language
model, an embedding and a reranker. With `OPENAI_API_KEY` set and the packages `llama-index-llms-openai` and
`llama-index-embeddings-openai` installed, the same samples use OpenAI's models. The documents that RAG samples index
are in `workflows/data`.
"""


def page() -> str:
    """The whole page; runs every check that this process hasn't run yet."""
    rows = [
        f"| [{check.file}.py](../workflows/{check.file}.py) | {check.workflow} | {check.shows} "
        f"| {_word(check, 'graph')} | {_word(check, 'result')} |"
        for check in CHECKS
    ]
    return _HEAD + "\n".join(rows) + "\n" + _FOOT


def _word(check: SampleCheck, part: str) -> str:
    error = outcome(check, part)
    return "ok" if error is None else f"fails: {type(error).__name__}"


if __name__ == "__main__":
    text = page()
    PAGE.write_text(text, encoding="utf-8")
    sys.exit("fails:" in text)
