"""Recurring duties at work: each date starts its process once, however many nodes look, and a late one by its rule."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, select

from office import organisations, schedule_book
from office.calendar_table import parse_year_table
from office.organisations import processes_folder
from storage.clock import TZ, FixedClock
from storage.database import Store
from storage.errors import BanjieError
from storage.tables import engine as tables
from storage.tables.office import case_file, schedule, schedule_date
from tests.support.office import Office
from web import schedules
from web.acts import apply_calendar
from web.banjie import Banjie
from web.cli import main
from web.deploying import deploy_files, known
from web.play import play

SESSION = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:camunda="http://camunda.org/schema/1.0/bpmn" id="D" targetNamespace="http://banjie">
  <bpmn:process id="{key}" name="接访" isExecutable="true" camunda:historyTimeToLive="P3650D">
    <bpmn:startEvent id="Start" name="日程到期"><bpmn:outgoing>F1</bpmn:outgoing></bpmn:startEvent>
    <bpmn:scriptTask id="Name" name="记下场次" scriptFormat="banjie">
      <bpmn:incoming>F1</bpmn:incoming><bpmn:outgoing>F2</bpmn:outgoing>
      <bpmn:script>{script}</bpmn:script>
    </bpmn:scriptTask>
    <bpmn:userTask id="Hold" name="接访" camunda:candidateGroups="reception_leader">
      <bpmn:incoming>F2</bpmn:incoming><bpmn:outgoing>F3</bpmn:outgoing>
    </bpmn:userTask>
    <bpmn:endEvent id="End" name="结束"><bpmn:incoming>F3</bpmn:incoming></bpmn:endEvent>
    <bpmn:sequenceFlow id="F1" sourceRef="Start" targetRef="Name" />
    <bpmn:sequenceFlow id="F2" sourceRef="Name" targetRef="Hold" />
    <bpmn:sequenceFlow id="F3" sourceRef="Hold" targetRef="End" />
  </bpmn:process>
</bpmn:definitions>"""
KEYS = "schedule_code, schedule_name, schedule_day, schedule_nominal, schedule_last, schedule_hours, schedule_note"
SCRIPT = "told = [" + KEYS + "]"


class Town:
    """An organisation with schedules, its clock in the hand, nothing in the background."""

    def __init__(self, store: Store, clock: FixedClock) -> None:
        self.store, self.clock = store, clock
        self.url = store.url.render_as_string(hide_password=False)
        self.banjie = Banjie(self.url, clock=clock)
        self.org = ""

    def open(self, profile: str, *, at: str, processes: tuple[str, ...] = (), script: str = SCRIPT,
             own: dict[str, Any] | None = None) -> None:  # fmt: skip
        self.clock.set(datetime.fromisoformat(at))
        with self.store.begin() as uow:
            self.org = organisations.create_organisation(
                uow, "ORG", "镇", profile, now=self.clock.now(), parameters=own or {}
            )
        for key in processes:
            self.deploy(key, script)
        self.enrol()

    def deploy(self, key: str, script: str = SCRIPT) -> None:
        files = {f"{key}.bpmn": SESSION.format(key=key, script=script).encode()}
        deploy_files(self.banjie, self.org, key, files, known(more={key}))

    def enrol(self) -> None:
        with self.store.begin() as uow:
            schedule_book.enrol(uow, self.org, now=self.clock.now())

    def at(self, text: str) -> int:
        """Let it be `text` and what has come be opened; gives how many dates."""
        self.clock.set(datetime.fromisoformat(text))
        return schedules.fire_due(self.banjie)

    def rows(self, table: Any, *order: Any) -> list[Any]:
        with self.store.begin(write=False) as uow:
            return list(uow.conn.execute(select(table).order_by(*(order or table.primary_key.columns))).all())

    def dates(self, code: str) -> list[tuple[str, str]]:
        found = self.rows(schedule_date, schedule_date.c.nominal)
        return [(row.day.isoformat()[5:], row.state) for row in found if row.code == code]


@pytest.fixture
def town(store: Store, clock: FixedClock) -> Iterator[Town]:
    made = Town(store, clock)
    yield made
    made.banjie.close()


