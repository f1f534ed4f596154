"""Every operation on a task, in every place where a task can stand: what is open afterwards, that those beside it are
left alone, and that the matter still ends.

Places: one step after another, beside another branch, one of several repetitions (at once, and in turn), in a
sub-process, in a called regulation (which goes on after it: one that is over takes nothing back).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from engine import suspending
from engine.scheduler import run_all
from office import deadline_book
from storage.tables import engine as tables
from tests.engine.diagrams import KNOWN, chain, el, end, event, extension, form, process, properties, start, user
from tests.support.office import Office
from tests.web.test_moves import user as user_id

_EACH = '<bpmn:multiInstanceLoopCharacteristics{} camunda:collection="${{items}}" camunda:elementVariable="item"/>'


def _step(id: str, *inside: str) -> str:
    due = {"camunda__dueDate": "${deadline('L16.opinion')}"} if id == "b" else {}
    return user(id, *inside, name=f"步骤{id.upper()}", camunda__candidateGroups="window_clerk", **due)


def _b(*inside: str) -> str:
    """b, during which something may be reported."""
    told = extension(properties(messageTitle="又有材料", messageForm="more"))
    event_ = el("boundaryEvent", "m", told, event("message", "m1"), attachedToRef="b", cancelActivity="false")
    return _step("b", *inside) + event_ + end("n") + chain("m", "n")


def _through(id: str, *parts: str, flows: str) -> bytes:
    """a, then what is given, then d."""
    return process(start(), _step("a"), *parts, _step("d"), end(), flows, id=id)


def _inner() -> str:
    return start("i") + _b() + end("e") + chain("i", "b", "e")


PLACES: dict[str, bytes] = {
    "sequential": _through("m_sequential", _b(), flows=chain("start", "a", "b", "d", "end")),
    "parallel": _through(
        "m_parallel", el("parallelGateway", "f"), _b(), _step("c"), el("parallelGateway", "j"),
        flows=chain("start", "a", "f", "b", "j", "d", "end") + chain("f", "c", "j"),
    ),
    "multi_instance": _through(
        "m_multi_instance", _b(_EACH.format("")), flows=chain("start", "a", "b", "d", "end")
    ),
    "multi_instance_in_turn": _through(
        "m_multi_instance_in_turn", _b(_EACH.format(' isSequential="true"')),
        flows=chain("start", "a", "b", "d", "end"),
    ),
    "sub_process": _through(
        "m_sub_process", el("subProcess", "s", _inner()), flows=chain("start", "a", "s", "d", "end")
    ),
    "called": _through(
        "m_called", el("callActivity", "s", calledElement="m_part"), flows=chain("start", "a", "s", "d", "end")
    ),
}  # fmt: skip
PART = process(start("i"), _b(), _step("g"), end("e"), chain("i", "b", "g", "e"), id="m_part")
BESIDE = {"parallel": ["c"], "multi_instance": ["b"]}  # what is open beside b


@dataclass
class Matter:
    """An instance that stands at b, which 王小华 has; 李想 may do what 王小华 may."""

    office: Office
    place: str
    instance: str = ""
    task: str = ""

    def __post_init__(self) -> None:
        banjie, key = self.office.banjie, f"m_{self.place}"
        for name, data in (("m_part", PART), (key, PLACES[self.place])):
            with banjie.store.begin() as uow:
                banjie.engine.deploy(
                    uow,
                    self.office.org_id,
                    name,
                    {f"{name}.bpmn": data, "more.form": form("more")},
                    KNOWN,
                    actor="admin",
                )
        self.case = self.office.start()
        with banjie.store.begin() as uow:
            self.instance = banjie.engine.start(
                uow, self.office.org_id, key, business_key=self.case, variables={"items": ["一", "二"]},
                actor=user_id(self.office, "wangxiaohua"),
            )  # fmt: skip
        self.do(self.open()[0][1])
        self.task = next(task for element, task in self.open() if element == "b")
        self.beside = [one for one in self.open() if one[1] != self.task]
        assert [element for element, _ in self.beside] == BESIDE.get(self.place, [])
        self.post("claim")

    def open(self) -> list[tuple[str, str]]:
        """Elements and ids of the instance's open tasks, in the order in which they began."""
        table = tables.task
        query = select(table.c.element_id, table.c.id).where(
            table.c.instance_id == self.instance, table.c.state == "open"
        )
        with self.office.banjie.store.begin(write=False) as uow:
            rows = uow.conn.execute(query.order_by(table.c.created_at, table.c.id)).all()
        return [(row.element_id, row.id) for row in rows]

    def row(self) -> Any:
        with self.office.banjie.store.begin(write=False) as uow:
            return uow.conn.execute(select(tables.task).where(tables.task.c.id == self.task)).one()

    def post(self, act: str, body: Any = None, login: str = "wangxiaohua") -> Any:
        return self.office.browser(login).done(f"/tasks/{self.task}/{act}", body)

    def later(self, days: int) -> None:
        """So many days have gone by; the sessions have ended."""
        self.office.clock.set(self.office.clock.now() + timedelta(days=days))
        run_all(self.office.banjie.engine)
        self.office = Office(self.office.banjie, self.office.clock, self.office.org_id)

    def ask(self, kind: str, **more: Any) -> str:
        asked = {"kind": kind, "reason": "事由", "user_ids": [user_id(self.office, "denglei")], **more}
        return str(self.post("askings", asked)["id"])

    def answer(self, asking: str, **said: Any) -> None:
        self.office.browser("denglei").done(f"/askings/{asking}/answer", said)

    def do(self, task: str, login: str = "wangxiaohua") -> None:
        self.office.browser(login).done(f"/tasks/{task}/complete", {"answers": {}})

    def ends(self) -> None:
        """Do what is left; the matter must end."""
        for _ in range(10):
            found = self.open()
            if not found:
                break
            task = found[0][1]
            with self.office.banjie.store.begin(write=False) as uow:
                holder = uow.conn.execute(select(tables.task.c.assignee).where(tables.task.c.id == task)).scalar()
            self.do(task, "lixiang" if holder == user_id(self.office, "lixiang") else "wangxiaohua")
        with self.office.banjie.store.begin(write=False) as uow:
            state = uow.conn.execute(select(tables.instance.c.state).where(tables.instance.c.id == self.instance))
            assert state.scalar() == "completed"


