"""Reading a form-js schema: bounded JSON, known types, keys that can be variables, limits that make sense."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from engine.feel import Feel, FeelError, compile_feel
from engine.findings import Finding
from engine.forms import fields as kinds
from engine.forms.fields import Field, contains
from engine.forms.patterns import Pattern, PatternError

MAX_BYTES = 1024 * 1024
MAX_COMPONENTS = 500
MAX_NESTING = 8  # groups in groups
MAX_JSON_DEPTH = 40
_KEY = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")


class Unreadable(Exception):
    """The file as a whole is no form: Chinese and English reason."""

    def __init__(self, chinese: str, english: str) -> None:
        super().__init__(english)
        self.chinese = chinese
        self.english = english


def load_json(data: bytes) -> dict[str, Any]:
    """The JSON object in `data`: UTF-8, bounded, no name twice in one object, no NaN."""
    if len(data) > MAX_BYTES:
        raise Unreadable(f"文件有 {len(data)} 字节，最多 {MAX_BYTES} 字节", "the file is too big")
    try:
        schema = json.loads(data.decode("utf-8-sig"), object_pairs_hook=_object, parse_constant=_no_constant)
    except RecursionError as error:
        raise Unreadable("嵌套太深", "nested too deeply") from error
    except ValueError as error:
        raise Unreadable("不是合格的 JSON（UTF-8）", "not JSON in UTF-8") from error
    if not isinstance(schema, dict):
        raise Unreadable("不是表单（应是一个 JSON 对象）", "not a form: a JSON object is expected")
    level: list[Any] = [schema]
    for _ in range(MAX_JSON_DEPTH):
        level = [
            child
            for one in level
            if isinstance(one, (dict, list))
            for child in (one.values() if isinstance(one, dict) else one)
        ]
    if level:
        raise Unreadable("嵌套太深", "nested too deeply")
    return schema


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise Unreadable("同一个对象里有重复的名字", "a name occurs twice in one object")
    return result


def _no_constant(text: str) -> Any:
    raise Unreadable(f"不允许 {text}", f"{text} is not allowed")


class SchemaReader:
    """Reads the components of one form and collects what is wrong with them."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.findings: list[Finding] = []
        self.count = 0

    def components(self, found: Any, nesting: int, taken: set[tuple[str, ...]], prefix: tuple[str, ...]) -> list[Field]:
        """The fields of a list of components. `taken`: the keys already used in this row, `prefix`: the group's."""
        if not isinstance(found, list):
            self._error("", "form.components", "components 应是列表", "components must be a list")
            return []
        result = []
        for component in found:
            self.count += 1
            if self.count > MAX_COMPONENTS or nesting > MAX_NESTING:
                raise Unreadable("组件太多或分组嵌套太深", "too many components, or groups nested too deeply")
            if not isinstance(component, dict):
                self._error("", "form.component", "组件应是对象", "a component must be an object")
                continue
            field = self._component(component, nesting, taken, prefix)
            if field is not None:
                result.append(field)
        return result

    def _component(
        self, schema: dict[str, Any], nesting: int, taken: set[tuple[str, ...]], prefix: tuple[str, ...]
    ) -> Field | None:
        kind = schema.get("type")
        where = str(schema.get("key") or schema.get("path") or schema.get("id") or kind or "")[:80]
        if not isinstance(kind, str) or kind not in kinds.TYPES:
            self._error(where, "form.type", f"组件类型“{str(kind)[:40]}”不支持", f"unknown type {str(kind)[:40]!r}")
            return None
        if kind in kinds.SHOWN:
            return None
        if kind in ("group", "columns"):
            inner = prefix + self._path(schema.get("path"), where, optional=True)
            children = self.components(schema.get("components", []), nesting + 1, taken, inner)
            return Field(type="group", path=inner, label="", hide=self._hide(schema, where), children=tuple(children))
        path = self._path(schema.get("path" if kind == "dynamiclist" else "key"), where, optional=False)
        if not path:
            return None
        path = prefix + path
        if any(path == one or path[: len(one)] == one or one[: len(path)] == path for one in taken):
            self._error(where, "form.duplicate", "字段的 key 重复", "this key is used twice")
            return None
        taken.add(path)
        if kind == "dynamiclist":
            rows = self.components(schema.get("components", []), nesting + 1, set(), ())
            return Field(
                type=kind,
                path=path,
                label=_label(schema, path),
                hide=self._hide(schema, where),
                locked=self._locked(schema, where),
                children=tuple(rows),
            )
        if kind in kinds.COMPUTED:
            return Field(type=kind, path=path, label=_label(schema, path))
        return self._answered(schema, kind, path, where)

    def _answered(self, schema: dict[str, Any], kind: str, path: tuple[str, ...], where: str) -> Field:
        rules = schema.get("validate", {})
        if not isinstance(rules, dict):
            self._error(where, "form.validate", "validate 应是对象", "validate must be an object")
            rules = {}
        message = rules.get("patternErrorMessage")
        validation = rules.get("validationType")
        field = Field(
            type=kind,
            path=path,
            label=_label(schema, path),
            hide=self._hide(schema, where),
            locked=self._locked(schema, where),
            required=self._flag(rules, "required", where),
            default=schema.get("defaultValue"),
            min=self._limit(rules, "min", where),
            max=self._limit(rules, "max", where),
            min_length=self._length(rules, "minLength", where),
            max_length=self._length(rules, "maxLength", where),
            pattern=self._pattern(rules, where),
            pattern_message=message if isinstance(message, str) and message else None,
            validation=validation if validation in ("email", "phone") else None,
            decimal_digits=self._length(schema, "decimalDigits", where) if kind == "number" else None,
            as_text=schema.get("serializeToString") is True,
            subtype=self._subtype(schema, where),
            options=self._options(schema, where) if kind in kinds.CHOICE else None,
            options_key=_name(schema.get("valuesKey")),
            options_feel=self._feel(schema.get("valuesExpression"), where) if kind in kinds.CHOICE else None,
            multiple=schema.get("multiple") is True,
        )
        for low, high in ((field.min, field.max), (field.min_length, field.max_length)):
            if low is not None and high is not None and low > high:
                self._error(where, "form.limits", "最小值比最大值大", "the minimum is above the maximum")
        return field

    # -- parts of a component

    def _path(self, key: Any, where: str, *, optional: bool) -> tuple[str, ...]:
        if optional and key in (None, ""):
            return ()
        if not isinstance(key, str) or len(key) > 120 or not _KEY.fullmatch(key):
            self._error(where, "form.key", "key 应是字母、汉字或下划线开头的名字", "the key must be a name")
            return ()
        parts = tuple(key.split("."))
        if any(part.startswith("__") or part.endswith("__") for part in parts):
            self._error(where, "form.key", "key 不能以两个下划线开头或结尾", "the key must not begin or end with __")
            return ()
        return parts

    def _hide(self, schema: Mapping[str, Any], where: str) -> Feel | None:
        condition = schema.get("conditional")
        if condition is None:
            return None
        hide = condition.get("hide") if isinstance(condition, dict) else condition
        return self._feel(hide, where)

    def _feel(self, text: Any, where: str) -> Feel | None:
        if text in (None, ""):
            return None
        if not isinstance(text, str) or not text.startswith("="):
            self._error(where, "form.feel", "条件应是以 = 开头的 FEEL 表达式", "a FEEL expression must begin with =")
            return None
        try:
            return compile_feel(text[1:].strip())
        except FeelError as error:
            self._error(where, "form.feel", error.message.rstrip("。"), error.english)
            return None

    def _locked(self, schema: Mapping[str, Any], where: str) -> Feel | bool:
        if schema.get("disabled") is True or schema.get("readonly") is True:
            return True
        text = schema.get("readonly")
        return (self._feel(text, where) or False) if isinstance(text, str) else False

    def _flag(self, rules: Mapping[str, Any], name: str, where: str) -> bool:
        value = rules.get(name, False)
        if value is None or isinstance(value, bool):
            return bool(value)
        self._error(where, "form.validate", f"{name} 应是 true 或 false", f"{name} must be true or false")
        return False

    def _limit(self, rules: Mapping[str, Any], name: str, where: str) -> float | None:
        value = rules.get(name)
        if isinstance(value, str) and re.fullmatch(r"-?\d{1,15}(\.\d{1,10})?", value, re.ASCII):
            value = float(value) if "." in value else int(value)
        if value is None or value == "":
            return None
        if type(value) not in (int, float) or abs(value) > 1e30:
            self._error(where, "form.validate", f"{name} 应是数", f"{name} must be a number")
            return None
        return float(value) if isinstance(value, float) else value

    def _length(self, rules: Mapping[str, Any], name: str, where: str) -> int | None:
        value = self._limit(rules, name, where)
        if value is None:
            return None
        if value < 0 or value != int(value):
            self._error(where, "form.validate", f"{name} 应是不小于 0 的整数", f"{name} must be a whole number")
            return None
        return int(value)

    def _pattern(self, rules: Mapping[str, Any], where: str) -> Pattern | None:
        text = rules.get("pattern")
        if text in (None, ""):
            return None
        try:
            return Pattern(str(text))
        except PatternError as error:
            self._error(where, "form.pattern", f"pattern 读不懂：{error}", "the pattern cannot be used")
            return None

    def _subtype(self, schema: Mapping[str, Any], where: str) -> str:
        subtype = schema.get("subtype", "date")
        if schema.get("type") == "datetime" and subtype not in ("date", "time", "datetime"):
            self._error(where, "form.subtype", "subtype 应是 date、time 或 datetime", "unknown subtype")
            return "date"
        return str(subtype)

    def _options(self, schema: Mapping[str, Any], where: str) -> tuple[Any, ...] | None:
        found = schema.get("values")
        if schema.get("valuesKey") or schema.get("valuesExpression"):
            return None
        if not isinstance(found, list) or not found:
            self._error(where, "form.options", "没有选项", "there are no options")
            return ()
        result: list[Any] = []
        for one in found:
            value = one.get("value") if isinstance(one, dict) else None
            if type(value) not in (str, int, float, bool) or value == "":
                self._error(where, "form.options", "选项要有 value", "an option needs a value")
            elif contains(result, value):
                self._error(where, "form.options", f"选项“{str(value)[:40]}”重复", "an option occurs twice")
            else:
                result.append(value)
        return tuple(result)

    def _error(self, where: str, rule: str, chinese: str, english: str) -> None:
        zh = f"表单 {self.file}，字段“{where}”：{chinese}。" if where else f"表单 {self.file}：{chinese}。"
        en = f"{self.file}, field {where!r}: {english}." if where else f"{self.file}: {english}."
        self.findings.append(Finding(where, rule, "error", zh, en, self.file))


def _name(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _label(schema: Mapping[str, Any], path: tuple[str, ...]) -> str:
    label = schema.get("label") or schema.get("dateLabel") or schema.get("timeLabel")  # of a datetime: for each part
    if isinstance(label, dict):
        label = label.get("label")
    if isinstance(label, str) and label.strip() and not label.startswith("="):
        return label.strip().rstrip("*：: ")[:60] or path[-1]
    return path[-1]
