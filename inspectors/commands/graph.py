"""`python -m inspectors graph TARGET`: the graphs of a file, a folder or one class, read from source.

As JSON, Mermaid, DOT, SVG, PNG or HTML; or what has changed since an earlier JSON.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from typing import Any

from inspectors.commands.chosen import BAD_INPUT, BadInput, choose
from inspectors.discovery import WorkflowSource
from inspectors.graph.compare import as_markdown, as_text, compare
from inspectors.graph.exports import FORMATS, NotDrawn, export, plain_graph
from inspectors.graph.mermaid import MOST_EDGES
from inspectors.graph.view import View, seen, with_children

CHANGED = 1
_DIFFERENCES = ("text", "markdown")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("target", metavar="TARGET", help="FILE, FOLDER, package or FILE:Class")
    parser.add_argument(
        "--format",
        choices=(*FORMATS, *_DIFFERENCES),
        help="what to write (default: json); with --compare text (the default there) or markdown",
    )
    parser.add_argument(
        "-o", "--output", metavar="PATH", help="write to this file, or for several workflows this folder"
    )
    parser.add_argument("--direction", choices=("TB", "LR"), default="TB", help="top-down or from left to right")
    parser.add_argument("--steps-only", action="store_true", help="without the events between steps")
    parser.add_argument("--no-streams", action="store_true", help="without events that are only streamed")
    parser.add_argument("--no-resources", action="store_true", help="without resources")
    parser.add_argument("--open", action="store_true", help="with child workflows and stacks of steps opened in place")
    parser.add_argument("--theme", choices=("light", "dark"), default="light", help="for SVG and PNG")
    parser.add_argument(
        "--compare",
        metavar="BASELINE.json",
        help="print what has changed since an earlier --format json; exit with 1 if anything has",
    )


def main(arguments: argparse.Namespace) -> int:
    """Write the graphs, and problems of the target on stderr; 2 if there is no graph, after a sentence."""
    try:
        _check(arguments)
        baseline = _baseline(arguments.compare) if arguments.compare else None
        chosen = choose(str(arguments.target), in_functions=True)
    except BadInput as error:
        print(error, file=sys.stderr)
        return BAD_INPUT
    for problem in chosen.problems:
        print(problem.sentence, file=sys.stderr)
    if baseline is not None:
        return _print_changes(baseline, chosen.workflows, arguments)
    try:
        _write(chosen.workflows, arguments)
    except (NotDrawn, BadInput) as sentence:
        print(sentence, file=sys.stderr)
        return BAD_INPUT
    except OSError as error:
        print(f"{arguments.output} can’t be written: {error.strerror or error}.", file=sys.stderr)
        return BAD_INPUT
    return 0


def _check(arguments: argparse.Namespace) -> None:
    form = arguments.format
    if arguments.compare and form not in (None, *_DIFFERENCES):
        raise BadInput(f"--compare prints text or markdown, not {form}.")
    if not arguments.compare and form in _DIFFERENCES:
        raise BadInput(f"--format {form} says what has changed: name an earlier JSON with --compare.")


def _baseline(path: str) -> list[dict[str, Any]]:
    """The graphs of an earlier `--format json`. Raises BadInput with a sentence."""
    try:
        read = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise BadInput(f"{path} can’t be read: {error.strerror or error}.") from error
    except ValueError as error:
        raise BadInput(f"{path} is no JSON: {error}.") from error
    graphs = read.get("workflows", [read]) if isinstance(read, dict) else None
    if not isinstance(graphs, list) or not all(_is_graph(graph) for graph in graphs):
        raise BadInput(f"{path} holds no graphs. Make it with `python -m inspectors graph TARGET --format json`.")
    return graphs


def _is_graph(graph: Any) -> bool:
    def has(item: Any, *keys: str) -> bool:
        return isinstance(item, dict) and all(isinstance(item.get(key), str) for key in keys)

    return (
        has(graph, "name")
        and isinstance(graph.get("nodes"), list)
        and isinstance(graph.get("edges"), list)
        and all(has(node, "id", "kind") for node in graph["nodes"])
        and all(has(edge, "source", "target", "kind") for edge in graph["edges"])
    )


def _print_changes(baseline: list[dict[str, Any]], found: list[WorkflowSource], arguments: argparse.Namespace) -> int:
    if ":" in arguments.target and len(found) == 1:
        # One class was named: the others of the baseline are not missing.
        baseline = [graph for graph in baseline if graph["name"] == found[0].name]
    # Through JSON, as the baseline went.
    now = [json.loads(json.dumps(plain_graph(source.graph))) for source in found]
    differences = compare(baseline, now)
    text = as_markdown(differences) if arguments.format == "markdown" else as_text(differences)
    if arguments.output:
        Path(arguments.output).write_text(text + "\n", encoding="utf-8")
    else:
        print(text)
    return CHANGED if differences else 0


def _write(found: list[WorkflowSource], arguments: argparse.Namespace) -> None:
    form = arguments.format or "json"
    graphs = [_whole(source, found) for source in found]
    if form == "json":
        text = json.dumps({"workflows": [plain_graph(source.graph) for source in found]}, indent=2, ensure_ascii=False)
        _put((text + "\n").encode("utf-8", "replace"), arguments.output)
        return
    files = [export(graph, form, _view(graph, arguments), arguments.theme) for graph in graphs]
    _warn(graphs, form, arguments)
    if len(files) == 1:
        _put(files[0], arguments.output)
    elif arguments.output:
        folder = Path(arguments.output)
        folder.mkdir(parents=True, exist_ok=True)
        for source, content in zip(found, files, strict=True):
            (folder / f"{re.sub(r'[^A-Za-z0-9_.-]', '_', source.id)}{FORMATS[form].ending}").write_bytes(content)
    elif form in ("mermaid", "dot"):
        comment = "%%" if form == "mermaid" else "//"
        parts = [f"{comment} {source.name}\n".encode() + text for source, text in zip(found, files, strict=True)]
        _put(b"\n".join(parts), None)
    else:
        raise BadInput(f"{len(found)} workflows make {len(found)} files: name one as FILE:Class, or a folder with -o.")


def _put(content: bytes, path: str | None) -> None:
    if path:
        Path(path).write_bytes(content)
    else:
        sys.stdout.flush()
        stream = getattr(sys.stdout, "buffer", None)
        if stream is None:
            sys.stdout.write(content.decode("utf-8"))
        else:
            stream.write(content)
            stream.flush()


def _whole(source: WorkflowSource, found: list[WorkflowSource]) -> dict[str, Any]:
    return with_children(source.graph, {f"{one.module}.{one.name}": one.graph for one in found if one is not source})


def _view(graph: dict[str, Any], arguments: argparse.Namespace) -> View:
    view = View(
        direction=arguments.direction,
        steps_only=arguments.steps_only,
        streams=not arguments.no_streams,
        resources=not arguments.no_resources,
    )
    if not arguments.open:
        return view
    opening = {node["id"] for node in seen(graph, view)["nodes"] if node.get("opens")}
    return View(view.direction, view.steps_only, view.streams, view.resources, frozenset(opening))


def _warn(graphs: list[dict[str, Any]], form: str, arguments: argparse.Namespace) -> None:
    for graph in graphs:
        edges = len(seen(graph, _view(graph, arguments))["edges"])
        if form == "mermaid" and edges > MOST_EDGES:
            advice = "" if arguments.steps_only else " With --steps-only there are fewer."
            print(f"{graph['name']} has {edges} edges; GitHub draws at most {MOST_EDGES}.{advice}", file=sys.stderr)
