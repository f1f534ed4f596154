"""签到册 (FM09, R16): when each person signed in and out on a day."""

from __future__ import annotations

from sqlalchemy import Column, Date, Integer, PrimaryKeyConstraint, Table, Text

from storage.tables.base import metadata
from storage.types import Instant

# One row a person and day on which the person signed; the register FM09 has the same as an entry.
signature = Table(
    "signature",
    metadata,
    Column("org_id", Text, nullable=False),
    Column("day", Date, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("in_at", Instant, nullable=False),
    Column("out_at", Instant),  # the last time
    Column("seq", Integer, nullable=False),  # of the entry in FM09
    PrimaryKeyConstraint("org_id", "day", "user_id"),
)
