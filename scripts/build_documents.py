"""Build the Word templates in processes/documents afresh: `python scripts/build_documents.py`.

An office may change the templates in Word afterwards; this script is only for starting again.
"""

from __future__ import annotations

from pathlib import Path

from docx.document import Document as Doc
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.shared import Pt
from word_layout import (
    HEAD,
    LINE,
    SIZE_4,
    cell_text,
    form_table,
    line,
    new_document,
    new_letter,
    number_line,
    seal,
    sections,
    set_widths,
    write,
)

FOLDER = Path(__file__).resolve().parents[1] / "processes" / "documents"


def fm02() -> Doc:
    """一次性告知书 (R02)."""
    doc = new_document("一次性告知书")
    number_line(doc)
    line(doc, "{{ petitioner or '申请人' }}：", indent=False)
    line(
        doc,
        "您{% if channel %}反映{% else %}办理{% endif %}的“{{ title or matter }}”事项，现将有关情况一次性告知如下：",
    )
    form_table(
        doc,
        [
            ("受理情况", "{{ acceptance_text }}", "acceptance_text"),
            ("所属类别", "{{ class_names }}", "class_names and channel"),
            ("全部书面材料", "*required_materials", "required_materials"),
            ("尚缺材料", "*missing_items", "missing_items"),
            ("各种手续", "*formalities", "formalities"),
            ("办理程序", "*procedure", "procedure"),
            ("受理时限", "{{ time_limit }}", "time_limit"),
            ("相关要求", "*requirements", "requirements"),
            ("不予受理原因", "{{ refusal_reason }}", "refusal_reason"),
            ("理由", "{{ reason }}", "reason"),
            ("法定途径", "{{ legal_channel }}", "legal_channel"),
            ("应去单位", "{{ unit_to_go or channel_organ }}", "unit_to_go or channel_organ"),
            ("解释说明", "{{ explanation }}", "explanation"),
            ("答复单位", "{{ reply_unit }}", "reply_unit"),
            ("约定答复日期", "{{ agreed_date }}", "agreed_date"),
            ("下一步窗口", "{{ next_window }}", "next_window"),
            ("告知方式", "{{ notice_way }}", "notice_way"),
        ],
    )
    line(doc, "经办人：{{ maker }}　　　　　　申请人签收：", indent=False).paragraph_format.space_before = Pt(LINE)
    seal(doc)
    return doc


def fm03() -> Doc:
    """补办件清单 (R02)."""
    doc = new_document("补办件清单")
    number_line(doc)
    line(doc, "{{ petitioner or '申请人' }}：", indent=False)
    line(doc, "您办理的“{{ title or matter }}”事项，请补齐下列材料：")
    table = doc.add_table(rows=1, cols=3)
    table.style, table.alignment, table.autofit = "Table Grid", WD_TABLE_ALIGNMENT.CENTER, False
    for cell, text in zip(table.rows[0].cells, ("序号", "材料名称", "补齐日期"), strict=True):
        cell_text(cell, text, font=HEAD, centre=True)
    cell_text(table.add_row().cells[0], "{%tr for item in missing_items %}")
    cells = table.add_row().cells
    cell_text(cells[0], "{{ loop.index }}", centre=True)
    cell_text(cells[1], "{{ item }}")
    cell_text(table.add_row().cells[0], "{%tr endfor %}")
    set_widths(table, 20, 96, 40)
    line(doc, "本清单一经出具即固定，除法律政策变化或者您变更申请外，不再要求清单以外的材料。")
    line(doc, "{% if frozen_hash %}清单校验码：{{ frozen_hash[:12] }}。{% endif %}")
    line(doc, "{% if next_window %}材料补齐后，请到{{ next_window }}办理。{% endif %}")
    line(doc, "经办人：{{ maker }}　　　　　　申请人签收：", indent=False)
    seal(doc)
    return doc


def fm22() -> Doc:
    """督办卡 (R58)."""
    doc = new_document("督 办 卡")
    number_line(doc)
    form_table(
        doc,
        [
            ("信访事项", "{{ case_number }}　{{ title }}", ""),
            ("承办单位", "{{ handling_unit }}", ""),
            ("交办时间", "{{ assigned_at or today }}", ""),
            ("办结期限", "{{ due }}", ""),
            ("具体处理意见", "{{ opinion or text or reason }}", ""),
            ("领导签名", "{{ leader }}", ""),
            ("办理结果", "{{ result }}", ""),
            ("办结时间", "{{ closed_at }}", ""),
        ],
    )
    line(doc, "请按期办结，并将办理结果报送本机关；不能按期办结的，请在期限届满前书面说明原因。")
    seal(doc)
    return doc


