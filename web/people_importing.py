"""Import of people from Excel: look first, then write all of it or nothing; for the page and the command line."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import Any

from office import accounts, people_import, people_sheet
from office.people_import import Plan
from web.banjie import Banjie


def look(banjie: Banjie, org_id: str, content: bytes, *, by: str | None) -> dict[str, Any]:
    """What the workbook would add and change, and its faults; nothing is written. Errors: `import.*`."""
    lines, faults = people_sheet.read(content)
    with banjie.store.begin(write=False) as uow:
        return _told(people_import.plan(uow, org_id, lines, faults, by=by))


def write(banjie: Banjie, org_id: str, content: bytes, *, by: str | None) -> dict[str, Any]:
    """Write the workbook if it is without fault: all in one transaction. One-time passwords are told this once.

    With faults it is as `look`. The passwords are hashed before, so that the transaction holds up nobody.
    """
    lines, faults = people_sheet.read(content)
    with banjie.store.begin(write=False) as uow:
        first = people_import.plan(uow, org_id, lines, faults, by=by)
    if first.faults:
        return _told(first)
    passwords = accounts.one_time(first.new_people)
    now = banjie.clock.now()
    with banjie.store.begin() as uow:
        found = people_import.plan(uow, org_id, lines, faults, by=by)  # the office may have changed meanwhile
        if found.faults or found.new_people != len(passwords):
            return _told(found)
        handed = people_import.carry_out(uow, org_id, lines, passwords, now=now, by=by)
    return {**_told(found), "written": True, "passwords": handed}


def command(banjie: Banjie | None, org_id: str, file: Path, *, check: bool = False) -> int:
    """`banjie people`: without an installation write the template to `file`, else import it, or only check it."""
    if banjie is None:
        file.write_bytes(people_sheet.template())
        print(f"模板已写到 {file}")
        return 0
    told = (look if check else write)(banjie, org_id, file.read_bytes(), by=None)
    for one in told["faults"]:
        place = f"{one['sheet']} 第 {one['row']} 行 {one['column']}"
        print(f"{place}：{one['message']}（{one['code']}）", file=sys.stderr)
    if told["faults"]:
        print(f"有 {len(told['faults'])} 处要改，没有写入。", file=sys.stderr)
        return 1
    acts = Counter(one["act"] for one in told["changes"])
    print(f"{'已写入' if told['written'] else '检查通过，没有写入'}：新增 {acts['add']} 行，更新 {acts['change']} 行。")
    for one in told["passwords"]:
        print(f"{one['login']}\t{one['name']}\t一次性密码 {one['password']}（首次登录后须修改）")
    return 0


def _told(found: Plan) -> dict[str, Any]:
    return {
        "faults": [one.told() for one in found.faults],
        "changes": found.changes,
        "written": False,
        "passwords": [],
    }
