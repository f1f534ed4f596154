"""How the Word templates look: GB/T 9704-2012, A4, margins 37/35/28/26 mm, title in size 2 小标宋, text in size 3 仿宋,
28 points a line; letters with the organisation in red over a red line; forms as tables."""

from __future__ import annotations

from docx import Document
from docx.document import Document as Doc
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph
from docx.text.run import Run

TITLE, TEXT, HEAD, PAGE = "方正小标宋简体", "仿宋", "黑体", "宋体"
SIZE_1, SIZE_2, SIZE_3, SIZE_4 = 30, 22, 16, 14  # points: the organisation's mark, 二号, 三号, 四号
RED = RGBColor(0xC0, 0x00, 0x00)
LINE = 28  # points
CHARACTER = Pt(SIZE_3)


def new_page(title: str) -> Doc:
    """An empty A4 page with its number at the foot."""
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
    foot = section.footer.paragraphs[0]
    foot.alignment = WD_ALIGN_PARAGRAPH.CENTER
    write(foot, "— ", font=PAGE, size=SIZE_4)
    for kind in ("begin", None, "end"):
        run = write(foot, "", font=PAGE, size=SIZE_4)
        mark = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            mark.set(qn("w:fldCharType"), kind)
        else:
            mark.text = "PAGE"
        run._element.append(mark)
    write(foot, " —", font=PAGE, size=SIZE_4)
    return doc


def new_document(title: str) -> Doc:
    """A page with the title."""
    doc = new_page(title)
    _title(doc, title)
    return doc


def new_letter(title: str) -> Doc:
    """An official letter (函的格式): the organisation in red over a red line, the number at the right, the title."""
    doc = new_page(title)
    head = doc.add_paragraph()
    head.alignment = WD_ALIGN_PARAGRAPH.CENTER
    head.paragraph_format.line_spacing = Pt(44)
    write(head, "{{ org }}", font=TITLE, size=SIZE_1).font.color.rgb = RED
    lines = OxmlElement("w:pBdr")
    below = OxmlElement("w:bottom")
    for name, value in (("val", "thickThinSmallGap"), ("sz", "24"), ("space", "6"), ("color", str(RED))):
        below.set(qn(f"w:{name}"), value)
    lines.append(below)
    head._element.get_or_add_pPr().append(lines)
    number = doc.add_paragraph()
    number.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    number.paragraph_format.space_before = number.paragraph_format.space_after = Pt(LINE / 2)
    write(number, "{{ number }}")
    _title(doc, title)
    return doc


def _title(doc: Doc, title: str) -> None:
    heading = doc.add_paragraph()
    heading.alignment = WD_ALIGN_PARAGRAPH.CENTER
    heading.paragraph_format.space_after = Pt(LINE / 2)
    heading.paragraph_format.line_spacing = Pt(36)
    write(heading, title, font=TITLE, size=SIZE_2)


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


def sections(doc: Doc, *parts: tuple[str, str, str]) -> None:
    """Headed parts of a text: (heading, value, condition); a part whose condition is empty is left out."""
    for heading, text, condition in parts:
        doc.add_paragraph("{%p if " + condition + " %}")
        line(doc, heading, font=HEAD)
        line(doc, text)
        doc.add_paragraph("{%p endif %}")
