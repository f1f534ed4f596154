"""Reading a DMN file: what the decisions are, which they require, and what is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
from dataclasses import dataclass

from lxml import etree

from engine.decisions.cells import Cells, UnknownLanguage
from engine.decisions.table_reading import Remarks, TableReader, text_of
from engine.decisions.tables import Table
from engine.decisions.types import kind_of_type
from engine.expressions import Expression
from engine.feel import Feel
from engine.findings import Finding
from engine.xml import parse_xml
from storage.errors import BanjieError

MAX_DECISIONS = 200
_NAMESPACE = re.compile(r"https?://www\.omg\.org/spec/DMN/\d{8}/(MODEL/?|dmn\.xsd|dmn11\.xsd)")
_REFUSED_LOGIC = ("context", "invocation", "list", "relation", "functionDefinition", "conditional", "for", "every",
                  "some", "filter")  # fmt: skip


@dataclass(frozen=True)
class Drawn:
    """A decision as the file has it."""

    id: str
    name: str
    variable: str
    logic: Table | Feel | Expression
    required: tuple[str, ...]  # ids of the decisions required directly
    names: frozenset[str]  # variables read
    outputs: tuple[str, ...]
    warnings: list[Finding]
    kind: str | None  # of an expression's result


def read_file(data: bytes, file: str, functions: Set[str]) -> tuple[dict[str, Drawn], list[Finding]]:
    """The decisions by id, and the errors."""
    root = parse_xml(data, file)
    remarks = Remarks(file)
    name = etree.QName(root)
    if name.localname != "definitions" or not _NAMESPACE.fullmatch(name.namespace or ""):
        remarks.error("", "dmn.namespace", "不是 DMN 1.1–1.5 文件", "not a DMN 1.1-1.5 file")
        return {}, remarks.errors
    reader = _FileReader(root, name.namespace or "", remarks, functions)
    drawn = reader.read()
    return drawn, remarks.errors


class _FileReader:
    def __init__(self, root: etree._Element, namespace: str, remarks: Remarks, functions: Set[str]) -> None:
        self.root = root
        self.namespace = namespace
        self.remarks = remarks
        self.functions = functions
        self.inputs = {one.get("id", ""): _variable(one, self._q) for one in self._all(root, "inputData")}
        self.decisions = list(self._all(root, "decision"))
        self.variables = {one.get("id", ""): _variable(one, self._q) for one in self.decisions}

        outputs = (one.get("name") for each in self.decisions for one in each.iter(self._q("output")))
        self.outputs = [one for one in outputs if one]

    def _q(self, local: str) -> str:
        return f"{{{self.namespace}}}{local}"

    def _all(self, parent: etree._Element, local: str) -> Iterator[etree._Element]:
        return parent.iterchildren(self._q(local))

    def read(self) -> dict[str, Drawn]:
        """All decisions, or an error for what keeps one from being read."""
        drawn: dict[str, Drawn] = {}
        if not self.decisions:
            self.remarks.error("", "dmn.empty", "文件里没有决策", "there is no decision in the file")
        if len(self.decisions) > MAX_DECISIONS:
            self.remarks.error(
                "", "dmn.too_big", f"决策超过 {MAX_DECISIONS} 个", f"more than {MAX_DECISIONS} decisions"
            )
            return drawn
        types = self._types()
        for element in self.decisions:
            decision_id = element.get("id", "")
            if not decision_id or decision_id in drawn:
                self.remarks.error(
                    decision_id, "dmn.id", "决策没有 id，或 id 重复", "a decision without id, or id used twice"
                )
                continue
            one = self._decision(element, decision_id, types)
            if one is not None:
                drawn[decision_id] = one
        self._check_cycles(drawn)
        return drawn

    def _types(self) -> dict[str, tuple[str, str]]:
        """The file's own types: name -> (base type, allowed values)."""
        types: dict[str, tuple[str, str]] = {}
        for one in self._all(self.root, "itemDefinition"):
            base = text_of(one.find(self._q("typeRef")))
            if one.get("isCollection") == "true" or one.find(self._q("itemComponent")) is not None:
                base = ""
            types[one.get("name", "")] = (base, text_of(one.find(f"{self._q('allowedValues')}/{self._q('text')}")))
        for name, (base, allowed) in list(types.items()):
            seen = {name}
            while base in types and base not in seen:
                seen.add(base)
                base, inherited = types[base]
                allowed = allowed or inherited
            types[name] = (base, allowed)
        return types

    def _decision(self, element: etree._Element, decision_id: str, types: dict[str, tuple[str, str]]) -> Drawn | None:
        name = element.get("name") or decision_id
        required = self._required(element, decision_id, name)
        cells = Cells([*self.inputs.values(), *self.variables.values(), *self.outputs], self.functions)
        before = len(self.remarks.errors)
        warnings: list[Finding] = []
        with self.remarks.about(name, warnings):
            logic = self._logic(element, decision_id, cells, types)
            if logic is None or len(self.remarks.errors) > before:
                return None
        outputs: tuple[str, ...] = (self.variables[decision_id],)
        if isinstance(logic, Table):
            outputs = tuple(column.name for column in logic.outputs)
        variable = element.find(self._q("variable"))
        type_ref = variable.get("typeRef") if variable is not None else None
        base, _ = types.get(type_ref or "", (type_ref or "", ""))
        return Drawn(
            decision_id, name, self.variables[decision_id], logic, required, logic.names, outputs, warnings,
            None if isinstance(logic, Table) else kind_of_type(base),
        )  # fmt: skip

    def _required(self, element: etree._Element, decision_id: str, name: str) -> tuple[str, ...]:
        required: list[str] = []
        for requirement in self._all(element, "informationRequirement"):
            for kind, known in (("requiredDecision", self.variables), ("requiredInput", self.inputs)):
                target = requirement.find(self._q(kind))
                if target is None:
                    continue
                href = target.get("href", "")
                if not href.startswith("#") or href[1:] not in known:
                    self.remarks.error(
                        decision_id, "dmn.requirement", f"决策“{name}”需要的“{href[:60]}”不在本文件里",
                        f"{href[:60]!r} is not in this file",
                    )  # fmt: skip
                elif kind == "requiredDecision" and href[1:] not in required:
                    required.append(href[1:])
        if element.find(self._q("knowledgeRequirement")) is not None:
            self.remarks.error(
                decision_id, "dmn.not_supported", f"决策“{name}”用到业务知识模型，不支持",
                "business knowledge models are not supported",
            )  # fmt: skip
        return tuple(required)

    def _logic(
        self, element: etree._Element, decision_id: str, cells: Cells, types: dict[str, tuple[str, str]]
    ) -> Table | Feel | Expression | None:
        table = element.find(self._q("decisionTable"))
        if table is not None:
            reader = TableReader(table, self._q, self.remarks, cells, types)
            return reader.read(element.get("name") or decision_id, self.variables[decision_id])
        literal = element.find(self._q("literalExpression"))
        if literal is not None:
            text = text_of(literal.find(self._q("text")))
            try:
                compiled = cells.expression(text, literal.get("expressionLanguage"))
                self.remarks.expression(literal.get("id") or decision_id, "表达式", "the expression", compiled)
                return compiled
            except (BanjieError, UnknownLanguage) as error:
                self.remarks.unreadable(literal.get("id") or decision_id, "表达式", "the expression", error)
                return None
        for kind in _REFUSED_LOGIC:
            if element.find(self._q(kind)) is not None:
                self.remarks.error(decision_id, "dmn.not_supported", f"不支持 {kind}", f"{kind} is not supported")
                return None
        self.remarks.error(
            decision_id, "dmn.no_logic", "没有决策表，也没有表达式", "there is no table and no expression"
        )
        return None

    def _check_cycles(self, drawn: dict[str, Drawn]) -> None:
        """Refuse decisions that require each other in a circle."""
        left = {one.id: {each for each in one.required if each in drawn} for one in drawn.values()}
        while free := [one for one, needs in left.items() if not needs & left.keys()]:
            for one in free:
                del left[one]
        for one in left:
            self.remarks.error(
                one, "dmn.cycle", f"决策“{drawn[one].name}”绕一圈又需要自己", "decisions require each other"
            )
            drawn.pop(one)


def _variable(element: etree._Element, q: object) -> str:
    """The name under which an input or a decision is known."""
    variable = element.find(q("variable"))  # type: ignore[operator]
    name = variable.get("name") if variable is not None else None
    return name or element.get("name") or element.get("id") or ""
