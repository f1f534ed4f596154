"""Loop characteristics: what makes an activity repeat (formal/2011-01-03, 10.2.8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.elements.activity import Activity
from engine.elements.containers.loop import Loop
from engine.elements.containers.multi_instance import MultiInstance
from engine.elements.containers.standard_loop import StandardLoop
from engine.expressions import Expression
from engine.reading.data import Associations
from engine.reading.events import read_behaviors
from engine.reading.extensions import Xml, attribute, child, child_text, flag, formal
from storage.errors import BanjieError

if TYPE_CHECKING:
    from engine.reading.parser import DiagramParser


def read_loop(parser: DiagramParser, node: Activity, xml: Xml, associations: Associations) -> Loop | None:
    """The loop characteristics of an activity. Associations that carry its collections are taken out of the others."""
    standard = child(xml, "standardLoopCharacteristics")
    multi = child(xml, "multiInstanceLoopCharacteristics")
    if standard is not None and multi is not None:
        zh = "活动不能既是循环又是多实例。"
        parser.notes.add(node.id, "loop.both", zh, "An activity is either a loop or multi-instance.")
    if standard is not None:
        return _standard(parser, node, standard)
    return None if multi is None else _multi_instance(parser, node, multi, associations)


def _expression(parser: DiagramParser, node: Activity, xml: Xml, name: str, what: str) -> Expression | None:
    return parser.notes.expression(formal(xml, name, node.id, parser.notes), node.id, what)


def _standard(parser: DiagramParser, node: Activity, xml: Xml) -> StandardLoop:
    notes = parser.notes
    maximum = xml.get("loopMaximum")
    if maximum is not None and not maximum.strip().isdecimal():
        zh = "循环的最多次数应是非负整数。"
        notes.add(node.id, "loop.maximum", zh, "loopMaximum is no non-negative integer.")
        maximum = None
    condition = _expression(parser, node, xml, "loopCondition", "loop condition")
    if condition is None and maximum is None:
        zh = "循环既没有条件也没有最多次数。"
        notes.add(node.id, "loop.endless", zh, "The loop has neither condition nor maximum.")
    return StandardLoop(
        condition=condition,
        test_before=flag(xml, "testBefore", False),
        maximum=int(maximum) if maximum is not None else None,
    )


def _multi_instance(parser: DiagramParser, node: Activity, xml: Xml, associations: Associations) -> MultiInstance:
    notes = parser.notes
    source, output = _collection(parser, node, xml, associations), _output(parser, node, xml, associations)
    item, output_item = child(xml, "inputDataItem"), _output_item(parser, xml, associations)
    cardinality = _expression(parser, node, xml, "loopCardinality", "cardinality")
    collection = notes.expression(attribute(xml, "collection") or source, node.id, "collection")
    if collection is None and cardinality is None:
        notes.add(node.id, "loop.count", "多实例既没有集合也没有次数。", "No collection and no cardinality.")
    if cardinality is not None and not cardinality.names and not cardinality.calls:
        _check_cardinality(parser, node, cardinality)
    return MultiInstance(
        sequential=flag(xml, "isSequential", False),
        cardinality=cardinality,
        collection=collection,
        item=attribute(xml, "elementVariable") or (None if item is None else parser.data.get(item.get("id"))),
        completion=_expression(parser, node, xml, "completionCondition", "completion"),
        output=output,
        output_item=output_item,
        behaviors=read_behaviors(parser, xml, node.id),
    )


def _check_cardinality(parser: DiagramParser, node: Activity, cardinality: Expression) -> None:
    try:
        count = cardinality.evaluate({})
    except BanjieError:
        return  # told when it runs
    if isinstance(count, bool) or not isinstance(count, int | float) or count < 0 or count != int(count):
        zh = f"多实例的次数应是非负整数，不能是“{cardinality.source[:20]}”。"
        parser.notes.add(node.id, "loop.count", zh, "The cardinality is no non-negative integer.")


def _collection(parser: DiagramParser, node: Activity, xml: Xml, associations: Associations) -> str | None:
    """The collection: the data that is named, or what an association puts into that data input."""
    ref = child_text(xml, "loopDataInputRef")
    name = parser.data.get(ref) or ref
    source = associations.sources.pop(name or "", None)
    filled = any(part.name == name and part.reads for part in associations.inputs)
    if filled or parser.data.store(ref) is not None:
        parser.notes.unsupported(node.id, "直接取自数据存储的多实例集合", "a collection straight from a data store")
    if source is not None:
        associations.inputs[:] = [part for part in associations.inputs if part.name != name]
    return source or name


def _output(parser: DiagramParser, node: Activity, xml: Xml, associations: Associations) -> str | None:
    """Where the outputs are collected: the data that is named, or what an association takes them to."""
    ref = child_text(xml, "loopDataOutputRef")
    name = parser.data.get(ref) or ref
    target = associations.targets.pop(name or "", None)
    kept = any(part.store is not None and name in part.template.names for part in associations.outputs)
    if kept or parser.data.store(ref) is not None:
        parser.notes.unsupported(node.id, "直接放入数据存储的多实例结果", "outputs straight into a data store")
    if target is not None:
        associations.outputs[:] = [part for part in associations.outputs if part.name != target]
    return target or name


def _output_item(parser: DiagramParser, xml: Xml, associations: Associations) -> str | None:
    """The variable that each instance gives: the item itself, or what an association takes into it."""
    item = child(xml, "outputDataItem")
    if item is None:
        return None
    name = parser.data.get(item.get("id"))
    source = next((one for one, target in associations.targets.items() if target == name), None)
    if source is not None:
        associations.outputs[:] = [part for part in associations.outputs if part.name != name]
    return source or name
