"""How true the graphs are: every class of the corpus is run, and what its records show is looked up on its graphs.

`python -m tests.graph.truth` prints the table, `--write` puts it into docs/graph.md, `--misses` lists what is
missing and what was drawn and never taken, `--only NAME` takes one file or class.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import importlib.util
import io
import logging
import sys
import tempfile
import warnings
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from workflows.representation import get_workflow_representation

from inspectors.discovery import discover
from inspectors.graph.declared import declared_graph
from inspectors.graph.merge import merge_graphs
from inspectors.graph.observed import taken_edges
from inspectors.runner import hosted_runs
from tests.recording import lab as lab_module
from tests.recording.lab import Lab, running

CORPUS = Path(__file__).parent / "corpus"
KINDS = ("consumes", "returns", "sends", "streams", "prompts", "waits", "fails", "starts", "asks", "answers")
"""The kinds of edges that records show, in the order of the table."""

HIDDEN = ("sends", "streams", "prompts", "waits", "fails")
"""Those that no annotation has to name."""

Key = tuple[str, str, str]
Played = tuple[str, list[dict[str, Any]], list[str]]
"""How a run ended, its records, and the child runs that its steps started."""


@dataclass
class Case:
    """One workflow class: what its runs took, and what its graphs had before."""

    name: str
    file: str
    taken: set[Key] = field(default_factory=set)
    inferred: set[Key] = field(default_factory=set)
    whole: set[Key] = field(default_factory=set)
    """Inferred and declared together."""
    engine: set[Key] = field(default_factory=set)
    """Those of the taken edges that the engine's own representation has, of whichever kind."""
    ended: list[str] = field(default_factory=list)


def corpus_files(only: str = "") -> list[Path]:
    """The files of the corpus."""
    return [path for path in sorted(CORPUS.glob("*.py")) if only in ("", path.stem)]


def cases_of(path: Path, only: Iterable[str] = ()) -> list[Case]:
    """Run the classes of one file, or some of them, and read their graphs."""
    # Read before anything is imported or run: this is what a person sees who has only opened the file.
    sources = {source.name: source for source in discover([path]).workflows}
    dotted = next(iter(sources.values())).module if sources else path.stem
    with _imported(path, dotted) as module:
        names = [name for name in module.RUNS if not list(only) or name in only]
        records = _run(module, names)
        cases = []
        for name in names:
            cls = getattr(module, name)
            inferred = sources[name].graph if name in sources else {"nodes": [], "edges": []}
            case = Case(name, path.stem, inferred=_keys(inferred))
            case.whole = _keys(merge_graphs(inferred, declared_graph(cls)))
            for status, of_run, children in records[name]:
                case.ended.append(status)
                case.taken |= set(taken_edges(of_run, f"{cls.__module__}.{cls.__qualname__}", children))
            case.engine = _of_engine(cls, case.taken)
            cases.append(case)
    return cases


def _keys(graph: dict[str, Any]) -> set[Key]:
    return {(edge["source"], edge["target"], edge["kind"]) for edge in graph["edges"]}


def _of_engine(cls: type, taken: set[Key]) -> set[Key]:
    """By the names of both ends and their direction: it has no kinds of its own."""
    shown = get_workflow_representation(cls)  # type: ignore[arg-type]
    labels = {node.id: node.label for node in shown.nodes}
    external = {node.id for node in shown.nodes if node.node_type == "external"}
    pairs = {
        tuple("person" if end in external else labels.get(end, end) for end in (edge.source, edge.target))
        for edge in shown.edges
    }
    return {key for key in taken if (key[0].rpartition(".")[2], key[1].rpartition(".")[2]) in pairs}


