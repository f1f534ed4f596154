"""The sample town on both databases, and on one where the database does not matter."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from storage.clock import FixedClock
from tests.support.office import Office, open_office


@pytest.fixture
def office(database_url: str, clock: FixedClock) -> Iterator[Office]:
    """The town, on both databases."""
    opened = open_office(database_url, clock)
    yield opened
    opened.banjie.close()


@pytest.fixture
def sqlite_office(sqlite_url: str, clock: FixedClock) -> Iterator[Office]:
    """The town, on SQLite."""
    opened = open_office(sqlite_url, clock)
    yield opened
    opened.banjie.close()
