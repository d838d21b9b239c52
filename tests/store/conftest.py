"""A store on the test's own database, and the few rows that every test needs."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from inspectors.store import Store
from inspectors.store.records import Commit


@pytest.fixture
def store(own_database: Path) -> Iterator[Store]:
    made = Store(own_database)
    yield made
    made.close()


@pytest.fixture
def new_run(store: Store) -> Callable[..., str]:
    """Create a run; what isn't given doesn't matter to the test."""

    def create(**values: Any) -> str:
        given = {"workflow": "W", "module": "m", "file": "f.py", "version": "1", "input": {}, **values}
        return store.create_run(**given)

    return create


@pytest.fixture
def append(store: Store) -> Callable[..., None]:
    """Commit the next `count` records of a run as one block."""

    def add(run_id: str, count: int, **more: Any) -> None:
        run = store.run(run_id)
        assert run is not None
        first = run.last_seq + 1
        lines = [json.dumps({"seq": seq, "t": 0.0, "kind": "k"}) for seq in range(first, first + count)]
        store.commit([Commit(run_id, first, lines=lines, **more)])

    return add
