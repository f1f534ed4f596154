"""Configuration profiles: which limits, schedules and parameters an organisation lives by (requirements 3).

A profile is a TOML file under processes/profiles; `common.toml` holds what every profile shares, `national_2022.toml`
the statute, which is an overlay that an organisation switches on or off. An organisation may change single values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from office import deadlines
from office.calendar import Calendar
from office.deadline_rules import DeadlineRule, ProfileError, bad_entry, parse_rule
from office.deadlines import MODE_OF_UNIT, MODES, UNITS, UNITS_OF_MODE, Deadline, DeadlineError, Mode, Request, Unit
from office.lights import FULL_LADDER, Step, Timing
from office.profile_files import Parameter, read_file
from office.profile_parameters import PARAMETERS, Value, check_value, parse_time
from office.schedule_rules import Schedule, change_schedule
from storage.clock import local

__all__ = ["Parameter", "Profile", "ProfileError", "list_profiles", "load_profile"]
COMMON, OVERLAY = "common", "national_2022"
GENERAL = "petition_main"
CEILING_CODE = "L12"
GENERAL_PETITION = "petition_main"  # the course of petitions of organisations that have none of their own
_E3_BY_SUBJECT = {"service": "R06", "petition": "R73"}
_RULE_KEYS_TO_CHANGE = ("n", "unit", "mode", "month_end", "extension_most")


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """All limits, schedules and parameters of one organisation; immutable."""

    name: str
    title: str
    source: str
    overlay: bool  # national_2022 is on: the ceiling of 3.4 binds
    rules: Mapping[str, DeadlineRule]
    schedules: Mapping[str, Schedule]
    parameters: Mapping[str, Parameter]
    aliases: Mapping[str, str]
    e3_target: str | None  # report_to_head instead of R06 or R73 (0.5)
    timing: Timing

    def param(self, name: str) -> Value:
        """A parameter's value. Errors: ProfileError `profile.unknown_parameter`."""
        return self.parameter(name).value

    def parameter(self, name: str) -> Parameter:
        """A parameter with its source. Errors: ProfileError `profile.unknown_parameter`."""
        found = self.parameters.get(name)
        if found is None:
            raise ProfileError(
                "profile.unknown_parameter", f"配置“{self.title}”中没有参数“{name}”。", field=name, status=404
            )
        return found

    def deadline_rule(self, code: str) -> DeadlineRule:
        """The rule of a limit, by code (`R39.reply`, `L12`) or word (`及时`).

        Errors: ProfileError `profile.unknown_deadline`.
        """
        rule = self.rules.get(self.aliases.get(code, code))
        if rule is None:
            raise ProfileError(
                "profile.unknown_deadline",
                f"配置“{self.title}”中没有期限“{code}”，请核对编号或在该配置中添加。",
                field=code,
                status=404,
            )
        return rule

    def schedule(self, code: str) -> Schedule:
        """The rule of a recurring duty. Errors: ProfileError `profile.unknown_schedule`."""
        found = self.schedules.get(code)
        if found is None:
            raise ProfileError(
                "profile.unknown_schedule", f"配置“{self.title}”中没有日程“{code}”。", field=code, status=404
            )
        return found

    def ladder(self, code: str) -> tuple[Step, ...]:
        """The steps that exist for a limit: none for L5, L14, L16.request, R27.period (0.5)."""
        return FULL_LADDER if self.deadline_rule(code).ladder else ()

    def extension_limit(self, code: str) -> int:
        """The most days by which a limit may be extended, once; 0 if not at all (L12 30; R45 by its mode)."""
        rule = self.deadline_rule(code)
        if rule.extension_until is None:
            return rule.extension_most
        longest = self.deadline_rule(rule.extension_until).n or 0
        return longest if self.param("reply.extension_mode") == "added" else max(0, longest - (rule.n or 0))

    def compute(
        self,
        code: str,
        start: datetime,
        calendar: Calendar,
        *,
        n: int | None = None,
        unit: Unit | None = None,
        mode: Mode | None = None,
        date: date | datetime | None = None,
        word: str | None = None,
        appeal_claim: bool = False,
        extension_days: int = 0,
        stopped_days: int = 0,
        accepted_at: datetime | None = None,
        ceiling_extension_days: int = 0,
    ) -> Deadline:
        """The deadline of `code` from `start` by this profile.

        `n`, `unit`, `mode`, `date` where the case gives the amount (catalogue value, order, promise; the event for a
        backward limit; the cap for R16.stand_in). `word`: for a step without an entry of its own, the word of 0.6
        that it uses; a code without entry also does where n and unit (or mode), or a date, are given.
        `appeal_claim`: a matter of Art. 31(6), so that the ceiling binds if the overlay is on, counted from
        `accepted_at` (else `start`). `extension_days`: approved days; where the limit has no extension of its own they
        are those of Art. 34 and lengthen the ceiling alone, else `ceiling_extension_days` does (3.4).
        `stopped_days`: days of a hearing (L16). Errors: ProfileError `profile.unknown_deadline`; DeadlineError
        `deadline.amount_required`, `deadline.cannot_extend`, `deadline.extension_too_long`, `deadline.cannot_stop`,
        `deadline.bad_unit`, `deadline.bad_mode` and the others of deadlines.compute.
        """
        if unit is not None and unit not in UNITS:
            raise DeadlineError(
                "deadline.bad_unit", f"单位 {unit} 不正确，应为 {'、'.join(UNITS)} 之一。", field="unit"
            )
        if mode is not None and mode not in MODES:
            raise DeadlineError(
                "deadline.bad_mode", f"计时方式 {mode} 不正确，应为 {'、'.join(MODES)} 之一。", field="mode"
            )
        return self.answer(
            Request(
                code=code,
                start=_second(start),
                n=n,
                unit=unit,
                mode=mode,
                date=_second(date) if isinstance(date, datetime) else date,
                word=word,
                appeal_claim=appeal_claim,
                extension_days=extension_days,
                stopped_days=stopped_days,
                accepted_at=None if accepted_at is None else _second(accepted_at),
                ceiling_extension_days=ceiling_extension_days,
            ),
            calendar,
        )

    def recompute(self, deadline: Deadline, calendar: Calendar) -> Deadline:
        """The same deadline by another calendar: what was asked stays (0.3.5). Errors: `deadline.no_request`."""
        if deadline.request is None:
            raise DeadlineError("deadline.no_request", "该期限没有保存计算依据，不能重新计算。", field="request")
        return self.answer(deadline.request, calendar)

    def answer(self, request: Request, calendar: Calendar) -> Deadline:
        """The deadline that a request asks for; see compute."""
        rule = self._rule_for(request)
        own_extension = bool(self._most_extension(rule))
        extension = request.extension_days if own_extension else 0
        use_ceiling = self.overlay and request.appeal_claim and rule.ceiling
        if request.extension_days and not own_extension and not use_ceiling:
            raise DeadlineError("deadline.cannot_extend", "该期限不允许延期。", field="extension_days")
        if extension > self._most_extension(rule):
            raise DeadlineError(
                "deadline.extension_too_long", f"延期最多{self._most_extension(rule)}日。", field="extension_days"
            )
        own = self._compute(rule, request, extension, calendar)
        if use_ceiling:
            more = request.ceiling_extension_days or (0 if own_extension else request.extension_days)
            ceiling = self.answer(
                Request(code=CEILING_CODE, start=request.accepted_at or request.start, extension_days=more), calendar
            )
            own = deadlines.with_ceiling(own, ceiling)
        return replace(own, request=request)

    def _rule_for(self, request: Request) -> DeadlineRule:
        code = self.aliases.get(request.code, request.code)
        if request.word is not None:
            rule = replace(self.deadline_rule(request.word), code=code, words=request.word)
            return replace(rule, subject="service") if _is_service(code) else rule
        if code not in self.rules and (unit := _given_unit(request)) is not None:
            return DeadlineRule(
                code=code,
                words="",
                unit=unit,
                source="[D]",
                given=True,
                n=None if unit != "sameday" else 0,
                mode=request.mode or MODE_OF_UNIT[unit],
                subject="service" if _is_service(code) else "petition",
            )
        return self.deadline_rule(code)

    def _most_extension(self, rule: DeadlineRule) -> int:
        return self.extension_limit(rule.code) if rule.extension_until else rule.extension_most

    def _compute(self, rule: DeadlineRule, request: Request, extension: int, calendar: Calendar) -> Deadline:
        n, unit, mode = self._amount(rule, request)
        if (request.stopped_days or request.stops) and not rule.stops:
            raise DeadlineError("deadline.cannot_stop", "该期限没有可以停止计时的法定事由。", field="stopped_days")
        cap = request.date if rule.not_after else None
        if cap is not None and not isinstance(cap, datetime):
            raise DeadlineError("deadline.date_required", "请填写截止的日期和时刻。", field="date")
        fixed_day = mode == "date" and request.date is None and rule.month_end is not None
        return deadlines.compute(
            rule.code,
            request.start,
            n=n,
            unit=unit,
            mode=mode,
            calendar=calendar,
            timing=self.timing,
            on=None if rule.not_after else request.date,
            month_end=rule.month_end if fixed_day else None,
            not_after=cap,
            extension_days=extension,
            stopped_days=request.stopped_days,
            stops=request.stops,
            ladder=FULL_LADDER if rule.ladder else (),
            seed_words=rule.words,
            e3_target=(self.e3_target or _E3_BY_SUBJECT[rule.subject]) if rule.ladder else None,
        )

    def _amount(self, rule: DeadlineRule, request: Request) -> tuple[int, Unit, Mode]:
        unit, mode = request.unit or rule.unit, request.mode
        if mode is None and request.date is not None and not rule.not_after and rule.mode != "backward":
            mode, unit = "date", "date"
        if mode is not None and request.unit is None and unit not in UNITS_OF_MODE[mode]:
            unit = UNITS_OF_MODE[mode][0]
        if mode is None:
            mode = rule.mode if unit in deadlines.UNITS_OF_MODE[rule.mode] else MODE_OF_UNIT[unit]
        if mode == "calendar_roll" and self.param("day_mode") == "calendar":
            mode = "calendar"
        if mode == "date":
            return 0, "date", mode
        n = request.n
        if n is None and rule.amount_from is not None:
            n = int(self.param(rule.amount_from))
        if n is None and rule.n is not None:
            n = rule.n
            if rule.adds_to is not None and self.param("reply.extension_mode") == "added":
                n += self.deadline_rule(rule.adds_to).n or 0
        if n is None:
            raise DeadlineError(
                "deadline.amount_required", f"“{rule.words}”没有固定天数，请填写日期或天数。", field="n"
            )
        return n, unit, mode


