"""R65: the accused never; confidential only who takes part; lists masked; reads logged (A46)."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select, update

from office import access, accused, cases, inbox, people
from storage.errors import Forbidden, NotFound, Refusal
from storage.tables import engine
from storage.tables.office import case_file
from tests.support.reading import accesses
from tests.support.sql import asked


def _visible(uow, desk, user):
    viewer = access.viewer_of(uow, desk.org, user)
    rows = uow.conn.execute(
        select(case_file.c.id, access.masked(viewer).label("masked")).where(access.visible_cases(viewer))
    )
    return {row.id: bool(row.masked) for row in rows}


def test_accusation_against_the_head_of_a_unit(desk):
    with desk.store.begin() as uow:
        case_id = desk.open(uow, kind="accusation", matter="反映康明违规审批", accused="康明")
        assert cases.get_case(uow, desk.org, case_id)["confidential"]
        for barred in ("kang", "li"):  # the head, and with him his unit and its people
            assert _visible(uow, desk, barred) == {}
            assert not accused.may_be_given(uow, desk.org, case_id, user_id=barred)
            with pytest.raises(NotFound):
                access.require_may_see(uow, access.viewer_of(uow, desk.org, barred), case_id, now=desk.now)
        with pytest.raises(Refusal) as refused:
            cases.apply_answers(
                uow, desk.org, case_id, {"handling_unit": "unit_b"}, actor="wang", now=desk.now, name="转办"
            )
        assert refused.value.code == "transfer.accused"
        assert refused.value.field == "handling_unit"
        cases.apply_answers(
            uow, desk.org, case_id, {"handling_unit": "unit_c"}, actor="wang", now=desk.now, name="转办"
        )
        assert cases.get_case(uow, desk.org, case_id)["handling_unit"] == "unit_c"
        # a clerk who takes no part sees it masked and cannot open it
        assert _visible(uow, desk, "lin") == {case_id: True}
        with pytest.raises(Forbidden) as hidden:
            access.require_may_see(uow, access.viewer_of(uow, desk.org, "lin"), case_id, now=desk.now)
        assert hidden.value.code == "case.confidential"
        # who registered it may, and each read is logged
        assert _visible(uow, desk, "wang") == {case_id: False}
        access.require_may_see(uow, access.viewer_of(uow, desk.org, "wang"), case_id, now=desk.now, source="10.0.0.8")
        assert [(row["user_id"], row["act"], row["source"]) for row in accesses(uow, case_id)] == [
            ("wang", "read", "10.0.0.8")
        ]
        assert accused.free_users(uow, desk.org, case_id, ["zhou", "kang", "li", "lin"]) == ["zhou", "lin"]


def test_the_accused_stays_out_whatever_role_and_task_is_given(desk):
    with desk.store.begin() as uow:
        case_id = desk.open(uow, kind="accusation", accused=["unit_b"])
        people.grant(uow, desk.org, "li", "petition_office")
        task_id = desk.task(uow, case_id, assignee="li")
        viewer = access.viewer_of(uow, desk.org, "li")
        assert not access.may_see_case(uow, viewer, case_id)
        with pytest.raises(NotFound):
            access.require_may_do(uow, viewer, task_id)
        with pytest.raises(Refusal):
            cases.set_owner(uow, desk.org, case_id, "kang", now=desk.now)


def test_units_below_the_accused_unit_go_with_it(desk):
    with desk.store.begin() as uow:
        people.add_unit(uow, desk.org, "乙局一科", unit_id="b1", parent_id="unit_b")
        people.add_user(uow, desk.org, "科员", "ke", now=desk.now, user_id="ke", unit_id="b1", roles=["petition_clerk"])
        case_id = desk.open(uow, kind="accusation", accused="乙局")
        assert _visible(uow, desk, "ke") == {}
        assert not accused.may_be_given(uow, desk.org, case_id, unit_id="b1")
        # accusing somebody of the lower unit who heads nothing leaves the upper unit competent
        other = desk.open(uow, kind="accusation", accused="科员")
        assert _visible(uow, desk, "ke") == {}
        assert accused.may_be_given(uow, desk.org, other, unit_id="unit_b", user_id="kang")


def test_accused_entered_later_takes_the_case_from_the_handling_unit(desk):
    with desk.store.begin() as uow:
        case_id = desk.open(uow, handling_unit="unit_b")
        assert case_id in _visible(uow, desk, "li")
        cases.apply_answers(uow, desk.org, case_id, {"accused_units": "乙局"}, actor="wang", now=desk.now, name="补充")
        assert cases.get_case(uow, desk.org, case_id)["handling_unit"] is None
        assert _visible(uow, desk, "li") == {}


def test_scope_of_units_and_of_offered_and_assigned_tasks(desk):
    with desk.store.begin() as uow:
        of_c = desk.open(uow, handling_unit="unit_c")
        offered, assigned = desk.open(uow), desk.open(uow)
        desk.task(uow, offered, groups=["handler@unit_b"])
        desk.task(uow, assigned, assignee="li")
        assert set(_visible(uow, desk, "zhou")) == {of_c}
        assert set(_visible(uow, desk, "li")) == {offered, assigned}
        assert set(_visible(uow, desk, "kang")) == {offered}
        assert set(_visible(uow, desk, "boss")) == {of_c, offered, assigned}
        people.grant(uow, desk.org, "li", "petition_clerk", "unit_b")  # a role for one unit does not open the office
        assert set(_visible(uow, desk, "li")) == {offered, assigned}


def _tasks(uow, desk, user):
    return inbox.page(uow, access.viewer_of(uow, desk.org, user), now=desk.now)["total"]


def test_what_is_offered_is_seen_until_somebody_takes_it(desk):
    with desk.store.begin() as uow:
        case_id = desk.open(uow)
        task_id = desk.task(uow, case_id, groups=["handler@unit_b"])
        mine = (engine.task.c.org_id == desk.org) & (engine.task.c.id == task_id)

        def seen(**values):
            uow.conn.execute(update(engine.task).where(mine).values(values))
            return [(case_id in _visible(uow, desk, user), _tasks(uow, desk, user)) for user in ("li", "kang")]

        assert seen(assignee=None) == [(True, 1), (True, 1)]
        assert seen(assignee="li") == [(True, 1), (False, 0)]
        assert seen(assignee=None) == [(True, 1), (True, 1)]  # given back
        assert seen(state="cancelled") == [(False, 0), (False, 0)]
        assert seen(assignee="li", state="completed") == [(False, 0), (False, 0)]
        # whose unit the matter is, sees it whoever has the step
        uow.conn.execute(update(case_file).where(case_file.c.id == case_id).values(handling_unit="unit_b"))
        assert seen(state="open") == [(True, 1), (True, 0)]


def test_whether_one_case_is_seen_is_asked_by_index(desk):
    with desk.store.begin() as uow:
        case_id = desk.open(uow)
        for number in range(1500):
            held = {"assignee": "zhou"} if number % 3 else {}
            desk.task(
                uow, f"other{number}", groups=["handler@unit_b" if number % 50 == 0 else "handler@unit_c"], **held
            )
    with desk.store.begin() as uow:
        uow.conn.exec_driver_sql("ANALYZE")
        viewer = access.viewer_of(uow, desk.org, "kang")
        query = select(case_file.c.id).where(case_file.c.id == case_id, access.visible_cases(viewer))
        text = query.compile(dialect=uow.conn.dialect, compile_kwargs={"literal_binds": True})
        explain = "EXPLAIN" if uow.dialect == "postgresql" else "EXPLAIN QUERY PLAN"
        plan = "\n".join(str(row[-1]) for row in uow.conn.exec_driver_sql(f"{explain} {text}"))
        assert "ix_task__case" in plan, plan
        assert not re.search(r"(SCAN|Seq Scan on) task", plan), plan


def test_an_administrator_sees_no_case(desk):
    with desk.store.begin() as uow:
        desk.open(uow)
        people.add_user(uow, desk.org, "管理员", "root", now=desk.now, user_id="root", roles=["admin"])
        viewer = access.viewer_of(uow, desk.org, "root")
        assert viewer.is_admin and not viewer.is_leader
        assert _visible(uow, desk, "root") == {}


def test_who_may_do_a_task(desk):
    with desk.store.begin() as uow:
        case_id = desk.open(uow, handling_unit="unit_b")
        task_id = desk.task(uow, case_id, groups=["handler@unit_b"])
        li, zhou = (access.viewer_of(uow, desk.org, user) for user in ("li", "zhou"))
        access.require_may_do(uow, li, task_id, claim=True)
        for viewer, claim, code in ((li, False, "task.not_claimed"), (zhou, True, "task.not_yours")):
            with pytest.raises(Forbidden) as refused:
                access.require_may_do(uow, viewer, task_id, claim=claim)
            assert refused.value.code == code
        held = desk.task(uow, case_id, groups=["handler@unit_b"], assignee="kang")
        with pytest.raises(Forbidden):
            access.require_may_do(uow, li, held, claim=True)
        access.require_may_do(uow, access.viewer_of(uow, desk.org, "kang"), held)


def test_another_organisation_sees_nothing(desk):
    from office import organisations

    with desk.store.begin() as uow:
        case_id = desk.open(uow)
        other = organisations.create_organisation(uow, "OTHER", "别处", "civil_affairs", now=desk.now)
        people.add_user(
            uow, other, "外人", "out", now=desk.now, user_id="wang2", roles=["main_leader", "petition_clerk"]
        )
        viewer = access.viewer_of(uow, other, "wang2")
        assert not access.may_see_case(uow, viewer, case_id)


def test_who_sees_what_is_asked_once_however_many_units_one_works_for(desk):
    with desk.store.begin() as uow:
        for unit_id in ("leaders", "petition_office", "unit_b", "unit_c"):
            people.grant(uow, desk.org, "li", "handler", unit_id)
    with asked(desk.store) as told, desk.store.begin(write=False) as uow:
        seen = access.viewer_of(uow, desk.org, "li", now=desk.clock.now())
    assert {"leaders", "petition_office", "unit_b", "unit_c"} <= seen.unit_ids
    assert len(told.statements) == 5
