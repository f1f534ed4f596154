"""A workbook of units, people and posts: the template that is filled in, and reading one without trusting it.

Only texts and numbers are taken. A formula is refused, not worked out; a file with macros or links to other files, or
one that unpacks to more than it may, is not opened.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from openpyxl import load_workbook

from office.excel import workbook
from office.roles import ROLES
from storage.errors import Refusal

LARGEST = 2 * 1024 * 1024  # bytes of a file
MOST_ROWS = 2000  # of a sheet
_UNPACKED = 30 * 1024 * 1024  # bytes of all that is in the file
_PARTS = 300  # files in the file
_HEADED_BY = 5  # rows in which the headings are looked for
_LONGEST = 200  # characters of a cell

UNITS, PEOPLE, POSTS = "机构", "人员", "岗位"
# Of each sheet: key, heading, whether a row must have it.
COLUMNS: Mapping[str, tuple[tuple[str, str, bool], ...]] = {
    UNITS: (
        ("name", "机构名称", True), ("parent", "上级机构", False), ("head", "负责人登录名", False),
        ("outside", "外单位（是/否）", False),
    ),
    PEOPLE: (
        ("login", "登录名", True), ("name", "姓名", True), ("title", "职务", False), ("unit", "机构", False),
        ("superior", "上级登录名", False), ("phone", "电话", False), ("email", "邮箱", False), ("roles", "角色", False),
    ),
    POSTS: (
        ("unit", "机构", True), ("name", "岗位名称", True), ("a", "A岗登录名", True), ("b", "B岗登录名", True),
    ),
}  # fmt: skip
_HINTS = {
    UNITS: "机构：已有的机构按名称更新，空着的格子不改。上级机构写名称。",
    PEOPLE: "人员：已有的人员按登录名更新，空着的格子不改。角色用顿号隔开，只限某机构的写“承办人@机构名称”。",
    POSTS: "岗位：A岗和B岗是两个人。已有的岗位按机构和名称更新。",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """Something to put right: sheet, row, heading of the column (empty: the row), code, words."""

    sheet: str
    row: int
    column: str
    code: str
    message: str

    def told(self) -> dict[str, Any]:
        """As the API tells it."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Line:
    """A row that was filled in: its sheet, its number in the file, texts by key, empty ones left out."""

    sheet: str
    row: int
    values: Mapping[str, str]

    def fault(self, key: str, code: str, message: str) -> Fault:
        """A fault of the cell `key` of this row."""
        heading = next((one[1] for one in COLUMNS[self.sheet] if one[0] == key), "")
        return Fault(self.sheet, self.row, heading, code, message)


def template() -> bytes:
    """The workbook to fill in, with the roles that there are."""
    sheets: list[Any] = [
        (name, _HINTS[name], [(key, heading) for key, heading, _ in columns], []) for name, columns in COLUMNS.items()
    ]
    roles = [{"role": role, "name": name} for role, name in ROLES.items()]
    sheets.append(("角色对照", "角色写名称或代码都可以", [("name", "角色"), ("role", "代码")], roles))
    return workbook(sheets)


def read(content: bytes) -> tuple[list[Line], list[Fault]]:
    """The rows of the three sheets, and what is wrong with single cells.

    Errors: `import.too_large`, `import.not_excel`, `import.unpacks`, `import.active`, `import.no_sheet`,
    `import.no_heading`, `import.too_many`.
    """
    _look_inside(content)
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, keep_links=False)
    except Exception as error:  # whatever a spoilt file makes the library say
        raise Refusal("import.not_excel", "这个文件不是能读的 Excel 文件（.xlsx），请用模板填写。") from error
    lines: list[Line] = []
    faults: list[Fault] = []
    try:
        known = [name for name in COLUMNS if name in book.sheetnames]
        if not known:
            raise Refusal("import.no_sheet", f"没有找到工作表：{'、'.join(COLUMNS)}，请用模板填写。")
        for name in known:
            _read_sheet(book[name], name, lines, faults)
    finally:
        book.close()
    return lines, faults


def _look_inside(content: bytes) -> None:
    if len(content) > LARGEST:
        raise Refusal("import.too_large", f"文件超过 {LARGEST // 1024 // 1024} MB，请分几次导入。")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
    except zipfile.BadZipFile as error:
        raise Refusal("import.not_excel", "这个文件不是能读的 Excel 文件（.xlsx），请用模板填写。") from error
    if len(parts) > _PARTS or sum(part.file_size for part in parts) > _UNPACKED:
        raise Refusal("import.unpacks", "文件展开后过大，没有打开。请用模板重新填写。")
    names = [part.filename.lower() for part in parts]
    if any("externallink" in name or "vbaproject" in name or "/embeddings/" in name for name in names):
        raise Refusal("import.active", "文件里有宏、外部链接或嵌入对象，没有打开。请只粘贴数值到模板里。")


def _read_sheet(sheet: Any, name: str, lines: list[Line], faults: list[Fault]) -> None:
    sheet.reset_dimensions()  # what the file says of its size is not believed
    wanted = {heading: key for key, heading, _ in COLUMNS[name]}
    must = [(key, heading) for key, heading, needed in COLUMNS[name] if needed]
    heads: dict[int, str] = {}
    for number, cells in enumerate(sheet.iter_rows(max_col=40, max_row=MOST_ROWS + _HEADED_BY + 1), start=1):
        if not heads:
            found = {place: wanted[text] for place, cell in enumerate(cells) if (text := _text(cell)) in wanted}
            if all(key in found.values() for key, _ in must):
                heads = found
            elif number >= _HEADED_BY:
                break
            continue
        if number > MOST_ROWS + _HEADED_BY:
            raise Refusal("import.too_many", f"工作表“{name}”超过 {MOST_ROWS} 行，请分几次导入。")
        _read_row(
            name, number, {key: cells[place] for place, key in heads.items() if place < len(cells)}, lines, faults
        )
    if not heads:
        titles = "、".join(heading for _, heading in must)
        raise Refusal("import.no_heading", f"工作表“{name}”的前 {_HEADED_BY} 行里没有这些栏目：{titles}。")


def _read_row(name: str, number: int, cells: Mapping[str, Any], lines: list[Line], faults: list[Fault]) -> None:
    values = {key: text for key, cell in cells.items() if (text := _text(cell))}
    if not values:
        return
    line = Line(name, number, values)
    for key, cell in cells.items():
        if getattr(cell, "data_type", "") == "f":
            faults.append(line.fault(key, "import.formula", "这一格是公式，请改为填写文字。"))
        elif len(values.get(key, "")) > _LONGEST:
            faults.append(line.fault(key, "import.too_long", f"这一格超过 {_LONGEST} 个字。"))
    for key, heading, needed in COLUMNS[name]:
        if needed and key not in values:
            faults.append(line.fault(key, "import.missing", f"请填写“{heading}”。"))
    lines.append(line)


def _text(cell: Any) -> str:
    value = cell.value
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # a telephone typed as a number
    return "" if value is None else str(value).strip()
