"""Cases: opened once, filled step by step by the answers of the forms, never losing an entry."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from office import closings, joint_book, webhooks
from office.access import PERSONNEL
from office.accused import accused_of, add_accused, barred, require_may_be_given
from office.case_answers import ADDED_WAY, Sorted, as_list, entry_answers, sort_answers
from office.case_states import STATES, may_follow
from office.parties import clean_party, get_party, save_party
from storage.database import UnitOfWork
from storage.errors import NotFound, Refusal
from storage.tables.office import case_accused, case_entry, case_file, case_note, case_participant
from storage.types import new_id

_TITLE_LENGTH = 40
_REGISTERING = "received"  # until a case is registered, bare keys such as `name` mean the petitioner


def open_case(
    uow: UnitOfWork,
    org_id: str,
    process_key: str,
    answers: Mapping[str, Any],
    *,
    actor: str | None,
    now: datetime,
    case_id: str | None = None,
    title: str | None = None,
    name: str = "登记",
    element_id: str | None = None,
    role: str | None = None,
    received_at: datetime | None = None,
    first_contact_officer: str | None = None,
) -> str:
    """Open a case with the answers of its start form; gives its id.

    The first contact officer is who opens it, unless named (a driver who took the call, R01), and never changes. An
    accusation is confidential from the start. Errors: those of `apply_answers`.
    """
    case_id = case_id or new_id()
    uow.conn.execute(
        insert(case_file).values(
            org_id=org_id,
            id=case_id,
            process_key=process_key,
            title=title or "",
            anonymous=False,
            confidential=False,
            matter_classes=[],
            weight="ordinary",
            ways=[],
            state="received",
            received_at=received_at or now,
            first_contact_officer=first_contact_officer or actor,
            repeat_count=0,
            return_count=0,
            flags=[],
            fields={},
            created_by=actor,
            updated_at=now,
        )
    )
    for user_id in {actor, first_contact_officer} - {None}:
        add_participant(uow, org_id, case_id, str(user_id), "opened", now=now)
    apply_answers(
        uow,
        org_id,
        case_id,
        answers,
        actor=actor,
        now=now,
        name=name,
        element_id=element_id,
        process_key=process_key,
        role=role,
    )
    webhooks.happened(uow, org_id, "case.opened", case_id, {}, key=case_id, now=now)
    return case_id


def apply_answers(
    uow: UnitOfWork,
    org_id: str,
    case_id: str,
    answers: Mapping[str, Any],
    *,
    actor: str | None,
    now: datetime,
    name: str,
    task_id: str | None = None,
    process_key: str | None = None,
    element_id: str | None = None,
    role: str | None = None,
    on_behalf_of: str | None = None,
    started_at: datetime | None = None,
) -> int:
    """Store the answers of a step: columns and fields of the case take the new values, the entry keeps them all.

    Gives the entry's number in the case. Whoever answers takes part in the case from then on.
    Errors: NotFound `case.unknown`; `transfer.accused`, `way.cannot_remove`, those of `sort_answers`, `clean_party`.
    """
    case = _locked(uow, org_id, case_id)
    sorted_ = sort_answers(answers, registering=case["state"] == _REGISTERING)
    if sorted_.accused:
        add_accused(uow, org_id, case_id, sorted_.accused, now=now, by=actor)
    changes = _changes(uow, org_id, case, sorted_, now)
    uow.conn.execute(
        update(case_file)
        .where(case_file.c.org_id == org_id, case_file.c.id == case_id)
        .values(**changes, updated_at=now)
    )
    _count(uow, org_id, case, changes)
    for kind, text in sorted_.notes:
        uow.conn.execute(
            insert(case_note).values(
                org_id=org_id, id=new_id(), case_id=case_id, kind=kind, text=text, at=now, by=actor
            )
        )
    for user_id, reason in ((actor, "step"), (changes.get("handler"), "handler"), (changes.get("owner"), "owner")):
        if user_id:
            add_participant(uow, org_id, case_id, user_id, reason, now=now)
    last = select(func.max(case_entry.c.seq)).where(case_entry.c.org_id == org_id, case_entry.c.case_id == case_id)
    seq = int(uow.conn.execute(last).scalar() or 0) + 1
    outcome, remarks = answers.get("outcome"), answers.get("remarks")
    uow.conn.execute(
        insert(case_entry).values(
            org_id=org_id,
            case_id=case_id,
            seq=seq,
            id=new_id(),
            task_id=task_id,
            process_key=process_key,
            element_id=element_id,
            name=name,
            at=now,
            started_at=started_at,
            by=actor,
            role=role,
            on_behalf_of=on_behalf_of,
            outcome=None if outcome is None else str(outcome),
            remarks=None if remarks is None else str(remarks),
            answers=entry_answers(answers),
        )
    )
    return seq


def set_state(
    uow: UnitOfWork, org_id: str, case_id: str, state: str, *, now: datetime, result: str | None = None
) -> str:
    """Bring the case into a state of §2.1, with its result if given; gives the state before.

    The instants of registration, acceptance and closing are noted the first time; reopening clears the closing and
    counts as a repetition (R63, R68), a return counts as a return (R59). Errors: `case.unknown_state`,
    `case.bad_transition`, `case.unknown`.
    """
    if state not in STATES:
        raise Refusal("case.unknown_state", f"没有“{state}”这个状态。", field="state")
    case = _locked(uow, org_id, case_id)
    old = str(case["state"])
    if result is not None:
        change_case(uow, org_id, case_id, now=now, result=result)
    if old == state:
        return old
    if not may_follow(old, state):
        raise Refusal("case.bad_transition", f"事项现在是“{STATES[old]}”，不能改为“{STATES[state]}”。", field="state")
    changes: dict[str, Any] = {"state": state, "updated_at": now}
    instants = {"registered": "registered_at", "accepted": "accepted_at", "closed": "closed_at"}
    column = instants.get(state)
    if column and case[column] is None:
        changes[column] = now
    if state in ("merged", "withdrawn", "terminated") and case["closed_at"] is None:
        changes["closed_at"] = now
    if state == "accepted":
        changes["acceptance"] = "accepted"
    if state == "not_accepted":
        changes["acceptance"] = "not_accepted"
    if state == "reopened":
        changes |= {"closed_at": None, "repeat_count": case["repeat_count"] + 1}
    if state == "returned":
        changes["return_count"] = case["return_count"] + 1
    uow.conn.execute(update(case_file).where(case_file.c.org_id == org_id, case_file.c.id == case_id).values(changes))
    _count(uow, org_id, case, changes)
    webhooks.state_reached(uow, org_id, case_id, state, now=now)
    joint_book.state_reached(uow, org_id, case_id, state, now=now)
    return old


def change_case(uow: UnitOfWork, org_id: str, case_id: str, *, now: datetime, **values: Any) -> None:
    """Give columns a value that no form answered: result, owner, handler, handling_unit, title, weight.

    Errors: `transfer.accused`, `case.unknown`.
    """
    known = {"result", "owner", "handler", "handling_unit", "title", "weight"}
    if unknown := set(values) - known:
        raise ValueError(f"expected columns of the case, but got {sorted(unknown)}")
    case = _locked(uow, org_id, case_id)
    if values.get("handling_unit"):
        require_may_be_given(uow, org_id, case_id, unit_id=values["handling_unit"], field="handling_unit")
    for key in ("owner", "handler"):
        if values.get(key):
            add_participant(uow, org_id, case_id, values[key], key, now=now)
    mine = (case_file.c.org_id == org_id) & (case_file.c.id == case_id)
    uow.conn.execute(update(case_file).where(mine).values(**values, updated_at=now))
    _count(uow, org_id, case, values)


def set_owner(uow: UnitOfWork, org_id: str, case_id: str, user_id: str, *, now: datetime) -> None:
    """Make a user the owner: who follows the case to its end (R53, R78). Errors: `transfer.accused`."""
    change_case(uow, org_id, case_id, now=now, owner=user_id)


def set_result(uow: UnitOfWork, org_id: str, case_id: str, result: str, *, now: datetime) -> None:
    """Note how the case ends: resolved, explained, guided_elsewhere ..."""
    change_case(uow, org_id, case_id, now=now, result=result)


def set_number(uow: UnitOfWork, org_id: str, case_id: str, number: str, *, now: datetime) -> None:
    """Give the case its number; a number once given stays. Errors: `case.numbered`."""
    case = _locked(uow, org_id, case_id)
    if case["number"] is not None and case["number"] != number:
        raise Refusal("case.numbered", f"本件已编号为{case['number']}，编号不能更改。")
    mine = (case_file.c.org_id == org_id) & (case_file.c.id == case_id)
    uow.conn.execute(update(case_file).where(mine).values(number=number, updated_at=now))


def set_flag(uow: UnitOfWork, org_id: str, case_id: str, flag: str, on: bool = True) -> None:
    """Set or clear a flag (group, urgent, digest ...) of the case."""
    case = _locked(uow, org_id, case_id)
    flags = [item for item in case["flags"] if item != flag] + ([flag] if on else [])
    uow.conn.execute(
        update(case_file).where(case_file.c.org_id == org_id, case_file.c.id == case_id).values(flags=flags)
    )


def add_participant(uow: UnitOfWork, org_id: str, case_id: str, user_id: str, reason: str, *, now: datetime) -> None:
    """Let a user take part in the case. Errors: Refusal `transfer.accused` for an accused one unless the own step
    brought the user in."""
    mine = (
        (case_participant.c.org_id == org_id)
        & (case_participant.c.case_id == case_id)
        & (case_participant.c.user_id == user_id)
    )
    if reason not in ("opened", "step"):
        require_may_be_given(uow, org_id, case_id, user_id=user_id)
    if uow.conn.execute(select(case_participant.c.user_id).where(mine)).first() is not None:
        return
    make: Any = postgresql.insert if uow.dialect == "postgresql" else sqlite.insert
    taken = make(case_participant).values(org_id=org_id, case_id=case_id, user_id=user_id, since=now, reason=reason)
    uow.conn.execute(taken.on_conflict_do_nothing())


def participants(uow: UnitOfWork, org_id: str, case_id: str) -> list[str]:
    """Those who take part, first come first."""
    query = (
        select(case_participant.c.user_id)
        .where(case_participant.c.org_id == org_id, case_participant.c.case_id == case_id)
        .order_by(case_participant.c.since, case_participant.c.user_id)
    )
    return [row.user_id for row in uow.conn.execute(query)]


def get_case(uow: UnitOfWork, org_id: str, case_id: str) -> dict[str, Any]:
    """All columns of the case. Ask `access` first whether the reader may. Errors: NotFound `case.unknown`."""
    row = uow.conn.execute(
        select(case_file).where(case_file.c.org_id == org_id, case_file.c.id == case_id)
    ).one_or_none()
    if row is None:
        raise NotFound("case.unknown", "没有这件事项。")
    return dict(row._mapping)


def case_data(uow: UnitOfWork, org_id: str, case_id: str) -> dict[str, Any]:
    """What a form is filled in with: fields, columns, the petitioner's columns (`name` and `petitioner_name`),
    and who is accused. For those who do a task of the case."""
    case = get_case(uow, org_id, case_id)
    person = get_party(uow, org_id, case["petitioner_id"]) or {}
    known = {key: person[key] for key in person if key not in ("org_id", "id", "created_at")}
    data = {**case["fields"], **{f"petitioner_{key}": value for key, value in known.items()}, **known}
    data |= {key: value for key, value in case.items() if key not in ("org_id", "fields")}
    accused = select(case_accused.c.value).where(case_accused.c.org_id == org_id, case_accused.c.case_id == case_id)
    data["accused"] = sorted(row.value for row in uow.conn.execute(accused))
    return data


def entries(uow: UnitOfWork, org_id: str, case_id: str) -> list[dict[str, Any]]:
    """The entries of a case in their order."""
    query = (
        select(case_entry)
        .where(case_entry.c.org_id == org_id, case_entry.c.case_id == case_id)
        .order_by(case_entry.c.seq)
    )
    return [dict(row._mapping) for row in uow.conn.execute(query)]


def notes(uow: UnitOfWork, org_id: str, case_id: str) -> list[dict[str, Any]]:
    """Health and disorder notes: only for those who take part in the case (§0.8)."""
    query = (
        select(case_note)
        .where(case_note.c.org_id == org_id, case_note.c.case_id == case_id)
        .order_by(case_note.c.at, case_note.c.id)
    )
    return [dict(row._mapping) for row in uow.conn.execute(query)]


def _locked(uow: UnitOfWork, org_id: str, case_id: str) -> dict[str, Any]:
    row = uow.conn.execute(
        select(case_file).where(case_file.c.org_id == org_id, case_file.c.id == case_id).with_for_update()
    ).one_or_none()
    if row is None:
        raise NotFound("case.unknown", "没有这件事项。")
    return dict(row._mapping)


def _count(uow: UnitOfWork, org_id: str, case: Mapping[str, Any], changes: Mapping[str, Any]) -> None:
    """Count the closing of a case that has just changed, if it has one and is no matter of the staff."""
    if case["process_key"] in PERSONNEL:
        return
    old, new = (closings.Closing(row["closed_at"], row["handling_unit"]) for row in (case, {**case, **changes}))
    closings.changed(uow, org_id, case["id"], old, new)


def _changes(uow: UnitOfWork, org_id: str, case: dict[str, Any], given: Sorted, now: datetime) -> dict[str, Any]:
    """The new values of the case's columns."""
    changes = {key: value for key, value in given.case.items() if value is not None or key in _CLEARABLE}
    if changes.get("kind", case["kind"]) == "accusation":
        changes["confidential"] = True
    for key, kind in (("handling_unit", "unit_id"), ("handler", "user_id"), ("owner", "user_id")):
        if changes.get(key):
            require_may_be_given(uow, org_id, case["id"], field=key, **{kind: changes[key]})
    if given.accused and "handling_unit" not in changes and case["handling_unit"]:
        accused = accused_of(uow, org_id, case["id"])
        if barred(uow, org_id, accused, unit_id=case["handling_unit"]):
            changes["handling_unit"] = None  # it must be given to another unit
    if "way" in changes or "ways" in changes:
        changes |= _ways(case, changes)
    party = clean_party(given.party)
    if party:
        changes["petitioner_id"] = save_party(uow, org_id, party, party_id=case["petitioner_id"], now=now)
    if given.flags:
        changes["flags"] = case["flags"] + [flag for flag in given.flags if flag not in case["flags"]]
    if given.fields:
        changes["fields"] = {**case["fields"], **given.fields}
    if not case["title"] and not changes.get("title"):
        source = changes.get("matter") or changes.get("demand")
        if source:
            changes["title"] = source if len(source) <= _TITLE_LENGTH else source[: _TITLE_LENGTH - 1] + "…"
    return changes


_CLEARABLE = frozenset({"matter", "demand", "restated_demand", "handler", "group_count"})


def _ways(case: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """One main way; ⑥ may be added to it and does not push it out (R48)."""
    main = changes.get("way") or case["way"]
    if main == ADDED_WAY and case["way"]:
        main = case["way"]
    listed = list(as_list(changes.get("ways"))) or [main, *case["ways"]]
    main = main or next((way for way in listed if way != ADDED_WAY), listed[0])
    if "ways" in changes and main not in listed:
        raise Refusal(
            "way.cannot_remove",
            "已定的主要办理方式不能因为增加摘报反映而取消；需要改变时请重新选择主要方式。",
            field="ways",
        )
    extra = ADDED_WAY in listed or (changes.get("way") == ADDED_WAY)
    return {"way": main, "ways": [main] + ([ADDED_WAY] if extra and main != ADDED_WAY else [])}
