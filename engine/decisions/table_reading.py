"""Reading a decision table's columns and rules, cell by cell, each error naming its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from lxml import etree

from engine.decisions.cells import Cells, Condition, UnknownLanguage
from engine.decisions.tables import AGGREGATIONS, HIT_POLICIES, Input, Output, Rule, Table
from engine.decisions.types import CHINESE, fits, kind_of_type
from engine.expressions import Expression
from engine.feel import Feel, FeelError, UnaryTests
from engine.findings import Finding
from storage.errors import BanjieError

MAX_RULES = 5_000
MAX_CELLS = 50_000
MAX_COLUMNS = 100
_CAMUNDA = "{http://camunda.org/schema/1.0/dmn}"
Qualify = Callable[[str], str]


def text_of(element: etree._Element | None) -> str:
    """The text inside an element."""
    return "".join(element.itertext()).strip() if element is not None else ""  # type: ignore[arg-type]


class Remarks:
    """Collects what is wrong with a file, saying where."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.errors: list[Finding] = []
        self._decision = ""
        self._warnings: list[Finding] = []

    @contextmanager
    def about(self, decision: str, warnings: list[Finding]) -> Iterator[None]:
        """What follows is about one decision; its warnings go to `warnings`."""
        self._decision, self._warnings = decision, warnings
        yield
        self._decision, self._warnings = "", []

    def error(self, element: str, rule: str, chinese: str, english: str) -> None:
        """Something that keeps the file from being deployed."""
        self.errors.append(self._finding(element, rule, "error", chinese, english))

    def warning(self, element: str, rule: str, chinese: str, english: str) -> None:
        """Something that is probably not meant."""
        self._warnings.append(self._finding(element, rule, "warning", chinese, english))

    def expression(self, element: str, chinese: str, english: str, compiled: Feel | Expression) -> None:
        """What looks wrong in an expression that can be read."""
        for zh, en in getattr(compiled, "remarks", ()):
            self.warning(element, "dmn.always_null", f"{chinese}：{zh}", f"{english}: {en}")

    def unreadable(self, element: str, chinese: str, english: str, error: Exception) -> None:
        """A text that cannot be compiled."""
        if isinstance(error, UnknownLanguage):
            reason, reason_en = f"不支持表达式语言“{error}”", f"unknown expression language {error}"
        elif isinstance(error, BanjieError):
            reason, reason_en = (
                error.message.rstrip("。"),
                error.english if isinstance(error, FeelError) else error.code,
            )
        else:
            raise error
        self.error(element, "dmn.cell", f"{chinese}：{reason}", f"{english}: {reason_en}")

    def _finding(self, element: str, rule: str, severity: Any, chinese: str, english: str) -> Finding:
        table = f"，决策“{self._decision}”" if self._decision else ""
        table_en = f", decision {self._decision!r}" if self._decision else ""
        zh, en = f"文件 {self.file}{table}：{chinese}。", f"{self.file}{table_en}: {english}."
        return Finding(element, rule, severity, zh, en, self.file)


