"""How people are told: what each wishes, and what waits for the day's digest."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, PrimaryKeyConstraint, Table, Text

from storage.tables.base import metadata
from storage.types import Instant, Json

# What a person wishes; without a row everything is told inside and by mail, at once.
notice_setting = Table(
    "notice_setting",
    metadata,
    Column("org_id", Text, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("channels", Json, nullable=False),  # class of notice -> channels
    Column("quiet_from", Text),  # "21:00"; both or neither
    Column("quiet_to", Text),
    Column("digest", Boolean, nullable=False),
    Column("digest_at", Text, nullable=False),  # "17:00"
    Column("digest_next", Instant),  # when the next digest goes; None: none is wanted
    Column("changed_at", Instant, nullable=False),
    PrimaryKeyConstraint("org_id", "user_id"),
    Index("ix_notice_setting__digest", "digest_next"),
)

# What the next digest of a person will say by a channel. It goes when the digest goes.
digest_line = Table(
    "digest_line",
    metadata,
    Column("org_id", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("case_id", Text),
    Column("text", Text, nullable=False),
    Column("at", Instant, nullable=False),
    PrimaryKeyConstraint("org_id", "id"),
    Index("ix_digest_line__user", "org_id", "user_id", "at"),
)
