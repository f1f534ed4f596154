"""A small office for the tests: a service centre with a petition office, units B and C, and their people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import insert

from office import cases, numbers, organisations, people
from storage.clock import FixedClock
from storage.database import Store, UnitOfWork
from storage.tables import engine
from storage.types import new_id

PEOPLE = (
    # login, name, unit, roles
    ("wang", "王小华", "hall", ("petition_clerk", "window_clerk")),
    ("lin", "林海", "hall", ("petition_clerk",)),
    ("chen", "陈静", "petition_office", ("petition_office_head", "petition_office", "supervisor")),
    ("kang", "康明", "unit_b", ("handler",)),
    ("li", "李想", "unit_b", ("handler",)),
    ("zhou", "周颖", "unit_c", ("handler",)),
    ("boss", "郑国栋", "leaders", ("main_leader",)),
)
UNITS = (
    ("leaders", "领导班子"),
    ("hall", "大厅"),
    ("petition_office", "信访办"),
    ("unit_b", "乙局"),
    ("unit_c", "丙局"),
)


@dataclass
class Desk:
    """The office, and short ways to do what the tests do often."""

    store: Store
    clock: FixedClock
    org: str

    @property
    def now(self) -> datetime:
        return self.clock.now()

    def open(self, uow: UnitOfWork, by: str = "wang", **answers: Any) -> str:
        """A registered petition; the answers may change what is told."""
        told = {"channel": "V", "name": "赵大山", "phone": "13800000001", "matter": "村口水渠垮塌无人修", **answers}
        case_id = cases.open_case(uow, self.org, "petition_main", told, actor=by, now=self.now)
        cases.set_state(uow, self.org, case_id, "registered", now=self.now)
        number = numbers.series_number(uow, self.org, told["channel"], self.now)
        cases.set_number(uow, self.org, case_id, number, now=self.now)
        return case_id

    def task(self, uow: UnitOfWork, case_id: str | None, name: str = "办理", **values: Any) -> str:
        """An open task, as the engine writes it."""
        task_id = new_id()
        groups = values.pop("groups", [])
        row = {
            "org_id": self.org,
            "id": task_id,
            "instance_id": "I1",
            "process_key": "petition_main",
            "element_id": "Handle",
            "name": name,
            "business_key": case_id,
            "candidate_groups": groups,
            "candidate_users": [],
            "properties": {},
            "scope_path": [],
            "state": "open",
            "created_at": self.now,
            **values,
        }
        uow.conn.execute(insert(engine.task).values(row))
        for group in groups:
            uow.conn.execute(insert(engine.task_group).values(org_id=self.org, group_name=group, task_id=task_id))
        return task_id


@pytest.fixture
def desk(store: Store, clock: FixedClock) -> Desk:
    """The office, on both databases."""
    with store.begin() as uow:
        org = organisations.create_organisation(uow, "FWZX", "便民服务中心", "service_centre_petition", now=clock.now())
        for unit_id, name in UNITS:
            people.add_unit(uow, org, name, unit_id=unit_id)
        for login, name, unit_id, roles in PEOPLE:
            people.add_user(uow, org, name, login, now=clock.now(), user_id=login, unit_id=unit_id, roles=roles)
        for unit_id, head in (("leaders", "boss"), ("petition_office", "chen"), ("unit_b", "kang"), ("unit_c", "zhou")):
            people.change_unit(uow, org, unit_id, head_id=head)
    return Desk(store, clock, org)
