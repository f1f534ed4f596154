"""Compares what a scenario expects with what the database holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from office import access, guidance, inbox, organisations, post_cover
from office.lights import light
from storage.clock import local
from storage.database import UnitOfWork
from storage.tables import engine as tables
from storage.tables import office

_MOST = 200  # tasks of one person

_Check = Callable[["_Look", Any], list[str]]


class _Look:
    """The database at one instant, for one case."""

    def __init__(self, uow: UnitOfWork, org_id: str, case_id: str | None, now: datetime) -> None:
        self.uow, self.org_id, self.case_id, self.now = uow, org_id, case_id, now

    def rows(self, table: Any, *where: Any, order: Any = None) -> list[Any]:
        """Rows of the case in `table`."""
        column = table.c.business_key if "business_key" in table.c else table.c.case_id
        query = select(table).where(table.c.org_id == self.org_id, column == self.case_id, *where)
        return list(self.uow.conn.execute(query if order is None else query.order_by(order)).all())

    @property
    def case(self) -> Any:
        """The case's row."""
        table = office.case_file
        query = select(table).where(table.c.org_id == self.org_id, table.c.id == self.case_id)
        return self.uow.conn.execute(query).one()

    @property
    def open_tasks(self) -> list[Any]:
        """The open tasks of the case."""
        return self.rows(tables.task, tables.task.c.state == "open", order=tables.task.c.id)


def differences(
    uow: UnitOfWork, org_id: str, case_id: str | None, expect: Mapping[str, Any], now: datetime
) -> list[str]:
    """What is not as `expect` says, in Chinese, one line each."""
    look = _Look(uow, org_id, case_id, now)
    found: list[str] = []
    for key, wanted in expect.items():
        if key != "case":
            found += _CHECKS[key](look, wanted)
    return found


def _same(what: str, wanted: Any, got: Any) -> list[str]:
    return [] if wanted == got else [f"{what}：应为 {wanted!r}，实为 {got!r}"]


def _tasks(look: _Look, wanted: Any) -> list[str]:
    return _same("待办", sorted(wanted), sorted(task.element_id for task in look.open_tasks))


def _tasks_include(look: _Look, wanted: Any) -> list[str]:
    got = {task.element_id for task in look.open_tasks}
    return [f"缺少待办 {element}；现有 {sorted(got)}" for element in wanted if element not in got]


def _tasks_exclude(look: _Look, wanted: Any) -> list[str]:
    got = {task.element_id for task in look.open_tasks}
    return [f"不应有待办 {element}" for element in wanted if element in got]


def _column(name: str) -> _Check:
    def compare(look: _Look, wanted: Any) -> list[str]:
        return _same(name, wanted, getattr(look.case, name))

    return compare


def _fields(look: _Look, wanted: Any) -> list[str]:
    case = look.case
    values = {**case.fields, **case._mapping}
    return [text for key, value in wanted.items() for text in _same(f"字段 {key}", value, _plain(values.get(key)))]


def _plain(value: Any) -> Any:
    return value.strftime("%Y-%m-%dT%H:%M:%S") if isinstance(value, datetime) else value


def _deadlines(look: _Look, wanted: Any) -> list[str]:
    found: list[str] = []
    rows = look.rows(office.deadline, order=office.deadline.c.armed_at)
    for expected in wanted:
        of_code = [row for row in rows if row.code == expected["code"]]
        if expected.get("absent"):
            found += [f"不应有时限 {expected['code']}"] if any(row.closed_at is None for row in of_code) else []
            continue
        if not of_code:
            found.append(f"没有时限 {expected['code']}；现有 {sorted({row.code for row in rows})}")
            continue
        got = [_deadline_facts(row, look.now) for row in of_code]
        keys = [key for key in expected if key not in ("code", "absent")]
        if not any(all(fact.get(key) == _wanted_instant(expected[key]) for key in keys) for fact in got):
            shown = [{key: fact.get(key) for key in keys} for fact in got]
            found.append(f"时限 {expected['code']}：应为 { {k: expected[k] for k in keys} }，实为 {shown}")
    return found


