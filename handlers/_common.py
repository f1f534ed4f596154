"""Small readings that several handlers and checks share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from engine.registry import Context
from office import cases, deadline_book, notices, organisations, people
from office.case_answers import as_list
from storage.clock import local
from storage.database import UnitOfWork
from storage.errors import BanjieError, NotFound, Refusal
from storage.tables.engine import task
from storage.tables.office import case_entry


def transaction(context: Context) -> UnitOfWork:
    """The running transaction."""
    if context.uow is None:
        raise RuntimeError("this needs a transaction")
    return context.uow


def case_id_of(context: Context) -> str:
    """The case that the instance belongs to. Errors: `case.none`."""
    if context.business_key is None:
        raise BanjieError("case.none", "这个流程没有关联的事项。", element=context.element_id)
    return context.business_key


def case_of(context: Context) -> dict[str, Any]:
    """The case that the instance belongs to."""
    return cases.get_case(transaction(context), context.org_id, case_id_of(context))


def param(context: Context, name: str) -> Any:
    """A parameter of the organisation's profile."""
    return organisations.profile_of(transaction(context), context.org_id).param(name)


def empty(value: Any) -> bool:
    """Nothing was filled in."""
    return value is None or value == "" or value == []


def lines(value: Any) -> list[str]:
    """Items: a list, or a text with one a line."""
    if empty(value):
        return []
    items = value.splitlines() if isinstance(value, str) else value
    return [text for text in (str(item).strip() for item in items) if text]


def names(value: Any) -> list[str]:
    """Names of people: a list, or a text with one a line or separated by 、 or a comma."""
    return [text for text in (str(item).strip() for item in as_list(value)) if text]


def require(answers: Mapping[str, Any], field: str, code: str, message: str) -> None:
    """Refuse with `code` if the answer is empty."""
    if empty(answers.get(field)):
        raise Refusal(code, message, field=field)


def instant(value: Any) -> datetime | None:
    """An instant from ISO text."""
    if empty(value):
        return None
    return local(value if isinstance(value, datetime) else datetime.fromisoformat(str(value)))


def day(value: Any) -> date | None:
    """A date from ISO text (of a date or an instant)."""
    if empty(value):
        return None
    return value if isinstance(value, date) and not isinstance(value, datetime) else date.fromisoformat(str(value)[:10])


def doers(context: Context, *elements: str) -> set[str]:
    """Who completed one of these elements in this case."""
    table = task
    query = select(table.c.finished_by).where(
        table.c.org_id == context.org_id,
        table.c.business_key == context.business_key,
        table.c.state == "completed",
        table.c.element_id.in_(elements),
    )
    return {user for user in transaction(context).conn.execute(query).scalars() if user}


def last_entry(context: Context, *elements: str) -> dict[str, Any] | None:
    """The latest entry that one of these elements made in this case."""
    table = case_entry
    query = (
        select(table)
        .where(
            table.c.org_id == context.org_id,
            table.c.case_id == context.business_key,
            table.c.element_id.in_(elements),
        )
        .order_by(table.c.seq.desc())
        .limit(1)
    )
    row = transaction(context).conn.execute(query).one_or_none()
    return None if row is None else dict(row._mapping)


def last_answers(context: Context, *elements: str) -> dict[str, Any]:
    """The latest answers given at one of these elements in this case; empty if none."""
    found = last_entry(context, *elements)
    return dict(found["answers"]) if found else {}


def due_of(context: Context, code: str, start: datetime) -> datetime:
    """When the limit `code` that began at `start` is over."""
    uow = transaction(context)
    profile = organisations.profile_of(uow, context.org_id)
    due = profile.compute(code, start, organisations.calendar_of(uow, context.org_id)).due_at
    assert due is not None  # codes asked for here have an instant
    return due


def due_of_days(context: Context, code: str, start: datetime, days: int) -> datetime:
    """When a limit of `days` days that began at `start` is over, counted as the rule `code` counts."""
    uow = transaction(context)
    profile = organisations.profile_of(uow, context.org_id)
    due = profile.compute(code, start, organisations.calendar_of(uow, context.org_id), n=days, unit="d").due_at
    assert due is not None
    return due


def extendable(context: Context) -> list[str]:
    """The open deadlines of the case that an extension moves or has moved: those not yet extended first, then the
    earliest due.

    They are the limits that the profile lets grow and those that the 60 days of Art. 34 cut short (3.4).
    """
    uow = transaction(context)
    profile = organisations.profile_of(uow, context.org_id)
    found = []
    for row in deadline_book.open_deadlines(uow, context.org_id, case_id=case_id_of(context)):
        own = bool(row.extension_days) or (row.code in profile.rules and profile.extension_limit(row.code) > 0)
        if own or deadline_book.worked_deadline(uow, context.org_id, row.id).ceiling_applied:
            found.append((bool(row.extension_days), not own, str(row.id)))
    found.sort(key=lambda item: item[:2])  # stable: earliest due first among equals
    return [row_id for _, _, row_id in found]


def note(context: Context, answers: Mapping[str, Any], *, name: str | None = None) -> None:
    """Write what a handler found out into the case, as an entry of its step."""
    cases.apply_answers(
        transaction(context),
        context.org_id,
        case_id_of(context),
        answers,
        actor=context.actor,
        now=context.now,
        name=name or context.element_name,
        process_key=context.process_key,
        element_id=context.element_id,
    )


def tell(
    context: Context,
    user_ids: Iterable[str],
    text: str,
    *,
    kind: str,
    case_id: str | None = None,
    step: str | None = None,
    due_at: datetime | None = None,
) -> None:
    """A notice to each of the users, once a call of the handler; never to the accused of the case (R65).

    `step` and `due_at` are what it may say outside Banjie beside the number.
    """
    notices.tell_all(
        transaction(context),
        context.org_id,
        user_ids,
        text,
        kind=kind,
        key=f"{kind}/{context.token_id or context.element_id}",
        now=context.now,
        case_id=case_id or case_id_of(context),
        step=step,
        due_at=due_at,
    )


def in_groups(context: Context, groups: Iterable[str]) -> list[str]:
    """The active users of the groups, each once, in the order of the groups."""
    uow = transaction(context)
    found = (user_id for group in groups for user_id in people.users_in_group(uow, context.org_id, group))
    return list(dict.fromkeys(found))


def of_unit(context: Context, unit_id: str) -> list[str]:
    """Who does the work of a unit: its head and its handlers."""
    return in_groups(context, (f"unit_head@{unit_id}", f"handler@{unit_id}"))


def unit_name(context: Context, unit_id: str | None) -> str | None:
    """The name of a unit; its id if it is none of ours."""
    if not unit_id:
        return None
    try:
        return people.get_unit(transaction(context), context.org_id, unit_id).name
    except NotFound:
        return unit_id