class TableReader:
    """Reads one `decisionTable`."""

    def __init__(
        self, element: etree._Element, q: Qualify, remarks: Remarks, cells: Cells, types: Mapping[str, tuple[str, str]]
    ) -> None:
        self.element = element
        self.q = q
        self.remarks = remarks
        self.cells = cells
        self.types = types
        self.known = set(cells.names)  # names that a cell may well read
        self.allowed: dict[str, tuple[Any, ...]] = {}  # input id -> its constant input values

    def read(self, name: str, variable: str) -> Table | None:
        """The table; None (and errors) when it cannot be read."""
        policy = self.element.get("hitPolicy") or "UNIQUE"
        aggregation = self.element.get("aggregation")
        where = self.element.get("id") or ""
        inputs = [self._input(one, n) for n, one in enumerate(self.element.findall(self.q("input")), 1)]
        found = self.element.findall(self.q("output"))
        outputs = [self._output(one, n, variable, len(found)) for n, one in enumerate(found, 1)]
        if policy not in HIT_POLICIES:
            self.remarks.error(
                where, "dmn.hit_policy", f"命中策略“{policy[:20]}”不存在", f"unknown hit policy {policy[:20]}"
            )
        if aggregation is not None and (aggregation not in AGGREGATIONS or policy != "COLLECT" or len(outputs) != 1):
            self.remarks.error(
                where, "dmn.aggregation", "汇总只能是 SUM、MIN、MAX、COUNT，且只用于一个输出的 COLLECT 表",
                "an aggregation is SUM, MIN, MAX or COUNT, of a COLLECT table with one output",
            )  # fmt: skip
        if not outputs:
            self.remarks.error(where, "dmn.output", "没有输出列", "there is no output column")
        if len({one.name for one in outputs}) != len(outputs):
            self.remarks.error(where, "dmn.output", "输出列的名字重复", "an output name is used twice")
        if policy in ("PRIORITY", "OUTPUT ORDER") and not any(one.values for one in outputs):
            self.remarks.error(
                where, "dmn.output_values", f"{policy} 要在输出列写明允许值，按优先次序排列",
                f"{policy} needs output values, in the order of their priority",
            )  # fmt: skip
        rules = self._rules([one for one in inputs if one], outputs) if all(inputs) else []
        table = Table(name, tuple(one for one in inputs if one), tuple(outputs), tuple(rules), policy, aggregation)
        self._overlaps(table)
        return table

    # -- columns

    def _type(self, type_ref: str | None) -> tuple[str | None, str]:
        """The kind of a column and the allowed values of its type."""
        base, allowed = self.types.get(type_ref or "", (type_ref or "", ""))
        return kind_of_type(base), allowed

    def _input(self, element: etree._Element, number: int) -> Input | None:
        expression = element.find(self.q("inputExpression"))
        text = text_of(expression.find(self.q("text"))) if expression is not None else ""
        where = element.get("id") or ""
        label = element.get("label") or text or f"{number}"
        if expression is None or not text:
            self.remarks.error(
                where, "dmn.input", f"第 {number} 个输入列没有表达式", f"input {number} has no expression"
            )
            return None
        try:
            compiled = self.cells.expression(text, expression.get("expressionLanguage"))
        except (BanjieError, UnknownLanguage) as error:
            self.remarks.unreadable(where, f"输入列“{label}”", f"input {label!r}", error)
            return None
        self.known |= compiled.names
        self.remarks.expression(where, f"输入列“{label}”", f"input {label!r}", compiled)
        kind, allowed = self._type(expression.get("typeRef"))
        allowed = text_of(element.find(f"{self.q('inputValues')}/{self.q('text')}")) or allowed
        constants = self._constants(allowed)
        if constants:
            self.allowed[where] = constants
        return Input(where, label, compiled, kind, element.get(_CAMUNDA + "inputVariable"))

    def _output(self, element: etree._Element, number: int, variable: str, count: int) -> Output:
        where = element.get("id") or ""
        name = element.get("name") or (variable if count == 1 else "")
        label = element.get("label") or name or f"{number}"
        if not name:
            self.remarks.error(where, "dmn.output", f"第 {number} 个输出列没有名字", f"output {number} has no name")
        kind, allowed = self._type(element.get("typeRef"))
        own = text_of(element.find(f"{self.q('outputValues')}/{self.q('text')}"))
        values = self._constants(own or allowed)
        if own and not values:
            self.remarks.error(
                where, "dmn.output_values", f"输出列“{label}”的允许值应是用逗号分开的值", "unreadable output values"
            )
        default = None
        entry = element.find(self.q("defaultOutputEntry"))
        if entry is not None and (text := text_of(entry.find(self.q("text")))):
            try:
                default = self.cells.expression(text, entry.get("expressionLanguage"))
                self.remarks.expression(where, f"输出列“{label}”的默认值", f"default of output {label!r}", default)
            except (BanjieError, UnknownLanguage) as error:
                self.remarks.unreadable(where, f"输出列“{label}”的默认值", f"default of output {label!r}", error)
        return Output(where, name, label, kind, values, default)

    def _constants(self, text: str) -> tuple[Any, ...]:
        """The constants of a list such as `"a","b"`; empty when it is no such list."""
        if not text:
            return ()
        try:
            found = self.cells.expression(f"[{text}]", None)
            values = () if found.names else tuple(found.evaluate({}))
        except (BanjieError, UnknownLanguage):
            return ()
        return () if any(isinstance(one, list) for one in values) else values

    # -- rules

    def _rules(self, inputs: list[Input], outputs: list[Output]) -> list[Rule]:
        found = self.element.findall(self.q("rule"))
        if len(found) > MAX_RULES or len(found) * (len(inputs) + len(outputs)) > MAX_CELLS or len(inputs) > MAX_COLUMNS:
            where = self.element.get("id") or ""
            self.remarks.error(where, "dmn.too_big", f"决策表太大，最多 {MAX_RULES} 条规则", "the table is too big")
            return []
        rules = [self._rule(one, number, inputs, outputs) for number, one in enumerate(found, 1)]
        return [one for one in rules if one is not None]

    def _rule(self, element: etree._Element, number: int, inputs: list[Input], outputs: list[Output]) -> Rule | None:
        conditions = element.findall(self.q("inputEntry"))
        results = element.findall(self.q("outputEntry"))
        where = element.get("id") or ""
        if len(conditions) != len(inputs) or len(results) != len(outputs):
            self.remarks.error(
                where, "dmn.rule", f"第 {number} 条规则的单元格数与列数不符", f"rule {number} has not one cell a column"
            )
            return None
        tests = [self._test(cell, number, column) for cell, column in zip(conditions, inputs, strict=True)]
        entries = [self._entry(cell, number, column) for cell, column in zip(results, outputs, strict=True)]
        return Rule(where, number, tuple(one for one in tests if one is not None), tuple(entries))

    def _test(self, cell: etree._Element, number: int, column: Input) -> UnaryTests | Condition | None:
        text = text_of(cell.find(self.q("text")))
        where = cell.get("id") or ""
        place, place_en = f"第 {number} 条规则，“{column.label}”列", f"rule {number}, column {column.label!r}"
        try:
            tests = self.cells.tests(text, cell.get("expressionLanguage"), column.variable)
        except (BanjieError, UnknownLanguage) as error:
            self.remarks.unreadable(where, place, place_en, error)
            return None
        for chinese, english in tests.remarks:
            self.remarks.warning(where, "dmn.cell_never", f"{place}：{chinese}", f"{place_en}: {english}")
        self._check_names(where, tests.names - {column.variable or ""}, place, place_en)
        if isinstance(tests, UnaryTests) and not tests.any and not tests.names:
            self._check_never(where, tests, column, place, place_en)
        return tests

    def _check_names(self, where: str, names: frozenset[str], place: str, place_en: str) -> None:
        for name in sorted(names - self.known):
            self.remarks.warning(
                where, "dmn.cell_name", f"{place}读变量“{name}”；如果是文字，请加引号",
                f"{place_en} reads the variable {name!r}; a text needs quotes",
            )  # fmt: skip

    def _check_never(self, where: str, tests: UnaryTests, column: Input, place: str, place_en: str) -> None:
        """A cell whose constants are of another type than its column, or not among its allowed values."""
        allowed = self.allowed.get(column.id)
        if allowed and column.kind in (None, "string") and all(type(one) is str for one in allowed):
            try:
                if not any(tests.matches(one, {}) for one in (*allowed, None)):
                    self.remarks.warning(
                        where, "dmn.cell_never", f"{place}：没有一个允许的输入值符合",
                        f"{place_en}: none of the allowed input values matches",
                    )  # fmt: skip
            except BanjieError:
                return  # not constant: it calls now()
            return
        constants = self._constants(tests.source)
        if constants and None not in constants and not any(fits(one, column.kind) for one in constants):
            wanted = CHINESE[column.kind or "string"]
            self.remarks.warning(
                where, "dmn.cell_never", f"{place}：这一列是{wanted}，单元格不是，永远不会符合",
                f"{place_en}: the cell is no {column.kind}, it never matches",
            )  # fmt: skip

    def _entry(self, cell: etree._Element, number: int, column: Output) -> Feel | Expression | None:
        text = text_of(cell.find(self.q("text")))
        where = cell.get("id") or ""
        if text in ("", "-"):
            return None
        place, place_en = f"第 {number} 条规则，结果“{column.label}”", f"rule {number}, output {column.label!r}"
        try:
            entry = self.cells.expression(text, cell.get("expressionLanguage"))
        except (BanjieError, UnknownLanguage) as error:
            self.remarks.unreadable(where, place, place_en, error)
            return None
        self.remarks.expression(where, place, place_en, entry)
        self._check_names(where, entry.names, place, place_en)
        constants = self._constants(text)
        if len(constants) == 1 and constants[0] is not None:
            if column.values and constants[0] not in column.values:
                self.remarks.error(
                    where, "dmn.output_value", f"{place}不在允许值里", f"{place_en} is not an allowed value"
                )
            elif not fits(constants[0], column.kind):
                self.remarks.error(
                    where,
                    "dmn.output_type",
                    f"{place}应是{CHINESE[column.kind or 'string']}",
                    f"{place_en} is no {column.kind}",
                )
        return entry

    def _overlaps(self, table: Table) -> None:
        """Rules that say the same as an earlier one."""
        seen: dict[tuple[str, ...], int] = {}
        for rule in table.rules:
            texts = tuple("-" if getattr(one, "any", False) else " ".join(one.source.split()) for one in rule.tests)
            first = seen.setdefault(texts, rule.number)
            if first != rule.number and table.hit_policy in ("UNIQUE", "FIRST"):
                self.remarks.warning(
                    rule.id, "dmn.rule_twice", f"第 {rule.number} 条规则的条件与第 {first} 条相同",
                    f"rule {rule.number} has the conditions of rule {first}",
                )  # fmt: skip
            elif table.hit_policy == "FIRST" and (all_any := seen.get(("-",) * len(texts))) and all_any < rule.number:
                self.remarks.warning(
                    rule.id, "dmn.cell_never", f"第 {all_any} 条规则总是先符合，第 {rule.number} 条永远轮不到",
                    f"rule {all_any} always comes first, rule {rule.number} is never reached",
                )  # fmt: skip
