"""The version of a file: it changes with the file and with what it imports, and with nothing else."""

from collections.abc import Callable
from pathlib import Path

from inspectors.discovery import source_version

Write = Callable[[str, str], Path]


def test_it_changes_with_local_imports_only(write: Write) -> None:
    write("far.py", "x = 1\n")
    write("near.py", "def f():\n    import far\n")
    write("pack/__init__.py", "")
    write("pack/inner.py", "y = 1\n")
    write("unrelated.py", "z = 1\n")
    path = write("flow.py", "import near, json\nfrom pack import inner\n")
    seen = [source_version(path)]
    assert len(seen[0]) == 12
    assert int(seen[0], 16) >= 0
    write("unrelated.py", "z = 2\n")
    assert source_version(path) == seen[0]
    for name in ("far.py", "near.py", "pack/__init__.py", "pack/inner.py", "flow.py"):
        write(name, path.with_name("flow.py").read_text() if name == "flow.py" else f"# changed {name}\n")
        if name == "near.py":
            write("near.py", "import far  # changed\n")
        if name == "flow.py":
            write("flow.py", path.read_text() + "# changed\n")
        seen.append(source_version(path))
    assert len(set(seen)) == len(seen)


def test_a_circle_of_imports_ends(write: Write) -> None:
    write("other.py", "import flow\n")
    path = write("flow.py", "import other\nimport flow\n")
    assert source_version(path) == source_version(path)


def test_the_same_source_in_another_folder_is_the_same_version(write: Write) -> None:
    for folder in ("one", "two"):
        write(f"{folder}/near.py", "x = 1\n")
    paths = [write(f"{folder}/flow.py", "import near\n") for folder in ("one", "two")]
    assert source_version(paths[0]) == source_version(paths[1])


def test_files_that_are_gone_or_broken_have_one_too(write: Write, tmp_path: Path) -> None:
    assert source_version(write("broken.py", "x = (\n")) != source_version(tmp_path / "gone.py")
