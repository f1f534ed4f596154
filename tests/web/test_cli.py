"""The command line: what it prints, what it refuses, and its exit codes."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import update

from storage.database import Store
from storage.tables.engine import history
from storage.tables.people import organisation
from tests.support.door import dump
from tests.support.office import Office
from web import cli
from web.paths import PROCESSES

CALENDAR_2027 = """{"year": 2027, "source": "测试用虚构安排", "holidays": [
    {"name": "元旦", "from": "2027-01-01", "to": "2027-01-03"}],
    "makeup_days": [{"date": "2027-02-28", "name": "元旦"}]}"""


@pytest.fixture
def url(database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """An empty database that the commands use."""
    monkeypatch.setenv("BANJIE_DATABASE_URL", database_url)
    return database_url


@pytest.fixture
def town(office: Office, monkeypatch: pytest.MonkeyPatch) -> Office:
    """The sample town, which the commands use."""
    monkeypatch.setenv("BANJIE_DATABASE_URL", office.banjie.store.url.render_as_string(hide_password=False))
    return office


class Told:
    """What a command said."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys

    def __call__(self, *argv: str, exit: int = 0) -> str:
        code = cli.main(argv)
        told = self.capsys.readouterr()
        assert code == exit, f"{argv}: {code}\n{told.out}{told.err}"
        return told.out if exit == 0 else told.out + told.err


@pytest.fixture
def banjie(capsys: pytest.CaptureFixture[str]) -> Told:
    return Told(capsys)


# -- deadlines -------------------------------------------------------------------------------------------------------

KEYS = ["raw", "due_at", "yellow_at", "e1", "e2", "e3", "provisional", "explanation"]
VECTORS: list[tuple[list[str], dict[str, Any]]] = [
    # A27: three days that end on a Sunday
    (["service_centre_petition", "--code", "R39.reply", "--start", "2026-11-26T10:00"],
     {"raw": "2026-11-29", "due_at": "2026-11-30T23:59:59+08:00", "yellow_at": "2026-11-27T09:00:00+08:00",
      "e1": "2026-12-01T00:00:00+08:00", "e2": "2026-12-03T09:00:00+08:00", "e3": "2026-12-09T09:00:00+08:00",
      "provisional": False}),
    # A28: three days into the national holiday
    (["service_centre_petition", "--code", "R39.reply", "--start", "2026-09-30T15:00"],
     {"raw": "2026-10-03", "due_at": "2026-10-08T23:59:59+08:00", "yellow_at": "2026-09-30T15:00:00+08:00",
      "e2": "2026-10-12T09:00:00+08:00", "e3": "2026-10-16T09:00:00+08:00", "provisional": False}),
    # A20: five working days
    (["meihua_centre", "--code", "R09.verify", "--start", "2026-11-26T10:00"],
     {"raw": "2026-12-03", "due_at": "2026-12-03T23:59:59+08:00", "yellow_at": "2026-12-01T09:00:00+08:00"}),
    # A34: three months that end in a year without a published calendar
    (["civil_affairs", "--code", "R40.handle", "--start", "2026-11-30T10:00"],
     {"raw": "2027-02-28", "due_at": "2027-03-01T23:59:59+08:00", "provisional": True}),
    # five working days over the new year, whose calendar is not yet published
    (["town_hall", "--n", "5", "--unit", "wd", "--mode", "working", "--start", "2026-12-30T10:00"],
     {"raw": "2027-01-07", "due_at": "2027-01-07T23:59:59+08:00", "yellow_at": "2027-01-05T09:00:00+08:00",
      "e1": "2027-01-08T00:00:00+08:00", "provisional": True}),
    # two hours by the clock
    (["gov_service_centre", "--code", "R01.handover", "--start", "2026-11-23T09:20"],
     {"due_at": "2026-11-23T11:20:00+08:00", "yellow_at": "2026-11-23T10:50:00+08:00", "provisional": False}),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "expected"), VECTORS, ids=[" ".join(vector[0][:3]) for vector in VECTORS])
def test_deadline(banjie: Told, arguments: list[str], expected: dict[str, Any]) -> None:
    told = json.loads(banjie("deadline", "--profile", *arguments))
    assert list(told) == KEYS
    assert {key: told[key] for key in expected} == expected
    assert len(told["explanation"]) >= 2 and all(re.search(r"[一-鿿]", line) for line in told["explanation"])


def test_a_limit_given_in_full_needs_no_profile(banjie: Told) -> None:
    told = json.loads(
        banjie("deadline", "--n", "5", "--unit", "wd", "--mode", "working", "--start", "2026-09-23T09:30")
    )
    assert (told["raw"], told["yellow_at"]) == ("2026-10-08", "2026-09-30T09:00:00+08:00")


