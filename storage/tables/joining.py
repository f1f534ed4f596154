"""并案: petitions that are handled with another one and get its answer."""

from __future__ import annotations

from sqlalchemy import Column, Index, PrimaryKeyConstraint, Table, Text, text

from storage.sealed_types import SealedText
from storage.tables.base import metadata
from storage.types import Instant

_RUNNING = text("ended_at IS NULL")

# A case that was merged into another. It runs until the case is taken out, let go, or closed with the lead.
case_merge = Table(
    "case_merge",
    metadata,
    Column("org_id", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("case_id", Text, nullable=False),  # 并入件
    Column("lead_id", Text, nullable=False),  # 主件
    Column("instance_id", Text, nullable=False),  # of the merged case, which stands still meanwhile
    Column("element_id", Text, nullable=False),  # the activity that it leaves once the lead is closed
    Column("opinion", SealedText, nullable=False),
    Column("at", Instant, nullable=False),
    Column("by", Text, nullable=False),
    Column("answered_at", Instant),  # when it got the lead's answer
    Column("ended_at", Instant),
    Column("ended_by", Text),
    Column("ending", Text),  # split | released | closed
    Column("reason", SealedText),  # why it was taken out
    PrimaryKeyConstraint("org_id", "id"),
    # A case is merged into one lead at a time.
    Index("uq_case_merge__running", "org_id", "case_id", unique=True, postgresql_where=_RUNNING, sqlite_where=_RUNNING),
    Index("ix_case_merge__case", "org_id", "case_id"),
    Index("ix_case_merge__lead", "org_id", "lead_id"),
)
