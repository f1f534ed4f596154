"""How a person wishes to be told: which class of notice by which channel, quiet hours, one digest a day.

What is statutory or limited (`notice_kinds`) goes at once, inside and by mail, whatever is set here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite

from office.notice_kinds import CLASSES, INSIDE, MAIL, NoticeClass
from storage.clock import local
from storage.database import UnitOfWork
from storage.errors import Refusal
from storage.tables.telling import digest_line, notice_setting

_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
DIGEST_AT = "17:00"
_USUAL = frozenset((INSIDE, MAIL))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What a person has set. Times are `HH:MM` of Asia/Shanghai."""

    channels: Mapping[str, Sequence[str]] = field(default_factory=dict)  # class -> channels; not named: as usual
    quiet_from: str | None = None
    quiet_to: str | None = None
    digest: bool = False
    digest_at: str = DIGEST_AT

    def ways(self, told: NoticeClass) -> frozenset[str]:
        """The channels for a class of notice; inside and mail always for one that is at once."""
        chosen = frozenset(self.channels.get(told.key, _USUAL))
        return chosen | _USUAL if told.at_once else chosen

    def held_until(self, told: NoticeClass, now: datetime) -> datetime | None:
        """Until when quiet hours hold a notice of the class; None: it goes now."""
        return None if told.at_once else self.quiet_until(now)

    def quiet_until(self, now: datetime) -> datetime | None:
        """When the quiet hours end in which `now` is; None: it is in none."""
        if self.quiet_from is None or self.quiet_to is None:
            return None
        clock = f"{local(now):%H:%M}"
        if self.quiet_from < self.quiet_to:
            quiet = self.quiet_from <= clock < self.quiet_to
        else:  # over midnight
            quiet = clock >= self.quiet_from or clock < self.quiet_to
        return next_at(self.quiet_to, now) if quiet else None


def next_at(clock: str, after: datetime) -> datetime:
    """The first instant after `after` at which clocks show `clock` (`HH:MM`, Asia/Shanghai)."""
    here = local(after)
    hour, minute = clock.split(":")
    at = here.replace(hour=int(hour), minute=int(minute), second=0, microsecond=0)
    return at if at > here else at + timedelta(days=1)


def wishes_of(uow: UnitOfWork, org_id: str, user_id: str) -> Wishes:
    """What the person has set, or what is usual."""
    query = select(notice_setting).where(notice_setting.c.org_id == org_id, notice_setting.c.user_id == user_id)
    row = uow.conn.execute(query).one_or_none()
    if row is None:
        return Wishes()
    return Wishes(
        channels=row.channels,
        quiet_from=row.quiet_from,
        quiet_to=row.quiet_to,
        digest=row.digest,
        digest_at=row.digest_at,
    )


def save(uow: UnitOfWork, org_id: str, user_id: str, wanted: Wishes, *, now: datetime, known: Sequence[str]) -> None:
    """Put what a person wishes in force; `known` are the channels there are besides inside and mail.

    What waits for a digest that is not wanted any more goes at the next round. Errors: `notice_settings.*`.
    """
    _check(wanted, frozenset(known) | _USUAL)
    waits = uow.conn.execute(
        select(digest_line.c.id).where(digest_line.c.org_id == org_id, digest_line.c.user_id == user_id).limit(1)
    ).first()
    following = next_at(wanted.digest_at, now) if wanted.digest else now if waits else None
    values: dict[str, Any] = {
        "org_id": org_id,
        "user_id": user_id,
        "channels": {key: sorted(set(ways)) for key, ways in wanted.channels.items()},
        "quiet_from": wanted.quiet_from,
        "quiet_to": wanted.quiet_to,
        "digest": wanted.digest,
        "digest_at": wanted.digest_at,
        "digest_next": following,
        "changed_at": now,
    }
    make: Any = postgresql.insert if uow.dialect == "postgresql" else sqlite.insert
    keys = ["org_id", "user_id"]
    again = {key: value for key, value in values.items() if key not in keys}
    uow.conn.execute(make(notice_setting).values(values).on_conflict_do_update(index_elements=keys, set_=again))


def forget_channel(uow: UnitOfWork, org_id: str, channel_id: str) -> None:
    """Take a channel that is no more out of what everybody wishes."""
    query = select(notice_setting.c.user_id, notice_setting.c.channels).where(notice_setting.c.org_id == org_id)
    for row in uow.conn.execute(query).all():
        if any(channel_id in ways for ways in row.channels.values()):
            left = {key: [way for way in ways if way != channel_id] for key, ways in row.channels.items()}
            mine = (notice_setting.c.org_id == org_id, notice_setting.c.user_id == row.user_id)
            uow.conn.execute(update(notice_setting).where(*mine).values(channels=left))


def _check(wanted: Wishes, known: frozenset[str]) -> None:
    if not set(wanted.channels) <= {one.key for one in CLASSES} or not set().union(*wanted.channels.values()) <= known:
        raise Refusal("notice_settings.channel", "有一种通知或渠道已不存在，请刷新页面后重选。", field="channels")
    times = [at for at in (wanted.quiet_from, wanted.quiet_to, wanted.digest_at) if at is not None]
    if not all(_TIME.fullmatch(at) for at in times):
        raise Refusal("notice_settings.time", "时间应为时:分，例如 21:00。", field="quiet_from")
    if (wanted.quiet_from is None) != (wanted.quiet_to is None) or (
        wanted.quiet_from is not None and wanted.quiet_from == wanted.quiet_to
    ):
        raise Refusal("notice_settings.quiet", "请填写免打扰的开始和结束时间，两者不能相同。", field="quiet_from")
    at = local(datetime(2026, 1, 1, int(wanted.digest_at[:2]), int(wanted.digest_at[3:])))
    if wanted.digest and wanted.quiet_until(at) is not None:
        raise Refusal(
            "notice_settings.digest_quiet", "每日汇总的时间在免打扰时段之内，请另选一个时间。", field="digest_at"
        )
