"""What a change of a 值班表 sets off: the processes of the days changed look at the roster again (R18, R83)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from office import access, rosters, schedule_book
from office.organisations import profile_of
from office.schedule_rules import Schedule
from storage.database import UnitOfWork
from web.acts import Actor
from web.banjie import Banjie

CHANGED = "roster.changed"  # the message to the case of a day


def may_keep(viewer: access.Viewer, duty: Schedule) -> bool:
    """True for who keeps the roster: administrators, and the roles that the profile names."""
    return viewer.is_admin or bool(viewer.roles & set(duty.roster_by))


def keep(banjie: Banjie, who: Actor, code: str, act: Callable[[UnitOfWork], tuple[Any, Iterable[date]]]) -> Any:
    """Change a roster in one transaction and tell the cases of the days that were changed; gives what `act` gives.

    Errors: `roster.unknown`; Forbidden `access.role` for who does not keep it; those of `act`.
    """
    with banjie.store.begin() as uow:
        duty = rosters.roster_of(profile_of(uow, who.org_id), code)
        access.require_role(access.viewer_of(uow, who.org_id, who.user_id), access.ADMIN, *duty.roster_by)
        told, days = act(uow)
        changed(banjie, uow, who, code, days)
        return told


def changed(banjie: Banjie, uow: UnitOfWork, who: Actor, code: str, days: Iterable[date]) -> None:
    """Tell the cases of these days of the duty that their roster has changed."""
    wanted = set(days)
    if not wanted:
        return
    for row in schedule_book.dates(uow, who.org_id, code=code, first=min(wanted), last=max(wanted), limit=400):
        if row["case_id"] is not None and row["day"] in wanted:
            banjie.engine.publish(uow, who.org_id, CHANGED, row["case_id"], actor=who.user_id)
