"""When the clock of a deadline stands still, by which cause and law, and until when."""

from __future__ import annotations

from sqlalchemy import Column, Date, Index, PrimaryKeyConstraint, Table, Text, text

from storage.sealed_types import SealedText
from storage.tables.base import metadata
from storage.types import Instant

_OPEN = text("ended_at IS NULL")

deadline_stop = Table(
    "deadline_stop",
    metadata,
    Column("org_id", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("deadline_id", Text, nullable=False),
    Column("case_id", Text),
    Column("cause", Text, nullable=False),  # of office.stop_causes
    Column("basis", Text, nullable=False),  # the law that lets it stop, in words
    Column("since", Instant, nullable=False),
    Column("expected_on", Date),  # the last day that it is expected to stand
    Column("reason", SealedText, nullable=False),
    Column("document_id", Text),  # by which the person was told
    Column("by", Text),
    Column("warned_at", Instant),  # that the expected end has passed
    Column("ended_at", Instant),
    Column("ended_by", Text),
    Column("ending", Text),  # resumed | closed
    PrimaryKeyConstraint("org_id", "id"),
    Index("ix_deadline_stop__deadline", "org_id", "deadline_id"),
    Index("ix_deadline_stop__case", "org_id", "case_id"),
    Index("ix_deadline_stop__open", "org_id", "expected_on", postgresql_where=_OPEN, sqlite_where=_OPEN),
)