@contextlib.contextmanager
def _imported(path: Path, dotted: str) -> Iterator[ModuleType]:
    """The file as a runner would import it; forgotten afterwards."""
    spec = importlib.util.spec_from_file_location(dotted, path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    before = set(sys.modules)
    sys.modules[dotted] = module
    sys.path.insert(0, str(path.parent))
    try:
        spec.loader.exec_module(module)
        yield module
    finally:
        sys.path.remove(str(path.parent))
        for name in set(sys.modules) - before:
            if str(getattr(sys.modules[name], "__file__", "")).startswith(str(CORPUS)):
                del sys.modules[name]


def _run(module: ModuleType, names: list[str]) -> dict[str, list[Played]]:
    """Per class, for each of its inputs, how the run ended and its records."""
    found: dict[str, list[Played]] = defaultdict(list)
    hosted_runs.QUIET_SECONDS = 0.05
    lab_module.PATIENCE = 60.0  # a busy machine
    with tempfile.TemporaryDirectory() as folder:
        lab = Lab(Path(folder) / "truth.db", module)

        async def scene() -> None:
            async with running(lab):
                plays = [(name, dict(play)) for name in names for play in module.RUNS[name]]
                for start in range(0, len(plays), 8):
                    results = await asyncio.gather(*(_play(lab, name, play) for name, play in plays[start : start + 8]))
                    for (name, _), result in zip(plays[start : start + 8], results, strict=True):
                        found[name].append(result)

        try:
            asyncio.run(scene())
        finally:
            lab.close()
    return found


async def _play(lab: Lab, name: str, play: dict[str, Any]) -> Played:
    answers = list(play.pop("answers", []))
    timeout = play.pop("timeout", 20.0)
    run_id = lab.start(name, timeout=timeout, **play)
    for answer in answers:

        def asked() -> Any:
            run = lab.store.run(run_id)
            return lab.store.prompts(run_id) or (run is not None and run.ended and "over")

        prompts = await lab.until(f"{name} {play} asks", asked)
        if prompts == "over":
            break
        await lab.answer(prompts[0], **answer)
    run = await lab.ended(run_id)
    expected = getattr(sys.modules.get(lab.instances._module.__name__), "ENDS", {}).get(name, "done")
    said = run.status
    if run.status != expected:
        said = f"{run.status}: {run.error and run.error['message']}"
    records = lab.store.records(run_id)
    steps = {record["invocation"]: record["step"] for record in records if record["kind"] == "invocation_started"}
    children = lab.store.child_runs([run_id]).get(run_id, [])
    started = [f"{steps[child.parent_invocation or '']}|{child.module}.{child.workflow}" for child in children]
    return said, records, started


def table(cases: list[Case]) -> str:
    """The table for docs/graph.md."""
    lines = [
        "| edge kind | taken | read from source | with annotations | engine's representation |",
        "|---|---:|---:|---:|---:|",
    ]
    for kind in [*KINDS, "hidden", "all"]:
        taken, inferred, whole, engine = counts(cases, kind)
        if taken:
            cells = " | ".join(f"{part} ({100 * part / taken:.1f} %)" for part in (inferred, whole, engine))
            title = {"hidden": "*hidden kinds*", "all": "**all edges**"}.get(kind, kind)
            lines.append(f"| {title} | {taken} | {cells} |")
    number = len(cases)
    shares = [sum(case.taken <= getattr(case, part) for case in cases) for part in ("inferred", "whole", "engine")]
    cells = " | ".join(f"{part} ({100 * part / number:.1f} %)" for part in shares)
    lines.append(f"| **classes whole** | {number} | {cells} |")
    drawn, used = drawn_and_taken(cases)
    lines.append(f"| **drawn edges that are taken** | | {used} of {drawn} ({100 * used / drawn:.1f} %) | | |")
    return "\n".join(lines)


def counts(cases: list[Case], kind: str) -> tuple[int, int, int, int]:
    """Of edges of a kind ("all", "hidden"): taken, inferred, inferred or declared, in the engine's representation."""
    kinds = {"all": KINDS, "hidden": HIDDEN}.get(kind, (kind,))
    taken = [(case, key) for case in cases for key in case.taken if key[2] in kinds]
    parts = [sum(key in getattr(case, part) for case, key in taken) for part in ("inferred", "whole", "engine")]
    return len(taken), parts[0], parts[1], parts[2]


def drawn_and_taken(cases: list[Case]) -> tuple[int, int]:
    """Of edges that records can show: how many are drawn, and how many of these were taken."""
    drawn = sum(key[2] in KINDS for case in cases for key in case.inferred)
    used = sum(key in case.taken for case in cases for key in case.inferred if key[2] in KINDS)
    return drawn, used


def misses(cases: list[Case]) -> Iterator[str]:
    """What was taken and not drawn (-), and what was drawn and not taken (+)."""
    for case in cases:
        odd = [one for one in case.ended if ":" in one]
        if odd:
            yield f"! {case.file}.{case.name}: {odd}"
        for sign, keys in (("-", case.taken - case.inferred), ("+", case.inferred - case.taken)):
            for source, target, kind in sorted(keys):
                if kind in KINDS:
                    ends = source.rpartition(".")[2], target.rpartition(".")[2]
                    where = " (declared)" if sign == "-" and (source, target, kind) in case.whole else ""
                    yield f"{sign} {case.file}.{case.name}: {ends[0]} {kind} {ends[1]}{where}"


def measure(only: str = "") -> list[Case]:
    """All cases, or those of one file or of one class."""
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    files = corpus_files(only) or corpus_files()
    names = [] if corpus_files(only) else [only]
    with contextlib.redirect_stdout(io.StringIO()):
        return [case for path in files for case in cases_of(path, names) if not names or case.name in names]


START, END = "<!-- truth: begin (python -m tests.graph.truth --write) -->", "<!-- truth: end -->"


def write(cases: list[Case]) -> None:
    """Put the table into docs/graph.md, between its marks."""
    page = Path(__file__).parents[2] / "docs" / "graph.md"
    text = page.read_text(encoding="utf-8")
    before, _, rest = text.partition(START)
    _, _, after = rest.partition(END)
    held = [case for case in cases if case.file.startswith("holdout")]
    parts = [table(cases), f"The hold-out alone, {len(held)} classes:", table(held)]
    page.write_text(before + "\n\n".join([START, *parts, END]) + after, encoding="utf-8")


def main() -> int:
    """Print or write the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.graph.truth", description=__doc__)
    parser.add_argument("--misses", action="store_true")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--only", default="")
    arguments = parser.parse_args()
    cases = measure(arguments.only)
    held = [case for case in cases if case.file.startswith("holdout")]
    print(table(cases))
    if held and len(held) < len(cases):
        print(f"\nThe hold-out alone ({len(held)} classes):\n\n{table(held)}")
    if arguments.write:
        write(cases)
    if arguments.misses:
        print("\n".join(misses(cases)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
