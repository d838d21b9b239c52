"""Which files of a folder are worth reading."""

from __future__ import annotations

from pathlib import Path

from inspectors.discovery.glance import FEW, worth_reading

BROKEN = "def total(:\n    return 1\n"


def _folder(folder: Path, plain: int) -> list[Path]:
    for number in range(plain):
        (folder / f"plain_{number}.py").write_text("import math\n")
    (folder / "broken.py").write_text(BROKEN)
    (folder / "broken_flow.py").write_text(f"from workflows import step\n{BROKEN}")
    (folder / "broken_child.py").write_text(f"class Child(Base):\n    pass\n\n{BROKEN}")
    (folder / "flow.py").write_text("from workflows import Workflow\n\n\nclass Flow(Workflow):\n    pass\n")
    return sorted(folder.glob("*.py"))


def test_of_few_files_each_that_is_no_python_is_read_to_say_so(tmp_path: Path):
    found = worth_reading(_folder(tmp_path, 3))
    assert [path.name for path in found] == ["broken.py", "broken_child.py", "broken_flow.py", "flow.py"]


def test_of_many_only_those_that_could_hold_a_workflow(tmp_path: Path):
    found = worth_reading(_folder(tmp_path, FEW))
    assert [path.name for path in found] == ["broken_child.py", "broken_flow.py", "flow.py"]


def test_a_file_mended_since_is_not_read_any_more(tmp_path: Path):
    files = _folder(tmp_path, 3)
    worth_reading(files)
    (tmp_path / "broken.py").write_text("def total():\n    return 1\n")
    assert tmp_path / "broken.py" not in worth_reading(files)
