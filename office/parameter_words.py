"""What the values of a profile's parameters are called in Chinese, for the settings page (requirements 3.2)."""

from __future__ import annotations

from types import MappingProxyType

VALUE_WORDS = MappingProxyType(
    {
        "none": "无",
        "off": "不做",
        "any": "不限",
        "all": "全部",
        # reply
        "on_the_spot": "当场",
        "face_to_face": "当面",
        "at_once": "立即",
        "oral": "口头",
        "written": "书面",
        "phone": "电话",
        "letter": "复信",
        "visit": "走访",
        "prescribed_format": "规定的文本格式",
        "total_cap": "延期后总天数封顶",
        "added": "在原期限上增加",
        # days
        "calendar_roll": "末日遇节假日顺延",
        "calendar": "不顺延",
        "non_working": "所有非工作日",
        "statutory_only": "仅法定节假日",
        # reception
        "swap_two_days": "调换提前两日告知",
        "public_notice": "事先公示",
        "division_tells_leaders": "立案庭告知领导",
        "four_preferences": "四宜",
        # urgent.chain
        "notify_units": "通知有关单位",
        "report_leaders": "报告领导",
        "report_superior": "报告上级",
        "special_report": "专题报告",
        "wait_instruction": "等待批示",
        "act": "先行处置",
        "leaders": "报领导",
        "competent_units": "报主管单位",
        "township_or_main_leader": "报乡镇或主要领导",
        "other_village_leaders": "告知其他村干部",
        "contact_units": "联系有关单位",
        "find_facts": "弄清情况",
        # disorder.step
        "persuade": "劝阻",
        "educate": "批评教育",
        "leader_approval": "领导批准",
        "public_security": "公安处置",
        "public_security_at_once": "公安立即处置",
        "police_stands_by": "派出所待命",
        "bailiff": "法警值守",
        "criticise": "批评",
        # accountability.organ
        "accountability_committee": "问责委员会",
        "discipline_supervision": "纪检监察机关",
        "judicial_organs": "司法机关",
        "circulated_criticism": "通报批评",
        "county_measure": "县级处理",
        "village_branch": "村党支部",
        "town_discipline": "镇纪委",
        # confidential.scope
        "accusations_reports": "控告、检举",
        "accused_person": "不告知被检举人",
        "units_persons_involved": "不告知涉案单位和个人",
        "accused_persons_units": "不告知被反映的人员和单位",
        # follow-up, archive
        "every_assigned": "每件交办件",
        "suitable_time": "适当时候",
        "before_or_after_closing": "办结前后",
        "move_in_and_complaint": "入住和投诉后",
        "assigned": "交办件",
        "needed": "需要存档的",
        "all_letters": "全部来信",
        "document_list": "按文件目录",
        # first inquiry, notification, promise
        "centre": "中心",
        "organ": "机关全员",
        "first_duty_leader": "首接领导",
        "public": "公示",
        "missing_items_list": "附缺件清单",
        "promised_date": "承诺日期",
        "never_exceeded": "承诺不得超过",
        "promised_or_statutory": "承诺或法定期限",
    }
)


def value_words(value: str) -> str:
    """What a value is called; a form, a limit's code or a role keeps its name."""
    return VALUE_WORDS.get(value, value)
