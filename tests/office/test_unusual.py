"""Who reads far more than a day's work takes: told to administrators and supervisors, not to the reader."""

from __future__ import annotations

from datetime import timedelta

import pytest

from office import access, notices, people, unusual


def _reads(uow, desk, user, act, count, *, minutes=5):
    for _ in range(count):
        access.log_access(uow, desk.org, user, None, act, now=desk.now - timedelta(minutes=minutes))


@pytest.mark.parametrize("act", unusual.MOST)
def test_more_than_usual_is_told_once_a_day_to_those_who_watch(desk, act):
    name, most = unusual.MOST[act]
    with desk.store.begin() as uow:
        people.add_user(uow, desk.org, "管理员", "root", now=desk.now, roles=("admin",))
        admin = next(one.id for one in people.users(uow, desk.org) if one.login == "root")
        _reads(uow, desk, "li", act, most)
        assert unusual.tell_of_unusual(uow, now=desk.now) == 0
        _reads(uow, desk, "li", act, 1)
        assert unusual.tell_of_unusual(uow, now=desk.now) == 2
        for one in (admin, "chen"):
            (notice,) = notices.notices_of(uow, access.viewer_of(uow, desk.org, one))
            assert (
                notice["text"]
                == f"李想在一小时内{name}{most + 1}次，超过{most}次，请在“查阅记录”中核对是否为工作需要。"
            )
            assert notice["link"] == "/access-log"
        assert unusual.tell_of_unusual(uow, now=desk.now + timedelta(minutes=10)) == 0, "once a day"
        _reads(uow, desk, "li", act, most + 1, minutes=-24 * 60)
        assert unusual.tell_of_unusual(uow, now=desk.now + timedelta(days=1, minutes=1)) == 2
        assert notices.notices_of(uow, access.viewer_of(uow, desk.org, "li")) == []


def test_what_was_longer_ago_and_what_the_watcher_does(desk):
    _, most = unusual.MOST["export"]
    with desk.store.begin() as uow:
        _reads(uow, desk, "li", "export", most + 1, minutes=61)
        assert unusual.tell_of_unusual(uow, now=desk.now) == 0
        _reads(uow, desk, "chen", "export", most + 1)
        assert unusual.tell_of_unusual(uow, now=desk.now) == 0, "nobody else watches here"
