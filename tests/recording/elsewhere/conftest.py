"""A database that programs record in, and a server's part in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from inspectors.recording import elsewhere
from inspectors.runner.supervisor import Supervisor
from inspectors.settings import read_settings
from inspectors.store import Store


@pytest.fixture
def store(own_database: Path) -> Iterator[Store]:
    """The test's database; what records in it lets go at the end."""
    store = Store(own_database)
    yield store
    elsewhere.close_programs()
    store.close()


@pytest.fixture
def supervisor(store: Store) -> Iterator[Supervisor]:
    """A server's part in it."""
    found = Supervisor(store, read_settings([]))
    yield found
    found.close()
