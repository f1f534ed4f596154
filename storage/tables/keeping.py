"""How long cases are kept: legal holds, and the lists by which finished cases are destroyed. Entries stay."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, PrimaryKeyConstraint, Table, Text

from storage.tables.base import metadata
from storage.types import Instant, Json

# A case that must not be destroyed, whatever its age, until the hold is lifted.
legal_hold = Table(
    "legal_hold",
    metadata,
    Column("org_id", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("case_id", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("by", Text, nullable=False),
    Column("lifted_at", Instant),
    Column("lifted_by", Text),
    Column("lift_reason", Text),
    PrimaryKeyConstraint("org_id", "id"),
    Index("ix_legal_hold__case", "org_id", "case_id"),
)

# One case on a list of destruction; what remains of it once it is destroyed.
disposal = Table(
    "disposal",
    metadata,
    Column("org_id", Text, nullable=False),
    Column("list_no", Text, nullable=False),  # 销毁〔2037〕1号
    Column("case_id", Text, nullable=False),
    Column("number", Text),
    Column("title", Text, nullable=False),
    Column("confidential", Boolean, nullable=False),
    Column("process_key", Text, nullable=False),
    Column("ended_at", Instant, nullable=False),
    Column("kept", Text, nullable=False),  # how long, in words
    Column("state", Text, nullable=False),  # proposed | approved | destroyed | withdrawn
    Column("reason", Text, nullable=False),
    Column("proposed_at", Instant, nullable=False),
    Column("proposed_by", Text, nullable=False),
    Column("approved_at", Instant),
    Column("approved_by", Text),
    Column("ended_by", Text),  # who carried it out, or withdrew it
    Column("done_at", Instant),
    Column("note", Text),  # why it was not destroyed
    Column("package", Text),  # file name of the package that was made first
    Column("sha256", Text),  # of the package
    Column("chains", Json),  # of its instances: [{id, rows, hash}], the ends of their histories
    PrimaryKeyConstraint("org_id", "list_no", "case_id"),
    Index("ix_disposal__case", "org_id", "case_id"),
)
