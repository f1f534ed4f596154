"""Profiles: every organisation's limits, schedules and parameters; changes to them; the ceiling (1.3, 3)."""

from __future__ import annotations

import re
import shutil
import tomllib
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from office.calendar import Calendar
from office.deadlines import Deadline, DeadlineError
from office.profile_parameters import PARAMETERS
from office.profiles import ProfileError, list_profiles, load_profile, offers
from storage.clock import TZ

PROFILES = Path(__file__).parents[2] / "processes" / "profiles"
CALENDAR = Calendar()
OFF = {"legal_overlay": False}
NAMES = [
    "association",
    "audit_centre",
    "civil_affairs",
    "court",
    "cppcc",
    "factory",
    "gov_service_centre",
    "meihua_centre",
    "office_letters",
    "petition_manual",
    "property",
    "resettlement_bureau",
    "school",
    "service_centre_petition",
    "town_dongguan",
    "town_hall",
    "town_lunar",
    "town_offices",
    "town_room",
    "union_audit",
    "village",
]
# requirements 1.3, first table: the limits with a number or fixed word, and the profile that has them
OWN_LIMITS = {
    "meihua_centre": "R13.term R15.plan",
    "office_letters": "R36.open R36.submit R41.meet",
    "association": "R38.close_same_day",
    "service_centre_petition": "R39.reply R66.origin",
    "civil_affairs": "R40.handle R40.reply R40.explain",
    "resettlement_bureau": "R45.reply R45.max",
    "cppcc": "R47.transfer R47.handle R47.reply R47.superior",
    "petition_manual": "R50.agreed",
    "town_lunar": "R79.swap",
    "court": "R82.card R82.assign R82.month_end",
    "town_room": "R84.limit",
    "village": "R88.swap R88.agreed",
    "property": "R90.small R90.large R90.follow_up R92.promise R92.follow_up",
}
COMMON_LIMITS = [
    "R01.handover",
    "R01.report",
    "R03.limit",
    "R08.upload",
    "R08.feedback",
    "R09.assign",
    "R09.verify",
    "R09.reply",
    "R12.update",
    "R13.replace",
    "R16.stand_in",
    "R19.check",
    "R20.return",
    "R27.period",
    "R34.report",
    "R36.reply",
    "R37.tell",
    "R48.transfer",
    "R48.promise",
    "R52.forward",
    "R53.accept",
    "R54.plan",
    "R55.notice",
    "R63.follow_up",
    "R64.special",
    "R64.analysis",
    "R66.notify",
    "R66.report",
    "R67.notify",
    "R67.report",
    "R86.report",
    "R86.notify",
    "R69.police",
    "R80.assign",
    "R73.advice",
    "R56.result",
    "R58.assignment",
    "R58.check",
    "R59.return",
    "R61.report",
    "R66.origin",
    "R84.limit",
    "L1",
    "L2",
    "L3",
    "L5",
    "L12",
    "L14",
    "L15",
    "L16.request",
    "L16.opinion",
    "L19",
    "当场",
    "当面",
    "现场",
    "立即",
    "马上",
    "即时",
    "当即",
    "迅速",
    "及时",
    "尽快",
    "限期",
    "如期",
    "每月底",
    "年初",
    "年底",
]
SCHEDULES = {
    "meihua_centre": "R17.meeting R18.duty R19.check", "town_hall": "R26.regular", "union_audit": "R34.year",
    "audit_centre": "R33.burden_check R33.audit_quarterly R33.subsidy_monthly R33.audit_plan",
    "town_room": "R72.session R83.daily", "town_lunar": "R79.session", "court": "R82.president R82.leader",
    "town_dongguan": "R76.plan R76.two_month R76.annual R77.secretary R77.director", "village": "R86.shift",
    "resettlement_bureau": "R81.weekly R81.director", "school": "R89.week", "property": "R93.month",
}  # fmt: skip


def at(text: str) -> datetime:
    """An instant in Asia/Shanghai."""
    return datetime.fromisoformat(text).replace(tzinfo=TZ)


def ask(profile: str, code: str, start: str, overrides: dict[str, Any] | None = None, **given: Any) -> Deadline:
    """A deadline of a profile."""
    return load_profile(profile, PROFILES, overrides).compute(code, at(start), CALENDAR, **given)


