"""Lights (红黄绿灯) and the ladder (催办 - 督办 - 问责): when a deadline turns yellow, red, and what follows.

Every amount here comes from the profile (`light.*`, `ladder.*`), requirements 0.4 and 0.5 [DEF].
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Literal, Protocol

from office.calendar import Calendar
from storage.clock import TZ, local

Light = Literal["green", "yellow", "red", "closed_on_time", "closed_late", "paused"]
Step = Literal["E0", "E1", "E2", "E3"]
FULL_LADDER: tuple[Step, ...] = ("E0", "E1", "E2", "E3")
LIGHT_TEXT: dict[Light, str] = {
    "green": "绿灯（正常）",
    "yellow": "黄灯（临近到期）",
    "red": "红灯（已逾期）",
    "closed_on_time": "按期办结",
    "closed_late": "逾期办结",
    "paused": "暂停计时",
}


class HasLight(Protocol):
    """What a light is worked out from: a Deadline, or its stored row."""

    @property
    def yellow_at(self) -> datetime | None: ...
    @property
    def due_at(self) -> datetime | None: ...


class HasLadder(HasLight, Protocol):
    """What the ladder is worked out from."""

    @property
    def e1(self) -> datetime | None: ...
    @property
    def e2(self) -> datetime | None: ...
    @property
    def e3(self) -> datetime | None: ...
    @property
    def ladder(self) -> tuple[Step, ...]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """The amounts of lights and ladder of one organisation, read from its profile."""

    day_end: time
    """The last second of a limit's last day (民法典 203 para 2)."""
    leads: tuple[tuple[int, int], ...]
    """(size of the limit up to, days of lead), ascending; days."""
    lead_beyond: int
    """Days of lead for limits larger than the last of `leads`."""
    morning: time
    """The time of day of yellow, E2 and E3."""
    same_day_yellow: time
    """When a same-day limit turns yellow."""
    clock_long: timedelta
    """Limits by the clock of at least this length turn yellow `clock_long_lead` before the end."""
    clock_long_lead: timedelta
    clock_short: timedelta
    """Limits by the clock of exactly this length turn yellow `clock_short_lead` before the end."""
    clock_short_lead: timedelta
    clock_fraction: int
    """Other limits by the clock turn yellow in the last 1/n of their time."""
    supervision_after: int
    """E2 is on this working day after due_on."""
    accountability_after: int
    """E3 is on this working day after due_on."""

    def lead(self, size: int) -> int:
        """Calendar days that yellow comes before the due day, for a limit of `size` days (week 7, month 30)."""
        return next((lead for limit, lead in self.leads if size <= limit), self.lead_beyond)

    def clock_yellow(self, due_at: datetime, length: timedelta) -> datetime:
        """When a limit of hours or minutes turns yellow."""
        if length >= self.clock_long:
            return due_at - self.clock_long_lead
        if length == self.clock_short:
            return due_at - self.clock_short_lead
        return due_at - timedelta(seconds=int(length.total_seconds()) // self.clock_fraction)

    def escalation(self, due_at: datetime, calendar: Calendar) -> tuple[datetime, datetime, datetime]:
        """E1 (the first second after due_at), E2 and E3 (in the morning of the n-th working day after due_on)."""
        days = (
            calendar.working_day_after(due_at.date(), n) for n in (self.supervision_after, self.accountability_after)
        )
        e2, e3 = (datetime.combine(day, self.morning, TZ) for day in days)
        return due_at + timedelta(seconds=1), e2, e3


def light(deadline: HasLight, now: datetime, finished_at: datetime | None = None, paused: bool = False) -> Light:
    """The light at `now`. Instants count in whole seconds: the whole last second is in time. `paused` only while open.

    A deadline without instant (当场) is green until it is closed.
    """
    if finished_at is not None:
        late = deadline.due_at is not None and _second(finished_at) > deadline.due_at
        return "closed_late" if late else "closed_on_time"
    if paused:
        return "paused"
    if deadline.due_at is None:
        return "green"
    if _second(now) > deadline.due_at:
        return "red"
    return "yellow" if deadline.yellow_at is not None and _second(now) >= deadline.yellow_at else "green"


def step_instants(deadline: HasLadder) -> dict[Step, datetime]:
    """The steps that exist for this deadline with their instants; E0 is the reminder at yellow_at."""
    instants: dict[Step, datetime | None] = {
        "E0": deadline.yellow_at,
        "E1": deadline.e1,
        "E2": deadline.e2,
        "E3": deadline.e3,
    }
    return {step: at for step, at in instants.items() if at is not None and step in deadline.ladder}


def _second(instant: datetime) -> datetime:
    return local(instant).replace(microsecond=0)
