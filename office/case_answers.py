"""Which answer of a form goes where: a column of the case, the person, the accused, a note, or the other fields."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from office.classes import class_numbers
from office.parties import PARTY_FIELDS, SENSITIVE
from storage.errors import Refusal

CHANNELS = {"letter": "L", "visit": "V", "call": "C", "report_hotline": "H", "hotline": "H", "online": "O"}
KINDS = {
    "suggestion": "建议意见",
    "appeal_claim": "申诉求决",
    "accusation": "检举控告",
    "inquiry": "咨询",
    "service": "办事",
}
WEIGHTS = {"ordinary": "一般", "important": "重要", "urgent": "紧急"}
WAYS = {
    "answer_now": "当面解答",
    "phone_contact": "电话联系",
    "referral_letter": "出具便函",
    "filed_assignment": "立案交办",
    "joint_handling": "联合办案",
    "digest_report": "摘报反映",
}
ADDED_WAY = "digest_report"  # ⑥ may be added to any other
_TEXTS = ("title", "matter", "demand", "restated_demand", "acceptance", "result", "owner", "handler", "handling_unit")
_FLAGS = ("confirmed", "anonymous", "confidential")
_CHOICES: Mapping[str, Mapping[str, str]] = {"kind": KINDS, "weight": WEIGHTS, "way": WAYS}
_ACCUSED = ("accused", "accused_units", "accused_persons", "accused_users")
_NOTES = {"suspected_condition": "health", "health_note": "health", "disorder_note": "disorder"}
_PARTY_PREFIX = "petitioner_"
_LONGEST = 20_000  # characters of one text
SECRET_KEYS = frozenset(SENSITIVE | {_PARTY_PREFIX + key for key in SENSITIVE} | set(_NOTES))


@dataclass(slots=True)
class Sorted:
    """Answers by where they go."""

    case: dict[str, Any] = field(default_factory=dict)  # columns of case_file
    party: dict[str, Any] = field(default_factory=dict)
    accused: list[str] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)  # kind, text
    flags: list[str] = field(default_factory=list)
    fields: dict[str, Any] = field(default_factory=dict)


def sort_answers(answers: Mapping[str, Any], *, registering: bool) -> Sorted:
    """Take the answers apart and check those that have a column.

    `petitioner_name` ... are always the petitioner's; the bare keys `name`, `phone` ... only while `registering`,
    because later forms use such words for other people. Errors: `answer.bad_choice`, `answer.bad_number`,
    `answer.too_long`, `class.unknown`.
    """
    out = Sorted()
    for key, value in answers.items():
        bare = key.removeprefix(_PARTY_PREFIX)
        if bare in PARTY_FIELDS and (bare != key or registering):
            out.party[bare] = value
        elif key in _TEXTS:
            out.case[key] = _text(key, value)
        elif key in _FLAGS:
            out.case[key] = as_bool(key, value)
        elif key in _CHOICES:
            out.case[key] = _choice(key, value, _CHOICES[key])
        elif key == "channel":
            out.case[key] = _channel(value)
        elif key in ("matter_classes", "matter_class"):
            out.case["matter_classes"] = class_numbers(as_list(value))
        elif key == "ways":
            out.case["ways"] = [_choice(key, item, WAYS) for item in as_list(value)]
        elif key == "group_count":
            out.case[key] = _count(key, value)
        elif key in _ACCUSED:
            out.accused += [str(item) for item in as_list(value)]
        elif key in _NOTES:
            if value not in (None, ""):
                out.notes.append((_NOTES[key], _text(key, value) or ""))
        elif key == "flags":
            out.flags += [str(item) for item in as_list(value)]
        else:
            out.fields[key] = value
    return out


def entry_answers(answers: Mapping[str, Any]) -> dict[str, Any]:
    """The answers as the case's entry keeps them: health and disorder notes stay in the notes alone (§0.8)."""
    return {key: value for key, value in answers.items() if key not in _NOTES}


def as_list(value: Any) -> list[Any]:
    """A list from a list, one value, or text with separators 、 ， , ；; an empty value gives an empty list."""
    if value is None or value == "":
        return []
    if isinstance(value, str):
        for mark in "，,；;\n":
            value = value.replace(mark, "、")
        return [part.strip() for part in value.split("、") if part.strip()]
    if isinstance(value, Iterable) and not isinstance(value, Mapping):
        return list(value)
    return [value]


def as_bool(key: str, value: Any) -> bool | None:
    """True or False from a checkbox or a yes/no choice; None from an empty one. Errors: `answer.bad_choice`."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return value
    known = {"true": True, "yes": True, "是": True, "1": True, "false": False, "no": False, "否": False, "0": False}
    if str(value).lower() not in known:
        raise Refusal("answer.bad_choice", "请选择“是”或“否”。", field=key)
    return known[str(value).lower()]


def _text(key: str, value: Any) -> str | None:
    if value is None:
        return None
    text = str(value).strip()
    if len(text) > _LONGEST:
        raise Refusal("answer.too_long", f"内容过长，请不超过{_LONGEST}个字。", field=key)
    return text or None


def _choice(key: str, value: Any, allowed: Mapping[str, str]) -> str | None:
    if value is None or value == "":
        return None
    if value not in allowed:
        raise Refusal("answer.bad_choice", f"请从以下选项中选择：{'、'.join(allowed.values())}。", field=key)
    return str(value)


def _channel(value: Any) -> str | None:
    if value is None or value == "":
        return None
    letter = CHANNELS.get(str(value), str(value))
    if letter not in CHANNELS.values():
        raise Refusal("answer.bad_choice", "渠道应为来信、来访、来电、举报电话或网上信访。", field="channel")
    return letter


def _count(key: str, value: Any) -> int | None:
    if value is None or value == "":
        return None
    text = str(value).strip()
    if not text.isdecimal() or int(text) > 100_000:
        raise Refusal("answer.bad_number", "人数应为不小于0的整数。", field=key)
    return int(text)