def test_a_session_starts_its_process_seven_days_ahead_with_all_it_must_know(town: Town):
    town.open("town_lunar", at="2026-11-26T09:00", processes=("lunar_reception",))
    assert town.at("2026-11-26T09:00") == 2  # 27 November and 1 December are within the seven days
    assert town.at("2026-11-26T23:59:59") == 0
    assert town.at("2026-11-27T00:00") == 1
    assert town.dates("R79.session") == [("11-27", "started"), ("12-01", "started"), ("12-04", "started")]
    last = town.rows(schedule_date, schedule_date.c.nominal)[-1]
    (case,) = [row for row in town.rows(case_file) if row.id == last.case_id]
    assert case.title == "三六九接访 2026年12月4日（星期五）"
    (task,) = [row for row in town.rows(tables.task) if row.business_key == last.case_id]
    assert (task.element_id, task.instance_id) == ("Hold", last.instance_id)
    with town.store.begin(write=False) as uow:
        _, state = town.banjie.engine.state(uow, town.org, last.instance_id)
        assert state is not None
        assert state.variables_of(task.id)["told"] == [
            "R79.session", "三六九接访", "2026-12-04", "2026-12-04", "2026-12-04", "", ""
        ]  # fmt: skip


def test_every_session_of_december_is_opened_once_and_no_other(town: Town):
    town.open("town_lunar", at="2026-11-20T09:00", processes=("lunar_reception",))
    opened = town.at("2026-11-20T09:00")
    for hours in range(0, 24 * 41, 6):
        opened += town.at((datetime(2026, 11, 20, 12) + timedelta(hours=hours)).isoformat())
    december = [day for day, state in town.dates("R79.session") if day.startswith("12-") and state == "started"]
    assert december == [f"12-{n:02}" for n in (1, 4, 7, 11, 14, 17, 21, 24, 31)]
    assert opened == len(town.dates("R79.session")) == len(town.rows(tables.instance))


def test_where_no_process_is_deployed_the_date_is_noted(town: Town):
    town.open("town_dongguan", at="2026-11-01T09:00")
    town.at("2026-11-13T09:00")
    (row,) = [row for row in town.rows(schedule_date) if row.code == "R77.secretary"]
    assert (row.day, row.nominal, row.state) == (date(2026, 11, 16), date(2026, 11, 15), "noted")
    assert row.note == "11月15日（星期日）为周末，顺延至11月16日（星期一）；制度“grassroots_reception_day”尚未部署"
    window = next(row for row in town.rows(schedule_date) if row.code == "R76.two_month")
    assert (window.day, window.last, window.state, window.note) == (
        date(2026, 11, 1), date(2026, 12, 31), "noted", None
    )  # fmt: skip


@pytest.mark.parametrize(
    ("missed", "wanted"),
    [
        ("skip", ["missed"] * 3 + ["started"]),
        ("run_once", ["missed"] * 3 + ["started"]),
        ("run_each", ["started"] * 4),
    ],
)
def test_dates_that_passed_while_nothing_ran(town: Town, missed, wanted):
    """Monthly reports: the one of this month is open to its time whatever the rule says."""
    town.open("property", at="2026-08-31T18:00", processes=("property_conduct",), own={"R93.month": {"missed": missed}})
    town.at("2026-08-31T18:00")
    assert town.dates("R93.month") == [("08-31", "started")]
    town.at("2026-12-15T09:00")
    assert [state for _, state in town.dates("R93.month")[1:]] == wanted
    assert town.at("2026-12-15T09:01") == 0


def test_run_once_opens_the_newest_of_those_that_passed(town: Town):
    own = {"R83.daily": {"missed": "run_once", "opens": "day", "at": "00:00"}}
    town.open("town_room", at="2026-11-19T18:00", processes=("fixed_reception",), own=own)
    town.at("2026-11-19T18:00")
    town.at("2026-11-28T12:00")  # a Saturday: none is open to its time
    assert town.dates("R83.daily")[1:] == [
        ("11-20", "missed"), ("11-23", "missed"), ("11-24", "missed"), ("11-25", "missed"), ("11-26", "missed"),
        ("11-27", "started"),
    ]  # fmt: skip


