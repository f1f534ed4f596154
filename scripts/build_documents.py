"""Build the Word templates in processes/documents afresh: `python scripts/build_documents.py`.

An office may change the templates in Word afterwards; this script is only for starting again. The layout follows
GB/T 9704-2012: A4, margins 37/35/28/26 mm, title in size 2 小标宋, text in size 3 仿宋, 28 points a line.
"""

from __future__ import annotations

from pathlib import Path

from docx import Document
from docx.document import Document as Doc
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph
from docx.text.run import Run

FOLDER = Path(__file__).resolve().parents[1] / "processes" / "documents"
TITLE, TEXT, HEAD = "方正小标宋简体", "仿宋", "黑体"
SIZE_2, SIZE_3, SIZE_4 = 22, 16, 14  # points of 二号, 三号, 四号
LINE = 28  # points
CHARACTER = Pt(SIZE_3)


def new_document(title: str) -> Doc:
    """An empty A4 page with the title."""
    doc = Document()
    section = doc.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    style = doc.styles["Normal"]
    style.font.name, style.font.size = "Times New Roman", Pt(SIZE_3)
    style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), TEXT)
    form = style.paragraph_format
    form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(LINE)
    form.space_before = form.space_after = Pt(0)
    doc.core_properties.title, doc.core_properties.author = title, ""
    doc.core_properties.comments = ""
    heading = doc.add_paragraph()
    heading.alignment = WD_ALIGN_PARAGRAPH.CENTER
    heading.paragraph_format.space_after = Pt(LINE / 2)
    heading.paragraph_format.line_spacing = Pt(36)
    write(heading, title, font=TITLE, size=SIZE_2)
    return doc


def write(paragraph: Paragraph, text: str, *, font: str = TEXT, size: float = SIZE_3, bold: bool = False) -> Run:
    """Add text in an East Asian font."""
    run = paragraph.add_run(text)
    run.font.size, run.font.bold = Pt(size), bold
    run.font.name = "Times New Roman"
    run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)
    return run


def line(doc: Doc, text: str, *, indent: bool = True, right: bool = False, font: str = TEXT) -> Paragraph:
    """One paragraph of text; indented by two characters."""
    paragraph = doc.add_paragraph()
    if indent and not right:
        paragraph.paragraph_format.first_line_indent = CHARACTER * 2
    if right:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        paragraph.paragraph_format.right_indent = CHARACTER * 4
    write(paragraph, text, font=font)
    return paragraph


def number_line(doc: Doc) -> None:
    """The document's number, centred."""
    paragraph = doc.add_paragraph()
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    paragraph.paragraph_format.space_after = Pt(LINE / 2)
    write(paragraph, "{{ number }}")


def seal(doc: Doc) -> None:
    """Where the seal goes: the organisation and the date, kept on one page with the line before."""
    blank = doc.add_paragraph()
    blank.paragraph_format.keep_with_next = True
    line(doc, "{{ org }}（盖章）", right=True).paragraph_format.keep_with_next = True
    line(doc, "{{ today }}", right=True)


def cell_text(cell: _Cell, text: str, *, font: str = TEXT, centre: bool = False) -> Paragraph:
    """Text of a table's cell, in size 4."""
    paragraph = cell.paragraphs[0]
    paragraph.paragraph_format.line_spacing = Pt(24)
    if centre:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    write(paragraph, text, font=font, size=SIZE_4)
    return paragraph


def add_in_cell(cell: _Cell, text: str) -> None:
    """A further paragraph in a cell."""
    paragraph = cell.add_paragraph()
    paragraph.paragraph_format.line_spacing = Pt(24)
    write(paragraph, text, size=SIZE_4)


def form_table(doc: Doc, rows: list[tuple[str, str, str]]) -> None:
    """A form of label and value. A row is (label, value, condition): it is left out if the condition is empty.

    A value `*name` is a list, one line an item.
    """
    table = doc.add_table(rows=0, cols=2)
    table.style, table.alignment = "Table Grid", WD_TABLE_ALIGNMENT.CENTER
    table.autofit = False
    for label, value, condition in rows:
        if condition:
            cell_text(table.add_row().cells[0], "{%tr if " + condition + " %}")
        cells = table.add_row().cells
        cell_text(cells[0], label, font=HEAD, centre=True)
        if value.startswith("*"):
            cell_text(cells[1], "{%p for item in " + value[1:] + " %}")
            add_in_cell(cells[1], "{{ loop.index }}. {{ item }}")
            add_in_cell(cells[1], "{%p endfor %}")
        else:
            cell_text(cells[1], value)
        if condition:
            cell_text(table.add_row().cells[0], "{%tr endif %}")
    set_widths(table, 38, 118)


def set_widths(table: Table, *widths: int) -> None:
    """The columns of a table in millimetres: of the grid, which most programs follow, and of each cell."""
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Mm(width)
    for row in table.rows:
        for cell, width in zip(row.cells, widths, strict=True):
            cell.width = Mm(width)


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
    doc = new_document("便　　函")
    number_line(doc)
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


def main() -> None:
    """Write all templates."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for build in (fm02, fm03, fm22, fm23, fm26, fm26_review):
        name = build.__name__.replace("fm", "FM")
        build().save(str(FOLDER / f"{name}.docx"))


if __name__ == "__main__":
    main()