def test_the_21_profiles() -> None:
    assert list(list_profiles(PROFILES)) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_profile_has_every_parameter_the_common_limits_and_its_own(name: str) -> None:
    profile = load_profile(name, PROFILES)
    assert set(profile.parameters) == set(PARAMETERS)
    for code in COMMON_LIMITS + OWN_LIMITS.get(name, "").split():
        assert profile.deadline_rule(code).source
    for code in SCHEDULES.get(name, "").split():
        assert profile.schedule(code).source
    assert profile.overlay is (name not in {"property", "factory", "school"})


@pytest.mark.parametrize("name", NAMES)
def test_every_limit_without_open_amount_can_be_computed_in_every_profile(name: str) -> None:
    profile = load_profile(name, PROFILES)
    for code, rule in profile.rules.items():
        given: dict[str, Any] = {}
        if rule.given or rule.mode in ("date", "backward"):
            given["date"] = date(2026, 12, 10)
        found = profile.compute(code, at("2026-11-26T10:00"), CALENDAR, **given)
        assert found.code == code and found.words == rule.words
        assert Deadline.from_json(found.to_json()) == found
        assert profile.recompute(found, CALENDAR) == found


def test_every_entry_notes_its_source() -> None:
    for path in PROFILES.glob("*.toml"):
        data = tomllib.loads(path.read_text("utf-8"))
        for section in ("parameters", "deadlines", "schedules"):
            for key, entry in data.get(section, {}).items():
                assert re.match(r"\[(S|D|DEF|LAW)\]", entry["source"]), f"{path.name}: {key}"


@pytest.mark.parametrize(
    ("profile", "name", "value"),
    [
        ("service_centre_petition", "reply.limit", "R39.reply"),
        ("cppcc", "transfer.limit", "R47.transfer"),
        ("office_letters", "letter.open", "R36.open"),
        ("association", "same_day_closure", True),
        ("resettlement_bureau", "reply.extension_mode", "total_cap"),
        ("resettlement_bureau", "reception.min_staff", 2),
        ("service_centre_petition", "reception.min_staff", 1),
        ("meihua_centre", "notification.form", ("written",)),
        ("gov_service_centre", "complaint.threshold", {"per_month": 3, "serious": True}),
        ("village", "duty.fine", {"yuan_per_off_post": 30, "missed_run": 3}),
        ("town_lunar", "reception.days", ("R79.session",)),
        ("school", "group.representatives_max", 5),
        ("town_offices", "reply.limit", "L12"),
        ("resettlement_bureau", "roles.leader", "bureau_director,deputy_director_in_charge"),
        ("service_centre_petition", "roles.leader", "centre_director"),
        ("village", "roles.leader", "leader_in_charge"),
        ("cppcc", "leader_reading.important", "main_leader"),
        ("village", "leader_reading.important", ""),
        ("cppcc", "handle.leader_signs", True),
        ("town_lunar", "group.on_site_reception", True),
        ("town_room", "group.size", 5),
        ("town_room", "reply.extension_max_days", 30),
        ("school", "reply.extension_max_days", 0),
        ("petition_manual", "archive.scope", "assigned"),
        ("village", "archive.scope", "none"),
        ("court", "followup.after_closing", "assigned"),
        ("cppcc", "registration.required", ("petitioner_name", "petitioner_address", "matter")),
    ],
)
def test_parameters(profile: str, name: str, value: object) -> None:
    assert load_profile(profile, PROFILES).param(name) == value


def test_without_the_statute_the_common_default_holds() -> None:
    profile = load_profile("town_offices", PROFILES, OFF)
    assert (profile.param("reply.limit"), profile.parameter("reply.limit").origin) == ("尽快", "common")
    assert profile.parameter("reply.limit").source.startswith("[DEF]")


