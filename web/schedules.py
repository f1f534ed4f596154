"""Recurring duties at work: APScheduler wakes when the next date opens, the date starts its process, once.

The claim of the schedule's row, the row of the date, its case and its process are one transaction: any number of nodes
may wake for the same date.
"""

from __future__ import annotations

import logging
from datetime import date, datetime, timedelta
from typing import Any

from apscheduler.triggers.base import BaseTrigger
from sqlalchemy import Row

from office import cases, organisations, schedule_book
from office.schedule_book import Come
from office.schedule_rules import Schedule
from office.schedules import Occurrence, day_text
from storage.database import UnitOfWork
from storage.errors import BanjieError, NotFound, Refusal, database_trouble
from storage.types import new_id
from web.banjie import Banjie

log = logging.getLogger("banjie.schedules")

SWEEP = timedelta(seconds=60)  # how late another node's change is seen, at most
_SOON = timedelta(seconds=1)
_AT_ONCE = 100  # schedules looked at between two looks at the table


class NextOpening(BaseTrigger):  # type: ignore[misc]
    """APScheduler's question "when next?", answered from the table: when the next date of any schedule opens."""

    def __init__(self, banjie: Banjie, *, replanned: bool = False) -> None:
        self.banjie = banjie
        self._replanned = replanned

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """An instant of the machine's clock, within `SWEEP`, the first time at once; never raises."""
        if previous_fire_time is None and not self._replanned:
            return now
        wait = SWEEP
        try:
            with self.banjie.store.begin(write=False) as uow:
                opens = schedule_book.next_at(uow)
            if opens is not None:
                wait = min(wait, opens - self.banjie.clock.now())
        except Exception:
            log.exception("the next date of the schedules could not be read")
        return now + max(wait, timedelta(0) if previous_fire_time is None else _SOON)


class Duties:
    """What the scheduler does at each wake: once per node enrol what the profiles say, then open what has come."""

    def __init__(self, banjie: Banjie) -> None:
        self.banjie = banjie
        self._enrolled = False

    def __call__(self) -> None:
        if not self._enrolled:
            enrol_all(self.banjie)
            self._enrolled = True
        fire_due(self.banjie)


def start(banjie: Banjie) -> None:
    """Have the schedules of every organisation fired as long as the scheduler runs; the database may come later."""
    banjie.scheduler.on("schedules", NextOpening(banjie), Duties(banjie))


def enrol_all(banjie: Banjie) -> None:
    """Bring the schedules of every organisation in line with its profile."""
    with banjie.store.begin(write=False) as uow:
        found = organisations.organisations(uow)
    for org in found:
        with banjie.store.begin() as uow:
            schedule_book.enrol(uow, org.id, now=banjie.clock.now())


def changed(banjie: Banjie, uow: UnitOfWork, org_id: str) -> None:
    """The organisation's profile or calendar has changed: dates to come are found anew, this node wakes for them."""
    schedule_book.enrol(uow, org_id, now=banjie.clock.now())
    uow.after_commit(lambda: banjie.scheduler.replan("schedules", NextOpening(banjie, replanned=True)))


def fire_due(banjie: Banjie) -> int:
    """Open every date that has come; gives how many. A schedule that fails stops no other."""
    opened, seen = 0, set[tuple[str, str]]()
    while True:
        with banjie.store.begin(write=False) as uow:
            found = [one for one in schedule_book.due(uow, banjie.clock.now(), _AT_ONCE) if one not in seen]
        if not found:
            return opened
        for org_id, code in found:
            opened += _fire(banjie, org_id, code)
        seen.update(found)  # what another node holds is not waited for


def _fire(banjie: Banjie, org_id: str, code: str) -> int:
    """Open what has come for one schedule, each date in a transaction of its own; gives how many."""
    opened = 0
    try:
        while _open_one(banjie, org_id, code):
            opened += 1
    except _NotOpened as error:
        assert isinstance(error.__cause__, Exception)
        log.error("schedule %s of %s failed", code, org_id, exc_info=error.__cause__)
        _failed(banjie, org_id, code, error.__cause__, error)
    except Exception as error:
        log.exception("schedule %s of %s failed", code, org_id)
        _failed(banjie, org_id, code, error, None)
    return opened


class _NotOpened(Exception):
    """A date could not be opened; the cause says why."""

    def __init__(self, nominal: date, tries: int) -> None:
        super().__init__(nominal)
        self.nominal = nominal
        self.tries = tries  # that had failed before


def _open_one(banjie: Banjie, org_id: str, code: str) -> bool:
    now = banjie.clock.now()
    with banjie.store.begin() as uow:
        row = schedule_book.claim(uow, org_id, code, now)
        if row is None:
            return False
        found = schedule_book.come(uow, row, now)
        for late in found.missed:
            schedule_book.record(uow, org_id, late, "missed", now=now)
        if not found.to_open:
            schedule_book.advance(uow, row, now)
            return False
        try:
            _open(banjie, uow, org_id, found, now)
        except Exception as error:
            raise _NotOpened(found.to_open[0].nominal, row.tries) from error
        return True


