"""值班表: turns over the people who are there, a swap, days that lack somebody, and who is told (R18, R83)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

import pytest
from sqlalchemy import select

from office import absences, office_log, organisations, people, rostering, rosters
from storage.clock import local
from storage.database import Store
from storage.errors import BanjieError
from storage.tables.office import notice

NOW = local(datetime(2026, 11, 26, 9, 0))  # Thursday
DUTY = "R18.duty"
WINDOW = ("feng", "qian", "sun")  # by unit and name: 冯, 钱, 孙


class Centre:
    """A service centre with three window clerks, and a reception room with a leader and two clerks."""

    def __init__(self, store: Store) -> None:
        self.store, self.now = store, NOW
        with store.begin() as uow:
            self.org = organisations.create_organisation(uow, "MH", "梅花镇", "meihua_centre", now=NOW)
            self.room = organisations.create_organisation(uow, "XF", "信访接待室", "town_room", now=NOW)
            for org, user_id, name, role in (
                (self.org, "feng", "冯", "window_clerk"), (self.org, "qian", "钱", "window_clerk"),
                (self.org, "sun", "孙", "window_clerk"), (self.org, "zhu", "朱主任", "centre_director"),
                (self.room, "deng", "邓镇长", "reception_leader"), (self.room, "fan", "范", "petition_clerk"),
                (self.room, "guo", "郭", "petition_clerk"), (self.room, "ban", "信访办", "petition_office_head"),
            ):  # fmt: skip
                people.add_user(uow, org, name, user_id, now=NOW, user_id=user_id, roles=[role])

    def rotate(
        self, first: str, last: str, *ids: str, replace: bool = False, by: str | None = "zhu"
    ) -> list[list[str]]:
        """Fill the duty by turns; gives the days filled and those left, as texts."""
        with self.store.begin() as uow:
            told = rostering.rotate(
                uow, self.org, DUTY, "duty", date.fromisoformat(first), date.fromisoformat(last), ids or WINDOW,
                replace=replace, now=self.now, by=by,
            )  # fmt: skip
        return [[day.isoformat()[5:] for day in found] for found in (told.filled, told.left)]

    def on(self, first: str, last: str, code: str = DUTY) -> dict[str, list[str]]:
        """Who is on duty on each day, `-` before who is away, `!` before what is lacking."""
        org = self.org if code == DUTY else self.room
        with self.store.begin(write=False) as uow:
            found = rosters.days(uow, org, code, date.fromisoformat(first), date.fromisoformat(last))
        return {
            one.day.isoformat()[5:]: [
                f"{'-' if person.away else ''}{person.user_id}" for there in one.places.values() for person in there
            ]
            + [f"!{place}" for place in one.lacking]
            for one in found
        }

    def set(self, day: str, **places: list[str]) -> list[date]:
        with self.store.begin() as uow:
            return rostering.set_day(uow, self.org, DUTY, date.fromisoformat(day), places, now=self.now, by="zhu")

    def away(self, user_id: str, since: str, until: str, org: str | None = None) -> None:
        with self.store.begin() as uow:
            absences.add_absence(
                uow, org or self.org, user_id, datetime.fromisoformat(since), datetime.fromisoformat(until), "看病",
                now=self.now, by=user_id,
            )  # fmt: skip

    def told(self, user_id: str) -> list[str]:
        with self.store.begin(write=False) as uow:
            query = select(notice.c.text).where(notice.c.user_id == user_id).order_by(notice.c.at, notice.c.id)
            return list(uow.conn.execute(query).scalars())


@pytest.fixture
def centre(store: Store) -> Centre:
    return Centre(store)


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(BanjieError) as caught:
        act()
    return caught.value.code


def test_turns_go_over_the_working_days_and_on_from_the_last(centre: Centre):
    assert centre.rotate("2026-11-27", "2026-12-01") == [["11-27", "11-30", "12-01"], []]
    assert centre.on("2026-11-27", "2026-12-01") == {"11-27": ["feng"], "11-30": ["qian"], "12-01": ["sun"]}
    centre.rotate("2026-12-02", "2026-12-02")
    centre.rotate("2026-12-03", "2026-12-03")
    assert centre.on("2026-12-02", "2026-12-03") == {"12-02": ["feng"], "12-03": ["qian"]}
    assert centre.rotate("2026-12-01", "2026-12-04") == [["12-04"], []], "those named already stay"


def test_who_is_away_is_passed_over_and_comes_first_the_next_day(centre: Centre):
    centre.away("feng", "2026-11-27T14:00", "2026-11-27T17:00")
    centre.rotate("2026-11-27", "2026-12-02")
    assert centre.on("2026-11-27", "2026-12-02") == {
        "11-27": ["qian"], "11-30": ["feng"], "12-01": ["sun"], "12-02": ["qian"],
    }  # fmt: skip


def test_a_day_on_which_everybody_is_away_stays_empty_and_is_said(centre: Centre):
    for user_id in WINDOW:
        centre.away(user_id, "2026-11-30T00:00", "2026-12-01T00:00")
    assert centre.rotate("2026-11-27", "2026-12-01") == [["11-27", "12-01"], ["11-30"]]
    assert centre.on("2026-11-30", "2026-11-30") == {"11-30": ["!duty"]}


def test_an_absence_marks_the_day_and_whoever_keeps_the_roster_is_told(centre: Centre):
    centre.rotate("2026-11-27", "2026-12-01")
    centre.away("qian", "2026-11-30T13:00", "2026-11-30T15:30")
    assert centre.on("2026-11-30", "2026-11-30") == {"11-30": ["-qian", "!duty"]}
    with centre.store.begin(write=False) as uow:
        (person,) = rosters.day_of(uow, centre.org, DUTY, date(2026, 11, 30)).places["duty"]
    assert person.away == "13:00–15:30"
    assert centre.told("zhu") == ["窗口值班：钱11月30日（星期一）离岗，请在值班表上另行指定人员。"]
    assert centre.rotate("2026-11-27", "2026-12-01") == [["11-30"], []], "only who is away is replaced"
    assert centre.on("2026-11-30", "2026-11-30") == {"11-30": ["feng"]}


def test_an_absence_outside_the_hours_of_duty_or_on_another_day_is_no_matter(centre: Centre):
    centre.rotate("2026-11-27", "2026-12-01")
    centre.away("qian", "2026-11-30T18:00", "2026-11-30T22:00")
    centre.away("qian", "2026-12-01T09:00", "2026-12-01T10:00")
    assert centre.on("2026-11-30", "2026-11-30") == {"11-30": ["qian"]}
    assert centre.told("zhu") == []


def test_replacing_leaves_today_as_it_is(centre: Centre):
    centre.rotate("2026-11-26", "2026-11-30")
    centre.rotate("2026-11-26", "2026-11-30", "sun", replace=True)
    assert centre.on("2026-11-26", "2026-11-30") == {"11-26": ["feng"], "11-27": ["sun"], "11-30": ["sun"]}


def test_a_swap_exchanges_two_days_and_both_are_told(centre: Centre):
    centre.rotate("2026-11-27", "2026-12-01")
    with centre.store.begin() as uow:
        changed = rostering.swap(
            uow, centre.org, DUTY, "duty", (date(2026, 11, 27), "feng"), (date(2026, 12, 1), "sun"), now=centre.now,
            by="zhu", reason="冯要开会",
        )  # fmt: skip
        (logged, *_) = office_log.changes(uow, centre.org, "roster", subject_id=DUTY)
    assert changed == [date(2026, 11, 27), date(2026, 12, 1)]
    assert centre.on("2026-11-27", "2026-12-01") == {"11-27": ["sun"], "11-30": ["qian"], "12-01": ["feng"]}
    assert centre.told("feng")[-1] == "窗口值班对调：11月27日（星期五）由孙值，12月1日（星期二）由冯值。"
    assert centre.told("sun")[-1] == centre.told("feng")[-1]
    assert logged["told"] == ["2026-11-27 值班人员：冯 → 孙", "2026-12-01 值班人员：孙 → 冯"]
    assert (logged["reason"], logged["by_name"]) == ("冯要开会", "朱主任")


def test_a_swap_into_a_day_of_absence_or_of_somebody_else_is_refused(centre: Centre):
    centre.rotate("2026-11-27", "2026-12-01")
    centre.away("feng", "2026-12-01T09:00", "2026-12-01T12:00")

    def swap(one: tuple[date, str], other: tuple[date, str]) -> Callable[[], object]:
        def act() -> None:
            with centre.store.begin() as uow:
                rostering.swap(uow, centre.org, DUTY, "duty", one, other, now=centre.now, by="zhu")

        return act

    first, second = (date(2026, 11, 27), "feng"), (date(2026, 12, 1), "sun")
    assert refused(swap(first, second)) == "roster.away"
    assert refused(swap(first, (date(2026, 12, 1), "qian"))) == "roster.not_on_roster"
    assert refused(swap(first, (date(2026, 11, 30), "feng"))) == "roster.same_person"
    assert centre.on("2026-11-27", "2026-12-01") == {"11-27": ["feng"], "11-30": ["qian"], "12-01": ["sun"]}


def test_naming_somebody_tells_who_comes_and_who_goes(centre: Centre):
    centre.rotate("2026-11-27", "2026-12-01")
    assert centre.set("2026-11-30", duty=["sun"]) == [date(2026, 11, 30)]
    assert centre.told("sun")[-1] == "窗口值班：11月30日（星期一）由您值班（值班人员）。"
    assert centre.told("qian")[-1] == "窗口值班：11月30日（星期一）不再由您值班。"
    assert centre.set("2026-11-30", duty=["sun"]) == [], "nothing has changed"


def test_what_a_roster_refuses(centre: Centre):
    centre.away("qian", "2026-11-30T09:00", "2026-11-30T10:00")
    assert refused(lambda: centre.set("2026-11-25", duty=["feng"])) == "roster.past"
    assert refused(lambda: centre.set("2026-11-28", duty=["feng"])) == "roster.no_duty"  # Saturday
    assert refused(lambda: centre.set("2026-11-30", duty=["qian"])) == "roster.away"
    assert refused(lambda: centre.set("2026-11-30", duty=["zhu"])) == "roster.not_in_pool"
    assert refused(lambda: centre.set("2026-11-30", duty=["nobody"])) == "roster.not_in_pool"
    assert refused(lambda: centre.set("2026-11-30", leader=["feng"])) == "roster.unknown_place"
    assert refused(lambda: centre.rotate("2026-11-25", "2026-11-30")) == "roster.past"
    assert refused(lambda: centre.rotate("2026-11-30", "2026-11-27")) == "roster.bad_range"
    assert refused(lambda: centre.rotate("2026-11-30", "2028-11-27")) == "roster.bad_range"
    assert refused(lambda: centre.rotate("2026-11-30", "2026-12-01", "zhu")) == "roster.not_in_pool"
    with centre.store.begin(write=False) as uow:
        assert refused(lambda: rosters.days(uow, centre.org, "R19.check", NOW.date(), NOW.date())) == "roster.unknown"


def test_what_somebody_else_has_changed_meanwhile_is_not_overwritten(centre: Centre):
    centre.rotate("2026-11-27", "2026-11-27")
    with centre.store.begin() as uow:
        day, was = date(2026, 11, 27), {"duty": ["qian"]}
        assert refused(
            lambda: rostering.set_day(uow, centre.org, DUTY, day, {"duty": ["sun"]}, was=was, now=centre.now, by="zhu")
        ) == "roster.changed"  # fmt: skip


def test_a_reception_needs_a_leader_and_a_clerk_who_are_two_people(centre: Centre):
    day, code = date(2026, 11, 27), "R83.daily"
    with centre.store.begin() as uow:
        rostering.set_day(uow, centre.room, code, day, {"leader": ["deng"]}, now=centre.now, by="ban")
    assert centre.on("2026-11-27", "2026-11-27", code) == {"11-27": ["deng", "!staff"]}
    with centre.store.begin() as uow:
        people.grant(uow, centre.room, "deng", "petition_clerk")
        both = {"staff": ["deng"]}
        assert refused(
            lambda: rostering.set_day(uow, centre.room, code, day, both, now=centre.now, by="ban")
        ) == "roster.twice"  # fmt: skip
        told = rostering.rotate(
            uow, centre.room, code, "staff", day, day, ["deng", "fan"], replace=False, now=centre.now, by="ban"
        )
    assert told.filled == [day]
    assert centre.on("2026-11-27", "2026-11-27", code) == {"11-27": ["deng", "fan"]}, "the leader is passed over"


def test_somebody_who_has_left_is_no_longer_on_duty(centre: Centre):
    centre.rotate("2026-11-27", "2026-11-27")
    with centre.store.begin() as uow:
        people.change_user(uow, centre.org, "feng", active=False)
    assert centre.on("2026-11-27", "2026-11-27") == {"11-27": ["-feng", "!duty"]}
