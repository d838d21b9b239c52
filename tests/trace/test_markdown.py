"""What is taken for Markdown, and that its tree holds nothing that acts."""

from __future__ import annotations

import json
from typing import Any

import pytest

TEXTS = {
    "plain text": False,
    "A line.\n\nAnother one, with a * and a _name_.": False,
    "- milk\n- bread": False,
    "Dear all,\n\n1. come\n2. go": False,
    "a ** b ** c": False,
    "#!/bin/bash\n# say it\necho 1": False,
    "# settings\nname = 1\nother = 2": False,
    "x | y": False,
    "see [1](2) and [3]": False,
    "# Title\n\nSome words on it.": True,
    "Words:\n\n```\ncode\n```\n": True,
    "| a | b |\n|---|---|\n| 1 | 2 |": True,
    "- one\n- **two**\n": True,
    "Use `run` and read [this](http://x.example/y).": True,
    "**All**\n\n> said before": True,
}


@pytest.mark.parametrize("text", TEXTS)
def test_only_what_surely_is_markdown_is_taken_for_it(text: str) -> None:
    from inspectors.trace.markdown import is_markdown

    assert is_markdown(text) is TEXTS[text]


def test_a_text_that_would_take_long_is_shown_as_text() -> None:
    from inspectors.trace.markdown import LONGEST, is_markdown

    assert is_markdown("# T\n\n**b** words\n")
    assert not is_markdown("# T\n\n**b** words\n" + "x" * LONGEST)


def types(tree: Any) -> set[str]:
    """All types in a tree."""
    found = {node["t"] for node in tree}
    for node in tree:
        found |= types(node.get("c", []))
    return found


def test_tags_stay_text_and_scripts_are_no_links() -> None:
    from inspectors.trace.markdown import markdown_tree

    tree = markdown_tree(
        "<img src=x onerror=alert(1)>\n\n<b>hi</b> [a](javascript:alert(1)) ![p](http://x.example/p.png)"
    )
    assert types(tree) <= {"paragraph", "text", "image"}
    written = json.dumps(tree)
    assert "<img src=x onerror=alert(1)>" in written and "[a](javascript:alert(1))" in written


def test_lists_tables_and_code_keep_their_form() -> None:
    from inspectors.trace.markdown import markdown_tree

    tree = markdown_tree("# T\n\n3. a\n4. b\n\n|x|y|\n|:-|-:|\n|1|2|\n\n```python\ncode\n```\n")
    assert [node["t"] for node in tree] == ["heading", "ordered_list", "table", "fence"]
    assert (tree[0]["level"], tree[1]["start"], tree[3]["info"], tree[3]["text"]) == (1, 3, "python", "code\n")
    assert tree[2]["c"][0]["c"][0]["c"][1]["align"] == "right"
