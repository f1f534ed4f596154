"""Leave (R16): days, tiers, who approves, the day of return; who covers a post (R05)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from office import absences, access, inbox, leave, notices, organisations, people, post_cover, posts, stand_ins
from office.access import viewer_of
from storage.clock import local
from storage.errors import Forbidden, Refusal

DAY = date(2026, 11, 26)  # a Thursday


def at(hour: int, minute: int = 0, *, day: date = DAY) -> datetime:
    return local(datetime(day.year, day.month, day.day, hour, minute))


@pytest.fixture
def post(desk):
    """The post whose A is 李想 and whose B is 康明."""
    with desk.store.begin() as uow:
        return posts.add_post(uow, desk.org, "unit_b", "受理岗", "li", "kang", now=desk.now)


def _away(desk, uow, user, since, until, **more):
    return absences.add_absence(uow, desk.org, user, since, until, "公差", now=desk.now, by="chen", **more)


def _calendar(desk, uow):
    return organisations.profile_of(uow, desk.org), organisations.calendar_of(uow, desk.org)


MONDAY = date(2026, 11, 30)


@pytest.mark.parametrize(
    ("since", "until", "days"),
    [
        (at(14), at(17), (0.5, 0.5)),
        (at(8, 30), at(12), (0.5, 0.5)),
        (at(8, 30), at(17, 30), (1, 1)),
        (at(11), at(15), (1, 1)),
        (at(12), at(14), (0, 0.5)),  # the noon break
        (at(14), at(12, day=date(2026, 11, 27)), (1, 1)),
        (at(8, 30), at(8, 30, day=MONDAY), (2, 4)),  # over a weekend
        (at(8, 30, day=date(2026, 11, 28)), at(17, 30, day=date(2026, 11, 29)), (0, 2)),
    ],
)
def test_days_are_counted_by_halves(desk, since, until, days):
    with desk.store.begin(write=False) as uow:
        profile, calendar = _calendar(desk, uow)
        assert leave.counted_days(profile, calendar, since, until) == days


@pytest.mark.parametrize(
    ("told", "days"), [(None, 2), ("", 2), (2, 2), (3.5, 3.5), (4, 4), (1.5, None), (4.5, None), (2.25, None)]
)
def test_the_days_told_lie_between_working_days_and_all_days(desk, told, days):
    with desk.store.begin(write=False) as uow:
        profile, calendar = _calendar(desk, uow)
        wanted = (profile, calendar, at(8, 30), at(8, 30, day=MONDAY), told)
        if days is None:
            with pytest.raises(Refusal) as refused:
                leave.checked_days(*wanted)
            assert (refused.value.code, refused.value.field) == ("leave.days", "days")
        else:
            assert leave.checked_days(*wanted) == days


@pytest.mark.parametrize(
    ("kind", "days", "role"),
    [
        ("leave", 0.5, "centre_director"),
        ("leave", 1, "centre_director"),
        ("leave", 1.5, "town_principal"),
        ("leave", 2, "town_principal"),
        ("leave", 30, "town_principal"),
        ("official", 0.5, "centre_director"),
        ("official", 30, "centre_director"),
    ],
)
def test_the_tiers_of_the_profile(desk, kind, days, role):
    with desk.store.begin(write=False) as uow:
        assert leave.tier(organisations.profile_of(uow, desk.org).param("leave.tiers"), kind, days) == role


def test_who_approves_where_nobody_else_has_the_role(desk):
    """Nobody approves his own leave: the superior, then a head of the office."""
    with desk.store.begin() as uow:
        assert leave.approvers(uow, desk.org, "li", "centre_director") == "user:kang"  # the head of the unit
        people.grant(uow, desk.org, "chen", "centre_director")
        assert leave.approvers(uow, desk.org, "li", "centre_director") == "centre_director"
        assert leave.approvers(uow, desk.org, "chen", "centre_director") == "main_leader"
        people.change_user(uow, desk.org, "chen", superior_id="zhou")
        assert leave.approvers(uow, desk.org, "chen", "centre_director") == "user:zhou"
        people.change_user(uow, desk.org, "zhou", active=False)
        assert leave.approvers(uow, desk.org, "chen", "centre_director") == "main_leader"
        assert leave.directors(uow, desk.org, "li") == ["chen"]
        assert leave.directors(uow, desk.org, "chen") == ["boss"]


def test_whom_the_member_unit_is(desk):
    def asked(user="li", unit="unit_b"):
        return leave.member_unit(uow, desk.org, user, unit, "centre_director")

    with desk.store.begin() as uow:
        assert asked() == "unit_head@unit_b"
        assert asked("kang") == "centre_director"  # its head is who leaves
        people.grant(uow, desk.org, "wang", "member_unit")
        assert asked() == "unit_head@unit_b,member_unit"
        people.grant(uow, desk.org, "zhou", "member_unit", "unit_b")
        assert asked() == "member_unit@unit_b,unit_head@unit_b"
        assert asked(unit=None) == "member_unit"


@pytest.mark.parametrize(
    ("until", "back"),
    [
        (at(12), at(12)),
        (at(17), at(17)),
        (at(8), at(8, 30)),
        (at(17, 30), at(8, 30, day=date(2026, 11, 27))),
        (at(18, day=date(2026, 11, 27)), at(8, 30, day=MONDAY)),
        (at(9, day=date(2026, 11, 28)), at(8, 30, day=MONDAY)),  # a Saturday
    ],
)
def test_the_day_of_the_return(desk, until, back):
    with desk.store.begin(write=False) as uow:
        profile, calendar = _calendar(desk, uow)
        assert leave.return_day(profile, calendar, until) == back


def test_span_in_words():
    assert leave.span_text(at(14), at(17)) == "11月26日14:00至17:00"
    assert leave.span_text(at(14), at(9, day=date(2026, 11, 27))) == "11月26日14:00至11月27日09:00"


# ------------------------------------------------------------------ who covers


def test_b_has_the_tasks_and_a_has_those_of_b(desk, post):
    """The two of a post replace each other."""
    with desk.store.begin() as uow:
        held = desk.task(uow, desk.open(uow), assignee="kang")
        _away(desk, uow, "kang", at(14), at(17))
        assert stand_ins.principals_of(uow, desk.org, "li", now=at(14)) == ["kang"]
        assert stand_ins.stand_ins(uow, desk.org, ["kang"], now=at(14)) == {"kang": ("li", "李想")}
        mine = inbox.page(uow, viewer_of(uow, desk.org, "li", now=at(14)), now=at(14), which="mine")["items"]
        assert [item["id"] for item in mine] == [held]


def test_a_named_stand_in_goes_before_the_other_holder(desk, post):
    with desk.store.begin() as uow:
        _away(desk, uow, "li", at(14), at(17), stand_in_id="zhou")
        assert stand_ins.principals_of(uow, desk.org, "zhou", now=at(14)) == ["li"]
        assert stand_ins.principals_of(uow, desk.org, "kang", now=at(14)) == []
        assert stand_ins.stand_ins(uow, desk.org, ["li"], now=at(14)) == {"li": ("zhou", "周颖")}
        assert stand_ins.principals_of(uow, desk.org, "zhou", now=at(17)) == []
        _away(desk, uow, "zhou", at(15), at(16))
        assert stand_ins.principals_of(uow, desk.org, "zhou", now=at(15)) == []
        assert stand_ins.stand_ins(uow, desk.org, ["li"], now=at(15)) == {}


def test_who_stands_in_for_b_has_what_b_has_from_a(desk, post):
    with desk.store.begin() as uow:
        _away(desk, uow, "li", at(14), at(17))
        _away(desk, uow, "kang", at(15), at(16), stand_in_id="zhou")
        assert stand_ins.principals_of(uow, desk.org, "zhou", now=at(15)) == ["kang", "li"]
        told = stand_ins.stand_ins(uow, desk.org, ["li", "kang"], now=at(15))
        assert told == {"li": ("zhou", "周颖"), "kang": ("zhou", "周颖")}
        assert stand_ins.principals_of(uow, desk.org, "zhou", now=at(16)) == []


def test_what_must_be_done_in_person_is_not_passed_on(desk, post):
    with desk.store.begin() as uow:
        case_id = desk.open(uow)
        own = desk.task(uow, case_id, assignee="li", properties={"standIn": "no"})
        other = desk.task(uow, case_id, assignee="li", properties={"standIn": "yes"})
        _away(desk, uow, "li", at(14), at(17))
        viewer = viewer_of(uow, desk.org, "kang", now=at(14))
        items = inbox.page(uow, viewer, now=at(14), which="mine")["items"]
        assert [item["id"] for item in items] == [other]
        assert inbox.may(uow, viewer, own)["complete"] is False
        with pytest.raises(Forbidden):
            access.require_may_do(uow, viewer, own)
        shown = inbox.page(uow, viewer_of(uow, desk.org, "li", now=at(14)), now=at(14), which="mine")["items"]
        assert {item["id"]: item["stand_in_name"] for item in shown} == {own: None, other: "康明"}


def test_a_post_has_a_gap_while_its_other_holder_is_away(desk, post):
    def gaps(since=None, until=None, **more):
        since, until, user = since or at(14), until or at(17), "li"
        return [gap.text for gap in post_cover.gaps(uow, desk.org, user, since, until, **more)]

    with desk.store.begin() as uow:
        assert gaps() == []
        other = _away(desk, uow, "kang", at(16), at(18))
        assert gaps() == ["受理岗"]
        assert gaps(until=at(16)) == []  # the end is not included
        assert gaps(since=at(18), until=at(19)) == []
        assert gaps(stand_in_id="zhou") == []
        absences.end_absence(uow, desk.org, other, now=desk.now, by="kang")
        assert gaps() == []
        _away(desk, uow, "kang", at(16), at(18), stand_in_id="zhou")
        assert gaps() == []  # 周颖 is there for both
        _away(desk, uow, "zhou", at(17), at(18))
        assert gaps(until=at(17)) == []
        assert gaps(until=at(18)) == ["受理岗"]


def test_who_stands_in_cannot_go_unnoticed(desk, post):
    with desk.store.begin() as uow:
        _away(desk, uow, "li", at(14), at(17), stand_in_id="zhou")
        assert [gap.text for gap in post_cover.gaps(uow, desk.org, "zhou", at(16), at(18))] == ["李想的顶岗"]
        _away(desk, uow, "lin", at(14), at(17), stand_in_id="kang")
        assert [gap.text for gap in post_cover.gaps(uow, desk.org, "kang", at(16), at(18))] == ["林海的顶岗"]
        people.change_user(uow, desk.org, "kang", active=False)
        assert [gap.text for gap in post_cover.gaps(uow, desk.org, "li", at(8), at(9))] == ["受理岗"]


def test_who_is_at_a_post_on_a_day(desk, post):
    def told(day=DAY):
        (one,) = post_cover.day_cover(uow, desk.org, day)
        return one["covered"], [
            (f"{span['from_at']:%H:%M}", f"{span['to_at']:%H:%M}", span["user_id"], span["as"]) for span in one["spans"]
        ]

    with desk.store.begin() as uow:
        assert told() == (True, [("00:00", "00:00", "li", "a")])
        _away(desk, uow, "li", at(14), at(17))
        early = _away(desk, uow, "kang", at(16), at(18))
        assert told() == (
            False,
            [
                ("00:00", "14:00", "li", "a"),
                ("14:00", "16:00", "kang", "b"),
                ("16:00", "17:00", None, "nobody"),
                ("17:00", "00:00", "li", "a"),
            ],
        )
        absences.end_absence(uow, desk.org, early, now=at(16, 30), by="kang")
        assert told()[1][2:4] == [("16:00", "16:30", None, "nobody"), ("16:30", "17:00", "kang", "b")]
        _away(desk, uow, "kang", at(16, 30), at(18), stand_in_id="zhou")
        assert told()[1][3] == ("16:30", "17:00", "zhou", "stand_in")
        assert told(DAY + timedelta(days=1)) == (True, [("00:00", "00:00", "li", "a")])
        people.change_user(uow, desk.org, "li", active=False)
        assert told(DAY + timedelta(days=1)) == (True, [("00:00", "00:00", "kang", "b")])


def test_no_alert_where_somebody_is_named(desk, post):
    with desk.store.begin() as uow:
        people.grant(uow, desk.org, "boss", "centre_director")
        _away(desk, uow, "li", at(14), at(17))
        _away(desk, uow, "kang", at(14), at(17), stand_in_id="zhou")
        assert notices.unread(uow, viewer_of(uow, desk.org, "boss")) == 0
