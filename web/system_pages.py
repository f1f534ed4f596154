"""docs/systems: one page a system, made from its folder: picture, clauses, roles, deadlines, registers, scenarios.

`scripts/system_pages.py` writes them and draws the pictures; a test holds them up to date.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from pathlib import Path
from typing import Any

from engine.xml import parse_xml
from office.profiles import list_profiles, load_profile
from office.register_catalogue import REGISTERS
from office.roles import role_name
from web.paths import PROCESSES
from web.tracing import Clause, system_of, trace

_BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
_CAMUNDA = "{http://camunda.org/schema/1.0/bpmn}"
_CODE = re.compile(r'"((?:[RL]\d{1,2})(?:\.\w+)?)"')
_REGISTER = re.compile(r"\bFM\d{2}[a-f]?\b")
_LADDER = "deadline_ladder"


def systems(processes: Path = PROCESSES) -> dict[str, str]:
    """The systems that have clauses: id -> folder; one folder may hold two (R45 and R46)."""
    return {system_of(clause.id): clause.folder for clause in trace(processes).values()}


def picture_name(folder: Path) -> str:
    """The file name of a diagram's picture; it changes with the diagram, so that an old picture is not taken for it."""
    digest = hashlib.sha256((folder / f"{folder.name}.bpmn").read_bytes()).hexdigest()
    return f"{folder.name}-{digest[:8]}.png"


def page(system: str, processes: Path = PROCESSES) -> str:
    """The page of a system in Markdown."""
    clauses = trace(processes)
    key = systems(processes)[system]
    folder = processes / key
    root = parse_xml((folder / f"{key}.bpmn").read_bytes(), key)
    process = root.find(f"{_BPMN}process")
    assert process is not None  # every folder holds one
    called = _called(root)
    family = [key, *called]
    lines = [
        f"# {system} {process.get('name')}",
        "",
        process.findtext(f"{_BPMN}documentation") or "",
        "",
        f"![{process.get('name')}流程图](../images/systems/{picture_name(folder)})",
        "",
        "## 条款、承载与证明",
        "",
        "| 条款 | 内容 | 由什么承载 | 由哪些情景证明 |",
        "|-|-|-|-|",
        *(_row(clause) for clause in clauses.values() if system_of(clause.id) == system),
        "",
        "## 由谁办",
        "",
        ("、".join(_roles(processes, family)) or "由单位参数和前面的环节确定") + "。",
        "",
        "## 期限",
        "",
        "| 代码 | 原文 | 配置 |",
        "|-|-|-|",
        *_deadlines(processes, family),
        "",
        "## 登记簿",
        "",
        *(f"- {code} {REGISTERS[code].name}" for code in _registers(processes, family, root)),
        "",
        "## 调用的图",
        "",
        *(f"- {_title(processes, one)}（`{one}`）" for one in called),
        "",
        "## 情景",
        "",
        *(f"- {tomllib.loads(path.read_text('utf-8'))['title']}（`{path.stem}`）" for path in _scenarios(folder)),
        "",
    ]
    return "\n".join(lines)


def index(processes: Path = PROCESSES) -> str:
    """The list of the pages."""
    rows = [f"- [{one} {_title(processes, folder)}]({one}.md)" for one, folder in systems(processes).items()]
    head = ["# 各项制度", "", "由 `scripts/system_pages.py` 从 `processes/` 生成，请勿手改。", ""]
    return "\n".join([*head, *rows, ""])


def _row(clause: Clause) -> str:
    carriers, proofs = "<br>".join(clause.carriers), "<br>".join(f"`{one}`" for one in clause.proofs)
    return f"| {clause.id} | {clause.text} | {carriers} | {proofs} |"


def _called(root: Any) -> list[str]:
    found = [str(node.get("calledElement")) for node in root.iter(f"{_BPMN}callActivity")]
    return [key for key in dict.fromkeys(found) if key != _LADDER]


def _texts(processes: Path, family: list[str]) -> str:
    paths = [path for key in family for path in sorted((processes / key).glob("*.bpmn"))]
    return "\n".join(path.read_text("utf-8") for path in paths)


def _roles(processes: Path, family: list[str]) -> list[str]:
    said = re.findall(r'camunda:candidateGroups=(?:"([^"]*)"|\'([^\']*)\')', _texts(processes, family))
    groups = [group.partition("@")[0].strip() for pair in said for group in (pair[0] or pair[1]).split(",")]
    names = [role_name(group) for group in groups if re.fullmatch(r"[a-z_]+", group)]
    return list(dict.fromkeys(names)) + (
        ["审批次序表（approval_steps）所列的领导"] if "approval_chain" in family else []
    )


def _deadlines(processes: Path, family: list[str]) -> list[str]:
    text = _texts(processes, family)
    codes = {code for expression in re.findall(r"deadline\([^<]*", text) for code in _CODE.findall(expression)}
    codes |= set(re.findall(r"\b[RL]\d{1,2}\.[a-z_]+\b", _texts(processes, family[:1])))
    rows = []
    profiles = [load_profile(name, processes / "profiles") for name in list_profiles(processes / "profiles")]
    own = [profile for profile in profiles if family[0] in profile.param("starts")]
    for profile in own or profiles:
        for code in sorted(codes & set(profile.rules)):
            rows.append((code, f"| {code} | {profile.rules[code].words} |", profile.title))
    merged: dict[tuple[str, str], list[str]] = {}
    for code, row, name in rows:
        merged.setdefault((code, row), []).append(name)
    return [
        f"{row} {'各配置' if len(names) == len(profiles) else '、'.join(names)} |"
        for (_, row), names in sorted(merged.items())
    ]


def _registers(processes: Path, family: list[str], root: Any) -> list[str]:
    found: set[str] = set()
    for key in family:
        for path in sorted((processes / key).glob("*.bpmn")):
            for node in parse_xml(path.read_bytes(), path.name).iter(f"{_CAMUNDA}property"):
                if node.get("name") in ("register", "registerContinues"):
                    found.update(part.strip().rstrip("?") for part in str(node.get("value")).split(","))
    found |= set(_REGISTER.findall("".join(node.text or "" for node in root.iter(f"{_BPMN}documentation"))))
    if "petition_registration" in family:  # the form of registration of the organisations that have this system
        profiles = [load_profile(name, processes / "profiles") for name in list_profiles(processes / "profiles")]
        found |= {str(one.param("registration.form")) for one in profiles if family[0] in one.param("starts")}
    return sorted(code for code in found if code in REGISTERS)


def _scenarios(folder: Path) -> list[Path]:
    return sorted((folder / "scenarios").glob("*.toml"))


def _title(processes: Path, key: str) -> str:
    process = parse_xml((processes / key / f"{key}.bpmn").read_bytes(), key).find(f"{_BPMN}process")
    return str(process.get("name")) if process is not None else key
