"""The diagrams that are measured: a long sequence, and a rework loop with a timer on its task."""

from __future__ import annotations

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" '
    'targetNamespace="http://banjie"><bpmn:process id="{key}" name="{key}" isExecutable="true">'
)
_TAIL = "</bpmn:process></bpmn:definitions>"


def _flow(number: int, source: str, target: str, condition: str = "") -> str:
    inner = f'<bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">{condition}</bpmn:conditionExpression>'
    head = f'<bpmn:sequenceFlow id="F{number}" sourceRef="{source}" targetRef="{target}">'
    return f"{head}{inner if condition else ''}</bpmn:sequenceFlow>"


def _boundary(task: str) -> str:
    return (
        f'<bpmn:boundaryEvent id="{task}_timer" attachedToRef="{task}" cancelActivity="false">'
        "<bpmn:timerEventDefinition>"
        '<bpmn:timeDuration xsi:type="bpmn:tFormalExpression">P30D</bpmn:timeDuration></bpmn:timerEventDefinition>'
        f'</bpmn:boundaryEvent><bpmn:endEvent id="{task}_late"/>'
        f'<bpmn:sequenceFlow id="{task}_flow" sourceRef="{task}_timer" targetRef="{task}_late"/>'
    )


def sequence(tasks: int = 20) -> bytes:
    """`tasks` user tasks in a row; a boundary timer on every fourth, an exclusive gateway after every fifth."""
    parts, previous, flows = ['<bpmn:startEvent id="Begin"/>'], "Begin", 0
    for number in range(1, tasks + 1):
        task = f"T{number}"
        parts.append(f'<bpmn:userTask id="{task}" name="办理{number}"/>')
        parts.append(_flow(flows := flows + 1, previous, task))
        if number % 4 == 0:
            parts.append(_boundary(task))
        previous = task
        if number % 5 == 0:
            gateway = f"G{number}"
            parts.append(
                f'<bpmn:exclusiveGateway id="{gateway}" default="F{flows + 3}"/><bpmn:endEvent id="{gateway}_stop"/>'
            )
            parts.append(_flow(flows := flows + 1, task, gateway))
            parts.append(_flow(flows := flows + 1, gateway, f"{gateway}_stop", '${outcome == "stop"}'))
            if number == tasks:
                break
            parts.append(f'<bpmn:task id="{gateway}_on"/>')
            parts.append(_flow(flows := flows + 1, gateway, f"{gateway}_on"))
            previous = f"{gateway}_on"
    parts.append('<bpmn:endEvent id="Finish"/>')
    parts.append(_flow(flows + 1, f"G{tasks}" if tasks % 5 == 0 else previous, "Finish"))
    return (_HEAD.format(key="sequence") + "".join(parts) + _TAIL).encode()


def loop() -> bytes:
    """A task that is returned again and again, with a boundary timer on it."""
    parts = [
        '<bpmn:startEvent id="Begin"/><bpmn:userTask id="Work" name="办理"/>',
        '<bpmn:exclusiveGateway id="Again" default="F4"/>',
        '<bpmn:endEvent id="Finish"/>',
        _boundary("Work"),
        _flow(1, "Begin", "Work"),
        _flow(2, "Work", "Again"),
        _flow(3, "Again", "Work", '${outcome == "again"}'),
        _flow(4, "Again", "Finish"),
    ]
    return (_HEAD.format(key="loop") + "".join(parts) + _TAIL).encode()
