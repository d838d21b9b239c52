"""How much memory a runner and its subprocesses use, and how much they may."""

from __future__ import annotations

import re
import time
from contextlib import suppress
from pathlib import Path

import psutil

SHARE = 0.8
"""Of the machine's memory that one runner may use unless somebody says otherwise."""
LEAST = 100_000_000
"""Bytes: with less no runner gets through its imports."""
UNITS = {"": 1, "b": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12, "ki": 2**10, "mi": 2**20, "gi": 2**30}
VARIABLE = "STEPSCOPE_MEMORY_LIMIT"
CGROUPS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")
CHILDREN_EVERY = 1.0
"""Seconds between two looks for new subprocesses: each goes through all processes of the machine."""


def machine_memory() -> int:
    """Bytes that this machine has, or that a container lets us have of it."""
    total = int(psutil.virtual_memory().total)
    for file in CGROUPS:
        with suppress(OSError, ValueError):
            total = min(total, int(Path(file).read_text(encoding="ascii")))
    return total


def limit_from(said: str) -> tuple[int, tuple[str, ...]]:
    """The limit in bytes (0: none) that `said` means, such as "4GB", "512 MiB", "50%" or "none"; "" is the default.

    With it a sentence for the terminal, where `said` can't be followed.
    """
    default = int(machine_memory() * SHARE)
    text = said.strip().lower().replace("_", "").replace(",", "")
    if not text:
        return default, ()
    if text in ("none", "off", "no", "0"):
        return 0, ()
    found = re.fullmatch(r"(\d{1,15}(?:\.\d{1,6})?)\s*(%|[kmgt]?b?|[kmg]ib?)", text)
    if found is not None:
        number, unit = float(found[1]), found[2]
        size = int(number / 100 * machine_memory()) if unit == "%" else int(number * UNITS[unit.removesuffix("b")])
        if size >= LEAST:
            return size, ()
    return default, (
        f"{VARIABLE} is {said[:40]!r}, which is no size of at least {size_text(LEAST)}, such as 4GB, 50% or none. "
        f"Runners may use {size_text(default)} each.",
    )


def size_text(size: float) -> str:
    """`512 MB`, `1.5 GB`, in the decimal units in which limits are said."""
    if size < 1e9:
        return f"{size / 1e6:.0f} MB"
    return f"{size / 1e9:.3g} GB"


class MemoryGauge:
    """Measures one runner again and again."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._children: list[psutil.Process] = []
        self._looked = 0.0

    def read(self) -> int:
        """Bytes of main memory that the process and all its subprocesses hold; 0 if it is gone."""
        try:
            process = psutil.Process(self._pid)
            used = int(process.memory_info().rss)
            if time.monotonic() - self._looked > CHILDREN_EVERY:
                self._looked = time.monotonic()
                self._children = process.children(recursive=True)
        except psutil.Error:
            return 0
        for child in self._children:
            with suppress(psutil.Error):
                used += int(child.memory_info().rss)
        return used

    def read_shared_once(self) -> int:
        """The same with what forked processes share counted once, where the system tells; slow, for when it matters."""
        used = 0
        with suppress(psutil.Error):
            process = psutil.Process(self._pid)
            for one in [process, *process.children(recursive=True)]:
                with suppress(psutil.Error):
                    full = one.memory_full_info()
                    used += int(getattr(full, "pss", 0) or full.rss)
        return used
