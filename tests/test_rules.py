"""Rules that hold the house up and that a command can check."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("inspectors", "pages", "workflows", "examples", "benchmarks")


def files(pattern: str) -> list[Path]:
    """Our own files whose name matches, those of the repository's root included."""
    return sorted([*ROOT.glob(pattern), *(path for room in ROOMS for path in (ROOT / room).rglob(pattern))])


def test_no_streamlit_below_pages() -> None:
    """Importing any module of `inspectors` doesn't load Streamlit: runners and scripts do without it."""
    modules = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for path in files("*.py")
        if path.is_relative_to(ROOT / "inspectors") and path.name != "__main__.py"
    ]
    code = (
        "import importlib, sys\n"
        f"for name in {modules!r}:\n"
        "    importlib.import_module(name)\n"
        "    assert 'streamlit' not in sys.modules, name + ' imports Streamlit'\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_pages_dont_shadow_the_standard_library() -> None:
    """Streamlit puts the folder of a page on sys.path: a page called `trace.py` would be `import trace`."""
    clashes = [path for path in (ROOT / "pages").rglob("*.py") if path.stem in sys.stdlib_module_names]
    assert not clashes


def test_no_foreign_hosts() -> None:
    """No page asks another host. Namespaces and example.org are names, not requests; loopback is this host."""
    allowed = re.compile(r"https?://(localhost|127\.0\.0\.1|\[::1\]|testserver|www\.w3\.org/|example\.org\b|[{<])")
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in [*files("*.py"), *files("*.js"), *files("*.css"), *files("*.html")]
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if re.search(r"https?://", allowed.sub("", line))
    ]
    assert not found, "\n".join(found)


def test_markup_is_never_set_from_strings() -> None:
    """Strings of workflows go into text nodes: no script of ours sets innerHTML or evaluates a string."""
    setters = re.compile(r"\.(innerHTML|outerHTML)\s*\+?=|insertAdjacentHTML|document\.write|\beval\(|new Function\(")
    found = [path for path in files("*.js") if setters.search(path.read_text(encoding="utf-8"))]
    assert not found


def test_every_module_says_what_it_is_for() -> None:
    """Each of our modules opens with a docstring."""
    silent = [path for path in files("*.py") if path.stat().st_size and not path.read_text().lstrip().startswith('"""')]
    assert not silent


@pytest.mark.parametrize("line", (ROOT / "requirements.txt").read_text().split("\n"))
def test_requirements_are_pinned(line: str) -> None:
    """A compatible release each: new enough for what we measured, not newer than what can be trusted."""
    assert not line or line.startswith("#") or "~=" in line


def test_ci_can_be_started() -> None:
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


@pytest.mark.parametrize("file", sorted((ROOT / "pages").glob("*.py")), ids=lambda file: file.stem)
def test_no_remark_is_shown_on_a_page(file: Path) -> None:
    # Streamlit's "magic" writes a string that stands alone in a page to the page.
    _docstring, *rest = ast.parse(file.read_text(encoding="utf-8")).body
    remarks = [node for node in rest if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)]
    assert [node.lineno for node in remarks] == []
