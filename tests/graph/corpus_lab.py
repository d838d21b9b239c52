"""A file of workflows, imported and run in a lab of its own."""

from __future__ import annotations

import asyncio
import importlib.util
import sys
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.recording.lab import Lab, running


class Corpus:
    """The file as a module in a lab, as long as it is entered."""

    def __init__(self, path: Path, database: Path) -> None:
        self.path, self.database = path, database
        self.lab: Lab

    def __enter__(self) -> Corpus:
        spec = importlib.util.spec_from_file_location(self.path.stem, self.path)
        assert spec and spec.loader
        module = importlib.util.module_from_spec(spec)
        sys.modules[self.path.stem] = module
        spec.loader.exec_module(module)
        self.lab = Lab(self.database, module)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        sys.modules.pop(self.path.stem, None)
        self.lab.close()

    async def run(self, workflow: str, inputs: list[dict[str, Any]]) -> list[str]:
        """Run a workflow with each of the inputs; the ids of the runs."""
        async with running(self.lab):
            run_ids = [self.lab.start(workflow, **values) for values in inputs]
            await asyncio.gather(*(self.lab.ended(run_id) for run_id in run_ids))
        return run_ids