def fm23() -> Doc:
    """便函 (R48 ③)."""
    doc = new_letter("便　　函")
    line(doc, "{{ to_unit or referral_unit or handling_unit or '有关单位' }}：", indent=False)
    line(
        doc,
        "{% if not anonymous %}{{ petitioner }}{% else %}信访人{% endif %}"
        "向我单位反映“{{ matter or title }}”事项（编号：{{ case_number }}）。按照“属地管理、分级负责，"
        "谁主管、谁负责”的原则，该事项属于你单位职责范围，现转请你单位处理。",
    )
    line(doc, "{{ request }}")
    line(doc, "此函。")
    seal(doc)
    line(doc, "（联系人：{{ maker }}）")
    return doc


def fm26() -> Doc:
    """信访事项处理意见书 (信访工作条例 第三十二条、第三十五条)."""
    return _opinion("信访事项处理意见书", "处理", "复查")


def fm26_review() -> Doc:
    """信访事项复查意见书 (信访工作条例 第三十五条、第三十六条)."""
    return _opinion("信访事项复查意见书", "复查", "复核")


def _opinion(title: str, kind: str, further: str) -> Doc:
    doc = new_document(title)
    number_line(doc)
    line(doc, "{{ petitioner }}：", indent=False)
    line(
        doc,
        "你反映的信访事项（编号：{{ case_number }}）收悉。我单位已按规定办理完毕，现将处理意见告知如下：",
    )
    for heading, text in (
        ("一、投诉请求", "{{ claim or restated_demand or demand or matter }}"),
        ("二、事实和理由", "{{ facts or explanation }}"),
        ("三、处理意见", "{{ opinion or reply_text or reply or conclusion or answer }}"),
        ("四、法律法规依据", "{{ legal_basis or policy_basis or basis }}"),
    ):
        line(doc, heading, font=HEAD)
        line(doc, text)
    line(
        doc,
        "{% if remedies %}{{ remedies }}{% else %}如不服本" + kind + "意见，可以自收到本意见书之日起30日内，向"
        "{{ review_organ or '本机关的上一级机关、单位' }}请求"
        + further
        + "；逾期不请求"
        + further
        + "的，各级机关、单位不再受理"
        "以同一事实和理由提出的投诉请求。{% endif %}",
    )
    seal(doc)
    return doc


def fm24() -> Doc:
    """催办函 (R57)."""
    doc = new_letter("催　办　函")
    line(doc, "{{ to_unit }}：", indent=False)
    line(
        doc,
        "{{ petition or case_number }}号信访事项（{{ title or matter }}）已交你单位办理，应于{{ due }}前办结"
        "{% if overdue_days %}，现已逾期{{ overdue_days }}日{% endif %}。请抓紧办理，并书面回复办理情况、"
        "未按期办结的原因和办结日期。",
    )
    line(doc, "{{ urge_text }}")
    line(doc, "特此函告。")
    seal(doc)
    line(doc, "（联系人：{{ maker }}）")
    return doc


def fm25() -> Doc:
    """调查处理报告 (R42-R44, R59)."""
    doc = new_letter("关于{{ case_number }}号信访事项的调查处理报告")
    line(doc, "{{ to_unit }}：", indent=False)
    line(doc, "现将“{{ title or matter }}”信访事项的调查处理情况报告如下：")
    sections(
        doc,
        ("一、查明的事实", "{{ facts }}", "facts"),
        ("二、证据", "{{ evidence }}", "evidence"),
        ("三、依据", "{{ basis }}", "basis"),
        ("四、结论", "{{ conclusion }}", "conclusion"),
        ("五、处理意见", "{{ proposal }}", "proposal"),
        ("六、办理结果", "{{ result }}", "result"),
    )
    line(doc, "调查人：{{ investigators or maker }}{% if signed_at %}　　签署时间：{{ signed_at }}{% endif %}")
    seal(doc)
    return doc


