"""The sample town's matters: invented people, matters at different stages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class Step:
    """Something done `days_ago` working days before today at `at` o'clock; the first of a matter starts it.

    In a matter that a schedule starts, `days_ago` are calendar days before the day of the schedule, negative ones after
    it. `about` names by its words another matter that this one has opened; `due_in` gives the `due_date` to set, in
    days from the step. What is still to come today is not done.
    """

    days_ago: int
    at: str
    who: str
    answers: Mapping[str, Any] = field(default_factory=dict)
    task: str = ""
    about: str = ""
    due_in: int | None = None


@dataclass(frozen=True, slots=True)
class Matter:
    """A matter and what was done in it so far.

    With `day` it was not registered: the schedule `process_key` has opened it for that day.
    """

    process_key: str
    steps: tuple[Step, ...]
    day: date | None = None


def _petition(
    days_ago: int, at: str, name: str, matter: str, demand: str, *, who: str = "linhai", channel: str = "V",
    kind: str = "appeal_claim", phone: str = "", address: str = "", **more: Any,
) -> Step:  # fmt: skip
    answers = {
        "channel": channel, "name": name, "phone": phone, "address": address, "matter": matter, "demand": demand,
        "kind": kind, "flags": [], **more,
    }  # fmt: skip
    return Step(days_ago, at, who, {key: value for key, value in answers.items() if value != ""})


def _registration(days_ago: int, at: str, matter: str, restated: str, **more: Any) -> Step:
    answers = {
        "matter": matter, "restated_demand": restated, "confirmed": True, "gender": "male", "age": 56,
        "occupation": "农民", "political_status": "masses", "undisclosed": False, "receivers": "林海", **more,
    }  # fmt: skip
    return Step(days_ago, at, "linhai", answers, "CompleteRegistration")


def _classified(days_ago: int, at: str, classes: tuple[str, ...] = ("3",)) -> Step:
    return Step(days_ago, at, "linhai", {"matter_classes": list(classes), "told_class": True}, "Classify")


def _accepted(days_ago: int, at: str) -> Step:
    answers = {
        "decision": "accepted",
        "notice_way": "written",
        "procedure": "本办登记后转承办单位调查处理，由承办单位答复。",
    }
    return Step(days_ago, at, "linhai", answers, "Inform")


def _assigned(days_ago: int, unit: str, text: str, days: int) -> tuple[Step, ...]:
    """Proposal, decision, filing approval and assignment, all in one morning."""
    propose = {
        "weight": "ordinary",
        "proposed_opinion": text,
        "proposed_way": "filed_assignment",
        "proposed_unit": unit,
    }
    decide = {"way": "filed_assignment", "add_digest": False, "leader_owned": False}
    approve = {
        "filing": "approved",
        "text": "同意立案，请按期查清并答复群众。",
        "handling_unit": unit,
        "assign_days": days,
    }
    check = {"jurisdiction": "within"}
    transfer = {"transfer_kind": "assignment", "handling_unit": unit, "transfer_text": text, "assign_days": days}
    return (
        Step(days_ago, "10:05", "linhai", propose, "ProposeWay"),
        Step(days_ago, "10:20", "chenjing", decide, "DecideWay"),
        Step(days_ago, "10:40", "songtao", approve, "ApproveFiling"),
        Step(days_ago, "10:50", "linhai", check, "CheckJurisdiction"),
        Step(days_ago, "11:00", "linhai", transfer, "Transfer"),
    )


def _settled(days_ago: int, unit_head: str, facts: str, conclusion: str) -> tuple[Step, ...]:
    """The unit's result, approved, answered and closed on one day, and the follow-up of the file."""
    result = {
        "outcome": "submit",
        "facts": facts,
        "conclusion": conclusion,
        "result": "resolved",
        "result_kind": "substantive",
        "investigators": "承办人两名",
    }
    reply = {
        "reply_way": "written",
        "facts": facts,
        "opinion": conclusion,
        "legal_basis": "《信访工作条例》第三十二条",
        "result": "resolved",
        "remedies": "如不服本意见，可自收到之日起三十日内向上一级机关请求复查。",
        "remedies_told": True,
        "attitude": "convinced",
    }
    close = {"outcome": "close", "result": "resolved", "attitude": "convinced"}
    return (
        Step(days_ago, "09:00", unit_head, result, "HandleMatter"),
        Step(days_ago, "10:00", "chenjing", {"outcome": "approve", "examine_opinion": "同意结案"}, "Examine"),
        Step(days_ago, "14:30", unit_head, reply, "Reply"),
        Step(days_ago, "16:00", "chenjing", close, "Close"),
    )


