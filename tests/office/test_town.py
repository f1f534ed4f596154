"""The sample town, a new office, units by matter, and the page of a case."""

from __future__ import annotations

import pytest

from office import (
    access,
    accounts,
    cases,
    deadline_book,
    organisations,
    people,
    posts,
    routing,
    supervision,
    timeline,
    town,
)
from office.roles import ROLES
from storage.errors import BanjieError, Conflict, NotFound, Refusal

ID_NO = "110101199003077571"  # its check digit is right


def test_everybody_in_the_town_can_work(store, clock):
    with store.begin() as uow:
        org = town.create_town(uow, now=clock.now())
        everybody = people.users(uow, org)
        assert len(everybody) >= 25
        for person in everybody:
            roles = people.roles_of(uow, org, person.id)
            assert roles and {role for role, _ in roles} <= set(ROLES), person.name
            assert person.unit_id is not None
        held = {role for person in everybody for role, _ in people.roles_of(uow, org, person.id)}
        assert {
            "window_clerk", "centre_director", "petition_clerk", "petition_office", "petition_office_head", "handler",
            "examiner", "archivist", "supervisor", "main_leader", "leader_in_charge", "reception_leader", "admin",
        } <= held  # fmt: skip
        for unit in people.units(uow, org):
            if not unit.outside:
                assert people.head_of(uow, org, unit.id) is not None, unit.name
                assert people.users_in_group(uow, org, f"unit_head@{unit.id}")
        assert len(posts.posts(uow, org)) >= 5
        for first in town.demo_people():
            tried = accounts.attempt(uow, first["login"], None, now=clock.now())
            assert tried.matches(town.DEMO_PASSWORD)
            assert accounts.open_session(uow, tried, now=clock.now())[1].org_id == org


def test_every_unit_has_somebody_to_handle_for_it(store, clock):
    with store.begin() as uow:
        org = town.create_town(uow, now=clock.now())
        for item in routing.CATALOGUE:
            if not item.outside:
                assert people.users_in_group(uow, org, f"handler@{item.key}"), item.name


def test_a_new_office_has_one_administrator_with_a_one_time_password(store, clock):
    with store.begin() as uow:
        login, password = town.create_office(uow, "town_lunar", "三河镇", "SHZ", now=clock.now())
        assert login == "admin"
        tried = accounts.attempt(uow, login, None, now=clock.now())
        assert tried.matches(password)
        _, session = accounts.open_session(uow, tried, now=clock.now())
        assert session.must_change_password
        viewer = access.viewer_of(uow, session.org_id, session.user_id)
        assert viewer.is_admin and viewer.roles == {"admin"}
        assert town.create_office(uow, "cppcc", "政协", "ZX", now=clock.now())[0] == "admin-zx"
        with pytest.raises(Conflict):
            town.create_office(uow, "cppcc", "政协", "ZX", now=clock.now())
        with pytest.raises(BanjieError) as refused:
            town.create_office(uow, "no_such_profile", "无", "WU", now=clock.now())
        assert refused.value.code == "profile.unknown"


def test_units_by_matter(desk):
    with desk.store.begin() as uow:
        routing.set_up_units(uow, desk.org)
        routing.set_up_units(uow, desk.org)  # done twice is done once
        found = routing.hints(uow, desk.org, "村里水渠垮塌，土地承包合同也有问题")
        assert [(unit.id, words) for unit, words in found] == [
            ("audit_statistics_centre", ("土地承包", "承包合同")),
            ("agriculture_centre", ("水渠",)),
        ]
        assert routing.hints(uow, desk.org, "") == []


def test_an_organisation_changes_its_own_values(desk):
    with desk.store.begin() as uow:
        assert organisations.profile_of(uow, desk.org).overlay
        organisations.change_organisation(uow, desk.org, overlay=False, roll=False, day_end="17:30")
        profile = organisations.profile_of(uow, desk.org)
        assert not profile.overlay
        assert profile.param("day_mode") == "calendar"
        assert profile.timing.day_end.isoformat() == "17:30:00"
        with pytest.raises(BanjieError) as refused:
            organisations.change_organisation(uow, desk.org, parameters={"no.such": 1})
        assert refused.value.code == "profile.unknown_parameter"
        with pytest.raises(Refusal):
            organisations.create_organisation(uow, "小写", "名", "cppcc", now=desk.now)
        with pytest.raises(NotFound):
            organisations.get_organisation(uow, "nobody")


def test_a_rolled_back_change_of_the_calendar_leaves_nothing_in_the_cache(desk):
    from datetime import date

    day = date(2026, 11, 30)
    with pytest.raises(ZeroDivisionError), desk.store.begin() as uow:
        organisations.save_override(uow, desk.org, day, False, "停电", now=desk.now, by=None)
        assert not organisations.calendar_of(uow, desk.org).is_working(day)
        raise ZeroDivisionError
    with desk.store.begin() as uow:
        assert organisations.calendar_of(uow, desk.org).is_working(day)
        organisations.save_override(uow, desk.org, date(2026, 11, 27), False, "停电", now=desk.now, by=None)
        assert organisations.calendar_of(uow, desk.org).is_working(day)


def test_a_year_as_the_administrator_sees_it(desk):
    with desk.store.begin() as uow:
        told = organisations.describe_year(uow, desk.org, 2026)
        assert (told["origin"], told["provisional"], told["year"]) == ("package", False, 2026)
        assert organisations.describe_year(uow, desk.org, 2028)["provisional"]


def test_the_page_of_a_case(desk):
    with desk.store.begin() as uow:
        case_id = desk.open(uow, id_no=ID_NO, matter_classes=["3"], handling_unit="unit_c", kind="appeal_claim")
        deadline_book.arm(uow, desk.org, case_id, "R39.reply", start=desk.now, now=desk.now)
        desk.task(uow, case_id, "答复", assignee="zhou", due_at=desk.now)
        supervision.urge(uow, desk.org, case_id, method="phone", text="请办", now=desk.now, by="chen")
        answers = {"suspected_condition": "发热", "outcome": "done", "remarks": "已核实", "petitioner_id_no": ID_NO}
        cases.apply_answers(uow, desk.org, case_id, answers, actor="zhou", now=desk.now, name="办理", role="handler")
        wang, lin, li = (access.viewer_of(uow, desk.org, user) for user in ("wang", "lin", "li"))
        told = timeline.case_page(uow, wang, case_id, now=desk.now)
        assert told["case"]["state_text"] == "已登记"
        assert told["case"]["class_names"] == ["涉及到具体信访事项的"]
        assert told["case"]["handling_unit_name"] == "丙局"
        assert [(step["name"], step["actor_name"], step["outcome"]) for step in told["steps"]] == [
            ("登记", "王小华", None),
            ("办理", "周颖", "done"),
        ]
        assert told["party"]["id_no"] == ID_NO
        assert [note["text"] for note in told["notes"]] == ["发热"]
        assert [item["step"] for item in told["tasks"]] == ["答复"]
        assert [item["code"] for item in told["deadlines"]] == ["R39.reply"]
        assert [item["number"] for item in told["urgings"]] == [1]
        # a colleague of the office who takes no part sees no sensitive column and no note
        told = timeline.case_page(uow, lin, case_id, now=desk.now)
        assert "id_no" not in told["party"] and told["party"]["name"] == "赵大山"
        assert told["notes"] == []
        assert "petitioner_id_no" not in told["steps"][1]["data"]
        with pytest.raises(NotFound):
            timeline.case_page(uow, li, case_id, now=desk.now)
