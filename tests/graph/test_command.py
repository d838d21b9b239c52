"""`python -m inspectors graph`."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from inspectors.__main__ import main

ROOT = Path(__file__).parents[2]
RISKY = str(ROOT / "workflows" / "risky.py")


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["graph", RISKY]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert [found["name"] for found in printed["workflows"]] == ["RiskyFailsWorkflow", "RiskyWorkflow"]
    assert set(printed["workflows"][0]) == {"name", "module", "file", "line", "doc", "nodes", "edges"}


@pytest.mark.parametrize(("form", "first"), [("mermaid", "flowchart TB"), ("dot", "digraph workflow {")])
def test_other_formats_of_one_class(form: str, first: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["graph", f"{RISKY}:RiskyWorkflow", "--format", form]) == 0
    assert capsys.readouterr().out.startswith(first)


def test_a_folder(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["graph", str(ROOT / "workflows"), "--format", "mermaid"]) == 0
    assert "%% ApprovalWorkflow\nflowchart TB" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("target", "sentence"),
    [
        ("nowhere.py", "nowhere.py does not exist."),
        (f"{RISKY}:Nope", "has no workflow Nope. It has RiskyFailsWorkflow, RiskyWorkflow."),
        (str(ROOT / "docs"), "there is no Python file in it."),
    ],
)
def test_errors_are_sentences(target: str, sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["graph", target]) == 2
    out, err = capsys.readouterr()
    assert (out, sentence in err, "Traceback" in err) == ("", True, False)


@pytest.mark.parametrize("words", [["graph"], ["graph", "x", "--format", "gif"]])
def test_wrong_usage(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        main(words)
    assert raised.value.code == 2
    assert "usage:" in capsys.readouterr().err


@pytest.mark.parametrize("form", ["svg", "png", "html", "mermaid", "dot"])
def test_files_of_one_class_and_of_a_folder(form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = tmp_path / f"one.{form}"
    assert main(["graph", f"{RISKY}:RiskyWorkflow", "--format", form, "-o", str(one), "--direction", "LR"]) == 0
    assert one.stat().st_size > 300
    folder = tmp_path / "all"
    assert main(["graph", RISKY, "--format", form, "-o", str(folder)]) == 0
    assert len(list(folder.iterdir())) == 2
    assert capsys.readouterr().out == ""


def test_several_pictures_need_a_folder(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["graph", RISKY, "--format", "svg"]) == 2
    assert "2 workflows make 2 files" in capsys.readouterr().err


def test_nothing_has_changed_since_now(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    baseline = tmp_path / "baseline.json"
    assert main(["graph", RISKY, "-o", str(baseline)]) == 0
    assert main(["graph", RISKY, "--compare", str(baseline)]) == 0
    assert capsys.readouterr().out == "No workflow has changed.\n"
    assert main(["graph", f"{RISKY}:RiskyWorkflow", "--compare", str(baseline)]) == 0


@pytest.mark.parametrize(
    ("form", "line"), [("text", "  - step risky_step"), ("markdown", "- removed `step risky_step`")]
)
def test_a_change_is_printed_and_ends_with_1(
    form: str, line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flow = tmp_path / "risky.py"
    flow.write_text(Path(RISKY).read_text())
    baseline = tmp_path / "baseline.json"
    assert main(["graph", str(flow), "-o", str(baseline)]) == 0
    flow.write_text(flow.read_text().replace("def risky_step", "def daring_step"))
    assert main(["graph", str(flow), "--compare", str(baseline), "--format", form]) == 1
    out = capsys.readouterr().out
    assert line in out.splitlines()
    assert "daring_step" in out


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "can’t be read"),
        ("{", "is no JSON"),
        ("[1]", "holds no graphs"),
        ('{"workflows": [{}]}', "holds no graphs"),
    ],
)
def test_a_baseline_that_is_none(
    content: str | None, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    baseline = tmp_path / "baseline.json"
    if content is not None:
        baseline.write_text(content)
    assert main(["graph", RISKY, "--compare", str(baseline)]) == 2
    out, err = capsys.readouterr()
    assert (out, sentence in err, "Traceback" in err) == ("", True, False)


@pytest.mark.parametrize("words", [["--format", "text"], ["--format", "svg", "--compare", "x.json"]])
def test_formats_that_do_not_go_together(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["graph", RISKY, *words]) == 2
    assert "--compare" in capsys.readouterr().err


def test_as_a_program() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "inspectors", "graph", RISKY], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert len(json.loads(done.stdout)["workflows"]) == 2


IN_FUNCTIONS = '''
from workflows import Context, Workflow, step
from workflows.events import Event, StartEvent, StopEvent

class Shown(Event):
    """Of the file."""

def make():
    ready = Shown()

    class Own(Event):
        pass

    def tell(ctx):
        ctx.write_event_to_stream(ready)

    class Flow(Workflow):
        @step
        async def one(self, ctx: Context, ev: StartEvent) -> Own:
            tell(ctx)
            return Own()

        @step
        async def two(self, ev: Own) -> StopEvent:
            return StopEvent()

    return Flow(timeout=5)

class TestFlow:
    async def test_it(self):
        class Flow(Workflow):
            @step
            async def only(self, ev: StartEvent) -> StopEvent:
                return StopEvent()
'''


def test_classes_in_functions_of_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """They can't be imported, so that pages and folders leave them out; but a file that is named shows its graphs."""
    path = tmp_path / "inner.py"
    path.write_text(IN_FUNCTIONS, encoding="utf-8")
    assert main(["graph", f"{path}:Flow"]) == 0
    captured = capsys.readouterr()
    first, second = json.loads(captured.out)["workflows"]
    edges = {(edge["source"], edge["kind"], edge["target"]) for edge in first["edges"]}
    flow = "step:inner.make.<locals>.Flow"
    assert {
        (f"{flow}.one", "returns", "event:inner.make.<locals>.Own"),
        ("event:inner.make.<locals>.Own", "consumes", f"{flow}.two"),
        (f"{flow}.one", "streams", "event:inner.Shown"),
    } <= edges
    assert [node["id"] for node in second["nodes"] if node["kind"] == "step"] == [
        "step:inner.TestFlow.test_it.<locals>.Flow.only"
    ]
    assert captured.err == ""
    assert main(["graph", str(tmp_path)]) == 2