@pytest.mark.parametrize(
    ("profile", "code", "start", "given", "due_at"),
    [
        ("gov_service_centre", "R01.handover", "2026-11-23T09:20", {}, "2026-11-23T11:20:00"),  # A01
        ("gov_service_centre", "R01.report", "2026-11-23T09:40", {}, "2026-11-24T23:59:59"),
        ("gov_service_centre", "R03.limit", "2026-11-23T09:00", {"date": date(2026, 12, 5)}, "2026-12-05T23:59:59"),
        ("gov_service_centre", "R03.limit", "2026-11-26T10:00", {"word": "尽快"}, "2026-12-01T23:59:59"),
        ("meihua_centre", "R16.stand_in", "2026-11-24T09:00", {"date": at("2026-11-25T14:00")}, "2026-11-25T14:00:00"),
        ("meihua_centre", "R16.stand_in", "2026-11-24T09:00", {"date": at("2026-11-27T14:00")}, "2026-11-25T23:59:59"),
        ("meihua_centre", "R15.plan", "2026-01-01T00:00", {}, "2026-01-30T23:59:59"),  # A15
        ("meihua_centre", "R13.term", "2024-11-25T09:00", {}, "2026-11-25T23:59:59"),  # A19
        ("office_letters", "R36.submit", "2026-11-23T16:40", {}, "2026-11-23T17:10:00"),  # A31
        ("association", "R37.tell", "2026-11-26T10:00", {}, "2026-11-27T23:59:59"),  # A32
        ("civil_affairs", "R40.explain", "2026-10-08T23:59:59", {}, "2026-10-09T23:59:59"),  # A35
        ("cppcc", "R47.superior", "2026-11-23T09:00", {"date": date(2026, 12, 12)}, "2026-12-12T23:59:59"),  # A43
        ("office_letters", "R41.meet", "2026-11-23T09:00", {"date": date(2026, 11, 26)}, "2026-11-26T23:59:59"),  # A44
        ("service_centre_petition", "R66.notify", "2026-11-27T15:00", {}, "2026-11-27T15:30:00"),  # A45
        ("petition_manual", "R52.forward", "2026-11-23T10:00", {}, "2026-11-24T23:59:59"),  # A50
        ("petition_manual", "R58.assignment", "2026-11-09T09:00", {"date": date(2026, 11, 22)}, "2026-11-22T23:59:59"),
        ("office_letters", "R69.police", "2026-11-27T10:00", {}, "2026-11-27T10:30:00"),  # A60
        ("cppcc", "R69.police", "2026-11-27T10:00", {}, "2026-11-30T23:59:59"),
        ("town_lunar", "R79.swap", "2026-12-01T09:00", {"date": date(2026, 12, 17)}, "2026-12-15T23:59:59"),  # A66
        ("court", "R82.assign", "2026-11-02T10:30", {}, "2026-11-02T11:00:00"),  # A70
        ("court", "R82.month_end", "2026-11-02T10:30", {}, "2026-11-30T23:59:59"),
        ("court", "R82.month_end", "2026-10-31T10:30", {}, "2026-11-30T23:59:59"),
        ("village", "R86.report", "2026-11-25T11:30", {}, "2026-11-25T12:00:00"),  # A73
        ("village", "R88.swap", "2026-11-25T08:50", {"date": at("2026-11-25T09:00")}, "2026-11-25T08:59:59"),
        ("town_dongguan", "年初", "2027-01-01T00:00", {}, "2027-01-29T23:59:59"),  # A63
    ],
)  # fmt: skip
def test_dates_of_the_scenarios(profile: str, code: str, start: str, given: dict[str, Any], due_at: str) -> None:
    assert ask(profile, code, start, **given).due_at == at(due_at)


def test_a_stand_in_for_a_leave_that_has_begun_is_due_at_once() -> None:
    found = ask("meihua_centre", "R16.stand_in", "2026-11-24T09:00", date=at("2026-11-24T08:00"))
    assert found.due_at == found.yellow_at == found.start


def test_the_plan_for_2027_is_provisional() -> None:
    assert ask("town_dongguan", "年初", "2027-01-01T00:00").provisional


def test_a33_the_ceiling_binds_where_it_is_shorter() -> None:
    found = ask("civil_affairs", "R40.handle", "2026-07-01T10:00", appeal_claim=True)
    assert (found.code, found.ceiling_applied, found.ceiling_code) == ("R40.handle", True, "L12")
    assert (found.due_at, found.yellow_at) == (at("2026-08-31T23:59:59"), at("2026-08-21T09:00"))
    assert found.profile_due_at == at("2026-10-08T23:59:59")
    assert "超过法定上限" in "".join(found.explanation)
    for other in (
        ask("civil_affairs", "R40.handle", "2026-07-01T10:00", OFF, appeal_claim=True),
        ask("civil_affairs", "R40.handle", "2026-07-01T10:00"),
    ):
        assert (other.ceiling_applied, other.due_at, other.yellow_at) == (
            False, at("2026-10-08T23:59:59"), at("2026-09-28T09:00"))  # fmt: skip


