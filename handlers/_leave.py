"""What leave asks of the office: what was applied for, who is free, what nobody would cover (R16, R05)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from engine.registry import Context
from handlers._common import case_of, empty, instant, transaction
from office import leave, organisations, people, post_cover, posts
from office.calendar import Calendar
from office.profiles import Profile
from storage.errors import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What was applied for."""

    user_id: str
    kind: str  # official | leave
    from_at: datetime
    to_at: datetime
    days: float | None
    reason: str
    stand_in_id: str | None


def wanted_by(user_id: str | None, answers: Mapping[str, Any]) -> Wanted:
    """What somebody applies for, by the answers of the form. Errors: `leave.times`."""
    from_at, to_at = instant(answers.get("from_at")), instant(answers.get("to_at"))
    if user_id is None or from_at is None or to_at is None:
        raise Refusal("leave.times", "请填写离岗的开始和结束时间。", field="from_at" if from_at is None else "to_at")
    days = answers.get("days")
    return Wanted(
        user_id=user_id,
        kind=str(answers.get("leave_kind")),
        from_at=from_at,
        to_at=to_at,
        days=None if empty(days) else float(str(days)),
        reason=str(answers.get("reason") or ""),
        stand_in_id=str(answers.get("stand_in") or answers.get("substitute") or "") or None,
    )


def asked_for(context: Context) -> Wanted:
    """The application of the case; its stand-in, whom the member unit may have sent in the meantime, only if free."""
    case = case_of(context)
    wanted = wanted_by(case["created_by"], case["fields"])
    named = wanted.stand_in_id
    if named is not None and not is_free(context, wanted, named):
        return replace(wanted, stand_in_id=None)
    return wanted


def terms(context: Context) -> tuple[Profile, Calendar]:
    """By what days are counted here: the office's profile and its calendar."""
    uow = transaction(context)
    return organisations.profile_of(uow, context.org_id), organisations.calendar_of(uow, context.org_id)


def days_of(context: Context, wanted: Wanted, told: Any) -> float:
    """The days of the leave, as told or counted. Errors: `leave.days`."""
    return leave.checked_days(*terms(context), wanted.from_at, wanted.to_at, told)


def return_of(context: Context, wanted: Wanted) -> datetime:
    """When the person is back."""
    return leave.return_day(*terms(context), wanted.to_at)


def uncovered(context: Context, wanted: Wanted) -> list[str]:
    """What nobody would cover, in words."""
    found = post_cover.gaps(
        transaction(context), context.org_id, wanted.user_id, wanted.from_at, wanted.to_at,
        stand_in_id=wanted.stand_in_id,
    )  # fmt: skip
    return [one.text for one in found]


def require_covered(context: Context, wanted: Wanted, *, field: str = "decision") -> None:
    """Refuse a leave during which a post would have nobody. Errors: `leave.post_uncovered`."""
    if nobody := uncovered(context, wanted):
        raise Refusal(
            "leave.post_uncovered", f"离岗期间无人顶岗：{'、'.join(nobody)}。请先安排人员顶岗再批准。",
            field=field,
        )  # fmt: skip


def require_free(context: Context, wanted: Wanted, user_id: str | None, field: str) -> None:
    """Refuse a stand-in who is not here. Errors: those of `post_cover.require_free`."""
    if user_id is not None:
        post_cover.require_free(
            transaction(context), context.org_id, wanted.user_id, user_id, wanted.from_at, wanted.to_at, field=field
        )


def is_free(context: Context, wanted: Wanted, user_id: str) -> bool:
    """Whether somebody is here during the whole time."""
    return post_cover.is_free(transaction(context), context.org_id, user_id, wanted.from_at, wanted.to_at)


def covers(context: Context, wanted: Wanted) -> list[str]:
    """Who has the person's work from now on: the stand-in, else the other holders of the posts who are here."""
    if wanted.stand_in_id is not None:
        return [wanted.stand_in_id]
    others = post_cover.others_of(transaction(context), context.org_id, wanted.user_id)
    return [one for one in others if is_free(context, wanted, one)]


def cover_text(context: Context, wanted: Wanted) -> str:
    """Who covers, as FM10 names it."""
    takes = covers(context, wanted)
    names = people.names_of(transaction(context), context.org_id, takes)
    if takes:
        return "、".join(names[one] for one in takes if one in names)
    held = posts.posts(transaction(context), context.org_id, user_id=wanted.user_id)
    return "待进驻单位派人" if held else "未任A、B岗"
