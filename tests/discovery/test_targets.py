"""Targets that are installed: packages, parts of namespaces, distributions. Nothing of them is imported."""

import sys

import pytest

from inspectors.discovery.targets import files_of


@pytest.mark.parametrize(
    ("target", "among"),
    [
        ("llama_index.core.agent.workflow", "function_agent.py"),
        ("llama-index-workflows", "decorators.py"),
        ("pyvis", "network.py"),
    ],
)
def test_what_is_installed_is_found_by_name(target: str, among: str) -> None:
    before = set(sys.modules)
    files, problems = files_of(target)
    assert problems == []
    assert among in {path.name for path in files}
    assert {name for name in set(sys.modules) - before if name.startswith(("pyvis", "llama_index"))} == set()


def test_what_is_nowhere_is_said() -> None:
    files, (problem,) = files_of("no-such-distribution-at-all")
    assert files == []
    assert "does not exist" in problem.sentence
