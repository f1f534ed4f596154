"""A desk on both databases."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from storage.database import Store
from tests.handlers.desk import Desk, make_desk


@pytest.fixture
def desk(store: Store) -> Iterator[Desk]:
    """A service centre's petition desk with one visit, in one transaction."""
    with store.begin() as uow:
        yield make_desk(uow)
