"""Data in pure BPMN: data objects, properties, inputs and outputs, and the associations between them (10.3, 13.2.2).

A data object, property, data input or data output is a variable; a data store (`engine.stores`) is one in its own
associations only. Its name is the element's name if that can be a variable's name, else its id (with `_` for `-` and
the like). What a sub-process declares is its own: each of its instances has one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from engine.elements.base import Node, Parameter
from engine.reading.extensions import BPMN, Xml, child, child_text, children, language, local_name, tag
from engine.stores import DataStore

if TYPE_CHECKING:
    from engine.reading.notes import Notes

DECLARED = ("dataObject", "property")
STORES = ("dataStoreReference", "dataStore")
JBPM = "http://www.jboss.org/drools"  # its `from` of an input is a text, with `#{…}` for what is worked out
NAMED = (*DECLARED, "dataInput", "dataOutput", "inputDataItem", "outputDataItem", *STORES)


class DataNames:
    """The variable of each data element of a file, by id; a data store's name is one in its own associations."""

    def __init__(self, root: Xml) -> None:
        self._names: dict[str, str] = {}
        self._stores: dict[str, DataStore] = {}  # by the id of the store or of a reference to it
        self.inputs_are_texts = JBPM in root.nsmap.values()
        references = list(root.iter("{" + BPMN + "}dataObjectReference"))
        for xml in root.iter():
            kind = tag(xml)
            if kind in NAMED and xml.get("id"):
                self._names[xml.get("id")] = _own_name(xml) or ""
        for xml in references:  # a data object without a name of its own is called as its first reference is
            of = local_name(xml, xml.get("dataObjectRef")) or ""
            if of in self._names and not self._names[of]:
                self._names[of] = _own_name(xml) or ""
        for id in self._names:
            self._names[id] = self._names[id] or _from_id(id)
        for xml in references:
            of = local_name(xml, xml.get("dataObjectRef")) or ""
            id = xml.get("id") or ""
            self._names[id] = self._names.get(of) or _own_name(xml) or _from_id(id)

        for xml in root.iter(*("{" + BPMN + "}" + kind for kind in STORES)):
            self._add_store(root, xml)

    def _add_store(self, root: Xml, xml: Xml) -> None:
        """Several references may mean one store; one that names none is a store of its own."""
        id = xml.get("id")
        if not id:
            return
        of = local_name(xml, xml.get("dataStoreRef")) if tag(xml) == "dataStoreReference" else None
        told = next((one for one in root.iter("{" + BPMN + "}dataStore") if one.get("id") == of), xml)
        limit = told.get("capacity", "").strip()
        bounded = limit.isdecimal() and told.get("isUnlimited", "false").strip() not in ("true", "1")
        name = xml.get("name") or told.get("name") or id
        self._stores[id] = DataStore(of or id, name, int(limit) if bounded else None)

    def store(self, ref: str | None) -> DataStore | None:
        """The data store that a reference means; None: it is none."""
        return self._stores.get((ref or "").rpartition(":")[2])

    def get(self, ref: str | None) -> str | None:
        """The variable that a reference means; None: it is no data element, or its name and id cannot be a variable."""
        return self._names.get((ref or "").rpartition(":")[2]) or None

    def declared(self, xml: Xml) -> list[str]:
        """The variables that a sub-process declares."""
        found = (self.get(one.get("id")) for kind in DECLARED for one in children(xml, kind))
        return [name for name in found if name and not name.startswith("__")]


def _from_id(id: str) -> str:
    """An id as a variable's name; many tools use UUIDs."""
    return re.sub(r"\W|^(?=\d)", "_", id)


def _own_name(xml: Xml) -> str | None:
    name: str | None = xml.get("name")
    return name if name and name.isidentifier() else None


@dataclass
class Associations:
    """What flows into and out of an activity or event, in the order of the file."""

    inputs: list[Parameter] = field(default_factory=list)
    outputs: list[Parameter] = field(default_factory=list)
    sources: dict[str, str] = field(default_factory=dict)  # variable of an input -> expression that fills it
    targets: dict[str, str] = field(default_factory=dict)  # variable of an output -> variable that it goes to


