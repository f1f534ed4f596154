"""Tables as Excel files: what a page shows, as it shows it, in a file that prints.

Everything is written as text or as the number it is, never as a formula: what somebody typed cannot run in the reader's
Excel.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter

from storage.clock import local

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_ROWS = 20_000  # of one sheet; the page says when there are more
_WIDEST, _NARROWEST = 60, 8  # characters of a column
_LONGEST = 32_000  # characters of a cell, by Excel's own limit
_THIN = Side(style="thin", color="FFB9C4CF")


def workbook(sheets: Sequence[tuple[str, str, Sequence[tuple[str, str]], Iterable[Mapping[str, Any]]]]) -> bytes:
    """A file of `sheets`: (name, heading, columns as (key, label), rows). The heading stands above the table."""
    book = Workbook()
    book.remove(book.active)
    for name, heading, columns, rows in sheets:
        sheet = book.create_sheet(name[:31])
        _put(sheet, 1, 1, heading).font = Font(bold=True, size=14)
        if len(columns) > 1:
            sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=len(columns))
        widths = []
        for number, (_, label) in enumerate(columns, start=1):
            head = _put(sheet, 2, number, label)
            head.font = Font(bold=True)
            head.fill = PatternFill("solid", start_color="FFE3ECF8")
            head.border = Border(top=_THIN, bottom=_THIN, left=_THIN, right=_THIN)
            widths.append(_width(label))
        last = 2
        for last, row in enumerate(rows, start=3):
            for number, (key, _) in enumerate(columns, start=1):
                cell = _put(sheet, last, number, row.get(key))
                cell.alignment = Alignment(wrap_text=True, vertical="top")
                cell.border = Border(top=_THIN, bottom=_THIN, left=_THIN, right=_THIN)
                widths[number - 1] = max(widths[number - 1], _width(str(cell.value or "")))
        for number, width in enumerate(widths, start=1):
            sheet.column_dimensions[get_column_letter(number)].width = min(max(width, _NARROWEST), _WIDEST)
        sheet.freeze_panes = "A3"
        sheet.auto_filter.ref = f"A2:{get_column_letter(len(columns))}{last}"
        sheet.print_title_rows = "1:2"
        sheet.page_setup.orientation = "landscape"
        sheet.page_setup.fitToHeight = 0
        sheet.sheet_properties.pageSetUpPr.fitToPage = True
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _put(sheet: Any, row: int, column: int, value: Any) -> Any:
    cell = sheet.cell(row=row, column=column)
    if isinstance(value, bool):
        value = "是" if value else "否"
    elif isinstance(value, datetime):
        value = f"{local(value):%Y-%m-%d %H:%M}"
    elif isinstance(value, date):
        value = value.isoformat()
    if isinstance(value, int | float):
        cell.value = value
    elif value is not None and value != "":
        cell.value = ILLEGAL_CHARACTERS_RE.sub("", str(value))[:_LONGEST]
        cell.data_type = "s"  # text, also where it begins with =
    return cell


def _width(text: str) -> int:
    """Columns of a text's longest line; a Chinese character takes two."""
    return max((sum(1 if letter.isascii() else 2 for letter in line) for line in text.split("\n")), default=0) + 2