def test_an_extension_by_article_34_lifts_the_ceiling_to_ninety_days_at_most() -> None:
    found = ask("civil_affairs", "R40.handle", "2026-07-01T10:00", appeal_claim=True, extension_days=30)
    assert (found.raw, found.ceiling_applied) == (date(2026, 9, 29), True)
    with pytest.raises(DeadlineError) as caught:
        ask("civil_affairs", "R40.handle", "2026-07-01T10:00", appeal_claim=True, extension_days=31)
    assert caught.value.code == "deadline.extension_too_long"


def test_the_ceiling_counts_from_acceptance_and_leaves_shorter_limits_alone() -> None:
    short = ask("service_centre_petition", "R39.reply", "2026-11-26T10:00", appeal_claim=True)
    assert (short.ceiling_applied, short.due_on) == (False, date(2026, 11, 30))
    late = ask("court", "R82.card", "2026-11-02T10:30", n=60, appeal_claim=True, accepted_at=at("2026-10-20T09:00"))
    assert (late.ceiling_applied, late.raw) == (True, date(2026, 12, 19))


def test_a39_both_readings_of_the_longest_sixty_days() -> None:
    start = "2026-09-07T09:20"
    assert ask("resettlement_bureau", "R45.max", start, OFF).due_on == date(2026, 11, 6)
    extended = ask("resettlement_bureau", "R45.reply", start, OFF, extension_days=30)
    assert extended.due_on == date(2026, 11, 6)
    assert extended.yellow_at == at("2026-10-27T09:00"), "after an extension the size of the limit is the total"
    added = OFF | {"reply.extension_mode": "added"}
    assert ask("resettlement_bureau", "R45.max", start, added).raw == date(2026, 12, 6)
    assert ask("resettlement_bureau", "R45.reply", start, added, extension_days=60).due_on == date(2026, 12, 7)
    assert load_profile("resettlement_bureau", PROFILES, OFF).extension_limit("R45.reply") == 30
    assert load_profile("resettlement_bureau", PROFILES, added).extension_limit("R45.reply") == 60
    assert load_profile("town_room", PROFILES).extension_limit("L12") == 30
    assert load_profile("cppcc", PROFILES).extension_limit("R47.reply") == 0


def test_added_days_on_top_still_meet_the_ceiling() -> None:
    added = {"reply.extension_mode": "added"}
    plain = ask("resettlement_bureau", "R45.max", "2026-09-07T09:20", added, appeal_claim=True)
    assert (plain.raw, plain.ceiling_applied) == (date(2026, 11, 6), True)
    lifted = ask(
        "resettlement_bureau", "R45.max", "2026-09-07T09:20", added, appeal_claim=True, ceiling_extension_days=30
    )
    assert (lifted.raw, lifted.ceiling_applied) == (date(2026, 12, 6), False)


@pytest.mark.parametrize(
    ("code", "given", "error"),
    [
        ("R39.answer", {}, "profile.unknown_deadline"),
        ("R45.reply", {}, "profile.unknown_deadline"),
        ("R03.limit", {}, "deadline.amount_required"),
        ("R66.origin", {}, "deadline.date_required"),
        ("R39.reply", {"extension_days": 1}, "deadline.cannot_extend"),
        ("L12", {"extension_days": 31}, "deadline.extension_too_long"),
        ("L15", {"stopped_days": 8}, "deadline.cannot_stop"),
        ("R16.stand_in", {"date": date(2026, 11, 27)}, "deadline.date_required"),
        ("R39.step", {"word": "回头"}, "profile.unknown_deadline"),
        ("R39.reply", {"n": 3, "unit": "fortnight"}, "deadline.bad_unit"),
        ("R39.reply", {"mode": "someday"}, "deadline.bad_mode"),
        ("R39.reply", {"n": 0}, "deadline.bad_amount"),
    ],
)
def test_what_a_profile_refuses(code: str, given: dict[str, Any], error: str) -> None:
    with pytest.raises((ProfileError, DeadlineError)) as caught:
        ask("service_centre_petition", code, "2026-11-26T10:00", **given)
    assert caught.value.code == error


def test_a_step_without_entry_uses_its_word_or_a_given_amount() -> None:
    found = ask("cppcc", "R18.handover", "2026-11-26T10:00", word="立即")
    assert (found.code, found.due_at, found.e3_target) == ("R18.handover", at("2026-11-26T10:30"), "R06")
    assert ask("cppcc", "R71.help", "2026-11-26T10:00", n=3, unit="wd").due_on == date(2026, 12, 1)


