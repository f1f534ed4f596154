"""`banjie trace`: which element, table row, form, handler or profile entry carries each clause, and what proves it.

A clause is a line `- R42.1 text` of a `clause.md`. It is carried by whatever names its id: the documentation of an
element, the description of a row of a decision table, the description of a form's field, the docstring of a handler or
check, the `source` of a profile's entry or of a norm. It is proven by the scenarios that list it under `clauses`.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.registry import registry
from engine.xml import parse_xml
from handlers import load_all
from storage.errors import BanjieError
from web.paths import PROCESSES

ID = re.compile(r"(?<![A-Za-z0-9.])([RL]\d{1,2}\.\d{1,2})(?!\d)")
_LINE = re.compile(r"^- ([RL]\d{1,2}\.\d{1,2}) (.+)$", re.M)
_BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
_SYSTEM = re.compile(r"([RL])(\d{1,2})(?:-\1?(\d{1,2}))?")


@dataclass
class Clause:
    """One clause of a regulation."""

    id: str
    text: str
    folder: str
    carriers: list[str] = field(default_factory=list)  # what carries it, in words
    proofs: list[str] = field(default_factory=list)  # scenario files, `folder/file`

    @property
    def gaps(self) -> list[str]:
        """What is missing, in Chinese."""
        return [text for held, text in ((self.carriers, "没有承载"), (self.proofs, "没有情景证明")) if not held]


def parse_systems(text: str) -> list[str]:
    """`R36,R40-R47` as a list of ids. Errors: `trace.bad_systems`."""
    found: list[str] = []
    for part in filter(None, (one.strip() for one in text.split(","))):
        match = _SYSTEM.fullmatch(part)
        if match is None:
            raise BanjieError("trace.bad_systems", f"“{part}”不是制度编号，请写成 R36,R40-R47。", field="systems")
        kind, first, last = match[1], int(match[2]), int(match[3] or match[2])
        found += [f"{kind}{number:02d}" for number in range(first, last + 1)]
    return list(dict.fromkeys(found))


def trace(processes: Path = PROCESSES) -> dict[str, Clause]:
    """All clauses by id, with what carries and what proves each."""
    clauses: dict[str, Clause] = {}
    for page in sorted(processes.glob("*/clause.md")):
        for match in _LINE.finditer(page.read_text("utf-8")):
            clauses.setdefault(match[1], Clause(match[1], match[2], page.parent.name))
    for said, carrier in _said(processes):
        for named in dict.fromkeys(ID.findall(said)):
            if named in clauses and carrier not in clauses[named].carriers:
                clauses[named].carriers.append(carrier)
    for path in sorted(processes.glob("*/scenarios/*.toml")):
        for named in tomllib.loads(path.read_text("utf-8")).get("clauses", ()):
            if named not in clauses:
                where = f"{path.parent.parent.name}/{path.stem}"
                raise BanjieError("trace.unknown_clause", f"{where}：没有条款 {named}。", field=named)
            clauses[named].proofs.append(f"{path.parent.parent.name}/{path.stem}")
    return dict(sorted(clauses.items(), key=lambda item: _order(item[0])))


def chosen(clauses: dict[str, Clause], systems: Iterable[str]) -> tuple[list[Clause], list[str]]:
    """The clauses of these systems, and the systems that have none."""
    wanted = list(systems) or list(dict.fromkeys(system_of(one) for one in clauses))
    found = [clause for name, clause in clauses.items() if system_of(name) in wanted]
    having = {system_of(clause.id) for clause in found}
    return found, [system for system in wanted if system not in having]


def system_of(clause_id: str) -> str:
    """`R42.1` belongs to `R42`."""
    return clause_id.partition(".")[0]


def _order(clause_id: str) -> tuple[str, int, int]:
    system, _, number = clause_id.partition(".")
    return system[0], int(system[1:]), int(number)


def _said(processes: Path) -> Iterator[tuple[str, str]]:
    """Every text that may name a clause, with what it belongs to."""
    for path in sorted(processes.glob("*/*.bpmn")):
        root = parse_xml(path.read_bytes(), path.name)
        process = root.find(f"{_BPMN}process")
        title = path.stem if process is None else process.get("name")
        for node in root.iter():
            told = node.findtext(f"{_BPMN}documentation") if isinstance(node.tag, str) else None
            if told and node.get("id") and not node.tag.endswith("}process"):
                yield told, f"{title}：{node.get('name') or node.get('id')}"
    for path in sorted(processes.glob("*/*.dmn")):
        for node in parse_xml(path.read_bytes(), path.name).iter("{*}rule"):
            told = node.findtext("{*}description")
            if told:
                yield told, f"决策表 {path.stem}：{re.sub(r'（[^（）]*）', '', told)}"
    for path in sorted(processes.glob("*/*.form")):
        for part in json.loads(path.read_text("utf-8"))["components"]:
            if part.get("description"):
                yield str(part["description"]), f"表单 {path.stem}：{part.get('label') or part.get('dateLabel')}"
    load_all()
    calls: dict[str, Any] = {name: spec.call for name, spec in registry.handlers.items()} | registry.checks
    for name, call in sorted(calls.items()):
        yield call.__doc__ or "", f"程序 {name}"
    for path in sorted(processes.glob("profiles/*.toml")):
        data = tomllib.loads(path.read_text("utf-8"))
        for table in ("parameters", "deadlines", "schedules"):
            for key, entry in data.get(table, {}).items():
                yield str(entry.get("source", "")), f"配置 {path.stem}：{key}"
    for norm in tomllib.loads((processes / "guidance.toml").read_text("utf-8"))["norm"]:
        yield str(norm["source"]), f"办理提示：{norm['text']}"