def _open(banjie: Banjie, uow: UnitOfWork, org_id: str, found: Come, now: datetime) -> None:
    """Start the process of the first date that has come; where there is none to start, note the date."""
    first, one = found.to_open[0], found.schedule
    why = _why_not(banjie, uow, org_id, one)
    if why is not None:
        note = "；".join(part for part in (first.reason, why) if part)
        schedule_book.record(uow, org_id, first, "noted", now=now, note=note)
        return
    started = _start(banjie, uow, org_id, one, first, actor=None)
    schedule_book.record(uow, org_id, first, "started", now=now, **started)


def _why_not(banjie: Banjie, uow: UnitOfWork, org_id: str, one: Schedule) -> str | None:
    """Why a date of the schedule starts nothing, in Chinese; None if it does."""
    if one.starts is None:
        return ""
    try:
        definition = banjie.engine.versions.current(uow, org_id, one.starts)
    except NotFound:
        return f"制度“{one.starts}”尚未部署"
    if one.message is not None:
        return None if one.message in definition.message_starts else f"制度“{definition.name}”不接收消息“{one.message}”"
    return None if definition.start_form is None else f"制度“{definition.name}”由人员登记后开始"


def _start(
    banjie: Banjie, uow: UnitOfWork, org_id: str, one: Schedule, found: Occurrence, *, actor: str | None
) -> dict[str, str]:
    """Open a case for the date and start its process with what is known of it; gives the ids."""
    assert found.day is not None and one.starts is not None
    case_id = new_id()
    values = variables(one, found)
    cases.open_case(
        uow,
        org_id,
        one.starts,
        values,
        actor=actor,
        now=banjie.clock.now(),
        case_id=case_id,
        title=f"{one.name} {found.day.year}年{day_text(found.day)}",
        name=one.name,
    )
    instance_id = banjie.engine.start(
        uow, org_id, one.starts, business_key=case_id, variables=values, actor=actor, message=one.message
    )
    return {"process_key": one.starts, "instance_id": instance_id, "case_id": case_id}


def variables(one: Schedule, found: Occurrence) -> dict[str, Any]:
    """What a process that a schedule starts is given; days as `2026-12-17`."""
    return {
        **one.variables,
        "schedule_code": one.code,
        "schedule_name": one.name,
        "schedule_day": (found.day or found.nominal).isoformat(),
        "schedule_nominal": found.nominal.isoformat(),
        "schedule_last": found.last.isoformat(),
        "schedule_hours": "、".join(one.hours),
        "schedule_note": found.reason,
    }


def _failed(banjie: Banjie, org_id: str, code: str, error: Exception, at: _NotOpened | None) -> None:
    """A refusal fails the date at once, anything else after a few tries; the dates behind it go on.

    `at`: the date, if it came to one. What another node has dealt with since is left alone.
    """
    if database_trouble(error):
        return  # it is as due as before, and no failure of the date
    told = error.message if isinstance(error, BanjieError) else f"{type(error).__name__}: {error}"
    now = banjie.clock.now()
    try:
        with banjie.store.begin() as uow:
            row = schedule_book.claim(uow, org_id, code, now)
            if row is None or (at is not None and row.tries != at.tries):
                return
            again = schedule_book.put_off(uow, org_id, code, told, now=now)
        if isinstance(error, BanjieError) or not again:
            with banjie.store.begin() as uow:
                _give_up(uow, org_id, code, told, now, at)
    except Exception:
        log.exception("the failure of schedule %s of %s could not be written", code, org_id)


def _give_up(uow: UnitOfWork, org_id: str, code: str, told: str, now: datetime, at: _NotOpened | None) -> None:
    row = schedule_book.look_again(uow, org_id, code, now)
    found = schedule_book.come(uow, row, now)
    if found.to_open and at is not None and found.to_open[0].nominal == at.nominal:
        schedule_book.record(uow, org_id, found.to_open[0], "failed", now=now, note=told[:500])


def start_by_hand(banjie: Banjie, org_id: str, code: str, nominal: date, *, actor: str) -> str:
    """Start the process of a date that was missed, noted or failed; gives the case's id.

    Errors: `schedule.unknown_date`, `schedule.already_started`, `schedule.starts_nothing`, and what the start refuses.
    """
    with banjie.store.begin() as uow:
        row = schedule_book.date_not_started(uow, org_id, code, nominal)
        one = organisations.profile_of(uow, org_id).schedule(code)
        why = _why_not(banjie, uow, org_id, one)
        if why is not None:
            raise Refusal("schedule.starts_nothing", f"日程“{one.name}”没有可启动的制度{f'：{why}' if why else ''}。")
        started = _start(banjie, uow, org_id, one, _as_recorded(row), actor=actor)
        schedule_book.started_later(uow, row, by=actor, **started)
        return started["case_id"]


def _as_recorded(row: Row[Any]) -> Occurrence:
    """The date as it was when it came, whatever the calendar says since."""
    return Occurrence(
        code=row.code, nominal=row.nominal, day=row.day, last=row.last, opens_at=row.opened_at, reason=row.note or "",
        provisional=False, window=False,
    )  # fmt: skip
