"""A year's holiday table: reading it from JSON or CSV, checking it, writing it out again.

The State Council announces the holidays and the make-up working days of a year in the autumn before.
An administrator uploads them here; the table then replaces the whole year (requirements 0.3.5).
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import groupby
from types import MappingProxyType
from typing import Any

from storage.errors import BanjieError

FIRST_YEAR, LAST_YEAR = 1990, 2199
CSV_HEADER = ("date", "kind", "name")
_CSV_HEADER_NAMES = {"date": "date", "日期": "date", "kind": "kind", "类型": "kind", "name": "name", "名称": "name"}
_KINDS = {"holiday": "holiday", "放假": "holiday", "makeup": "makeup", "上班": "makeup", "调休上班": "makeup"}


class CalendarError(BanjieError):
    """A holiday table cannot be used: which line or field is wrong, and how to put it right."""


@dataclass(frozen=True)
class YearTable:
    """The days of one year that differ from Monday to Friday.

    `holidays`: every day off of the announced holiday periods, weekends among them, with the holiday's name.
    `makeup`: weekend days that are worked instead, with the name of the holiday they make up for.
    Errors: CalendarError `calendar.bad_year`, `calendar.wrong_year`, `calendar.duplicate_day`,
    `calendar.makeup_not_weekend`, `calendar.empty_table`.
    """

    year: int
    holidays: Mapping[date, str]
    makeup: Mapping[date, str] = field(default_factory=dict)
    source: str = ""

    def __post_init__(self) -> None:
        _check_year(self.year)
        if not self.holidays:
            raise CalendarError(
                "calendar.empty_table", f"{self.year}年的放假安排中没有任何放假日，请检查文件。", field="holidays"
            )
        for name, days in (("holidays", self.holidays), ("makeup_days", self.makeup)):
            for day in days:
                if day.year != self.year:
                    raise CalendarError("calendar.wrong_year", f"{day} 不属于{self.year}年，请核对日期。", field=name)
        for day in self.makeup:
            if day in self.holidays:
                raise CalendarError(
                    "calendar.duplicate_day", f"{day} 既是放假日又是调休上班日，只能保留一种。", field="makeup_days"
                )
            if day.weekday() < 5:
                raise CalendarError(
                    "calendar.makeup_not_weekend", f"{day} 不是周六或周日，不能作为调休上班日。", field="makeup_days"
                )
        object.__setattr__(self, "holidays", MappingProxyType(dict(sorted(self.holidays.items()))))
        object.__setattr__(self, "makeup", MappingProxyType(dict(sorted(self.makeup.items()))))

    def __hash__(self) -> int:
        return hash((self.year, tuple(self.holidays.items()), tuple(self.makeup.items()), self.source))


def parse_year_table(text: str) -> YearTable:
    """Read a table from JSON (text that begins with `{`) or CSV text. Errors: CalendarError, naming line or field."""
    body = text.lstrip("\ufeff \t\r\n")
    return parse_json(body) if body.startswith("{") else parse_csv(body)


def parse_json(text: str) -> YearTable:
    """Read `{"year": 2027, "source": "...", "holidays": [{"name", "from", "to"}], "makeup_days": [{"date", "name"}]}`.

    Errors: `calendar.bad_json`, `calendar.missing_field`, `calendar.bad_year`, `calendar.bad_date`,
    `calendar.bad_range`, `calendar.duplicate_day`, and those of YearTable; `field` is the path, as `holidays[0].from`.
    """
    try:
        data = json.loads(text.lstrip("\ufeff"))
    except json.JSONDecodeError as error:
        message = f"第{error.lineno}行第{error.colno}列不是有效的 JSON。"
        raise CalendarError("calendar.bad_json", message, field=f"line {error.lineno}") from error
    except (ValueError, RecursionError) as error:
        raise CalendarError("calendar.bad_json", "文件不是有效的 JSON。") from error
    if not isinstance(data, dict):
        raise CalendarError("calendar.bad_json", "文件内容应为一个 JSON 对象。")
    year = data.get("year")
    if isinstance(year, bool) or not isinstance(year, int):
        raise CalendarError("calendar.bad_year", "year 应为四位年份，例如 2027。", field="year")
    _check_year(year)
    holidays: dict[date, str] = {}
    for index, row in enumerate(_rows(data, "holidays")):
        where = f"holidays[{index}]"
        name = _text(row, "name", where)
        first = _date(_text(row, "from", where), f"{where}.from")
        last = _date(_text(row, "to", where), f"{where}.to") if "to" in row else first
        if last < first or (last - first).days > 31:
            raise CalendarError(
                "calendar.bad_range",
                f"放假从 {first} 到 {last}：结束日应不早于开始日，且不超过一个月。",
                field=f"{where}.to",
            )
        for offset in range((last - first).days + 1):
            _put(holidays, first + timedelta(days=offset), name, where)
    makeup: dict[date, str] = {}
    for index, row in enumerate(_rows(data, "makeup_days")):
        where = f"makeup_days[{index}]"
        day = _date(_text(row, "date", where), f"{where}.date")
        _put(makeup, day, str(row.get("name", "")).strip(), where)
    return YearTable(year, holidays, makeup, str(data.get("source", "")).strip())


def parse_csv(text: str) -> YearTable:
    """Read lines `date,kind,name` (kind `holiday` 放假 or `makeup` 上班), the first line being the header.

    The year is that of the first row. Errors: `calendar.bad_header`, `calendar.bad_date`, `calendar.bad_kind`,
    `calendar.missing_field`, `calendar.duplicate_day`, `calendar.wrong_year`, and those of YearTable;
    `field` is `line 3: date`.
    """
    reader = csv.reader(text.lstrip("\ufeff").replace("\0", "").splitlines())
    header = [_CSV_HEADER_NAMES.get(cell.strip().lower(), "") for cell in next(reader, [])]
    if any(header.count(name) != 1 for name in CSV_HEADER):
        raise CalendarError(
            "calendar.bad_header", "第1行应为表头：date,kind,name（或 日期,类型,名称）。", field="line 1"
        )
    days: dict[str, dict[date, str]] = {"holiday": {}, "makeup": {}}
    year: int | None = None
    for cells in reader:
        if not any(cell.strip() for cell in cells):
            continue
        line = f"line {reader.line_num}"
        row = dict(zip(header, (cell.strip() for cell in cells), strict=False))
        day = _date(row.get("date", ""), f"{line}: date")
        kind = _KINDS.get(row.get("kind", "").lower())
        if kind is None:
            raise CalendarError(
                "calendar.bad_kind",
                f"第{reader.line_num}行：类型应为 holiday（放假）或 makeup（上班）。",
                field=f"{line}: kind",
            )
        name = row.get("name", "")
        if kind == "holiday" and not name:
            raise CalendarError(
                "calendar.missing_field", f"第{reader.line_num}行：缺少节日名称。", field=f"{line}: name"
            )
        year = day.year if year is None else year
        if day.year != year:
            raise CalendarError(
                "calendar.wrong_year", f"第{reader.line_num}行：{day} 不属于{year}年。", field=f"{line}: date"
            )
        if day in days["holiday"] or day in days["makeup"]:
            raise CalendarError("calendar.duplicate_day", f"第{reader.line_num}行：{day} 重复。", field=f"{line}: date")
        days[kind][day] = name
    if year is None:
        raise CalendarError("calendar.empty_table", "文件中没有任何日期，请检查文件。", field="line 2")
    return YearTable(year, days["holiday"], days["makeup"])


def to_json(table: YearTable) -> str:
    """The table as JSON text that parse_json reads back to an equal table."""
    numbered = enumerate(sorted(table.holidays.items()))
    holidays = []
    for (name, _), group in groupby(numbered, key=lambda item: (item[1][1], item[1][0] - timedelta(days=item[0]))):
        run = [day for _, (day, _) in group]
        holidays.append({"name": name, "from": run[0].isoformat(), "to": run[-1].isoformat()})
    makeup = [{"date": day.isoformat(), "name": name} for day, name in table.makeup.items()]
    data = {"year": table.year, "source": table.source, "holidays": holidays, "makeup_days": makeup}
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"


def to_csv(table: YearTable) -> str:
    """The table as CSV text that parse_csv reads back (CSV has no place for the source)."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(CSV_HEADER)
    rows = [(day, "holiday", name) for day, name in table.holidays.items()]
    rows += [(day, "makeup", name) for day, name in table.makeup.items()]
    writer.writerows((day.isoformat(), kind, name) for day, kind, name in sorted(rows))
    return out.getvalue()


