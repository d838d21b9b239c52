"""What is wrong with the database just now, in words for every page."""

from __future__ import annotations

from typing import Any

StoreTrouble = tuple[str, str]
"""What is wrong, and what becomes of the records meanwhile; both "" while all is well."""


def in_words(troubles: list[dict[str, Any]], refused: str = "") -> StoreTrouble:
    """`troubles` is what runners say (`CommitWriter.state`), `refused` what kept this server from reading."""
    if not troubles:
        return (refused, "This page goes on by itself as soon as it can be used.") if refused else ("", "")
    held = sum(trouble["held"] for trouble in troubles)
    left_out = sum(trouble["left_out"] for trouble in troubles)
    many = f"{held:,} records wait" if held != 1 else "1 record waits"
    rest = f"Runs go on: {many} in memory and {'are' if held != 1 else 'is'} written as soon as it can be used."
    if left_out:
        rest += f" There was no room for {left_out:,} more; where they are missing the trace says so."
    return refused or str(troubles[0]["sentence"]), rest
