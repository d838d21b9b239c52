"""What earlier runs did, written on a graph: how often and how long a step ran, which share went over an edge."""

from __future__ import annotations

from typing import Any


def with_counts(node: dict[str, Any], history: dict[str, Any]) -> dict[str, Any]:
    """A step with its second line from the runs: "104 × · median 0.84 s", "3 failed" behind it where some did."""
    if node["kind"] != "step":
        return node
    found = [history["nodes"].get(identity) or {} for identity in node.get("members") or [node["id"]]]
    count = sum(one.get("count") or 0 for one in found)
    if not count:
        return {**node, "second": f"{node['second']} · never ran" if node.get("members") else "never ran"}
    parts = [f"{count:,} ×"]
    if node.get("members"):
        parts.insert(0, str(node.get("second") or ""))
    elif found[0].get("median_ms") is not None:
        parts.append(f"median {_duration(found[0]['median_ms'])}")
    errors = sum(one.get("errors") or 0 for one in found)
    return {**node, "second": " · ".join([*parts, *([f"{errors:,} failed"] if errors else [])])}


def with_share(edge: dict[str, Any], history: dict[str, Any]) -> dict[str, Any]:
    """An edge with what the runs made of it: "92 %" where its source had a choice, "never taken" where records tell."""
    told = [part for part in edge["parts"] if part in history["edges"]]
    if not told:
        return edge
    counts = [history["edges"][part] for part in told]
    taken = max(count["count"] for count in counts)
    label = edge.get("label") or ""
    if not taken:
        return {**edge, "never": True, "label": label or "never taken"}
    share = min(count["of_source"] for count in counts if count["count"])
    words = f"{_percent(share)} %" if share < 0.9995 else ""
    return {**edge, "label": " · ".join(part for part in (label, words) if part)}


def in_words(history: dict[str, Any]) -> str:
    """The coverage: "9 runs took 9 of 10 edges and all 4 steps"; "" without runs."""
    runs = history.get("runs") or 0
    if not runs:
        return ""
    edges, steps = history["coverage"]["edges"], history["coverage"]["steps"]
    newest = f"the newest {runs:,} of {history['of']:,} runs" if history["of"] > runs else _counted(runs, "run")
    return f"{newest[0].upper()}{newest[1:]} took {_part(edges, 'edge')} and {_part(steps, 'step')}"


def _part(coverage: dict[str, Any], word: str) -> str:
    taken, of = coverage["taken"], coverage["of"]
    if taken == of:
        return f"all {_counted(of, word)}" if of > 1 else f"the {word}"
    return f"{taken:,} of {_counted(of, word)}"


def _counted(count: int, word: str) -> str:
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def _percent(share: float) -> str:
    """A share that isn't all never reads 100, and one that isn't nothing never 0."""
    return str(min(99, max(1, round(share * 100))))


def _duration(milliseconds: float) -> str:
    seconds = milliseconds / 1000
    if seconds < 0.0995:
        return f"{max(1, round(milliseconds))} ms" if milliseconds >= 0.5 else "< 1 ms"
    if seconds < 10:
        return f"{seconds:.2f} s"
    return f"{seconds:.0f} s" if seconds < 60 else f"{int(seconds // 60)} min {int(seconds % 60)} s"
