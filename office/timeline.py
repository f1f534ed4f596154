"""A case's page: what was done by whom, what is running, every register, document, urging and link."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select

from office.access import Viewer, readable_cases, takes_part
from office.case_answers import CHANNELS as CHANNEL_KEYS
from office.case_answers import KINDS, SECRET_KEYS, WAYS, WEIGHTS
from office.case_list import search as search
from office.case_states import STATES
from office.cases import entries, get_case, notes
from office.classes import class_names
from office.comments import comments_of
from office.deadline_pages import deadlines_of
from office.documents import documents_of
from office.duplicates import links_of, repetition
from office.inbox import open_tasks_of_case, process_names
from office.numbers import CHANNELS
from office.paper_forms import PAPERS
from office.parties import SENSITIVE, get_party
from office.people import names_of, units
from office.registers import entries_of_case
from office.retention import holds_of
from office.roles import ROLES
from office.serving import served_of
from office.supervision import cards_of, urgings_of
from office.supervision_book import with_words
from storage.database import UnitOfWork
from storage.errors import NotFound
from storage.tables.engine import history, instance
from storage.tables.office import case_file

# What the page tells of the engine's history; completed tasks are told by their entries.
_TOLD: Mapping[str, str] = {
    "task_claimed": "签收",
    "task_released": "退回待签收",
    "step_begun": "选择开始",
    "task_assigned": "改派",
    "task_cancelled": "取消",
    "timer_fired": "到时",
    "message_caught": "收到",
    "instance_cancelled": "流程终止",
    "migrated": "改按新版本办理",
    "migration_undone": "改回原版本办理",
    "repair": "管理员修正",
    "incident": "出现异常",
}
_STEPS_OF_LADDER: Mapping[str, str] = {
    "E0": "期限提醒",
    "E1": "逾期，自动催办",
    "E2": "逾期未办结，列入督办",
    "E3": "逾期未办结，提请问责",
}


def case_page(uow: UnitOfWork, viewer: Viewer, case_id: str, *, now: datetime, whole: bool = False) -> dict[str, Any]:
    """Everything the page shows. Ask `access.require_may_see` first, which logs the read.

    `whole`: for the program's own use, whoever asks for it.

    Sensitive columns, health and disorder notes are given only to those who take part in the case (§0.8).
    Errors: NotFound `case.unknown` for a case that the viewer may not read.
    """
    org_id = viewer.org_id
    readable = select(takes_part(viewer)).where(case_file.c.id == case_id, readable_cases(viewer))
    inside = True if whole else uow.conn.execute(readable.select_from(case_file)).scalar()
    if inside is None:
        raise NotFound("case.unknown", "没有这件事项，或者您无权查看。")
    case = get_case(uow, org_id, case_id)
    person = get_party(uow, org_id, case["petitioner_id"])
    if person is not None and not inside:
        person = {key: value for key, value in person.items() if key not in SENSITIVE}
    return {
        "case": describe_case(uow, org_id, case, shown=None if whole else readable_cases(viewer)),
        "party": person,
        "tasks": open_tasks_of_case(uow, viewer, case_id, now=now),
        "steps": steps_of(uow, org_id, case_id, secrets=bool(inside)),
        "deadlines": deadlines_of(uow, org_id, case_id, now=now),
        "registers": [
            _without_secrets(entry, "fields", bool(inside)) for entry in entries_of_case(uow, org_id, case_id)
        ],
        "documents": _documents(uow, org_id, case_id),
        "urgings": urgings_of(uow, org_id, case_id),
        "supervisions": with_words(uow, org_id, cards_of(uow, org_id, case_id)),
        "holds": [one for one in holds_of(uow, org_id, case_id) if one["lifted_at"] is None],
        "links": links_of(uow, viewer, case_id),
        "notes": notes(uow, org_id, case_id) if inside else [],
        "instances": instances_of(uow, org_id, case_id),
        "comments": comments_of(uow, org_id, case_id),
    }


def _documents(uow: UnitOfWork, org_id: str, case_id: str) -> list[dict[str, Any]]:
    """The documents with whether somebody signs for them, and when they were served."""
    served = served_of(uow, org_id, case_id)
    return [
        {**one, "serves": one["form"] in PAPERS and PAPERS[one["form"]].served, "served": served.get(one["id"])}
        for one in documents_of(uow, org_id, case_id)
    ]


def describe_case(
    uow: UnitOfWork, org_id: str, case: Mapping[str, Any], *, shown: ColumnElement[bool] | None = None
) -> dict[str, Any]:
    """The case's columns with what they are called in Chinese, names of people and unit, and R68's repetition.

    `shown`: the other cases that may be told of.
    """
    people = names_of(uow, org_id, [case[key] for key in ("first_contact_officer", "owner", "handler", "created_by")])
    unit_names = {unit.id: unit.name for unit in units(uow, org_id, inactive=True)}
    told = {key: value for key, value in case.items() if key != "org_id"}
    told["fields"] = {key: value for key, value in case["fields"].items() if key not in SECRET_KEYS}
    channel = CHANNEL_KEYS.get(case["channel"] or "", case["channel"])
    return {
        **told,
        "state_text": STATES[case["state"]],
        "channel_text": CHANNELS.get(channel or ""),
        "kind_text": KINDS.get(case["kind"] or ""),
        "weight_text": WEIGHTS.get(case["weight"]),
        "ways_text": [WAYS[way] for way in case["ways"] if way in WAYS],
        "class_names": class_names(case["matter_classes"]),
        "first_contact_officer_name": people.get(case["first_contact_officer"]),
        "owner_name": people.get(case["owner"]),
        "handler_name": people.get(case["handler"]),
        "created_by_name": people.get(case["created_by"]),
        "handling_unit_name": unit_names.get(case["handling_unit"]),
        **repetition(uow, org_id, case, shown=shown),
    }


def steps_of(uow: UnitOfWork, org_id: str, case_id: str, *, secrets: bool) -> list[dict[str, Any]]:
    """What happened, in order: entries with their answers, and what the engine did of itself."""
    found = [
        {
            "at": entry["at"],
            "name": entry["name"],
            "actor": entry["by"],
            "role": ROLES.get(entry["role"] or "", entry["role"]),
            "on_behalf_of": entry["on_behalf_of"],
            "kind": "step",
            "task_id": entry["task_id"],
            "process_key": entry["process_key"],
            "element_id": entry["element_id"],
            "outcome": entry["outcome"],
            "remarks": entry["remarks"],
            "data": _without_secrets(entry, "answers", secrets)["answers"],
        }
        for entry in entries(uow, org_id, case_id)
    ]
    query = (
        select(history)
        .where(history.c.org_id == org_id, history.c.business_key == case_id, history.c.kind.in_(_TOLD))
        .order_by(history.c.at, history.c.instance_id, history.c.seq)
    )
    done = {(step["at"], step["element_id"], step["actor"]) for step in found}
    for row in uow.conn.execute(query):
        if row.kind in ("task_claimed", "message_caught") and (row.at, row.element_id, row.actor) in done:
            continue  # taken and done in one act; reported by a person, which an entry tells
        ladder = _STEPS_OF_LADDER.get(str(row.data.get("timer_step") or row.data.get("instant") or ""))
        found.append(
            {
                "at": row.at,
                "name": "：".join(part for part in (row.name if ladder else None, ladder or _TOLD[row.kind]) if part)
                if ladder or not row.name
                else f"{_TOLD[row.kind]}：{row.name}",
                "actor": row.actor,
                "role": None,
                "on_behalf_of": None,
                "kind": row.kind,
                "process_key": None,
                "element_id": row.element_id,
                "outcome": None,
                "remarks": row.data.get("reason") or row.data.get("message"),
                "data": {},
            }
        )
    found.sort(key=lambda step: step["at"])  # stable: an entry comes before what followed in the same second
    names = names_of(uow, org_id, [user for step in found for user in (step["actor"], step["on_behalf_of"])])
    undone = _undone(uow, org_id, case_id)
    for step in found:
        step["undone"] = undone.get(step.pop("task_id", None) or "")
        step["actor_name"] = names.get(step["actor"])
        step["on_behalf_of_name"] = names.get(step["on_behalf_of"])
    return found


def _undone(uow: UnitOfWork, org_id: str, case_id: str) -> dict[str, str]:
    """The completed tasks that were returned or withdrawn since: their entries stay, and are marked."""
    query = select(history.c.kind, history.c.data).where(
        history.c.org_id == org_id, history.c.business_key == case_id, history.c.kind.in_(("returned", "withdrawn"))
    )
    rows = uow.conn.execute(query.order_by(history.c.at, history.c.seq))
    return {task_id: str(row.kind) for row in rows for task_id in row.data["undone"]}


def instances_of(uow: UnitOfWork, org_id: str, case_id: str) -> list[dict[str, Any]]:
    """The process instances of a case, oldest first."""
    query = (
        select(instance.c.id, instance.c.process_key, instance.c.state, instance.c.started_at, instance.c.ended_at)
        .where(instance.c.org_id == org_id, instance.c.business_key == case_id)
        .order_by(instance.c.started_at, instance.c.id)
    )
    found = [dict(row._mapping) for row in uow.conn.execute(query)]
    names = process_names(uow, org_id, {row["process_key"] for row in found})
    return [{**row, "process_name": names.get(row["process_key"], row["process_key"])} for row in found]


def _without_secrets(entry: Mapping[str, Any], key: str, secrets: bool) -> dict[str, Any]:
    if secrets:
        return dict(entry)
    return {**entry, key: {name: value for name, value in entry[key].items() if name not in SECRET_KEYS}}
