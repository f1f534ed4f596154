"""Acts over HTTP: what comes twice is done once, what is not yours is refused, lists and pages agree."""

from __future__ import annotations

import pytest

from storage.tables import engine as tables
from storage.tables.office import case_file
from tests.support.door import dump, together
from tests.support.office import CLASSES, REGISTRATION, VISIT, Office


def count(office: Office, table: object) -> int:
    return len(dump(office.banjie.store)[table.name])  # type: ignore[attr-defined]


def test_a_double_click_on_register_makes_one_matter(office: Office) -> None:
    browser = office.browser("wangxiaohua")
    body = {"answers": VISIT, "request_id": "click-1"}
    first, second = browser.done("/starts/petition_main", body), browser.done("/starts/petition_main", body)
    assert (first["case_id"], first["number"]) == (second["case_id"], second["number"])
    assert count(office, case_file) == 1
    another = browser.done("/starts/petition_main", {**body, "request_id": "click-2"})
    assert another["number"] == "QSZ-2026-V-0002"


def test_both_clicks_arrive_at_the_same_moment(office: Office) -> None:
    browser = office.browser("wangxiaohua")
    body = {"answers": VISIT, "request_id": "click-1"}
    answers = together(*(lambda: browser.post("/starts/petition_main", body) for _ in range(4)))
    assert [answer.status_code for answer in answers] == [200] * 4, [answer.text for answer in answers]
    assert len({answer.json()["case_id"] for answer in answers}) == 1
    assert count(office, case_file) == 1 and count(office, tables.instance) >= 1
    assert browser.done("/starts/petition_main", {"answers": VISIT})["number"] == "QSZ-2026-V-0002", "no number is lost"


def test_a_double_click_on_done_is_told_so(office: Office) -> None:
    case_id = office.start()
    task, browser = office.task(case_id, "CompleteRegistration"), office.browser("wangxiaohua")
    body = {"answers": REGISTRATION}
    answers = together(*(lambda: browser.post(f"/tasks/{task}/complete", body) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409], [answer.text for answer in answers]
    lost = [answer.json()["error"]["code"] for answer in answers if answer.status_code == 409]
    assert set(lost) <= {"task.already_done", "instance.changed", "task.claimed"}
    again = browser.post(f"/tasks/{task}/complete", body)
    assert (again.status_code, again.json()["error"]["code"]) == (409, "task.already_done")
    steps = [step["name"] for step in browser.told(f"/cases/{case_id}")["steps"]]
    assert steps.count("完善登记") == 1


def test_two_people_claim_and_one_gets_it(office: Office) -> None:
    task = office.task(office.start(), "CompleteRegistration")
    people = [office.browser(login) for login in ("wangxiaohua", "linhai")]
    answers = together(*(lambda person=person: person.post(f"/tasks/{task}/claim") for person in people))
    codes = sorted(answer.status_code for answer in answers)
    assert codes in ([200, 403], [200, 409]), [answer.text for answer in answers]
    winner = people[[answer.status_code for answer in answers].index(200)]
    loser = people[1 - people.index(winner)]
    refused = loser.post(f"/tasks/{task}/complete", {"answers": REGISTRATION})
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "task.not_yours")
    assert loser.told(f"/tasks/{task}")["may"]["complete"] is False
    winner.done(f"/tasks/{task}/release")
    loser.done(f"/tasks/{task}/claim")
    loser.done(f"/tasks/{task}/complete", {"answers": REGISTRATION})


@pytest.mark.parametrize("act", ["claim", "release", "complete"])
def test_a_task_that_is_not_there(sqlite_office: Office, act: str) -> None:
    answer = sqlite_office.browser("wangxiaohua").post(f"/tasks/none/{act}", {"answers": {}})
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "task.unknown")
    assert sqlite_office.browser("wangxiaohua").get("/tasks/none").status_code == 404


def test_a_task_of_somebody_else(sqlite_office: Office) -> None:
    office = sqlite_office
    task = office.task(office.start(), "CompleteRegistration")
    before = dump(office.banjie.store)
    for login in ("dingyi", "sunlihua"):  # a unit's head, the mayor
        office.browser(login)
    before = dump(office.banjie.store)
    for login in ("dingyi", "sunlihua"):
        for act in ("claim", "release", "complete"):
            answer = office.browser(login).post(f"/tasks/{task}/{act}", {"answers": REGISTRATION})
            assert answer.status_code in (403, 404), f"{login} {act}: {answer.text}"
    assert dump(office.banjie.store) == before


def test_who_may_not_start_is_not_offered_it(sqlite_office: Office) -> None:
    office = sqlite_office
    offered = {item["process_key"] for item in office.browser("wangxiaohua").told("/starts")}
    assert {"petition_main", "first_inquiry"} <= offered
    browser = office.browser("fangmin")
    for key in offered - {item["process_key"] for item in browser.told("/starts")}:
        answer = browser.post(f"/starts/{key}", {"answers": {}})
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "start.not_yours"), key