@lru_cache(maxsize=4)
def own_starts(directory: Path) -> frozenset[str]:
    """The regulations that some profile has as its own (parameter `starts`): offered only to organisations with it."""
    loaded = (load_profile(name, directory) for name in list_profiles(directory))
    return frozenset(key for profile in loaded for key in profile.param("starts"))


def offers(profile: Profile, process_key: str, directory: Path) -> bool:
    """Whether an organisation begins matters by this regulation: by its own, and by those that are nobody's own.

    The general life cycle of a petition is offered where an organisation has no course of its own.
    """
    own = profile.param("starts")
    if process_key in own:
        return True
    return process_key not in own_starts(directory) and not (own and process_key == GENERAL_PETITION)


def list_profiles(directory: Path) -> tuple[str, ...]:
    """The names of the profiles that an organisation may have, sorted."""
    return tuple(sorted(path.stem for path in directory.glob("*.toml") if path.stem not in (COMMON, OVERLAY)))


def load_profile(name: str, directory: Path, overrides: Mapping[str, Any] | None = None) -> Profile:
    """The profile `name` of `directory`, with the organisation's own values.

    `overrides`: {parameter: value}, {deadline code: {n, unit, mode ...}} and {schedule code: {rule, hours ...}}.
    Order: organisation, profile, statute (if on), common. Errors: ProfileError `profile.unknown`, `profile.bad_file`,
    `profile.bad_parameter`, `profile.unknown_parameter`, `profile.bad_deadline`, `profile.bad_schedule`,
    `profile.statute_fixed`, `profile.unknown_deadline`.
    """
    if name not in list_profiles(directory):
        raise ProfileError(
            "profile.unknown",
            f"没有名为“{name}”的配置。可用：{'、'.join(list_profiles(directory))}。",
            field="profile",
            status=404,
        )
    changes = dict(overrides or {})
    common, overlay, own = (read_file(directory, part) for part in (COMMON, OVERLAY, name))
    on = bool(check_value("legal_overlay", changes.get("legal_overlay", own.overlay_default), "legal_overlay"))
    parameters = common.parameters | (overlay.parameters if on else {}) | own.parameters
    parameters["legal_overlay"] = Parameter(on, "[DEF]", name)
    rules = common.rules | overlay.rules | own.rules
    schedules = common.schedules | own.schedules
    for key, value in changes.items():
        if key in PARAMETERS:
            parameters[key] = Parameter(check_value(key, value, key), "本单位设定", "organisation")
        elif key in rules and key in schedules and isinstance(value, Mapping):  # R19.check is a limit and a schedule
            of_limit, of_schedule = parts_of(value)
            rules[key] = _changed_rule(rules[key], of_limit) if of_limit else rules[key]
            schedules[key] = change_schedule(schedules[key], of_schedule, key) if of_schedule else schedules[key]
        elif key in rules:
            rules[key] = _changed_rule(rules[key], value)
        elif key in schedules:
            schedules[key] = change_schedule(schedules[key], value, key)
        else:
            raise ProfileError(
                "profile.unknown_parameter", f"没有名为“{key}”的参数、期限或日程。", field=key, status=422
            )
    if missing := PARAMETERS.keys() - parameters.keys():
        raise ProfileError("profile.bad_file", f"{COMMON}.toml 缺少参数：{'、'.join(sorted(missing))}。", field=COMMON)
    profile = Profile(
        name=name,
        title=own.title,
        source=own.source,
        overlay=on,
        rules=MappingProxyType(rules),
        schedules=MappingProxyType(schedules),
        parameters=MappingProxyType(parameters),
        aliases=MappingProxyType(common.aliases),
        e3_target=own.e3_target,
        timing=_timing(lambda key: parameters[key].value),
    )
    _check_references(profile)
    return profile


