"""加签, 会签 and 委派: whom the holder of a task has asked, and what they said. It ends with the task."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, PrimaryKeyConstraint, Table, Text

from storage.sealed_types import SealedFields, SealedText
from storage.tables.base import PERSONAL, metadata
from storage.types import Instant

# One round of asking about an open task. `answers`: what completes the task once all agree (后加签).
asking = Table(
    "asking",
    metadata,
    Column("org_id", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("task_id", Text, nullable=False),
    Column("case_id", Text),
    Column("kind", Text, nullable=False),  # delegate | before | after
    Column("rule", Text, nullable=False),  # all | any | share | order
    Column("share", Integer),  # per cent that must agree, with the rule `share`
    Column("reason", SealedText, nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("answers", SealedFields(PERSONAL)),
    Column("ended_at", Instant),
    Column("result", Text),  # agreed | refused | removed
    PrimaryKeyConstraint("org_id", "id"),
    Index("ix_asking__task", "org_id", "task_id"),
    Index("ix_asking__case", "org_id", "case_id"),
)

# Who is asked in a round. `answers`: the fields of the form that a delegate has filled in.
asked_person = Table(
    "asked_person",
    metadata,
    Column("org_id", Text, nullable=False),
    Column("asking_id", Text, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("case_id", Text),
    Column("position", Integer, nullable=False),
    Column("state", Text, nullable=False),  # waiting | open | answered | needless | removed
    Column("agrees", Boolean),
    Column("opinion", SealedText),
    Column("answers", SealedFields(PERSONAL)),
    Column("answered_at", Instant),
    Column("answered_by", Text),  # who stood in, or the person
    PrimaryKeyConstraint("org_id", "asking_id", "user_id"),
    Index("ix_asked_person__open", "org_id", "user_id", "state"),
    Index("ix_asked_person__case", "org_id", "case_id"),
)
