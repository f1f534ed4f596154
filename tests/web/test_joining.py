"""并案 and 分案: cases rest under a lead, are answered each by its own paper, may be taken out; nobody learns by it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from threading import Barrier, Thread
from typing import Any
from xml.etree import ElementTree

import pytest
from sqlalchemy import select, update

from engine import verifying
from engine.scheduler import run_all
from office import cases, deadline_book, people
from office.accused import add_accused
from office.joint import ANSWERS_ALL
from storage.errors import BanjieError
from storage.tables import engine as tables
from storage.tables.joining import case_merge
from storage.tables.office import case_file, deadline
from tests.support.joint import REPLY, SECOND, answer, close, merge, second, to_reply, two
from tests.support.office import PROPOSAL, Office
from tests.web.test_moves import code, user
from tests.web.test_papers import words
from web import joining
from web.acts import Actor
from web.paths import PROCESSES


def rows(office: Office, table: Any, *where: Any) -> list[Any]:
    with office.banjie.store.begin(write=False) as uow:
        return list(uow.conn.execute(select(table).where(*where)))


def tasks(office: Office, case_id: str) -> dict[str, str]:
    found = rows(office, tables.task, tables.task.c.business_key == case_id, tables.task.c.finished_at.is_(None))
    return {row.element_id: row.state for row in found}


def limits(office: Office, case_id: str) -> dict[str, Any]:
    found = rows(office, deadline, deadline.c.case_id == case_id, deadline.c.closed_at.is_(None))
    return {row.code: row.due_at for row in found}


def timers(office: Office, case_id: str) -> list[Any]:
    instances = select(tables.instance.c.id).where(tables.instance.c.business_key == case_id)
    return rows(office, tables.timer, tables.timer.c.instance_id.in_(instances))


def sound(office: Office) -> None:
    """States, rows and hash chains hold together."""
    with office.banjie.store.begin(write=False) as uow:
        assert list(verifying.findings(uow)) == []


def later(office: Office, **much: int) -> Office:
    office.clock.set(office.clock.now() + timedelta(**much))
    while run_all(office.banjie.engine):
        pass
    return Office(office.banjie, office.clock, office.org_id)


def test_merged_cases_rest_and_the_earliest_limit_holds(office: Office) -> None:
    """The older petition is merged into the younger: the due date comes forward, and goes back when it is taken out."""
    other = second(office)
    office = later(office, days=3)
    lead = office.accepted()
    own, earlier = limits(office, lead), limits(office, other)
    reply = next(one for one in own if one in earlier and one != "R48.promise")
    assert earlier[reply] < own[reply]
    linhai = office.browser("linhai")
    shown = linhai.done(f"/cases/{lead}/merge/preview", {"case_ids": [other]})
    (told,) = shown["cases"]
    assert [one["name"] for one in told["tasks"]] == ["拟办"] and told["limits"][0]["kept"] is True
    assert [(one["was"] is not None) for one in shown["limits"]] == [True]
    assert limits(office, lead) == own and tasks(office, other) == {"ProposeWay": "open"}, "looking changes nothing"
    sound(office)
    merge(office, lead, other)
    assert limits(office, lead)[reply] == earlier[reply] and limits(office, other) == earlier
    assert tasks(office, other) == {"ProposeWay": "suspended"} and timers(office, other) == []
    sound(office)
    (task,) = [one for one in linhai.told("/inbox", filter="group")["items"] if one["case_id"] in (lead, other)]
    assert (task["case_id"], task["joined"]) == (lead, 1)
    page, merged = linhai.told(f"/cases/{lead}"), linhai.told(f"/cases/{other}")
    assert [one["case_id"] for one in page["joint"]["cases"]] == [other] and page["joint"]["lead"] is None
    assert (merged["joint"]["merged"], merged["joint"]["lead"]["case_id"]) == (True, lead)
    assert merged["joint"]["lead"]["opinion"] == "同一条水渠，一并办理"
    assert ("并案：并入1件", "同一条水渠，一并办理") in [(one["name"], one["remarks"]) for one in page["steps"]]
    assert "并案：并入主件办理" in [one["name"] for one in merged["steps"]]
    assert any("并案" in line for line in page["deadlines"][0]["explanation"])
    refused = office.browser("linhai").post(f"/tasks/{_suspended(office, other)}/complete", {"answers": {}})
    assert code(refused) == "task.suspended"
    listed = {one["id"]: one for one in linhai.told("/cases")["items"]}
    assert (listed[other]["merged"], listed[lead]["joined"]) == (True, 1)

    body = {"case_id": other, "reason": "不是同一段水渠"}
    linhai.done(f"/cases/{lead}/split", body)
    assert limits(office, lead) == own and limits(office, other) == earlier
    assert tasks(office, other) == {"ProposeWay": "open"} and len(timers(office, other)) == len(timers(office, lead))
    assert code(linhai.post(f"/cases/{lead}/split", body)) == "split.not_merged"
    assert [one["kind"] for one in linhai.told(f"/cases/{other}")["links"]] == ["split"]
    sound(office)
    merge(office, lead, other)
    assert len(rows(office, case_merge, case_merge.c.case_id == other)) == 2


def _suspended(office: Office, case_id: str) -> str:
    (row,) = rows(office, tables.task, tables.task.c.business_key == case_id, tables.task.c.state == "suspended")
    return str(row.id)


def test_a_missed_limit_shows_on_the_lead_and_what_was_missed_fires_after_a_split(office: Office) -> None:
    other = second(office)
    office = later(office, days=3)
    lead = office.accepted()
    merge(office, lead, other)
    due = min(limits(office, other).values())
    before = len(rows(office, tables.history, tables.history.c.business_key == other))
    office.clock.set(due + timedelta(minutes=1))
    office = later(office, minutes=1)
    linhai = office.browser("linhai")
    page = linhai.told(f"/cases/{lead}")
    assert any(one["light"] == "red" for one in page["deadlines"]) and len(page["urgings"]) == 1
    assert len(rows(office, tables.history, tables.history.c.business_key == other)) == before, "nothing fires alone"
    assert linhai.told(f"/cases/{other}")["urgings"] == []
    linhai.done(f"/cases/{lead}/split", {"case_id": other, "reason": "各办各的"})
    office = later(office, minutes=1)
    assert len(office.browser("linhai").told(f"/cases/{other}")["urgings"]) == 1, "its own clock has never stood still"
    assert not any(one["light"] == "red" for one in office.browser("linhai").told(f"/cases/{lead}")["deadlines"])
    sound(office)


def test_what_was_urged_before_is_not_urged_again_on_the_lead(office: Office) -> None:
    other = second(office)
    office.clock.set(min(limits(office, other).values()) + timedelta(minutes=1))
    office = later(office, minutes=1)
    lead = office.accepted()
    merge(office, lead, other)
    office = later(office, minutes=1)
    page, merged = (office.browser("linhai").told(f"/cases/{one}") for one in (lead, other))
    assert (len(page["urgings"]), len(merged["urgings"])) == (0, 1)
    assert [one["light"] for one in page["deadlines"] if one["closed_at"] is None] == ["red"]
    office = later(office, days=14)
    page, merged = (office.browser("linhai").told(f"/cases/{one}") for one in (lead, other))
    assert [len(one["supervisions"]) for one in (page, merged)] == [1, 0], "what comes later comes to the lead"


def test_each_gets_the_answer_its_own_paper_and_its_own_time_to_ask_for_a_review(office: Office) -> None:
    lead, other = two(office)
    merge(office, lead, other)
    to_reply(office, lead)
    linhai = office.browser("linhai")
    tips = linhai.told(f"/tasks/{office.task(lead, 'Reply')}")["guidance"]
    assert ANSWERS_ALL in [tip["text"] for tip in tips]
    answer(office, lead)
    page = linhai.told(f"/cases/{other}")
    assert page["case"]["state"] == "replied" and page["case"]["result"] == "resolved"
    (paper,) = [one for one in page["documents"] if one["form"] == "FM26"]
    (entry,) = [one for one in page["registers"] if one["register"] == "FM26"]
    (led,) = [one for one in linhai.told(f"/cases/{lead}")["documents"] if one["form"] == "FM26"]
    assert paper["number"] != led["number"] and paper["id"] != led["id"]
    shown = next(one["data"] for one in page["steps"] if one["name"] == "答复信访人（并案答复）")
    told = {one["key"]: one["value"] for one in shown}
    assert told["opinion"] == REPLY["opinion"] and told["claim"] == SECOND["demand"] and "attitude" not in told
    assert "重修水渠并赔偿" in str(entry["fields"]) and "赵大山" not in str(entry["fields"])
    assert all(one["closed_at"] for one in page["deadlines"] if one["code"] != "R48.promise")
    assert {one["light"] for one in page["deadlines"]} == {"closed_on_time"}
    text = words(linhai.get(f"/documents/{paper['id']}").content)
    assert SECOND["name"] in text and SECOND["demand"] in text and "赵大山" not in text
    split = linhai.post(f"/cases/{lead}/split", {"case_id": other, "reason": "分开"})
    assert code(split) == "split.answered"

    served = {"served_on": "2026-11-26", "way": "direct", "receiver": "钱小河"}
    linhai.done(f"/documents/{paper['id']}/served", served)
    reviews = [one for one in linhai.told(f"/cases/{other}")["links"] if "-S-" in one["number"]]
    assert [one["kind"] for one in reviews] == ["related"], "its own time to ask for a review runs by its own receipt"
    assert tasks(office, other) == {"ProposeWay": "suspended"}

    close(office, lead)
    office = later(office, minutes=1)
    page = office.browser("linhai").told(f"/cases/{other}")
    assert page["case"]["closed_at"] is not None and page["case"]["result"] == "resolved"
    assert (page["joint"]["merged"], [one["kind"] for one in page["links"] if one["case_id"] == lead]) == (
        False, ["merged"]
    )  # fmt: skip
    assert "ProposeWay" not in tasks(office, other)
    assert rows(office, tables.incident) == []
    sound(office)


def test_the_answer_taken_back_is_taken_back_from_all(office: Office) -> None:
    lead, other = two(office)
    merge(office, lead, other)
    to_reply(office, lead)
    open_limits = limits(office, other)
    answer(office, lead)
    assert limits(office, other) == {}
    (offer,) = office.browser("linhai").told(f"/cases/{lead}")["withdrawable"]
    office.browser("linhai").done(f"/tasks/{offer['task_id']}/withdraw", {"opinion": "漏写依据"})
    assert limits(office, other) == open_limits
    assert [row.answered_at for row in rows(office, case_merge)] == [None]
    answer(office, lead)
    assert limits(office, other) == {} and rows(office, case_merge)[0].answered_at is not None
    sound(office)


def test_a_lead_that_ends_without_an_answer_lets_the_others_go(office: Office) -> None:
    lead, other = two(office)
    merge(office, lead, other)
    linhai = office.browser("linhai")
    (offer,) = linhai.told(f"/cases/{lead}/changes")["reports"]
    assert linhai.told(f"/cases/{other}/changes")["reports"] == [], "what stands still takes no reports"
    linhai.done(f"/cases/{lead}/reports", {"id": offer["id"]})
    office.complete("linhai", lead, "RecordWithdrawal", {"withdrawal_statement": "不再反映", "voluntary": True})
    office = later(office, minutes=1)
    assert tasks(office, other) == {"ProposeWay": "open"} and len(timers(office, other)) > 0
    assert [(row.ending, row.ended_by) for row in rows(office, case_merge)] == [("released", None)]
    sound(office)


def test_what_is_said_face_to_face_to_one_is_no_answer_to_the_others(office: Office) -> None:
    """The lead's petitioner is answered on the spot: its limits end, so that the other goes on with its own at once."""
    lead, other = two(office)
    merge(office, lead, other)
    own = limits(office, other)
    office.complete("linhai", lead, "ProposeWay", PROPOSAL | {"proposed_way": "answer_now"})
    office.complete("chenjing", lead, "DecideWay", {"way": "answer_now", "add_digest": False})
    told = {"result": "explained", "explanation": "按水法年底前修复", "policy_basis": "水法", "attitude": "convinced"}
    office.complete("linhai", lead, "AnswerNow", told)
    office = later(office, minutes=1)
    assert tasks(office, other) == {"ProposeWay": "open"} and limits(office, other) == own
    assert office.browser("linhai").told(f"/cases/{other}")["case"]["state"] == "accepted"
    assert [row.ending for row in rows(office, case_merge)] == ["released"]
    sound(office)