def test_four_nodes_at_once_open_each_date_once(town: Town):
    town.open("audit_centre", at="2026-12-31T09:00", processes=("periodic_duties",))
    nodes = [Banjie(town.url, clock=town.clock) for _ in range(4)]
    opened, failed = [], []

    def look(node: Banjie) -> None:
        try:
            opened.append(schedules.fire_due(node))
        except Exception as error:
            failed.append(error)

    for month in range(1, 5):
        town.clock.set(datetime(2027, month, 1, 8))
        threads = [threading.Thread(target=look, args=(node,)) for node in nodes]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    for node in nodes:
        node.close()
    assert failed == []
    found = town.rows(schedule_date)
    assert {row.state for row in found} == {"started"}
    assert sum(opened) == len(found) == len(town.rows(tables.instance))
    assert len([row for row in found if row.code == "R33.subsidy_monthly" and row.nominal.year == 2027]) == 4


def test_killed_between_start_and_commit_nothing_is_left_and_the_date_comes_again(town: Town, monkeypatch):
    town.open("town_lunar", at="2026-12-16T09:00", processes=("lunar_reception",), own={"R79.session": {"ahead": 0}})
    town.at("2026-12-16T09:00")
    real = schedule_book.record

    def dying(*args: Any, **values: Any) -> None:
        real(*args, **values)
        raise KeyboardInterrupt  # no chance to tidy up

    monkeypatch.setattr(schedule_book, "record", dying)
    with pytest.raises(KeyboardInterrupt):
        town.at("2026-12-17T00:00")
    assert (town.rows(schedule_date), town.rows(tables.instance), town.rows(case_file)) == ([], [], [])
    monkeypatch.undo()
    assert town.at("2026-12-17T00:00:05") == 1
    assert town.dates("R79.session") == [("12-17", "started")]


def test_what_the_database_refuses_is_tried_again_and_holds_up_no_other(town: Town, monkeypatch):
    town.open("town_dongguan", at="2026-11-12T09:00", processes=("grassroots_reception_day",))
    town.at("2026-11-12T09:00")
    real, broken = schedules._start, [3]

    def failing(banjie: Any, uow: Any, org_id: str, one: Any, found: Any, **more: Any) -> Any:
        if one.code == "R77.secretary" and broken[0]:
            broken[0] -= 1
            raise RuntimeError("the disk is full")
        return real(banjie, uow, org_id, one, found, **more)

    monkeypatch.setattr(schedules, "_start", failing)
    assert town.at("2026-11-13T00:00") == 0
    with town.store.begin(write=False) as uow:
        assert schedule_book.troubles(uow, town.org) == {"R77.secretary": "RuntimeError: the disk is full"}
    assert town.at("2026-11-13T00:02") == 0
    assert town.at("2026-11-13T00:03") == 0  # not yet: the second time is four minutes on
    assert town.at("2026-11-13T00:06") == 0
    assert town.at("2026-11-13T00:14") == 1
    assert town.dates("R77.secretary") == [("11-16", "started")]
    assert town.at("2026-11-27T00:00") == 1  # the director's day
    with town.store.begin(write=False) as uow:
        assert schedule_book.troubles(uow, town.org) == {}


def test_a_date_that_cannot_start_is_told_and_started_by_hand_once_it_can(town: Town):
    town.open("town_lunar", at="2026-12-13T09:00", processes=("lunar_reception",), script="told = schedule_day / 0",
              own={"R79.session": {"ahead": 0}})  # fmt: skip
    assert town.at("2026-12-14T00:00") == 1  # the error is an incident of the process, not of the schedule
    with town.store.begin() as uow:
        uow.conn.execute(tables.deployment.delete())
        uow.conn.execute(tables.definition.delete())
    town.banjie.engine.versions = type(town.banjie.engine.versions)()
    town.at("2026-12-17T00:00")
    assert town.dates("R79.session")[-1] == ("12-17", "noted")
    with pytest.raises(BanjieError) as refused:
        schedules.start_by_hand(town.banjie, town.org, "R79.session", date(2026, 12, 17), actor="chen")
    assert refused.value.code == "schedule.starts_nothing"
    town.deploy("lunar_reception")
    case_id = schedules.start_by_hand(town.banjie, town.org, "R79.session", date(2026, 12, 17), actor="chen")
    (row,) = [row for row in town.rows(schedule_date) if row.nominal == date(2026, 12, 17)]
    assert (row.state, row.case_id, row.by) == ("started", case_id, "chen")
    with pytest.raises(BanjieError) as twice:
        schedules.start_by_hand(town.banjie, town.org, "R79.session", date(2026, 12, 17), actor="chen")
    assert twice.value.code == "schedule.already_started"
    with pytest.raises(BanjieError) as unknown:
        schedules.start_by_hand(town.banjie, town.org, "R79.session", date(2026, 12, 18), actor="chen")
    assert unknown.value.code == "schedule.unknown_date"