def fm27() -> Doc:
    """信访事项办理结果报告 (R61)."""
    doc = new_letter("关于{{ case_number }}号信访事项办理结果的报告")
    line(doc, "{{ organ }}：", indent=False)
    line(doc, "你单位交办的“{{ title or matter }}”信访事项已办理完毕，现将结果报告如下：")
    line(doc, "{{ signed_opinion or opinion }}")
    line(doc, "专此报告。")
    seal(doc)
    line(
        doc,
        "（签署人：{{ signer or maker }}{% if consenting_leader %}　批准领导：{{ consenting_leader }}{% endif %}）",
    )
    return doc


def fm28() -> Doc:
    """信访摘报 (R64, R67)."""
    doc = new_letter("信　访　摘　报")
    line(doc, "呈：{{ leader }}", indent=False)
    line(doc, "类别：{{ class }}", indent=False)
    line(doc, "{{ summary }}")
    sections(doc, ("建议", "{{ suggestion }}", "suggestion"), ("领导批示", "{{ instruction }}", "instruction"))
    seal(doc)
    return doc


def fm29() -> Doc:
    """案卷目录 (R62)."""
    doc = new_document("信访案卷目录")
    form_table(
        doc,
        [
            ("案卷编号", "{{ seq }}", ""),
            ("信访人（户）", "{{ account or petitioner }}", ""),
            ("年卷", "{{ volume }}", ""),
            ("信访事项", "{{ case_number }}　{{ title }}", ""),
            ("卷内材料", "{{ items }}", ""),
            ("纸质材料", "{{ paper_items }}", "paper_items"),
            ("页数", "{{ pages }}", "pages"),
            ("存放位置", "{{ shelf }}", "shelf"),
        ],
    )
    line(doc, "立卷人：{{ maker }}　　　　立卷日期：{{ today }}", indent=False).paragraph_format.space_before = Pt(LINE)
    return doc


def fm30() -> Doc:
    """回访记录 (R63)."""
    return _record(
        "回 访 记 录",
        [
            ("回访时间", "{{ at }}"),
            ("回访地点", "{{ place }}"),
            ("回访人", "{{ visitor }}"),
            ("已摆事实、讲处理经过", "{{ shown_facts }}"),
            ("信访人意见", "{{ opinions }}"),
            ("还有什么问题或要求", "{{ remaining }}"),
            ("是否满意", "{{ satisfied or outcome }}"),
            ("下一步", "{{ next }}"),
        ],
        "回访人签字：　　　　　　　信访人签字：",
    )


def fm31() -> Doc:
    """接访公告 (R76, R79)."""
    doc = new_letter("领导干部接待群众来访公告")
    line(doc, "现将领导干部接待群众来访有关事项公告如下：")
    form_table(
        doc,
        [
            ("姓名", "{{ name }}", ""),
            ("职务", "{{ post }}", ""),
            ("分管工作", "{{ portfolio }}", ""),
            ("接待时间", "{{ time }}", ""),
            ("接待地点", "{{ place }}", ""),
            ("接待形式", "{{ form }}", ""),
            ("接待范围", "{{ scope }}", "scope"),
            ("预约电话", "{{ phone }}", "phone"),
        ],
    )
    seal(doc)
    return doc


def fm34() -> Doc:
    """接访签批单 (R80)."""
    return _record(
        "接 访 签 批 单",
        [
            ("来访事项", "{{ matter }}"),
            ("处理意见", "{{ opinion }}"),
            ("牵头单位", "{{ lead_unit }}"),
            ("协助（配合）单位", "{{ assisting_units }}"),
            ("稳控单位", "{{ contact_unit }}"),
        ],
        "接访领导签字：　　　　　　　　年　　月　　日",
    )


def fm42() -> Doc:
    """问责处理告知书 (R06, R73)."""
    doc = new_document("问责处理告知书")
    number_line(doc)
    line(doc, "{{ responsible_person or person }}：", indent=False)
    line(doc, "你在{{ case_number }}号事项办理中的问题，经核实并听取你的陈述申辩，现将处理决定告知如下：")
    sections(
        doc,
        ("一、事由", "{{ ground or reason }}", "ground or reason"),
        ("二、核实情况", "{{ facts }}", "facts"),
        ("三、陈述申辩", "{{ statement }}", "statement"),
        ("四、处理决定", "{{ measure }}{% if decision %}。{{ decision }}{% endif %}", "measure or decision"),
    )
    seal(doc)
    return doc


