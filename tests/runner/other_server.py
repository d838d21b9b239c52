"""A second server on a database, in a process of its own: it does what its input says, a line of JSON each.

    ["start", NAME, {values}]  ["answer", PROMPT, {values}, BY]  ["cancel", RUN]  ["delete", RUN]  ["close"]

It answers each with a line of JSON.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any

PROJECT = Path(__file__).resolve().parents[2]


class OtherServer:
    """The other process, from this one's side."""

    def __init__(self, database: Path, file: Path) -> None:
        command = [sys.executable, "-m", "tests.runner.other_server", str(database), str(file)]
        self.process = subprocess.Popen(
            command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        self.heard()

    def say(self, *what: Any) -> None:
        """Have it do something, without waiting for it."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(what) + "\n")
        self.process.stdin.flush()

    def heard(self) -> Any:
        """What it answers to the first thing that was said and not heard of yet."""
        assert self.process.stdout is not None
        return json.loads(self.process.stdout.readline())

    def does(self, *what: Any) -> Any:
        """Say and hear."""
        self.say(*what)
        return self.heard()

    def kill(self) -> None:
        """End it as `kill -9` does."""
        self.process.kill()
        self.process.wait()

    def __enter__(self) -> OtherServer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.does("close")
            self.process.wait(60)
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            pipe.close()


def serve(database: Path, file: Path) -> None:
    """The other process's own side."""
    from inspectors.discovery import discover
    from inspectors.settings import Settings
    from inspectors.workbench import Workbench

    workbench = Workbench(Settings(database, (str(file),), sys.executable))
    sources = {source.name: source for source in discover([file]).workflows}
    print(json.dumps("ready"), flush=True)
    for line in sys.stdin:
        op, *given = json.loads(line)
        said: Any = True
        if op == "start":
            said = workbench.supervisor.start(sources[given[0]], given[1])
        elif op == "answer":
            outcome = workbench.supervisor.answer(*given)
            said = [outcome.accepted, outcome.sentence]
        elif op == "cancel":
            workbench.supervisor.cancel(given[0], "the other")
        elif op == "delete":
            said = workbench.store.delete_runs([given[0]])
        elif op == "close":
            workbench.close()
        print(json.dumps(said), flush=True)
        if op == "close":
            return


if __name__ == "__main__":
    serve(Path(sys.argv[1]), Path(sys.argv[2]))
