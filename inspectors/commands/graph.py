"""`python -m inspectors graph TARGET`: the graphs of a file, a folder or one class, read from source."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from inspectors.discovery import WorkflowSource, discover
from inspectors.graph.dot import dot_source
from inspectors.graph.mermaid import mermaid_source

FORMATS = ("json", "mermaid", "dot")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("target", metavar="TARGET", help="FILE, FOLDER, package or FILE:Class")
    parser.add_argument("--format", choices=FORMATS, default="json", help="what to print (default: json)")


def main(arguments: argparse.Namespace) -> int:
    """Print the graphs; 1 if there is none, after a sentence on stderr."""
    target, wanted = _split(str(arguments.target))
    catalog = discover([target])
    found = [source for source in catalog.workflows if wanted in ("", source.name, source.id)]
    for problem in catalog.problems:
        print(problem.sentence, file=sys.stderr)
    if not found:
        if catalog.workflows:
            names = ", ".join(source.name for source in catalog.workflows)
            print(f"{target} has no workflow {wanted}. It has: {names}.", file=sys.stderr)
        return 1
    print(_text(found, arguments.format))
    return 0


def _split(target: str) -> tuple[str, str]:
    """The path and the class of `FILE:Class`. A path may hold a colon itself, after the letter of a drive."""
    path, _, wanted = target.rpartition(":")
    return (path, wanted) if path and wanted.isidentifier() and not Path(target).exists() else (target, "")


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
