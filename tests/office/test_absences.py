"""A/B posts and being away (R05): A's tasks are B's from the instant A leaves, and A's again at the return."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from office import absences, access, accused, inbox, notices, people, posts, stand_ins
from office.access import viewer_of
from storage.clock import local
from storage.errors import Forbidden, NotFound, Refusal
from storage.tables.people import office_log

LEAVES = local(datetime(2026, 11, 26, 14, 0))
BACK = local(datetime(2026, 11, 26, 17, 0))
SECOND = timedelta(seconds=1)


@pytest.fixture
def post(desk):
    """The post whose A is 李想 and whose B is 康明, both of unit B."""
    with desk.store.begin() as uow:
        return posts.add_post(uow, desk.org, "unit_b", "受理岗", "li", "kang", now=desk.now, by="chen")


def _leave(desk, uow, user="li", since=LEAVES, until=BACK):
    return absences.add_absence(uow, desk.org, user, since, until, "看病", now=desk.now, by=user)


def _tasks(desk, uow, user, now):
    return {item["id"] for item in inbox.page(uow, _viewer(desk, uow, user, now), now=now)["items"]}


def _viewer(desk, uow, user, now):
    return access.viewer_of(uow, desk.org, user, now=now)


def test_b_has_the_tasks_of_a_from_the_instant_a_leaves(desk, post):
    with desk.store.begin() as uow:
        case_id = desk.open(uow)
        three = {desk.task(uow, case_id, assignee="li") for _ in range(3)}
        _leave(desk, uow)
        for now, expected in (
            (LEAVES - SECOND, set()),
            (LEAVES, three),
            (BACK - SECOND, three),
            (BACK, set()),
        ):
            assert _tasks(desk, uow, "kang", now) == expected, now
        assert _tasks(desk, uow, "li", LEAVES) == three  # A, who logs in from elsewhere, still sees them
        shown = inbox.page(uow, _viewer(desk, uow, "kang", LEAVES), now=LEAVES)["items"][0]
        assert (shown["assignee_name"], shown["stand_in"], shown["stand_in_name"]) == ("李想", "kang", "康明")
        one = three.pop()
        access.require_may_do(uow, _viewer(desk, uow, "kang", LEAVES), one)
        assert inbox.may(uow, _viewer(desk, uow, "kang", LEAVES), one)["complete"]
        with pytest.raises(Forbidden):
            access.require_may_do(uow, _viewer(desk, uow, "kang", BACK), one)
        assert access.may_see_case(uow, _viewer(desk, uow, "kang", LEAVES), case_id)


def test_what_is_offered_to_the_posts_of_a_is_offered_to_b(desk):
    with desk.store.begin() as uow:
        posts.add_post(uow, desk.org, "hall", "登记岗", "lin", "zhou", now=desk.now)
        case_id = desk.open(uow)
        offered = desk.task(uow, case_id, groups=["petition_clerk"])
        _leave(desk, uow, "lin")
        assert offered not in _tasks(desk, uow, "zhou", LEAVES - SECOND)
        assert offered in _tasks(desk, uow, "zhou", LEAVES)
        access.require_may_do(uow, _viewer(desk, uow, "zhou", LEAVES), offered, claim=True)


def test_coming_back_earlier_gives_the_tasks_back(desk, post):
    with desk.store.begin() as uow:
        held = desk.task(uow, desk.open(uow), assignee="li")
        absence_id = _leave(desk, uow)
        early = LEAVES + timedelta(hours=1)
        absences.end_absence(uow, desk.org, absence_id, now=early, by="li")
        assert _tasks(desk, uow, "kang", early - SECOND) == {held}
        assert _tasks(desk, uow, "kang", early) == set()
        with pytest.raises(Refusal) as refused:
            absences.end_absence(uow, desk.org, absence_id, now=early, by="li")
        assert refused.value.code == "absence.over"


def test_what_accuses_either_of_them_is_not_passed_on(desk, post):
    """R65: the accused B never sees it, and what A must not see does not reach A's stand-in."""
    with desk.store.begin() as uow:
        _leave(desk, uow)
        for name in ("li", "kang"):
            case_id = desk.open(uow, by="wang", kind="accusation")
            held = desk.task(uow, case_id, assignee="li")
            offered = desk.task(uow, case_id, groups=["handler"])
            accused.add_accused(uow, desk.org, case_id, [name], now=desk.now, by="wang")
            viewer = _viewer(desk, uow, "kang", LEAVES)
            assert not {held} & _tasks(desk, uow, "kang", LEAVES), name
            with pytest.raises((NotFound, Forbidden)):
                access.require_may_do(uow, viewer, held)
            assert not access.may_see_case(uow, viewer, case_id)
            if name == "kang":
                assert offered not in _tasks(desk, uow, "kang", LEAVES)


