"""How long finished cases are kept, holds on them, and the lists by which they are destroyed (档案保管与销毁).

A case is kept for the years that the profile gives to its weight, counted from the first of January after the year in
which it ended; a case with an entry in a register that is kept for good (R84: FM33) is never destroyed. Nobody destroys
alone: an archivist proposes a list, somebody else who leads approves it, then it is carried out - and never a case that
is under a hold, still running, or linked with one that runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import ColumnElement, case, delete, exists, func, insert, or_, select, update

from office import access
from office.access import MASKED_TITLE, Viewer
from office.numbers import next_number
from office.organisations import profile_of
from office.people import names_of
from office.profiles import Profile
from storage.clock import TZ, local
from storage.database import UnitOfWork
from storage.errors import Forbidden, NotFound, Refusal
from storage.tables import engine
from storage.tables.keeping import disposal, legal_hold
from storage.tables.office import access_log, case_file, case_link, mail, notice, register_entry
from storage.tables.telling import delivery
from storage.types import new_id

KEEPERS = frozenset(("archivist",))
APPROVERS = access.LEADERS | {"petition_office_head", "office_director"}
HOLDERS = APPROVERS | KEEPERS | {"supervisor"}
MOST = 200  # cases on a list
SHOWN = 20  # lists on the page
_WEIGHTS = {"ordinary": "retention.ordinary_years"}  # the others: retention.important_years
_OPEN = ("proposed", "approved")
_FORGOTTEN_REQUESTS = 30  # days
_BATCH = 5_000  # rows


@dataclass(frozen=True, slots=True)
class Kept:
    """How long a case is kept: `until` is the first day on which it may be destroyed; None: for good."""

    words: str
    until: date | None


def kept(profile: Profile, weight: str, ended: date, *, for_good: bool = False) -> Kept:
    """How long a case of this weight that ended on this day is kept [DEF]."""
    if for_good:
        return Kept("永久", None)
    years = int(profile.param(_WEIGHTS.get(weight, "retention.important_years")))
    return Kept(f"{years}年", date(ended.year + 1 + years, 1, 1))


# ------------------------------------------------------------------ holds


def hold(uow: UnitOfWork, viewer: Viewer, case_id: str, reason: str, *, now: datetime) -> str:
    """Keep a case from being destroyed; gives the hold's id.

    Errors: Forbidden `access.role`; NotFound `case.unknown`; Refusal `hold.no_reason`, `hold.already`.
    """
    access.require_role(viewer, *HOLDERS)
    if not access.may_see_case(uow, viewer, case_id):
        raise NotFound("case.unknown", "没有这件事项，或者您无权查看。")
    if not reason.strip():
        raise Refusal("hold.no_reason", "请写明保全的理由。", field="reason")
    if any(one["lifted_at"] is None for one in holds_of(uow, viewer.org_id, case_id)):
        raise Refusal("hold.already", "这件事项已经在保全中。", field="case_id")
    hold_id = new_id()
    uow.conn.execute(
        insert(legal_hold).values(
            org_id=viewer.org_id, id=hold_id, case_id=case_id, reason=reason.strip(), at=now, by=viewer.user_id
        )
    )
    return hold_id


def lift(uow: UnitOfWork, viewer: Viewer, hold_id: str, reason: str, *, now: datetime) -> None:
    """Lift a hold. Errors: Forbidden `access.role`; NotFound `hold.unknown`; Refusal `hold.no_reason`."""
    access.require_role(viewer, *HOLDERS)
    mine = (legal_hold.c.org_id == viewer.org_id) & (legal_hold.c.id == hold_id) & legal_hold.c.lifted_at.is_(None)
    row = uow.conn.execute(select(legal_hold.c.case_id).where(mine)).one_or_none()
    if row is None or not access.may_see_case(uow, viewer, row.case_id):
        raise NotFound("hold.unknown", "没有这项保全，或者已经解除。")
    if not reason.strip():
        raise Refusal("hold.no_reason", "请写明解除保全的理由。", field="reason")
    values = {"lifted_at": now, "lifted_by": viewer.user_id, "lift_reason": reason.strip()}
    uow.conn.execute(update(legal_hold).where(mine).values(values))


def holds_of(uow: UnitOfWork, org_id: str, case_id: str) -> list[dict[str, Any]]:
    """The holds of a case, lifted ones too, newest first."""
    query = select(legal_hold).where(legal_hold.c.org_id == org_id, legal_hold.c.case_id == case_id)
    rows = [dict(row._mapping) for row in uow.conn.execute(query.order_by(legal_hold.c.at.desc()))]
    names = names_of(uow, org_id, [row[key] for row in rows for key in ("by", "lifted_by")])
    return [{**row, "by_name": names.get(row["by"]), "lifted_by_name": names.get(row["lifted_by"])} for row in rows]


def holds(uow: UnitOfWork, viewer: Viewer) -> list[dict[str, Any]]:
    """The holds in force on cases that the viewer may read, newest first."""
    access.require_role(viewer, *HOLDERS)
    query = (
        select(legal_hold, case_file.c.number, case_file.c.title)
        .join(case_file, (case_file.c.org_id == legal_hold.c.org_id) & (case_file.c.id == legal_hold.c.case_id))
        .where(legal_hold.c.org_id == viewer.org_id, legal_hold.c.lifted_at.is_(None), access.readable_cases(viewer))
    )
    rows = uow.conn.execute(query.order_by(legal_hold.c.at.desc())).all()
    names = names_of(uow, viewer.org_id, [row.by for row in rows])
    return [{**row._mapping, "by_name": names.get(row.by)} for row in rows]


# ------------------------------------------------------------------ what may be destroyed


def due(
    uow: UnitOfWork, viewer: Viewer, *, now: datetime, case_ids: Iterable[str] | None = None
) -> list[dict[str, Any]]:
    """Cases whose time is over and that are on no list yet, the oldest first, as many as a list may have; of
    `case_ids` if they are given. Titles are masked as in lists."""
    access.require_role(viewer, *KEEPERS, *APPROVERS)
    profile = profile_of(uow, viewer.org_id)
    listed = exists().where(
        disposal.c.org_id == case_file.c.org_id, disposal.c.case_id == case_file.c.id, disposal.c.state.in_(_OPEN)
    )
    query = (
        select(case_file, access.masked(viewer).label("masked"))
        .where(access.visible_cases(viewer), _over(profile, viewer.org_id, now), ~listed)
        .order_by(_ended(), case_file.c.id)
        .limit(MOST)
    )
    if case_ids is not None:
        query = query.where(case_file.c.id.in_(list(case_ids)))
    return [
        {
            "case_id": row.id,
            "number": row.number,
            "title": MASKED_TITLE if row.masked else row.title,
            "confidential": row.confidential,
            "process_key": row.process_key,
            "ended_at": row.closed_at or row.received_at,
            "kept": kept(profile, row.weight, local(row.closed_at or row.received_at).date()).words,
        }
        for row in uow.conn.execute(query)
    ]


def still_due(uow: UnitOfWork, org_id: str, case_id: str, *, now: datetime) -> bool:
    """Whether the case may be destroyed now; its row is locked until the transaction ends."""
    query = (
        select(case_file.c.id)
        .where(case_file.c.org_id == org_id, case_file.c.id == case_id, _over(profile_of(uow, org_id), org_id, now))
        .with_for_update()
    )
    return uow.conn.execute(query).first() is not None


def _over(profile: Profile, org_id: str, now: datetime) -> ColumnElement[bool]:
    """Ended, its time over, nothing of it or linked with it running, no hold, not kept for good."""
    held, entry, link = legal_hold.alias(), register_entry.alias(), case_link.alias()
    this = case_file.c.id
    before = case(
        *(
            (case_file.c.weight == weight, _cutoff(profile, weight, now))
            for weight in ("ordinary", "important", "urgent")
        ),
        else_=_cutoff(profile, "important", now),
    )
    linked = or_(
        (link.c.case_id == this) & _runs(link.c.other_id),
        (link.c.other_id == this) & _runs(link.c.case_id),
    )
    for_good = tuple(profile.param("retention.permanent"))
    return (
        (_ended() < before)
        & ~_runs(this)
        & ~exists().where(held.c.org_id == org_id, held.c.case_id == this, held.c.lifted_at.is_(None))
        & ~exists().where(entry.c.org_id == org_id, entry.c.case_id == this, entry.c.register.in_(for_good))
        & ~exists().where(link.c.org_id == org_id, linked)
    )


def _ended() -> ColumnElement[datetime]:
    """When a case ended: its closing; one that was not accepted has none, its receipt counts."""
    return case(
        (case_file.c.closed_at.is_not(None), case_file.c.closed_at),
        (case_file.c.state == "not_accepted", case_file.c.received_at),
        else_=None,
    )


def _runs(case_id: Any) -> ColumnElement[bool]:
    one = engine.instance.alias()
    return exists().where(one.c.org_id == case_file.c.org_id, one.c.business_key == case_id, one.c.state == "active")


def _cutoff(profile: Profile, weight: str, now: datetime) -> datetime:
    """What ended before this instant is over: the first of January of the year so many years ago."""
    years = int(profile.param(_WEIGHTS.get(weight, "retention.important_years")))
    return datetime.combine(date(local(now).year - years, 1, 1), time(), TZ)


# ------------------------------------------------------------------ lists of destruction


def propose(uow: UnitOfWork, viewer: Viewer, case_ids: Iterable[str], reason: str, *, now: datetime) -> str:
    """Put cases on a new list; gives its number.

    Errors: Forbidden `access.role`; Refusal `disposal.no_reason`, `disposal.empty`, `disposal.too_many`,
    `disposal.not_due` (with the cases in `details`).
    """
    access.require_role(viewer, *KEEPERS)
    wanted = list(dict.fromkeys(case_ids))
    if not reason.strip():
        raise Refusal("disposal.no_reason", "请写明鉴定意见。", field="reason")
    if not wanted:
        raise Refusal("disposal.empty", "请选择要销毁的案卷。", field="case_ids")
    if len(wanted) > MOST:
        raise Refusal("disposal.too_many", f"一份清册最多{MOST}件。", field="case_ids")
    known = {one["case_id"]: one for one in due(uow, viewer, now=now, case_ids=wanted)}
    strange = [one for one in wanted if one not in known]
    if strange:
        raise Refusal("disposal.not_due", "有案卷保管期没有届满、在保全中或者已在清册中，请刷新。", details=strange)
    year = local(now).year
    list_no = f"销毁〔{year}〕{next_number(uow, viewer.org_id, f'disposal/{year}')}号"
    common = {"org_id": viewer.org_id, "list_no": list_no, "state": "proposed", "reason": reason.strip()}
    made = {"proposed_at": now, "proposed_by": viewer.user_id}
    uow.conn.execute(insert(disposal), [{**common, **made, **known[one]} for one in wanted])
    return list_no


def approve(uow: UnitOfWork, viewer: Viewer, list_no: str, *, now: datetime) -> None:
    """Agree to a list. Errors: Forbidden `access.role`, `disposal.same_person`; NotFound `disposal.unknown`."""
    access.require_role(viewer, *APPROVERS)
    rows = _rows(uow, viewer, list_no, "proposed")
    if rows[0].proposed_by == viewer.user_id:
        raise Forbidden("disposal.same_person", "提出销毁的人不能自己审批。")
    values = {"state": "approved", "approved_at": now, "approved_by": viewer.user_id}
    uow.conn.execute(update(disposal).where(_of(viewer.org_id, list_no, "proposed")).values(values))


def withdraw(uow: UnitOfWork, viewer: Viewer, list_no: str, reason: str, *, now: datetime) -> None:
    """Give a list up before it is carried out; its cases stay. Errors: as `approve`, Refusal `disposal.no_reason`."""
    access.require_role(viewer, *KEEPERS, *APPROVERS)
    _rows(uow, viewer, list_no, *_OPEN)
    if not reason.strip():
        raise Refusal("disposal.no_reason", "请写明撤回的理由。", field="reason")
    values = {"state": "withdrawn", "done_at": now, "ended_by": viewer.user_id, "note": reason.strip()}
    uow.conn.execute(update(disposal).where(_of(viewer.org_id, list_no, *_OPEN)).values(values))


def approved(uow: UnitOfWork, viewer: Viewer, list_no: str) -> list[str]:
    """The cases of an approved list that are not destroyed yet, for who carries it out.

    Errors: Forbidden `access.role`; NotFound `disposal.unknown`.
    """
    access.require_role(viewer, *KEEPERS)
    return [row.case_id for row in _rows(uow, viewer, list_no, "approved")]


def lists(uow: UnitOfWork, viewer: Viewer) -> list[dict[str, Any]]:
    """The newest lists with their cases, newest first; titles of confidential cases are masked."""
    access.require_role(viewer, *KEEPERS, *APPROVERS)
    mine = disposal.c.org_id == viewer.org_id
    newest = select(disposal.c.list_no).where(mine).group_by(disposal.c.list_no)
    newest = newest.order_by(func.max(disposal.c.proposed_at).desc()).limit(SHOWN)
    rows = uow.conn.execute(
        select(disposal)
        .where(mine, disposal.c.list_no.in_(newest), _not_against(viewer))
        .order_by(disposal.c.proposed_at.desc(), disposal.c.list_no.desc(), disposal.c.ended_at, disposal.c.case_id)
    ).all()
    names = names_of(
        uow, viewer.org_id, [name for row in rows for name in (row.proposed_by, row.approved_by, row.ended_by)]
    )
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        one = found.setdefault(
            row.list_no,
            {
                "list_no": row.list_no,
                "reason": row.reason,
                "proposed_at": row.proposed_at,
                "proposed_by_name": names.get(row.proposed_by),
                "proposed_by_me": row.proposed_by == viewer.user_id,
                "approved_at": row.approved_at,
                "approved_by_name": names.get(row.approved_by),
                "items": [],
            },
        )
        one["items"].append(
            {
                "case_id": row.case_id,
                "number": row.number,
                "title": MASKED_TITLE if row.confidential else row.title,
                "ended_at": row.ended_at,
                "kept": row.kept,
                "state": row.state,
                "done_at": row.done_at,
                "ended_by_name": names.get(row.ended_by),
                "note": row.note,
                "package": row.package,
                "sha256": row.sha256,
            }
        )
    for one in found.values():
        states = {item["state"] for item in one["items"]}
        one["state"] = next(state for state in (*_OPEN, "destroyed", "withdrawn") if state in states)
    return list(found.values())


def finish(
    uow: UnitOfWork, org_id: str, list_no: str, case_id: str, values: Mapping[str, Any], *, now: datetime, by: str
) -> None:
    """Note on the list what became of a case: `state` destroyed with its package, or withdrawn with a `note`."""
    mine = _of(org_id, list_no, "approved") & (disposal.c.case_id == case_id)
    uow.conn.execute(update(disposal).where(mine).values(done_at=now, ended_by=by, **values))


def _rows(uow: UnitOfWork, viewer: Viewer, list_no: str, *states: str) -> list[Any]:
    query = select(disposal).where(_of(viewer.org_id, list_no, *states), _not_against(viewer))
    rows = list(uow.conn.execute(query.order_by(disposal.c.ended_at, disposal.c.case_id).with_for_update()))
    if not rows:
        raise NotFound("disposal.unknown", "没有这份清册，或者它已经审批、撤回或执行。", field="list_no")
    return rows


def _of(org_id: str, list_no: str, *states: str) -> ColumnElement[bool]:
    return (disposal.c.org_id == org_id) & (disposal.c.list_no == list_no) & disposal.c.state.in_(states)


def _not_against(viewer: Viewer) -> ColumnElement[bool]:
    """The accused see no trace of their cases on lists either (R65)."""
    return access.not_accused(viewer, disposal.c.case_id)


# ------------------------------------------------------------------ what is forgotten by itself


def forget_old(uow: UnitOfWork, org_id: str, *, now: datetime) -> int:
    """Delete read notices, what went out and the access log when their years are over, and what came twice.

    Gives how many.

    At most a batch of each, so that nobody waits; the next round goes on.
    """
    profile = profile_of(uow, org_id)
    day = local(now).date()

    def years_ago(name: str) -> datetime:
        return datetime.combine(date(day.year - int(profile.param(name)), day.month, min(day.day, 28)), time(), TZ)

    notices, reads = years_ago("retention.notice_years"), years_ago("retention.access_log_years")
    requests = datetime.fromtimestamp(now.timestamp() - _FORGOTTEN_REQUESTS * 86_400, TZ)
    done = 0
    for table, old in (
        (notice, (notice.c.at < notices) & notice.c.read_at.is_not(None)),
        (mail, (mail.c.at < notices) & mail.c.sent_at.is_not(None)),
        (delivery, (delivery.c.at < notices) & (delivery.c.state != "waiting")),
        (access_log, access_log.c.at < reads),
        (engine.request, engine.request.c.at < requests),
    ):
        ids = select(table.c.id).where(table.c.org_id == org_id, old).limit(_BATCH)
        done += uow.conn.execute(delete(table).where(table.c.org_id == org_id, table.c.id.in_(ids))).rowcount
    return done
