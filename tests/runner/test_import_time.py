"""Workflows that a file makes while it is imported are recorded as those made later."""

from pathlib import Path
from typing import Any

FILE = Path(__file__).parent / "import_time.py"


def test_a_child_made_at_import_time_is_recorded_and_one_with_a_runtime_of_its_own_said_not_to_be(bench: Any) -> None:
    run_id = bench.start("Parent", FILE)
    run = bench.ended(run_id)
    assert run.status == "done" and run.result["value"] == [2, 4, 6], run.error
    (child,) = [row for row in bench.store.runs() if row.run_id != run_id]
    assert (child.workflow, child.parent_run, child.input) == ("Child", run_id, {"n": 2})
    (record,) = [record for record in bench.store.records(run_id) if record["kind"] == "child_not_recorded"]
    assert (record["workflow"], record["step"]) == ("Child", "delegate")