def _deadline_facts(row: Any, now: datetime) -> dict[str, Any]:
    facts = {
        key: _plain(row._mapping[key]) for key in ("due_at", "yellow_at", "e1", "e2", "e3", "provisional", "closing")
    }
    facts["start"] = _plain(row.start_at)
    facts["closed"] = row.closed_at is not None
    facts["raw"] = row.detail.get("raw")
    facts["ceiling_applied"] = bool(row.detail.get("ceiling_applied"))
    facts["light"] = light(row, now, finished_at=row.closed_at, paused=row.paused_at is not None)
    if row.closing == "cancelled":
        facts["light"] = "cancelled"
    return facts


def _wanted_instant(value: Any) -> Any:
    if isinstance(value, datetime):
        return local(value).strftime("%Y-%m-%dT%H:%M:%S")
    if isinstance(value, str) and len(value) == 16 and value[10:11] == "T":
        return value + ":00"
    return value


def _registers(look: _Look, wanted: Any) -> list[str]:
    rows = look.rows(
        office.register_entry, office.register_entry.c.corrects.is_(None), office.register_entry.c.part == 0
    )
    found = []
    for name, count in wanted.items():
        found += _same(f"登记簿 {name} 条数", count, sum(1 for row in rows if row.register == name))
    return found


def _entry(look: _Look, wanted: Any) -> list[str]:
    rows = look.rows(office.register_entry, order=office.register_entry.c.seq)
    found = []
    for expected in wanted:
        of_register = [row.fields for row in rows if row.register == expected["register"]]
        if not any(all(fields.get(k) == v for k, v in expected["fields"].items()) for fields in of_register):
            found.append(f"登记簿 {expected['register']} 没有 {expected['fields']!r}；现有 {of_register!r}")
    return found


def _count(name: str, table: Any, *where: Any) -> _Check:
    def compare(look: _Look, wanted: Any) -> list[str]:
        return _same(name, wanted, len(look.rows(table, *where)))

    return compare


def _documents(look: _Look, wanted: Any) -> list[str]:
    got = {row.form for row in look.rows(office.document)}
    return [f"没有文书 {form}；现有 {sorted(str(g) for g in got)}" for form in wanted if form not in got]


def _documents_exclude(look: _Look, wanted: Any) -> list[str]:
    got = {row.form for row in look.rows(office.document)}
    return [f"不应有文书 {form}" for form in wanted if form in got]


def _notices(look: _Look) -> list[str]:
    query = select(office.notice.c.user_id, office.notice.c.text).where(office.notice.c.org_id == look.org_id)
    return [f"{row.user_id}: {row.text}" for row in look.uow.conn.execute(query)]


def _told(notices: list[str], wanted: str) -> bool:
    user, _, text = wanted.partition(": ")
    return any(notice.startswith(f"{user}: ") and text in notice for notice in notices)


def _notices_include(look: _Look, wanted: Any) -> list[str]:
    got = _notices(look)
    return [f"没有通知“{text}”；现有 {got}" for text in wanted if not _told(got, text)]


def _notices_exclude(look: _Look, wanted: Any) -> list[str]:
    got = _notices(look)
    return [f"不应有通知“{text}”" for text in wanted if _told(got, text)]


def _instances(look: _Look, wanted: Any) -> list[str]:
    rows = look.rows(tables.instance, tables.instance.c.state == "active")
    return _same("运行中的流程", sorted(wanted), sorted(row.process_key for row in rows))


def _incidents(look: _Look, wanted: Any) -> list[str]:
    rows = look.rows(tables.incident, tables.incident.c.resolved_at.is_(None))
    told = [f"{row.element_id} {row.code} {row.message}" for row in rows]
    return [] if len(rows) == wanted else [f"异常：应有 {wanted} 条，实有 {told}"]


def _visible_to(look: _Look, wanted: Any) -> list[str]:
    return [f"{user} 应能查看此事项，却不能" for user in wanted if not _sees(look, user, access.readable_cases)]


def _hidden_from(look: _Look, wanted: Any) -> list[str]:
    return [f"{user} 不应查到此事项" for user in wanted if _sees(look, user, access.visible_cases)]


def _masked_for(look: _Look, wanted: Any) -> list[str]:
    return [
        f"{user} 应只看到脱敏的信息"
        for user in wanted
        if not _sees(look, user, access.visible_cases) or _sees(look, user, access.readable_cases)
    ]


