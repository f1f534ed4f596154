"""Lights at their exact boundary seconds, and which steps of the ladder fire (0.4, 0.5)."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from office.calendar import Calendar
from office.lights import Light, light, step_instants
from office.profiles import ProfileError, load_profile
from storage.clock import TZ

PROFILES = Path(__file__).parents[2] / "processes" / "profiles"
PROFILE = load_profile("service_centre_petition", PROFILES)


def at(text: str) -> datetime:
    """An instant in Asia/Shanghai."""
    return datetime.fromisoformat(text).replace(tzinfo=TZ)


A27 = PROFILE.compute("R39.reply", at("2026-11-26T10:00"), Calendar())
A54 = PROFILE.compute("R58.assignment", at("2026-11-09T09:00"), Calendar(), n=10)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-11-26T10:00:00", "green"),
        ("2026-11-27T08:59:59", "green"),
        ("2026-11-27T09:00:00", "yellow"),
        ("2026-11-30T23:59:59", "yellow"),
        ("2026-11-30T23:59:59.999999", "yellow"),
        ("2026-12-01T00:00:00", "red"),
    ],
)
def test_open(now: str, expected: Light) -> None:
    assert light(A27, at(now)) == expected


@pytest.mark.parametrize(
    ("finished", "expected"),
    [("2026-11-30T23:59:59", "closed_on_time"), ("2026-12-01T00:00:00", "closed_late")],
)
def test_closed(finished: str, expected: Light) -> None:
    assert light(A27, at("2026-12-20T10:00"), at(finished)) == expected
    assert light(A27, at("2026-12-20T10:00"), at(finished), paused=True) == expected


def test_paused_while_open() -> None:
    assert light(A27, at("2026-12-20T10:00"), paused=True) == "paused"


def test_on_the_spot_is_green_until_closed() -> None:
    spot = PROFILE.compute("当场", at("2026-11-26T10:00"), Calendar())
    assert light(spot, at("2027-11-26T10:00")) == "green"
    assert light(spot, at("2027-11-26T10:00"), at("2026-11-26T10:20")) == "closed_on_time"
    assert step_instants(spot) == {}


def test_yellow_by_the_clock() -> None:
    start = at("2026-11-27T17:30")
    property_office = load_profile("property", PROFILES)
    assert property_office.compute("R90.follow_up", start, Calendar()).yellow_at == at("2026-11-28T13:30")
    assert PROFILE.compute("R66.notify", start, Calendar()).yellow_at == at("2026-11-27T17:50")
    assert PROFILE.compute("R01.handover", start, Calendar()).yellow_at == at("2026-11-27T19:00")


@pytest.mark.parametrize(
    ("size", "lead"),
    [(0, 0), (1, 0), (2, 1), (3, 1), (4, 2), (7, 2), (8, 3), (15, 3), (16, 5), (45, 5), (46, 10), (365, 10)],
)
def test_lead_by_size(size: int, lead: int) -> None:
    assert PROFILE.timing.lead(size) == lead


def test_a54_ladder() -> None:
    assert step_instants(A54) == {
        "E0": at("2026-11-16T09:00:00"), "E1": at("2026-11-20T00:00:00"),
        "E2": at("2026-11-24T09:00:00"), "E3": at("2026-11-30T09:00:00"),
    }  # fmt: skip


@pytest.mark.parametrize("code", ["L5", "L14", "L16.request", "R27.period"])
def test_limits_of_the_petitioner_and_waiting_periods_have_no_ladder(code: str) -> None:
    found = PROFILE.compute(code, at("2026-11-09T09:00"), Calendar())
    assert PROFILE.ladder(code) == () and step_instants(found) == {} and found.e3_target is None
    assert found.e2 is not None, "the instants are worked out all the same, for display"


@pytest.mark.parametrize(
    ("profile", "code", "target"),
    [
        ("gov_service_centre", "R01.report", "R06"),
        ("service_centre_petition", "R39.reply", "R73"),
        ("property", "R92.follow_up", "report_to_head"),
        ("school", "R01.report", "report_to_head"),
        ("factory", "R66.notify", "report_to_head"),
    ],
)
def test_where_the_third_step_leads(profile: str, code: str, target: str) -> None:
    assert load_profile(profile, PROFILES).compute(code, at("2026-11-09T09:00"), Calendar()).e3_target == target


@given(st.integers(0, 60 * 24 * 40))
def test_red_means_the_first_step_after_the_reminder(minutes: int) -> None:
    now = A54.start + timedelta(minutes=minutes)
    assert (light(A54, now) == "red") == (step_instants(A54)["E1"] <= now)


def test_an_organisation_may_change_lights_and_ladder() -> None:
    changed = load_profile(
        "service_centre_petition", PROFILES, {"ladder.supervision_after": 1, "light.morning": "08:30"}
    )
    found = changed.compute("R39.reply", A27.start, Calendar())
    assert (found.yellow_at, found.e2) == (at("2026-11-27T08:30"), at("2026-12-01T08:30"))
    with pytest.raises(ProfileError) as caught:
        load_profile("service_centre_petition", PROFILES, {"ladder.accountability_after": 3})
    assert caught.value.field == "ladder.accountability_after"
