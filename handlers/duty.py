"""值班和安全检查: who is on duty, whether the shift before has handed over, each window checked (R18, R19).

The roster is `office.rosters`; the days of a duty are those that its schedule has opened.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Row, select

from engine.registry import HandlerContext, TaskContext, check, handler
from handlers._common import case_id_of, day, empty, in_groups, tell, transaction
from office import organisations, people, registers, rostering, rosters, schedule_book
from office.schedules import day_text
from storage.errors import NotFound, Refusal
from storage.tables.engine import instance
from storage.tables.office import case_entry, case_file

DUTY = "duty"  # the place of the roster
DUTY_CODE = "R18.duty"  # the roster of who checks the windows (R19)
DIRECTORS = ("centre_director",)
HANDED_OVER = "duty.handed_over"  # the message to the shift that waits
WINDOW = "window_clerk"
POINTS = ("cleaning", "archive", "attendance", "badges", "attitude", "manner", "efficiency", "safety")
SAFE = {"doors": "门窗未关好", "power": "电源未切断", "papers": "重要资料未存放好"}
_AHEAD = timedelta(days=31)  # how far the next of the roster is looked for
_DAY = timedelta(days=1)


@check("duty.may_be_named")
def may_be_named(context: TaskContext) -> None:
    """Who is named for a day that has nobody is a window clerk and not away (R18)."""
    when = day(context.variables["schedule_day"])
    assert when is not None
    code = str(context.variables["schedule_code"])
    rostering.require_may_be_named(
        context.uow, context.org_id, code, when, DUTY, str(context.answers.get("duty_person")), field="duty_person"
    )


@check("duty.points")
def points(context: TaskContext) -> None:
    """What was found wrong at one of the eight points is told (R18)."""
    if any(context.answers.get(point) == "fault" for point in POINTS) and empty(context.answers.get("problems")):
        raise Refusal("duty.problem_untold", "有问题的，请写明存在的问题和处理情况。", field="problems")


@check("safety.told")
def told(context: TaskContext) -> None:
    """What is not safe at a window is told (R19)."""
    if any(context.answers.get(key) == "fault" for key in SAFE) and empty(context.answers.get("remarks")):
        raise Refusal("safety_check.danger_untold", "有隐患的，请写明隐患和处理情况。", field="remarks")


@handler("duty.look_back")
def look_back(context: HandlerContext) -> Mapping[str, Any]:
    """Whether the shift before has handed over; if not, its person and the director are told (R18).

    The case of that shift is held meanwhile, so that its handover is either seen here or finds us waiting.
    """
    uow, org_id = context.transaction, context.org_id
    before = _shift(context, last=_day(context) - _DAY)
    if before is None:
        return {"previous_open": False, "previous_handover": None}
    shift = select(instance.c.state).where(instance.c.org_id == org_id, instance.c.id == before["instance_id"])
    if uow.dialect == "postgresql":
        mine = (case_file.c.org_id == org_id) & (case_file.c.id == before["case_id"])
        uow.conn.execute(select(case_file.c.id).where(mine).with_for_update())
    handed = _handover(context, before["case_id"])
    if handed is not None:
        return {"previous_open": False, "previous_handover": _in_words(context, handed)}
    if uow.conn.execute(shift).scalar() != "active":  # cancelled by an administrator: nobody will hand it over
        return {"previous_open": False, "previous_handover": None}
    on_duty = rosters.day_of(uow, org_id, str(context.inputs["code"]), before["day"])
    persons = [one.user_id for one in on_duty.places.get(DUTY, ())]
    text = f"{day_text(before['day'])}值班还没有办理交接，{day_text(_day(context))}的值班不能开始，请立即办理。"
    tell(context, [*persons, *in_groups(context, DIRECTORS)], text, kind="duty_not_handed_over")
    return {"previous_open": True, "previous_handover": None}


@handler("duty.find")
def find(context: HandlerContext) -> Mapping[str, Any]:
    """Who is on duty today by the roster, and who comes next; who keeps the roster is told where there is nobody."""
    uow, org_id, code, when = context.transaction, context.org_id, str(context.inputs["code"]), _day(context)
    there = _present(context, code, when)
    found = {"duty_person": there[0] if there else None, "handed_to": _next(context, code, when)}
    if there:
        tell(context, there[:1], f"{day_text(when)}由您值班：检查记录八项，下班前办理好交接手续。", kind="roster")
    else:
        text = f"{day_text(when)}没有人值班，请指定值班人。"
        duty = rosters.roster_of(organisations.profile_of(uow, org_id), code)
        key = f"roster.nobody/{code}/{when}/{context.token_id}"
        rostering.tell_keepers(uow, org_id, duty, text, key=key, now=context.now)
    return found


@handler("duty.enter")
def enter(context: HandlerContext) -> None:
    """Put the person named into the roster of the day, in place of who is away (R18)."""
    person = str(context.inputs["duty_person"])
    rostering.name_now(
        context.transaction, context.org_id, str(context.inputs["code"]), _day(context), DUTY, [person],
        now=context.now, by=context.actor,
    )  # fmt: skip


@handler("duty.handed_over")
def handed_over(context: HandlerContext) -> None:
    """Tell who takes over; the shift that waits for this one may begin (R18)."""
    handed = _handover(context, case_id_of(context))
    assert handed is not None  # the step before
    words = _in_words(context, handed)
    after = _shift(context, first=_day(context) + _DAY)
    if after is not None:
        context.send(HANDED_OVER, after["case_id"], {"previous_open": False, "previous_handover": words})
    text = f"{day_text(_day(context))}值班交接：{handed.answers.get('handover') or '无'}"
    tell(context, [str(handed.answers["handed_to"])], text, kind="roster")


@handler("safety.find")
def find_checker(context: HandlerContext) -> Mapping[str, Any]:
    """Who checks today, and the windows: the units of the window clerks, each once (R19)."""
    uow, org_id = context.transaction, context.org_id
    there = _present(context, DUTY_CODE, _day(context))
    staffed = {person.unit_id for person in people.users(uow, org_id, role=WINDOW, limit=500)}
    windows = [unit.name for unit in people.units(uow, org_id) if unit.id in staffed]
    return {"checker": there[0] if there else None, "windows": windows or ["服务大厅"]}


@handler("safety.record")
def record(context: HandlerContext) -> None:
    """Enter the check of a window as FM14; a danger is told at once to who is on duty and the director (R19)."""
    given = context.inputs
    names = people.names_of(context.transaction, context.org_id, [context.actor, given.get("checker")])
    fields = {key: given.get(key) for key in ("window", *SAFE, "daily", "remarks")}
    fields |= {"checker": names.get(str(context.actor or given.get("checker"))), "at": context.now.isoformat()}
    registers.add_entry(
        context.transaction, context.org_id, "FM14", fields, case_id=case_id_of(context), at=context.now,
        by=context.actor,
    )  # fmt: skip
    dangers = [text for key, text in SAFE.items() if given.get(key) == "fault"]
    if dangers:
        text = f"安全隐患：{given['window']}{'、'.join(dangers)}。{given.get('remarks') or ''}"
        tell(context, _warned(given.get("checker"), context), text, kind=f"safety/{given['window']}")


@handler("safety.report_missing")
def report_missing(context: HandlerContext) -> None:
    """Tell who is on duty and the director which windows nobody has checked in time (R19)."""
    entries = registers.entries_of_case(context.transaction, context.org_id, case_id_of(context))
    checked = {entry["fields"].get("window") for entry in entries if entry["register"] == "FM14"}
    missing = [str(window) for window in context.inputs["windows"] if window not in checked]
    text = f"{day_text(_day(context))}没有做安全检查的窗口：{'、'.join(missing)}，请立即检查。"
    tell(context, _warned(context.inputs.get("checker"), context), text, kind="safety_missing")


def _warned(checker: Any, context: HandlerContext) -> list[str]:
    return [*([str(checker)] if checker else []), *in_groups(context, DIRECTORS)]


def _day(context: HandlerContext) -> date:
    found = day(context.inputs["day"])
    assert found is not None
    return found


def _present(context: HandlerContext, code: str, when: date) -> list[str]:
    """Who is on duty and not away; nobody where the office has no such roster."""
    try:
        return rosters.day_of(context.transaction, context.org_id, code, when).present(DUTY)
    except NotFound:
        return []


def _next(context: HandlerContext, code: str, when: date) -> str | None:
    """Who is on duty next after the day."""
    try:
        found = rosters.days(context.transaction, context.org_id, code, when + _DAY, when + _AHEAD)
    except NotFound:
        return None
    return next((there[0] for one in found if (there := one.present(DUTY))), None)


def _shift(context: HandlerContext, *, first: date | None = None, last: date | None = None) -> dict[str, Any] | None:
    """The last shift up to `last`, or the first from `first`, that has been opened and has a case."""
    uow, org_id, code = transaction(context), context.org_id, str(context.inputs["code"])
    dates = schedule_book.dates(uow, org_id, code=code, first=first, last=last)  # the newest first
    found = [one for one in dates if one["case_id"] is not None]
    if not found:
        return None
    return found[0] if last is not None else found[-1]


def _handover(context: HandlerContext, case_id: str) -> Row[Any, Any] | None:
    """The entry by which the shift of the case was handed over."""
    query = (
        select(case_entry.c.answers, case_entry.c.by)
        .where(
            case_entry.c.org_id == context.org_id,
            case_entry.c.case_id == case_id,
            case_entry.c.element_id == "HandOver",
            case_entry.c.task_id.is_not(None),
        )
        .order_by(case_entry.c.seq.desc())
        .limit(1)
    )
    return context.transaction.conn.execute(query).one_or_none()


def _in_words(context: HandlerContext, handed: Row[Any, Any]) -> str:
    name = people.names_of(context.transaction, context.org_id, [handed.by]).get(handed.by, "")
    words: Iterable[str] = (name, str(handed.answers.get("handover") or "无"))
    return "：".join(words)