def fm43() -> Doc:
    """领导批示办理单 (R56)."""
    return _record(
        "领导批示办理单",
        [
            ("批示领导", "{{ leader }}"),
            ("批示时间", "{{ at }}"),
            ("批示内容", "{{ text or opinion or instruction }}"),
            ("参谋意见", "{{ advice }}"),
            ("承办单位", "{{ to or handling_unit or lead_unit }}"),
            ("办理期限", "{{ due }}"),
            ("办理反馈", "{{ feedback }}"),
        ],
        "经办人：{{ maker }}　　　　打印日期：{{ today }}",
    )


def fm44() -> Doc:
    """查处记录 (R47)."""
    return _record(
        "查 处 记 录",
        [
            ("调查情况", "{{ investigation }}"),
            ("处理结果", "{{ result }}"),
            ("承办人员签字", "{{ handler_signature }}"),
            ("分管领导签字", "{{ leader_signature or signature }}"),
        ],
        "",
    )


def l12() -> Doc:
    """延长办理期限告知书 (信访工作条例 第三十四条, L12)."""
    doc = new_document("延长办理期限告知书")
    number_line(doc)
    line(doc, "{{ petitioner or '信访人' }}：", indent=False)
    line(
        doc,
        "你反映的信访事项（编号：{{ case_number }}）正在办理中。因{{ extension_reason }}，经本单位负责人批准，"
        "办理期限延长{{ extension_days }}日，延长后应于{{ extended_until }}前办结。",
    )
    line(doc, "特此告知。")
    seal(doc)
    return doc


def receipt() -> Doc:
    """送达回证."""
    doc = new_document("送 达 回 证")
    form_table(
        doc,
        [
            ("案件编号", "{{ case_number }}", ""),
            ("送达文书", "{{ document_name }}", ""),
            ("文书编号", "{{ document_number }}", ""),
            ("受送达人", "{{ receiver }}", ""),
            ("送达地点", "{{ served_place }}", ""),
            ("送达方式", "{{ served_way }}", ""),
            ("受送达人签名或盖章", "　　　　　　　　　　年　　月　　日", ""),
            ("代收人签名及与受送达人的关系", "　　　　　　　　　　年　　月　　日", ""),
            ("拒收理由、见证人签名", "　　　　　　　　　　年　　月　　日", ""),
            ("送达人签名", "{{ maker }}　　　　　　年　　月　　日", ""),
        ],
    )
    seal(doc)
    return doc


def sheet() -> Doc:
    """登记表: one entry of a register (requirements 1.4)."""
    doc = new_document("{{ register_name }}")
    number = doc.add_paragraph()
    write(
        number,
        "编号：{{ register_seq }}{% if case_number %}　　　案件编号：{{ case_number }}{% endif %}",
        size=SIZE_4,
    )
    table = doc.add_table(rows=0, cols=2)
    table.style, table.alignment, table.autofit = "Table Grid", WD_TABLE_ALIGNMENT.CENTER, False
    cell_text(table.add_row().cells[0], "{%tr for row in rows %}")
    cells = table.add_row().cells
    cell_text(cells[0], "{{ row.label }}", font=HEAD, centre=True)
    cell_text(cells[1], "{{ row.value }}")
    cell_text(table.add_row().cells[0], "{%tr endfor %}")
    set_widths(table, 38, 118)
    foot = doc.add_paragraph()
    write(foot, "登记人：{{ entered_by }}　　登记时间：{{ entered_at }}　　打印日期：{{ today }}", size=SIZE_4)
    foot.paragraph_format.space_before = Pt(LINE)
    return doc


def _record(title: str, rows: list[tuple[str, str]], foot: str) -> Doc:
    """A form of the case, signed by hand."""
    doc = new_document(title)
    line(doc, "案件编号：{{ case_number }}", indent=False)
    form_table(doc, [(label, value, "") for label, value in rows])
    if foot:
        line(doc, foot, indent=False).paragraph_format.space_before = Pt(LINE)
    return doc


DOCUMENTS = {
    "FM02": fm02, "FM03": fm03, "FM22": fm22, "FM23": fm23, "FM24": fm24, "FM25": fm25, "FM26": fm26,
    "FM26_review": fm26_review, "FM27": fm27, "FM28": fm28, "FM29": fm29, "FM30": fm30, "FM31": fm31, "FM34": fm34,
    "FM42": fm42, "FM43": fm43, "FM44": fm44, "L12": l12, "receipt": receipt, "SHEET": sheet,
}  # fmt: skip


def main() -> None:
    """Write all templates."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, build in DOCUMENTS.items():
        build().save(str(FOLDER / f"{name}.docx"))


if __name__ == "__main__":
    main()
