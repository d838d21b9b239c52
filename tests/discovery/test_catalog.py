"""Which classes are workflows, where they are looked for, and what is said when they can't be read."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from inspectors.discovery import discover, module_name, modules

ROOT = Path(__file__).parents[2]
Write = Callable[[str, str], Path]
Flow = Callable[..., str]


def names(*targets: Path | str) -> list[str]:
    return [source.name for source in discover(targets).workflows]


def test_the_samples() -> None:
    catalog = discover([ROOT / "workflows"])
    assert catalog.problems == []
    assert {source.id: [badge.text for badge in source.badges] for source in catalog.workflows}.items() >= {
        "approval.ApprovalWorkflow": ["Pauses for a person"],
        "draft_review.DraftReviewWorkflow": ["Pauses for a person", "Loops"],
        "parallel_search.ParallelSearchWorkflow": ["Fans out × 3"],
        "risky.RiskyFailsWorkflow": ["Retries × 3"],
        "risky.RiskyWorkflow": ["Branches"],
        "streaming.StreamingWorkflow": ["Streams"],
    }.items()
    approval = next(source for source in catalog.workflows if source.name == "ApprovalWorkflow")
    assert approval.summary == "Writes a draft and asks a person to approve it."
    assert approval.example_input == {"topic": "AI regulation"}
    assert (approval.key, approval.module) == ("workflow-card-ApprovalWorkflow", "approval")
    assert approval.root == str(ROOT / "workflows")


HEADS = {
    "workflows": """
from workflows import Workflow, step
from workflows.events import StartEvent, StopEvent
""",
    "core": """
from llama_index.core.workflow import *
from llama_index.core.workflow import Workflow, step
""",
    "alias": """
import workflows as w
from workflows.events import *
Workflow = w.Workflow
step = w.step
""",
    "submodule": """
from workflows.workflow import Workflow as Base
from workflows.decorators import step
from workflows.events import StartEvent, StopEvent
Workflow = Base
""",
    "try": """
try:
    from workflows import Workflow, step
except ImportError:
    from llama_index.core.workflow import Workflow, step
from llama_index.core.workflow.events import StartEvent, StopEvent
""",
    "generic": """
