"""值班表: who is on duty when, and who has asked whom to exchange a day (R18, R83)."""

from __future__ import annotations

from sqlalchemy import Column, Date, Index, PrimaryKeyConstraint, Table, Text

from storage.tables.base import metadata
from storage.types import Instant

# Who is on duty on a day of a recurring duty (值班表, R18, R83): one row a person, day and place.
roster_place = Table(
    "roster_place",
    metadata,
    Column("org_id", Text, nullable=False),
    Column("code", Text, nullable=False),  # of the schedule, R18.duty
    Column("day", Date, nullable=False),
    Column("place", Text, nullable=False),  # duty | leader | staff
    Column("user_id", Text, nullable=False),
    Column("set_at", Instant, nullable=False),
    Column("set_by", Text),
    PrimaryKeyConstraint("org_id", "code", "day", "place", "user_id"),
    Index("ix_roster_place__user", "org_id", "user_id", "day"),
)

# Somebody on a roster asks another to exchange a day of each; it counts once the other agrees.
roster_swap = Table(
    "roster_swap",
    metadata,
    Column("org_id", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("day", Date, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("other_day", Date, nullable=False),
    Column("other_id", Text, nullable=False),
    Column("reason", Text),
    Column("asked_at", Instant, nullable=False),
    Column("state", Text, nullable=False),  # asked | agreed | refused | withdrawn
    Column("answered_at", Instant),
    PrimaryKeyConstraint("org_id", "id"),
    Index("ix_roster_swap__state", "org_id", "state", "day"),
)
