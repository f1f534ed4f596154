"""Correlation in pure BPMN: keys, properties and subscriptions of the file (formal/2011-01-03, 8.3.2)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from engine.definition import Correlation
from engine.reading.extensions import BPMN, child, child_text, children, formal, local_name, tag

if TYPE_CHECKING:
    from engine.expressions import Expression
    from engine.reading.notes import Notes

Xml = Any  # an lxml element


class Correlations:
    """What the file says about how messages find their instance."""

    def __init__(self, root: Xml, notes: Notes) -> None:
        self.notes = notes
        self.paths: dict[str, dict[str, Xml]] = {}  # property -> message -> where it is in that message
        for one in root.iter("{" + BPMN + "}correlationProperty"):
            found = self.paths.setdefault(one.get("id") or "", {})
            for retrieval in children(one, "correlationPropertyRetrievalExpression"):
                found[local_name(retrieval, retrieval.get("messageRef")) or ""] = retrieval
        self.keys = {
            one.get("id") or "": [local_name(ref, ref.text) or "" for ref in children(one, "correlationPropertyRef")]
            for one in root.iter("{" + BPMN + "}correlationKey")
        }
        self._made: dict[tuple[str, int], Correlation | None] = {}

    def of(self, message: str, xml: Xml, element_id: str) -> Correlation | None:
        """How a message is correlated at an event: by the first key of which it carries all properties."""
        name = message.rpartition(":")[2]
        for key, properties in self.keys.items():
            retrievals = [self.paths.get(one, {}).get(name) for one in properties]
            if properties and all(one is not None for one in retrievals):
                paths = [self._path(one, ("messagePath", "formalExpression"), element_id) for one in retrievals]
                data = self._subscription(key, properties, xml, element_id)
                if None not in paths:
                    return Correlation(key, tuple(path for path in paths if path is not None), data)
        return None

    def _subscription(self, key: str, properties: list[str], xml: Xml, element_id: str) -> tuple[Expression, ...]:
        """The data of the process that the properties of a message must equal (context-based correlation)."""
        process = xml
        while process is not None and tag(process) != "process":
            process = process.getparent()
        for one in children(process, "correlationSubscription") if process is not None else ():
            said = one.get("correlationKeyRef") or child_text(one, "correlationKeyRef")
            if local_name(one, said) != key:
                continue
            bindings = {
                local_name(binding, binding.get("correlationPropertyRef")): binding
                for binding in children(one, "correlationPropertyBinding")
            }
            if set(bindings) != set(properties):
                zh = f"关联订阅没有写全关联键“{key}”的每个属性。"
                self.notes.add(element_id, "correlation.binding", zh, f"The subscription to {key} is not complete.")
                return ()
            data = [self._path(bindings[name], ("dataPath", "formalExpression"), element_id) for name in properties]
            return tuple(path for path in data if path is not None)
        return ()

    def _path(self, xml: Xml, names: tuple[str, ...], element_id: str) -> Expression | None:
        name = next((name for name in names if child(xml, name) is not None), names[0])
        before = len(self.notes.uses)
        path = self.notes.expression(formal(xml, name, element_id, self.notes), element_id, "correlation")
        for number in range(before, len(self.notes.uses)):  # what a message carries need not be a variable
            use = self.notes.uses[number]
            self.notes.uses[number] = replace(use, optional=use.names)
        if path is None:
            zh = "关联属性没有写它在消息（或数据）里的位置。"
            self.notes.add(element_id, "correlation.path", zh, "A correlation property lacks its path.")
        return path
