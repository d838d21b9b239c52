"""Noticing that somebody else has changed the database, whatever becomes of its file."""

from __future__ import annotations

from pathlib import Path

import pytest

from inspectors.store import Store, StoreRefused
from inspectors.store.connections import ChangeCounter


def add_run(path: Path) -> None:
    store = Store(path)
    store.create_run(workflow="W", module="m", file="f", version="1", input={})
    store.close()


def test_it_counts_on_after_the_file_was_removed_and_put_back(own_database: Path) -> None:
    add_run(own_database)
    counter = ChangeCounter(own_database)
    first = counter.read()
    assert counter.read() == first, "nothing has changed"
    add_run(own_database)
    second = counter.read()
    assert second != first

    away = own_database.with_name("away.db")
    own_database.rename(away)
    with pytest.raises(StoreRefused, match="was removed while Stepscope was using it"):
        counter.read()
    assert not own_database.exists(), "it isn't made anew"

    own_database.write_bytes(away.read_bytes())
    put_back = counter.read()
    assert put_back != second
    add_run(own_database)
    assert counter.read() != put_back
    counter.close()