def test_anonymous_ones_are_closed_with_their_lead(office: Office) -> None:
    """Nobody is to be answered; the lead's result is theirs."""
    lead, other = two(office)
    with office.banjie.store.begin() as uow:
        both = (case_file.c.org_id == office.org_id, case_file.c.id.in_([lead, other]))
        uow.conn.execute(update(case_file).where(*both).values(anonymous=True))
    merge(office, lead, other)
    with office.banjie.store.begin() as uow:
        cases.set_result(uow, office.org_id, lead, "resolved", now=office.clock.now())
        for state in ("in_handling", "replied", "closed"):
            cases.set_state(uow, office.org_id, lead, state, now=office.clock.now())
    office = later(office, minutes=1)
    page = office.browser("linhai").told(f"/cases/{other}")
    assert page["case"]["closed_at"] is not None and page["case"]["result"] == "resolved"
    assert [row.ending for row in rows(office, case_merge)] == ["closed"]
    assert {one["light"] for one in page["deadlines"]} == {"closed_on_time"} or page["deadlines"]
    sound(office)


@pytest.mark.parametrize("path", sorted(PROCESSES.glob("*/*.bpmn")), ids=lambda path: path.parent.name)
def test_where_one_may_be_merged_a_paper_answers(path: Path) -> None:
    """An activity with `jointAnswer` stands in the process itself and has a step that answers on paper."""
    text = path.read_text("utf-8")
    if f'name="{joining.PLACE}"' not in text:
        return
    tree = ElementTree.fromstring(text)
    bpmn = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
    places = [
        node
        for node in tree.findall(f"{bpmn}process/{bpmn}subProcess")
        if joining.PLACE in {one.get("name") for one in _properties(node)}
    ]
    assert len(places) == 1
    answers = [
        {one.get("name"): one.get("value") for one in _properties(task)} for task in places[0].iter(f"{bpmn}userTask")
    ]
    assert any(told.get("caseState") == "replied" and told.get("document") == "FM26" for told in answers)


