"""The parameters of a profile: names, types and allowed values (requirements 3.2). Values are in processes/profiles."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from typing import Any, Literal

from office.deadline_rules import ProfileError
from office.roles import ROLES

Kind = Literal["choice", "choices", "int", "bool", "time", "limit", "schedules", "table", "pairs", "names", "roles"]
Value = Any  # str, int, bool, tuple of str, or mapping, by kind


@dataclass(frozen=True, slots=True)
class Spec:
    """The type of one parameter. `limit` is a deadline code or `none`; `choices` an ordered list; times HH:MM[:SS];
    `names` a list of field keys; `roles` a text of roles with commas, as a diagram's candidate groups take it."""

    title: str
    kind: Kind
    allowed: tuple[str, ...] = ()
    low: int = 0
    high: int = 3660
    keys: tuple[tuple[str, type], ...] = ()


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_CHAIN = _words(
    "none notify_units report_leaders report_superior special_report wait_instruction act leaders competent_units"
    " township_or_main_leader other_village_leaders contact_units find_facts"
)
_DISORDER = _words(
    "none persuade educate leader_approval public_security public_security_at_once police_stands_by bailiff criticise"
)
_ORGANS = _words(
    "none accountability_committee discipline_supervision judicial_organs circulated_criticism county_measure"
    " village_branch town_discipline"
)
_SCOPE = _words("accusations_reports accused_person units_persons_involved accused_persons_units")

_REGISTERS = ("none", *(f"FM{number:02}" for number in range(1, 49)))

PARAMETERS: Mapping[str, Spec] = {
    "starts": Spec("本单位自己的信访制度（登记时选）", "names"),
    "reply.first_try": Spec("首次答复方式", "choice", _words("none on_the_spot face_to_face at_once")),
    "reply.limit": Spec("答复期限", "limit"),
    "reply.form": Spec("答复形式", "choices", _words("any oral written phone letter visit prescribed_format FM26")),
    "reply.extension": Spec("延期依据", "limit"),
    "reply.extension_max_days": Spec("延期最多天数", "int", low=0, high=366),
    "reply.extension_mode": Spec("延期计算方式", "choice", _words("none total_cap added")),
    "transfer.limit": Spec("转办期限", "limit"),
    "letter.open": Spec("来信拆封期限", "limit"),
    "same_day_closure": Spec("当日事当日结", "bool"),
    "day_mode": Spec("末日遇节假日", "choice", _words("calendar_roll calendar")),
    "day_end": Spec("每日截止时间", "time"),
    "holiday_scope": Spec("节假日范围", "choice", _words("non_working statutory_only")),
    "registration.form": Spec("登记表", "choice", _words("FM18a FM18b FM18c FM18d FM18e FM18f FM19 FM20 FM21 FM07")),
    "registration.required": Spec("登记表必填栏目", "names"),
    "roles.leader": Spec("批示、审批的领导", "roles"),
    "roles.transfer": Spec("转办交办的经办人", "roles"),
    "roles.joint": Spec("联合办案的牵头人", "roles"),
    "roles.extension": Spec("批准延期的领导（不写即 roles.leader）", "roles"),
    "roles.arbiter": Spec("协调不成时裁定的领导", "roles"),
    "leader_reading.ordinary": Spec("一般信访先行阅批的领导", "roles"),
    "leader_reading.important": Spec("重要信访先行阅批的领导", "roles"),
    "leader_reading.urgent": Spec("紧急信访先行阅批的领导", "roles"),
    "handle.leader_signs": Spec("查处记录由分管领导会签", "bool"),
    "reception.min_staff": Spec("接访最少人数", "int", low=1, high=20),
    "reception.min_leaders": Spec("接访最少领导人数", "int", low=0, high=20),
    "reception.days": Spec("接访日程", "schedules"),
    "reception.notice": Spec("接访告知", "choice", _words("none swap_two_days public_notice division_tells_leaders")),
    "group.size": Spec("集体访人数下限", "int", low=2, high=1000),
    "group.representatives_max": Spec("代表人数上限", "int", low=1, high=5),
    "group.on_site_reception": Spec("集体访由领导现场接访", "bool"),
    "group.slogan": Spec("集体访工作要求", "choice", _words("none four_preferences")),
    "urgent.chain": Spec("重大紧急信访处置", "choices", _CHAIN),
    "disorder.step": Spec("扰序处置步骤", "choices", _DISORDER),
    "anonymous.reply": Spec("匿名来信答复", "choice", _words("none")),
    "confidential.scope": Spec("保密范围", "choices", _SCOPE),
    "followup": Spec(
        "回访", "choice", _words("off every_assigned suitable_time before_or_after_closing move_in_and_complaint")
    ),
    "followup.after_closing": Spec("办结后的回访范围", "choice", _words("off assigned all")),
    "archive.scope": Spec("归档范围", "choice", _words("none needed assigned all_letters all document_list")),
    "leave.tiers": Spec(
        "请假审批权限",
        "table",
        keys=(
            ("short_days", int),
            ("short", str),
            ("long_days", int),
            ("long", str),
            ("between", str),
            ("official", str),
        ),
    ),
    "hours.opens": Spec("上班时间", "time"),
    "hours.noon": Spec("午休开始", "time"),
    "hours.afternoon": Spec("午休结束", "time"),
    "hours.closes": Spec("下班时间", "time"),
    "complaint.threshold": Spec("月投诉次数界限", "table", keys=(("per_month", int), ("serious", bool))),
    "duty.fine": Spec("值班扣款建议", "table", keys=(("yuan_per_off_post", int), ("missed_run", int))),
    "accountability.organ": Spec("问责机关", "choices", _ORGANS),
    "first_inquiry.scope": Spec("首问负责范围", "choice", _words("centre organ first_duty_leader")),
    "notification.form": Spec("一次性告知形式", "choices", _words("oral written public missing_items_list")),
    "promise": Spec("承诺办结", "choices", _words("none promised_date never_exceeded promised_or_statutory")),
    "legal_overlay": Spec("适用《信访工作条例》", "bool"),
    "advice.reply_days": Spec("改进建议书面反馈天数", "int", low=1, high=365),
    "retention.ordinary_years": Spec("一般事项保管年数", "int", low=1, high=100),
    "retention.important_years": Spec("重要、紧急事项保管年数", "int", low=1, high=100),
    "retention.permanent": Spec("永久保管：有这些登记的事项", "choices", _REGISTERS),
    "retention.notice_years": Spec("已读通知、已发邮件保留年数", "int", low=1, high=100),
    "retention.access_log_years": Spec("查阅记录保留年数", "int", low=1, high=100),
    "secondment.min_months": Spec("窗口人员最短派驻月数", "int", low=1, high=120),
    "satisfaction.percent": Spec("决策满意率门槛（百分比）", "int", low=1, high=100),
    "light.leads": Spec("黄灯提前天数", "pairs"),
    "light.lead_beyond": Spec("更长期限的黄灯提前天数", "int", high=365),
    "light.morning": Spec("黄灯与督办时刻", "time"),
    "light.same_day": Spec("当日事项黄灯时刻", "time"),
    "light.clock_long_hours": Spec("按小时计的长期限（小时）", "int", low=1),
    "light.clock_long_lead_hours": Spec("按小时计的长期限提前（小时）", "int", low=1),
    "light.clock_short_minutes": Spec("立即事项（分钟）", "int", low=1),
    "light.clock_short_lead_minutes": Spec("立即事项提前（分钟）", "int", low=0),
    "light.clock_fraction": Spec("其他按时计期限的黄灯份额（几分之一）", "int", low=2, high=100),
    "ladder.supervision_after": Spec("逾期后第几个工作日督办", "int", low=1, high=365),
    "ladder.accountability_after": Spec("逾期后第几个工作日问责", "int", low=2, high=365),
}
_LIMIT = re.compile(r"none|[RL][0-9]{1,2}(\.[a-z][a-z0-9_]*)?|[一-鿿]{2,8}")
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?")