def _sees(look: _Look, user: str, condition: Callable[[access.Viewer], Any]) -> bool:
    viewer = access.viewer_of(look.uow, look.org_id, user)
    table = office.case_file
    query = select(func.count()).select_from(table).where(table.c.id == look.case_id, condition(viewer))
    return bool(look.uow.conn.execute(query).scalar_one())


def _assignee(look: _Look, wanted: Any) -> list[str]:
    tasks = {task.element_id: task for task in look.open_tasks}
    return [
        text
        for element, user in wanted.items()
        for text in _same(
            f"{element} 的办理人", user or None, tasks[element].assignee if element in tasks else "（无此待办）"
        )
    ]


def _candidates(look: _Look, wanted: Any) -> list[str]:
    tasks = {task.element_id: task for task in look.open_tasks}
    return [
        text
        for element, groups in wanted.items()
        for text in _same(
            f"{element} 的候选",
            sorted(groups),
            sorted(tasks[element].candidate_groups) if element in tasks else "（无此待办）",
        )
    ]


def _behalf(look: _Look, wanted: Any) -> list[str]:
    rows = look.rows(office.case_entry, order=office.case_entry.c.seq)
    latest = {row.element_id: row.on_behalf_of for row in rows}
    return [
        text
        for element, user in wanted.items()
        for text in _same(f"{element} 代谁办理", user or None, latest.get(element, "（没有办过）"))
    ]


def _guidance(look: _Look, wanted: Any) -> list[str]:
    profile = organisations.profile_of(look.uow, look.org_id).name
    shown = [norm["text"] for task in look.open_tasks for norm in guidance.norms(profile, task.process_key)]
    return [f"待办旁没有提示“{text}”" for text in wanted if not any(text in one for one in shown)]


def _inbox(look: _Look, wanted: Any) -> list[str]:
    """The tasks that each of these people has, of all matters: taken, not only offered."""
    found = []
    for user, elements in wanted.items():
        viewer = access.viewer_of(look.uow, look.org_id, user, now=look.now)
        page = inbox.page(look.uow, viewer, now=look.now, which="mine", limit=_MOST)
        got = sorted(item["element_id"] for item in page["items"])
        found += _same(f"{user} 的待办", sorted(elements), got)
    return found


def _posts(look: _Look, wanted: Any) -> list[str]:
    """Who is at which post on the day: `{ post, covered, spans = ["14:00-17:00 qian", …] }`; nobody is 无人."""
    told = {one["name"]: one for one in post_cover.day_cover(look.uow, look.org_id, look.now.date())}
    found = []
    for expected in wanted:
        if expected["post"] not in told:
            found.append(f"没有岗位“{expected['post']}”；现有 {sorted(told)}")
            continue
        one = told[expected["post"]]
        spans = [f"{span['from_at']:%H:%M}-{span['to_at']:%H:%M} {span['user_id'] or '无人'}" for span in one["spans"]]
        found += _same(f"{expected['post']} 全天有人", expected["covered"], one["covered"])
        if "spans" in expected:
            found += _same(f"{expected['post']} 的值守", expected["spans"], spans)
    return found


def _cases(look: _Look, wanted: Any) -> list[str]:
    query = select(func.count()).select_from(office.case_file).where(office.case_file.c.org_id == look.org_id)
    return _same("事项数", wanted, look.uow.conn.execute(query).scalar_one())


_CHECKS: dict[str, _Check] = {
    "tasks": _tasks,
    "tasks_include": _tasks_include,
    "tasks_exclude": _tasks_exclude,
    "state": _column("state"),
    "result": _column("result"),
    "number": _column("number"),
    "fields": _fields,
    "deadlines": _deadlines,
    "registers": _registers,
    "entry": _entry,
    "urgings": _count("催办次数", office.urging),
    "supervisions": _count("督办次数", office.supervision),
    "documents": _documents,
    "documents_exclude": _documents_exclude,
    "notices_include": _notices_include,
    "notices_exclude": _notices_exclude,
    "instances": _instances,
    "incidents": _incidents,
    "visible_to": _visible_to,
    "hidden_from": _hidden_from,
    "masked_for": _masked_for,
    "assignee": _assignee,
    "candidates": _candidates,
    "cases": _cases,
    "behalf": _behalf,
    "guidance": _guidance,
    "inbox": _inbox,
    "posts": _posts,
}