def _still_here(matter: Matter) -> None:
    """The task is open, and so is what was beside it."""
    assert (dict([("b", matter.task), *matter.beside]).keys()) <= {element for element, _ in matter.open()}
    assert matter.task in [task for _, task in matter.open()]
    for one in matter.beside:
        assert one in matter.open(), "what stands beside is left alone"


def _claim(matter: Matter) -> None:
    assert matter.row().assignee == user_id(matter.office, "wangxiaohua")
    _still_here(matter)


def _release(matter: Matter) -> None:
    matter.post("release")
    assert matter.row().assignee is None
    _still_here(matter)


def _transfer(matter: Matter) -> None:
    matter.post("transfer", {"user_id": user_id(matter.office, "lixiang"), "reason": "出差"})
    assert matter.row().assignee == user_id(matter.office, "lixiang")
    _still_here(matter)


def _delegate(matter: Matter) -> None:
    asking = matter.ask("delegate")
    _still_here(matter)
    matter.answer(asking, opinion="已办")
    assert matter.row().assignee == user_id(matter.office, "wangxiaohua"), "it is the holder's again"
    _still_here(matter)


def _before(matter: Matter) -> None:
    asking = matter.ask("before", user_ids=[user_id(matter.office, one) for one in ("denglei", "majun")], rule="order")
    matter.answer(asking, agrees=False, opinion="不妥")
    matter.office.browser("majun").done(f"/askings/{asking}/answer", {"agrees": True})
    _still_here(matter)


def _after(matter: Matter) -> None:
    asking = matter.ask("after", answers={})
    _still_here(matter)
    matter.answer(asking, agrees=True)
    assert matter.row().state == "completed", "agreed, it goes on by itself"
    for one in matter.beside:
        assert one in matter.open()


def _refused(matter: Matter) -> None:
    matter.answer(matter.ask("after", answers={}), agrees=False, opinion="不妥")
    _still_here(matter)


def _take_back(matter: Matter) -> None:
    asking = matter.ask("after", answers={})
    matter.office.browser("wangxiaohua").done(f"/askings/{asking}/remove", {"reason": "不必了"})
    _still_here(matter)


def _return(matter: Matter) -> None:
    """To a; whatever the diagram puts beside b goes with it, as the preview says."""
    found = matter.office.browser("wangxiaohua").told(f"/tasks/{matter.task}/returns")
    target = next(one["target"] for one in found if one["element_id"] == "a")
    asking = matter.ask("before")
    told = matter.post("return/preview", {"target": target})
    assert {one["id"] for one in told["tasks"]} == {matter.task, *(task for _, task in matter.beside)}
    assert next(one["asked"] for one in told["tasks"] if one["id"] == matter.task) == ["邓磊"]
    matter.post("return", {"target": target, "opinion": "材料不全"})
    assert [element for element, _ in matter.open()] == ["a"]
    late = matter.office.browser("denglei").post(f"/askings/{asking}/answer", {"agrees": True})
    assert late.status_code == 409


def _withdraw(matter: Matter) -> None:
    matter.do(matter.task)
    mine = matter.office.browser("wangxiaohua").told(f"/cases/{matter.case}")["withdrawable"]
    assert matter.task in [one["task_id"] for one in mine]
    matter.post("withdraw", {"opinion": "办错了"})
    standing = [element for element, _ in matter.open()]
    assert sorted(standing) == sorted(["b", *(element for element, _ in matter.beside)])
    for one in matter.beside:
        assert one in matter.open()


