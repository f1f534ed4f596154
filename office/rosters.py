"""值班表: who is on duty on which day of a recurring duty (R18, R83), who of them is away, what the day lacks.

A schedule of the profile that has a `roster` has places (值班人员, 接访领导, 接访干部), each filled from people with
certain roles. What is changed on a roster is in `office.rostering`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Row, select

from office import people
from office.organisations import calendar_of, profile_of
from office.people import User
from office.profiles import Profile
from office.schedule_rules import PLACES, Schedule
from office.schedules import occurrences, weekday_text
from office.stand_ins import times_away
from storage.clock import TZ, local
from storage.database import UnitOfWork
from storage.errors import NotFound, Refusal
from storage.tables.people import user
from storage.tables.rosters import roster_place

LONGEST = 370  # days that are looked at at a time
# Hours of duty where the schedule names none: who is away during a part of them is not on duty that day.
_HOURS = ("08:00-18:00",)
# Of how many a place consists: a parameter of the profile; 值班 is one person's (R18).
_LEAST: Mapping[str, str] = {"leader": "reception.min_leaders", "staff": "reception.min_staff"}
_YEARS = (2000, 2100)
_DAY = timedelta(days=1)

Times = dict[str, list[tuple[datetime, datetime]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class OnDuty:
    """A person on the roster of a day. `away`: when, or why, the person cannot; None: is there."""

    user_id: str
    name: str
    away: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterDay:
    """A day of the duty. `lacking`: the places with fewer people present than the day needs."""

    day: date
    places: Mapping[str, Sequence[OnDuty]]
    lacking: Sequence[str]

    def present(self, place: str) -> list[str]:
        """The ids of those on duty in the place who are not away."""
        return [one.user_id for one in self.places.get(place, ()) if one.away is None]

    def to_json(self) -> dict[str, Any]:
        """As the page shows it; why somebody is away is not said."""
        return {
            "day": self.day.isoformat(),
            "weekday": weekday_text(self.day),
            "places": {
                place: [{"user_id": one.user_id, "name": one.name, "away": one.away} for one in there]
                for place, there in self.places.items()
            },
            "lacking": list(self.lacking),
        }


def kept(profile: Profile) -> list[Schedule]:
    """The duties that have a roster."""
    return [one for _, one in sorted(profile.schedules.items()) if one.roster and one.active]


def roster_of(profile: Profile, code: str) -> Schedule:
    """The duty `code`, which has a roster. Errors: NotFound `roster.unknown`."""
    found = next((one for one in kept(profile) if one.code == code), None)
    if found is None:
        raise NotFound("roster.unknown", "本单位没有这张值班表。", field="code")
    return found


def least(profile: Profile, place: str) -> int:
    """How many a day needs in the place (R18: one; R83: `reception.min_leaders`, `reception.min_staff`)."""
    return int(str(profile.param(_LEAST[place]))) if place in _LEAST else 1


def pool(uow: UnitOfWork, org_id: str, duty: Schedule, place: str) -> list[User]:
    """Who may be put into the place: the active people with one of its roles, each once, by role, unit and name.

    Errors: NotFound `roster.unknown_place`.
    """
    roles = _roles(duty, place)
    found = [person for role in roles for person in people.users(uow, org_id, role=role, limit=500)]
    return list({person.id: person for person in sorted(found, key=lambda one: (one.unit_id or "", one.name))}.values())


def days(uow: UnitOfWork, org_id: str, code: str, first: date, last: date) -> list[RosterDay]:
    """The roster from `first` to `last`, both included: the days on which there is the duty, in order.

    Errors: `roster.unknown`, `roster.bad_range`.
    """
    check_range(first, last)
    profile, calendar = profile_of(uow, org_id), calendar_of(uow, org_id)
    duty = roster_of(profile, code)
    found = occurrences(profile, code, first, last, calendar)
    return _filled(uow, org_id, profile, duty, [one.day for one in found if one.day is not None])


def day_of(uow: UnitOfWork, org_id: str, code: str, day: date) -> RosterDay:
    """The roster of one day, whether or not the calendar has the duty on it. Errors: `roster.unknown`."""
    profile = profile_of(uow, org_id)
    return _filled(uow, org_id, profile, roster_of(profile, code), [day])[0]


def days_of_user(uow: UnitOfWork, org_id: str, user_id: str, first: date, last: date) -> Sequence[Row[Any, Any, Any]]:
    """Code, day and place of a person's duties from `first` to `last`, in order."""
    table = roster_place.c
    query = select(table.code, table.day, table.place).where(
        table.org_id == org_id, table.user_id == user_id, table.day.between(first, last)
    )
    return uow.conn.execute(query.order_by(table.day, table.code)).all()