def test_deadline_with_a_calendar_of_its_own(banjie: Told, tmp_path: Path) -> None:
    file = tmp_path / "2027.json"
    file.write_text(CALENDAR_2027, "utf-8")
    arguments = [
        "--profile",
        "town_hall",
        "--n",
        "5",
        "--unit",
        "wd",
        "--mode",
        "working",
        "--start",
        "2026-12-30T10:00",
    ]
    told = json.loads(banjie("deadline", *arguments, "--calendar", str(file)))
    assert told["provisional"] is False


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--profile", "town_hall", "--code", "R99.none", "--start", "2026-12-30T10:00"], "profile.unknown_deadline"),
        (["--profile", "no_such", "--code", "R39.reply", "--start", "2026-12-30T10:00"], "profile."),
        (["--profile", "town_hall", "--code", "R39.reply", "--start", "昨天"], "deadline.start"),
        (["--profile", "town_hall", "--n", "5", "--unit", "xx", "--start", "2026-12-30T10:00"], "deadline."),
        (["--profile", "town_hall", "--n", "-5", "--unit", "d", "--start", "2026-12-30T10:00"], "deadline."),
        (["--profile", "town_hall", "--date", "2026-13-45", "--start", "2026-12-30T10:00"], "deadline."),
        (["--profile", "town_hall", "--start", "2026-12-30T10:00"], "deadline."),
        (["--code", "R39.reply", "--start", "2026-12-30T10:00"], "deadline.profile"),
        (["--profile", "town_hall", "--n", "5", "--start", "2026-12-30T10:00", "--calendar", "none"], "calendar."),
    ],
)  # fmt: skip
def test_a_deadline_that_cannot_be_worked_out(banjie: Told, arguments: list[str], code: str) -> None:
    told = banjie("deadline", *arguments, exit=1)
    assert told.startswith(f"错误 {code}") and re.search(r"：.*[一-鿿]", told) and "Traceback" not in told


# -- an office from nothing ------------------------------------------------------------------------------------------


def test_init_users_and_calendar(url: str, banjie: Told, tmp_path: Path) -> None:
    """A new office: its administrator, another user, next year's calendar."""
    told = banjie("init", "--profile", "town_lunar", "--name", "试点镇", "--code", "SDZ")
    login, password = re.fullmatch(r"管理员 (\S+)  一次性密码 (\S+)（首次登录后须修改）\n", told).groups()  # type: ignore[union-attr]
    assert login == "admin" and len(password) >= 8
    told = banjie("user", "add", "--login", "Wang", "--name", "王小华", "--role", "petition_clerk")
    assert re.match(r"Wang  一次性密码 \S+", told)
    assert "wang\t王小华\t\tpetition_clerk" in banjie("user", "list")
    assert "一次性密码" in banjie("user", "reset", "--login", "wang")
    for arguments, code in (
        (["add", "--login", "wang", "--name", "又一个"], "user.login_taken"),
        (["add", "--login", "li", "--role", "emperor"], "user.role_unknown"),
        (["add", "--login", "li", "--unit", "none"], "unit.unknown"),
        (["add"], "user.login_missing"),
        (["reset", "--login", "nobody"], "user.unknown"),
        (["list", "--org", "NONE"], "organisation.unknown"),
    ):
        assert f"错误 {code}" in banjie("user", *arguments, exit=1)
    file = tmp_path / "2027.json"
    file.write_text(CALENDAR_2027, "utf-8")
    assert banjie("calendar", "load", str(file)).startswith("日历已装入；重算 0 个未结时限")
    assert json.loads(banjie("calendar", "show", "2027"))
    assert banjie("calendar", "rest", "2027-03-01", "--reason", "停电").startswith("已调整 2027-03-01；重算 0 个")
    told = json.loads(banjie("calendar", "show", "2027"))["overrides"]
    assert [(one["day"], one["working"], one["reason"]) for one in told] == [("2027-03-01", False, "停电")]
    banjie("calendar", "clear", "2027-03-01", "--reason", "来电")
    assert json.loads(banjie("calendar", "show", "2027"))["overrides"] == []
    assert "错误 organisation.code_taken" in banjie("init", "--profile", "town_lunar", "--code", "SDZ", exit=1)
    assert "错误 profile." in banjie("init", "--profile", "no_such", "--code", "X1", exit=1)
    store = Store(url)
    assert [row[1] for row in dump(store)[organisation.name]] == ["SDZ"], "what was refused left nothing"
    store.close()
    assert "未发现异常" in banjie("verify")


