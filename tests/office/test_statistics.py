"""The leader's board and the monthly statistic (R64)."""

from __future__ import annotations

from datetime import datetime

import pytest

from office import access, cases, deadline_book, duplicates, statistics
from storage.clock import TZ


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=TZ)


@pytest.fixture
def busy(desk):
    """Three open cases of different lights, one without limit, two closed: one late."""
    with desk.store.begin() as uow:
        made = {}

        def arm(case_id, code, start, **more):
            return deadline_book.arm(uow, desk.org, case_id, code, start=_at(start), now=desk.now, **more)

        for name, start in (("red", "2026-11-02"), ("yellow", "2026-11-24"), ("green", "2026-11-26")):
            case_id = made[name] = desk.open(uow, matter_classes=[3, 10], handling_unit="unit_b")
            arm(case_id, "R39.reply", start)
        cases.set_owner(uow, desk.org, made["red"], "boss", now=desk.now)
        desk.task(uow, made["red"], "答复", assignee="li")
        made["none"] = desk.open(uow, kind="suggestion", channel="L")
        # the petitioner's own limit never makes a case red
        arm(made["none"], "L14", "2026-01-05")
        for name, closed in (("on_time", "2026-11-26T10:00"), ("late", "2026-12-24T10:00")):
            case_id = made[name] = desk.open(uow, group_count=7)
            plan = arm(case_id, "R39.reply", "2026-11-26")
            deadline_book.close(uow, desk.org, plan.ref, now=_at(closed))
            cases.set_state(uow, desk.org, case_id, "closed", now=_at(closed))
        duplicates.link_repeat(uow, desk.org, made["late"], made["on_time"], now=desk.now, by="wang")
    return desk, made


def test_the_board(busy):
    desk, made = busy
    with desk.store.begin(write=False) as uow:
        told = statistics.board(uow, access.viewer_of(uow, desk.org, "boss"), now=desk.now)
    assert told["totals"] == {
        "open": 4, "red": 1, "yellow": 1, "green": 1, "none": 1, "closed_on_time": 1, "closed_late": 1,
    }  # fmt: skip
    assert told["by_unit"][0] == {
        "unit_id": "unit_b",
        "unit": "乙局",
        "open": 3,
        "red": 1,
        "yellow": 1,
        "green": 1,
        "none": 0,
    }
    assert told["by_unit"][1]["unit"] == "未定承办单位"
    assert [(item["name"], item["red"]) for item in told["by_leader"]] == [("郑国栋", 1)]
    assert [(item["number"], item["open"]) for item in told["by_class"]] == [(3, 3), (10, 3)]
    (red,) = told["red"]
    assert (red["case_id"], red["where"], red["who"], red["unit"]) == (made["red"], "答复", "李想", "乙局")
    assert red["since"] == _at("2026-11-05T23:59:59")
    assert red["due_text"] == "已超 15 个工作日"


def test_the_accused_finds_nothing_on_the_board(busy):
    desk, made = busy
    with desk.store.begin() as uow:
        cases.apply_answers(
            uow, desk.org, made["red"], {"accused": "领导班子"}, actor="wang", now=desk.now, name="补充"
        )
        told = statistics.board(uow, access.viewer_of(uow, desk.org, "boss"), now=desk.now)
        assert told["red"] == [] and told["totals"]["red"] == 0


def test_the_month(busy):
    desk, _ = busy
    with desk.store.begin(write=False) as uow:
        viewer = access.viewer_of(uow, desk.org, "chen")
        november = statistics.monthly(uow, viewer, 2026, 11)
        december = statistics.monthly(uow, viewer, 2026, 12)
    assert (november["received"], november["repeated"], november["groups"]) == (6, 1, 2)
    assert november["by_channel"] == [{"value": "V", "name": "来访", "n": 5}, {"value": "L", "name": "来信", "n": 1}]
    assert november["by_class"] == [
        {"number": 3, "name": "涉及到具体信访事项的", "n": 3},
        {"number": 10, "name": "涉及多个部门的", "n": 3},
    ]
    assert (november["closed_on_time"], november["on_time_percent"]) == (1, 100.0)
    assert (december["received"], december["closed_late"], december["on_time_percent"]) == (0, 1, 0.0)
