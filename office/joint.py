"""并案 and 分案: petitions handled as one matter under a lead, and answered each by its own paper.

A merged case stays the case of its petitioner, with its number; only its work stands still. The lead keeps the earliest
limits (`office.joint_limits`). Nobody learns of a case by its being merged: the two name each other only to whoever may
see both, and what accuses somebody is not joined with what that person works on (R65).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select

from office import access, cases, deadline_book, joint_book, joint_limits, notices
from office.access import Viewer, readable_cases
from office.accused import accused_of, barred
from office.case_answers import sort_answers
from office.case_states import CLOSED_STATES, STATES, may_follow
from office.people import names_of
from storage.database import UnitOfWork
from storage.errors import Conflict, Refusal
from storage.tables.engine import task
from storage.tables.joining import case_merge
from storage.tables.office import case_file

MOST = 50  # cases merged by one act
ANSWERS_ALL = "本件有并入件：这份答复同时答复各位信访人，各件各出一份文书。请不要写某一位信访人的个人情况。"
_ANSWERED = frozenset({"replied", "reported_upward", "not_accepted"}) | CLOSED_STATES
_UNSETTLED = frozenset({"not_accepted", "merged", "withdrawn", "terminated"})
# Answers of the lead that are about its own petitioner.
_OF_THE_PETITIONER = frozenset(
    ("claim", "attitude", "remedies_told", "replied_at", "served_at", "served_on", "served_way", "signature_refused",
     "receiver", "remarks", "name")
)  # fmt: skip
_FIELD = "case_ids"


# ------------------------------------------------------------------ who may be merged


def require_mergeable(uow: UnitOfWork, org_id: str, lead: Mapping[str, Any], case: Mapping[str, Any]) -> None:
    """Refuse to merge `case` into `lead`, both rows of `case_file`, locked.

    Whether somebody may see and join them is asked before. Errors: `merge.*`.
    """
    if lead["id"] == case["id"]:
        raise Refusal("merge.itself", "主件不能并入自身，请选择其他事项。", field=_FIELD)
    for one, field in ((lead, None), (case, _FIELD)):
        if one["state"] in _ANSWERED or one["closed_at"] is not None:
            told = f"{notices.case_label(one)}现在是“{STATES[one['state']]}”，不能并案；可以登记关联。"
            raise Refusal("merge.answered", told, field=field)
        if any(row.paused_at is not None for row in _limits(uow, org_id, one["id"])):
            told = f"{notices.case_label(one)}有期限停止计时，请恢复计时以后再并案。"
            raise Refusal("merge.stopped", told, field=field)
    if joint_book.merged_into(uow, org_id, lead["id"]) is not None:
        raise Refusal("merge.lead_merged", "主件自身已经并入另一件，请在那一件中办理并案，或者先分案。")
    if joint_book.merged_into(uow, org_id, case["id"]) is not None:
        raise Conflict("merge.already", f"{notices.case_label(case)}已经并案。", field=_FIELD)
    if joint_book.led_by(uow, org_id, case["id"]):
        told = f"{notices.case_label(case)}有并入它的事项，请先分案，或者以它为主件。"
        raise Refusal("merge.leads", told, field=_FIELD)
    if lead["confidential"] and not case["confidential"]:
        raise Refusal("merge.confidential", "保密事项的答复不能记入不保密的事项，不能并案。", field=_FIELD)
    if lead["anonymous"] and not case["anonymous"]:
        raise Refusal("merge.anonymous", "匿名事项不出具答复，请以实名的一件为主件。", field=_FIELD)
    if clash(uow, org_id, lead["id"], case["id"]):
        told = "其中一件的经办单位或经办人员是另一件的被反映对象，应当回避，不能并案。"
        raise Refusal("merge.accused", told, field=_FIELD)
    gone = joint_limits.lost(_limits(uow, org_id, lead["id"]), _limits(uow, org_id, case["id"]))
    if gone:
        told = f"主件没有可以承接“{gone[0].name}”的期限，请以有这项期限的一件为主件。"
        raise Refusal("merge.no_limit", told, field=_FIELD)


def clash(uow: UnitOfWork, org_id: str, lead_id: str, case_id: str) -> bool:
    """Whether who works on one of the cases, or knows of it as a participant, is accused in the other (R65)."""
    for one, other in ((lead_id, case_id), (case_id, lead_id)):
        guilty = accused_of(uow, org_id, other)
        units, users = _hands(uow, org_id, one)
        if any(barred(uow, org_id, guilty, unit_id=unit_id) for unit_id in units):
            return True
        if any(barred(uow, org_id, guilty, user_id=user_id) for user_id in users):
            return True
    return False


def _hands(uow: UnitOfWork, org_id: str, case_id: str) -> tuple[set[str], set[str]]:
    """The units and the people that have to do with a case."""
    case = cases.get_case(uow, org_id, case_id)
    query = select(task.c.assignee, task.c.candidate_groups, task.c.candidate_users).where(
        task.c.org_id == org_id, task.c.business_key == case_id, task.c.state.in_(("open", "suspended"))
    )
    units = {case["handling_unit"]}
    users = {case[key] for key in ("handler", "owner", "first_contact_officer")}
    users.update(cases.participants(uow, org_id, case_id))
    for row in uow.conn.execute(query):
        users |= {row.assignee, *row.candidate_users}
        units |= {group.partition("@")[2] for group in row.candidate_groups}
    return {one for one in units if one}, {one for one in users if one}


def _limits(uow: UnitOfWork, org_id: str, case_id: str) -> Sequence[Row[Any]]:
    return joint_limits.running(uow, org_id, [case_id])


# ------------------------------------------------------------------ merged and taken out


def enter(
    uow: UnitOfWork,
    org_id: str,
    lead_id: str,
    case_id: str,
    *,
    instance_id: str,
    element_id: str,
    opinion: str,
    now: datetime,
    by: str,
) -> None:
    """Enter that a case is merged; who has its tasks is told that they rest, and may still open it."""
    for user_id in holders(uow, org_id, case_id):
        cases.add_participant(uow, org_id, case_id, user_id, "step", now=now)
    joint_book.enter(
        uow, org_id, lead_id, case_id, instance_id=instance_id, element_id=element_id, opinion=opinion, now=now, by=by
    )
    cases.apply_answers(uow, org_id, case_id, {}, actor=None, now=now, name="并案：并入主件办理")
    _tell_holders(uow, org_id, case_id, "已并案办理，您手上的待办暂停；分案后继续。", now=now, by=by)


def end(
    uow: UnitOfWork, row: Row[Any], ending: str, name: str, *, now: datetime, by: str | None, reason: str | None = None
) -> None:
    """End a merge whose case stands for itself again. Errors: `split.not_merged`."""
    joint_book.end(uow, row, ending, now=now, by=by, reason=reason)
    cases.apply_answers(uow, row.org_id, row.case_id, {}, actor=None, now=now, name=name)
    _tell_holders(uow, row.org_id, row.case_id, "不再并案，请继续办理，期限不变。", now=now, by=by)


def require_splittable(uow: UnitOfWork, org_id: str, lead_id: str, case_id: str) -> Row[Any]:
    """The running merge that may be undone. Errors: `split.not_merged`, `split.answered`."""
    row = joint_book.merged_into(uow, org_id, case_id)
    if row is None or row.lead_id != lead_id:
        raise Conflict("split.not_merged", "这件没有并入，或者已经分案，请刷新。")
    if row.answered_at is not None or cases.get_case(uow, org_id, lead_id)["closed_at"] is not None:
        raise Conflict("split.answered", "这件已经随主件答复，不能再分案。")
    return row


def holders(uow: UnitOfWork, org_id: str, case_id: str) -> list[str]:
    """Who has taken tasks of a case, be they at rest."""
    query = select(task.c.assignee).where(
        task.c.org_id == org_id, task.c.business_key == case_id, task.c.state.in_(("open", "suspended")),
        task.c.assignee.is_not(None),
    )  # fmt: skip
    return list(dict.fromkeys(uow.conn.execute(query.order_by(task.c.id)).scalars()))


def _tell_holders(uow: UnitOfWork, org_id: str, case_id: str, text: str, *, now: datetime, by: str | None) -> None:
    told = [one for one in holders(uow, org_id, case_id) if one != by]
    label = notices.case_label(cases.get_case(uow, org_id, case_id))
    key = f"joint:{case_id}:{now:%Y%m%d%H%M%S}:{text[:4]}"
    notices.tell_all(uow, org_id, told, f"{label}{text}", kind="joint", key=key, case_id=case_id, now=now)


# ------------------------------------------------------------------ one answer, each its own paper


def give_answer(
    uow: UnitOfWork,
    org_id: str,
    lead_id: str,
    name: str,
    answers: Mapping[str, Any],
    *,
    now: datetime,
    by: str | None,
    process_key: str | None,
    element_id: str | None,
    keep_records: Callable[[str, Mapping[str, Any]], None],
) -> None:
    """The lead has been answered: so are the cases merged into it, each with its own claim, entry and paper.

    `keep_records` (case, answers) makes the register entries and papers that the step makes. A case with which the lead
    would clash by now gets nothing; it is let go when the lead is closed.
    """
    for row in joint_book.led_by(uow, org_id, lead_id):
        if clash(uow, org_id, lead_id, row.case_id):
            continue
        case = cases.get_case(uow, org_id, row.case_id)
        own = next((case[key] for key in ("restated_demand", "demand", "matter") if case[key]), None)
        told = {**shared(answers), "claim": own}
        cases.apply_answers(
            uow, org_id, row.case_id, told, actor=None, now=now, name=f"{name}（并案答复）", process_key=process_key,
            element_id=element_id,
        )  # fmt: skip
        keep_records(row.case_id, told)
        if not may_follow(case["state"], "replied"):  # it had been sent back when it was merged
            cases.set_state(uow, org_id, row.case_id, "result_submitted", now=now)
        cases.set_state(uow, org_id, row.case_id, "replied", now=now)
        _mark_answered(uow, row, now=now, by=by)
        people = [case[key] for key in ("first_contact_officer", "owner", "handler") if case[key]]
        label = notices.case_label(case)
        text = f"{label}已按并案的答复出具答复文书，请送达信访人。"
        key = f"joint_answer:{row.id}:{now:%Y%m%d%H%M%S}"
        people = list(dict.fromkeys(people))
        notices.tell_all(uow, org_id, people, text, kind="joint", key=key, case_id=row.case_id, now=now)


def _mark_answered(uow: UnitOfWork, row: Row[Any], *, now: datetime, by: str | None) -> None:
    """What the case had to be answered by ends, late or in time by its own date."""
    for limit in _limits(uow, row.org_id, row.case_id):
        if limit.code in joint_limits.ENDS_WITH_ANSWER:
            deadline_book.close(uow, row.org_id, limit.id, now=now, by=by)
    joint_book.answered(uow, row, now)


def has_ended(uow: UnitOfWork, org_id: str, lead_id: str) -> bool:
    """Whether a lead has come to an end after which it answers nobody."""
    lead = cases.get_case(uow, org_id, lead_id)
    return lead["closed_at"] is not None or lead["state"] == "not_accepted"


def is_answered(uow: UnitOfWork, row: Row[Any], *, ended: bool, now: datetime) -> bool:
    """Whether a merged case got the lead's answer, or needs none: an anonymous one whose lead has its result."""
    if row.answered_at is not None:
        return True
    lead, case = (cases.get_case(uow, row.org_id, one) for one in (row.lead_id, row.case_id))
    settled = lead["anonymous"] and case["anonymous"] and lead["result"] and lead["state"] not in _UNSETTLED
    if settled and (ended or not is_kept(uow, row)) and not clash(uow, row.org_id, row.lead_id, row.case_id):
        _mark_answered(uow, row, now=now, by=None)
        return True
    return False


