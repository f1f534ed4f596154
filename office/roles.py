"""The roles of the office (glossary, requirements section 6) with their Chinese names. A diagram may name no others."""

from __future__ import annotations

from types import MappingProxyType

ROLES = MappingProxyType(
    {
        "admin": "系统管理员",
        "window_clerk": "窗口工作人员",
        "centre_director": "中心主任",
        "town_principal": "镇主要负责人",
        "member_unit": "进驻单位",
        "assessor": "考核人员",
        "accountability_committee": "问责委员会",
        "discipline_supervision": "纪检监察机关",
        "petition_clerk": "信访专干",
        "petition_office": "信访办",
        "petition_office_head": "信访办主任",
        "petition_section": "信访科",
        "bureau_director": "局长",
        "deputy_director_in_charge": "分管副局长",
        "secretary_general": "秘书长",
        "deputy_secretary_general": "副秘书长",
        "main_leader": "主要领导",
        "leader_in_charge": "分管领导",
        "party_group_secretary": "党组书记",
        "office_director": "办公室主任",
        "party_secretary": "党委书记",
        "mayor": "镇长",
        "reception_leader": "接访领导",
        "handling_unit": "承办单位",
        "handler": "承办人",
        "unit_head": "单位负责人",
        "examiner": "审查人",
        "archivist": "档案管理员",
        "case_filing_division": "立案庭",
        "court_president": "院长",
        "bailiff": "法警",
        "public_security": "公安派出所",
        "village_branch_secretary": "村党支部书记",
        "village_director": "村委会主任",
        "village_cadre": "村干部",
        "receptionist": "接待员",
        "property_officer": "物业管理员",
        "gate_guard": "门卫",
        "factory_leader": "厂领导",
        "auditor": "经审委员",
        "union_chair": "工会主席",
        "petitioner": "信访人",
        "first_contact_officer": "首问责任人",
        "responsible_post": "责任岗位",
        "post_a": "A岗",
        "post_b": "B岗",
        "window_head": "窗口负责人",
        "verifier": "核查人",
        "mediator": "调解员",
        "investigator": "调查人",
        "inspector": "检查人",
        "drafter": "拟稿人",
        "reviewer": "审核人",
        "receiver": "接待人",
        "distributor": "分流员",
        "supervisor": "督办人",
        "staff": "工作人员",
        "driver": "驾驶员",
    }
)


def role_name(role: str) -> str:
    """The Chinese name of a role, or the role itself."""
    return ROLES.get(role, role)


def group_text(group: str, unit_names: dict[str, str]) -> str:
    """A candidate group in Chinese: `handler@agriculture_centre` -> 农业服务中心承办人, `unit:<id>` -> the unit."""
    if group.startswith("unit:"):
        unit = group.removeprefix("unit:")
        return unit_names.get(unit, unit)
    role, _, unit = group.partition("@")
    return f"{unit_names.get(unit, unit)}{role_name(role)}" if unit else role_name(role)
