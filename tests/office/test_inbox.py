"""The inbox: mine, offered, lights, search, masking, the words of a limit."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import insert

from office import access, inbox, timeline
from office.calendar import Calendar
from office.due_text import due_text
from storage.clock import TZ
from storage.errors import NotFound
from storage.tables import engine


def _page(uow, desk, user, **more):
    return inbox.page(uow, access.viewer_of(uow, desk.org, user), now=desk.now, **more)


def _ids(found):
    return [item["id"] for item in found["items"]]


@pytest.fixture
def full(desk):
    """Li has a red task; his unit is offered a yellow one, a green one and one without limit."""
    now = desk.now
    with desk.store.begin() as uow:
        case_id = desk.open(uow, handling_unit="unit_b")
        other = desk.open(uow, name="钱小玲", phone="1", matter="低保申请")
        group = ["handler@unit_b"]
        hour = timedelta(hours=1)
        ids = [
            desk.task(uow, case_id, "红", assignee="li", groups=group, due_at=now - hour, yellow_at=now - 9 * hour),
            desk.task(uow, case_id, "黄", groups=group, due_at=now + hour, yellow_at=now),
            desk.task(uow, other, "绿", groups=group, due_at=now + 99 * hour, yellow_at=now + hour),
            desk.task(uow, None, "无", groups=group, created_at=now - hour),
        ]
        desk.task(uow, case_id, "别人的", assignee="kang")
        desk.task(uow, case_id, "办完的", assignee="li", state="completed")
    return desk, ids


def test_mine_and_offered(full):
    desk, (red, yellow, green, none) = full
    with desk.store.begin(write=False) as uow:
        found = _page(uow, desk, "li")
        assert _ids(found) == [red, yellow, green, none]
        assert found["counts"] == {"red": 1, "yellow": 1, "green": 1, "none": 1}
        assert [item["light"] for item in found["items"]] == ["red", "yellow", "green", "none"]
        assert _ids(_page(uow, desk, "li", which="mine")) == [red]
        assert _ids(_page(uow, desk, "li", which="group")) == [yellow, green, none]
        assert _ids(_page(uow, desk, "li", light="yellow")) == [yellow]
        assert _page(uow, desk, "li", light="yellow")["total"] == 1
        assert _ids(_page(uow, desk, "li", sort="created"))[-1] == none
        page = _page(uow, desk, "li", offset=1, limit=2)
        assert (_ids(page), page["total"]) == ([yellow, green], 4)
        viewer = access.viewer_of(uow, desk.org, "li")
        assert inbox.counts(uow, viewer, now=desk.now) == {"inbox": 4, "red": 1, "yellow": 1, "unclaimed": 3}
        assert _page(uow, desk, "zhou")["total"] == 0


def test_search(full):
    desk, (red, yellow, green, _) = full
    with desk.store.begin(write=False) as uow:
        assert _ids(_page(uow, desk, "li", query="低保")) == [green]
        assert _ids(_page(uow, desk, "li", query="钱小玲")) == [green]
        assert _ids(_page(uow, desk, "li", query="V-0001")) == [red, yellow]
        assert _page(uow, desk, "li", query="%")["total"] == 0


def test_what_an_item_tells(full):
    desk, (red, *_) = full
    with desk.store.begin() as uow:
        uow.conn.execute(
            insert(engine.instance).values(
                org_id=desk.org, id="I1", process_key="petition_main", definition_hash="h", state="active", version=1,
                started_at=desk.now, started_by="wang", history_seq=0, history_hash="",
            )
        )  # fmt: skip
        (item, *_) = _page(uow, desk, "li")["items"]
        assert (item["number"], item["petitioner"], item["step"]) == ("FWZX-2026-V-0001", "赵大山", "红")
        assert (item["from_name"], item["assignee_name"], item["due_text"]) == ("王小华", "李想", "已超 1 小时")
        desk.task(uow, None, "前一步", state="completed", finished_by="chen", finished_at=desk.now)
        assert inbox.one(uow, access.viewer_of(uow, desk.org, "li"), red, now=desk.now)["from_name"] == "陈静"


def test_a_confidential_task_is_masked_until_it_is_claimed_and_hidden_from_the_accused(desk):
    with desk.store.begin() as uow:
        case_id = desk.open(uow, kind="accusation", accused="unit_b", matter="反映乙局收费")
        free = desk.task(uow, case_id, groups=["petition_clerk", "handler@unit_b"])
        (item,) = _page(uow, desk, "lin")["items"]
        assert (item["petitioner"], item["title"], item["matter"]) == (access.MASK, access.MASKED_TITLE, access.MASK)
        assert _page(uow, desk, "lin", query="反映乙局")["total"] == 0
        assert _page(uow, desk, "li")["total"] == 0
        li = access.viewer_of(uow, desk.org, "li")
        assert inbox.may(uow, li, free) == {"claim": False, "complete": False, "release": False, "begin": False}
        with pytest.raises(NotFound):
            inbox.one(uow, li, free, now=desk.now)
        lin = access.viewer_of(uow, desk.org, "lin")
        assert inbox.may(uow, lin, free) == {"claim": True, "complete": False, "release": False, "begin": False}
        uow.conn.execute(engine.task.update().where(engine.task.c.id == free).values(assignee="lin"))
        (item,) = _page(uow, desk, "lin")["items"]
        assert item["petitioner"] == "赵大山"
        assert inbox.may(uow, lin, free) == {"claim": False, "complete": True, "release": True, "begin": False}


def test_the_list_of_cases(full):
    desk, _ = full
    with desk.store.begin() as uow:
        secret = desk.open(uow, kind="accusation", accused="unit_b", name="孙某", matter="举报")
        wang, lin, li = (access.viewer_of(uow, desk.org, user) for user in ("wang", "lin", "li"))

        def search(viewer, **more):
            return timeline.search(uow, viewer, now=desk.now, **more)

        assert search(wang)["total"] == search(lin)["total"] == 3
        shown = {item["id"]: item for item in search(lin)["items"]}[secret]
        assert (shown["petitioner"], shown["title"], shown["masked"]) == (access.MASK, access.MASKED_TITLE, True)
        assert {item["id"] for item in search(li)["items"]}.isdisjoint({secret})
        assert search(lin, query="孙某")["total"] == 0 and search(wang, query="孙某")["total"] == 1
        assert search(wang, unit_id="unit_b")["total"] == 1
        assert search(wang, state="open")["total"] == 3 and search(wang, state="closed")["total"] == 0
        assert not {"id_no", "political_status", "phone"} & set(shown)


@pytest.mark.parametrize(
    ("due", "now", "text"),
    [
        ("2026-11-30T23:59:59", "2026-11-26T10:00", "还剩 2 个工作日"),  # Thu -> Mon
        ("2026-11-26T17:30", "2026-11-26T10:00", "今天 17:30 到期"),
        ("2026-11-26T23:59:59", "2026-11-26T10:00", "今天到期"),
        ("2026-11-28T23:59:59", "2026-11-27T10:00", "还剩 1 天"),  # Sat, no working day between
        ("2026-11-26T10:00", "2026-11-26T10:00", "今天 10:00 到期"),
        ("2026-11-26T10:00", "2026-11-26T10:00:01", "已超 1 分钟"),
        ("2026-11-26T08:00", "2026-11-26T10:30", "已超 2 小时"),
        ("2026-11-27T23:59:59", "2026-11-28T10:00", "已超 1 天"),  # Saturday
        ("2026-11-27T23:59:59", "2026-12-02T10:00", "已超 3 个工作日"),
        ("2026-02-13T23:59:59", "2026-02-24T10:00", "已超 2 个工作日"),  # make-up 14 Feb, then the long holiday
        ("2030-01-01T00:00", "2026-02-24T10:00", "2030-01-01 到期"),
    ],
)
def test_due_text(due, now, text):
    due_at, at = (datetime.fromisoformat(item).replace(tzinfo=TZ) for item in (due, now))
    assert due_text(due_at, at, Calendar()) == text
    assert due_text(None, at, Calendar()) == ""
