"""A disk that fills up under a run, in a real runner: the run goes on, pages say so, nothing is missing afterwards."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from inspectors.server.store_trouble import in_words
from inspectors.store import Store, StoreRefused
from inspectors.workbench import Workbench
from tests.runner.conftest import Bench, settings_for

STEADY = Path(__file__).with_name("steady.py")
ROOM = 3_000_000


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of three megabytes, where this machine lets us have one."""
    place = tmp_path / "disk"
    place.mkdir()
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root may mount a small disk")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", str(place)], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip("a small disk can't be mounted here")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def fill(place: Path) -> Path:
    """Take all the room there is."""
    ballast = place / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"\0" * 4096)
        except OSError:
            return ballast


def test_a_full_disk_holds_up_no_run_and_loses_nothing(small_disk: Path, tmp_path: Path):
    bench = Bench(Workbench(settings_for(small_disk)))
    gate = tmp_path / "gate"
    try:
        run_id = bench.start("Steady", STEADY, gate=str(gate))
        bench.wait(run_id, lambda run: run.last_seq > 20)
        ballast = fill(small_disk)
        bench.until(lambda: bench.supervisor.troubles())
        (trouble,) = bench.supervisor.troubles()
        sentence, rest = in_words([trouble])
        path = bench.store.path
        assert sentence.startswith(f"The database {path} can't be used: its disk is full. Free some space")
        assert rest.startswith("Runs go on: ") and rest.endswith("written as soon as it can be used.")
        with pytest.raises(StoreRefused, match="its disk is full"):
            write_much(bench.store)
        gate.touch()  # the run ends while nothing can be written
        bench.until(lambda: "records wait in memory" in in_words(bench.supervisor.troubles())[1])
        assert not bench.store.run(run_id).ended  # type: ignore[union-attr]
        bench.workbench.close()  # a clean stop: the runner stays until it could write the rest
        ballast.unlink()
        after = Store(path)
        bench.store = after
        ended = bench.ended(run_id, 40)
        assert ended.status == "done" and ended.result is not None
        steps = [record["n"] for record in counted(after, run_id)]
        assert steps == list(range(1, ended.result["value"] + 1)) and "records_missing" not in bench.kinds(run_id)
        bench.until(lambda: after.registered() == [], 40)
        after.close()
    finally:
        gate.touch()
        (small_disk / "ballast").unlink(missing_ok=True)
        bench.workbench.close()


def write_much(store: Store) -> None:
    """More than there is room for in pages that are there already."""
    for number in range(200):
        store.save_preset(workflow="W", file="/f.py", name=str(number), input={"text": "x" * 3000})


def counted(store: Store, run_id: str) -> list[dict[str, int]]:
    """The fields of the events that the run counted with."""
    return [record["fields"] for record in store.records(run_id) if record.get("type") == "Count"]