_ROAD = "村口通组路塌陷约三米，校车绕行已半个月，多次反映没有人修"
_SUBSIDY = "种粮补贴比上年少了两百多元，不清楚面积是怎么核定的"
_STREET = "建议集镇主街在赶集日划定摊位，人车分开，避免堵塞"
_DITCH = "承包地旁的排水沟去年修路时被填，今年汛期两次受淹，玉米绝收约四亩，要求恢复排水并补偿损失"
_PENSION = "本人年满六十周岁已四个月，城乡居民养老金一直没有发放，多次询问没有结果"
_FEE = "某村干部收取村民办证“跑腿费”每户二百元，没有收据"
_LOAN = "村里去年评低保时没有公示，邻居条件比自己好却评上了，要求重新核查"

_ALLOWANCE = {
    "channel": "V",
    "name": "刘会琴",
    "phone": "13800000014",
    "matter": "想给八十岁的母亲办高龄津贴",
    "category": "social",
}

MATTERS: tuple[Matter, ...] = (
    Matter(
        "petition_main",
        (
            _petition(
                12, "09:10", "高长福", _DITCH, "恢复排水沟，补偿四亩玉米损失", phone="13800000011", address="上青村三组"
            ),
            _registration(12, "09:40", _DITCH, "恢复排水；赔偿四亩玉米损失"),
            _classified(12, "09:50"),
            _accepted(12, "10:00"),
            *_assigned(12, "agriculture_centre", "请农业服务中心会同村建中心现场勘查，提出排水恢复和补偿意见。", 10),
            Step(11, "09:00", "pengfei", {"outcome": "accept"}, "AcceptTransfer"),
        ),
    ),
    Matter(
        "petition_main",
        (
            _petition(
                2, "14:30", "郭桂兰", _PENSION, "核实参保记录，补发养老金", phone="13800000012", address="柳河村五组"
            ),
            _registration(2, "14:50", _PENSION, "核实参保情况并补发养老金", gender="female", age=60),
            _classified(2, "15:00"),
            _accepted(2, "15:10"),
        ),
    ),
    Matter(
        "petition_main",
        (_petition(0, "08:40", "石满仓", _LOAN, "重新核查低保评定", channel="L", phone="13800000013"),),
    ),
    Matter(
        "petition_main",
        (
            _petition(
                3, "10:20", "", _FEE, "查处并退还", channel="C", kind="accusation"
            ),
        ),
    ),
    Matter(
        "petition_main",
        (
            _petition(9, "08:50", "方秀英", _ROAD, "尽快修复路段", phone="13800000015", address="柳河村二组"),
            _registration(9, "09:10", _ROAD, "修复通组路塌陷", gender="female", age=47),
            _classified(9, "09:20"),
            _accepted(9, "09:30"),
            *_assigned(9, "construction_centre", "请村建中心现场查看，先设警示，尽快修复。", 10),
            Step(9, "14:00", "dingyi", {"outcome": "accept"}, "AcceptTransfer"),
            *_settled(8, "dingyi", "现场查看属实，系排水管破裂掏空路基。", "已更换水管并回填压实，恢复通车。"),
        ),
    ),
    Matter(
        "petition_main",
        (
            _petition(
                4,
                "09:30",
                "石满仓",
                _SUBSIDY,
                "说明补贴面积核定办法",
                phone="13800000013",
                address="上青村一组",
                kind="inquiry",
            ),
            _registration(4, "09:45", _SUBSIDY, "说明补贴面积核定办法"),
            _classified(4, "09:50", ("4",)),
            Step(4, "09:55", "linhai", {"decision": "answer_now", "notice_way": "oral"}, "Inform"),
            Step(
                4,
                "10:00",
                "linhai",
                {
                    "result": "resolved",
                    "answer": "补贴按上报并公示的实际种植面积核定，今年核减的是退耕地块，已当面对照底册说明。",
                    "policy_basis": "当年耕地地力保护补贴实施办法",
                    "attitude": "convinced",
                },
                "AnswerOnSpot",
            ),
        ),
    ),
    Matter(
        "petition_main",
        (
            _petition(1, "15:20", "何明亮", _STREET, "", channel="O", kind="suggestion", address="集镇东街"),
            _registration(1, "15:30", _STREET, "赶集日划定摊位"),
            _classified(1, "15:35", ("4",)),
            Step(1, "15:40", "linhai", {"decision": "suggestion", "notice_way": "oral"}, "Inform"),
        ),
    ),
    Matter(
        "first_inquiry",
        (
            Step(0, "08:30", "wangxiaohua", _ALLOWANCE),
        ),
    ),
)  # fmt: skip
