"""`python -m inspectors graph TARGET`: the graphs of a file, a folder or one class, read from source."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from inspectors.commands.chosen import BAD_INPUT, BadInput, choose
from inspectors.discovery import WorkflowSource
from inspectors.graph.dot import dot_source
from inspectors.graph.mermaid import mermaid_source

FORMATS = ("json", "mermaid", "dot")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("target", metavar="TARGET", help="FILE, FOLDER, package or FILE:Class")
    parser.add_argument("--format", choices=FORMATS, default="json", help="what to print (default: json)")


def main(arguments: argparse.Namespace) -> int:
    """Print the graphs, and problems of the target on stderr; 2 if there is no graph, after a sentence."""
    try:
        chosen = choose(str(arguments.target))
    except BadInput as error:
        print(error, file=sys.stderr)
        return BAD_INPUT
    for problem in chosen.problems:
        print(problem.sentence, file=sys.stderr)
    print(_text(chosen.workflows, arguments.format))
    return 0


def _text(found: list[WorkflowSource], form: str) -> str:
    if form == "json":
        return json.dumps({"workflows": [_short(source.graph) for source in found]}, indent=2, ensure_ascii=False)
    write, comment = (mermaid_source, "%%") if form == "mermaid" else (dot_source, "//")
    parts = [write(source.graph).rstrip() for source in found]
    if len(found) == 1:
        return parts[0]
    heads = [f"{comment} {source.name}" for source in found]
    return "\n\n".join(f"{head}\n{part}" for head, part in zip(heads, parts, strict=True))


def _short(graph: dict[str, Any]) -> dict[str, Any]:
    """Graph JSON as the command prints it."""
    return {key: graph[key] for key in ("name", "module", "file", "line", "nodes", "edges")}
