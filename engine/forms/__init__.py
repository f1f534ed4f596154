"""Forms (form-js JSON), validated again on the server: the browser's checks are a courtesy, these are the rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from engine.findings import Finding
from engine.forms.answers import Checker, Options, Scope, Wrong, check_sizes
from engine.forms.fields import CONTAINERS, Field
from engine.forms.reading import SchemaReader, Unreadable, load_json
from storage.errors import BadDiagram, Refusal

__all__ = ["Form", "read_form"]


class Form:
    """A form that can be shown (`schema`) and whose answers can be checked."""

    def __init__(self, form_id: str, schema: dict[str, Any], fields: Sequence[Field]) -> None:
        self.id = form_id
        self.schema = schema
        self.fields = tuple(fields)  # the tree of groups and fields
        self.answered = tuple(field for field in _flat(fields) if field.type != "expression")
        self.keys = _keys(self.answered)  # top-level names of answers
        self.option_keys = frozenset(field.options_key for field in _deep(fields) if field.options_key)
        self.names = _names_read(fields) - self.keys  # data that conditions read besides the answers

    def validate(
        self, answers: Mapping[str, Any], options: Options | None = None, data: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """The clean answers: every field that was asked, with None (or an empty list) where nothing was answered.

        `options`: the values of choices that are not in the form, by the field's key or by its `valuesKey`; values, or
        {label, value}. `data`: what else the form was shown with, for conditions and for `valuesKey`. Hidden, disabled
        and read-only fields are left out.

        Raises `Refusal` with the first fault (`form.required`, `.type`, `.unknown_field`, `.hidden`, `.option`, `.min`,
        `.max`, `.decimals`, `.too_long`, `.too_short`, `.too_many`, `.pattern`, `.options_missing`), its `field`, and
        all faults in `details`.
        """
        if not isinstance(answers, dict):
            answers = dict(answers) if isinstance(answers, Mapping) else {"": answers}
        try:
            check_sizes(answers)
        except Wrong as wrong:
            raise Refusal(f"form.{wrong.code}", wrong.message) from wrong
        data = data or {}
        checker = Checker(options or {}, data)
        clean = checker.row(self.fields, answers, Scope(data))
        if checker.wrong:
            first = checker.wrong[0]
            raise Refusal(first["code"], first["message"], field=first["field"], details=checker.wrong)
        return clean

    def __repr__(self) -> str:
        return f"Form({self.id!r})"


def read_form(data: bytes, name: str) -> Form:
    """Read a form-js schema; `name` is the file's name. Raises `BadDiagram` with the findings in `details`."""
    reader = SchemaReader(name)
    try:
        schema = load_json(data)
        fields = reader.components(schema.get("components", []), 0, set(), ())
    except Unreadable as bad:
        finding = Finding("", "form.file", "error", f"表单 {name}：{bad.chinese}。", f"{name}: {bad.english}.", name)
        raise BadDiagram("form.file", finding.message_zh, details=[finding.to_json()]) from bad
    if reader.findings:
        first = reader.findings[0]
        raise BadDiagram(first.rule, first.message_zh, details=[one.to_json() for one in reader.findings])
    form_id = schema.get("id")
    return Form(form_id if isinstance(form_id, str) and form_id else PurePosixPath(name).stem, schema, fields)


def _flat(fields: Sequence[Field]) -> list[Field]:
    """The fields of a form, through groups but not into the rows of lists."""
    return [one for field in fields for one in (_flat(field.children) if field.type == "group" else [field])]


def _deep(fields: Sequence[Field]) -> list[Field]:
    return [one for field in fields for one in (field, *(_deep(field.children) if field.type in CONTAINERS else ()))]


def _names_read(fields: Sequence[Field]) -> frozenset[str]:
    """The names that conditions read, other than those of the rows they stand in."""
    names: set[str] = set()
    for field in fields:
        for condition in (field.hide, field.locked, field.options_feel):
            names |= getattr(condition, "names", frozenset())
        if field.children:
            inner = _names_read(field.children)
            names |= inner - _keys(field.children) if field.type == "dynamiclist" else inner
    return frozenset(names)


def _keys(fields: Sequence[Field]) -> frozenset[str]:
    return frozenset(field.path[0] for field in _flat(fields))
