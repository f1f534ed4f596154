"""Scenario files: what is given, the steps with their time, what is expected. Read and checked, nothing run."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from storage.clock import local
from storage.errors import BanjieError

ACTS = ("start", "complete", "claim", "begin", "message", "urge", "supervise", "act")
_GIVEN = {"profile", "org", "name", "overlay", "now", "parameters", "roll", "day_end", "schedules"}
_STEP = {"at", "as", "case", "answers", "args", "refused", "expect", "note", "by", *ACTS}
_EXPECT = {
    "case", "tasks", "tasks_include", "tasks_exclude", "state", "result", "number", "fields", "deadlines", "registers",
    "entry", "urgings", "supervisions", "documents", "documents_exclude",
    "notices_include", "notices_exclude", "instances", "hidden_from",
    "visible_to", "masked_for", "incidents", "assignee", "candidates", "cases", "behalf", "guidance",
    "inbox", "posts",
}  # fmt: skip


class BadScenario(BanjieError):
    """A scenario file cannot be read."""


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody of the scenario; `roles` hold everywhere, `role@unit` for one unit."""

    key: str
    name: str
    roles: tuple[str, ...]
    unit: str | None
    title: str | None = None
    superior: str | None = None
    head: bool = False


@dataclass(frozen=True, kw_only=True)
class Step:
    """One thing done at an instant, and what must be seen afterwards."""

    number: int
    at: datetime | None
    person: str | None
    kind: str | None  # one of ACTS
    what: Any
    case: str | None
    answers: Mapping[str, Any]
    args: Mapping[str, Any]
    refused: str | None
    expect: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """A whole file."""

    path: Path
    title: str
    source: tuple[str, ...]
    profile: str
    org: str
    name: str
    overlay: bool
    now: datetime
    parameters: Mapping[str, Any]
    roll: bool | None
    day_end: str | None
    schedules: bool  # whether recurring duties start their processes
    units: tuple[Mapping[str, Any], ...]
    people: Mapping[str, Person]
    posts: tuple[Mapping[str, Any], ...] = ()  # unit, name, a, b (R05)
    absences: tuple[Mapping[str, Any], ...] = ()  # who, from, to, reason
    clauses: tuple[str, ...] = ()  # of clause.md, that the scenario proves
    steps: tuple[Step, ...] = field(default_factory=tuple)


def read_scenario(path: Path) -> Scenario:
    """Read a file. Raises `BadScenario` naming the file, the step and the key."""
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadScenario("scenario.unreadable", f"{path.name}：读不懂：{error}") from error
    try:
        given = data["given"]
        _known(path, "given", given, _GIVEN)
        people = {key: _person(key, value) for key, value in data.get("people", {}).items()}
        steps = [_step(path, number, step) for number, step in enumerate(data.get("step", []), 1)]
        return Scenario(
            path=path,
            title=data["title"],
            source=tuple(data.get("source", ())),
            profile=given["profile"],
            org=given.get("org", "BJ"),
            name=given.get("name", "测试单位"),
            overlay=given.get("overlay", False),
            now=_instant(given["now"]),
            parameters=given.get("parameters", {}),
            roll=given.get("roll"),
            day_end=given.get("day_end"),
            schedules=bool(given.get("schedules", False)),
            units=tuple(data.get("units", ())),
            people=people,
            posts=tuple(data.get("posts", ())),
            absences=tuple(data.get("absences", ())),
            clauses=tuple(data.get("clauses", ())),
            steps=tuple(steps),
        )
    except KeyError as error:
        raise BadScenario("scenario.missing", f"{path.name}：缺少 {error.args[0]}") from error


def _person(key: str, value: Mapping[str, Any]) -> Person:
    roles = value.get("roles", ())
    return Person(
        key=key,
        name=value.get("name", key),
        roles=tuple(roles),
        unit=value.get("unit"),
        title=value.get("title"),
        superior=value.get("superior"),
        head=value.get("head", False),
    )


def _step(path: Path, number: int, step: Mapping[str, Any]) -> Step:
    where = f"第{number}步"
    _known(path, where, step, _STEP)
    _known(path, f"{where} expect", step.get("expect", {}), _EXPECT)
    kinds = [kind for kind in ACTS if kind in step]
    if len(kinds) > 1:
        raise BadScenario("scenario.step", f"{path.name} {where}：一步只能做一件事：{kinds}")
    kind = kinds[0] if kinds else None
    return Step(
        number=number,
        at=_instant(step["at"]) if "at" in step else None,
        person=step.get("as"),
        kind=kind,
        what=step[kind] if kind else None,
        case=step.get("case"),
        answers=_plain(step.get("answers", {})),
        args=_plain(step.get("args", {})),
        refused=step.get("refused"),
        expect=step.get("expect", {}),
    )


def _known(path: Path, where: str, table: Mapping[str, Any], names: set[str]) -> None:
    unknown = sorted(set(table) - names)
    if unknown:
        raise BadScenario("scenario.unknown_key", f"{path.name} {where}：不认识 {'、'.join(unknown)}")


def _instant(value: Any) -> datetime:
    return local(value if isinstance(value, datetime) else datetime.fromisoformat(value))


def _plain(value: Any) -> Any:
    """TOML dates as the texts that a browser would send."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.isoformat() if hasattr(value, "isoformat") else value