def test_people_are_imported_from_excel(town: Office, banjie: Told, tmp_path: Path) -> None:
    file = tmp_path / "people.xlsx"
    banjie("people", "template", str(file))
    book = load_workbook(file)
    book["人员"].append(("lixin", "李新", "站长", "没有的", None, None, None, "承办人"))
    book.save(file)
    before = dump(town.banjie.store)
    told = banjie("people", "import", str(file), exit=1)
    assert "人员 第 3 行 机构：没有“没有的”这个机构。（unit.unknown）" in told
    assert dump(town.banjie.store) == before
    book["人员"]["D3"] = "农业服务中心"
    book.save(file)
    assert "检查通过" in banjie("people", "import", str(file), "--check")
    assert dump(town.banjie.store) == before
    told = banjie("people", "import", str(file))
    password = re.search(r"lixin\t李新\t一次性密码 (\S+?)（", told)
    assert password is not None and "新增 1 行" in told
    assert town.stranger().log_in("lixin", password.group(1)).json()["must_change_password"] is True
    assert "lixin\t李新\t农业服务中心\thandler" in banjie("user", "list")


def test_a_loaded_calendar_moves_open_deadlines(town: Office, banjie: Told, tmp_path: Path) -> None:
    from office import deadline_book

    case_id = town.accepted()
    now = town.clock.now().replace(month=12, day=31)
    with town.banjie.store.begin() as uow:
        deadline_book.arm(uow, town.org_id, case_id, "R39.reply", start=now, now=now, n=2, unit="wd", mode="working")
    file = tmp_path / "2027.json"
    file.write_text(CALENDAR_2027.replace("01-03", "01-08"), "utf-8")
    told = banjie("calendar", "load", str(file))
    assert re.match(r"日历已装入；重算 [1-9]\d* 个未结时限\n  R39\.reply  2027-01-0\S+ → 2027-01-1\S+", told), told
    bad = tmp_path / "bad.json"
    bad.write_text("{}", "utf-8")
    assert "错误 calendar." in banjie("calendar", "load", str(bad), exit=1)
    assert "错误" in banjie("calendar", "load", str(tmp_path / "none.json"), exit=1)
    assert "错误" in banjie("calendar", "show", "何年", exit=1)


def test_verify_finds_what_was_touched(town: Office, banjie: Told) -> None:
    town.start()
    assert banjie("verify") == "核对完成，未发现异常\n"
    with town.banjie.store.begin() as uow:
        uow.conn.execute(update(history).where(history.c.seq == 2).values(actor="someone"))
    told = banjie("verify", exit=1)
    assert "自第 2 条起与校验不符" in told and "发现 1 处异常" in told


def test_backup_and_restore(town: Office, banjie: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    town.start()
    file = str(tmp_path / "b.zip")
    assert file in banjie("backup", file)
    assert "错误 backup.exists" in banjie("backup", file, exit=1)
    assert "错误 restore.not_empty" in banjie("restore", file, exit=1)
    monkeypatch.setenv("BANJIE_DATABASE_URL", f"sqlite:///{tmp_path}/new.db")
    assert "错误 backup.damaged" in banjie("restore", str(tmp_path / "none.zip"), exit=1)
    assert "已恢复" in banjie("restore", file)
    assert "未发现异常" in banjie("verify")


def test_deploy_is_the_same_version_again(town: Office, banjie: Told) -> None:
    told = banjie("deploy", str(PROCESSES / "first_inquiry"))
    assert told.startswith("first_inquiry 第1版（未变）")
    assert "错误 organisation.unknown" in banjie("deploy", str(PROCESSES), "--org", "NONE", exit=1)


def test_lint_of_what_is_shipped(banjie: Told) -> None:
    files = sorted(str(path) for path in PROCESSES.glob("*/*.bpmn"))
    assert banjie("lint", *files) == f"{len(files)} 个文件，没有发现问题\n"
    assert json.loads(banjie("lint", "--json", files[0])) == []


def test_lint_of_a_file_called_otherwise_than_its_process(banjie: Told, tmp_path: Path) -> None:
    found = tmp_path / "from another tool.bpmn"
    found.write_bytes((PROCESSES / "petition_digest" / "petition_digest.bpmn").read_bytes())
    for beside in (PROCESSES / "petition_digest").glob("*.form"):
        (tmp_path / beside.name).write_bytes(beside.read_bytes())
    said = banjie("lint", "--json", str(found))
    assert [(one["rule"], one["severity"]) for one in json.loads(said)] == [("process.key", "warning")]


def test_without_a_command_help_is_shown(banjie: Told) -> None:
    assert "deadline" in banjie(exit=2)
