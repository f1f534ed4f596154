"""Keeping a 值班表: naming people for a day, filling days by rotation, a swap between two people (R18, R83).

Nobody is named for a day on which the person is away, nor for two places of one day; what is past stays as it was.
Every change is in the log of the office; whoever gets or loses a day is told.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, func, insert, select

from office import office_log
from office.notices import tell_all
from office.organisations import calendar_of, profile_of
from office.people import names_of, users_in_group
from office.rosters import (
    RosterDay,
    Times,
    away_on,
    check_range,
    day_of,
    days,
    least,
    places_text,
    pool,
    roster_of,
    times_of,
)
from office.schedule_rules import PLACES, Schedule
from office.schedules import day_text, occurrences
from storage.database import UnitOfWork
from storage.errors import Conflict, Refusal
from storage.tables.office import schedule
from storage.tables.rosters import roster_place
from storage.types import new_id

KIND = "roster"  # of the notices
_SHOWN = 6  # days that one notice names

Places = Mapping[str, Sequence[str]]  # place -> user ids


@dataclass(frozen=True, slots=True)
class Filled:
    """What a rotation gave: the days on which somebody was named, and those that nobody could take."""

    filled: list[date]
    left: list[date]


def set_day(
    uow: UnitOfWork,
    org_id: str,
    code: str,
    day: date,
    places: Places,
    *,
    now: datetime,
    by: str | None,
    was: Places | None = None,
    reason: str | None = None,
) -> list[date]:
    """Have these people, and no others, on duty in these places of the day; other places stay. Gives the days changed.

    `was`: whom the page showed there; if others have been named since, nothing is done.
    Errors: `roster.unknown`, `roster.unknown_place`, `roster.past`, `roster.no_duty`, `roster.changed`,
    `roster.not_in_pool`, `roster.away`, `roster.twice`.
    """
    duty = _held(uow, org_id, code)
    _require_to_come(uow, org_id, duty, [day], now)
    old = day_of(uow, org_id, code, day)
    for place, seen in (was or {}).items():
        if set(seen) != {one.user_id for one in old.places.get(place, ())}:
            raise Conflict("roster.changed", f"{day_text(day)}的值班表刚刚被他人改过，请刷新后再改。")
    wanted = {place: list(dict.fromkeys(ids)) for place, ids in places.items()}
    for place, ids in wanted.items():
        there = {one.user_id for one in old.places.get(place, ())}
        _require_may(uow, org_id, duty, place, [(day, one) for one in ids if one not in there])
    _require_once(uow, org_id, day, {p: [o.user_id for o in there] for p, there in old.places.items()} | wanted)
    changed = [place for place, ids in wanted.items() if ids != [one.user_id for one in old.places[place]]]
    if not changed:
        return []
    new = {place: wanted[place] for place in changed}
    for place, ids in new.items():
        _put(uow, org_id, code, day, place, ids, now=now, by=by)
    _note_day(uow, org_id, duty, old, new, now=now, by=by, reason=reason)
    for place, ids in new.items():
        before = [one.user_id for one in old.places[place]]
        _tell(uow, org_id, duty, place, {one: [day] for one in ids if one not in before}, {}, now=now, by=by)
        _tell(uow, org_id, duty, place, {}, {one: [day] for one in before if one not in ids}, now=now, by=by)
    return [day]


def rotate(
    uow: UnitOfWork,
    org_id: str,
    code: str,
    place: str,
    first: date,
    last: date,
    user_ids: Sequence[str],
    *,
    replace: bool,
    now: datetime,
    by: str | None,
) -> Filled:
    """Fill a place from `first` to `last` by turns, in the order of `user_ids`, after the one who was on last.

    Who is away on a day is passed over and is the first of the next. Without `replace` those named already stay,
    except who is away; today is never replaced, only filled.
    Errors: `roster.unknown`, `roster.unknown_place`, `roster.bad_range`, `roster.past`, `roster.no_people`,
    `roster.not_in_pool`.
    """
    check_range(first, last)
    duty = _held(uow, org_id, code)
    order = list(dict.fromkeys(user_ids))
    if first < now.date():
        raise Refusal("roster.past", "已经过去的日期不能再排班。", field="first")
    if not order:
        raise Refusal("roster.no_people", "请选择参加轮值的人员。", field="people")
    _require_in_pool(uow, org_id, duty, place, order)
    found = days(uow, org_id, code, first, last)
    times = times_of(uow, org_id, order, [one.day for one in found])
    queue, need = _queue(uow, org_id, code, place, first, order), max(least(profile_of(uow, org_id), place), 1)
    told = Filled([], [])
    gained: dict[str, list[date]] = {}
    lost: dict[str, list[date]] = {}
    for one in found:
        before = [person.user_id for person in one.places[place]]
        keep = [] if replace and one.day > now.date() else one.present(place)
        others = {p.user_id for other, there in one.places.items() if other != place for p in there}
        ids = keep + _next(queue, duty, times, one.day, need - len(keep), {*keep, *others})
        if len(ids) < need:
            told.left.append(one.day)
        if set(ids) == set(before) or not ids:
            continue
        _put(uow, org_id, code, one.day, place, ids, now=now, by=by)
        told.filled.append(one.day)
        for user_id in ids:
            gained.setdefault(user_id, []).extend([] if user_id in before else [one.day])
        for user_id in before:
            lost.setdefault(user_id, []).extend([] if user_id in ids else [one.day])
    if told.filled:
        new = {f"{first}至{last}{PLACES[place]}轮值": order}
        office_log.note(uow, org_id, "roster", "rotated", subject_id=code, new=new, now=now, by=by)
    _tell(uow, org_id, duty, place, gained, lost, now=now, by=by)
    return told


def swap(
    uow: UnitOfWork,
    org_id: str,
    code: str,
    place: str,
    one: tuple[date, str],
    other: tuple[date, str],
    *,
    now: datetime,
    by: str | None,
    reason: str | None = None,
) -> list[date]:
    """Two people exchange their days: (day, user id) each. Gives the days changed.

    Errors: as `require_swappable`.
    """
    (first, a), (second, b) = one, other
    duty, old = require_swappable(uow, org_id, code, place, one, other, now=now)
    for day, leaves, comes in ((first, a, b), (second, b, a)):
        ids = [comes if person.user_id == leaves else person.user_id for person in old[day].places[place]]
        _put(uow, org_id, code, day, place, ids, now=now, by=by)
    names = names_of(uow, org_id, [a, b])
    old_, new = ({_label(first, place): x, _label(second, place): y} for x, y in ((a, b), (b, a)))
    office_log.note(uow, org_id, "roster", "swapped", subject_id=code, old=old_, new=new, now=now, by=by, reason=reason)
    text = f"{duty.name}对调：{day_text(first)}由{names[b]}值，{day_text(second)}由{names[a]}值。"
    told = [user_id for user_id in (a, b) if user_id != by]
    tell_all(uow, org_id, told, text, kind=KIND, key=f"roster/{new_id()}", now=now, link=link_to(code))
    return sorted((first, second))


def require_swappable(
    uow: UnitOfWork,
    org_id: str,
    code: str,
    place: str,
    one: tuple[date, str],
    other: tuple[date, str],
    *,
    now: datetime,
) -> tuple[Schedule, dict[date, RosterDay]]:
    """Refuse what two people cannot exchange; gives the duty, and the two days as they are.

    Errors: `roster.unknown`, `roster.past`, `roster.no_duty`, `roster.not_on_roster`, `roster.away`, `roster.twice`,
    `roster.same_person`, `roster.not_in_pool`.
    """
    duty = _held(uow, org_id, code)
    (first, a), (second, b) = one, other
    if a == b or first == second:
        raise Refusal("roster.same_person", "对调应是两个人的两个不同日期。", field="other")
    _require_to_come(uow, org_id, duty, [first, second], now)
    old = {day: day_of(uow, org_id, code, day) for day in (first, second)}
    for field, day, user_id in (("one", first, a), ("other", second, b)):
        if user_id not in {person.user_id for person in old[day].places.get(place, ())}:
            raise Conflict("roster.not_on_roster", f"{day_text(day)}的值班表上已不是这个人，请刷新。", field=field)
    _require_may(uow, org_id, duty, place, [(second, a), (first, b)])
    for day, leaves, comes in ((first, a, b), (second, b, a)):
        ids = [comes if person.user_id == leaves else person.user_id for person in old[day].places[place]]
        everybody = {p: [o.user_id for o in there] for p, there in old[day].places.items()}
        _require_once(uow, org_id, day, everybody | {place: ids})
    return duty, old


def require_may_be_named(
    uow: UnitOfWork, org_id: str, code: str, day: date, place: str, user_id: str, *, field: str
) -> None:
    """Refuse somebody for a place of a day, also of one that has begun.

    Errors: `roster.not_in_pool`, `roster.away`, `roster.twice`.
    """
    duty = roster_of(profile_of(uow, org_id), code)
    _require_may(uow, org_id, duty, place, [(day, user_id)], field=field)
    there = day_of(uow, org_id, code, day).places
    others = {other: [one.user_id for one in persons] for other, persons in there.items() if other != place}
    _require_once(uow, org_id, day, {**others, place: [user_id]})


def name_now(
    uow: UnitOfWork,
    org_id: str,
    code: str,
    day: date,
    place: str,
    user_ids: Sequence[str],
    *,
    now: datetime,
    by: str | None,
) -> None:
    """A day that has come lacks somebody: these people join those present in the place; who is away goes.

    Errors: `roster.unknown`.
    """
    duty = _held(uow, org_id, code)
    old = day_of(uow, org_id, code, day)
    ids = list(dict.fromkeys([*old.present(place), *user_ids]))
    before = [one.user_id for one in old.places[place]]
    if ids == before:
        return
    _put(uow, org_id, code, day, place, ids, now=now, by=by)
    _note_day(uow, org_id, duty, old, {place: ids}, now=now, by=by, reason=None)
    _tell(uow, org_id, duty, place, {one: [day] for one in ids if one not in before}, {}, now=now, by=by)
    _tell(uow, org_id, duty, place, {}, {one: [day] for one in before if one not in ids}, now=now, by=by)


def warn_of_absence(
    uow: UnitOfWork, org_id: str, user_id: str, from_at: datetime, to_at: datetime, *, now: datetime
) -> None:
    """Tell who keeps a roster of each day to come on which this person is on it and will be away."""
    from_day, to_day = max(from_at.date(), now.date()), to_at.date()
    table = roster_place.c
    mine = select(table.code, table.day).where(
        table.org_id == org_id, table.user_id == user_id, table.day.between(from_day, to_day)
    )
    found = uow.conn.execute(mine.distinct().order_by(table.day)).all()
    if not found:
        return
    profile = profile_of(uow, org_id)
    name = names_of(uow, org_id, [user_id])[user_id]
    for code in sorted({row.code for row in found} & {one.code for one in profile.schedules.values() if one.roster}):
        duty = profile.schedule(code)
        wanted = [row.day for row in found if row.code == code]
        times = times_of(uow, org_id, [user_id], wanted)
        away = [day for day in wanted if away_on(duty, times, user_id, day)]
        if away:
            text = f"{duty.name}：{name}{_days_text(away)}离岗，请在值班表上另行指定人员。"
            tell_keepers(uow, org_id, duty, text, key=f"roster.away/{code}/{user_id}/{new_id()}", now=now)


def tell_keepers(uow: UnitOfWork, org_id: str, duty: Schedule, text: str, *, key: str, now: datetime) -> list[str]:
    """Tell who keeps the roster; administrators where the office has nobody else. Gives who was told."""
    keepers = [user_id for role in duty.roster_by for user_id in users_in_group(uow, org_id, role)]
    told = keepers or users_in_group(uow, org_id, "admin")
    return tell_all(uow, org_id, told, text, kind="roster_lacks", key=key, now=now, link=link_to(duty.code))


# -- rules -------------------------------------------------------------------------------------------------------------


def _held(uow: UnitOfWork, org_id: str, code: str) -> Schedule:
    """The duty, its roster ours until the commit."""
    duty = roster_of(profile_of(uow, org_id), code)
    if uow.dialect == "postgresql":
        mine = select(schedule.c.code).where(schedule.c.org_id == org_id, schedule.c.code == code)
        uow.conn.execute(mine.with_for_update())
    return duty


def _require_to_come(uow: UnitOfWork, org_id: str, duty: Schedule, wanted: Iterable[date], now: datetime) -> None:
    profile, calendar = profile_of(uow, org_id), calendar_of(uow, org_id)
    for day in wanted:
        check_range(day, day)
        if day < now.date():
            raise Refusal("roster.past", f"{day_text(day)}已经过去，值班表不能再改。", field="day")
        if not any(one.day == day for one in occurrences(profile, duty.code, day, day, calendar)):
            raise Refusal("roster.no_duty", f"{day_text(day)}没有{duty.name}。", field="day")


def _require_in_pool(
    uow: UnitOfWork, org_id: str, duty: Schedule, place: str, user_ids: Iterable[str], *, field: str | None = None
) -> None:
    may = {person.id for person in pool(uow, org_id, duty, place)}
    strangers = [user_id for user_id in user_ids if user_id not in may]
    if strangers:
        names = "、".join(names_of(uow, org_id, strangers).values()) or "所选人员"
        raise Refusal("roster.not_in_pool", f"{names}不能担任{PLACES[place]}，请另选。", field=field or place)


def _require_may(
    uow: UnitOfWork,
    org_id: str,
    duty: Schedule,
    place: str,
    named: Sequence[tuple[date, str]],
    *,
    field: str | None = None,
) -> None:
    """Each may be in the place, and is there on the day."""
    _require_in_pool(uow, org_id, duty, place, [user_id for _, user_id in named], field=field)
    times = times_of(uow, org_id, {user_id for _, user_id in named}, [day for day, _ in named])
    for day, user_id in named:
        away = away_on(duty, times, user_id, day)
        if away:
            name = names_of(uow, org_id, [user_id])[user_id]
            raise Refusal("roster.away", f"{name}{day_text(day)}离岗（{away}），请另选。", field=field or place)


def _require_once(uow: UnitOfWork, org_id: str, day: date, places: Places) -> None:
    """Nobody is in two places of a day."""
    seen: set[str] = set()
    for place, ids in places.items():
        twice = [user_id for user_id in ids if user_id in seen]
        if twice or len(set(ids)) < len(ids):
            name = names_of(uow, org_id, twice or ids)[(twice or list(ids))[0]]
            raise Refusal("roster.twice", f"{name}{day_text(day)}已在值班表上，一天只排一次。", field=place)
        seen |= set(ids)


# -- turns -------------------------------------------------------------------------------------------------------------


def _queue(uow: UnitOfWork, org_id: str, code: str, place: str, first: date, order: Sequence[str]) -> deque[str]:
    """The turns from `first` on: it goes on after the last of them who was on duty before."""
    table = roster_place.c
    mine = (table.org_id == org_id, table.code == code, table.place == place, table.user_id.in_(order))
    newest = select(func.max(table.day)).where(*mine, table.day < first).scalar_subquery()
    held = set(uow.conn.execute(select(table.user_id).where(*mine, table.day == newest)).scalars())
    queue = deque(order)
    last = max((number for number, user_id in enumerate(order) if user_id in held), default=-1)
    queue.rotate(-(last + 1))
    return queue


def _next(queue: deque[str], duty: Schedule, times: Times, day: date, count: int, taken: set[str]) -> list[str]:
    """The next `count` of the queue who are there that day; they go to its end, who is passed over stays in front."""
    able = [one for one in queue if one not in taken and away_on(duty, times, one, day) is None][: max(count, 0)]
    for user_id in able:
        queue.remove(user_id)
        queue.append(user_id)
    return able


# -- writing -----------------------------------------------------------------------------------------------------------


def _put(
    uow: UnitOfWork, org_id: str, code: str, day: date, place: str, ids: Sequence[str], *, now: datetime,
    by: str | None,
) -> None:  # fmt: skip
    table = roster_place
    here = (table.c.org_id == org_id, table.c.code == code, table.c.day == day, table.c.place == place)
    uow.conn.execute(delete(table).where(*here))
    if ids:
        row = dict(org_id=org_id, code=code, day=day, place=place, set_at=now, set_by=by)
        uow.conn.execute(insert(table), [{**row, "user_id": user_id} for user_id in ids])


def _note_day(
    uow: UnitOfWork,
    org_id: str,
    duty: Schedule,
    old: RosterDay,
    new: Places,
    *,
    now: datetime,
    by: str | None,
    reason: str | None,
) -> None:
    before = {_label(old.day, place): [one.user_id for one in old.places[place]] for place in new}
    after = {_label(old.day, place): list(ids) for place, ids in new.items()}
    office_log.note(
        uow, org_id, "roster", "set", subject_id=duty.code, old=before, new=after, now=now, by=by, reason=reason
    )


def _label(day: date, place: str) -> str:
    """What the log calls a place of a day."""
    return f"{day} {PLACES[place]}"


def _tell(
    uow: UnitOfWork,
    org_id: str,
    duty: Schedule,
    place: str,
    gained: Mapping[str, Sequence[date]],
    lost: Mapping[str, Sequence[date]],
    *,
    now: datetime,
    by: str | None,
) -> None:
    """One notice a person: which days are new, which are no longer the person's."""
    for user_id in sorted({*gained, *lost} - {by or ""}):
        parts = []
        if gained.get(user_id):
            parts.append(f"{_days_text(gained[user_id])}由您值班（{places_text([place])}）")
        if lost.get(user_id):
            parts.append(f"{_days_text(lost[user_id])}不再由您值班")
        if parts:
            text = f"{duty.name}：{'；'.join(parts)}。"
            tell_all(
                uow, org_id, [user_id], text, kind=KIND, key=f"roster/{new_id()}", now=now, link=link_to(duty.code)
            )


def _days_text(found: Sequence[date]) -> str:
    shown = "、".join(day_text(day) for day in sorted(found)[:_SHOWN])
    return shown if len(found) <= _SHOWN else f"{shown}等{len(found)}天"


def link_to(code: str) -> str:
    """The page of a roster."""
    return f"/rosters/{code}"


def to_json(told: Filled) -> dict[str, Any]:
    """As the page is told."""
    return {"filled": [day.isoformat() for day in told.filled], "left": [day.isoformat() for day in told.left]}
