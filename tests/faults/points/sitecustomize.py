"""Kills this process, as `kill -9` does, the first time it comes to a certain point on an answer's way.

Python imports this module at its start because its folder is on PYTHONPATH. STEPSCOPE_KILL_AT names a file; while it
holds a point's name, whoever comes to that point takes the file away and dies.
"""

import os
import signal
import sys

FILE = os.environ.get("STEPSCOPE_KILL_AT", "")
POINTS = {
    "inspectors.runner.supervisor": {"Supervisor.answer": ("click arrived", "page answered")},
    "inspectors.store.prompts": {"Prompts.add_answer": (None, "answer stored")},
    "inspectors.runner.carrying": {"Carrier.carry": (None, "runner told")},
    "inspectors.runner.hosted_runs": {
        "HostedRuns.take_up": ("run to be taken up", "run taken up"),
        "HostedRuns._deliver": ("answer to be delivered", "answer given to the engine"),
    },
    "inspectors.recording.run_recorder": {"RunRecorder._answered": (None, "answer recorded, not committed")},
    "inspectors.store.records": {"Records.commit": (None, "delivery committed")},
}


def _die(point, *, committed=None):
    try:
        with open(FILE, encoding="utf-8") as file:
            if file.read().strip() != point:
                return
        if committed is not None and not committed():
            return
        os.unlink(FILE)
    except OSError:
        return
    os.kill(os.getpid(), signal.SIGKILL)


def _around(function, before, after):
    def whole(*args, **kwargs):
        if before:
            _die(before)
        # Whether this commit holds the delivery has to be known before it is made.
        delivers = after == "delivery committed" and any(commit.delivered for commit in args[1])
        given = function(*args, **kwargs)
        if after and (after != "delivery committed" or delivers):
            _die(after)
        return given

    return whole


class _Loader:
    def __init__(self, inner):
        self._inner = inner

    def create_module(self, spec):
        return self._inner.create_module(spec)

    def exec_module(self, module):
        self._inner.exec_module(module)
        for place, (before, after) in POINTS[module.__name__].items():
            owner, name = place.split(".")
            cls = getattr(module, owner)
            setattr(cls, name, _around(getattr(cls, name), before, after))

    def __getattr__(self, name):
        return getattr(self._inner, name)


class _Finder:
    def find_spec(self, name, path=None, target=None):
        if name not in POINTS:
            return None
        for finder in sys.meta_path:
            if finder is not self and hasattr(finder, "find_spec"):
                spec = finder.find_spec(name, path, target)
                if spec is not None:
                    spec.loader = _Loader(spec.loader)
                    return spec
        return None


if FILE:
    sys.meta_path.insert(0, _Finder())