def check_value(name: str, value: object, where: str) -> Value:
    """The value as its parameter's type wants it (lists become tuples).

    Errors: ProfileError `profile.unknown_parameter`, `profile.bad_parameter`, with `where` as field.
    """
    spec = PARAMETERS.get(name)
    if spec is None:
        raise ProfileError("profile.unknown_parameter", f"{where}：没有名为“{name}”的参数。", field=where, status=422)
    if spec.kind == "bool" and isinstance(value, bool):
        return value
    if spec.kind == "int" and isinstance(value, int) and not isinstance(value, bool) and spec.low <= value <= spec.high:
        return value
    if spec.kind == "choice" and value in spec.allowed:
        return value
    if spec.kind == "limit" and isinstance(value, str) and _LIMIT.fullmatch(value):
        return value
    if spec.kind == "time" and isinstance(value, str) and _TIME.fullmatch(value):
        return value
    if spec.kind == "roles" and isinstance(value, str) and all(role in ROLES for role in value.split(",") if value):
        return value
    if spec.kind == "names" and isinstance(value, list | tuple) and all(map(_is_name, value)):
        return tuple(value)
    if spec.kind in ("choices", "schedules") and isinstance(value, list | tuple):
        items = tuple(value)
        if all(isinstance(item, str) and (spec.kind == "schedules" or item in spec.allowed) for item in items):
            return items
    if spec.kind == "pairs" and isinstance(value, list | tuple) and value:
        pairs = tuple(tuple(pair) if isinstance(pair, list | tuple) else () for pair in value)
        whole = all(len(pair) == 2 and all(type(part) is int and part >= 0 for part in pair) for pair in pairs)
        if whole and list(pairs) == sorted(pairs) and len({pair[0] for pair in pairs}) == len(pairs):
            return pairs
    if spec.kind == "table" and isinstance(value, Mapping):
        types = dict(spec.keys)
        if all(key in types and type(item) is types[key] for key, item in value.items()):
            return dict(value)
    raise ProfileError(
        "profile.bad_parameter", f"{where}：“{value}”不是“{spec.title}”的有效值。{_hint(spec)}", field=where, status=422
    )


def _is_name(item: object) -> bool:
    return isinstance(item, str) and _NAME.fullmatch(item) is not None


def _hint(spec: Spec) -> str:
    if spec.allowed:
        return f"可用：{'、'.join(spec.allowed)}。"
    if spec.kind == "int":
        return f"应为{spec.low}至{spec.high}的整数。"
    return {
        "bool": "应为 true 或 false。",
        "time": "应为 17:30 一类的时间。",
        "limit": "应为期限编号或 none。",
        "names": "应为栏目名称的列表。",
        "roles": "应为角色名称，多个以逗号分开，不加空格。",
        "pairs": "应为 [[天数上限, 提前天数], …]，由小到大。",
    }.get(spec.kind, "")


def parse_time(text: str) -> time:
    """A checked HH:MM[:SS] as time of day."""
    return time.fromisoformat(text)
