"""The settings of an organisation (单位设置): its profile, the statute, its own values over those of the profile.

Each value is shown with where it comes from. A change tells whether open deadlines are recomputed or kept; either way
it is in the log of the office with its reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from office import deadline_book, office_log
from office.deadline_book import Change
from office.organisations import change_organisation, get_organisation, processes_folder, profile_of
from office.parameter_words import value_words
from office.profile_files import Parameter, read_file
from office.profile_parameters import PARAMETERS, Spec
from office.profiles import Profile, list_profiles, load_profile, parts_of
from office.roles import ROLES
from storage.database import UnitOfWork
from storage.errors import Refusal

_TOP = {
    "legal_overlay",
    "day_mode",
    "day_end",
}  # columns of the organisation, shown first


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What an administrator may set. None: as the profile says. `parameters`: own values, by name or limit code."""

    profile: str
    overlay: bool | None
    roll: bool | None
    day_end: str | None
    parameters: Mapping[str, Any]


def describe(uow: UnitOfWork, org_id: str) -> dict[str, Any]:
    """As the page shows them: each parameter and limit with the profile's value, its source and the own value."""
    org = get_organisation(uow, org_id)
    folder = processes_folder() / "profiles"
    plain = load_profile(org.profile, folder, {} if org.overlay is None else {"legal_overlay": org.overlay})
    as_is = load_profile(org.profile, folder)
    return {
        "name": org.name,
        "code": org.code,
        "profile": org.profile,
        "profiles": [{"value": name, "label": read_file(folder, name).title} for name in list_profiles(folder)],
        "overlay": {"own": org.overlay, "profile": as_is.overlay},
        "roll": {"own": org.roll, "profile": as_is.param("day_mode") == "calendar_roll"},
        "day_end": {"own": org.day_end, "profile": as_is.param("day_end")},
        "parameters": [
            _parameter(name, spec, plain.parameter(name), org.parameters, plain)
            for name, spec in PARAMETERS.items()
            if name not in _TOP
        ],
        "limits": [_limit(code, plain, org.parameters) for code in sorted(plain.rules)],
    }


def change(
    uow: UnitOfWork, org_id: str, wanted: Settings, *, recompute: bool, reason: str, now: datetime, by: str | None
) -> list[Change]:
    """Put settings in force; with `recompute` gives the open deadlines that moved, whose timers the caller re-arms.

    Errors: `settings.no_reason`, `settings.unchanged`, and those of `load_profile`.
    """
    if not reason.strip():
        raise Refusal("settings.no_reason", "请填写调整原因。", field="reason")
    org = get_organisation(uow, org_id)
    old = {"profile": org.profile, "overlay": org.overlay, "roll": org.roll, "day_end": org.day_end}
    new = {"profile": wanted.profile, "overlay": wanted.overlay, "roll": wanted.roll, "day_end": wanted.day_end}
    elsewhere = {key: value for key, value in org.parameters.items() if key not in _set_here(uow, org_id)}
    own_before, own_now = dict(org.parameters), elsewhere | _with_schedules(uow, org_id, wanted.parameters)
    names = sorted(key for key in {*own_before, *own_now} if own_before.get(key) != own_now.get(key))
    changed = [key for key in new if old[key] != new[key]]
    if not changed and not names:
        raise Refusal("settings.unchanged", "没有需要保存的改动。")
    change_organisation(
        uow, org_id, profile=wanted.profile, overlay=wanted.overlay, roll=wanted.roll, day_end=wanted.day_end,
        parameters=own_now,
    )  # fmt: skip
    office_log.note(
        uow, org_id, "settings", "recomputed" if recompute else "kept",
        old={key: old[key] for key in changed} | {key: own_before.get(key) for key in names},
        new={key: new[key] for key in changed} | {key: own_now.get(key) for key in names},
        reason=reason.strip(), now=now, by=by,
    )  # fmt: skip
    if not recompute:
        return []
    return deadline_book.recompute_open(uow, org_id, now=now, by=by, reason=f"单位设置调整：{reason.strip()}")


def _set_here(uow: UnitOfWork, org_id: str) -> set[str]:
    """Names of what this page sets; the schedules have a page of their own."""
    return {*PARAMETERS, *profile_of(uow, org_id).rules}


def _with_schedules(uow: UnitOfWork, org_id: str, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """What this page sets, and what a code that a limit shares with a schedule (R19.check) says of the schedule."""
    profile, found = profile_of(uow, org_id), dict(wanted)
    for code, own in get_organisation(uow, org_id).parameters.items():
        of_schedule = parts_of(own)[1] if code in profile.rules and isinstance(own, Mapping) else {}
        if code in profile.schedules and of_schedule:
            found[code] = {**of_schedule, **dict(found.get(code) or {})}
    return found


def _parameter(name: str, spec: Spec, found: Parameter, own: Mapping[str, Any], profile: Profile) -> dict[str, Any]:
    return {
        "name": name,
        "title": spec.title,
        "kind": spec.kind,
        "options": _options(spec, profile),
        "low": spec.low,
        "high": spec.high,
        "value": found.value,
        "shown": _shown(spec, found.value, profile),
        "source": found.source,
        "origin": found.origin,
        "own": own.get(name),
        "own_shown": _shown(spec, own[name], profile) if name in own else None,
    }


def _options(spec: Spec, profile: Profile) -> list[dict[str, str]]:
    if spec.allowed:
        return [{"value": value, "label": value_words(value)} for value in spec.allowed]
    if spec.kind == "roles":
        return [{"value": role, "label": name} for role, name in ROLES.items()]
    if spec.kind == "limit":
        codes = {**profile.rules, **{word: profile.deadline_rule(word) for word in profile.aliases}}
        named = [{"value": code, "label": f"{code} {rule.words}".strip()} for code, rule in sorted(codes.items())]
        return [{"value": "none", "label": value_words("none")}, *named]
    if spec.kind == "schedules":
        return [{"value": code, "label": f"{code} {rule.words}"} for code, rule in sorted(profile.schedules.items())]
    return []


def _shown(spec: Spec, value: Any, profile: Profile) -> str:
    """A value in words."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if spec.kind == "roles":
        return "、".join(ROLES.get(role, role) for role in value.split(",") if role) or value_words("none")
    if spec.kind == "limit" and value in profile.rules:
        return f"{profile.rules[value].words or value}（{value}）"
    if spec.kind == "pairs":
        return "；".join(f"{most}天以内提前{lead}天" for most, lead in value)
    if isinstance(value, Mapping):
        return "；".join(f"{key}：{item}" for key, item in value.items()) or value_words("none")
    if isinstance(value, list | tuple):
        return "、".join(value_words(str(item)) for item in value) or value_words("none")
    return value_words(str(value)) if value != "" else value_words("none")


def _limit(code: str, profile: Profile, own: Mapping[str, Any]) -> dict[str, Any]:
    rule = profile.rules[code]
    return {
        "code": code,
        "words": rule.words,
        "n": rule.n,
        "unit": rule.unit,
        "source": rule.source,
        "fixed": rule.fixed or rule.given,
        "own": (parts_of(own[code])[0] or None) if isinstance(own.get(code), Mapping) else own.get(code),
    }
