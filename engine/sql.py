"""The SQL that each completion, firing and job takes: every statement by name, with the index that serves it.

Whoever reads an instance to change it locks its row (PostgreSQL; SQLite locks the database), and only then reads the
task, timer or job that it works on, so that no two acts wait for each other.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Table, bindparam, delete, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.statements import Statement
from storage.tables import engine as tables

_instance, _task, _timer, _job = tables.instance.c, tables.task.c, tables.timer.c, tables.job.c
_PRIMARY = "primary key"


def _is(table: Table, column: str = "id") -> ColumnElement[bool]:
    """The row `:of` of the organisation `:org`."""
    return (table.c.org_id == bindparam("org")) & (table.c[column] == bindparam("of"))


CURRENT_VERSION = Statement(
    "Which definition an organisation uses under a key.",
    select(tables.deployment.c.version, tables.deployment.c.hash, tables.deployment.c.deployed_at)
    .where(tables.deployment.c.org_id == bindparam("org"), tables.deployment.c.key == bindparam("key"))
    .order_by(tables.deployment.c.version.desc())
    .limit(1),
    index=_PRIMARY,
)

# -- instances -----------------------------------------------------------------------------------------------------

_LOADED = (
    _instance.process_key, _instance.definition_hash, _instance.business_key, _instance.version, _instance.history_seq,
    _instance.history_hash, _instance.started_by, _instance.state.label("instance_state"), _instance.blob,
)  # fmt: skip

LOAD_INSTANCE = Statement(
    "An instance, to be changed.",
    select(*_LOADED).where(_is(tables.instance)).with_for_update(),
    index=_PRIMARY,
)
READ_INSTANCE = Statement(
    "An instance as it stands, to be looked at.",
    select(*_LOADED).where(_is(tables.instance)),
    index=_PRIMARY,
)
LOCK_INSTANCE = Statement(
    "Wait until nobody else changes the instance.",
    select(_instance.id).where(_is(tables.instance)).with_for_update(),
    index=_PRIMARY,
)
LOCK_FREE_INSTANCE = Statement(
    "Lock the instance; no row if somebody else has it.",
    select(_instance.id).where(_is(tables.instance)).with_for_update(skip_locked=True),
    index=_PRIMARY,
)
ADD_INSTANCE = Statement("A new instance after its first turn.", insert(tables.instance))
SAVE_INSTANCE = Statement(
    "What a turn left of an instance; no row if somebody else has written it since it was read.",
    update(tables.instance)
    .where(_is(tables.instance), _instance.version == bindparam("read"))
    .values(
        version=bindparam("next"), history_seq=bindparam("seq"), history_hash=bindparam("tip"),
        state=bindparam("now_is"), ended_at=bindparam("ended"), blob=bindparam("left"),
    ),
    index=_PRIMARY,
)  # fmt: skip
NOTE_INSTANCE = Statement(
    "The end of an instance's history after lines that did not move it; the version is checked as in a turn.",
    update(tables.instance)
    .where(_is(tables.instance), _instance.version == bindparam("read"))
    .values(version=bindparam("next"), history_seq=bindparam("seq"), history_hash=bindparam("tip")),
    index=_PRIMARY,
)
ADD_HISTORY = Statement("Lines of history.", insert(tables.history))

# -- user tasks ----------------------------------------------------------------------------------------------------

LOAD_TASK = Statement(
    "A user task, open or ended, with its instance, both to be changed; the instance is locked first.",
    select(
        _task.id, _task.instance_id, _task.element_id, _task.name, _task.form_key, _task.assignee,
        _task.candidate_groups, _task.candidate_users, _task.properties, _task.scope_path, _task.state, _task.offered,
        _task.finished_by, *_LOADED,
    )
    .select_from(
        tables.instance.join(tables.task, (_task.org_id == _instance.org_id) & (_task.instance_id == _instance.id))
    )
    .where(_is(tables.task))
    .with_for_update(of=[tables.instance, tables.task]),
    index=_PRIMARY,
)  # fmt: skip
OPEN_TASK = Statement("User tasks that wait for a person.", insert(tables.task))
OFFER_TASK = Statement("Whom an open task is offered to.", insert(tables.task_group))
HOLD_TASK = Statement(
    "Who has a task in hand, also one at rest (null: nobody); no row if it is ended or somebody else has it.",
    update(tables.task)
    .where(
        _is(tables.task),
        or_(_task.state == "open", _task.state == "suspended"),
        _task.assignee.is_not_distinct_from(bindparam("expected")),
    )
    .values(assignee=bindparam("holder"), claimed_at=bindparam("since")),
    index=_PRIMARY,
)
CLOSE_TASK = Statement(
    "A user task ends.",
    update(tables.task)
    .where(_is(tables.task))
    .values(
        state=bindparam("now_is"), finished_at=bindparam("ended"), finished_by=bindparam("by"),
        outcome=bindparam("said"),
    ),
    index=_PRIMARY,
)  # fmt: skip
CHANGE_TASK = Statement(
    "An open task belongs to another version of its diagram.",
    update(tables.task)
    .where(_is(tables.task))
    .values(
        element_id=bindparam("element"), name=bindparam("called"), form_key=bindparam("form"),
        properties=bindparam("told"),
    ),
    index=_PRIMARY,
)  # fmt: skip
ASK_FOR_TASK = Statement(
    "Who is asked to do an open task.",
    update(tables.task)
    .where(_is(tables.task))
    .values(candidate_groups=bindparam("groups"), candidate_users=bindparam("users")),
    index=_PRIMARY,
)
WITHDRAW_TASK = Statement(
    "A task is offered to nobody any more.",
    delete(tables.task_group).where(_is(tables.task_group, "task_id")),
    index="ix_task_group__task",
)
MOVE_TASK_DUE = Statement(
    "Another deadline covers an open task.",
    update(tables.task)
    .where(_is(tables.task))
    .values(due_at=bindparam("due"), yellow_at=bindparam("yellow"), deadline_ref=bindparam("ref")),
    index=_PRIMARY,
)

# -- timers --------------------------------------------------------------------------------------------------------


def _insert(dialect: str, table: Table) -> Any:
    kind: Any = {"sqlite": sqlite, "postgresql": postgresql}[dialect]
    return kind.insert(table)


def _upsert(dialect: str) -> Any:
    new = _insert(dialect, tables.timer)
    moved = {name: new.excluded[name] for name in ("element_id", "ref", "due_at", "tries")}
    return new.on_conflict_do_update(index_elements=["org_id", "id"], set_=moved)


ARM_TIMER = Statement("A timer is armed, or moved if it is armed already.", _upsert)
REPLACE_TIMER = Statement(
    "A new timer takes the row of one that will not fire any more: most steps arm one as they drop another.",
    update(tables.timer)
    .where(_is(tables.timer))
    .values(
        id=bindparam("to"), element_id=bindparam("at"), ref=bindparam("plan"), due_at=bindparam("due"), tries=0
    ),
    index=_PRIMARY,
)  # fmt: skip
DROP_TIMER = Statement(
    "A timer will not fire any more.", delete(tables.timer).where(_is(tables.timer)), index=_PRIMARY
)  # fmt: skip
NEXT_TIMER = Statement(
    "When the earliest timer is due.",
    select(_timer.due_at).order_by(_timer.due_at).limit(1),
    index="ix_timer__due",
)
DUE_TIMERS = Statement(
    "Timers that are due, the earliest first.",
    select(_timer.org_id, _timer.id, _timer.instance_id, _timer.due_at)
    .where(_timer.due_at <= bindparam("now"))
    .order_by(_timer.due_at, _timer.id)
    .limit(bindparam("most")),
    index="ix_timer__due",
)
TAKE_TIMER = Statement(
    "A timer that is still due, to be fired; none if another node has it in hand.",
    select(
        _timer.id, _timer.org_id, _timer.instance_id, _timer.process_key, _timer.element_id, _timer.due_at, _timer.ref
    )
    .where(_is(tables.timer), _timer.due_at <= bindparam("now"))
    .with_for_update(skip_locked=True),
    index=_PRIMARY,
)  # fmt: skip

# -- data stores ---------------------------------------------------------------------------------------------------

_store = tables.data_store.c


def _open_store(dialect: str) -> Any:
    return _insert(dialect, tables.data_store).on_conflict_do_nothing()


def _put_in_store(dialect: str) -> Any:
    new = _insert(dialect, tables.data_store)
    changed = {name: new.excluded[name] for name in ("blob", "changed_at", "instance_id")}
    return new.on_conflict_do_update(index_elements=["org_id", "process_key", "id"], set_=changed)


TAKE_STORE = Statement(
    "What is in a data store, to be read and perhaps changed.",
    select(_store.blob).where(_is(tables.data_store), _store.process_key == bindparam("key")).with_for_update(),
    index=_PRIMARY,
)
OPEN_STORE = Statement("A data store in which nothing is yet; nothing if somebody has just opened it.", _open_store)
PUT_IN_STORE = Statement("Another value in a data store.", _put_in_store)

# -- jobs, subscriptions, incidents --------------------------------------------------------------------------------

QUEUE_JOB = Statement("A service task waits for its handler.", insert(tables.job))
DROP_JOB = Statement("It waits no more.", delete(tables.job).where(_is(tables.job)), index=_PRIMARY)
CHANGE_JOB = Statement(
    "A job that waits belongs to another element of its diagram.",
    update(tables.job).where(_is(tables.job)).values(element_id=bindparam("element")),
    index=_PRIMARY,
)
NEXT_JOB = Statement(
    "When the earliest job that is ready is due, or the earliest lease ends.",
    select(func.min(_job.due_at).label("due_at")).where(_job.state == bindparam("now_is")),
    index="ix_job__due",
)
_standing = or_(_job.state == "ready", _job.state == "leased")
_claimed = select(
    _job.id, _job.org_id, _job.instance_id, _job.element_id, _job.business_key, _job.handler, _job.inputs, _job.actor,
    _job.state, _job.tries, _job.lease, _job.calls, _job.giving_up, _job.traceparent,
).where(_is(tables.job), _standing)  # fmt: skip
FIND_JOB = Statement("A job that has not failed.", _claimed, index=_PRIMARY)
TAKE_JOB = Statement(
    "A job that is due, to be run; none if another node has it in hand.",
    _claimed.where(_job.due_at <= bindparam("now")).with_for_update(skip_locked=True),
    index=_PRIMARY,
)
TAKE_LEASED_JOB = Statement(
    "A job whose handler has answered outside; none if the lease was lost meanwhile.",
    _claimed.where(_job.lease == bindparam("lease")).with_for_update(skip_locked=True),
    index=_PRIMARY,
)
LEASE_JOB = Statement(
    "Keep others off while a handler is called outside.",
    update(tables.job)
    .where(_is(tables.job))
    .values(
        state="leased", due_at=bindparam("until"), lease=bindparam("lease"), calls=bindparam("calls"),
        tries=bindparam("tries"),
    ),
    index=_PRIMARY,
)  # fmt: skip
RENEW_LEASE = Statement(
    "Keep them off for longer; no row if the lease was lost.",
    update(tables.job).where(_is(tables.job), _job.lease == bindparam("lease")).values(due_at=bindparam("until")),
    index=_PRIMARY,
)

SUBSCRIBE = Statement("Something waits for a message or a signal.", insert(tables.subscription))
UNSUBSCRIBE = Statement(
    "It waits no more.", delete(tables.subscription).where(_is(tables.subscription)), index=_PRIMARY
)  # fmt: skip
_subscription = tables.subscription.c
_subscribed = (
    (_subscription.org_id == bindparam("org"))
    & (_subscription.kind == bindparam("kind"))
    & (_subscription.name == bindparam("name"))
)
_longest = select(_subscription.id, _subscription.instance_id).order_by(_subscription.created_at, _subscription.id)
FIRST_SUBSCRIBER = Statement(
    "Who has waited longest for a message with this correlation.",
    _longest.where(_subscribed, _subscription.correlation == bindparam("correlation")).limit(1),
    index="ix_subscription__name",
)
FIRST_SUBSCRIBER_TO_ANY = Statement(
    "Who has waited longest for a message without a correlation.",
    _longest.where(_subscribed, _subscription.correlation.is_(None)).limit(1),
    index="ix_subscription__name",
)
SUBSCRIBERS = Statement(
    "Everybody but the thrower who waits for a signal.",
    select(_subscription.id, _subscription.instance_id)
    .where(_subscribed, _subscription.instance_id != bindparam("thrower"))
    .order_by(_subscription.created_at, _subscription.id),
    index="ix_subscription__name",
)
RAISE_INCIDENT = Statement("A token has stopped and waits for an administrator.", insert(tables.incident))
SETTLE_INCIDENTS = Statement(
    "An instance has ended: nothing of it waits for an administrator.",
    update(tables.incident)
    .where(_is(tables.incident, "instance_id"), tables.incident.c.resolved_at.is_(None))
    .values(resolved_at=bindparam("now"), resolved_by=bindparam("by")),
    index="ix_incident__instance",
)
