"""What is counted as it happens, because counting it again would read ten years of rows."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, Index, Integer, PrimaryKeyConstraint, Table, Text

from storage.tables.base import metadata

# Closed cases by month of the closing (Asia/Shanghai), handling unit and lateness: the sum of `n`. See office.closings.
closing_count = Table(
    "closing_count",
    metadata,
    Column("org_id", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("month", Date, nullable=False),  # its first day
    Column("unit_id", Text, nullable=False),  # "" for none
    Column("late", Boolean, nullable=False),
    Column("n", Integer, nullable=False),
    PrimaryKeyConstraint("org_id", "id"),
    Index("ix_closing_count__month", "org_id", "month"),
)
