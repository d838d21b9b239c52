"""What a person has changed of a text: word by word, as runs of kept, added and removed words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

_TOKEN = re.compile(r"\s+|\w+|[^\w\s]")
_SENTENCE = re.compile(r"[^.!?\n]*(?:[.!?]+\s*|\n+|\Z)")
MOST_TOKENS = 1_500
"""On either side. With more, whole sentences are compared, and with more of those nothing: the time grows with the
square of it, and a page waits."""


@dataclass(frozen=True)
class Change:
    """A piece of text that was kept, added or removed."""

    how: Literal["kept", "added", "removed"]
    text: str


def difference(before: str, after: str) -> list[Change]:
    """What leads from one text to another: `kept` and `removed` give the first, `kept` and `added` the second."""
    if before == after:
        return [Change("kept", before)] if before else []
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    found: list[Change] = []
    for how, i, j, k, m in SequenceMatcher(None, old, new).get_opcodes():
        if how == "equal":
            found.append(Change("kept", "".join(old[i:j])))
        else:
            found += _by_words("".join(old[i:j]), "".join(new[k:m]))
    return _joined(found)


def _by_words(before: str, after: str) -> list[Change]:
    for token in (_TOKEN, _SENTENCE):
        old, new = token.findall(before), token.findall(after)
        if max(len(old), len(new)) <= MOST_TOKENS:
            break
    else:
        return [Change("removed", before), Change("added", after)]
    found: list[Change] = []
    for how, i, j, k, m in SequenceMatcher(None, old, new, autojunk=len(old) > MOST_TOKENS / 3).get_opcodes():
        if how == "equal":
            kept = "".join(old[i:j])
            around = bool(found) and found[-1].how != "kept" and j < len(old)
            if around and not kept.strip():  # one blank between changed words: they are one change
                found += [Change("removed", kept), Change("added", kept)]
            else:
                found.append(Change("kept", kept))
        else:
            found += [Change("removed", "".join(old[i:j])), Change("added", "".join(new[k:m]))]
    return found


def _joined(changes: list[Change]) -> list[Change]:
    """Neighbours of one kind as one; what was removed between two kept pieces stands before what was added."""
    made: list[Change] = []
    removed = added = ""
    for change in [*changes, Change("kept", "")]:
        if change.how == "removed":
            removed += change.text
        elif change.how == "added":
            added += change.text
        elif change.text:
            made, removed, added = _flushed(made, removed, added), "", ""
            if made and made[-1].how == "kept":
                made[-1] = Change("kept", made[-1].text + change.text)
            else:
                made.append(change)
    return _flushed(made, removed, added)


def _flushed(made: list[Change], removed: str, added: str) -> list[Change]:
    more = [Change("removed", removed)] if removed else []
    return [*made, *more, *([Change("added", added)] if added else [])]


def words_changed(changes: list[Change]) -> tuple[int, int]:
    """How many words were added, and how many removed."""
    counts = {
        how: sum(len(change.text.split()) for change in changes if change.how == how) for how in ("added", "removed")
    }
    return counts["added"], counts["removed"]