def test_nobody_stands_in_who_is_away_or_has_left(desk, post):
    with desk.store.begin() as uow:
        held = desk.task(uow, desk.open(uow), assignee="li")
        _leave(desk, uow)
        _leave(desk, uow, "kang", LEAVES + timedelta(hours=1), BACK)
        assert _tasks(desk, uow, "kang", LEAVES) == {held}
        assert stand_ins.stand_ins(uow, desk.org, ["li"], now=LEAVES) == {"li": ("kang", "康明")}
        assert _tasks(desk, uow, "kang", LEAVES + timedelta(hours=1)) == set()
        assert stand_ins.stand_ins(uow, desk.org, ["li"], now=LEAVES + timedelta(hours=1)) == {}
        people.change_user(uow, desk.org, "kang", active=False)
        assert stand_ins.stand_ins(uow, desk.org, ["li"], now=LEAVES) == {}


def test_the_centre_director_hears_once_that_both_are_away(desk, post):
    with desk.store.begin() as uow:
        people.grant(uow, desk.org, "boss", "centre_director")
        _leave(desk, uow)
        assert notices.unread(uow, viewer_of(uow, desk.org, "boss")) == 0
        _leave(desk, uow, "kang", LEAVES + timedelta(hours=1), BACK + timedelta(hours=1))
        _leave(desk, uow, "kang", BACK + timedelta(hours=2), BACK + timedelta(hours=3))
        told = [one["text"] for one in notices.notices_of(uow, viewer_of(uow, desk.org, "boss"))]
        assert told == ["“受理岗”A岗李想、B岗康明11月26日15:00至11月26日17:00同时离岗，请安排人员顶岗。"]
        posts.change_post(
            uow, desk.org, post, unit_id="unit_b", name="受理岗", a_id="li", b_id="zhou", now=desk.now, by="chen"
        )
        absences.alert_if_uncovered(uow, desk.org, posts.get_post(uow, desk.org, post), now=desk.now)
        assert notices.unread(uow, viewer_of(uow, desk.org, "boss")) == 1


def test_without_a_centre_director_the_superior_hears(desk, post):
    with desk.store.begin() as uow:
        people.change_unit(uow, desk.org, "unit_b", head_id="chen")
        _leave(desk, uow)
        _leave(desk, uow, "kang")
        assert notices.unread(uow, viewer_of(uow, desk.org, "chen")) == 1


@pytest.mark.parametrize(
    ("since", "until", "reason", "code"),
    [
        (BACK, LEAVES, "看病", "absence.order"),
        (LEAVES - timedelta(days=9), LEAVES - timedelta(days=8), "看病", "absence.past"),
        (LEAVES, BACK, " ", "absence.no_reason"),
        (LEAVES + SECOND, BACK + SECOND, "开会", "absence.overlap"),
    ],
)
def test_what_cannot_be_entered(desk, since, until, reason, code):
    with desk.store.begin() as uow:
        if code == "absence.overlap":
            _leave(desk, uow)
        with pytest.raises(Refusal) as refused:
            absences.add_absence(uow, desk.org, "li", since, until, reason, now=desk.now, by="li")
        assert refused.value.code == code


def test_a_post_needs_two_people_who_are_here(desk, post):
    with desk.store.begin() as uow:
        with pytest.raises(Refusal) as refused:
            posts.add_post(uow, desk.org, "hall", "窗口", "wang", "wang", now=desk.now)
        assert refused.value.code == "post.same_person"
        same = dict(unit_id="unit_b", name="受理岗", now=desk.now, by="chen")
        with pytest.raises(Refusal) as refused:
            posts.change_post(uow, desk.org, post, a_id="li", b_id="li", **same)
        assert refused.value.code == "post.same_person"
        people.change_user(uow, desk.org, "lin", active=False)
        with pytest.raises(Refusal) as refused:
            posts.change_post(uow, desk.org, post, a_id="li", b_id="lin", **same)
        assert (refused.value.code, refused.value.field) == ("post.left", "b_id")
        assert posts.get_post(uow, desk.org, post).b_id == "kang"


def test_a_closed_post_covers_nobody(desk, post):
    with desk.store.begin() as uow:
        held = desk.task(uow, desk.open(uow), assignee="li")
        _leave(desk, uow)
        assert _tasks(desk, uow, "kang", LEAVES) == {held}
        posts.close_post(uow, desk.org, post, now=desk.now, by="chen")
        assert _tasks(desk, uow, "kang", LEAVES) == set()
        with pytest.raises(NotFound):
            posts.close_post(uow, desk.org, post, now=desk.now, by="chen")
        log = uow.conn.execute(select(office_log.c.act, office_log.c.by).order_by(office_log.c.act)).all()
        assert [tuple(row) for row in log] == [("added", "chen"), ("closed", "chen")]


def test_the_list_tells_who_is_away(desk, post):
    with desk.store.begin() as uow:
        _leave(desk, uow)
        listed = [absences.absences(uow, desk.org, now=at)[0] for at in (LEAVES - SECOND, LEAVES, BACK)]
        told = [(one["state"], one["stand_in"]) for one in listed]
        assert told == [("coming", None), ("away", "康明"), ("over", None)]