def parts_of(change: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """An own value of a code that a limit and a schedule share: what is said of the limit, and of the schedule."""
    of_limit = {key: value for key, value in change.items() if key in _RULE_KEYS_TO_CHANGE}
    return of_limit, {key: value for key, value in change.items() if key not in of_limit}


def _changed_rule(rule: DeadlineRule, change: object) -> DeadlineRule:
    if rule.fixed:
        raise ProfileError(
            "profile.statute_fixed", f"{rule.code} 是法定期限，不能由本单位修改。", field=rule.code, status=422
        )
    if not isinstance(change, Mapping) or not change or not set(change) <= set(_RULE_KEYS_TO_CHANGE):
        raise ProfileError(
            "profile.bad_deadline",
            f"{rule.code}：只能修改 {'、'.join(_RULE_KEYS_TO_CHANGE)}。",
            field=rule.code,
            status=422,
        )
    entry = {key: getattr(rule, key) for key in rule.__dataclass_fields__ if key not in ("code", "starts")}
    entry = {key: value for key, value in entry.items() if value is not None} | dict(change)
    if "unit" in change and "mode" not in change:
        entry.pop("mode")
    return parse_rule(rule.code, entry | {"from": rule.starts}, rule.code)


def _timing(param: Callable[[str], Value]) -> Timing:
    if param("ladder.accountability_after") <= param("ladder.supervision_after"):
        raise ProfileError(
            "profile.bad_parameter",
            "问责的工作日数应大于督办的工作日数。",
            field="ladder.accountability_after",
            status=422,
        )
    return Timing(
        day_end=parse_time(param("day_end")),
        leads=param("light.leads"),
        lead_beyond=param("light.lead_beyond"),
        morning=parse_time(param("light.morning")),
        same_day_yellow=parse_time(param("light.same_day")),
        clock_long=timedelta(hours=param("light.clock_long_hours")),
        clock_long_lead=timedelta(hours=param("light.clock_long_lead_hours")),
        clock_short=timedelta(minutes=param("light.clock_short_minutes")),
        clock_short_lead=timedelta(minutes=param("light.clock_short_lead_minutes")),
        clock_fraction=param("light.clock_fraction"),
        supervision_after=param("ladder.supervision_after"),
        accountability_after=param("ladder.accountability_after"),
    )


def _check_references(profile: Profile) -> None:
    """Every code that a parameter or rule names must exist."""
    for name, spec in PARAMETERS.items():
        value = profile.param(name)
        if spec.kind == "limit" and value != "none":
            profile.deadline_rule(value)
        if spec.kind == "schedules":
            for code in value:
                profile.schedule(code)
    for schedule in profile.schedules.values():
        if schedule.excluding is not None and profile.schedule(schedule.excluding).excluding is not None:
            raise bad_entry(
                f"{schedule.code}.excluding", f"{schedule.excluding} 自己也让位于别的日程。", "profile.bad_schedule"
            )
        if schedule.holiday_scope is not None:
            profile.param(schedule.holiday_scope)
    for rule in profile.rules.values():
        for code in (rule.adds_to, rule.extension_until):
            if code is not None:
                profile.deadline_rule(code)
        if rule.amount_from is not None:
            profile.param(rule.amount_from)
    for code in profile.aliases.values():
        profile.deadline_rule(code)


def _given_unit(request: Request) -> Unit | None:
    """The unit of a limit that the caller gives in full (n and unit or mode, a date, the same day), else None."""
    unit = request.unit or (UNITS_OF_MODE[request.mode][0] if request.mode and request.mode != "clock" else None)
    if unit is None and request.date is not None:
        return "date"
    whole = request.n is not None or unit == "sameday" or (unit == "date" and request.date is not None)
    return unit if whole else None


def _is_service(code: str) -> bool:
    """True for R01-R34, the service centre's own systems, whose E3 is R06."""
    number = code[1:].split(".")[0]
    return code.startswith("R") and number.isdigit() and int(number) <= 34


def _second(instant: datetime) -> datetime:
    return local(instant).replace(microsecond=0)