def read_associations(node: Node, xml: Xml, names: DataNames, notes: Notes) -> Associations:
    """The data associations of an element. One that only draws a line (no data input behind it) carries nothing."""
    found = Associations()
    inner = {one.get("id") for one in xml.iter() if tag(one) in ("dataInput", "dataOutput", "property", *_ITEMS)}
    for kind, into in (("dataInputAssociation", found.inputs), ("dataOutputAssociation", found.outputs)):
        for one in children(xml, kind):
            into += _association(node, one, names, notes, inner, found, incoming=kind == "dataInputAssociation")
    return found


_ITEMS = ("inputDataItem", "outputDataItem")


def _association(
    node: Node, xml: Xml, names: DataNames, notes: Notes, inner: set[str | None], found: Associations, *, incoming: bool
) -> list[Parameter]:
    sources = [(one.text or "").strip() for one in children(xml, "sourceRef")]
    target = child_text(xml, "targetRef") or ""
    assignments = list(children(xml, "assignment"))
    transformation = child_text(xml, "transformation")
    if (names.get(target) or "").startswith("__") and target in inner:
        return []  # a modeler's placeholder: the line is only drawn
    carries = bool(sources) and bool(target) and (target in inner if incoming else sources[0] in inner)
    if not carries and not assignments and transformation is None:
        return []
    reads = {names.get(ref) or "": store for ref in sources if (store := names.store(ref)) is not None}
    if assignments:
        made = [
            part for one in assignments if (part := _assignment(node, one, target, names, notes, incoming)) is not None
        ]
        return [_with_stores(part, reads) for part in made]
    name = _variable(node, target, names, notes)
    if name is None:
        return []
    if transformation is None and len(sources) > 1:
        notes.unsupported(node.id, "没有转换而有几个来源的数据关联", "several sources without a transformation")
        return []
    if transformation is None:
        source = _variable(node, sources[0], names, notes)
        store = names.store(target)
        if source is None or (source == name and not reads and store is None):
            return []
        if not reads and store is None:
            (found.sources if incoming else found.targets)[name if incoming else source] = source if incoming else name
        text = f"get('{source}', None)"
    else:
        language(child(xml, "transformation"), node.id, notes)
        text = transformation
        if incoming and not reads:
            found.sources[name] = text
    return [_with_stores(part, reads, names.store(target)) for part in _parameter(node, name, text, notes)]


def _with_stores(part: Parameter, reads: dict[str, DataStore], store: DataStore | None = None) -> Parameter:
    used = {name: one for name, one in reads.items() if name in part.template.names}
    return replace(part, reads=used, store=store or part.store)


def _assignment(node: Node, xml: Xml, target: str, names: DataNames, notes: Notes, incoming: bool) -> Parameter | None:
    """`from` is worked out and kept in what `to` names: a data element, or the association's own target."""
    source, to = child_text(xml, "from"), child_text(xml, "to") or ""
    for one in ("from", "to"):
        language(child(xml, one), node.id, notes)
    if not source and child(xml, "from") is not None:
        zh = f"数据关联给“{to[:40]}”的赋值没有写内容，不起作用。"
        notes.add(node.id, "data.assignment", zh, f"An assignment to {to[:40]!r} is empty.", "warning")
        return None
    bare = to.removeprefix("${").removesuffix("}").strip()
    name = names.get(bare) or (bare if bare.isidentifier() else None)
    if source is None or name is None or bare.startswith("__"):
        zh = f"数据关联的赋值应写“来源”和一个数据的名称，而不是“{to[:40]}”。"
        notes.add(
            node.id, "data.assignment", zh, f"An assignment needs a source and the name of data, not {to[:40]!r}."
        )
        return None
    made = next(iter(_parameter(node, name, source, notes, text=incoming and names.inputs_are_texts)), None)
    store = names.store(bare) or (names.store(target) if name == names.get(target) else None)
    return None if made is None else _with_stores(made, {}, store)


def _variable(node: Node, ref: str, names: DataNames, notes: Notes) -> str | None:
    name = names.get(ref)
    if name is None or name.startswith("__"):
        zh = f"数据关联的一端“{ref}”不存在，或不是数据。"
        notes.add(node.id, "data.unknown", zh, f"{ref} is no data element.")
        return None
    return name


def _parameter(node: Node, name: str, source: str, notes: Notes, *, text: bool = False) -> list[Parameter]:
    """`source` is an expression, with or without `${…}` around it; `text`: what stands outside `${…}` is a text."""
    marked = source if text or "${" in source or "#{" in source else "${" + source + "}"
    template = notes.template(marked, node.id, "data association")
    return [] if template is None else [Parameter(name, template)]