def test_a_refusal_fails_the_date_at_once_and_the_next_one_comes(town: Town, monkeypatch):
    town.open("town_lunar", at="2026-12-13T09:00", processes=("lunar_reception",), own={"R79.session": {"ahead": 0}})
    real = schedules._start
    monkeypatch.setattr(
        schedules, "_start", lambda *a, **k: (_ for _ in ()).throw(BanjieError("x.y", "没有接访领导。"))
    )
    assert town.at("2026-12-14T00:00") == 0
    monkeypatch.setattr(schedules, "_start", real)
    town.at("2026-12-17T00:00")
    assert town.dates("R79.session") == [("12-14", "failed"), ("12-17", "started")]
    assert town.rows(schedule_date, schedule_date.c.nominal)[0].note == "没有接访领导。"


@pytest.mark.parametrize("tries", [1, schedule_book.MAX_TRIES])
def test_two_nodes_that_fail_at_the_same_date_give_up_that_one_alone(town: Town, monkeypatch, tries: int):
    """The second to fail finds the date of the first dealt with: the next one has done nothing wrong."""
    town.open("town_lunar", at="2026-11-26T09:00", processes=("lunar_reception",))
    real, failed = schedules._start, schedules._failed
    error = BanjieError("x.y", "没有接访领导。") if tries == 1 else RuntimeError("no room")

    def refuses(banjie: Any, uow: Any, org_id: str, one: Any, found: Any, **more: Any) -> Any:
        if found.nominal.day == 27:
            raise error
        return real(banjie, uow, org_id, one, found, **more)

    def late(*args: Any) -> None:
        monkeypatch.setattr(schedules, "_failed", failed)
        schedules.fire_due(town.banjie)  # the other node
        failed(*args)

    monkeypatch.setattr(schedules, "_start", refuses)
    town.clock.set(datetime(2026, 11, 26, 9, 0))
    for number in range(tries):
        monkeypatch.setattr(schedules, "_failed", late)
        schedules.fire_due(town.banjie)
        (row,) = [row for row in town.rows(schedule) if row.code == "R79.session"]
        assert row.tries == (0 if number == tries - 1 else number + 1)
        town.clock.set(row.next_at)
    schedules.fire_due(town.banjie)
    assert town.dates("R79.session") == [("11-27", "failed"), ("12-01", "started")]


def test_a_year_table_moves_dates_to_come_and_leaves_what_has_come(town: Town):
    """A81's table makes 28 February 2027 a working day; the report of January has been opened by the old one."""
    town.open("town_dongguan", at="2027-01-31T09:00", processes=("grassroots_reception_day",),
              own={"R77.director": {"ahead": 0}, "R77.secretary": {"active": False}})  # fmt: skip
    town.at("2027-01-31T09:00")
    with town.store.begin() as uow:
        text = '{"year": 2027, "source": "x", "holidays": [{"name": "元旦", "from": "2027-01-01", "to": "2027-01-03"}],'
        table = parse_year_table(text + '"makeup_days": [{"date": "2027-02-28", "name": "春节"}]}')
        apply_calendar(town.banjie, uow, town.org, table, by=None)
    with town.store.begin(write=False) as uow:
        assert schedule_book.next_at(uow) == town.clock.now()  # looked at again at once
    assert town.at("2027-01-31T09:01") == 0
    assert town.at("2027-02-26T09:00") == 0  # where it would have been
    assert town.at("2027-02-28T09:00") == 1
    assert town.dates("R77.director") == [("02-28", "started")]


