"""When a process started, as a number that the clock of the machine doesn't change; for runners, too.

Imports nothing outside the standard library, since runners use it.
"""

from __future__ import annotations

import os
import sys

TICKS = os.sysconf("SC_CLK_TCK") if sys.platform == "linux" else 1


def since_boot(pid: int) -> float | None:
    """Linux: the seconds from the machine's start to the process's, exact to 10 ms. None elsewhere or if there is none.

    Epoch seconds won't do there: they are counted from the time of the start of the machine, which moves whenever the
    clock is set, and a runner would seem to be another process from then on.
    """
    if sys.platform != "linux":
        return None
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            after_name = file.read().rpartition(")")[2].split()  # the name may hold blanks and brackets
        return int(after_name[19]) / TICKS
    except (OSError, IndexError, ValueError):
        return None
