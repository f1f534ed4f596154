"""What the server tells, in Chinese: answers and register fields under the words of the forms they were given in.

Only what a page was already given is translated; nothing is read that the viewer was not shown.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select

from engine.definition import Definition
from engine.engine import Engine
from engine.forms import Form
from office import people
from office.field_words import CHOICES, LABELS
from office.register_catalogue import REGISTERS, Register
from storage.clock import local
from storage.database import UnitOfWork
from storage.tables import engine as tables

Row = dict[str, str]  # {key, label, value}
_FREE_TEXT = frozenset({"textfield", "textarea"})
_OWN_PLACE = frozenset({"outcome", "remarks"})  # the page shows them beside the step's name
_ID = re.compile(r"[A-Za-z0-9_-]{1,40}")  # could be somebody's
_ULID = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")  # surely one
_HINT = re.compile(r"（[^（）]*）$")  # what a label tells those who fill it in: 可多选, 每行一项
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?")
_NUMBERED = re.compile(r"\d+\. ")
_CACHE_SIZE = 500


@dataclass(frozen=True)
class Word:
    """What a form calls one of its fields, and the words of its choices."""

    label: str
    kind: str
    choices: Mapping[str, str] = field(default_factory=dict)
    parts: Mapping[str, Word] = field(default_factory=dict)  # of a row of a list


Words = Mapping[str, Word]


@dataclass(frozen=True)
class Glossary:
    """The words of one definition."""

    key: str
    elements: Mapping[str, tuple[str, Words | None]]  # element id -> name, words of its form
    registers: Mapping[str, tuple[Words, ...]]  # register -> forms whose answers are entered in it
    forms: tuple[Words, ...]


_glossaries: dict[str, Glossary] = {}  # by definition hash


def glossary(definition: Definition) -> Glossary:
    """The words of a definition, read once."""
    found = _glossaries.get(definition.hash)
    if found is None:
        if len(_glossaries) >= _CACHE_SIZE:
            _glossaries.clear()
        found = _glossaries[definition.hash] = _read(definition)
    return found


def _read(definition: Definition) -> Glossary:
    forms = {name: _words(form) for name, form in sorted(definition.forms.items())}
    elements: dict[str, tuple[str, Words | None]] = {}
    registers: dict[str, list[Words]] = {}
    for element in definition.elements.values():
        words = forms.get(element.form_key or "")
        elements[element.id] = (element.name, words)
        named = ",".join(element.properties.get(name, "") for name in ("register", "registerContinues"))
        for register in filter(None, (part.strip().rstrip("?") for part in named.split(","))):
            if words is not None:
                registers.setdefault(register, []).append(words)
    told = {register: tuple(found) for register, found in registers.items()}
    return Glossary(definition.key, elements, told, tuple(forms.values()))


def _words(form: Form) -> dict[str, Word]:
    return dict(_components(form.schema.get("components", []), ""))


def _components(components: Iterable[Mapping[str, Any]], prefix: str) -> Iterator[tuple[str, Word]]:
    for one in components:
        inner = one.get("components", [])
        if one.get("type") in ("group", "columns"):
            path = one.get("path")
            yield from _components(inner, f"{prefix}{path}." if path else prefix)
            continue
        key = one.get("path") if one.get("type") == "dynamiclist" else one.get("key")
        label = str(one.get("label") or one.get("dateLabel") or one.get("timeLabel") or "").strip().rstrip("*：: ")
        label = _HINT.sub("", label) or label
        if not key or not label or label.startswith("="):
            continue
        choices = {str(item["value"]): str(item.get("label") or item["value"]) for item in one.get("values") or []}
        yield f"{prefix}{key}", Word(label, str(one.get("type")), choices, dict(_components(inner, "")))


class Labels:
    """The words of an organisation's regulations: those in force, and those that a case's instances run by."""

    def __init__(self, engine: Engine, uow: UnitOfWork, org_id: str, case_id: str | None = None) -> None:
        self._uow, self._org_id = uow, org_id
        definitions: dict[str, Definition] = {}
        if case_id is not None:
            table = tables.instance
            query = select(table.c.definition_hash, table.c.started_at)
            query = query.where(table.c.org_id == org_id, table.c.business_key == case_id)
            rows = uow.conn.execute(query.order_by(table.c.started_at)).all()
            for row in rows:
                definitions[row.definition_hash] = engine.versions.by_hash(uow, row.definition_hash)
            if rows:  # what they called in the meantime may have been answered in an older version
                called = engine.versions.superseded_since(uow, org_id, rows[0].started_at)
                definitions |= {one.hash: one for one in called}
        definitions |= {one.hash: one for _, one in engine.versions.all_current(uow, org_id)}
        self._glossaries = [glossary(one) for one in definitions.values()]
        self._units = {unit.id: unit.name for unit in people.units(uow, org_id, inactive=True)}
        self._people: dict[str, str] = {}

    # -- pages -----------------------------------------------------------------------------------------------------

    def case_page(self, told: dict[str, Any]) -> None:
        """Put words for keys and values of a case's page (`office.timeline.case_page`), in place."""
        case, steps = told["case"], told["steps"]
        entries = told["registers"]
        self.know_people([case["fields"], *(step["data"] for step in steps), *(one["fields"] for one in entries)])
        asked: dict[str, Word] = {}  # by the step that gave the latest answer
        for step in steps:
            words = self._of_element(step["process_key"], step["element_id"], step["data"])
            ways = [words, *self._process(step["process_key"])]
            step["outcome_text"] = self._choice("outcome", step["outcome"], ways)
            asked |= {key: words[key] for key in step["data"] if key in words}
            shown = {key: value for key, value in step["data"].items() if key not in _OWN_PLACE}
            step["data"] = self.rows(shown, ways)
        ways = [asked, *self._process(case["process_key"])]
        fields = {key: value for key, value in case["fields"].items() if key not in _OWN_PLACE and key not in case}
        case["fields"] = self.rows(fields, ways)
        case["result_text"] = self._choice("result", case["result"], [_system("result"), *ways])
        for entry in entries:
            entry["fields"] = self.register_rows(entry["register"], entry["fields"])
        if told["party"] is not None:
            for key in ("gender", "political_status"):
                if key in told["party"]:
                    told["party"][f"{key}_text"] = self._choice(key, told["party"][key], ways)

    def register_page(self, register: str, entries: Sequence[dict[str, Any]]) -> list[dict[str, str]]:
        """Put words for keys and values of register entries, in place; gives the columns of the register.

        They are those of its form (§1.4); what else an entry holds is told on the page of its case.
        """
        self.know_people([entry["fields"] for entry in entries])
        columns = {key: label for key, label in REGISTERS[register].columns.items() if key == _column(register, key)}
        for entry in entries:
            rows = self.register_rows(register, entry["fields"])
            entry["fields"] = [row for row in rows if row["key"] in columns]
        return [{"key": key, "label": label} for key, label in columns.items()]

    def register_rows(self, register: str, fields: Mapping[str, Any]) -> list[Row]:
        """The fields of a register's entry, in the order of the catalogue. Keys with one label are one field."""
        catalogue = REGISTERS[register]
        ways = [words for one in self._glossaries for words in _of_register(one, register)]
        named = [_labelled(catalogue, ways), *ways]
        order = {key: place for place, key in enumerate(catalogue.labels)}
        rows: dict[str, Row] = {}
        for key in sorted(fields, key=lambda key: order.get(key, len(order))):
            for row in self.rows({key: fields[key]}, named):
                column = _column(register, row["key"])
                before = rows.get(column)
                if before is None:
                    rows[column] = {**row, "key": column}
                elif row["value"] not in before["value"]:
                    before["value"] += f"；{row['value']}"
        return list(rows.values())

    def register_fields(self, register: str, fields: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Fields of an entry as they were given, to be corrected: key, label, value, choices. No lists and rows."""
        catalogue = REGISTERS[register]
        ways = [words for one in self._glossaries for words in _of_register(one, register)]
        named = [_labelled(catalogue, ways), *ways]
        found = []
        for key, value in fields.items():
            word = self._word(key, named)
            if isinstance(value, Mapping | list | tuple) or (word is None and key not in LABELS):
                continue
            choices = {**(word.choices if word else {}), **CHOICES.get(key, {})}
            listed = [{"value": choice, "label": label} for choice, label in choices.items()]
            found.append({"key": key, "label": word.label if word else LABELS[key], "value": value, "choices": listed})
        return found

    def element_name(self, definition: Definition, element_id: str) -> str:
        """What an element is called, in the definition of its instance or in one that it calls."""
        for one in (glossary(definition), *self._glossaries):
            if element_id in one.elements:
                return one.elements[element_id][0]
        return element_id

    # -- words -----------------------------------------------------------------------------------------------------

    def rows(self, data: Mapping[str, Any], ways: Sequence[Words]) -> list[Row]:
        """Keys and values in words, empty values left out. `ways`: words to try before those of all other forms."""
        found = []
        for key, value in data.items():
            if isinstance(value, Mapping) and self._word(key, ways) is None and key not in LABELS:
                found += self.rows({f"{key}.{part}": inner for part, inner in value.items()}, ways)
                continue
            text = self._text(key, value, ways)
            if text:
                word = self._word(key, ways)
                bare = key.rpartition(".")[2]
                found.append({"key": key, "label": word.label if word else LABELS.get(bare, bare), "value": text})
        return found

    def _text(self, key: str, value: Any, ways: Sequence[Words]) -> str:
        if value is None:
            return ""
        if isinstance(value, bool):
            return "是" if value else "否"
        if isinstance(value, int | float):
            return self._choice(key, value, ways) or json.dumps(value)
        if isinstance(value, Mapping):
            word = self._word(key, ways)
            inside = [word.parts, *ways] if word is not None else ways
            return "，".join(f"{row['label']}：{row['value']}" for row in self.rows(value, inside))
        if isinstance(value, list | tuple):
            told = list(filter(None, (self._text(key, item, ways) for item in value)))
            if len(told) > 1 and all(_NUMBERED.match(one) for one in told):
                return "\n".join(told)  # the papers of a dossier
            return ("；" if any(isinstance(item, Mapping) for item in value) else "、").join(told)
        text = str(value).strip()
        if _ULID.fullmatch(text):
            return self._people.get(text, "")  # the id of something else tells a reader nothing
        if _INSTANT.fullmatch(text):
            return f"{local(datetime.fromisoformat(text)):%Y-%m-%d %H:%M}"
        if any(words[key].kind in _FREE_TEXT for words in ways[:1] if key in words):
            return text
        return self._choice(key, text, ways) or self._units.get(text) or self._people.get(text, text)

    def _word(self, key: str, ways: Sequence[Words]) -> Word | None:
        found = next((words[key] for words in ways if key in words), None)
        if found is not None or key in LABELS:
            return found
        found = next((words[key] for words in self._everywhere() if key in words), None)
        if found is not None:
            return found
        label = next((one.labels[key] for one in REGISTERS.values() if key in one.labels), None)
        return Word(label, "") if label else None

    def _choice(self, key: str, value: Any, ways: Sequence[Words]) -> str | None:
        """The word of a choice: of the form it was made in, else of any form that has it."""
        if value is None:
            return None
        text = str(value)
        known = next((words[key].choices[text] for words in ways if key in words and text in words[key].choices), None)
        known = known or CHOICES.get(key, {}).get(text)
        others = (words[key] for words in self._everywhere() if key in words)
        return known or next((word.choices[text] for word in others if text in word.choices), None)

    def _everywhere(self) -> Iterator[Words]:
        return (words for one in self._glossaries for words in one.forms)

    def _process(self, process_key: str | None) -> list[Words]:
        return [words for one in self._glossaries if one.key == process_key for words in one.forms]

    def _of_element(self, process_key: str | None, element_id: str | None, data: Mapping[str, Any]) -> Words:
        """The words of the form in which `data` was answered: an element of the process, or of one it calls."""
        found = [
            (one.key == process_key, words)
            for one in self._glossaries
            for name, (_, words) in one.elements.items()
            if name == element_id and words is not None
        ]
        best = max(found, key=lambda item: (len(data.keys() & item[1].keys()), item[0]), default=None)
        return best[1] if best is not None else {}

    def know_people(self, found: Iterable[Any]) -> None:
        """Look up whose ids are among these values, so that they are told by name."""
        ids = sorted({text for value in found for text in _texts(value) if _ID.fullmatch(text)})
        self._people |= people.names_of(self._uow, self._org_id, ids)


def _of_register(one: Glossary, register: str) -> tuple[Words, ...]:
    """The forms entered in a register; `FM18` stands for the form of registration that the profile names."""
    return one.registers.get(register, ()) + (one.registers.get("FM18", ()) if register.startswith("FM18") else ())


def _labelled(catalogue: Register, ways: Sequence[Words]) -> Words:
    """The catalogue's labels, with what the forms know of the fields."""
    found = {}
    for key, label in catalogue.labels.items():
        word = next((words[key] for words in ways if key in words), None)
        found[key] = Word(label, "") if word is None else Word(label, word.kind, word.choices, word.parts)
    return found


def _column(register: str, key: str) -> str:
    """The column that a field stands in: the first of those with its label."""
    labels = REGISTERS[register].labels
    return next((one for one in labels if labels[one] == labels.get(key)), key)


def _system(key: str) -> Words:
    return {key: Word(LABELS[key], "", CHOICES[key])}


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list | tuple):
        for inner in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(inner)