def check_range(first: date, last: date) -> None:
    """Errors: Refusal `roster.bad_range`."""
    if first.year < _YEARS[0] or last.year > _YEARS[1]:
        raise Refusal("roster.bad_range", f"日期应在{_YEARS[0]}年至{_YEARS[1]}年之间。", field="first")
    if last < first:
        raise Refusal("roster.bad_range", "结束日期不能早于开始日期。", field="last")
    if (last - first).days > LONGEST:
        raise Refusal("roster.bad_range", f"一次最多查看或编排{LONGEST}天。", field="last")


def away_on(duty: Schedule, times: Times, user_id: str, day: date) -> str | None:
    """When the person is away in the hours of duty of the day: `全天`, `14:00–17:00`; None if the person is there."""
    hours = [_instants(day, text) for text in (duty.hours or _HOURS)]
    told = []
    for since, until in times.get(user_id, ()):
        cut = [(max(since, begins), min(until, ends)) for begins, ends in hours]
        told += [(a, b) for a, b in cut if a < b]
    if not told:
        return None
    if told == hours:
        return "全天"
    return "、".join(f"{local(a):%H:%M}–{local(b):%H:%M}" for a, b in told)


def times_of(uow: UnitOfWork, org_id: str, user_ids: Iterable[str], wanted: Sequence[date]) -> Times:
    """When these people are away on these days."""
    if not wanted:
        return {}
    first, last = datetime.combine(min(wanted), time(), TZ), datetime.combine(max(wanted) + _DAY, time(), TZ)
    return times_away(uow, org_id, user_ids, first, last)


def places_text(places: Iterable[str]) -> str:
    """`接访领导、接访干部`."""
    return "、".join(PLACES[place] for place in places)


def _roles(duty: Schedule, place: str) -> list[str]:
    if place not in duty.roster:
        raise NotFound("roster.unknown_place", "这张值班表没有这个岗位。", field="place")
    return [role.strip() for role in str(duty.roster[place]).split(",")]


def _instants(day: date, hours: str) -> tuple[datetime, datetime]:
    begins, ends = (time.fromisoformat(text) for text in hours.split("-"))
    return datetime.combine(day, begins, TZ), datetime.combine(day, ends, TZ)


def _filled(uow: UnitOfWork, org_id: str, profile: Profile, duty: Schedule, wanted: Sequence[date]) -> list[RosterDay]:
    rows = _rows(uow, org_id, duty.code, wanted)
    times = times_of(uow, org_id, {row.user_id for row in rows}, wanted)
    by_day: dict[date, list[Any]] = {}
    for row in rows:
        by_day.setdefault(row.day, []).append(row)
    found = []
    for day in wanted:
        places: dict[str, list[OnDuty]] = {place: [] for place in PLACES if place in duty.roster}
        for row in by_day.get(day, ()):
            if row.place in places:
                away = away_on(duty, times, row.user_id, day) if row.active else "已停用"
                places[row.place].append(OnDuty(user_id=row.user_id, name=row.name, away=away))
        lacking = [
            place
            for place, there in places.items()
            if sum(1 for one in there if one.away is None) < least(profile, place)
        ]
        found.append(RosterDay(day=day, places=places, lacking=lacking))
    return found


def _rows(uow: UnitOfWork, org_id: str, code: str, wanted: Sequence[date]) -> Sequence[Row[Any, Any, Any, Any, Any]]:
    if not wanted:
        return []
    table = roster_place.c
    query = (
        select(table.day, table.place, table.user_id, user.c.name, user.c.active)
        .join(user, (user.c.org_id == table.org_id) & (user.c.id == table.user_id))
        .where(table.org_id == org_id, table.code == code, table.day.between(min(wanted), max(wanted)))
        .order_by(table.day, table.place, table.set_at, user.c.name, table.user_id)
    )
    return uow.conn.execute(query).all()
