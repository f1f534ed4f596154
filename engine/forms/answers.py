"""Checking answers against the fields of a form. Nothing in an answer is typed by its content: data is data."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from engine.forms import fields as kinds
from engine.forms.fields import Field, contains, lookup, place
from engine.forms.patterns import MAX_INPUT
from engine.times import TimeError, parse_date, parse_instant, parse_time
from storage.errors import BanjieError

MAX_TEXT = 20_000  # characters of one answer, unless the field says otherwise
MAX_NUMBER = 10**15  # beyond it a browser cannot tell neighbours apart
MAX_ROWS = 500  # of a dynamic list
MAX_CHOICES = 500  # chosen in one field
MAX_VALUES = 50_000  # in all answers together
MAX_TOTAL = 5_000_000  # characters in all answers together
MAX_NESTING = 12
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]{1,63}(?:\.[^@\s.]{1,63}){1,8}")
_PHONE = re.compile(r"\+?[0-9][0-9 ()-]{4,24}")
_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,79}")
_CLOCK = re.compile(r"(\d{2}:\d{2}(?::\d{2})?)(?:Z|[+-]\d{2}:?\d{2})?", re.ASCII)
Options = Mapping[str, Sequence[Any]]


class Wrong(Exception):
    """One answer is wrong; `code` without the prefix `form.`."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code)
        self.code = code
        self.message = message


class Scope(dict[str, Any]):
    """What conditions may read: answers and the form's data. What is missing is null, as in the browser."""

    def __missing__(self, name: str) -> Any:
        return None


