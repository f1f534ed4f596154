"""Leave and official errands (R16): how many days, who approves, on which day the person is back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from math import floor
from typing import Any

from office.calendar import Calendar
from office.people import superior_of, users_in_group
from office.profiles import Profile
from storage.clock import TZ, local
from storage.database import UnitOfWork
from storage.errors import Refusal

KINDS: Mapping[str, str] = {"official": "因公外出", "leave": "请假"}
PROCESS = "attendance_leave"
# Who decides where nobody else has the role that the profile names, or the person asks himself: the first found.
_HEADS = ("centre_director", "town_principal", "main_leader", "factory_leader", "office_director", "admin")


def counted_days(profile: Profile, calendar: Calendar, from_at: datetime, to_at: datetime) -> tuple[float, float]:
    """Days that an absence takes, in halves: of working days, and of all days (never less than half a day).

    A half day counts if some of its office hours (`hours.*`) lies between the instants.
    """
    working = every = 0
    for day, begins, ends in _halves(profile, local(from_at), local(to_at)):
        if begins < to_at and from_at < ends:
            every += 1
            working += calendar.is_working(day)
    return working / 2, max(every, 1) / 2


def checked_days(profile: Profile, calendar: Calendar, from_at: datetime, to_at: datetime, told: Any) -> float:
    """The days as the applicant has told them, or else the working days. The tier rests on them: they may not be
    fewer than the working days, nor more than all days between the instants.

    Errors: `leave.days`.
    """
    least, most = counted_days(profile, calendar, from_at, to_at)
    if told is None or told == "":
        return least or most
    days = float(told)
    if not max(least, 0.5) <= days <= most or days * 2 != floor(days * 2):
        between = f"{text_of(max(least, 0.5))}至{text_of(most)}" if max(least, 0.5) < most else text_of(most)
        raise Refusal("leave.days", f"按起止时间应为{between}天（以半天计），请核对。", field="days")
    return days


def tier(tiers: Mapping[str, Any], kind: str, days: float) -> str:
    """The role that approves: `leave.tiers` of the profile. An official errand of any length has its own (R16)."""
    if kind == "official":
        return str(tiers["official"])
    if days <= tiers["short_days"]:
        return str(tiers["short"])
    return str(tiers["long"] if days >= tiers["long_days"] else tiers["between"])


def approvers(uow: UnitOfWork, org_id: str, user_id: str, role: str) -> str:
    """The group that the approval is offered to: `role` if somebody else has it, else whom the person reports to, else
    a head of the office. Nobody approves his own leave (§0.7)."""
    if _others(uow, org_id, role, user_id):
        return role
    superior = superior_of(uow, org_id, user_id)
    if superior is not None and superior != user_id and users_in_group(uow, org_id, f"user:{superior}"):
        return f"user:{superior}"
    return next((head for head in _HEADS if _others(uow, org_id, head, user_id)), "admin")


def member_unit(uow: UnitOfWork, org_id: str, user_id: str, unit_id: str | None, fallback: str) -> str:
    """The groups of the member unit that is asked for a stand-in: its own people in that role and its head, else who
    has the role for all units, else `fallback`. With commas, as candidate groups are written."""
    own = [f"member_unit@{unit_id}", f"unit_head@{unit_id}"] if unit_id else []
    found = [group for group in own if _others(uow, org_id, group, user_id)]
    if not any(group.startswith("member_unit@") for group in found) and _others(uow, org_id, "member_unit", user_id):
        found.append("member_unit")
    return ",".join(found) or fallback


def directors(uow: UnitOfWork, org_id: str, user_id: str) -> list[str]:
    """Who is told of a leave that was not cancelled: the centre director, else as for an approval; not the person."""
    group = approvers(uow, org_id, user_id, "centre_director")
    return [one for one in users_in_group(uow, org_id, group) if one != user_id]


def return_day(profile: Profile, calendar: Calendar, to_at: datetime) -> datetime:
    """The day on which the person is back, at the instant from which the return can be reported (A09).

    That is the day on which the absence ends, if office hours are left on it; else the next working day.
    """
    to_at = local(to_at)
    closes = hour(profile, to_at.date(), "hours.closes")
    if to_at < closes and calendar.is_working(to_at.date()):
        return max(to_at, hour(profile, to_at.date(), "hours.opens"))
    return hour(profile, calendar.working_day_after(to_at.date(), 1), "hours.opens")


def span_text(from_at: datetime, to_at: datetime) -> str:
    """11月25日14:00至17:00."""
    from_at, to_at = local(from_at), local(to_at)
    until = f"{to_at:%H:%M}" if to_at.date() == from_at.date() else moment_text(to_at)
    return f"{moment_text(from_at)}至{until}"


def text_of(days: float) -> str:
    """1, 1.5 or 0.5."""
    return f"{days:g}"


def hour(profile: Profile, day: date, name: str) -> datetime:
    """The instant of a day that the profile names: `hours.opens` and so on."""
    return datetime.combine(day, time.fromisoformat(str(profile.param(name))), TZ)


def _others(uow: UnitOfWork, org_id: str, group: str, user_id: str) -> bool:
    return any(one != user_id for one in users_in_group(uow, org_id, group))


def _halves(profile: Profile, from_at: datetime, to_at: datetime) -> Iterator[tuple[date, datetime, datetime]]:
    day = from_at.date()
    while day <= to_at.date():
        yield day, hour(profile, day, "hours.opens"), hour(profile, day, "hours.noon")
        yield day, hour(profile, day, "hours.afternoon"), hour(profile, day, "hours.closes")
        day += timedelta(days=1)


def moment_text(at: datetime) -> str:
    """11月25日14:00."""
    at = local(at)
    return f"{at.month}月{at.day}日{at:%H:%M}"