from typing import Generic, TypeVar
from workflows import Workflow as W, step
from workflows.events import StartEvent, StopEvent
T = TypeVar("T")
class Workflow(W, Generic[T]): pass
""",
}


@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
def test_ways_to_import(head: str, write: Write) -> None:
    body = "\nclass Mine(Workflow):\n    @step\n    def s(self, ev: StartEvent) -> StopEvent:\n        return ev.x\n"
    catalog = discover([write("flow.py", head + body)])
    assert [source.name for source in catalog.workflows] == ["Mine"]
    ids = {node["id"] for node in catalog.workflows[0].graph["nodes"]}
    assert ids == {"step:flow.Mine.s", "event:workflows.events.StartEvent", "event:workflows.events.StopEvent"}
    assert [field.name for field in catalog.workflows[0].start.fields] == ["x"]


def test_dotted_use_of_the_engine(write: Write) -> None:
    path = write(
        "flow.py",
        "import workflows\nimport workflows.events as events\nimport llama_index.core.workflow\n"
        "class One(workflows.Workflow):\n    @workflows.step\n"
        "    def s(self, ev: events.StartEvent) -> events.StopEvent: ...\n"
        "class Two(llama_index.core.workflow.Workflow):\n"
        "    @llama_index.core.workflow.step(num_workers=2)\n"
        "    def s(self, ev: llama_index.core.workflow.StartEvent) -> events.StopEvent: ...\n",
    )
    assert names(path) == ["One", "Two"]


def test_what_is_no_workflow(write: Write) -> None:
    path = write(
        "flow.py",
        "from elsewhere import Workflow\nclass Workflow2: pass\nclass A(Workflow): pass\n"
        "class B(Workflow2): pass\ndef make():\n    from workflows import Workflow\n    class C(Workflow): pass\n",
    )
    assert names(path) == []


def test_inherited_from_sibling_package_and_reexport(write: Write, flow: Flow) -> None:
    write("pack/__init__.py", "from .base import Base as Exported\n")
    write("pack/base.py", flow("Base"))
    write("pack/deep/__init__.py", "")
    path = write(
        "pack/deep/more.py",
        "from .. import Exported\nfrom ..base import Base\nimport pack.base as b\n"
        "class One(Exported):\n    pass\nclass Two(Base): pass\nclass Three(b.Base): pass\n",
    )
    found = {source.name: source for source in discover([path]).workflows}
    assert set(found) == {"One", "Two", "Three"}
    for name, source in found.items():
        assert source.id == f"pack.deep.more.{name}"
        step = next(node for node in source.graph["nodes"] if node["kind"] == "step")
        assert step["id"] == f"step:pack.deep.more.{name}.only"
        assert step["file"].endswith("base.py")
        assert [field.name for field in source.start.fields] == ["topic"]


def test_events_of_a_sibling_have_its_module(write: Write) -> None:
    write("my_events.py", "from workflows.events import Event\nclass Found(Event):\n    text: str\n")
    write("shared/kinds.py", "from workflows.events import Event\nclass Kind(Event): pass\n")
    path = write(
        "flow.py",
        "from workflows import Workflow, step\nfrom workflows.events import StartEvent, StopEvent\n"
        "from my_events import Found\nfrom shared.kinds import Kind\n"
        "class W(Workflow):\n    @step\n    def a(self, ev: StartEvent) -> Found | Kind: ...\n"
        "    @step\n    def b(self, ev: Found | Kind) -> StopEvent: ...\n",
    )
    nodes = {node["id"]: node for node in discover([path]).workflows[0].graph["nodes"]}
    assert nodes["event:my_events.Found"]["fields"][0]["name"] == "text"
    # As Python calls it when the project's folder is on its path.
    assert "event:shared.kinds.Kind" in nodes


def test_bases_without_steps_are_left_out(write: Write, flow: Flow) -> None:
    text = (
        flow("Real").replace("(Workflow)", "(Common)").replace("class Real", "class Common(Workflow): pass\nclass Real")
    )
    assert names(write("flow.py", text)) == ["Real"]
    assert names(write("begun.py", "from workflows import Workflow\nclass Begun(Workflow): pass\n")) == ["Begun"]


def test_steps_attached_to_a_class(write: Write) -> None:
    path = write(
        "flow.py",
        "from workflows import Workflow, step\nfrom workflows.events import StartEvent, StopEvent\n"
        "class W(Workflow): pass\n@step(workflow=W)\nasync def free(ev: StartEvent) -> StopEvent: return ev.q\n",
    )
    source = discover([path]).workflows[0]
    assert "step:flow.W.free" in {node["id"] for node in source.graph["nodes"]}
    assert [field.read_as for field in source.start.fields] == ["ev.q"]


def test_nested_classes(write: Write, flow: Flow) -> None:
    text = flow("Inner").replace("class", "class Outer:\n  class").replace("\n    ", "\n      ")
    assert [source.id for source in discover([write("flow.py", text)]).workflows] == ["flow.Outer.Inner"]


def test_folders_that_are_skipped(write: Write, flow: Flow, tmp_path: Path) -> None:
    for place in (".hidden", "__pycache__", "node_modules", "venv", "my_env", "lib/site-packages"):
        write(f"{place}/flow.py", flow("Hidden"))
    write("my_env/pyvenv.cfg", "")
    write("sub/folder/flow.py", flow("Shown"))
    catalog = discover([tmp_path / "project"])
    assert [source.name for source in catalog.workflows] == ["Shown"]
    assert catalog.files_read == 1


def test_one_file_by_two_targets_is_one(write: Write, flow: Flow, tmp_path: Path) -> None:
    path = write("flow.py", flow())
    catalog = discover([path, tmp_path / "project"])
    assert (len(catalog.workflows), catalog.files_read, catalog.problems) == (1, 1, [])


def test_keys_and_ids_of_equal_names(write: Write, flow: Flow, tmp_path: Path) -> None:
    for place in ("b/flow.py", "a/flow.py", "a/other.py"):
        write(place, flow())
    found = discover([tmp_path / "project"]).workflows
    assert [source.key for source in found] == [
        "workflow-card-Flow", "workflow-card-Flow-2", "workflow-card-Flow-3",
    ]  # fmt: skip
    assert [Path(source.file).parent.name for source in found] == ["a", "a", "b"]
    assert found[1].id == "other.Flow"
    assert found[0].id.startswith("flow.Flow@")
    assert len({source.id for source in found}) == 3


def test_a_package_by_name(write: Write, flow: Flow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write("claims/__init__.py", "raise SystemExit('imported')\n")
    write("claims/flows.py", flow())
    monkeypatch.chdir(tmp_path / "project")
    assert names("claims") == ["Flow"]
    assert names("claims.flows") == ["Flow"]
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path / "project"))
    assert names("claims.flows") == ["Flow"]


def test_module_names(write: Write) -> None:
    write("a/__init__.py", "")
    write("a/b/__init__.py", "")
    path = write("a/b/c.py", "")
    root = path.parents[2]
    assert module_name(path) == (root, "a.b.c")
    assert module_name(path.with_name("__init__.py")) == (root, "a.b")
    assert module_name(root / "solo.py") == (root, "solo")


def sentences(*targets: Path | str) -> list[str]:
    return [problem.sentence for problem in discover(targets).problems]


def test_a_syntax_error(write: Write) -> None:
    path = write("old_router.py", "x = 1\n" * 40 + "y = (1,\n")
    problem = discover([path]).problems[0]
    expected = "old_router.py line 41: '(' was never closed. No workflow could be read from it."
    assert (problem.file, problem.line, problem.sentence) == (str(path), 41, expected)


def test_targets_without_workflows(write: Write, tmp_path: Path) -> None:
    folder = tmp_path / "project"
    for number in range(12):
        write(f"part{number}.py", "x = 1\n")
    assert sentences(folder) == [
        f"No workflows in {folder} · 12 Python files were read; none has a class that inherits from Workflow."
    ]
    (tmp_path / "empty").mkdir()
    assert sentences(tmp_path / "empty") == [f"No workflows in {tmp_path / 'empty'} · there is no Python file in it."]
    assert sentences(folder / "part1.py") == [
        f"No workflows in {folder / 'part1.py'} · 1 Python file was read; no class in it inherits from Workflow."
    ]
    assert sentences("no/such/place") == ["no/such/place does not exist."]
    notes = tmp_path / "notes.txt"
    notes.write_text("x")
    assert sentences(notes) == [f"{notes} is not a Python file. Only files that end in .py, .ipynb or .md are read."]


def test_files_that_are_no_text(write: Write, tmp_path: Path) -> None:
    path = write("latin.py", "")
    path.write_bytes(b"x = 1\ny = '\xff'\n")
    assert sentences(path) == ["latin.py line 2: this is not utf-8 text. No workflow could be read from it."]
    path.write_bytes("# -*- coding: latin-1 -*-\ny = 'ß'\n".encode("latin-1"))
    assert "No workflows in" in sentences(path)[0]
    path.write_bytes(b"x = '\x00'\n")
    assert "latin.py" in sentences(path)[0]
    path.write_bytes(b"# coding: nonsense\n")
    assert "nonsense" in sentences(path)[0]
    path.write_bytes(b"\xef\xbb\xbfx = 1\n")
    assert "No workflows in" in sentences(path)[0]


def test_code_nested_too_deeply(write: Write) -> None:
    for number, text in enumerate(["x = " + "-" * 50_000 + "1", "x = " + "(" * 5000, "x" + ".a" * 50_000]):
        assert sentences(write(f"deep{number}.py", text))[0].endswith(("read from it.", "from Workflow."))


def test_a_huge_file_is_not_read(write: Write) -> None:
    path = write("data.py", "x = [\n" + "1,\n" * 800_000 + "]\n")
    assert sentences(path)[0].startswith("data.py has 2.4 MB; files above 2 MB are not read.")


def test_modules_that_are_not_installed(write: Write, flow: Flow) -> None:
    write("helper.py", "import not_here_either\n")
    path = write("flow.py", "import not_installed_xyz.sub\nimport helper\nimport json\n" + flow())
    catalog = discover([path])
    install = "which is not installed here. Install it with `pip install"
    assert [(problem.line, problem.sentence) for problem in catalog.problems] == [
        (1, f"flow.py imports not_installed_xyz, {install} not_installed_xyz`, then try again."),
        (1, f"helper.py imports not_here_either, {install} not_here_either`, then try again."),
    ]
    assert [badge.text for badge in catalog.workflows[0].badges] == [
        "Needs not_here_either",
        "Needs not_installed_xyz",
    ]


def test_a_module_that_was_installed_since_is_no_problem(
    write: Write, flow: Flow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write("flow.py", "import stepscope_test_late\n" + flow())
    installed = tmp_path / "installed"
    installed.mkdir()
    monkeypatch.syspath_prepend(str(installed))
    assert len(discover([path]).problems) == 1
    (installed / "stepscope_test_late.py").write_text("")
    catalog = discover([path])
    assert (catalog.problems, catalog.workflows[0].badges) == ([], [])


def test_imports_that_may_fail_are_no_problem(write: Write, flow: Flow) -> None:
    head = (
        "from typing import TYPE_CHECKING\ntry:\n    import not_installed_a\nexcept ImportError:\n    pass\n"
        "if TYPE_CHECKING:\n    import not_installed_b\ndef later():\n    import not_installed_c\n"
    )
    assert sentences(write("flow.py", head + flow())) == []


def test_nothing_is_imported_or_run(write: Write, flow: Flow) -> None:
    path = write("side_effect.py", "import sys\nsys.stdout.write('was run')\nraise SystemExit(9)\n" + flow())
    code = (
        "import sys\nbefore = set(sys.modules)\n"
        "from inspectors.discovery import discover\n"
        f"assert discover([{str(path)!r}]).workflows\n"
        "assert 'side_effect' not in sys.modules\n"
        "heavy = {'workflows', 'streamlit', 'pydantic', 'pygraphviz', 'pyvis'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


def test_a_changed_file_and_a_changed_import_are_read_again(write: Write, flow: Flow) -> None:
    base, path = write("base.py", flow("Base")), write("flow.py", "from base import Base\nclass One(Base): pass\n")
    first = discover([path]).workflows[0]
    assert discover([path]).workflows[0].graph is first.graph
    write("base.py", flow("Base").replace("def only", "def renamed"))
    os.utime(base, ns=(1, 1))
    again = discover([path]).workflows[0]
    assert "step:flow.One.renamed" in {node["id"] for node in again.graph["nodes"]}
    path.write_text("x = 1\n")
    assert names(path) == []


def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of files that are parsed from now on."""
    found: list[str] = []
    parse = modules._parse

    def counted(path: Path, size: int) -> modules.Module:
        found.append(path.name)
        return parse(path, size)

    monkeypatch.setattr(modules, "_parse", counted)
    return found