class Checker:
    """Checks one submission and collects all that is wrong with it, in the order of the form."""

    def __init__(self, options: Options, data: Mapping[str, Any]) -> None:
        self.options = options
        self.data = data
        self.wrong: list[dict[str, str]] = []

    def row(
        self, fields: Sequence[Field], answers: Mapping[str, Any], outer: Scope, prefix: str = ""
    ) -> dict[str, Any]:
        """The clean answers of a form, or of one row of a dynamic list."""
        scope = Scope({**outer, **answers})
        result: dict[str, Any] = {}
        known: set[tuple[str, ...]] = set()
        self._fields(fields, answers, scope, result, known, prefix, hidden=False)
        for path in _leaves(answers, known):
            self._report("unknown_field", f"表单里没有“{'.'.join(path)[:60]}”这一项。", prefix + ".".join(path)[:60])
        return result

    def _fields(
        self,
        fields: Sequence[Field],
        answers: Mapping[str, Any],
        scope: Scope,
        result: dict[str, Any],
        known: set[tuple[str, ...]],
        prefix: str,
        *,
        hidden: bool,
    ) -> None:
        for field in fields:
            gone = hidden or self._true(field.hide, scope)
            if field.type == "group":
                self._fields(field.children, answers, scope, result, known, prefix, hidden=gone)
                continue
            known.add(field.path)
            given, value = lookup(answers, field.path)
            if field.type in kinds.COMPUTED or self._true(field.locked, scope):
                continue
            name = prefix + field.key
            if gone:
                if not _empty(value):
                    self._report("hidden", f"“{field.label}”这时不用填，请清空。", name)
                continue
            if not given:
                value = field.default
            try:
                place(result, field.path, self._value(field, value, scope, name))
            except Wrong as wrong:
                self._report(wrong.code, wrong.message, name)

    def _true(self, condition: Any, scope: Scope) -> bool:
        if condition is None or isinstance(condition, bool):
            return bool(condition)
        try:
            return condition.evaluate(scope) is True
        except BanjieError:
            return False  # answers of the wrong type: reported where they are checked

    def _report(self, code: str, message: str, name: str) -> None:
        self.wrong.append({"code": f"form.{code}", "message": message, "field": name})

    def _value(self, field: Field, value: Any, scope: Scope, name: str) -> Any:
        """The clean answer; None when there is none."""
        if field.type == "dynamiclist":
            return self._rows(field, value, scope, name)
        if _empty(value):
            if field.required:
                raise Wrong("required", f"请填写“{field.label}”。")
            return [] if field.type in kinds.CHOICE_MANY else None
        if field.type in kinds.TEXT:
            return _text(field, value)
        if field.type == "number":
            return _number(field, value)
        if field.type == "checkbox":
            if type(value) is not bool:
                raise Wrong("type", f"“{field.label}”应是勾选或不勾选。")
            if field.required and not value:
                raise Wrong("required", f"请勾选“{field.label}”。")
            return value
        if field.type == "datetime":
            return _moment(field, value)
        if field.type == "filepicker":
            return _files(field, value)
        return self._choice(field, value, scope)

    def _rows(self, field: Field, value: Any, scope: Scope, name: str) -> list[Any]:
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
            raise Wrong("type", f"“{field.label}”应是一行一行的内容。")
        if len(value) > MAX_ROWS:
            raise Wrong("too_many", f"“{field.label}”有 {len(value)} 行，最多 {MAX_ROWS} 行。")
        return [self.row(field.children, row, scope, f"{name}.{number}.") for number, row in enumerate(value)]

    def _choice(self, field: Field, value: Any, scope: Scope) -> Any:
        allowed = self._allowed(field, scope)
        many = field.type in kinds.CHOICE_MANY
        if many != isinstance(value, list):
            raise Wrong("type", f"“{field.label}”应{'可选多项' if many else '只选一项'}。")
        chosen = value if many else [value]
        if len(chosen) > MAX_CHOICES:
            raise Wrong("too_many", f"“{field.label}”选得太多，最多 {MAX_CHOICES} 项。")
        seen: list[Any] = []
        for one in chosen:
            if type(one) not in (str, int, float, bool) or not contains(allowed, one):
                raise Wrong("option", f"“{field.label}”没有选项“{str(one)[:40]}”。")
            if contains(seen, one):
                raise Wrong("option", f"“{field.label}”的选项“{str(one)[:40]}”选了两次。")
            seen.append(one)
        return value

    def _allowed(self, field: Field, scope: Scope) -> list[Any]:
        found: Any = field.options
        if field.options_feel is not None:
            try:
                found = field.options_feel.evaluate(scope)
            except BanjieError:
                found = None
        elif found is None:
            found = self.options.get(field.key)
            if found is None and field.options_key is not None:
                found = self.options.get(field.options_key, self.data.get(field.options_key))
        if not isinstance(found, (list, tuple, set, frozenset)):
            raise Wrong("options_missing", f"“{field.label}”的选项没有取到，请刷新后再试。")
        return [one.get("value") if isinstance(one, Mapping) else one for one in found]


def check_sizes(answers: Any) -> None:
    """Refuse what is no JSON of an answer's size: depth, number of values, characters, names of keys."""
    count = total = 0
    level: list[Any] = [answers]
    for _ in range(MAX_NESTING):
        below: list[Any] = []
        for one in level:
            count += 1
            if isinstance(one, dict):
                for key in one:
                    if type(key) is not str or len(key) > 120 or key.startswith("__") or key.endswith("__"):
                        raise Wrong("unknown_field", f"不允许的字段名“{str(key)[:60]}”。")
                    total += len(key)
                below.extend(one.values())
            elif isinstance(one, list):
                below.extend(one)
            elif isinstance(one, str):
                total += len(one)
            elif one is not None and type(one) not in (int, float, bool):
                raise Wrong("type", "答案里有不认识的数据。")
        if count + len(below) > MAX_VALUES or total > MAX_TOTAL:
            raise Wrong("too_long", "提交的内容太多。")
        level = below
    if level:
        raise Wrong("too_long", "提交的内容嵌套太深。")


