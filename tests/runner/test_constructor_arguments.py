"""Constructor arguments in real runners: from JSON to the annotated types, one instance each, refusals in sentences."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from inspectors.runner.constructors import factory_advice
from inspectors.runner.supervisor import StartRefused
from inspectors.workbench import Workbench
from tests.runner.conftest import Bench, settings_for

CONSTRUCTED = Path(__file__).parent / "constructed.py"


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """One workbench for all: its runner stays warm, which is what instances that live across runs are about."""
    workbench = Workbench(settings_for(tmp_path_factory.mktemp("constructed")))
    try:
        yield Bench(workbench)
    finally:
        workbench.close()


def start(bench, name: str, arguments: dict[str, Any] | None = None, **options: Any) -> str:
    return bench.supervisor.start(bench.source(name, CONSTRUCTED), {}, {**options, "arguments": arguments or {}})


def result(bench, name: str, arguments: dict[str, Any] | None = None, **options: Any) -> Any:
    run = bench.ended(start(bench, name, arguments, **options))
    assert run.status == "done", run.error
    return run.result["value"]


@pytest.fixture
def described(bench):
    """What the runner says of each class, once it is ready."""
    source = bench.source("Counts", CONSTRUCTED)
    bench.supervisor.open(source)
    bench.until(lambda: bench.supervisor.status(source).state == "ready")
    return bench.supervisor.status(source).description["workflows"]


def test_arguments_become_what_their_annotations_say(bench):
    given = {"folder": "a/b", "mode": "thorough", "since": "2026-11-20", "settings": {"depth": 2}, "top_k": 5}
    assert result(bench, "Typed", given) == [
        "PosixPath('a/b')",
        "<Mode.THOROUGH: 'thorough'>",
        "datetime.date(2026, 11, 20)",
        "Settings(depth=2)",
        "5",
    ]


def test_arguments_that_do_not_fit_are_refused_before_anything_runs(bench, described, patient_checks):
    before = bench.store.count_runs()
    with pytest.raises(StartRefused, match="The arguments don't fit the constructor") as refused:
        start(bench, "Typed", {"top_k": 0, "settings": {"depth": "deep"}, "gone": 1})
    errors = refused.value.argument_errors
    assert set(errors) == {"folder", "top_k", "settings.depth", "gone"}
    assert errors["folder"] == "This argument is required." and "greater than or equal to 1" in errors["top_k"]
    assert bench.store.count_runs() == before


def test_what_a_constructor_raises_is_the_error_of_the_run(bench):
    run = bench.ended(start(bench, "Typed", {"folder": ".", "top_k": 99}))
    assert run.status == "failed" and run.error["type"] == "ValueError"
    assert run.error["message"] == "Typed could not be made: top_k must leave something out"
    assert run.error["frames"][-1]["own"] and run.error["frames"][-1]["function"] == "__init__"


def test_one_instance_per_arguments_and_options(bench):
    mine = {"name": "mine"}
    assert [result(bench, "Counts", mine)[0] for _ in range(2)] == [1, 2]
    assert result(bench, "Counts", {"name": "another"})[0] == 1
    assert result(bench, "Counts", mine, timeout=5.0) == [1, 5.0]
    assert result(bench, "Counts", mine) == [3, 20]


def test_old_instances_are_let_go(bench):
    for number in range(17):
        assert result(bench, "Counts", {"name": str(number)})[0] == 1
    assert result(bench, "Counts", {"name": "16"})[0] == 2
    assert result(bench, "Counts", {"name": "0"})[0] == 1, "the first of seventeen was made anew"


def test_a_factory_gets_the_arguments_and_the_time_limit_holds_for_one_run(bench):
    assert result(bench, "Built", {"words": ["a"]}) == [["a"], 20]
    assert result(bench, "Built", {"words": ["a"]}, timeout=5.0) == [["a"], 5.0]
    assert result(bench, "Built", {"words": ["a"]}) == [["a"], 20]
    assert result(bench, "Built") == [["none"], 20]


def test_an_instance_of_the_file_is_recorded_also_if_it_is_verbose(bench):
    run = bench.ended(start(bench, "Ready", timeout=7.0))
    assert run.result["value"] == [["ready"], 7.0]
    steps = [record["step"] for record in bench.store.records(run.run_id) if record["kind"] == "invocation_started"]
    assert steps == ["look"]


def test_verbose_prints_into_the_log_of_the_runner(bench):
    bench.ended(start(bench, "Built", verbose=True))
    status = bench.supervisor.status(bench.source("Built", CONSTRUCTED))
    assert "[look:0] started from StartEvent" in Path(status.log).read_text()


def test_secrets_of_a_run_are_masked_when_it_is_over(bench):
    run = bench.ended(start(bench, "Typed", {"folder": ".", "api_key": "sk-1"}))
    assert run.options["arguments"] == {"folder": ".", "api_key": {"$masked": True}}


def test_the_runner_says_what_a_form_can_give(described):
    constructor = described["Typed"]["constructor"]
    schema = constructor["schema"]
    assert list(schema["properties"]) == ["folder", "mode", "since", "settings", "top_k", "api_key"]
    assert schema["required"] == ["folder"] and schema["properties"]["mode"]["default"] == "fast"
    assert schema["$defs"]["Mode"]["enum"] == ["fast", "thorough"]
    assert (constructor["unfillable"], constructor["factory"]) == ([], None)
    assert described["Typed"]["start"]["type"] == "StartEvent" and described["Typed"]["problem"] is None


def test_the_runner_says_the_authors_time_limit_and_the_factory(described):
    assert described["Counts"]["timeout"] == 20 and "timeout" not in described["Typed"]
    factory = described["Built"]["constructor"]["factory"]
    assert factory["name"] == "build_built" and factory["is_function"]
    assert list(described["Built"]["constructor"]["schema"]["properties"]) == ["words"]
    assert described["Ready"]["constructor"]["factory"]["name"] == "ready"


def test_what_nothing_can_make_is_said_with_the_lines_to_write(bench, described):
    impossible = described["Impossible"]
    assert impossible["blocked"]
    assert impossible["problem"] == (
        "Impossible needs index (Index) to be made, which no form can give. "
        "Add a function to constructed.py that makes one, annotated -> Impossible."
    )
    assert impossible["code"] == (
        "def build_impossible(top_k: int) -> Impossible:\n"
        "    index: Index = ...\n"
        "    return Impossible(index=index, top_k=top_k)"
    )
    run = bench.ended(start(bench, "Impossible"))
    assert run.status == "failed" and run.error["message"] == f"{impossible['problem']}\n\n{impossible['code']}"


def test_a_constructor_that_forgets_the_engines_says_so(described):
    assert described["Forgets"]["blocked"]
    assert "its __init__ has to call super().__init__()" in described["Forgets"]["problem"]


def test_advice_names_each_parameter():
    sentence, code = factory_advice("RAGWorkflow", "rag.py", [("index", None), ("llm", "LLM")])
    assert "needs index and llm (LLM) to be made, which no form can give" in sentence
    assert code.splitlines() == [
        "def build_rag_workflow() -> RAGWorkflow:",
        "    index = ...",
        "    llm: LLM = ...",
        "    return RAGWorkflow(index=index, llm=llm)",
    ]


MISSING = "import not_there_yet\n"
FLOW = (
    "import time\nfrom workflows import Workflow, step\nfrom workflows.events import StartEvent, StopEvent\n"
    "class Late(Workflow):\n    @step\n    async def end(self, ev: StartEvent) -> StopEvent:\n"
    "        return StopEvent(result=1)\n"
)


def test_a_failed_import_is_tried_again_when_asked(bench, tmp_path: Path):
    file = tmp_path / "late.py"
    file.write_text(FLOW.replace("import time", "import os, time\nif not os.path.exists(__file__ + 'x'): import nope"))
    source = bench.source("Late", file)
    bench.supervisor.open(source)
    state = lambda: bench.supervisor.status(source).state  # noqa: E731
    bench.until(lambda: state() == "failed")
    (tmp_path / "late.pyx").write_text("")
    bench.supervisor.open(source)
    assert state() == "failed", "looking at a page doesn't start it again and again"
    bench.supervisor.retry(source)
    bench.until(lambda: state() == "ready")


def test_a_starting_runner_says_what_it_imports_and_what_is_usual(bench, tmp_path: Path):
    waits = "while not os.path.exists(__file__ + 'x'): time.sleep(0.02)"
    (tmp_path / "slow_part.py").write_text(f"import os, time\n{waits}\n")
    file = tmp_path / "late.py"
    file.write_text(FLOW.replace("import time", "import slow_part"))
    source = bench.source("Late", file)
    bench.supervisor.open(source)
    assert bench.supervisor.status(source).usual is None
    bench.until(lambda: bench.supervisor.status(source).doing == "Running slow_part.py, line 2")
    waited = bench.supervisor.status(source).seconds
    (tmp_path / "slow_part.pyx").touch()
    bench.until(lambda: bench.supervisor.status(source).state == "ready")
    bench.until(lambda: bench.store.usual_start(str(file)) is not None)
    assert waited - 0.5 < bench.store.usual_start(str(file)) < 100
