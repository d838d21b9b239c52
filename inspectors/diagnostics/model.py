"""A finding: what is wrong, where, and how to mend it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with a workflow."""

    id: str
    """The rule, such as "never-produced"; one sentence per rule and thing, whoever noticed."""
    sentence: str
    """What is wrong, with the names of the things it is about. Plain text."""
    mend: str = ""
    """What to do about it; "" if nothing general can be said."""
    file: str | None = None
    """The file it is about, absolute."""
    line: int | None = None
    """Its line, from 1, where source knows it."""
    traceback: str = ""
    """Only where the user's own code raised: to be shown folded."""

    @property
    def place(self) -> str:
        """`rag.py, line 12`, `rag.py`, or ""."""
        name = (self.file or "").replace("\\", "/").rpartition("/")[2]
        return f"{name}, line {self.line}" if name and self.line else name