def is_kept(uow: UnitOfWork, row: Row[Any]) -> bool:
    """Whether the lead still keeps the limits of a merged case."""
    lead, merged = (_limits(uow, row.org_id, one) for one in (row.lead_id, row.case_id))
    return bool(lead) and not joint_limits.lost(lead, merged)


def shared(answers: Mapping[str, Any]) -> dict[str, Any]:
    """What the office answers to everybody: nothing of a petitioner's own, of accused, notes or flags."""
    kept = {}
    for key, value in answers.items():
        found = sort_answers({key: value}, registering=False)
        if key not in _OF_THE_PETITIONER and (found.fields or set(found.case) == {"result"}):
            kept[key] = value
    return kept


def answer_taken_back(uow: UnitOfWork, org_id: str, lead_id: str, *, now: datetime, by: str | None) -> bool:
    """The lead's answer was returned or withdrawn: the limits of the merged cases run on. False: none had got it."""
    rows = [row for row in joint_book.led_by(uow, org_id, lead_id) if row.answered_at is not None]
    for row in rows:
        codes = joint_limits.ENDS_WITH_ANSWER
        for limit in deadline_book.closed_at(uow, org_id, row.case_id, row.answered_at, codes):
            deadline_book.reopen(uow, org_id, limit, now=now, by=by)
        joint_book.answered(uow, row, None)
        cases.apply_answers(uow, org_id, row.case_id, {}, actor=None, now=now, name="主件的答复已收回，待重新答复")
    return bool(rows)


