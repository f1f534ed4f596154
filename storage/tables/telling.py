"""How people are told: what each wishes, what waits for the digest, the channels of the office, what went out."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, PrimaryKeyConstraint, Table, Text, UniqueConstraint

from storage.sealed_types import SealedText
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

# A way to tell people that an organisation has set up: a robot of a group, a gateway, an endpoint (an Apprise URL).
channel = Table(
    "channel",
    metadata,
    Column("org_id", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("service", Text, nullable=False),  # dingtalk, wecombot, json ...
    Column("address", SealedText, nullable=False),  # a secret; `{address}` stands for what each person enters
    Column("personal", Boolean, nullable=False),  # it needs an address of each person
    Column("active", Boolean, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("made_by", Text, nullable=False),
    PrimaryKeyConstraint("org_id", "id"),
    UniqueConstraint("org_id", "name"),
)

# Where a channel finds a person: mobile number, account name.
personal_address = Table(
    "personal_address",
    metadata,
    Column("org_id", Text, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("channel_id", Text, nullable=False),
    Column("address", SealedText, nullable=False),
    PrimaryKeyConstraint("org_id", "user_id", "channel_id"),
)

# One message on its way out: what, where to, how it went. The job that carries it has the same id.
delivery = Table(
    "delivery",
    metadata,
    Column("org_id", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("key", Text, nullable=False),  # the same is sent once
    Column("kind", Text, nullable=False),  # notice | test | webhook
    Column("target_id", Text, nullable=False),  # the channel or webhook
    Column("user_id", Text),
    Column("case_id", Text),
    Column("subject", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("state", Text, nullable=False),  # waiting | sent | failed | dropped
    Column("tries", Integer, nullable=False),
    Column("result", Text),  # in words: what was answered, or why it failed
    Column("again_at", Instant),  # when it goes, or goes again
    Column("begun_at", Instant),  # when it was first tried since it was let go
    Column("ended_at", Instant),
    PrimaryKeyConstraint("org_id", "id"),
    UniqueConstraint("org_id", "key"),
    Index("ix_delivery__at", "org_id", "kind", "at"),
    Index("ix_delivery__case", "org_id", "case_id"),
    Index("ix_delivery__target", "org_id", "target_id", "state", "ended_at"),
)

# Who is told of events: an address of another system, what it wants to hear, and by which secret it knows us.
webhook = Table(
    "webhook",
    metadata,
    Column("org_id", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("address", SealedText, nullable=False),
    Column("host", Text, nullable=False),  # what may be shown of the address
    Column("events", Json, nullable=False),
    Column("secret", SealedText, nullable=False),  # whsec_...
    Column("old_secret", SealedText),  # signs too until `old_until`
    Column("old_until", Instant),
    Column("active", Boolean, nullable=False),
    Column("stop_after", Integer, nullable=False),  # days of failure after which it is stopped
    Column("failing_since", Instant),  # the first failure after the last success
    Column("stopped_at", Instant),  # by itself
    Column("made_at", Instant, nullable=False),
    Column("made_by", Text, nullable=False),
    PrimaryKeyConstraint("org_id", "id"),
    UniqueConstraint("org_id", "name"),
)
