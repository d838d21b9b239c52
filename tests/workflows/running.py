"""Runs samples in this process on the real engine, with every way to the network shut."""

from __future__ import annotations

import asyncio
import importlib.util
import inspect
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from workflows import Workflow
from workflows.events import Event, InputRequiredEvent

SAMPLES = Path(__file__).parents[2] / "workflows"


@dataclass
class Ran:
    """A run that is over."""

    result: Any
    streamed: list[Event]

    def of_type(self, name: str) -> list[Any]:
        """The streamed events whose class has this name."""
        return [event for event in self.streamed if type(event).__name__ == name]


def load_sample(stem: str) -> ModuleType:
    """Import `workflows/<stem>.py` afresh under its own name, as a runner would."""
    spec = importlib.util.spec_from_file_location(stem, SAMPLES / f"{stem}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[stem] = module  # pydantic resolves annotations through sys.modules
    spec.loader.exec_module(module)
    return module


def made(module: ModuleType, name: str) -> Workflow:
    """An instance of a sample's workflow: from its factory if its `__init__` needs something."""
    for value in vars(module).values():
        if inspect.isfunction(value) and value.__annotations__.get("return") is getattr(module, name):
            return value()
    return getattr(module, name)()


def run(workflow: Workflow, answers: list[Event] | None = None, **start: Any) -> Ran:
    """Run to the end, each prompt answered with the next of `answers`."""

    async def go() -> Ran:
        waiting = list(answers or [])
        handler = workflow.run(**start)
        streamed = []
        async for event in handler.stream_events():
            streamed.append(event)
            if isinstance(event, InputRequiredEvent):
                await handler.send_event(waiting.pop(0))
        return Ran(await handler, streamed)

    return asyncio.run(go())


class NetworkUsed(OSError):
    """Somebody tried to reach another host."""


@contextmanager
def no_network() -> Iterator[list[str]]:
    """Refuse every connection to another host and every look-up of a name; what was tried is in the list."""
    tried: list[str] = []
    connect, look_up = socket.socket.connect, socket.getaddrinfo

    def refuse(host: Any) -> None:
        if str(host) not in ("127.0.0.1", "::1", "localhost"):
            tried.append(str(host))
            raise NetworkUsed(f"The network is shut for this test, but {host} was asked for.")

    def guarded_connect(self: socket.socket, address: Any) -> None:
        if isinstance(address, tuple):
            refuse(address[0])
        connect(self, address)

    def guarded_look_up(host: Any, *args: Any, **kwargs: Any) -> Any:
        refuse(host)
        return look_up(host, *args, **kwargs)

    socket.socket.connect, socket.getaddrinfo = guarded_connect, guarded_look_up  # type: ignore[method-assign]
    try:
        yield tried
    finally:
        socket.socket.connect, socket.getaddrinfo = connect, look_up  # type: ignore[method-assign]
