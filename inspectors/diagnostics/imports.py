"""Why a file could not be imported, in a sentence: what is missing, where it is asked for, how to get it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from inspectors.diagnostics import findings
from inspectors.diagnostics.engine_errors import explain_refusal, own_frame
from inspectors.diagnostics.known import Known
from inspectors.diagnostics.model import Finding


def explain_import(error: dict[str, Any], known: Known) -> Finding:
    """The finding for what a runner met when it imported a file: {"type", "message", "traceback", "frames"}."""
    kind, message, frames = str(error.get("type") or ""), str(error.get("message") or ""), error.get("frames") or []
    trace = str(error.get("traceback") or "")
    refused = explain_refusal(kind, message, known, frames)
    if refused:
        return refused
    frame = own_frame(frames)
    file = frame["file"] if frame else known.file
    line = frame["line"] if frame else None
    name = Path(file).name if file else "This file"
    if kind == "Interpreter":
        what, _, mend = message.partition(". ")
        return Finding("interpreter", _sentence(what), mend, None, None, trace)
    if kind == "RunnerEnded":
        return Finding("runner-ended", message, "", known.file, None, trace)
    if kind in ("SyntaxError", "IndentationError", "TabError"):
        said = f"{name} can't be read by Python: {re.sub(r' [(][^()]*, line [0-9]+[)]$', '', message)}."
        return Finding(
            "syntax-error", said, "Correct the line and save the file; it is read again by itself.", file, line
        )
    if kind == "ModuleNotFoundError" and (missing := re.search(r"No module named '([^']+)'", message)):
        return findings.not_installed(name, missing[1], file, line)
    asked = re.search(r"cannot import name '([^']+)' from (?:partially initialized module )?'([^']+)'", message)
    if kind == "NameError" and (unknown := re.match(r"name '(\w+)' is not defined", message)):
        step = known.at_line(file, line)
        if step and unknown[1] in str(step.get("signature")):
            return findings.unknown_name(known, step["name"], unknown[1])
    if kind == "ImportError" and asked:
        if "circular import" in message:
            said = f"{name} and {asked[2]} import each other: {asked[1]} is asked for before {asked[2]} has defined it."
            return Finding("circular-import", said, "Move what both need into a third file.", file, line)
        said = f"{name} imports {asked[1]} from {asked[2]}, which has no such name."
        mend = (
            f"Check the spelling, or whether the installed version of {asked[2].partition('.')[0]} is the one it needs."
        )
        return Finding("no-such-name", said, mend, file, line, trace)
    if kind == "SystemExit":
        said = f"{name} ends the program while it is imported (sys.exit), so this workflow can't run."
        return Finding("import-failed", said, 'Put what it does under `if __name__ == "__main__":`.', file, line, trace)
    said = f"{name} can't be imported: {kind}: {message}".rstrip(": ")
    return Finding("import-failed", _sentence(said), "Its own code raised this while it was loaded.", file, line, trace)


def _sentence(text: str) -> str:
    text = " ".join(text.split())
    return text if text.endswith((".", "!", "?")) else text + "."