def _clock(matter: Matter, act: str, **more: Any) -> None:
    body = {"deadline_ids": [matter.row().deadline_ref], "reason": "听证", **more}
    matter.office.browser("wangxiaohua").done(f"/cases/{matter.case}/{act}", body)


def _stop(matter: Matter) -> None:
    """The clock of b stands still for 41 days, of which the first is that of its start; and only that of b."""
    before = [_due(matter, task) for _, task in matter.beside]
    _clock(matter, "stop", cause="hearing", expected_on="2026-12-03")
    assert (matter.row().due_at, matter.row().deadline_ref is not None) == (None, True)
    found = matter.office.browser("wangxiaohua").told("/inbox")["items"]
    assert next(one["stopped"] for one in found if one["id"] == matter.task) == "听证"
    matter.later(40)
    assert matter.row().due_at is None
    _clock(matter, "resume")
    assert f"{matter.row().due_at:%Y-%m-%d}" == "2027-02-04", "40 days after the unrolled end, 26 December"
    assert [_due(matter, task) for _, task in matter.beside] == before
    _still_here(matter)


def _stopped_and_done(matter: Matter) -> None:
    """Done while its clock stands still, it is in time."""
    ref = matter.row().deadline_ref
    _clock(matter, "stop", cause="hearing", expected_on="2026-12-03")
    matter.later(59)
    matter.do(matter.task)
    with matter.office.banjie.store.begin(write=False) as uow:
        row = deadline_book.get_deadline(uow, matter.office.org_id, ref)
    assert (row.closing, row.paused_at, row.stopped_days) == ("closed_on_time", None, 59)
    for one in matter.beside:
        assert one in matter.open()


def _due(matter: Matter, task: str) -> Any:
    with matter.office.banjie.store.begin(write=False) as uow:
        return uow.conn.execute(select(tables.task.c.due_at).where(tables.task.c.id == task)).scalar()


def _report(matter: Matter) -> None:
    """What is reported reaches the event that stands at b, wherever that is; b goes on, and so does the wait."""
    wang = matter.office.browser("wangxiaohua")
    for more in ("照片", "收据"):
        offers = wang.told(f"/cases/{matter.case}/changes")["reports"]
        (offer,) = [one for one in offers if one["title"] == "又有材料"]
        assert [one["key"] for one in offer["form"]["components"]] == ["more"]
        wang.done(f"/cases/{matter.case}/reports", {"id": offer["id"], "answers": {"more": more}})
        _still_here(matter)
    steps = wang.told(f"/cases/{matter.case}")["steps"]
    assert [step["data"][0]["value"] for step in steps if step["name"] == "又有材料"] == ["照片", "收据"]
    matter.do(matter.task)
    open_ones = wang.told(f"/cases/{matter.case}/changes")["reports"]
    late = wang.post(f"/cases/{matter.case}/reports", {"id": offer["id"], "answers": {"more": "迟了"}})
    if "又有材料" not in [one["title"] for one in open_ones]:
        assert late.status_code == 409, "what waited for it has ended"


def _rest(matter: Matter) -> None:
    """挂起 and 恢复, as 并案 and 分案 do: nothing is open or answered meanwhile; then all of it is as it was."""
    asking, before = matter.ask("before"), matter.row()
    banjie, org_id = matter.office.banjie, matter.office.org_id
    with banjie.store.begin() as uow:
        suspending.suspend(banjie.engine, uow, org_id, matter.instance, "并案", actor="admin")
    assert matter.open() == [] and matter.row().state == "suspended"
    assert not matter.office.browser("wangxiaohua").told("/inbox")["items"][1:], "what is left is of the case itself"
    done = matter.office.browser("wangxiaohua").post(f"/tasks/{matter.task}/complete", {"answers": {}})
    late = matter.office.browser("denglei").post(f"/askings/{asking}/answer", {"agrees": True})
    assert (done.status_code, late.status_code) == (409, 409)
    with banjie.store.begin() as uow:
        suspending.resume(banjie.engine, uow, org_id, matter.instance, actor="admin")
    assert matter.row() == before
    _still_here(matter)
    matter.answer(asking, agrees=True)


OPERATIONS: dict[str, Callable[[Matter], None]] = {
    "签收": _claim, "退回待签收": _release, "转办": _transfer, "委派": _delegate, "会签": _before, "办后会签": _after,
    "办后会签不同意": _refused, "撤销会签": _take_back, "退回": _return, "撤回": _withdraw,
    "停止计时、恢复计时": _stop, "停止计时后办完": _stopped_and_done,
    "登记情况": _report, "暂停、恢复": _rest,
}  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_operation_in_place(sqlite_office: Office, operation: str, place: str) -> None:
    matter = Matter(sqlite_office, place)
    OPERATIONS[operation](matter)
    matter.ends()
