"""A small office at which handlers and checks are called directly: units, people, a petition, a clock set by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select

import handlers
from engine.registry import HandlerContext, TaskContext, registry
from office import cases, deadline_book, organisations, people, registers
from storage.clock import local
from storage.database import UnitOfWork
from storage.tables.engine import task
from storage.tables.office import notice
from storage.types import new_id

handlers.load_all()
NOW = local(datetime(2026, 11, 26, 10, 0))  # a Thursday
VISIT = {
    "channel": "V",
    "kind": "appeal_claim",
    "name": "李大明",
    "phone": "13800000001",
    "address": "东街3号",
    "matter": "门前排水沟堵塞无人清理",
    "demand": "清理排水沟",
}


@dataclass
class Desk:
    """The office, one transaction and one case."""

    uow: UnitOfWork
    org_id: str
    case_id: str
    now: datetime = NOW
    variables: dict[str, Any] = field(default_factory=dict)

    def handle(
        self, topic: str, *, actor: str | None = "wang", element_id: str = "Step", **inputs: Any
    ) -> tuple[Mapping[str, Any], HandlerContext]:
        """Call a handler; gives its result and the context with what it sent and moved."""
        context = HandlerContext(
            org_id=self.org_id,
            instance_id="instance",
            process_key="petition_main",
            business_key=self.case_id,
            element_id=element_id,
            element_name=element_id,
            properties={},
            variables=self.variables,
            now=self.now,
            actor=actor,
            token_id=new_id(),
            uow=self.uow,
            key="key",
            inputs=inputs,
        )
        return registry.handlers[topic].call(context) or {}, context

    def check(self, name: str, *, actor: str | None = "wang", element_id: str = "Step", **answers: Any) -> None:
        """Call a check with these answers."""
        registry.checks[name](self._task(actor, element_id, answers))

    def done(self, element_id: str, *, actor: str = "wang", **answers: Any) -> None:
        """A task that was completed: its row and its entry in the case."""
        task_id = self.open_task(element_id, assignee=actor)
        self.uow.conn.execute(
            task.update()
            .where(task.c.org_id == self.org_id, task.c.id == task_id)
            .values(state="completed", finished_at=self.now, finished_by=actor)
        )
        cases.apply_answers(
            self.uow, self.org_id, self.case_id, answers, actor=actor, now=self.now, name=element_id,
            element_id=element_id,
        )  # fmt: skip

    def open_task(
        self,
        element_id: str,
        *,
        assignee: str | None = None,
        groups: list[str] | None = None,
        deadline: str | None = None,
        properties: Mapping[str, str] | None = None,
    ) -> str:
        """An open task of the case; gives its id."""
        task_id = new_id()
        self.uow.conn.execute(
            insert(task).values(
                org_id=self.org_id,
                id=task_id,
                instance_id="instance",
                process_key="petition_main",
                element_id=element_id,
                name=element_id,
                business_key=self.case_id,
                assignee=assignee,
                candidate_groups=groups or [],
                candidate_users=[],
                properties=dict(properties or {}),
                scope_path=[],
                state="open",
                created_at=self.now,
                deadline_ref=deadline,
            )
        )
        return task_id

    def arm(self, code: str, start: datetime | None = None, **given: Any) -> str:
        """An open deadline of the case; gives its id."""
        plan = deadline_book.arm(
            self.uow, self.org_id, self.case_id, code, start=start or self.now, now=self.now, instance_id="instance",
            **given,
        )  # fmt: skip
        return plan.ref

    def later(self, **delta: float) -> None:
        """Move the clock."""
        self.now += timedelta(**delta)

    @property
    def case(self) -> dict[str, Any]:
        """The case as it stands."""
        return cases.get_case(self.uow, self.org_id, self.case_id)

    def told(self, kind: str) -> dict[str, str]:
        """Who was told what by notices of a kind."""
        query = select(notice.c.user_id, notice.c.text).where(notice.c.org_id == self.org_id, notice.c.kind == kind)
        return {row.user_id: row.text for row in self.uow.conn.execute(query)}

    def register(self, name: str) -> list[dict[str, Any]]:
        """The fields of the case's entries in a register."""
        found = registers.entries_of_case(self.uow, self.org_id, self.case_id)
        return [entry["fields"] for entry in found if entry["register"] == name]

    def open_case(self, **answers: Any) -> str:
        """Another petition; the desk's own is not changed."""
        return cases.open_case(self.uow, self.org_id, "petition_main", {**VISIT, **answers}, actor="wang", now=self.now)

    def _task(self, actor: str | None, element_id: str, answers: Mapping[str, Any]) -> TaskContext:
        return TaskContext(
            org_id=self.org_id,
            instance_id="instance",
            process_key="petition_main",
            business_key=self.case_id,
            element_id=element_id,
            element_name=element_id,
            properties={},
            variables=self.variables,
            now=self.now,
            actor=actor,
            uow=self.uow,
            task_id="task",
            form_key=None,
            answers=answers,
        )


def make_office(uow: UnitOfWork, profile: str = "service_centre_petition", **organisation: Any) -> str:
    """An organisation with a hall, two centres and their people; gives its id."""
    org_id = organisations.create_organisation(uow, "FWZX", "东镇便民服务中心", profile, now=NOW, **organisation)
    for unit_id, name in (("hall", "大厅"), ("water", "农业服务中心"), ("roads", "村镇建设中心")):
        people.add_unit(uow, org_id, name, unit_id=unit_id)
    staff: list[tuple[str, str, str, list[str]]] = [
        ("wang", "王小华", "hall", ["petition_clerk"]),
        ("zhao", "赵主任", "hall", ["centre_director", "petition_office_head"]),
        ("sun", "孙伟", "water", ["handler"]),
        ("qian", "钱站长", "water", []),
        ("zhou", "周路", "roads", ["handler"]),
        ("wu", "吴站长", "roads", []),
        ("kang", "康书记", "hall", ["main_leader"]),
    ]
    for user_id, name, unit_id, roles in staff:
        people.add_user(uow, org_id, name, user_id, now=NOW, user_id=user_id, unit_id=unit_id, roles=roles,
                        email=f"{user_id}@example.org")  # fmt: skip
    people.change_unit(uow, org_id, "water", head_id="qian")
    people.change_unit(uow, org_id, "roads", head_id="wu")
    people.change_unit(uow, org_id, "hall", head_id="zhao")
    return org_id


def make_desk(uow: UnitOfWork, profile: str = "service_centre_petition", **organisation: Any) -> Desk:
    """An office with one visit."""
    org_id = make_office(uow, profile, **organisation)
    case_id = cases.open_case(uow, org_id, "petition_main", VISIT, actor="wang", now=NOW)
    return Desk(uow=uow, org_id=org_id, case_id=case_id)


def refusal(code: str) -> Any:
    """Expect a refusal with this code."""
    import pytest

    from storage.errors import BanjieError

    return pytest.raises(BanjieError, match=rf"^{code}:")


__all__ = ["NOW", "VISIT", "Desk", "make_desk", "make_office", "refusal"]
