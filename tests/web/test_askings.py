"""委派, 会签 and 加签 over HTTP: who may, who is told, what stays in the record, what goes on by itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from office import absences
from office.accused import add_accused
from storage.errors import Refusal
from tests.support.office import CLASSES, REGISTRATION, Office
from tests.web.test_moves import code, user


@pytest.fixture
def held(office: Office) -> tuple[str, str]:
    """A petition at 分类登记, which 王小华 has: the case and the task."""
    case_id = office.start()
    office.complete("wangxiaohua", case_id, "CompleteRegistration", REGISTRATION)
    task = office.task(case_id, "Classify")
    if not office.browser("wangxiaohua").told(f"/tasks/{task}")["may"]["complete"]:
        office.browser("wangxiaohua").done(f"/tasks/{task}/claim")
    return case_id, task


def ask(office: Office, task: str, *logins: str, kind: str = "before", **more: Any) -> Any:
    body = {"kind": kind, "user_ids": [user(office, one) for one in logins], "reason": "请核对类别", **more}
    return office.browser("wangxiaohua").post(f"/tasks/{task}/askings", body)


def mine(office: Office, login: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = office.browser(login).told("/askings")
    return found


def asked(office: Office, login: str) -> int:
    """What the badge in the menu counts beside the tasks."""
    return int(office.browser(login).told("/me")["counts"]["asked"])


def remarks(office: Office, case_id: str) -> list[tuple[str, str | None]]:
    page = office.browser("wangxiaohua").told(f"/cases/{case_id}")
    return [(one["name"], one.get("remarks")) for one in page["steps"]]


def test_opinions_are_heard_before_the_step_is_completed(office: Office, held: tuple[str, str]) -> None:
    case_id, task = held
    wang, deng = office.browser("wangxiaohua"), office.browser("denglei")
    assert deng.get(f"/cases/{case_id}").status_code == 404
    asking = ask(office, task, "denglei", "majun").json()["id"]
    (item,) = mine(office, "denglei")
    assert (item["kind"], item["asked_by_name"], item["step"]) == ("before", "王小华", "归类")
    assert item["number"] and item["title"]
    (notice,) = [one for one in deng.told("/notices") if "王小华请您会签" in one["text"]]
    assert notice["link"] == f"/askings/{asking}"
    refused = wang.post(f"/tasks/{task}/complete", {"answers": CLASSES})
    assert (refused.status_code, code(refused)) == (409, "asking.open")
    assert "邓磊、马军" in refused.json()["error"]["message"]
    for way in ("release", "transfer"):
        body = {"reason": "忙", "user_id": user(office, "linhai")} if way == "transfer" else {}
        assert code(wang.post(f"/tasks/{task}/{way}", body)) in ("asking.open", "task.no_candidates")
    assert code(ask(office, task, "linhai")) == "asking.open"

    shown = deng.told(f"/askings/{asking}")
    assert shown["may"] == {"answer": True, "fill": False} and shown["form"] is not None
    assert code(deng.post(f"/askings/{asking}/answer", {"agrees": False})) == "asking.opinion"
    deng.done(f"/askings/{asking}/answer", {"agrees": False, "opinion": "应归水利"})
    assert code(deng.post(f"/askings/{asking}/answer", {"agrees": True})) == "asking.not_yours"
    assert mine(office, "denglei") == [] and len(mine(office, "majun")) == 1
    office.browser("majun").done(f"/askings/{asking}/answer", {"agrees": True})
    assert any("会签结束：不同意" in one["text"] for one in wang.told("/notices"))
    (told,) = wang.told(f"/tasks/{task}")["askings"]
    assert told["result"] == "refused" and [one["opinion"] for one in told["people"]] == ["应归水利", ""]
    wang.done(f"/tasks/{task}/complete", {"answers": CLASSES})
    assert any(name.endswith("：不同意") and text == "应归水利" for name, text in remarks(office, case_id))
    assert deng.get(f"/cases/{case_id}").status_code == 200, "who has said something of a case may read on"


def test_one_after_another(office: Office, held: tuple[str, str]) -> None:
    _, task = held
    asking = ask(office, task, "denglei", "majun", rule="order").json()["id"]
    assert len(mine(office, "denglei")) == 1 and mine(office, "majun") == []
    assert code(office.browser("majun").get(f"/askings/{asking}")) == "asking.unknown"
    office.browser("denglei").done(f"/askings/{asking}/answer", {"agrees": True})
    assert len(mine(office, "majun")) == 1
    assert any("请您会签" in one["text"] for one in office.browser("majun").told("/notices"))


def test_one_answer_is_enough(office: Office, held: tuple[str, str]) -> None:
    _, task = held
    asking = ask(office, task, "denglei", "majun", rule="any").json()["id"]
    office.browser("majun").done(f"/askings/{asking}/answer", {"agrees": True})
    assert mine(office, "denglei") == []
    office.browser("wangxiaohua").done(f"/tasks/{task}/complete", {"answers": CLASSES})


def test_it_takes_effect_when_all_agree(office: Office, held: tuple[str, str]) -> None:
    case_id, task = held
    step = office.browser("wangxiaohua").told(f"/tasks/{task}")["task"]["step"]
    assert code(ask(office, task, "denglei", kind="after", answers={"matter_classes": ["no such"]})).startswith("form.")
    asking = ask(office, task, "denglei", "majun", kind="after", answers=CLASSES).json()["id"]
    assert office.browser("denglei").told(f"/askings/{asking}")["data"]["matter_classes"] == CLASSES["matter_classes"]
    office.browser("denglei").done(f"/askings/{asking}/answer", {"agrees": True, "opinion": "属实"})
    assert office.task(case_id, "Classify") == task
    office.browser("majun").done(f"/askings/{asking}/answer", {"agrees": True})
    office.task(case_id, "Inform")  # the step went on, as an act of the one who had submitted it
    page = office.browser("wangxiaohua").told(f"/cases/{case_id}")
    assert [one["actor_name"] for one in page["steps"] if one["name"] == step] == ["王小华"]


def test_a_refusal_gives_it_back_with_what_was_filled_in(office: Office, held: tuple[str, str]) -> None:
    _, task = held
    asking = ask(office, task, "denglei", "majun", kind="after", answers=CLASSES).json()["id"]
    office.browser("denglei").done(f"/askings/{asking}/answer", {"agrees": False, "opinion": "类别不对"})
    assert mine(office, "majun") == [], "what cannot be agreed to any more is asked of nobody"
    wang = office.browser("wangxiaohua")
    told = wang.told(f"/tasks/{task}")
    assert told["data"]["matter_classes"] == CLASSES["matter_classes"] and told["askings"][0]["result"] == "refused"
    wang.done(f"/tasks/{task}/complete", {"answers": CLASSES})


def test_delegate_fills_in_and_gives_back(office: Office, held: tuple[str, str]) -> None:
    case_id, task = held
    assert code(ask(office, task, "denglei", "majun", kind="delegate")) == "asking.one"
    asking = ask(office, task, "denglei", kind="delegate").json()["id"]
    deng = office.browser("denglei")
    assert deng.told(f"/askings/{asking}")["may"] == {"answer": True, "fill": True}
    assert code(deng.post(f"/tasks/{task}/complete", {"answers": CLASSES})) == "task.not_yours"
    wrong = {"opinion": "已核", "answers": {"__class__": 1}}
    assert code(deng.post(f"/askings/{asking}/answer", wrong)).startswith("form.")
    deng.done(f"/askings/{asking}/answer", {"opinion": "已核对", "answers": CLASSES})
    told = office.browser("wangxiaohua").told(f"/tasks/{task}")
    assert told["data"]["matter_classes"] == CLASSES["matter_classes"] and told["may"]["complete"]
    assert any("已办好交回" in one["text"] for one in office.browser("wangxiaohua").told("/notices"))
    assert "已核对" in [text for _, text in remarks(office, case_id)]


def test_asked_in_addition_and_no_longer(office: Office, held: tuple[str, str]) -> None:
    case_id, task = held
    wang = office.browser("wangxiaohua")
    asking = ask(office, task, "denglei").json()["id"]
    wang.done(f"/askings/{asking}/add", {"user_ids": [user(office, "majun")], "reason": "涉及工业"})
    office.browser("denglei").done(f"/askings/{asking}/answer", {"agrees": True})
    late = {"user_id": user(office, "denglei"), "reason": "x"}
    assert code(wang.post(f"/askings/{asking}/remove", late)) == "asking.answered"
    wang.done(f"/askings/{asking}/remove", {"user_id": user(office, "majun"), "reason": "不涉及"})
    assert office.browser("majun").get(f"/cases/{case_id}").status_code == 404, (
        "asked no more, it is not theirs to read"
    )
    assert wang.told(f"/tasks/{task}")["askings"][0]["result"] == "agreed"
    again = ask(office, task, "majun", kind="after", answers=CLASSES).json()["id"]
    wang.done(f"/askings/{again}/remove", {"reason": "改由我办"})
    assert wang.told(f"/tasks/{task}")["askings"][0]["result"] == "removed"
    assert office.task(case_id, "Classify") == task, "taken back is not agreed"
    wang.done(f"/tasks/{task}/complete", {"answers": CLASSES})


def test_taking_out_the_last_who_was_asked_lets_the_step_go_on(office: Office, held: tuple[str, str]) -> None:
    case_id, task = held
    asking = ask(office, task, "denglei", "majun", kind="after", answers=CLASSES).json()["id"]
    office.browser("denglei").done(f"/askings/{asking}/answer", {"agrees": True})
    gone = {"user_id": user(office, "majun"), "reason": "出差"}
    office.browser("wangxiaohua").done(f"/askings/{asking}/remove", gone)
    office.task(case_id, "Inform")


def test_the_accused_are_not_asked_and_see_nothing(office: Office, held: tuple[str, str]) -> None:
    case_id, task = held
    asking = ask(office, task, "majun").json()["id"]
    with office.banjie.store.begin() as uow:
        add_accused(uow, office.org_id, case_id, ["邓磊", "马军"], now=office.clock.now(), by="admin")
    assert code(ask(office, task, "denglei")) == "asking.open"
    wang = office.browser("wangxiaohua")
    added = wang.post(f"/askings/{asking}/add", {"user_ids": [user(office, "denglei")], "reason": "x"})
    assert code(added) == "transfer.accused"
    assert mine(office, "majun") == []
    assert code(office.browser("majun").get(f"/askings/{asking}")) == "asking.unknown"
    assert code(office.browser("majun").post(f"/askings/{asking}/answer", {"agrees": True})) == "asking.unknown"


def test_b_answers_for_a(office: Office, held: tuple[str, str]) -> None:
    case_id, task = held
    asking = ask(office, task, "denglei").json()["id"]
    assert mine(office, "yuanfang") == []
    now = office.clock.now()
    with office.banjie.store.begin() as uow:
        deng = user(office, "denglei")
        absences.add_absence(uow, office.org_id, deng, now, now + timedelta(days=2), "看病", now=now, by=deng)
    (item,) = mine(office, "yuanfang")
    assert item["instead_of"] == "邓磊" and asked(office, "yuanfang") == asked(office, "denglei") == 1
    office.browser("yuanfang").done(f"/askings/{asking}/answer", {"agrees": True, "opinion": "无异议"})
    (told,) = office.browser("wangxiaohua").told(f"/tasks/{task}")["askings"]
    assert (told["people"][0]["name"], told["people"][0]["by_name"]) == ("邓磊", "袁芳")
    assert asked(office, "yuanfang") == asked(office, "denglei") == 0
    assert any("同意（代邓磊）" in name for name, _ in remarks(office, case_id))


def test_it_ends_with_the_step(office: Office, held: tuple[str, str]) -> None:
    """A return takes the question away, and says so before."""
    case_id, task = held
    asking = ask(office, task, "denglei").json()["id"]
    wang, now = office.browser("wangxiaohua"), office.clock.now()
    with office.banjie.store.begin() as uow:
        deng = user(office, "denglei")
        absences.add_absence(uow, office.org_id, deng, now, now + timedelta(days=2), "看病", now=now, by=deng)
    assert office.browser("yuanfang").get(f"/cases/{case_id}").status_code == 200
    target = wang.told(f"/tasks/{task}/returns")[0]["target"]
    shown = wang.done(f"/tasks/{task}/return/preview", {"target": target})
    assert [one["asked"] for one in shown["tasks"] if one["id"] == task] == [["邓磊"]]
    wang.done(f"/tasks/{task}/return", {"target": target, "opinion": "登记有误"})
    assert mine(office, "denglei") == [] and asked(office, "denglei") == 0
    gone = office.browser("yuanfang").get(f"/cases/{case_id}").status_code
    assert gone == 404, "nobody stands in for what is asked no more"
    late = office.browser("denglei").post(f"/askings/{asking}/answer", {"agrees": True})
    assert code(late) == "asking.ended"


def test_what_changed_meanwhile_gives_it_back(office: Office, held: tuple[str, str]) -> None:
    """Agreed to, but it cannot be completed now: the opinion stays, the holder is told why."""
    case_id, task = held
    asking = ask(office, task, "denglei", kind="after", answers=CLASSES).json()["id"]
    host, check = office.banjie.host, office.banjie.host.check

    def refuse(context: Any) -> None:
        raise Refusal("petition.changed", "事项已变更")

    host.check = refuse  # type: ignore[method-assign]
    try:
        office.browser("denglei").done(f"/askings/{asking}/answer", {"agrees": True})
    finally:
        host.check = check  # type: ignore[method-assign]
    assert office.task(case_id, "Classify") == task
    told = office.browser("wangxiaohua").told("/notices")
    assert any("同意，但现在不能提交（事项已变更）" in one["text"] for one in told)


def test_only_the_holder_asks(office: Office, held: tuple[str, str]) -> None:
    _, task = held
    body = {"kind": "before", "user_ids": [user(office, "denglei")], "reason": "看看"}
    assert code(office.browser("lixiang").post(f"/tasks/{task}/askings", body)) in ("task.not_yours", "task.unknown")
    assert code(ask(office, task, "wangxiaohua")) == "asking.self"
    assert code(ask(office, task, "denglei", rule="share")) == "asking.share"
    asking = ask(office, task, "denglei", "majun", "linhai", rule="share", share=60).json()["id"]
    removal = {"user_id": user(office, "majun"), "reason": "x"}
    assert office.browser("lixiang").post(f"/askings/{asking}/remove", removal).status_code in (403, 404)
    for one in ("denglei", "linhai"):
        office.browser(one).done(f"/askings/{asking}/answer", {"agrees": True})
    assert mine(office, "majun") == []
