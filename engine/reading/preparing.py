"""What is made of a parsed file before it is read: elements without an id get one, global tasks become processes."""

from __future__ import annotations

from collections.abc import Set
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from engine.reading.extensions import BPMN, tag

if TYPE_CHECKING:
    from engine.reading.notes import Notes

Xml = Any  # an lxml element

GLOBAL_TASKS = {
    "globalTask": "task",
    "globalUserTask": "userTask",
    "globalManualTask": "manualTask",
    "globalScriptTask": "scriptTask",
    "globalBusinessRuleTask": "businessRuleTask",
}


def give_ids(root: Xml, kinds: Set[str], notes: Notes) -> None:
    """The standard lets a flow node have no id (8.3.1); history and repairs need one, so it is numbered."""
    taken = {xml.get("id") for xml in root.iter()}
    number = 0
    for xml in root.iter():
        if tag(xml) not in kinds or xml.get("id"):
            continue
        while f"{tag(xml)}_{number}" in taken:
            number += 1
        id = f"{tag(xml)}_{number}"
        taken.add(id)
        xml.set("id", id)
        zh = f"有一个 {tag(xml)} 没有 ID，暂且叫 {id}；请在建模工具里重新保存。"
        notes.add(id, "id.missing", zh, f"A {tag(xml)} has no id; it is called {id}.", "warning")


def process_of(task: Xml) -> Xml:
    """A global task (10.2.7) as a process that consists of this task alone; both bear its id."""
    inside = deepcopy(task)
    inside.tag = "{" + BPMN + "}" + GLOBAL_TASKS[tag(task)]
    made = task.makeelement("{" + BPMN + "}process", {"id": task.get("id") or ""}, nsmap=task.nsmap)
    made.append(inside)
    return made
