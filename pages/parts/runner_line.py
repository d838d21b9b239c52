"""Says that a cold runner is starting, and has the page run again until it is ready.

Not a fragment with `run_every`: its timer may fire between the press on Run and the switch to the Trace, and the late
rerun of a fragment that is gone leaves the new page empty (seen once in five cold starts).
"""

from __future__ import annotations

import itertools

from inspectors.runner.supervisor import RunnerStatus
from parts.browser import browser_part

_part = browser_part("runner_line")
_run_of_page = itertools.count()


def watch_runner(name: str, status: RunnerStatus, *, can_start: bool = True) -> None:
    """Draw it outside any form: a part can't ask for a rerun from within one."""
    late = status.seconds > 1
    # The counter makes the data new at each rerun, or the browser would not be told to ask again.
    data = {
        "name": name,
        "seconds": status.seconds,
        "doing": status.doing,
        "usual": f"{status.usual:.1f} s" if status.usual is not None else "",
        "can_start": can_start,
        "asked": late,
        "run": next(_run_of_page),
    }
    _part(key="runner-line", data=data, on_check_change=lambda: None)