@pytest.mark.parametrize(
    ("given", "due_at"),
    [
        ({"n": 3, "unit": "d"}, "2026-11-30T23:59:59"),
        ({"n": 3, "mode": "calendar"}, "2026-11-29T23:59:59"),
        ({"n": 5, "mode": "working"}, "2026-12-03T23:59:59"),
        ({"n": 2, "unit": "h", "mode": "clock"}, "2026-11-26T12:00:00"),
        ({"unit": "sameday"}, "2026-11-26T23:59:59"),
        ({"mode": "same_day"}, "2026-11-26T23:59:59"),
        ({"date": date(2026, 12, 5)}, "2026-12-05T23:59:59"),
        ({"date": date(2026, 12, 5), "mode": "date"}, "2026-12-05T23:59:59"),
        ({"n": 2, "mode": "backward", "date": date(2026, 12, 17)}, "2026-12-15T23:59:59"),
    ],
)
def test_a_limit_given_in_full_needs_no_entry(given: dict[str, Any], due_at: str) -> None:
    found = ask("cppcc", "adhoc", "2026-11-26T10:00", **given)
    assert found.due_at == at(due_at)
    assert load_profile("cppcc", PROFILES).recompute(found, CALENDAR) == found


@pytest.mark.parametrize("given", [{}, {"n": 3}, {"unit": "d"}, {"mode": "working"}, {"n": 2, "mode": "clock"}])
def test_a_limit_given_in_part_is_an_unknown_code(given: dict[str, Any]) -> None:
    with pytest.raises(ProfileError) as caught:
        ask("cppcc", "adhoc", "2026-11-26T10:00", **given)
    assert caught.value.code == "profile.unknown_deadline"


def test_what_was_asked_is_kept_in_shanghai_time() -> None:
    naive = datetime(2026, 10, 20, 9, 0, 0, 123)
    found = ask("court", "R82.card", "2026-11-02T10:30", n=60, appeal_claim=True, accepted_at=naive)
    assert found.request and found.request.accepted_at == at("2026-10-20T09:00")
    assert Deadline.from_json(found.to_json()) == found


def test_roll_off() -> None:
    found = ask("service_centre_petition", "R39.reply", "2026-11-26T10:00", {"day_mode": "calendar"})
    assert (found.mode, found.due_at) == ("calendar", at("2026-11-29T23:59:59"))


def test_an_organisation_changes_an_amount() -> None:
    found = ask("service_centre_petition", "R39.reply", "2026-11-26T10:00", {"R39.reply": {"n": 2, "unit": "wd"}})
    assert (found.mode, found.due_on) == ("working", date(2026, 11, 30))
    assert ask("service_centre_petition", "R39.reply", "2026-11-26T10:00", mode="working").due_on == date(2026, 12, 1)
    assert ask("town_room", "L19", "2026-11-23T10:00", {"advice.reply_days": 15}).raw == date(2026, 12, 8)


@pytest.mark.parametrize(
    ("overrides", "code", "field"),
    [
        ({"reply.limitt": "L12"}, "profile.unknown_parameter", "reply.limitt"),
        ({"reply.limit": "R99.nothing"}, "profile.unknown_deadline", "R99.nothing"),
        ({"reply.limit": 3}, "profile.bad_parameter", "reply.limit"),
        ({"reception.days": ["R79.session"]}, "profile.unknown_schedule", "R79.session"),
        ({"reception.min_staff": 0}, "profile.bad_parameter", "reception.min_staff"),
        ({"reception.min_staff": True}, "profile.bad_parameter", "reception.min_staff"),
        ({"group.representatives_max": 6}, "profile.bad_parameter", "group.representatives_max"),
        ({"legal_overlay": "yes"}, "profile.bad_parameter", "legal_overlay"),
        ({"day_end": "25:00"}, "profile.bad_parameter", "day_end"),
        ({"light.leads": [[7, 2], [3, 1]]}, "profile.bad_parameter", "light.leads"),
        ({"urgent.chain": ["call_a_friend"]}, "profile.bad_parameter", "urgent.chain"),
        ({"leave.tiers": {"short": 1}}, "profile.bad_parameter", "leave.tiers"),
        ({"roles.leader": "boss"}, "profile.bad_parameter", "roles.leader"),
        ({"roles.leader": "mayor, main_leader"}, "profile.bad_parameter", "roles.leader"),
        ({"registration.required": ["name", "Phone"]}, "profile.bad_parameter", "registration.required"),
        ({"registration.required": "name"}, "profile.bad_parameter", "registration.required"),
        ({"L12": {"n": 90}}, "profile.statute_fixed", "L12"),
        ({"R39.reply": {"n": 0}}, "profile.bad_deadline", "R39.reply.n"),
        ({"R39.reply": {"n": "3"}}, "profile.bad_deadline", "R39.reply.n"),
        ({"R39.reply": {"unit": "wd", "mode": "calendar"}}, "profile.bad_deadline", "R39.reply.mode"),
        ({"R39.reply": {"source": "x"}}, "profile.bad_deadline", "R39.reply"),
    ],
)
def test_bad_changes_are_refused(overrides: dict[str, Any], code: str, field: str) -> None:
    with pytest.raises(ProfileError) as caught:
        load_profile("service_centre_petition", PROFILES, overrides)
    assert (caught.value.code, caught.value.field) == (code, field)


