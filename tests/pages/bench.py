"""A supervisor that starts no process, runs as rows, and what a page says."""

from __future__ import annotations

import json
from typing import Any

import pytest
from streamlit.runtime.scriptrunner import RerunData, get_script_run_ctx
from streamlit.testing.v1 import AppTest

from inspectors.runner.code_change import CodeChange
from inspectors.runner.supervisor import AnswerOutcome, RunnerStatus, StartRefused
from inspectors.store import Run
from inspectors.store.records import Commit, NewPrompt
from inspectors.workbench import Workbench

DRAFT = "AI regulation: what to know\n\n" + "Whoever decides has to write it down. " * 8


class Runners:
    """Stands for the supervisor: notes what it is asked, starts no process."""

    def __init__(self, bench: Workbench) -> None:
        self.bench = bench
        self.started: list[tuple[str, dict[str, Any], dict[str, Any]]] = []
        self.answered: list[tuple[str, dict[str, Any]]] = []
        self.versions: list[str | None] = []
        self.change: CodeChange | None = None
        self.cancelled: list[str] = []
        self.retried: list[str] = []
        self.refusal: StartRefused | None = None
        self.outcome = AnswerOutcome(True)
        self.state = RunnerStatus("ready")

    def open(self, source: Any) -> None:
        """Nothing to warm up."""

    def retry(self, source: Any) -> None:
        """Note it."""
        self.retried.append(source.name)

    def status(self, source: Any) -> RunnerStatus:
        """Whatever `state` was set to."""
        return self.state

    def start(self, source: Any, values: dict[str, Any], options: dict[str, Any]) -> str:
        """Note it and keep a run, or refuse."""
        if self.refusal:
            raise self.refusal
        self.started.append((source.name, values, options))
        return self.bench.store.create_run(
            workflow=source.name, module=source.module, file=source.file, version="v", input=values, graph=source.graph
        )

    def code_change(self, run: Run) -> CodeChange | None:
        """Whatever `change` was set to."""
        return self.change

    def answer(
        self, prompt_id: str, value: dict[str, Any], by: str = "", version: str | None = None, **more: Any
    ) -> AnswerOutcome:
        """Note it, and keep it if it is accepted."""
        self.answered.append((prompt_id, value))
        self.versions.append(version)
        if self.outcome.accepted:
            self.bench.store.add_answer(prompt_id, value, by, **more)
        return self.outcome

    def why_withdrawn(self, run_id: str) -> str:
        """A sentence."""
        return "The run has ended, so nothing waits for this answer any more."

    def cancel(self, run_id: str, by: str = "") -> None:
        """Note it."""
        self.cancelled.append(run_id)

    def close(self) -> None:
        """Nothing to end."""


def add_run(bench: Workbench, workflow: str = "ApprovalWorkflow", **columns: Any) -> Run:
    """A run of a sample, with columns of its row set."""
    source = next(one for one in bench.catalog().workflows if one.name == workflow)
    run_id = bench.store.create_run(
        workflow=workflow,
        module=source.module,
        file=source.file,
        version="v",
        input=columns.pop("input", source.example_input),
        graph=source.graph,
    )
    bench.store.commit([Commit(run_id, 1, ['{"seq": 1, "t": 1790000000.0, "kind": "run_started"}'], run=columns)])
    run = bench.store.run(run_id)
    assert run is not None
    return run


def add_pause(bench: Workbench, prompt_id: str = "p1", text: str = "Reply APPROVE or REVISE:", **fields: Any) -> Run:
    """A run of ApprovalWorkflow that waits for a person."""
    run = add_run(bench, status="waiting", waiting_since=1790000001.0)
    prompt = NewPrompt(
        prompt_id,
        2,
        "InputRequiredEvent",
        "generate_draft",
        text,
        {"prefix": text, "payload": DRAFT, **fields},
        None,
        {
            "type": "HumanResponseEvent",
            "module": "workflows.events",
            "schema": None,
            "open": True,
            "steps": ["handle_review"],
        },
    )
    bench.store.commit([Commit(run.run_id, 2, ['{"seq": 2, "t": 1790000001.0, "kind": "prompt"}'], prompts=[prompt])])
    return run


def asks_behind(app: AppTest, owner: Any, name: str, monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Have the browser ask for a rerun, once, right behind the function of this name; the list says that it has."""
    before = app._tree.get_widget_states()
    asked: list[bool] = []
    act = getattr(owner, name)

    def asks(*args: Any, **more: Any) -> Any:
        found = act(*args, **more)
        ctx = get_script_run_ctx()
        assert ctx is not None and ctx.script_requests is not None
        if not asked:
            asked.append(ctx.script_requests.request_rerun(RerunData(ctx.query_string, before, ctx.page_script_hash)))
        return found

    monkeypatch.setattr(owner, name, asks)
    return asked


def texts(app: AppTest) -> str:
    """All plain text of a page."""
    found = [one.value for kind in ("text", "title", "header", "markdown") for one in app.get(kind)]
    return "\n".join(str(one) for one in found)


def data_of(app: AppTest, name: str) -> dict[str, Any]:
    """What a page hands to the part in the browser whose script is `name`."""
    for element in app.get("bidi_component"):
        if element.proto.component_name == f"stepscope_{name}":
            return json.loads(element.proto.json)
    raise AssertionError(f"the page has no {name}")