def test_a_schedule_that_is_stopped_opens_nothing_and_one_that_is_gone_is_forgotten(town: Town):
    town.open("town_lunar", at="2026-12-13T09:00", processes=("lunar_reception",), own={"R79.session": {"ahead": 0}})
    town.at("2026-12-14T00:00")
    with town.store.begin() as uow:
        organisations.change_organisation(uow, town.org, parameters={"R79.session": {"active": False}})
        schedules.changed(town.banjie, uow, town.org)
    assert town.rows(schedule) == []
    town.at("2026-12-20T00:00")
    assert town.dates("R79.session") == [("12-14", "started")]


def test_apscheduler_asks_the_table_when_to_wake(town: Town, monkeypatch):
    town.open("town_lunar", at="2026-12-16T09:00", own={"R79.session": {"ahead": 0}})
    trigger, now = (
        schedules.NextOpening(town.banjie, replanned=True),
        datetime(2030, 1, 1, tzinfo=TZ),
    )  # the machine's own clock
    assert trigger.get_next_fire_time(None, now) == now
    town.at("2026-12-16T09:00")
    assert trigger.get_next_fire_time(now, now) == now + schedules.SWEEP
    town.clock.set(datetime(2026, 12, 16, 23, 59, 50))
    assert trigger.get_next_fire_time(now, now) == now + timedelta(seconds=10)
    monkeypatch.setattr(town.banjie.store, "begin", lambda **_: (_ for _ in ()).throw(RuntimeError("gone")))
    assert trigger.get_next_fire_time(now, now) == now + schedules.SWEEP


def test_looking_costs_the_same_however_many_schedules_there_are(town: Town):
    town.open("town_lunar", at="2026-12-16T09:00")
    statements: list[str] = []
    event.listen(town.banjie.store.engine, "before_cursor_execute", lambda c, cur, sql, *more: statements.append(sql))
    far = datetime(2030, 1, 1, tzinfo=TZ)
    with town.store.begin() as uow:
        rows = [dict(org_id=f"o{n}", code="R1", done_until=far, next_at=far, tries=0) for n in range(2000)]
        uow.conn.execute(schedule.insert(), rows)
    town.at("2026-12-16T09:00")
    statements.clear()
    assert town.at("2026-12-16T09:00:01") == 0
    assert len([sql for sql in statements if "SELECT" in sql]) == 1
    if town.store.dialect == "sqlite":
        with town.store.begin(write=False) as uow:
            plan = uow.conn.exec_driver_sql(
                "EXPLAIN QUERY PLAN SELECT org_id, code FROM schedule WHERE next_at <= '2026' ORDER BY next_at LIMIT 1"
            ).all()
        assert "ix_schedule__next" in str(plan)


def test_an_administrator_sees_the_next_ten_dates_and_changes_a_rule(sqlite_office: Office):
    admin = sqlite_office.browser("admin")
    assert sqlite_office.browser("linhai").get("/admin/schedules").status_code == 403
    told = {one["code"]: one for one in admin.told("/admin/schedules")}
    assert set(told) == {"R76.plan", "R76.two_month", "R76.annual"}
    plan = told["R76.plan"]
    assert [one["day"] for one in plan["next"][:2]] == ["2027-01-29", "2028-01-31"]
    assert (len(plan["next"]), plan["next"][0]["lunar"], plan["next"][0]["provisional"]) == (10, "农历腊月廿二", True)
    assert plan["rule_text"] == "1月最后一个工作日"

    admin.done("/admin/schedules/R76.plan", {"rule": "day(15)", "on_holiday": "next_workday", "hours": ["09:00-11:00"]})
    plan = {one["code"]: one for one in admin.told("/admin/schedules")}["R76.plan"]
    assert [one["day"] for one in plan["next"]][:2] == ["2026-12-15", "2027-01-15"]
    assert (plan["origin"], plan["hours"]) == ("organisation", ["09:00-11:00"])
    admin.done("/admin/schedules/R76.plan", {"active": False})
    plan = {one["code"]: one for one in admin.told("/admin/schedules")}["R76.plan"]
    assert (plan["active"], plan["rule"]) == (False, "day(15)")  # the earlier change holds
    admin.done("/admin/schedules/R76.plan", {"reset": True})
    plan = {one["code"]: one for one in admin.told("/admin/schedules")}["R76.plan"]
    assert (plan["active"], plan["rule"], plan["origin"]) == (True, "last_workday(1)", "")


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("R76.plan", {"rule": "every full moon"}, "profile.bad_schedule"),
        ("R76.plan", {"ahead": 99}, "profile.bad_schedule"),
        ("R76.plan", {"hours": ["9-11"]}, "profile.bad_schedule"),
        ("R76.plan", {}, "schedule.no_change"),
        ("R76.gone", {"ahead": 1}, "profile.unknown_schedule"),
        ("R76.plan/dates/2026-11-30/start", {}, "schedule.unknown_date"),
        ("R76.plan/dates/soon/start", {}, "request.invalid"),
    ],
)
def test_what_an_administrator_may_not_do_to_a_schedule(sqlite_office: Office, path, body, code):
    before = sqlite_office.browser("admin").told("/admin/schedules")
    answer = sqlite_office.browser("admin").post(f"/admin/schedules/{path}", body)
    assert answer.json()["error"]["code"] == code
    assert sqlite_office.browser("admin").told("/admin/schedules") == before