def _leaves(answers: Mapping[str, Any], known: set[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """The paths in `answers` that no field knows."""
    prefixes = {path[:size] for path in known for size in range(1, len(path))} | {()}
    unknown: list[tuple[str, ...]] = []
    todo: list[tuple[tuple[str, ...], Any]] = [((), answers)]
    while todo:
        path, value = todo.pop()
        if path in prefixes and isinstance(value, Mapping):
            todo.extend(((*path, key), one) for key, one in reversed(list(value.items())))
        elif path in known or (path in prefixes and value is None):
            continue
        else:
            unknown.append(path)
    return unknown


def _empty(value: Any) -> bool:
    return value is None or value == [] or (isinstance(value, str) and not value.strip())


def _text(field: Field, value: Any) -> str:
    label = field.label
    if type(value) is not str:
        raise Wrong("type", f"“{label}”应是文字。")
    longest = MAX_TEXT if field.max_length is None else field.max_length
    if len(value) > longest:
        raise Wrong("too_long", f"“{label}”有 {len(value)} 个字，最多 {longest} 个字。")
    if field.min_length is not None and len(value) < field.min_length:
        raise Wrong("too_short", f"“{label}”至少要 {field.min_length} 个字。")
    if _CONTROL.search(value) or (field.type == "textfield" and ("\n" in value or "\r" in value)):
        raise Wrong("type", f"“{label}”里有不能保存的字符。")
    if field.validation == "email" and not _EMAIL.fullmatch(value):
        raise Wrong("pattern", f"“{label}”不是电子邮箱地址。")
    if field.validation == "phone" and not _PHONE.fullmatch(value):
        raise Wrong("pattern", f"“{label}”不是电话号码。")
    if field.pattern is not None:
        if len(value) > MAX_INPUT:
            raise Wrong("too_long", f"“{label}”有 {len(value)} 个字，最多 {MAX_INPUT} 个字。")
        if not field.pattern.found_in(value):
            raise Wrong("pattern", field.pattern_message or f"“{label}”的格式不对。")
    return value


def _number(field: Field, value: Any) -> Any:
    label, number = field.label, value
    if field.as_text and type(value) is str:
        if not re.fullmatch(r"-?\d{1,30}(\.\d{1,30})?", value, re.ASCII):
            raise Wrong("type", f"“{label}”应是数。")
        number = Decimal(value)
    elif type(value) not in (int, float):
        raise Wrong("type", f"“{label}”应是数。")
    if number != number or abs(number) > MAX_NUMBER:
        raise Wrong("max", f"“{label}”太大。")
    exact = Decimal(str(number))
    if field.min is not None and exact < Decimal(str(field.min)):
        raise Wrong("min", f"“{label}”不能小于 {field.min}。")
    if field.max is not None and exact > Decimal(str(field.max)):
        raise Wrong("max", f"“{label}”不能大于 {field.max}。")
    if field.decimal_digits is not None and exact != round(exact, field.decimal_digits):
        raise Wrong("decimals", f"“{label}”最多 {field.decimal_digits} 位小数。")
    return str(value) if field.as_text else value


def _moment(field: Field, value: Any) -> str:
    words = {"date": "日期，如 2026-12-01", "time": "时刻，如 09:30", "datetime": "日期和时刻"}
    try:
        if type(value) is not str or len(value) > 40:
            raise TimeError("time.syntax", "")
        if field.subtype == "date":
            if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
                raise TimeError("time.syntax", "")
            parse_date(value)
        elif field.subtype == "time":
            clock = _CLOCK.fullmatch(value)
            parse_time(clock[1] if clock else "")
        else:
            if "T" not in value:
                raise TimeError("time.syntax", "")
            parse_instant(value)
    except TimeError as error:
        raise Wrong("type", f"“{field.label}”应是{words[field.subtype]}。") from error
    return value


def _files(field: Field, value: Any) -> Any:
    names = value if isinstance(value, list) else [value]
    if len(names) > 1 and not field.multiple:
        raise Wrong("too_many", f"“{field.label}”只能有一个文件。")
    if len(names) > MAX_CHOICES or not all(type(one) is str and _FILE.fullmatch(one) for one in names):
        raise Wrong("type", f"“{field.label}”应是已上传的文件。")
    return value
