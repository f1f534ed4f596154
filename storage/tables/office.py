"""What the office keeps: cases, parties, registers, deadlines, documents, notices. Entries are append-only."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from storage.sealed_types import OpenOrSealed, SealedBlob, SealedFields, SealedText
from storage.tables.base import PERSONAL, metadata
from storage.types import Instant, Json

# A matter. `business_key` of its instances is its id.
case_file = Table(
    "case_file",
    metadata,
    Column("org_id", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("number", Text),
    Column("process_key", Text, nullable=False),
    Column("channel", Text),  # L letter, V visit, C call, H report hotline, O online
    Column("kind", Text),  # suggestion | appeal_claim | accusation | inquiry | service
    Column("title", Text, nullable=False),
    Column("matter", Text),
    Column("demand", Text),
    Column("restated_demand", Text),
    Column("confirmed", Boolean),
    Column("petitioner_id", Text),
    Column("anonymous", Boolean, nullable=False),
    Column("confidential", Boolean, nullable=False),
    Column("matter_classes", Json, nullable=False),  # of the ten classes, [1..10]
    Column("weight", Text, nullable=False),  # ordinary | important | urgent
    Column("way", Text),  # of the six ways (R48), the main one
    Column("ways", Json, nullable=False),  # the main way and what was added
    Column("acceptance", Text),  # accepted | not_accepted | guided ...
    Column("state", Text, nullable=False),
    Column("result", Text),
    Column("received_at", Instant, nullable=False),
    Column("registered_at", Instant),
    Column("accepted_at", Instant),
    Column("closed_at", Instant),
    Column("first_contact_officer", Text),  # set once (R01)
    Column("owner", Text),  # first receiver, or the leader who owns the case (R53, R78)
    Column("handler", Text),
    Column("handling_unit", Text),
    Column("group_count", Integer),
    Column("repeat_count", Integer, nullable=False),
    Column("repeat_of", Text),
    Column("return_count", Integer, nullable=False),
    Column("flags", Json, nullable=False),
    Column("fields", SealedFields(PERSONAL), nullable=False),  # the answers that have no column
    Column("created_by", Text),
    Column("updated_at", Instant, nullable=False),
    PrimaryKeyConstraint("org_id", "id"),
    UniqueConstraint("org_id", "number"),
    Index("ix_case_file__state", "org_id", "state", "received_at", "id"),
    Index("ix_case_file__unit", "org_id", "handling_unit", "state"),
    Index("ix_case_file__petitioner", "org_id", "petitioner_id"),
    # In the order of the lists: a page is read without sorting all that came in the same second.
    Index("ix_case_file__received", "org_id", "received_at", "id"),
    # Open cases and those closed of late, however many are finished.
    Index(
        "ix_case_file__open",
        "org_id",
        "received_at",
        "id",
        postgresql_where=text("closed_at IS NULL"),
        sqlite_where=text("closed_at IS NULL"),
    ),
    Index("ix_case_file__closed", "org_id", "closed_at"),
    Index("ix_case_file__repeat", "org_id", "repeat_of"),
)

# A person who brings a matter; one row a person as far as the office can tell, one account in the archive (R62). What
# names the person is sealed; it is found by `party_word`.
party = Table(
    "party",
    metadata,
    Column("org_id", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("account", Text),  # archive account, given when a first dossier is filed
    Column("name", SealedText),
    Column("gender", Text),
    Column("age", Integer),
    Column("occupation", SealedText),
    Column("address", SealedText),
    Column("phone", SealedText),
    Column("id_no", SealedText),  # sensitive: never in lists
    Column("political_status", SealedText),  # sensitive: never in lists
    Column("created_at", Instant, nullable=False),
    PrimaryKeyConstraint("org_id", "id"),
)

# By which a person is found: the HMAC of the telephone, the identity number, the name and each part of the name.
party_word = Table(
    "party_word",
    metadata,
    Column("org_id", Text, nullable=False),
    Column("token", Text, nullable=False),
    Column("party_id", Text, nullable=False),
    PrimaryKeyConstraint("org_id", "token", "party_id"),
    Index("ix_party_word__party", "org_id", "party_id"),
)


# Health and disorder notes: they belong to one case and are seen by its handlers alone (§0.8, R69, R70).
case_note = Table(
    "case_note",
    metadata,
    Column("org_id", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("case_id", Text, nullable=False),
    Column("kind", Text, nullable=False),  # health | disorder
    Column("text", SealedText, nullable=False),
    Column("at", Instant, nullable=False),
    Column("by", Text),
    PrimaryKeyConstraint("org_id", "id"),
    Index("ix_case_note__case", "org_id", "case_id"),
)

# Who is accused or involved (R65): a unit, a user, or a name that is neither.
case_accused = Table(
    "case_accused",
    metadata,
    Column("org_id", Text, nullable=False),
    Column("case_id", Text, nullable=False),
    Column("kind", Text, nullable=False),  # unit | user | name
    Column("value", OpenOrSealed, nullable=False),  # an id, or the sealed name
    Column("at", Instant, nullable=False),
    Column("by", Text),
    PrimaryKeyConstraint("org_id", "case_id", "kind", "value"),
    Index("ix_case_accused__value", "org_id", "kind", "value"),
)

# Who takes part in a case: those who opened, did or were given a task of it, and those let in by name.
case_participant = Table(
    "case_participant",
    metadata,
    Column("org_id", Text, nullable=False),
    Column("case_id", Text, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("since", Instant, nullable=False),
    Column("reason", Text, nullable=False),
    PrimaryKeyConstraint("org_id", "case_id", "user_id"),
    Index("ix_case_participant__user", "org_id", "user_id"),
)

# What was answered in each task. Append-only.
case_entry = Table(
    "case_entry",
    metadata,
    Column("org_id", Text, nullable=False),
    Column("case_id", Text, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("id", Text, nullable=False),
    Column("task_id", Text),
    Column("process_key", Text),
    Column("element_id", Text),
    Column("name", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("started_at", Instant),
    Column("by", Text),
    Column("role", Text),
    Column("on_behalf_of", Text),  # the principal, where a delegate acts
    Column("outcome", Text),
    Column("remarks", Text),
    Column("answers", SealedFields(PERSONAL), nullable=False),
    PrimaryKeyConstraint("org_id", "case_id", "seq"),
)

# linked | repeat | merged | split | follow_up | new_facts ...
case_link = Table(
    "case_link",
    metadata,
    Column("org_id", Text, nullable=False),
    Column("case_id", Text, nullable=False),
    Column("other_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("by", Text),
    PrimaryKeyConstraint("org_id", "case_id", "other_id", "kind"),
    Index("ix_case_link__other", "org_id", "other_id"),
)

# Counters without gaps.
counter = Table(
    "counter",
    metadata,
    Column("org_id", Text, nullable=False),
    Column("series", Text, nullable=False),
    Column("value", Integer, nullable=False),
    PrimaryKeyConstraint("org_id", "series"),
)

# Registers FM01-FM48. Append-only: later steps add parts to an entry (part 1, 2 ...); a correction is a new entry that
# names the one it corrects and the reason.
register_entry = Table(
    "register_entry",
    metadata,
    Column("org_id", Text, nullable=False),
    Column("register", Text, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("part", Integer, nullable=False),
    Column("case_id", Text),
    Column("at", Instant, nullable=False),
    Column("by", Text),
    Column("fields", SealedFields(PERSONAL), nullable=False),
    Column("corrects", Integer),
    Column("reason", Text),
    PrimaryKeyConstraint("org_id", "register", "seq", "part"),
    Index("ix_register_entry__case", "org_id", "case_id", "register"),
)

# A time limit, armed; it can explain itself.
deadline = Table(
    "deadline",
    metadata,
    Column("org_id", Text, nullable=False),
    Column("id", Text, nullable=False),  # the engine's `ref`
    Column("case_id", Text),
    Column("instance_id", Text),
    Column("element_id", Text),
    Column("code", Text, nullable=False),  # <R-ID>.<name>
    Column("name", Text, nullable=False),
    Column("start_at", Instant, nullable=False),
    Column("extension_days", Integer, nullable=False),
    Column("stopped_days", Integer, nullable=False),
    Column("paused_at", Instant),
    Column("due_at", Instant),
    Column("yellow_at", Instant),
    Column("e1", Instant),
    Column("e2", Instant),
    Column("e3", Instant),
    Column("ladder", Json, nullable=False),  # ["E0","E1","E2","E3"], or less
    Column("last_at", Instant),  # the latest instant of all, for recomputing
    Column("provisional", Boolean, nullable=False),
    Column("detail", Json, nullable=False),  # deadlines.Deadline: what was asked, the derivation, the explanation
    Column("armed_at", Instant, nullable=False),
    Column("closed_at", Instant),
    Column("closing", Text),  # closed_on_time | closed_late | cancelled
    PrimaryKeyConstraint("org_id", "id"),
    Index("ix_deadline__case", "org_id", "case_id"),
    Index("ix_deadline__open", "org_id", "closed_at", "due_at"),
)

# What happened to a deadline: armed, extended, paused, resumed, recomputed, closed. Append-only.
deadline_log = Table(
    "deadline_log",
    metadata,
    Column("org_id", Text, nullable=False),
    Column("deadline_id", Text, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("at", Instant, nullable=False),
    Column("by", Text),
    Column("act", Text, nullable=False),
    Column("reason", Text),
    Column("old", Json),
    Column("new", Json),
    PrimaryKeyConstraint("org_id", "deadline_id", "seq"),
)

# A year's table as uploaded; it replaces the whole year.
calendar_year = Table(
    "calendar_year",
    metadata,
    Column("org_id", Text, nullable=False),
    Column("year", Integer, nullable=False),
    Column("content", Json, nullable=False),
    Column("loaded_at", Instant, nullable=False),
    Column("loaded_by", Text),
    PrimaryKeyConstraint("org_id", "year"),
)

# Single days that the organisation works or not, against every table.
calendar_override = Table(
    "calendar_override",
    metadata,
    Column("org_id", Text, nullable=False),
    Column("day", Date, nullable=False),
    Column("working", Boolean, nullable=False),
    Column("reason", Text, nullable=False),
    Column("set_at", Instant, nullable=False),
    Column("set_by", Text),
    PrimaryKeyConstraint("org_id", "day"),
)

# 催办, numbered in its case (R57). Append-only, except for the unit's answer.
urging = Table(
    "urging",
    metadata,
    Column("org_id", Text, nullable=False),
    Column("case_id", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("deadline_id", Text),
    Column("method", Text, nullable=False),  # visit | phone | letter | meeting | system
    Column("unit_id", Text),
    Column("person_id", Text),
    Column("copied_to", Text),
    Column("text", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("by", Text),
    Column("answer", Text),
    Column("answered_at", Instant),
    Column("answered_by", Text),
    Column("new_date", Date),
    PrimaryKeyConstraint("org_id", "case_id", "number"),
)

# 督办 with its card FM22 (R58).
supervision = Table(
    "supervision",
    metadata,
    Column("org_id", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("card_no", Text, nullable=False),
    Column("case_id", Text, nullable=False),
    Column("deadline_id", Text),
    Column("cause", Text, nullable=False),  # overdue | instruction | reception
    Column("unit_id", Text),
    Column("leader_id", Text),
    Column("opinion", Text, nullable=False),
    Column("due_on", Date),
    Column("opened_at", Instant, nullable=False),
    Column("opened_by", Text),
    Column("result", Text),
    Column("closed_at", Instant),
    Column("closed_by", Text),
    PrimaryKeyConstraint("org_id", "id"),
    UniqueConstraint("org_id", "card_no"),
    Index("ix_supervision__case", "org_id", "case_id"),
)

# What is said in a 督办: yellow and red cards, the unit's replies.
supervision_word = Table(
    "supervision_word",
    metadata,
    Column("org_id", Text, nullable=False),
    Column("supervision_id", Text, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("case_id", Text, nullable=False),
    Column("kind", Text, nullable=False),  # yellow | red | reply
    Column("text", Text, nullable=False),
    Column("due_on", Date),
    Column("at", Instant, nullable=False),
    Column("by", Text, nullable=False),
    PrimaryKeyConstraint("org_id", "supervision_id", "seq"),
    Index("ix_supervision_word__case", "org_id", "case_id"),
)

# Bytes, once for equal content.
attachment = Table(
    "attachment",
    metadata,
    Column("org_id", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("content", SealedBlob, nullable=False),
    PrimaryKeyConstraint("org_id", "sha256"),
    Index("ix_attachment__size", "org_id", "size"),  # how much there is, without reading it
)

# A document of a case: made from a template, or handed in.
document = Table(
    "document",
    metadata,
    Column("org_id", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("case_id", Text, nullable=False),
    Column("form", Text),  # FM26 ...; None: handed in
    Column("number", Text),
    Column("name", Text, nullable=False),  # file name
    Column("media_type", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("task_id", Text),
    Column("at", Instant, nullable=False),
    Column("by", Text),
    PrimaryKeyConstraint("org_id", "id"),
    Index("ix_document__case", "org_id", "case_id"),
    Index("ix_document__by", "org_id", "by", "at"),
)

# A Word template of a document that the office put in place of the shipped one; no content: back to the shipped one.
paper_template = Table(
    "paper_template",
    metadata,
    Column("org_id", Text, nullable=False),
    Column("form", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("name", Text, nullable=False),  # file name
    Column("content", LargeBinary),
    Column("reason", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("by", Text, nullable=False),
    PrimaryKeyConstraint("org_id", "form", "version"),
)

# A notice to a person inside Banjie. The same key is never told twice.
notice = Table(
    "notice",
    metadata,
    Column("org_id", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("link", Text),
    Column("case_id", Text),
    Column("at", Instant, nullable=False),
    Column("read_at", Instant),
    PrimaryKeyConstraint("org_id", "id"),
    UniqueConstraint("org_id", "user_id", "key"),
    Index("ix_notice__user", "org_id", "user_id", "read_at", "at"),
)

# Mail that waits to be sent, or was.
mail = Table(
    "mail",
    metadata,
    Column("org_id", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("to", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("sent_at", Instant),
    Column("error", Text),
    Column("not_before", Instant),  # held until then; None: goes at once
    Column("user_id", Text),  # who is told, and of which case: asked again before it goes
    Column("case_id", Text),
    PrimaryKeyConstraint("org_id", "id"),
    UniqueConstraint("org_id", "key"),
    Index("ix_mail__waiting", "sent_at", "at"),
)

# Where each recurring duty of an organisation stands: all dates that opened until `done_until` have been dealt with.
schedule = Table(
    "schedule",
    metadata,
    Column("org_id", Text, nullable=False),
    Column("code", Text, nullable=False),  # R79.session
    Column("done_until", Instant, nullable=False),
    Column("next_at", Instant),  # when the next date opens; None: stopped, or none to come
    Column("tries", Integer, nullable=False),
    Column("error", Text),
    PrimaryKeyConstraint("org_id", "code"),
    Index("ix_schedule__next", "next_at"),
)

# A date of a recurring duty that has come: held, noted or missed. The nominal day names it, so that it comes once.
schedule_date = Table(
    "schedule_date",
    metadata,
    Column("org_id", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("nominal", Date, nullable=False),  # by the rule
    Column("day", Date, nullable=False),  # where a holiday has moved it
    Column("last", Date, nullable=False),  # until when it counts as done in time
    Column("opened_at", Instant, nullable=False),
    Column("state", Text, nullable=False),  # started | noted | missed | failed
    Column("note", Text),  # why it was moved, only noted, or failed
    Column("process_key", Text),
    Column("instance_id", Text),
    Column("case_id", Text),
    Column("by", Text),  # who started it later by hand
    PrimaryKeyConstraint("org_id", "code", "nominal"),
    Index("ix_schedule_date__day", "org_id", "day"),
)

# Who read, searched or changed what (R65: every read is logged). Append-only.
access_log = Table(
    "access_log",
    metadata,
    Column("org_id", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("case_id", Text),
    Column("act", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("source", Text),  # network address
    PrimaryKeyConstraint("org_id", "id"),
    Index("ix_access_log__case", "org_id", "case_id", "at"),
    Index("ix_access_log__at", "org_id", "at"),
)

# What people say to each other about a case. Append-only.
case_comment = Table(
    "case_comment",
    metadata,
    Column("org_id", Text, nullable=False),
    Column("case_id", Text, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("at", Instant, nullable=False),
    Column("by", Text, nullable=False),
    Column("text", SealedText, nullable=False),
    Column("mentions", Json, nullable=False),  # user ids
    PrimaryKeyConstraint("org_id", "case_id", "seq"),
)

# A view of the inbox that somebody keeps under a name, for themselves or for others.
saved_filter = Table(
    "saved_filter",
    metadata,
    Column("org_id", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("owner_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("query", Json, nullable=False),  # filter, light, q, sort, process
    Column("shared", Text, nullable=False),  # "" own | "*" whole organisation | a unit
    Column("at", Instant, nullable=False),
    PrimaryKeyConstraint("org_id", "id"),
    UniqueConstraint("org_id", "owner_id", "name"),
)
