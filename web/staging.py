"""The office of a scenario: its units and people as the file gives them, all regulations deployed."""

from __future__ import annotations

from datetime import datetime

from office import absences, organisations, people, posts, schedule_book
from storage import schema
from storage.clock import local
from storage.database import UnitOfWork
from web.banjie import Banjie
from web.deploying import folder_files, known, regulation_folders
from web.scenario import Person, Scenario


def stage(banjie: Banjie, scenario: Scenario) -> str:
    """Make the office in the empty database of `banjie`; gives the organisation's id."""
    schema.upgrade(banjie.store)
    with banjie.store.begin() as uow:
        org_id = organisations.create_organisation(
            uow,
            scenario.org,
            scenario.name,
            scenario.profile,
            overlay=scenario.overlay,
            parameters=scenario.parameters,
            roll=scenario.roll,
            day_end=scenario.day_end,
            now=banjie.clock.now(),
        )
        _staff(uow, org_id, scenario, banjie.clock.now())
    allowed = known(banjie.processes)
    with banjie.store.begin() as uow:
        for folder in regulation_folders(banjie.processes):
            banjie.engine.deploy(uow, org_id, folder.name, folder_files(folder), allowed)
        if scenario.schedules:
            schedule_book.enrol(uow, org_id, now=banjie.clock.now())
    return org_id


def _staff(uow: UnitOfWork, org_id: str, scenario: Scenario, now: datetime) -> None:
    declared = {str(unit["key"]): unit for unit in scenario.units}
    named = [person.unit for person in scenario.people.values() if person.unit]
    named += [role.split("@")[1] for p in scenario.people.values() for role in p.roles if "@" in role]
    for key in dict.fromkeys([*declared, *named]):
        unit = declared.get(key, {})
        people.add_unit(
            uow,
            org_id,
            str(unit.get("name", key)),
            unit_id=key,
            parent_id=unit.get("parent"),
            outside=unit.get("outside", False),
            matters=unit.get("matters", ()),
        )
    for person in scenario.people.values():
        _add(uow, org_id, person, now)
    for post in scenario.posts:
        posts.add_post(uow, org_id, post["unit"], post["name"], post["a"], post["b"], now=now, by=None)
    for away in scenario.absences:
        start, end = (local(datetime.fromisoformat(away[key])) for key in ("from", "to"))
        absences.add_absence(uow, org_id, away["who"], start, end, away["reason"], now=now, by=None)


def _add(uow: UnitOfWork, org_id: str, person: Person, now: datetime) -> None:
    people.add_user(
        uow,
        org_id,
        person.name,
        person.key,
        now=now,
        user_id=person.key,
        title=person.title,
        unit_id=person.unit,
        superior_id=person.superior,
        roles=person.roles,
    )
    if person.unit and person.head:
        people.change_unit(uow, org_id, person.unit, head_id=person.key)