def _properties(node: Any) -> list[Any]:
    bpmn, camunda = "{http://www.omg.org/spec/BPMN/20100524/MODEL}", "{http://camunda.org/schema/1.0/bpmn}"
    return list(node.findall(f"{bpmn}extensionElements/{camunda}properties/{camunda}property"))


def test_what_cannot_be_merged(office: Office) -> None:
    lead, other = two(office)
    third, raw = office.accepted(name="孙三"), office.start(name="李四")
    linhai, path = office.browser("linhai"), f"/cases/{lead}/merge"

    def refused(*ids: str, where: str = path) -> str:
        return code(linhai.post(where, {"case_ids": list(ids), "opinion": "同一件"}))

    assert refused(lead) == "merge.itself"
    assert refused(raw) == "merge.stage"
    assert refused("none") == "merge.unknown"
    assert code(office.browser("dingyi").post(path, {"case_ids": [other], "opinion": "同一件"})) == "case.unknown"
    assert code(office.browser("guping").post(path, {"case_ids": [other], "opinion": " "})) == "merge.opinion"
    merge(office, lead, other)
    assert refused(other) == "merge.already"
    assert refused(lead, where=f"/cases/{third}/merge") == "merge.leads"
    assert refused(third, where=f"/cases/{other}/merge") == "merge.lead_merged"
    found = rows(office, deadline, deadline.c.case_id == lead)
    stop = {"deadline_ids": [found[0].id], "reason": "听证", "cause": "hearing", "expected_on": "2026-12-31"}
    assert code(linhai.post(f"/cases/{lead}/stop", stop)) == "stop.joint"
    to_reply(office, third)
    answer(office, third)
    assert refused(third) == "merge.answered"
    assert [row.case_id for row in rows(office, case_merge)] == [other]


