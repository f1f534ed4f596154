"""People from a workbook: the template, every fault named with row and column, all or nothing, hostile files."""

from __future__ import annotations

import io
import zipfile

import pytest
from openpyxl import Workbook, load_workbook
from sqlalchemy import select

from office import accounts, office_log, people, people_import, people_sheet, posts
from office.people_sheet import PEOPLE, POSTS, UNITS
from storage.errors import Refusal
from storage.tables.people import login as login_table


def _filled(**sheets) -> bytes:
    """The template, filled in: rows of each sheet in the order of its headings."""
    book = load_workbook(io.BytesIO(people_sheet.template()))
    for name, rows in sheets.items():
        for row in rows:
            book[name].append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


GOOD = _filled(
    机构=[("水利站", "乙局", "lixin", "否")],
    人员=[
        ("lixin", "李新", "站长", "水利站", "kang", 13800000077, "lx@example.cn", "承办人、单位负责人@水利站"),
        ("Wang", "王小华", None, "水利站", None, None, None, "窗口工作人员"),
        ("zhaomin", "赵敏", None, "水利站", "lixin", None, None, None),
    ],
    岗位=[("水利站", "水利审批", "lixin", "zhaomin")],
)


def _plan(desk, uow, content, by=None):
    lines, faults = people_sheet.read(content)
    return lines, people_import.plan(uow, desk.org, lines, faults, by=by)


def _names(found):
    return [(one.sheet, one.row, one.column, one.code) for one in found.faults]


def test_units_people_and_posts_are_written_together(desk):
    with desk.store.begin() as uow:
        lines, found = _plan(desk, uow, GOOD)
        assert _names(found) == []
        assert [(one["sheet"], one["act"]) for one in found.changes] == [
            (UNITS, "add"), (PEOPLE, "add"), (PEOPLE, "change"), (PEOPLE, "add"), (POSTS, "add"),
        ]  # fmt: skip
        handed = people_import.carry_out(
            uow, desk.org, lines, accounts.one_time(found.new_people), now=desk.now, by=None
        )
        assert [one["login"] for one in handed] == ["lixin", "zhaomin"]
        by_login = {one.login: one for one in people.users(uow, desk.org)}
        unit = next(one for one in people.units(uow, desk.org) if one.name == "水利站")
        lixin = by_login["lixin"]
        assert (unit.parent_id, unit.head_id, lixin.unit_id, lixin.superior_id) == ("unit_b", lixin.id, unit.id, "kang")
        assert (lixin.phone, lixin.title) == ("13800000077", "站长")
        assert set(people.roles_of(uow, desk.org, lixin.id)) == {("handler", None), ("unit_head", unit.id)}
        assert people.roles_of(uow, desk.org, "wang") == [("window_clerk", None)]
        (post,) = posts.posts(uow, desk.org, unit_id=unit.id)
        assert (post.a_id, post.b_id) == (lixin.id, by_login["zhaomin"].id)
        told = str([one["new"] for one in office_log.changes(uow, desk.org, "user", "unit", "post")])
        assert "水利站" in told and "13800000077" not in told and handed[0]["password"] not in told
        stored = uow.conn.execute(select(login_table).where(login_table.c.login == "lixin")).one()
        assert stored.must_change and accounts._verify(stored.password_hash, handed[0]["password"])


def test_every_fault_is_named_with_its_row_and_column(desk):
    content = _filled(
        机构=[
            ("甲站", "没有的", None, "也许"), ("甲站", None, "nobody", None), ("乙站", "丙站"), ("丙站", "乙站"),
        ],
        人员=[
            ("li xin", "李新", None, "没有的", "nobody", None, "无", "店小二"),
            ("wang", None, None, None, "wang", None, None, "承办人@没有的"),
            ("new", "新人", None, None, None, None, None, "=1+1"),
            ("new", "新人" * 150),
        ],
        岗位=[("大厅", "窗口", "wang", "wang"), ("没有的", None, "nobody", "lin")],
    )  # fmt: skip
    with desk.store.begin() as uow:
        _, found = _plan(desk, uow, content)
    assert set(_names(found)) == {
        (UNITS, 3, "上级机构", "unit.unknown"), (UNITS, 3, "外单位（是/否）", "import.yes_no"),
        (UNITS, 4, "机构名称", "import.twice"), (UNITS, 4, "负责人登录名", "user.unknown"),
        (UNITS, 5, "上级机构", "unit.circle"), (UNITS, 6, "上级机构", "unit.circle"),
        (PEOPLE, 3, "登录名", "user.no_login"), (PEOPLE, 3, "机构", "unit.unknown"),
        (PEOPLE, 3, "上级登录名", "user.unknown"), (PEOPLE, 3, "邮箱", "import.email"),
        (PEOPLE, 3, "角色", "user.role_unknown"),
        (PEOPLE, 4, "姓名", "import.missing"), (PEOPLE, 4, "上级登录名", "import.own_superior"),
        (PEOPLE, 4, "角色", "unit.unknown"),
        (PEOPLE, 5, "角色", "import.formula"), (PEOPLE, 5, "角色", "user.role_unknown"),
        (PEOPLE, 6, "登录名", "import.twice"), (PEOPLE, 6, "姓名", "import.too_long"),
        (POSTS, 3, "B岗登录名", "post.same_person"), (POSTS, 4, "机构", "unit.unknown"),
        (POSTS, 4, "岗位名称", "import.missing"), (POSTS, 4, "A岗登录名", "user.unknown"),
    }  # fmt: skip
    assert all(any("一" <= letter <= "龥" for letter in one.message) for one in found.faults)


def test_one_stays_administrator_and_who_left_is_not_taken_back(desk):
    with desk.store.begin() as uow:
        people.change_user(uow, desk.org, "zhou", active=False)
        content = _filled(人员=[("boss", "郑国栋", None, None, None, None, None, "承办人"), ("zhou", "周颖")])
        _, found = _plan(desk, uow, content, by="boss")
    assert _names(found) == [(PEOPLE, 3, "角色", "user.own_access"), (PEOPLE, 4, "登录名", "import.left")]


def _zip(**parts) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def _with_part(name: str) -> bytes:
    out = io.BytesIO(GOOD)
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr(name, b"x")
    return out.getvalue()


def _other_sheet() -> bytes:
    out = io.BytesIO()
    Workbook().save(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"not a workbook", "import.not_excel"),
        (_zip(a=b"x"), "import.not_excel"),
        (b"x" * (people_sheet.LARGEST + 1), "import.too_large"),
        (_zip(bomb=b"\0" * 40_000_000), "import.unpacks"),
        (_with_part("xl/vbaProject.bin"), "import.active"),
        (_with_part("xl/externalLinks/externalLink1.xml"), "import.active"),
        (_other_sheet(), "import.no_sheet"),
        (_filled(人员=[("u", "某人")] * (people_sheet.MOST_ROWS + 5)), "import.too_many"),
    ],
    ids=["text", "zip", "large", "bomb", "macro", "links", "sheet", "rows"],
)
def test_a_hostile_or_wrong_file_is_not_opened(content, code):
    with pytest.raises(Refusal) as refused:
        people_sheet.read(content)
    assert refused.value.code == code
