"""What a profile says of a deadline: read from TOML, checked, typed (requirements 1.3)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, get_args

from office.deadlines import MODE_OF_UNIT, MODES, UNITS, UNITS_OF_MODE, Mode, Unit
from office.stop_causes import CAUSES
from storage.errors import BanjieError

Subject = Literal["service", "petition"]
CODE = re.compile(r"[RL][0-9]{1,2}(\.[a-z][a-z0-9_]*)?|[一-鿿]{2,8}")


class ProfileError(BanjieError):
    """A profile, or an organisation's change to it, cannot be used: the field names the file and entry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineRule:
    """One limit of a profile. `n` is None where the case gives the amount: a date, or a number for mode `given`."""

    code: str
    words: str  # the regulation's own words
    unit: Unit
    mode: Mode
    source: str  # [S], [D], [DEF] or the L-number
    n: int | None = None
    starts: str = ""  # the event that it counts from
    until: str = ""  # the event that must have happened
    given: bool = False  # the case gives n (and unit) or a date: catalogue value, order, card
    amount_from: str | None = None  # parameter that holds n
    month_end: int | None = None  # the last working day of this month (0: of any month)
    not_after: bool = False  # the `date` given is an instant that caps the limit (R16.stand_in)
    adds_to: str | None = None  # with reply.extension_mode=added, n comes on top of that limit's n (R45.max)
    extension_most: int = 0  # the largest extension, days
    extension_until: str | None = None  # or: an extension may last until that limit (R45.max)
    stops: tuple[str, ...] = ()  # the causes that stop its clock, of `stop_causes.CAUSES`
    stops_basis: str = ""  # the law that says so
    stops_notice: bool = False  # the law demands that the person be told in writing: a document of the case is named
    ceiling: bool = False  # the 60 days of L12 bind where they are shorter (3.4)
    ladder: bool = True  # False: binds the petitioner, is a waiting period or a right of objection (0.5)
    subject: Subject = "petition"  # E3 leads to R73 for petitions, to R06 for services
    fixed: bool = False  # statute: an organisation may not change it


def parse_rule(code: str, entry: Mapping[str, Any], where: str) -> DeadlineRule:
    """A checked rule from its TOML table. Errors: ProfileError `profile.bad_deadline`, field `file: code.key`."""
    if not CODE.fullmatch(code):
        raise bad_entry(where, f"期限编号“{code}”不正确，应为 R39.reply 一类的编号。")
    data = dict(entry)
    data["starts"] = data.pop("from", "")
    stops = data.pop("stops", ())
    check_keys(DeadlineRule, data, where)
    _check_types(DeadlineRule, data, where)
    unit, mode = data.get("unit"), data.get("mode")
    if unit not in UNITS:
        raise bad_entry(f"{where}.unit", f"单位 {unit} 不正确，应为 {'、'.join(UNITS)} 之一。")
    if mode is None:
        mode = data["mode"] = MODE_OF_UNIT[unit]
    if mode not in MODES or unit not in UNITS_OF_MODE[mode]:
        raise bad_entry(f"{where}.mode", f"计时方式 {mode} 不能与单位 {unit} 同用。")
    if mode in ("same_day", "session", "date"):
        data.setdefault("n", 0)
    n = data.get("n")
    if n is None and not data.get("given") and not data.get("amount_from"):
        raise bad_entry(f"{where}.n", "缺少期限数量 n。")
    if n is not None and (n < 0 or (n == 0 and mode in ("calendar", "calendar_roll", "working", "clock"))):
        raise bad_entry(f"{where}.n", f"期限数量 {n} 不正确。")
    if data.get("subject", "petition") not in get_args(Subject):
        raise bad_entry(f"{where}.subject", "subject 应为 service 或 petition。")
    if not 0 <= data.get("month_end", 0) <= 12:
        raise bad_entry(f"{where}.month_end", "month_end 应为 0 至 12。")
    if (
        not isinstance(stops, list | tuple)
        or not set(stops) <= CAUSES.keys()
        or bool(stops) != bool(data.get("stops_basis"))
    ):
        raise bad_entry(f"{where}.stops", f"stops 应为 {'、'.join(CAUSES)} 的列表，并在 stops_basis 写明依据的法条。")
    if stops and mode not in ("calendar", "calendar_roll", "working"):
        raise bad_entry(f"{where}.stops", "只有按日、周、月或工作日计算的期限可以停止计时。")
    return DeadlineRule(code=code, stops=tuple(stops), **data)


def check_keys(kind: type, data: Mapping[str, Any], where: str, error: str = "profile.bad_deadline") -> None:
    """Only keys that `kind` has, `words` and `source` among them. Errors: ProfileError `error`."""
    known = {item.name for item in fields(kind)} - {"code"}
    for key in data:
        if key not in known:
            raise bad_entry(f"{where}.{key}", f"不认识的项目“{key}”。", error)
    for key in ("words", "source"):
        if not data.get(key):
            raise bad_entry(f"{where}.{key}", f"缺少 {key}。", error)


def _check_types(kind: type, data: Mapping[str, Any], where: str) -> None:
    for item in fields(kind):
        value = data.get(item.name)
        if value is None:
            continue
        base = str(item.type).split(" ")[0]
        right: type = {"int": int, "bool": bool}.get(base, str)
        if not isinstance(value, right) or (right is int and isinstance(value, bool)):
            raise bad_entry(f"{where}.{item.name}", f"{item.name} 的值“{value}”类型不正确。")


def bad_entry(where: str, message: str, code: str = "profile.bad_deadline") -> ProfileError:
    """The error that names the file, the entry and the key."""
    return ProfileError(code, f"{where}：{message}", field=where, status=422)
