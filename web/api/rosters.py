"""值班表: to read for all who work here, to keep for administrators and the roles that the profile names (R18, R83)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from office import access, office_log, roster_swaps, rostering, rosters
from office.organisations import profile_of
from office.schedule_rules import PLACES
from web import rosters as work
from web.api.common import Program, Reading, Who

router = APIRouter(prefix="/rosters", tags=["值班表"])

Ids = Annotated[list[Annotated[str, Field(max_length=100)]], Field(max_length=50)]
Places = Annotated[dict[Annotated[str, Field(max_length=20)], Ids], Field(max_length=len(PLACES))]
_AHEAD = timedelta(days=60)  # how far one's own days are looked for


class Day(BaseModel):
    """Who is on duty in these places of a day; `was`: whom the page showed there."""

    places: Places
    was: Places | None = None
    reason: str | None = Field(default=None, max_length=200)


class Turns(BaseModel):
    """People who take turns in a place, in their order. With `replace` those named already are put aside."""

    place: str = Field(max_length=20)
    first: date
    last: date
    people: Annotated[list[Annotated[str, Field(max_length=100)]], Field(max_length=500)]
    replace: bool = False


class One(BaseModel):
    """Somebody on a day."""

    day: date
    user_id: str = Field(max_length=100)


class Exchange(BaseModel):
    """Two people exchange their days in a place."""

    place: str = Field(max_length=20)
    one: One
    other: One
    reason: str | None = Field(default=None, max_length=200)


class Asked(BaseModel):
    """One's own day in a place, for the day of somebody else."""

    place: str = Field(max_length=20)
    day: date
    other: One
    reason: str | None = Field(default=None, max_length=200)


class Answer(BaseModel):
    """Whether one agrees; who has asked withdraws with `agree` false."""

    agree: bool


@router.get("", summary="值班表目录")
def all_rosters(who: Who, uow: Reading, banjie: Program) -> dict[str, Any]:
    """The rosters of the office, one's own days to come on them, and the swaps that await an answer."""
    viewer, today = access.viewer_of(uow, who.org_id, who.user_id), banjie.clock.now().date()
    kept = rosters.kept(profile_of(uow, who.org_id))
    names = {one.code: one.name for one in kept}
    mine = rosters.days_of_user(uow, who.org_id, who.user_id, today, today + _AHEAD)
    return {
        "rosters": [{"code": one.code, "title": one.name, "keep": work.may_keep(viewer, one)} for one in kept],
        "mine": [
            {"code": row.code, "title": names[row.code], "day": row.day.isoformat(), "place": row.place}
            for row in mine
            if row.code in names
        ],
        "swaps": [
            {**one, "title": names[one["code"]]}
            for one in roster_swaps.open_of(uow, who.org_id, who.user_id, today=today)
            if one["code"] in names
        ],
    }


@router.get("/{code}", summary="值班表")
def roster(
    code: str, who: Who, uow: Reading, banjie: Program, first: Annotated[date | None, Query()] = None,
    last: Annotated[date | None, Query()] = None,
) -> dict[str, Any]:  # fmt: skip
    """The days from `first` to `last` (this month); who keeps it is also told whom to name and what was changed."""
    profile = profile_of(uow, who.org_id)
    duty = rosters.roster_of(profile, code)
    today = banjie.clock.now().date()
    first = first or today.replace(day=1)
    rosters.check_range(first, last or first)
    last = last or (first.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    keeps = work.may_keep(access.viewer_of(uow, who.org_id, who.user_id), duty)
    return {
        "code": code,
        "title": duty.name,
        "words": duty.words,
        "keep": keeps,
        "first": first.isoformat(),
        "last": last.isoformat(),
        "today": today.isoformat(),
        "places": [
            {
                "key": place,
                "name": name,
                "least": rosters.least(profile, place),
                "people": [
                    {"id": person.id, "name": person.name, "title": person.title}
                    for person in rosters.pool(uow, who.org_id, duty, place)
                ]
                if keeps
                else [],
            }
            for place, name in PLACES.items()
            if place in duty.roster
        ],
        "days": [one.to_json() for one in rosters.days(uow, who.org_id, code, first, last)],
        "changes": office_log.changes(uow, who.org_id, "roster", subject_id=code, limit=30) if keeps else [],
    }


@router.post("/{code}/days/{day}", summary="安排一天的值班")
def set_day(code: str, day: date, body: Day, who: Who, banjie: Program) -> dict[str, bool]:
    def act(uow: Any) -> tuple[Any, list[date]]:
        changed = rostering.set_day(
            uow, who.org_id, code, day, body.places, was=body.was, reason=body.reason, now=banjie.clock.now(),
            by=who.user_id,
        )  # fmt: skip
        return {"ok": True}, changed

    return dict(work.keep(banjie, who, code, act))


@router.post("/{code}/rotate", summary="按轮值编排")
def rotate(code: str, body: Turns, who: Who, banjie: Program) -> dict[str, list[str]]:
    def act(uow: Any) -> tuple[Any, list[date]]:
        told = rostering.rotate(
            uow, who.org_id, code, body.place, body.first, body.last, body.people, replace=body.replace,
            now=banjie.clock.now(), by=who.user_id,
        )  # fmt: skip
        return rostering.to_json(told), told.filled

    return dict(work.keep(banjie, who, code, act))


@router.post("/{code}/swap", summary="对调两个人的值班")
def swap(code: str, body: Exchange, who: Who, banjie: Program) -> dict[str, bool]:
    def act(uow: Any) -> tuple[Any, list[date]]:
        changed = rostering.swap(
            uow, who.org_id, code, body.place, (body.one.day, body.one.user_id), (body.other.day, body.other.user_id),
            reason=body.reason, now=banjie.clock.now(), by=who.user_id,
        )  # fmt: skip
        return {"ok": True}, changed

    return dict(work.keep(banjie, who, code, act))


@router.post("/{code}/swaps", summary="请人对调")
def ask(code: str, body: Asked, who: Who, banjie: Program) -> dict[str, str]:
    with banjie.store.begin() as uow:
        swap_id = roster_swaps.ask(
            uow, who.org_id, code, body.place, (body.day, who.user_id), (body.other.day, body.other.user_id),
            reason=body.reason, now=banjie.clock.now(),
        )  # fmt: skip
    return {"id": swap_id}


@router.post("/swaps/{swap_id}/answer", summary="答复或撤回对调")
def answer(swap_id: str, body: Answer, who: Who, banjie: Program) -> dict[str, bool]:
    with banjie.store.begin() as uow:
        told = roster_swaps.answer(uow, who.org_id, swap_id, agrees=body.agree, by=who.user_id, now=banjie.clock.now())
        work.changed(banjie, uow, who, told["code"], told["days"])
    return {"ok": True}
