"""What is run while everything breaks: a diagram with every kind of wait, its handlers, the office's daily duty.

start (numbered) -> First -> + -> timer, 2 s ------> + -> Second -> end
                             + -> chaos.count (in) -> +
                             + -> chaos.effect (out)> +
"""

from __future__ import annotations

import http.client
import json
import os
from typing import Any

from engine.registry import HandlerContext, handler
from handlers import load_all as load_office
from office import numbers

KEY, DUTY = "chaos_case", "leader_reception_plan"
RECEIVER = "CHAOS_RECEIVER"  # environment: port of the counting receiver
SERIES = "chaos"

_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
    xmlns:camunda="http://camunda.org/schema/1.0/bpmn" id="D" targetNamespace="http://banjie">"""
CASE = (
    _HEAD
    + """
  <bpmn:process id="chaos_case" name="混沌" isExecutable="true" camunda:historyTimeToLive="P3650D">
    <bpmn:startEvent id="Start" name="登记" camunda:formKey="open">
      <bpmn:extensionElements><camunda:properties>
        <camunda:property name="numberSeries" value="K" /></camunda:properties></bpmn:extensionElements>
      <bpmn:outgoing>F1</bpmn:outgoing></bpmn:startEvent>
    <bpmn:userTask id="First" name="先办" camunda:formKey="said" camunda:candidateGroups="window_clerk">
      <bpmn:incoming>F1</bpmn:incoming><bpmn:outgoing>F2</bpmn:outgoing></bpmn:userTask>
    <bpmn:parallelGateway id="Fork"><bpmn:incoming>F2</bpmn:incoming><bpmn:outgoing>A1</bpmn:outgoing>
      <bpmn:outgoing>B1</bpmn:outgoing><bpmn:outgoing>C1</bpmn:outgoing></bpmn:parallelGateway>
    <bpmn:intermediateCatchEvent id="Wait" name="两秒">
      <bpmn:incoming>A1</bpmn:incoming><bpmn:outgoing>A2</bpmn:outgoing>
      <bpmn:timerEventDefinition id="T"><bpmn:timeDuration xsi:type="bpmn:tFormalExpression">PT2S</bpmn:timeDuration>
      </bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>
    <bpmn:serviceTask id="Count" name="取号" camunda:type="external" camunda:topic="chaos.count">
      <bpmn:incoming>B1</bpmn:incoming><bpmn:outgoing>B2</bpmn:outgoing></bpmn:serviceTask>
    <bpmn:serviceTask id="Effect" name="外发" camunda:type="external" camunda:topic="chaos.effect">
      <bpmn:incoming>C1</bpmn:incoming><bpmn:outgoing>C2</bpmn:outgoing></bpmn:serviceTask>
    <bpmn:parallelGateway id="Join"><bpmn:incoming>A2</bpmn:incoming><bpmn:incoming>B2</bpmn:incoming>
      <bpmn:incoming>C2</bpmn:incoming><bpmn:outgoing>F3</bpmn:outgoing></bpmn:parallelGateway>
    <bpmn:userTask id="Second" name="后办" camunda:formKey="said" camunda:candidateGroups="window_clerk">
      <bpmn:incoming>F3</bpmn:incoming><bpmn:outgoing>F4</bpmn:outgoing></bpmn:userTask>
    <bpmn:endEvent id="End" name="办结"><bpmn:incoming>F4</bpmn:incoming></bpmn:endEvent>
    <bpmn:sequenceFlow id="F1" sourceRef="Start" targetRef="First" />
    <bpmn:sequenceFlow id="F2" sourceRef="First" targetRef="Fork" />
    <bpmn:sequenceFlow id="A1" sourceRef="Fork" targetRef="Wait" />
    <bpmn:sequenceFlow id="A2" sourceRef="Wait" targetRef="Join" />
    <bpmn:sequenceFlow id="B1" sourceRef="Fork" targetRef="Count" />
    <bpmn:sequenceFlow id="B2" sourceRef="Count" targetRef="Join" />
    <bpmn:sequenceFlow id="C1" sourceRef="Fork" targetRef="Effect" />
    <bpmn:sequenceFlow id="C2" sourceRef="Effect" targetRef="Join" />
    <bpmn:sequenceFlow id="F3" sourceRef="Join" targetRef="Second" />
    <bpmn:sequenceFlow id="F4" sourceRef="Second" targetRef="End" />
  </bpmn:process>
</bpmn:definitions>"""
)
DUTY_CASE = (
    _HEAD
    + """
  <bpmn:process id="leader_reception_plan" name="每日一事" isExecutable="true" camunda:historyTimeToLive="P3650D">
    <bpmn:startEvent id="Start" name="日程到期"><bpmn:outgoing>F1</bpmn:outgoing></bpmn:startEvent>
    <bpmn:userTask id="Duty" name="值班" camunda:candidateGroups="reception_leader">
      <bpmn:incoming>F1</bpmn:incoming><bpmn:outgoing>F2</bpmn:outgoing></bpmn:userTask>
    <bpmn:endEvent id="End" name="结束"><bpmn:incoming>F2</bpmn:incoming></bpmn:endEvent>
    <bpmn:sequenceFlow id="F1" sourceRef="Start" targetRef="Duty" />
    <bpmn:sequenceFlow id="F2" sourceRef="Duty" targetRef="End" />
  </bpmn:process>
</bpmn:definitions>"""
)
# Every working day, each one made up for after a standstill.
DUTY_CODE = "R76.plan"
DUTY_RULE = {"rule": "every_workday", "opens": "day", "missed": "run_each", "on_holiday": "skip"}


def form(key: str) -> bytes:
    """A form with the one field `nonce`."""
    field = {"id": "Nonce", "type": "textfield", "key": "nonce", "label": "内容", "validate": {"required": True}}
    return json.dumps({"type": "default", "id": key, "schemaVersion": 18, "components": [field]}).encode()


FILES = {"chaos_case.bpmn": CASE.encode(), "open.form": form("open"), "said.form": form("said")}


@handler("chaos.count")
def count(context: HandlerContext) -> dict[str, Any]:
    """Takes a number without gap in the transaction of the step: exactly once."""
    assert context.uow is not None
    return {"n": numbers.next_number(context.uow, context.org_id, SERIES)}


@handler("chaos.effect", outside=True, timeout=20)
def effect(context: HandlerContext) -> dict[str, Any]:
    """Tells the receiver, which is no part of the database: at least once, always with the same key."""
    conn = http.client.HTTPConnection("127.0.0.1", int(os.environ[RECEIVER]), timeout=15)
    try:
        conn.request("POST", f"/{context.instance_id}/{context.key}")
        if conn.getresponse().status != 204:
            raise RuntimeError("the receiver did not answer 204")
    finally:
        conn.close()
    return {"sent": context.key}


def load_all() -> None:
    """Register the office's handlers besides these."""
    load_office()