@pytest.mark.parametrize("name", ["nowhere", "common", "national_2022", "../profiles/court"])
def test_a_name_that_is_no_profile(name: str) -> None:
    with pytest.raises(ProfileError) as caught:
        load_profile(name, PROFILES)
    assert caught.value.code == "profile.unknown"


@pytest.mark.parametrize(
    ("text", "code", "field"),
    [
        ("name = ", "profile.bad_file", "court"),
        ('name = "court"\ntitle = "x"\nsource = "x"\ncolour = 1', "profile.bad_file", "court: colour"),
        ('name = "other"\ntitle = "x"\nsource = "x"', "profile.bad_file", "court"),
        ("[parameters]\nday_end = 1", "profile.bad_parameter", "court: day_end"),
        ('[deadlines]\n"R1x" = { words = "x", unit = "d", source = "x" }', "profile.bad_deadline", "court: R1x"),
        ('[deadlines]\n"R1.x" = { words = "x", unit = "y", n = 1, source = "x" }',
         "profile.bad_deadline", "court: R1.x.unit"),
        ('[deadlines]\n"R1.x" = { words = "x", unit = "d", source = "x" }', "profile.bad_deadline", "court: R1.x.n"),
        ('[deadlines]\n"R1.x" = { words = "x", unit = "d", n = 1 }', "profile.bad_deadline", "court: R1.x.source"),
        ('[deadlines]\n"R1.x" = { words = "x", unit = "d", n = 1, source = "x", m = 1 }', "profile.bad_deadline",
         "court: R1.x.m"),
        ('[schedules]\n"R1.x" = { words = "x", rule = "now and then", on_holiday = "skip", source = "x" }',
         "profile.bad_schedule", "court: R1.x.rule"),
        ('[schedules]\n"R1.x" = { words = "x", rule = "day(15)", on_holiday = "rest", source = "x" }',
         "profile.bad_schedule", "court: R1.x.on_holiday"),
    ],
)  # fmt: skip
def test_a_bad_file_names_file_and_entry(tmp_path: Path, text: str, code: str, field: str) -> None:
    for path in PROFILES.glob("*.toml"):
        shutil.copy(path, tmp_path)
    head = "" if text.startswith("name") else 'name = "court"\ntitle = "x"\nsource = "x"\n'
    (tmp_path / "court.toml").write_text(head + text, "utf-8")
    with pytest.raises(ProfileError) as caught:
        load_profile("court", tmp_path)
    assert (caught.value.code, caught.value.field) == (code, field)


def test_an_edited_file_is_read_again(tmp_path: Path) -> None:
    for path in PROFILES.glob("*.toml"):
        shutil.copy(path, tmp_path)
    assert load_profile("court", tmp_path).param("followup") == "every_assigned"
    text = (tmp_path / "court.toml").read_text("utf-8").replace('"every_assigned"', '"off"')
    (tmp_path / "court.toml").write_text(text, "utf-8")
    assert load_profile("court", tmp_path).param("followup") == "off"


@pytest.mark.parametrize(
    ("name", "offered", "kept_out"),
    [
        ("cppcc", "cppcc_petition", "petition_main"),
        ("association", "visit_association", "cppcc_petition"),
        ("service_centre_petition", "petition_main", "letter_office"),
    ],
)
def test_an_organisation_is_offered_its_own_systems_and_those_that_are_nobodys(
    name: str, offered: str, kept_out: str
) -> None:
    profile = load_profile(name, PROFILES)
    assert offers(profile, offered, PROFILES)
    assert offers(profile, "first_inquiry", PROFILES)
    assert not offers(profile, kept_out, PROFILES)
