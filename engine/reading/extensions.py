"""What a modeler adds to BPMN: Camunda 7 attributes and extension elements, also under the names of its kin."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine.elements.base import Node, Parameter
from engine.reading.notes import Notes

Xml = Any  # an lxml element

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
C7 = "http://camunda.org/schema/1.0/bpmn"
DIALECTS = (
    C7,
    "http://operaton.org/schema/1.0/bpmn",
    "http://flowable.org/bpmn",
    "http://activiti.org/bpmn",
)
LANGUAGES = frozenset({"", "banjie", "juel", "python"})  # what `language` and `scriptFormat` may say


def tag(xml: Xml) -> str:
    """The local name of a BPMN element; empty for anything else."""
    name = xml.tag if isinstance(xml.tag, str) else ""
    return name[len(BPMN) + 2 :] if name.startswith("{" + BPMN + "}") else ""


def children(xml: Xml, name: str) -> Iterator[Xml]:
    """Direct BPMN children by name."""
    found: Iterator[Xml] = xml.iterchildren("{" + BPMN + "}" + name)
    return found


def child(xml: Xml, name: str) -> Xml | None:
    """The first direct BPMN child by name."""
    return next(children(xml, name), None)


def child_text(xml: Xml, name: str) -> str | None:
    """The text of the first direct BPMN child by name."""
    found = child(xml, name)
    return None if found is None else "".join(found.itertext()).strip() or None


def language(xml: Xml | None, element_id: str, notes: Notes) -> None:
    """Refuse an expression that says it is in a language other than ours.

    Modelers write XPath, the standard's default, whatever the author has typed; what is no path is read as ours.
    """
    said = "" if xml is None else (xml.get("language") or "").strip()
    text = "" if xml is None else "".join(xml.itertext()).strip()
    if said.lower() in LANGUAGES or not text:
        return
    if "xpath" in said.lower() and "/" not in text:
        zh = f"表达式“{text[:40]}”声明用 XPath；这里按本系统的表达式来读。"
        notes.add(element_id, "expression.language", zh, "The expression is said to be XPath.", "warning")
    else:
        notes.unsupported(element_id, f"{said} 语言的表达式", f"an expression in {said}")


def formal(xml: Xml, name: str, element_id: str, notes: Notes) -> str | None:
    """The text of an expression that is a direct child, such as `<condition>`."""
    language(child(xml, name), element_id, notes)
    return child_text(xml, name)


def flag(xml: Xml, name: str, default: bool) -> bool:
    """A boolean attribute; `1` and `0` are as good as `true` and `false` (XML Schema)."""
    return {"true": True, "1": True, "false": False, "0": False}.get((xml.get(name) or "").strip(), default)


def local_name(xml: Xml, ref: str | None) -> str | None:
    """A reference without its prefix, if the prefix is one that the file declares (`tns:Process_1`)."""
    prefix, colon, name = (ref or "").strip().partition(":")
    return name if colon and prefix in xml.nsmap else (ref or "").strip() or None


def attribute(xml: Xml, name: str) -> str | None:
    """A modeler's attribute, such as `camunda:assignee`."""
    for dialect in DIALECTS:
        value: str | None = xml.get("{" + dialect + "}" + name)
        if value is not None and value.strip():
            return value.strip()
    return None


def extensions(xml: Xml, name: str) -> Iterator[Xml]:
    """A modeler's extension elements by name."""
    around = child(xml, "extensionElements")
    if around is not None:
        for dialect in DIALECTS:
            yield from around.iterchildren("{" + dialect + "}" + name)


def properties(xml: Xml) -> dict[str, str]:
    """`camunda:property` values by name; one that a modeler left empty is not there."""
    found: dict[str, str] = {}
    for group in extensions(xml, "properties"):
        for one in group.iterchildren():
            name, value = one.get("name") or one.get("id"), (one.get("value") or "").strip()
            if name and value:
                found[name] = value
    return found


def read_common(node: Node, xml: Xml, notes: Notes) -> None:
    """Documentation, properties, parameters."""
    node.documentation = child_text(xml, "documentation")
    node.properties = properties(xml)
    if "correlationKey" in node.properties:
        node.correlation = notes.template(node.properties["correlationKey"], node.id, "correlation")
    for block in extensions(xml, "inputOutput"):
        for one in block.iterchildren():
            kind = one.tag.rpartition("}")[2]
            parameter = _parameter(one, node.id, notes)
            if parameter is not None:
                (node.input_parameters if kind == "inputParameter" else node.output_parameters).append(parameter)


def _parameter(xml: Xml, element_id: str, notes: Notes) -> Parameter | None:
    name = (xml.get("name") or "").strip()
    if not name.isidentifier():
        notes.add(
            element_id, "parameter.name", f"参数名“{name}”应由字母、数字和下划线组成。", f"Bad parameter name {name!r}."
        )
        return None
    if len(xml):
        notes.unsupported(element_id, f"参数“{name}”的列表、映射或脚本值", f"list, map or script as value of {name}")
        return None
    template = notes.template(xml.text or "", element_id, "parameter")
    if template is None and not (xml.text or "").strip():
        template = notes.template("${''}", element_id, "parameter")
    return None if template is None else Parameter(name, template)