def outcome(uow: UnitOfWork, org_id: str, lead_id: str, case_id: str) -> dict[str, Any]:
    """What the course of a merged case goes on with once its lead is closed: result, kind and way of the lead.

    The result has been approved with the lead, so that nobody approves it again.
    """
    lead, case = (cases.get_case(uow, org_id, one) for one in (lead_id, case_id))
    return {
        "approved": True,
        "result": case["result"] or lead["result"],
        "result_kind": lead["fields"].get("result_kind"),
        "way": case["way"] or lead["way"],
    }


# ------------------------------------------------------------------ as people see it


def shown(uow: UnitOfWork, viewer: Viewer, case_id: str) -> dict[str, Any]:
    """What a case's page tells of 并案: whether it is `merged`, its `lead`, the `cases` merged into it, and whether the
    viewer `may` merge. Of a case that the viewer may not see, nothing: its lead is None then."""
    org_id = viewer.org_id
    mine = joint_book.merged_into(uow, org_id, case_id)
    rows = list(joint_book.led_by(uow, org_id, case_id))
    others = {row.case_id for row in rows} | ({mine.lead_id} if mine is not None else set())
    query = select(case_file).where(case_file.c.id.in_(others), readable_cases(viewer))
    seen = {row.id: row for row in uow.conn.execute(query)} if others else {}
    names = names_of(uow, org_id, [row.by for row in rows] + ([mine.by] if mine is not None else []))

    def told(row: Row[Any], other: str) -> dict[str, Any]:
        found = seen[other]
        return {
            "case_id": found.id,
            "number": found.number,
            "title": found.title,
            "state": found.state,
            "state_text": STATES[found.state],
            "opinion": row.opinion,
            "at": row.at,
            "by_name": names.get(row.by),
            "answered_at": row.answered_at,
        }

    return {
        "merged": mine is not None,
        "lead": told(mine, mine.lead_id) if mine is not None and mine.lead_id in seen else None,
        "cases": [told(row, row.case_id) for row in rows if row.case_id in seen],
        "may": access.may_join(viewer),
    }


def marks(uow: UnitOfWork, viewer: Viewer, case_ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """For lists: which of the cases are merged, and how many that the viewer may see are merged into each."""
    wanted = {one for one in case_ids if one}
    if not wanted:
        return {}
    running = (case_merge.c.org_id == viewer.org_id) & case_merge.c.ended_at.is_(None)
    touching = select(case_merge.c.case_id, case_merge.c.lead_id).where(
        running, case_merge.c.case_id.in_(wanted) | case_merge.c.lead_id.in_(wanted)
    )
    rows = uow.conn.execute(touching).all()
    found: dict[str, dict[str, Any]] = {row.case_id: {"merged": True, "n": 0} for row in rows if row.case_id in wanted}
    leading = {row.lead_id for row in rows if row.lead_id in wanted}
    if not leading:
        return found
    leads = (
        select(case_merge.c.lead_id, func.count().label("n"))
        .join(case_file, (case_file.c.org_id == case_merge.c.org_id) & (case_file.c.id == case_merge.c.case_id))
        .where(running, case_merge.c.lead_id.in_(leading), readable_cases(viewer))
        .group_by(case_merge.c.lead_id)
    )
    for row in uow.conn.execute(leads):
        found[row.lead_id] = {"merged": False, "n": row.n}
    return found