def _check_year(year: int) -> None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise CalendarError("calendar.bad_year", f"年份应在{FIRST_YEAR}至{LAST_YEAR}之间。", field="year")


def _rows(data: dict[str, Any], name: str) -> list[dict[str, Any]]:
    rows = data.get(name, [])
    if not isinstance(rows, list):
        raise CalendarError("calendar.bad_json", f"{name} 应为列表。", field=name)
    for index, row in enumerate(rows):
        if not isinstance(row, dict):
            raise CalendarError("calendar.bad_json", f"{name} 的第{index + 1}项应为对象。", field=f"{name}[{index}]")
    return rows


def _text(row: dict[str, Any], key: str, where: str) -> str:
    value = row.get(key)
    if not isinstance(value, str) or not value.strip():
        raise CalendarError("calendar.missing_field", f"{where} 缺少 {key}。", field=f"{where}.{key}")
    return value.strip()


def _date(text: str, where: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise CalendarError(
            "calendar.bad_date", f"{where}：“{text}”不是有效日期，应写作 2027-01-01。", field=where
        ) from error
    _check_year(day.year)
    return day


def _put(days: dict[date, str], day: date, name: str, where: str) -> None:
    if day in days:
        raise CalendarError("calendar.duplicate_day", f"{where}：{day} 重复。", field=where)
    days[day] = name
