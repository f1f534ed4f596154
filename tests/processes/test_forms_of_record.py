"""The forms of record: what requirements 1.4 lists for each is what its register, its steps and its document have."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from docx import Document

from engine.xml import parse_xml
from office.paper_forms import PAPERS
from office.register_catalogue import REGISTERS
from web.paths import PROCESSES

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
CAMUNDA = "{http://camunda.org/schema/1.0/bpmn}"

# The fields of 1.4 in its order, those in brackets (the smallest set where the seed gives none) as the office calls
# them. FM20: the start of the seed's list is lost, 来访人 stands for it. FM27: the last two are those of A57.
FIELDS = {
    "FM13": "卫生保洁 档案管理 工作人员出勤 佩证上岗 服务态度 仪态言行 工作效率 安全防范 交接手续",
    "FM14": "门窗 电源 重要资料 每日安全状况",
    "FM18a": "来访时间 访者姓名 性别 年龄 职业 政治面貌 住址或工作单位 反映的主要问题 书面材料",
    "FM18b": "单位 姓名 地址 反映的问题要求 办理情况 统一编号",
    "FM18c": "收信时间 信封邮票检查 反映的问题和要求 接待人员做出的答复",
    "FM20": "来访人 来访原因 接访领导 处理意见 办理结果 答复情况",
    "FM21": "来访人反映的问题 来访序号 来访人 案件",
    "FM22": "领导签名 具体处理意见 承办单位 期限 编号 信访事项 交办时间 办理结果 办结时间",
    "FM25": "查明的事实 证据 依据 结论 处理建议 调查人 签署时间",
    "FM26": "投诉请求 事实和理由 处理意见 法律法规依据 救济途径和期限",
    "FM27": "结果意见 签署人 批准领导 上报时间 接收机关",
    "FM30": "信访人意见 还有什么问题或要求 回访时间 地点 回访人 是否满意 下一步",
    "FM31": "姓名 职务 分管工作 接待时间 地点 形式",
    "FM34": "处理意见 牵头单位 协助（配合）单位 稳控单位",
    "FM43": "领导 批示 时间 承办单位 期限 反馈",
    "FM44": "调查情况 处理结果 承办人员签字 分管领导签字",
}
# What no form asks, because the office knows it: number, card, notice, who instructed and when, what came of it.
KNOWN = {
    "FM18b": "办理情况 统一编号",
    "FM18c": "",
    "FM20": "接访领导",
    "FM21": "来访序号",
    "FM22": FIELDS["FM22"],
    "FM31": FIELDS["FM31"],
    "FM43": "领导 时间",
}
# Forms of steps that handlers enter in a register.
TAKEN_DOWN = {
    "FM14": ["safety_check/check_window"],
    "FM21": ["court_president_reception/register_visitor"],
    "FM20": ["lunar_reception/receive_visitor"],
}
per_form = pytest.mark.parametrize("code", FIELDS)


def _columns(code: str) -> list[str]:
    return list(dict.fromkeys(REGISTERS[code].columns.values()))


def _steps(code: str, *, own: bool = False) -> Iterator[tuple[str, dict[str, str]]]:
    """Forms that are entered in the register: where, and the label of each key. `own`: not those of other registers."""
    for path in sorted(PROCESSES.glob("*/*.bpmn")):
        for node in parse_xml(path.read_bytes(), path.name).iter(f"{BPMN}userTask", f"{BPMN}startEvent"):
            named = [
                part.strip() if own else part.strip().rstrip("?")
                for one in node.iter(f"{CAMUNDA}property")
                if one.get("name") in ("register", "registerContinues")
                for part in str(one.get("value")).split(",")
            ]
            if code in named or ("FM18" in named and code.startswith("FM18")):
                yield f"{path.stem}.{node.get('id')}", _labels(path.parent, str(node.get(f"{CAMUNDA}formKey")))
    for name in TAKEN_DOWN.get(code, ()):
        folder, _, key = name.partition("/")
        yield name, _labels(PROCESSES / folder, key)


def _labels(folder: Path, key: str) -> dict[str, str]:
    own, shared = folder / f"{key}.form", PROCESSES / "forms" / f"{key}.form"
    form = json.loads((own if own.is_file() else shared).read_text("utf-8"))
    found = {one["key"]: str(one.get("label") or one.get("dateLabel")) for one in form["components"] if one.get("key")}
    return {key: re.sub("（[^（）]*）$", "", label) or label for key, label in found.items()}


@per_form
def test_its_register_has_these_columns_and_no_others(code: str) -> None:
    assert _columns(code) == FIELDS[code].split()


@per_form
def test_each_field_is_asked_by_a_step_or_known_to_the_office(code: str) -> None:
    columns = REGISTERS[code].columns
    asked = {columns[key] for _, labels in _steps(code) for key in labels if key in columns}
    assert set(FIELDS[code].split()) - asked <= set(KNOWN.get(code, "").split())


# FM18a-c are filled in on one form, which the page shows under the labels of the register; FM43 lists the words of
# several steps, which 1.4 names in English.
@pytest.mark.parametrize("code", [code for code in FIELDS if not code.startswith("FM18") and code != "FM43"])
def test_the_steps_call_the_fields_as_the_form_does(code: str) -> None:
    columns = REGISTERS[code].columns
    wrong = [
        (where, label, columns[key])
        for where, labels in _steps(code, own=True)
        for key, label in labels.items()
        if key in columns and label != columns[key]
    ]
    assert wrong == []


@pytest.mark.parametrize("code", [code for code in FIELDS if code in PAPERS])
def test_its_document_prints_each_field(code: str) -> None:
    templates = [code, f"{code}_review"] if f"{code}_review" in PAPERS else [code]
    for name in templates:
        document = Document(io.BytesIO((PROCESSES / "documents" / f"{name}.docx").read_bytes()))
        text = "\n".join(element.text or "" for element in document.element.body.iter() if element.text)
        printed = set(re.findall(r"[a-z_]+", " ".join(re.findall(r"\{[{%].*?[%}]\}", text, re.DOTALL))))
        own = {"case_number": "信访事项", "number": "编号"} if code == "FM22" else {}
        got = {REGISTERS[code].columns.get(key, own.get(key)) for key in printed} - {None}
        later = {"上报时间"} if code == "FM27" else set()  # it is printed before it is sent
        assert got == set(FIELDS[code].split()) - later, name
