"""Pages that people read: Chinese labels and choice words for what forms, handlers and registers keep under keys."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, update

from office.field_words import LABELS
from office.register_catalogue import REGISTERS
from storage.tables import engine as tables
from storage.tables.office import case_file
from tests.support.office import PROPOSAL, REGISTRATION, Office
from web.api.labels import Labels
from web.banjie import Banjie

_RAW = re.compile(r"[a-z]+(_[a-z]+)*|[0-9A-HJKMNP-TV-Z]{26}|.*\dT\d\d:.*")


FORM = ["来访时间", "访者姓名", "性别", "年龄", "职业", "政治面貌", "住址或工作单位", "反映的主要问题", "书面材料"]


def by_key(rows: list[dict[str, str]]) -> dict[str, tuple[str, str]]:
    return {row["key"]: (row["label"], row["value"]) for row in rows}


def all_rows(page: dict[str, Any]) -> Iterator[dict[str, str]]:
    yield from page["case"]["fields"]
    for part in (*page["steps"], *page["registers"]):
        yield from part.get("data", part.get("fields"))


def filed(office: Office) -> str:
    """A petition that was proposed for filing, approved and handed to a unit."""
    case_id = office.accepted()
    proposal = PROPOSAL | {"proposed_unit": "construction_centre"}
    office.complete("linhai", case_id, "ProposeWay", proposal)
    return case_id


@pytest.fixture
def page(sqlite_office: Office) -> dict[str, Any]:
    case_id = filed(sqlite_office)
    told: dict[str, Any] = sqlite_office.browser("linhai").told(f"/cases/{case_id}")
    return told


def test_steps_speak_the_words_of_their_forms(page: dict[str, Any]) -> None:
    steps = {step["element_id"]: by_key(step["data"]) for step in page["steps"] if step["kind"] == "step"}
    assert steps["Received"]["channel"] == ("渠道", "来访")
    assert steps["CompleteRegistration"]["gender"] == ("性别", "男")
    assert steps["CompleteRegistration"]["age"] == ("年龄", "56")
    assert steps["CompleteRegistration"]["confirmed"] == ("已向信访人复述并经其确认", "是")
    assert steps["Classify"]["matter_classes"] == ("十大类", "③涉及到具体信访事项的"), "without the hint 可多选"
    assert steps["ProposeWay"]["proposed_unit"] == ("拟交单位", "村镇建设与社会事业服务中心")
    assert steps["ProposeWay"]["weight"] == ("轻重缓急", "一般")
    assert steps["AssignNumber"]["handling_unit"] == ("承办单位", "便民服务中心"), "what no form asks for"


def test_nothing_raw_is_left(page: dict[str, Any]) -> None:
    rows = list(all_rows(page))
    assert len(rows) > 30
    for row in rows:
        assert re.search("[一-鿿]", row["label"]), row
        assert row["value"] and not _RAW.fullmatch(row["value"]), row


def test_the_facts_are_called_as_in_the_step_that_asked(page: dict[str, Any]) -> None:
    facts = by_key(page["case"]["fields"])
    assert facts["decision"] == ("告知", "受理")
    assert facts["proposed_way"] == ("拟用方式", "④立案交办")
    assert "outcome" not in facts, "the last button that was pressed is no fact of the case"
    assert (page["party"]["gender"], page["party"]["gender_text"]) == ("male", "男")
    assert page["party"]["political_status_text"] == "群众"


def test_who_waits_and_what_runs_has_a_name(page: dict[str, Any]) -> None:
    assert all(re.search("[一-鿿]", one["process_name"]) for one in page["instances"])
    (task,) = page["tasks"]
    assert task["waiting_for"] and not re.search("[a-z@]", task["waiting_for"])


def test_who_took_and_did_it_in_one_act_is_told_once(page: dict[str, Any]) -> None:
    assert [step["name"] for step in page["steps"] if step["name"].startswith("签收")] == []


def test_outcomes_are_those_of_the_step(sqlite_office: Office) -> None:
    """`accept` is 签收 where a unit takes a petition over; other forms call other things so."""
    office = sqlite_office
    case_id = filed(office)
    decided = {"way": "filed_assignment", "add_digest": False, "leader_owned": False}
    office.complete("chenjing", case_id, "DecideWay", decided)
    approved = {"filing": "approved", "text": "同意", "handling_unit": "construction_centre", "assign_days": 10}
    office.complete("songtao", case_id, "ApproveFiling", approved)
    office.complete("linhai", case_id, "CheckJurisdiction", {"jurisdiction": "within"})
    handed = {"transfer_kind": "assignment", "handling_unit": "construction_centre", "transfer_text": "请办理"}
    office.complete("linhai", case_id, "Transfer", handed | {"assign_days": 10})
    office.complete("dingyi", case_id, "AcceptTransfer", {"outcome": "accept"})
    told = office.browser("linhai").told(f"/cases/{case_id}")
    (step,) = [one for one in told["steps"] if one["element_id"] == "AcceptTransfer" and one["kind"] == "step"]
    assert (step["outcome"], step["outcome_text"], step["data"]) == ("accept", "签收", [])
    delivered = next(one for one in told["steps"] if one["element_id"] == "Deliver")
    assert by_key(delivered["data"])["unit_received_at"] == ("单位收件时间", "2026-11-26 09:00")


def test_a_register_has_the_columns_of_the_catalogue(sqlite_office: Office) -> None:
    sqlite_office.accepted()
    told = sqlite_office.browser("linhai").told("/registers/FM18a")
    assert [column["label"] for column in told["columns"]] == FORM
    (entry,) = told["items"]
    fields = by_key(entry["fields"])
    assert fields["name"] == ("访者姓名", "赵大山")
    assert {label for label, _ in fields.values()} == set(FORM) - {"政治面貌", "书面材料"}, "sensitive, empty"
    assert {row["key"] for row in entry["fields"]} <= {column["key"] for column in told["columns"]}


def test_the_form_of_registration_is_shown_as_the_organisations_own(sqlite_office: Office) -> None:
    task = sqlite_office.task(sqlite_office.start("linhai"), "CompleteRegistration")
    shown = sqlite_office.browser("linhai").told(f"/tasks/{task}")["form"]["components"]
    labels = [one.get("dateLabel") or one.get("label") for one in shown]
    assert [label for label in labels if label in FORM] == FORM
    assert not {"单位", "信封、邮票完好（来信）"} & set(labels)


def test_what_a_list_masks_stays_masked(sqlite_office: Office) -> None:
    office = sqlite_office
    case_id = office.accepted()
    with office.banjie.store.begin() as uow:
        uow.conn.execute(update(case_file).where(case_file.c.id == case_id).values(confidential=True))
    (entry,) = office.browser("sunlihua").told("/registers/FM18a")["items"]
    text = str(entry["fields"])
    assert entry["fields"] and "赵大山" not in text and "男" not in text.replace("男女", "")


def test_secrets_that_a_page_was_not_given_are_not_looked_up(sqlite_office: Office) -> None:
    """The mayor sees the case without taking part in it: no political status, whatever the forms know of it."""
    case_id = sqlite_office.accepted("wangxiaohua")
    outside, inside = (sqlite_office.browser(login).told(f"/cases/{case_id}") for login in ("sunlihua", "wangxiaohua"))
    assert "群众" in str(inside["steps"]) and "群众" in str(inside["party"])
    assert "群众" not in str([*all_rows(outside)]) and "群众" not in str(outside["party"])


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("2026-11-22T14:30:00+08:00", "2026-11-22 14:30"),
        ("2026-11-22T06:30:00Z", "2026-11-22 14:30"),
        ("2026-11-22", "2026-11-22"),
        (True, "是"),
        (3, "3"),
        (["construction_centre", "某公司"], "村镇建设与社会事业服务中心、某公司"),
        ("01M80S3P20A37JREPAY4E0EEYQ", ""),
        ({"required": ["身份证"], "missing": ["户口簿", "照片"]}, "全部材料：身份证，缺少的材料：户口簿、照片"),
        ([{"material": "照片", "reason": "law_changed"}], "材料：照片，理由：法规政策变化"),
        ("", ""),
        ([], ""),
        (None, ""),
    ],
)
def test_values(sqlite_office: Office, value: Any, text: str) -> None:
    banjie: Banjie = sqlite_office.banjie
    with banjie.store.begin(write=False) as uow:
        rows = Labels(banjie.engine, uow, sqlite_office.org_id).rows({"frozen_list": value}, [])
    assert [row["value"] for row in rows] == ([text] if text else [])


def test_what_a_person_wrote_is_never_taken_for_a_choice(sqlite_office: Office) -> None:
    case_id = sqlite_office.start()
    told = REGISTRATION | {"occupation": "service", "receivers": "petition_office"}
    sqlite_office.complete("wangxiaohua", case_id, "CompleteRegistration", told)
    page = sqlite_office.browser("wangxiaohua").told(f"/cases/{case_id}")
    (step,) = [one for one in page["steps"] if one["element_id"] == "CompleteRegistration" and one["kind"] == "step"]
    assert by_key(step["data"])["receivers"] == ("接待人员", "petition_office")


def test_a_case_keeps_the_words_of_the_version_it_runs_by(sqlite_office: Office) -> None:
    """A key that the new version no longer asks for is still called as when it was answered."""
    office = sqlite_office
    case_id = office.accepted()
    files = office.browser("admin").told("/admin/definitions/petition_registration/files")
    forms = files["forms"]
    (field,) = [one for one in forms["classify"]["components"] if one.get("key") == "told_class"]
    field |= {"key": "told_class_now", "label": "告知了类别"}
    body = {"key": "petition_registration", "bpmn": files["bpmn"], "forms": forms, "dmn": files["dmn"]}
    assert office.browser("admin").post("/admin/deploy", body).status_code == 200
    page = office.browser("linhai").told(f"/cases/{case_id}")
    (step,) = [one for one in page["steps"] if one["element_id"] == "Classify" and one["kind"] == "step"]
    assert by_key(step["data"])["told_class"] == ("已将类别告知信访人", "是")


def test_an_incident_names_its_element(sqlite_office: Office) -> None:
    office = sqlite_office
    case_id = office.start()
    with office.banjie.store.begin() as uow:
        row = uow.conn.execute(tables.instance.select().where(tables.instance.c.business_key == case_id)).one()
        uow.conn.execute(
            insert(tables.incident).values(
                org_id=office.org_id, id="i1", instance_id=row.id, process_key=row.process_key, element_id="Classify",
                business_key=case_id, kind="step", source_id="t", code="x", message="出错", created_at=row.started_at,
            )
        )  # fmt: skip
    (told,) = office.browser("admin").told("/admin/incidents")
    assert told["element_name"] == "归类"
    (shown,) = office.browser("wangxiaohua").told(f"/instances/{row.id}/diagram")["incidents"]
    assert shown["element_name"] == "归类"


def test_the_inbox_never_splits_a_light_over_two_pages(sqlite_office: Office) -> None:
    """A yellow task may be due after a green one; it still comes before it."""
    office = sqlite_office
    tasks = [office.task(office.start(), "CompleteRegistration") for _ in range(3)]
    now = office.clock.now()
    hours = [(2, None), (9, now - timedelta(hours=1)), (-1, None)]  # green, yellow, red
    with office.banjie.store.begin() as uow:
        for task, (due, yellow) in zip(tasks, hours, strict=True):
            changed = update(tables.task).where(tables.task.c.id == task)
            uow.conn.execute(changed.values(due_at=now + timedelta(hours=due), yellow_at=yellow))
    browser = office.browser("wangxiaohua")
    lights = [browser.told("/inbox", sort="due", size=1, page=n)["items"][0]["light"] for n in (1, 2, 3)]
    assert lights == ["red", "yellow", "green"]


def test_the_words_of_the_office_are_chinese() -> None:
    labels = [*LABELS.values(), *(label for one in REGISTERS.values() for label in one.labels.values())]
    assert all(re.search("[一-鿿]", label) for label in labels)
    for register in ("FM18a", "FM18b", "FM18d", "FM18e"):
        assert {"name", "phone", "address", "matter", "received_at"} <= set(REGISTERS[register].labels)
