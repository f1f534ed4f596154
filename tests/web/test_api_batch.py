"""Several tasks at once: each by itself, and only what may be done together."""

from __future__ import annotations

from tests.support.office import Office
from tests.support.sql import asked

BPMN = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:camunda="http://camunda.org/schema/1.0/bpmn" id="D" targetNamespace="http://banjie">
  <bpmn:process id="circular" name="阅知" isExecutable="true" camunda:historyTimeToLive="P3650D">
    <bpmn:startEvent id="Start" name="发文" camunda:formKey="paper"><bpmn:outgoing>F1</bpmn:outgoing></bpmn:startEvent>
    <bpmn:userTask id="Read" name="阅知" camunda:candidateGroups="petition_clerk">
      <bpmn:incoming>F1</bpmn:incoming><bpmn:outgoing>F2</bpmn:outgoing>
    </bpmn:userTask>
    <bpmn:endEvent id="End" name="已阅"><bpmn:incoming>F2</bpmn:incoming></bpmn:endEvent>
    <bpmn:sequenceFlow id="F1" sourceRef="Start" targetRef="Read" />
    <bpmn:sequenceFlow id="F2" sourceRef="Read" targetRef="End" />
  </bpmn:process>
</bpmn:definitions>"""
PAPER = {
    "type": "default",
    "id": "paper",
    "schemaVersion": 18,
    "components": [{"id": "Matter", "type": "textfield", "key": "matter", "label": "事由"}],
}


def _tasks(office: Office, step: str) -> list[str]:
    items = office.browser("linhai").told("/inbox", size=200)["items"]
    return [item["id"] for item in items if item["step"] == step]


def test_steps_without_a_form_are_completed_together(office: Office) -> None:
    body = {"key": "circular", "bpmn": BPMN, "forms": {"paper": PAPER}}
    office.browser("admin").done("/admin/deploy", body)
    for matter in ("关于防汛", "关于防火"):
        office.start("linhai", "circular", matter=matter)
    office.start("linhai")  # a registration, which is done by itself
    papers, registration = _tasks(office, "阅知"), _tasks(office, "完善登记")
    assert (len(papers), len(registration)) == (2, 1)
    linhai = office.browser("linhai")
    told = linhai.done("/batch/complete", {"ids": [papers[0], *registration, "none", papers[1]], "answers": {}})
    assert [(one["ok"], one["code"]) for one in told] == [
        (True, None),
        (False, "task.no_batch"),
        (False, "task.unknown"),
        (True, None),
    ]
    assert _tasks(office, "阅知") == []
    assert _tasks(office, "完善登记") == registration


def test_claiming_several_tells_of_each(office: Office) -> None:
    for _ in range(2):
        office.start("linhai")
    first, second = _tasks(office, "完善登记")
    office.browser("wangxiaohua").done(f"/tasks/{first}/claim")
    told = office.browser("linhai").done("/batch/claim", {"ids": [first, second, second]})
    assert [(one["id"], one["ok"], one["code"]) for one in told] == [
        (first, False, "task.not_yours"),
        (second, True, None),
    ]
    assert office.browser("linhai").post("/batch/claim", {"ids": []}).status_code == 422
    assert office.browser("linhai").post("/batch/claim", {"ids": ["x"] * 101}).status_code == 422


def test_several_share_a_commit(office: Office) -> None:
    office.browser("admin").done("/admin/deploy", {"key": "circular", "bpmn": BPMN, "forms": {"paper": PAPER}})
    for number in range(6):
        office.start("linhai", "circular", matter=f"关于第{number}件")
    papers, linhai = _tasks(office, "阅知"), office.browser("linhai")

    def commits(ids: list[str]) -> int:
        with asked(office.banjie.store) as told:
            assert all(one["ok"] for one in linhai.done("/batch/claim", {"ids": ids}))
        return told.commits

    assert commits(papers[:1]) == commits(papers[1:]), "five are claimed in as many commits as one"


def test_transferring_several_tells_of_each(sqlite_office: Office) -> None:
    office = sqlite_office
    for _ in range(2):
        office.start("linhai")
    first, second = _tasks(office, "完善登记")
    linhai = office.browser("linhai")
    linhai.done(f"/tasks/{first}/claim")
    to = {"user_id": "wangxiaohua", "unit_id": None, "reason": "外出开会"}
    told = linhai.done("/batch/transfer", {"ids": [first, second, first], **to})
    assert [(one["id"], one["ok"], one["code"]) for one in told] == [
        (first, True, None),
        (second, False, "task.not_claimed"),
    ]
    mine = office.browser("wangxiaohua").told("/inbox", filter="mine")["items"]
    assert [one["id"] for one in mine] == [first]