def test_of_many_files_only_those_are_parsed_that_can_hold_a_workflow(
    write: Write, flow: Flow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Parsing takes nearly all the time of a look at a folder; a second look parses nothing."""
    plain = '"""A reading."""\nimport math\n\nclass Reading(dict):\n    """One value."""\n'
    for number in range(100):
        write(f"part{number % 10}/plain{number}.py", plain)
        write(f"part{number % 10}/words{number}.py", "from dataclasses import dataclass\n# About a workflow.\n")
    for number in range(5):
        write(f"part{number}/flow{number}.py", flow(f"Flow{number}"))
    found = parsed(monkeypatch)
    assert len(names(tmp_path)) == 5
    assert sorted(found) == [f"flow{number}.py" for number in range(5)]
    found.clear()
    assert len(names(tmp_path)) == 5
    assert not found


def test_a_class_is_found_over_files_that_do_not_name_the_engine(
    write: Write, flow: Flow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("pack/__init__.py", "")
    write("pack/engine.py", "from workflows import (\n    Workflow as Flowing,\n)\n")
    write("pack/root.py", flow("Root"))
    write("pack/handed.py", "from pack import (\n    root,\n)\nRoot = root.Root\n")
    write("pack/again.py", "from pack.handed import \\\n    Root\nclass Again(Root): ...\n")
    write("pack/last.py", "from .again import Again\nclass Last(Again): ...\n")
    write("pack/bare.py", "from pack import engine\nclass Bare(engine.Flowing): ...\n")
    write("pack/other.py", "class Other(dict): ...\n")
    found = parsed(monkeypatch)
    assert names(tmp_path) == ["Again", "Bare", "Last", "Root"]
    assert "other.py" not in found


def test_a_file_that_is_no_python_is_a_problem_among_others_too(write: Write, flow: Flow, tmp_path: Path) -> None:
    write("flow.py", flow())
    write("plain.py", "total = '\\d'\n")
    paths = {str(write("broken.py", "def broken(:\n")), str(write("deep.py", "x = " + "(" * 300 + ")" * 300))}
    folder = tmp_path / "project"
    for name, data in (("zero.py", b"x = 1\0"), ("latin.py", b"name = '\xe9'\n"), ("big.py", b"#" * 2_000_001)):
        (folder / name).write_bytes(data)
        paths.add(str(folder / name))
    found = discover([folder])
    assert {problem.file for problem in found.problems} == paths
    assert [source.name for source in found.workflows] == ["Flow"]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('example_input = {"topic": "x", "n": [1, None]}', {"topic": "x", "n": [1, None]}),
        ('example_input: ClassVar[dict] = {"topic": "x"}', {"topic": "x"}),
        ("example_input = dict(topic=1)", {}),
        ("example_input = {'a': open('/etc/passwd')}", {}),
        ("example_input = ['a']", {}),
        ("example_input: dict", {}),
    ],
)
def test_example_input(line: str, expected: dict[str, object], write: Write, flow: Flow) -> None:
    text = flow().replace("    @step", f"    {line}\n    @step")
    assert discover([write("flow.py", text)]).workflows[0].example_input == expected