def test_two_merge_at_once_and_one_is_told(office: Office) -> None:
    """Each makes the other's case the merged one, at the same moment: locked in one order, one comes too late."""
    lead, other = two(office)
    ready, outcomes = Barrier(2), list[str]()

    def act(login: str, one: str, two: str) -> None:
        ready.wait()
        try:
            joining.merge(office.banjie, Actor(office.org_id, user(office, login)), one, [two], "同一件")
            outcomes.append("done")
        except BanjieError as error:
            outcomes.append(error.code)

    threads = [Thread(target=act, args=("linhai", lead, other)), Thread(target=act, args=("chenjing", other, lead))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(outcomes) in (["done", "merge.lead_merged"], ["done", "merge.leads"]), outcomes
    assert len(rows(office, case_merge)) == 1
    sound(office)


def test_who_works_on_a_merged_case_is_urged_at_its_lead(office: Office) -> None:
    lead, other = two(office)
    merge(office, lead, other)
    chen = office.browser("chenjing")
    assert code(chen.post(f"/cases/{other}/urge", {"text": "请尽快办理"})) == "case.merged"
    assert code(chen.post(f"/cases/{other}/supervise", {"text": "请尽快办理"})) == "case.merged"
    assert [chen.told(f"/cases/{one}")["may"]["urge"] for one in (lead, other)] == [True, False]
    chen.done(f"/cases/{lead}/urge", {"text": "请尽快办理"})


def test_a_changed_calendar_moves_both_and_the_earliest_still_holds(office: Office) -> None:
    """The day on which the merged case is due becomes a day of rest; and what is taken out then has its new date."""
    other = second(office)
    office = later(office, days=3)
    lead = office.accepted()
    merge(office, lead, other)
    due = limits(office, other)["R39.reply"]
    assert limits(office, lead)["R39.reply"] == due
    body = {"day": f"{due:%Y-%m-%d}", "working": False, "reason": "全镇停电"}
    office.browser("admin").done("/admin/calendar/days", body)
    moved = limits(office, other)["R39.reply"]
    assert moved > due and limits(office, lead)["R39.reply"] == moved
    assert {row.due_at for row in timers(office, lead)} and timers(office, other) == []
    sound(office)
    office.browser("linhai").done(f"/cases/{lead}/split", {"case_id": other, "reason": "各办各的"})
    assert limits(office, other)["R39.reply"] == moved <= limits(office, lead)["R39.reply"]
    sound(office)


def test_nobody_learns_of_a_case_by_its_being_merged(office: Office) -> None:
    """邓磊 reads the lead; what was merged into it is not there for him, nor is its number anywhere on the page."""
    lead, other = two(office)
    linhai, deng = office.browser("linhai"), office.browser("denglei")
    linhai.done(f"/cases/{lead}/copies", {"user_ids": [user(office, "denglei")]})
    merge(office, lead, other)
    number = linhai.told(f"/cases/{other}")["case"]["number"]
    page = deng.get(f"/cases/{lead}")
    assert page.json()["joint"]["cases"] == [] and page.json()["joint"]["may"] is False
    assert number not in page.text and other not in page.text and SECOND["name"] not in page.text
    assert code(deng.get(f"/cases/{other}")) == "case.unknown"
    assert code(deng.post(f"/cases/{lead}/merge", {"case_ids": [other], "opinion": "看看"})) == "merge.not_yours"
    assert code(deng.post(f"/cases/{lead}/split", {"case_id": other, "reason": "看看"})) == "merge.not_yours"


def test_who_sees_what_is_merged_need_not_see_its_lead(office: Office) -> None:
    lead, other = two(office)
    linhai, deng = office.browser("linhai"), office.browser("denglei")
    linhai.done(f"/cases/{other}/copies", {"user_ids": [user(office, "denglei")]})
    merge(office, lead, other)
    number = linhai.told(f"/cases/{lead}")["case"]["number"]
    page = deng.get(f"/cases/{other}")
    assert (page.json()["joint"]["merged"], page.json()["joint"]["lead"], page.json()["links"]) == (True, None, [])
    assert number not in page.text and lead not in page.text and "同一条水渠，一并办理" not in page.text


def test_a_limit_kept_for_another_is_not_extended(office: Office) -> None:
    other = second(office)
    office = later(office, days=3)
    lead = office.accepted()
    merge(office, lead, other)

    def refused() -> str | None:
        with office.banjie.store.begin(write=False) as uow:
            (row,) = deadline_book.open_deadlines(uow, office.org_id, case_id=lead, code="R39.reply")
            try:
                deadline_book.require_extension(uow, office.org_id, row.id, 2, reason="汛期", now=office.clock.now())
            except BanjieError as error:
                return error.code
        return None

    assert refused() == "extension.joint"
    office.browser("linhai").done(f"/cases/{lead}/split", {"case_id": other, "reason": "分开办"})
    assert refused() != "extension.joint", "then by the rule of the limit itself"


def test_who_is_accused_in_one_has_no_part_in_the_other(office: Office) -> None:
    """The unit that works on one of them is accused in the other: not merged, either way round, and not given later."""
    lead, other = two(office)
    linhai = office.browser("linhai")
    linhai.done(f"/cases/{lead}/copies", {"user_ids": [user(office, "denglei")]})
    with office.banjie.store.begin() as uow:
        add_accused(uow, office.org_id, other, ["邓磊"], now=office.clock.now(), by="admin")
    body = {"case_ids": [other], "opinion": "同一件"}
    assert code(linhai.post(f"/cases/{lead}/merge", body)) == "merge.accused"
    assert code(linhai.post(f"/cases/{lead}/merge/preview", {"case_ids": [other]})) == "merge.accused"
    assert code(linhai.post(f"/cases/{other}/merge", {"case_ids": [lead], "opinion": "同一件"})) == "merge.accused"
    third = office.accepted(name="孙三")
    merge(office, third, other)
    copied = linhai.post(f"/cases/{third}/copies", {"user_ids": [user(office, "denglei")]})
    assert code(copied) == "transfer.accused", "while they are answered as one"


def test_a_confidential_lead_takes_no_open_case(office: Office) -> None:
    secret, plain = two(office)
    with office.banjie.store.begin() as uow:
        mine = (case_file.c.org_id == office.org_id, case_file.c.id == secret)
        uow.conn.execute(update(case_file).where(*mine).values(confidential=True))
    linhai, body = office.browser("linhai"), {"case_ids": [plain], "opinion": "同一件"}
    assert code(linhai.post(f"/cases/{secret}/merge", body)) in ("merge.confidential", "case.unknown")
    assert code(office.browser("wangxiaohua").post(f"/cases/{secret}/merge", body)) == "merge.confidential"
    merge(office, plain, secret, login="wangxiaohua")
    linhai.told(f"/cases/{plain}")


def test_a_clash_that_comes_later_keeps_the_answer_back(office: Office) -> None:
    lead, other = two(office)
    merge(office, lead, other)
    with office.banjie.store.begin() as uow:
        cases.add_participant(uow, office.org_id, other, user(office, "denglei"), "step", now=office.clock.now())
        add_accused(uow, office.org_id, lead, ["邓磊"], now=office.clock.now(), by="admin")
    to_reply(office, lead)
    answer(office, lead)
    assert [row.answered_at for row in rows(office, case_merge)] == [None]
    close(office, lead)
    office = later(office, minutes=1)
    assert tasks(office, other) == {"ProposeWay": "open"}
    sound(office)


@pytest.mark.parametrize("why", ["left", "accused"])
@pytest.mark.parametrize("way", ["split", "released"])
def test_what_goes_on_lies_with_nobody_who_may_not_have_it(office: Office, why: str, way: str) -> None:
    """The holder of a merged case's task is gone when it goes on, by 分案 or because the lead was withdrawn."""
    lead, other = two(office)
    office.browser("linhai").done(f"/tasks/{office.task(other, 'ProposeWay')}/claim")
    merge(office, lead, other, login="wangxiaohua")
    office.complete("wangxiaohua", lead, "ProposeWay", PROPOSAL | {"proposed_way": "phone_contact"})
    with office.banjie.store.begin() as uow:
        if why == "left":
            people.change_user(uow, office.org_id, user(office, "linhai"), active=False)
        else:
            add_accused(uow, office.org_id, other, ["林海"], now=office.clock.now(), by="admin")
    if way == "split":
        office.browser("wangxiaohua").done(f"/cases/{lead}/split", {"case_id": other, "reason": "各办各的"})
    else:
        with office.banjie.store.begin() as uow:
            cases.set_state(uow, office.org_id, lead, "withdrawn", now=office.clock.now())
        office = later(office, minutes=1)
    found = rows(office, tables.task, tables.task.c.business_key == other, tables.task.c.state == "open")
    assert [(row.element_id, row.assignee) for row in found] == [("ProposeWay", None)]
    told = rows(office, tables.history, tables.history.c.business_key == other)
    assert "task_released" in [row.kind for row in told]
    offered = office.browser("wangxiaohua").told("/inbox", filter="group")["items"]
    assert other in [one["case_id"] for one in offered]
    sound(office)
