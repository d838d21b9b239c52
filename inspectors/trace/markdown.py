"""Markdown of a workflow as a tree that our own script draws.

Nothing of it is HTML, loads anything, or leads anywhere that isn't written out.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

LONGEST = 30_000
"""Characters. A longer text is shown as text only: reading it would hold up the page."""

_HEADING = re.compile(r"(?:\A|\n[ \t]*\n)#{1,6}[ \t]+\S")
_FENCE = re.compile(r"[ ]{0,3}(```|~~~)[^`]*")
_RULER = re.compile(r"[ ]{0,3}\|?[ \t]*:?-{2,}:?[ \t]*(?:\|[ \t]*:?-{2,}:?[ \t]*)+\|?[ \t]*")
_WEAK_SIGNS = (
    re.compile(r"(?:^[ \t]{0,3}[-*+][ \t]+\S[^\n]*\n+){2,}", re.MULTILINE),
    re.compile(r"(?:^[ \t]{0,3}\d{1,3}[.)][ \t]+\S[^\n]*\n+){2,}", re.MULTILINE),
    re.compile(r"\*\*[^\s*][^*\n]*\*\*"),
    re.compile(r"(?<![`\w])`[^`\n]+`(?![`\w])"),
    re.compile(r"\[[^\[\]\n]+\]\([^()\s]+\)"),
    re.compile(r"^> \S", re.MULTILINE),
)


def is_markdown(text: str) -> bool:
    """Whether a text surely is Markdown: a fence, a table, or two different signs of it. In doubt it is text."""
    if len(text) > LONGEST:
        return False
    lines = text.splitlines()
    if _has_fence(lines) or _has_table(lines):
        return True
    weak = sum(1 for sign in _WEAK_SIGNS if sign.search(text + "\n"))
    heading = _HEADING.search(text) is not None and not text.startswith("#!")
    return weak >= 2 or (heading and (weak >= 1 or _stands_in_prose(lines)))


def _has_fence(lines: list[str]) -> bool:
    """Whether a block of code is opened and closed."""
    opened = ""
    for line in lines:
        found = _FENCE.fullmatch(line)
        if found and opened and line.strip() == opened:
            return True
        if found and not opened:
            opened = found.group(1)
    return False


def _has_table(lines: list[str]) -> bool:
    """Whether a row of names stands over a ruler."""
    pairs = pairwise(lines)
    return any("|" in names and "-" in ruler and _RULER.fullmatch(ruler) is not None for names, ruler in pairs)


def _stands_in_prose(lines: list[str]) -> bool:
    """Whether headings stand in prose: code with comments has lines that prose hasn't."""
    lines = [line for line in lines if line.strip() and not line.lstrip().startswith("#")]
    return bool(lines) and not any(re.search(r"[;{}=]$|^\s{4,}\S|^\w+\(|=", line) for line in lines)


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    # No raw HTML: what looks like a tag stays text. No bare addresses become links.
    return MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


@lru_cache(maxsize=32)
def markdown_tree(text: str) -> list[dict[str, Any]]:
    """The blocks of a text as {"t": type, "c": children, "text", "level", "href", …}, for markdown.js."""
    return [_plain(node) for node in SyntaxTreeNode(_parser().parse(text)).children]


def _plain(node: SyntaxTreeNode) -> dict[str, Any]:
    made: dict[str, Any] = {"t": node.type}
    if node.type in ("text", "code_inline", "fence", "code_block", "image", "html_inline", "html_block"):
        made["text"] = node.content
    if node.type == "heading":
        made["level"] = int(node.tag[1:])
    if node.type == "fence" and node.info:
        made["info"] = node.info.split()[0]
    for name in ("href", "src", "start"):
        if name in node.attrs:
            made[name] = node.attrs[name]
    align = re.search(r"text-align:(\w+)", str(node.attrs.get("style", "")))
    if align:
        made["align"] = align.group(1)
    if node.children and node.type != "image":
        children = node.children
        # `inline` only holds what a paragraph, heading or cell says.
        made["c"] = [
            _plain(one) for child in children for one in (child.children if child.type == "inline" else [child])
        ]
    return made
