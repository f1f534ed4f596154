"""What the engine keeps: definitions, live instances, open tasks, timers, jobs, subscriptions, incidents, history."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, PrimaryKeyConstraint, Table, Text, false

from storage.sealed_types import SealedBlob, SealedFields
from storage.tables.base import PERSONAL, metadata
from storage.types import Instant, Json

# A definition is stored once, by the hash of its files.
definition = Table(
    "definition",
    metadata,
    Column("hash", Text, primary_key=True),
    Column("key", Text, nullable=False),
    Column("files", Json, nullable=False),  # path -> text
)

# Which definition an organisation uses under a key; the highest version is the current one.
deployment = Table(
    "deployment",
    metadata,
    Column("org_id", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("hash", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("deployed_at", Instant, nullable=False),
    Column("deployed_by", Text),
    PrimaryKeyConstraint("org_id", "key", "version"),
)

# The live part of an instance; `version` is checked at every write.
instance = Table(
    "instance",
    metadata,
    Column("org_id", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("process_key", Text, nullable=False),
    Column("definition_hash", Text, nullable=False),
    Column("business_key", Text),
    Column("state", Text, nullable=False),  # active | suspended | completed | cancelled
    Column("version", Integer, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("started_by", Text),
    Column("ended_at", Instant),
    Column("history_seq", Integer, nullable=False),  # how many rows of history it has
    Column("history_hash", Text, nullable=False),  # the hash of the last of them
    Column("blob", SealedBlob),  # engine.state, compact; None once ended
    PrimaryKeyConstraint("org_id", "id"),
    Index("ix_instance__case", "org_id", "business_key"),
    Index("ix_instance__list", "org_id", "state", "process_key"),
)

# One row a user task, open or ended.
task = Table(
    "task",
    metadata,
    Column("org_id", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("instance_id", Text, nullable=False),
    Column("process_key", Text, nullable=False),
    Column("element_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("business_key", Text),
    Column("form_key", Text),
    Column("assignee", Text),
    Column("candidate_groups", Json, nullable=False),
    Column("candidate_users", Json, nullable=False),
    Column("properties", Json, nullable=False),
    Column("scope_path", Json, nullable=False),
    Column("state", Text, nullable=False),  # open | suspended | completed | cancelled
    Column("offered", Boolean, nullable=False, server_default=false()),  # to be begun by who chooses it, not completed
    Column("created_at", Instant, nullable=False),
    Column("claimed_at", Instant),
    Column("finished_at", Instant),
    Column("finished_by", Text),
    Column("outcome", Text),
    Column("due_at", Instant),
    Column("yellow_at", Instant),
    Column("deadline_ref", Text),
    PrimaryKeyConstraint("org_id", "id"),
    Index("ix_task__instance", "org_id", "instance_id", "state"),
    Index("ix_task__case", "org_id", "business_key", "state"),
    Index("ix_task__assignee", "org_id", "assignee", "state", "due_at"),
    Index("ix_task__deadline", "org_id", "deadline_ref"),
)

# Candidate groups and users (`user:<id>`) of open tasks, for the inbox; rows go when the task ends.
task_group = Table(
    "task_group",
    metadata,
    Column("org_id", Text, nullable=False),
    Column("group_name", Text, nullable=False),
    Column("task_id", Text, nullable=False),
    PrimaryKeyConstraint("org_id", "group_name", "task_id"),
    Index("ix_task_group__task", "org_id", "task_id"),
)

# What is in the data stores of a diagram: it outlasts the instances, which share it. One row a store.
data_store = Table(
    "data_store",
    metadata,
    Column("org_id", Text, nullable=False),
    Column("process_key", Text, nullable=False),  # the regulation whose file draws the store, whatever its version
    Column("id", Text, nullable=False),
    Column("blob", SealedBlob),  # JSON text; None until something is put in
    Column("changed_at", Instant, nullable=False),
    Column("instance_id", Text),  # who put it in
    PrimaryKeyConstraint("org_id", "process_key", "id"),
)

# Armed timers. `due_at` is the next firing; it is state and never worked out again on load.
timer = Table(
    "timer",
    metadata,
    Column("org_id", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("instance_id", Text),  # None: a timer that starts a process
    Column("process_key", Text, nullable=False),
    Column("element_id", Text, nullable=False),
    Column("ref", Text),  # what the host calls it (a deadline's id)
    Column("due_at", Instant, nullable=False),
    Column("tries", Integer, nullable=False),
    PrimaryKeyConstraint("org_id", "id"),
    Index("ix_timer__due", "due_at"),
    Index("ix_timer__instance", "org_id", "instance_id"),
    Index("ix_timer__ref", "org_id", "ref"),
)

# Work for handlers, written with the step that caused it and run after its commit.
job = Table(
    "job",
    metadata,
    Column("org_id", Text, nullable=False),
    Column("id", Text, nullable=False),  # also the idempotency key
    Column("instance_id", Text),  # None: of no instance; its handler stands for the element
    Column("element_id", Text, nullable=False),
    Column("business_key", Text),
    Column("handler", Text, nullable=False),
    Column("inputs", SealedFields(PERSONAL), nullable=False),
    Column("actor", Text),
    Column("state", Text, nullable=False),  # ready | leased | held (of a suspended instance) | failed
    Column("due_at", Instant, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("lease", Text),  # of the call that is under way, new for each
    Column("calls", Integer, nullable=False, server_default="0"),  # how often an outside handler was called
    Column("giving_up", Boolean, nullable=False, server_default=false()),  # skipped: it is only undone yet
    Column("error", Text),
    Column("created_at", Instant, nullable=False),
    Column("traceparent", Text),  # of the step that caused it, where a trace is kept
    PrimaryKeyConstraint("org_id", "id"),
    Index("ix_job__due", "state", "due_at"),
    Index("ix_job__instance", "org_id", "instance_id"),
)

# Who waits for which message or signal.
subscription = Table(
    "subscription",
    metadata,
    Column("org_id", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("instance_id", Text, nullable=False),
    Column("element_id", Text, nullable=False),
    Column("kind", Text, nullable=False),  # message | signal
    Column("name", Text, nullable=False),
    Column("correlation", Text),
    Column("created_at", Instant, nullable=False),
    PrimaryKeyConstraint("org_id", "id"),
    Index("ix_subscription__name", "org_id", "kind", "name", "correlation"),
    Index("ix_subscription__instance", "org_id", "instance_id"),
)

# What came for an instance while it was suspended; it is given to it, in this order, when it goes on.
held_message = Table(
    "held_message",
    metadata,
    Column("org_id", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("instance_id", Text, nullable=False),
    Column("subscription_id", Text, nullable=False),
    Column("kind", Text, nullable=False),  # message | signal
    Column("name", Text, nullable=False),
    Column("correlation", Text),
    Column("payload", SealedFields(PERSONAL), nullable=False),
    Column("actor", Text),
    Column("at", Instant, nullable=False),
    PrimaryKeyConstraint("org_id", "id"),
    Index("ix_held_message__instance", "org_id", "instance_id"),
)

# Work that stopped and waits for an administrator.
incident = Table(
    "incident",
    metadata,
    Column("org_id", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("instance_id", Text),  # None: of a timer that starts a process, or of a job of no instance
    Column("process_key", Text, nullable=False),
    Column("element_id", Text, nullable=False),
    Column("business_key", Text),
    Column("kind", Text, nullable=False),  # job | timer | step
    Column("source_id", Text, nullable=False),  # the job, timer or token
    Column("code", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("resolved_at", Instant),
    Column("resolved_by", Text),
    PrimaryKeyConstraint("org_id", "id"),
    Index("ix_incident__open", "org_id", "resolved_at", "created_at"),
    Index("ix_incident__instance", "org_id", "instance_id"),
)

# What happened. Append-only; each row names the hash of the one before it in the same instance.
history = Table(
    "history",
    metadata,
    Column("org_id", Text, nullable=False),
    Column("instance_id", Text, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("business_key", Text),
    Column("at", Instant, nullable=False),
    Column("actor", Text),
    Column("kind", Text, nullable=False),
    Column("element_id", Text),
    Column("name", Text),
    Column("data", SealedFields(PERSONAL), nullable=False),
    Column("prev_hash", Text, nullable=False),
    Column("hash", Text, nullable=False),
    PrimaryKeyConstraint("org_id", "instance_id", "seq"),
    Index("ix_history__case", "org_id", "business_key", "at"),
)

# An instance that went over to another version. `before` and `rows`: what it was, for taking it back; None: it cannot.
migration = Table(
    "migration",
    metadata,
    Column("org_id", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("batch_id", Text, nullable=False),
    Column("process_key", Text, nullable=False),
    Column("instance_id", Text, nullable=False),
    Column("from_hash", Text, nullable=False),
    Column("to_hash", Text, nullable=False),
    Column("version", Integer, nullable=False),  # of the instance, right after
    Column("before", SealedBlob),
    Column("rows", SealedFields(PERSONAL)),
    Column("reason", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("by", Text),
    Column("undone_at", Instant),
    Column("undone_by", Text),
    PrimaryKeyConstraint("org_id", "id"),
    Index("ix_migration__key", "org_id", "process_key", "at"),
    Index("ix_migration__batch", "org_id", "batch_id"),
)

# What a node has done of the requests that may arrive twice (double click, resent message).
request = Table(
    "request",
    metadata,
    Column("org_id", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("actor", Text),
    Column("result", Json, nullable=False),
    Column("at", Instant, nullable=False),
    PrimaryKeyConstraint("org_id", "id"),
)

# Facts about this database, such as the format of its state.
setting = Table(
    "setting",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
    Column("locked", Boolean, nullable=False, server_default="0"),
)
