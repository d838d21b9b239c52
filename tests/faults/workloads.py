"""What is killed: two samples as they are, and a fan-out over 300 parts joined in two ways."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from inspectors.discovery import discover
from inspectors.discovery.model import WorkflowSource
from tests.e2e.app_process import PROJECT

SAMPLES = PROJECT / "workflows"
FAN_OUT = Path(__file__).with_name("fan_out.py")
SIZE = 300

# The sample on the engine alone: what it gives when nothing is killed, and nothing of Stepscope is near.
BARE = """
import asyncio, json, sys
from long_pipeline import LongPipelineWorkflow
async def run(): return await LongPipelineWorkflow().run(pace=0)
print(json.dumps(asyncio.run(run())))
"""


@dataclass(frozen=True)
class Workload:
    """A workflow, what it is started with, and what must come of it however often it is killed."""

    label: str
    file: Path
    workflow: str
    input: dict[str, Any] = field(default_factory=dict)

    @property
    def source(self) -> WorkflowSource:
        """The workflow as discovery reads it."""
        return next(source for source in discover([self.file]).workflows if source.name == self.workflow)

    def right(self, result: dict[str, Any] | None) -> bool:
        """Whether a run's result is the one it must have."""
        return result is not None and result["value"] == self.expected()

    def expected(self) -> Any:
        """The value of the result."""
        if self.workflow == "ApprovalWorkflow":
            return "Draft approved."
        if self.workflow == "LongPipelineWorkflow":
            return _long_pipeline()
        size = self.input["size"]
        return {"squares": [number**2 for number in range(size)], "kept": sum(range(size))}


@cache
def _long_pipeline() -> Any:
    done = subprocess.run([sys.executable, "-c", BARE], cwd=SAMPLES, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


APPROVAL = Workload("ApprovalWorkflow", SAMPLES / "approval.py", "ApprovalWorkflow", {"topic": "AI regulation"})
PIPELINE = Workload("Long pipeline", SAMPLES / "long_pipeline.py", "LongPipelineWorkflow", {"pace": 0.1})
LIST = Workload("Fan-out 300, list", FAN_OUT, "FanOutWorkflow", {"size": SIZE, "pace": 0.02})
GATHERED = Workload("Fan-out 300, collect_events", FAN_OUT, "GatheringWorkflow", {"size": SIZE, "pace": 0.02})
WORKLOADS = (APPROVAL, PIPELINE, LIST, GATHERED)
