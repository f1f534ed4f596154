"""Tables as Excel files: what was typed stays text, the layout is that of a register that prints."""

from __future__ import annotations

import io
from datetime import datetime

from openpyxl import load_workbook

from office.excel import workbook
from storage.clock import local


def _sheet(columns, rows):
    return load_workbook(io.BytesIO(workbook([("FM01", "首问登记", columns, rows)]))).worksheets[0]


def test_heading_columns_and_rows():
    columns = [("seq", "序号"), ("at", "时间"), ("matter", "事由"), ("done", "办结")]
    at = local(datetime(2026, 11, 26, 9, 0))
    rows = [{"seq": 1, "at": at, "matter": "水渠\n垮塌", "done": True}]
    sheet = _sheet(columns, rows)
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [
        ["首问登记", None, None, None],
        ["序号", "时间", "事由", "办结"],
        [1, "2026-11-26 09:00", "水渠\n垮塌", "是"],
    ]
    assert sheet.freeze_panes == "A3"
    assert sheet.auto_filter.ref == "A2:D3"
    assert sheet.print_title_rows == "$1:$2"


def test_no_formula_and_no_control_character():
    for text in ("=1+1", "+cmd|' /C calc'!A0", "@SUM(A1)", "-2+3"):
        cell = _sheet([("m", "事由")], [{"m": text}])["A3"]
        assert (cell.data_type, cell.value) == ("s", text)
    assert _sheet([("m", "事由")], [{"m": "甲\x00乙\x0b"}])["A3"].value == "甲乙"
    assert len(_sheet([("m", "事由")], [{"m": "长" * 40_000}])["A3"].value) == 32_000


def test_an_empty_table_is_a_table():
    assert [cell.value for cell in _sheet([("a", "甲"), ("b", "乙")], [])[2]] == ["甲", "乙"]
