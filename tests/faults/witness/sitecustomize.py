"""What really happens in a runner, told by the steps themselves and not by Stepscope's records.

Python imports this module at its start because its folder is on PYTHONPATH. It wraps each function that the engine's
`@step` decorates, and writing to the stream, so that the sample files run as they are. It appends a line to the file
that STEPSCOPE_WITNESS names when a step begins, returns or is broken off, and when something is streamed. A line is one
`write` to a file opened for appending: it is there even if the process is killed right after.
"""

import asyncio
import functools
import json
import os
import time

FILE = os.environ.get("STEPSCOPE_WITNESS", "")


def _tell(what, step, number):
    line = {"t": time.time(), "pid": os.getpid(), "what": what, "step": step, "number": number}
    os.write(_DESCRIPTOR, json.dumps(line).encode() + b"\n")


def _number(*values):
    """What tells one event of a type from another: its field `number`, or `done`."""
    for value in values:
        for name in ("number", "done"):
            number = getattr(value, name, None)
            if isinstance(number, int):
                return number
    return None


def _witnessed(function):
    name = function.__name__

    @functools.wraps(function)
    async def whole(*args, **kwargs):
        number = _number(*args, *kwargs.values())
        _tell("begun", name, number)
        try:
            given = await function(*args, **kwargs)
        except BaseException:
            _tell("broken", name, number)
            raise
        _tell("ended", name, number)
        return given

    return whole if asyncio.iscoroutinefunction(function) else function


if FILE:
    import workflows
    import workflows.decorators

    _DESCRIPTOR = os.open(FILE, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    _step = workflows.decorators.step

    def step(*args, **kwargs):
        """The engine's `step` on a function that tells what it does."""
        if args and callable(args[0]):
            return _step(_witnessed(args[0]), *args[1:], **kwargs)
        return lambda function: _step(*args, **kwargs)(_witnessed(function))

    workflows.step = workflows.decorators.step = step
    _write = workflows.Context.write_event_to_stream

    def write_event_to_stream(self, ev):
        """The engine's, told."""
        _tell("streamed", type(ev).__name__, _number(ev))
        return _write(self, ev)

    workflows.Context.write_event_to_stream = write_event_to_stream