def test_what_only_a_diagram_starts_cannot_be_started_by_hand(sqlite_office: Office) -> None:
    for key in ("deadline_ladder", "petition_way", "supervision"):
        before = dump(sqlite_office.banjie.store, but=frozenset({"session", "log_in"}))
        answer = sqlite_office.browser("wangxiaohua").post(f"/starts/{key}", {"answers": {}})
        assert answer.status_code in (403, 404, 422), f"{key}: {answer.status_code} {answer.text}"
        assert dump(sqlite_office.banjie.store, but=frozenset({"session", "log_in"})) == before
    unknown = sqlite_office.browser("wangxiaohua").post("/starts/nothing", {"answers": {}})
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (404, "process.unknown")


def test_a_petition_from_desk_to_deadline(office: Office) -> None:
    """The pages that a clerk sees on the way agree with each other."""
    case_id, browser = office.start(), office.browser("wangxiaohua")
    task = office.task(case_id, "CompleteRegistration")
    page = browser.told(f"/tasks/{task}")
    assert page["form"]["type"] == "default" and page["data"]["matter"] == VISIT["matter"] and page["may"]["claim"]
    done = browser.done(f"/tasks/{task}/complete", {"answers": REGISTRATION})
    assert [item["element_id"] for item in done["next"]] == ["Classify"] and done["case_id"] == case_id
    office.complete("wangxiaohua", case_id, "Classify", CLASSES)
    office.complete("wangxiaohua", case_id, "Inform", {"decision": "accepted", "notice_way": "written"})
    case = browser.told(f"/cases/{case_id}")
    reply = next(item for item in case["deadlines"] if item["code"] == "R39.reply")
    assert reply["due_at"] == "2026-11-29T23:59:59+08:00" or reply["due_at"].endswith("23:59:59+08:00")
    assert reply["light"] == "green" and reply["explanation"]
    assert [step["name"] for step in case["steps"]][:2] != [] and case["instances"]
    assert browser.done("/cases/search", {"q": "水渠"})["total"] == 1
    assert browser.done("/cases/search", {"q": "没有这件"})["total"] == 0
    live = browser.told(f"/instances/{case['instances'][0]['id']}/diagram")
    assert live["xml"].startswith("<?xml") and live["tokens"] and live["done"]
    similar = browser.done("/duplicates", {"name": VISIT["name"], "matter": VISIT["matter"]})
    assert [item["case_id"] for item in similar] == [case_id]


def test_urging_is_for_overseers(office: Office) -> None:
    case_id = office.accepted()
    assert office.browser("chenjing").done(f"/cases/{case_id}/urge", {"text": "请按期答复"}) == {"number": 1}
    assert office.browser("chenjing").done(f"/cases/{case_id}/urge", {"text": "再催"}) == {"number": 2}
    refused = office.browser("weina").post(f"/cases/{case_id}/urge", {"text": "请按期答复"})
    assert refused.status_code in (403, 404)
    bad = office.browser("chenjing").post(f"/cases/{case_id}/urge", {"text": "x", "method": "shout"})
    assert (bad.status_code, bad.json()["error"]["code"]) == (422, "request.invalid")
    assert office.browser("sunlihua").done(f"/cases/{case_id}/supervise", {"text": "限三日内报结果"}) == {"ok": True}
    keys = {row["process_key"] for row in office.browser("chenjing").told(f"/cases/{case_id}")["instances"]}
    assert keys == {"petition_main", "supervision"}


def test_the_board_is_for_leaders(sqlite_office: Office) -> None:
    sqlite_office.accepted()
    assert sqlite_office.browser("sunlihua").told("/board")["totals"]["open"] == 1
    assert sqlite_office.browser("weina").get("/board").status_code == 403


def test_paging_has_bounds(sqlite_office: Office) -> None:
    browser = sqlite_office.browser("wangxiaohua")
    for query in ({"page": 0}, {"size": 0}, {"size": 201}, {"page": "x"}, {"light": "blue"}):
        answer = browser.get("/inbox", **query)
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "request.invalid"), query
        answer = browser.post("/inbox/search", query)
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "request.invalid"), query
    assert browser.post("/inbox/search", {"q": "长" * 101}).json()["error"]["code"] == "request.invalid"
    for number in range(3):
        sqlite_office.start(matter=f"第{number}件")
    pages = [browser.told("/cases", page=page, size=2) for page in (1, 2, 3)]
    assert [len(page["items"]) for page in pages] == [2, 1, 0] and {page["total"] for page in pages} == {3}


@pytest.mark.parametrize("path", ["/api/nothing", "/api/cases/x/y/z", "/api"])
def test_an_unknown_address(sqlite_office: Office, path: str) -> None:
    answer = sqlite_office.browser("wangxiaohua").client.get(path)
    if path != "/api":
        assert answer.status_code == 404 and answer.json()["error"]["message"] == "没有这个页面或内容。"
    assert sqlite_office.browser("wangxiaohua").client.put("/api/inbox").status_code in (404, 405)