def test_a_noted_date_is_started_from_the_page_once_its_process_is_there(sqlite_office: Office):
    office = sqlite_office
    office.clock.set(datetime(2026, 11, 26, 23, 50))
    admin = office.browser("admin")
    admin.done("/admin/schedules/R76.plan", {"rule": "day(27)", "opens": "day", "on_holiday": "none"})
    schedules.fire_due(office.banjie)
    office.clock.set(datetime(2026, 11, 27))
    schedules.fire_due(office.banjie)
    (past,) = {one["code"]: one for one in admin.told("/admin/schedules")}["R76.plan"]["past"]
    assert (past["state"], past["day"]) == ("noted", "2026-11-27")
    assert admin.post("/admin/schedules/R76.plan/dates/2026-11-27/start").json()["error"]["code"] == (
        "schedule.starts_nothing"
    )
    files = {"leader_reception_plan.bpmn": SESSION.format(key="leader_reception_plan", script=SCRIPT).encode()}
    deploy_files(office.banjie, office.org_id, "leader_reception_plan", files, known(more={"leader_reception_plan"}))
    case_id = admin.done("/admin/schedules/R76.plan/dates/2026-11-27/start")["case_id"]
    (past,) = {one["code"]: one for one in admin.told("/admin/schedules")}["R76.plan"]["past"]
    assert (past["state"], past["case_id"]) == ("started", case_id)


def test_the_command_line_lists_dates_and_refuses_what_makes_no_sense(capsys):
    asked = ["schedule", "--profile", "town_lunar", "--code", "R79.session", "--from", "2026-12-25", "--to"]
    assert main([*asked, "2026-12-31", "--holiday-scope", "statutory_only"]) == 0
    assert json.loads(capsys.readouterr().out)["dates"] == ["2026-12-27", "2026-12-31"]
    assert main([*asked, "2026-12-24"]) == 1
    assert "schedule.bad_range" in capsys.readouterr().err


PLAYED = """title = "三六九接访"
source = ["A65"]
[given]
profile = "town_lunar"
now = "2026-12-01T09:00:00"
schedules = true
[people.xu]
name = "徐镇长"
roles = ["reception_leader"]
[[step]]
at = "2026-12-17T09:00:00"
as = "xu"
case = "R79.session 2026-12-17"
complete = "Hold"
[[step]]
case = "R79.session 2026-12-21"
[step.expect]
tasks = ["Hold"]
"""


def test_a_scenario_may_let_the_schedules_start(tmp_path: Path):
    shutil.copytree(processes_folder() / "profiles", tmp_path / "processes" / "profiles")
    folder = tmp_path / "processes" / "lunar_reception"
    folder.mkdir()
    (folder / "lunar_reception.bpmn").write_text(SESSION.format(key="lunar_reception", script=SCRIPT), "utf-8")
    file = tmp_path / "s.toml"
    file.write_text(PLAYED, "utf-8")
    assert play(file, processes=tmp_path / "processes").differences == []
