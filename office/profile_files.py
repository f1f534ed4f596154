"""Reading a profile's TOML file: sections, parameters with their source, limits, schedules."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from office.deadline_rules import DeadlineRule, ProfileError, parse_rule
from office.profile_parameters import Value, check_value
from office.schedule_rules import Schedule, parse_schedule

_SECTIONS = {
    "name",
    "title",
    "source",
    "overlay_default",
    "e3_target",
    "parameters",
    "deadlines",
    "schedules",
    "aliases",
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter's value, why it is so ([S], [DEF], [LAW] and the words), and which file or office set it."""

    value: Value
    source: str
    origin: str


@dataclass(frozen=True, slots=True)
class ProfileFile:
    """One checked TOML file."""

    title: str
    source: str
    overlay_default: bool
    e3_target: str | None
    parameters: dict[str, Parameter]
    rules: dict[str, DeadlineRule]
    schedules: dict[str, Schedule]
    aliases: dict[str, str]


def read_file(directory: Path, name: str) -> ProfileFile:
    """The file `name`.toml of `directory`, cached until it changes.

    Errors: ProfileError `profile.bad_file`, `profile.bad_parameter`, `profile.bad_deadline`, `profile.bad_schedule`.
    """
    path = directory / f"{name}.toml"
    try:
        stamp = path.stat()
        return _parse(path, stamp.st_mtime_ns, stamp.st_size)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ProfileError("profile.bad_file", f"配置文件 {name}.toml 不能读取：{error}", field=name) from error


@lru_cache(maxsize=128)
def _parse(path: Path, _mtime: int, _size: int) -> ProfileFile:
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    name = path.stem
    for key in data:
        if key not in _SECTIONS:
            raise ProfileError("profile.bad_file", f"{name}.toml：不认识的项目“{key}”。", field=f"{name}: {key}")
    if data.get("name") != name or not data.get("title") or not data.get("source"):
        raise ProfileError(
            "profile.bad_file", f"{name}.toml：name 应与文件名相同，并应有 title 和 source。", field=name
        )
    parameters = {}
    for key, entry in data.get("parameters", {}).items():
        where = f"{name}: {key}"
        if not isinstance(entry, dict) or set(entry) != {"value", "source"}:
            raise ProfileError("profile.bad_parameter", f"{where}：应写作 {{ value = …, source = … }}。", field=where)
        parameters[key] = Parameter(check_value(key, entry["value"], where), str(entry["source"]), name)
    return ProfileFile(
        title=data["title"],
        source=data["source"],
        overlay_default=data.get("overlay_default", True),
        e3_target=data.get("e3_target"),
        parameters=parameters,
        rules={code: parse_rule(code, entry, f"{name}: {code}") for code, entry in data.get("deadlines", {}).items()},
        schedules={
            code: parse_schedule(code, entry, f"{name}: {code}") for code, entry in data.get("schedules", {}).items()
        },
        aliases=data.get("aliases", {}),
    )
