"""The settings of an office: shown with their source, changed with a reason, open deadlines recomputed or kept."""

from __future__ import annotations

import pytest

from office import deadline_book, office_log, settings
from office.parameter_words import VALUE_WORDS
from office.profile_parameters import PARAMETERS
from storage.errors import BanjieError


def _wanted(desk, uow, **changes):
    told = settings.describe(uow, desk.org)
    own = {one["name"]: one["own"] for one in told["parameters"] if one["own"] is not None}
    own |= {one["code"]: one["own"] for one in told["limits"] if one["own"] is not None}
    now = dict(
        profile=told["profile"],
        overlay=told["overlay"]["own"],
        roll=told["roll"]["own"],
        day_end=told["day_end"]["own"],
        parameters=own,
    )
    return settings.Settings(**(now | changes))


def _change(desk, uow, *, recompute=True, reason="县里通知", **changes):
    wanted = _wanted(desk, uow, **changes)
    return settings.change(uow, desk.org, wanted, recompute=recompute, reason=reason, now=desk.now, by="boss")


def test_every_parameter_is_shown_in_chinese_with_its_source(desk):
    with desk.store.begin() as uow:
        told = settings.describe(uow, desk.org)
    shown = {one["name"]: one for one in told["parameters"]}
    assert len(shown) == len(PARAMETERS) - 3
    assert all(one["source"] and one["shown"] and one["title"] for one in shown.values())
    codes = {value for spec in PARAMETERS.values() for value in spec.allowed}
    assert {value for value in codes - VALUE_WORDS.keys() if not value.startswith("FM")} == set()
    assert {one["value"] for one in told["profiles"]} >= {"service_centre_petition", "town_lunar"}


def test_an_own_limit_moves_open_deadlines_or_leaves_them(desk):
    with desk.store.begin() as uow:
        case_id = desk.open(uow)
        armed = [deadline_book.arm(uow, desk.org, case_id, "R39.reply", start=desk.now, now=desk.now) for _ in range(2)]
        deadline_book.close(uow, desk.org, armed[1].ref, now=desk.now)
        kept = _change(desk, uow, recompute=False, parameters={"R39.reply": {"n": 5}})
        assert kept == []
        assert deadline_book.current_plan(uow, desk.org, armed[0].ref) == armed[0]
        moved = _change(desk, uow, parameters={"R39.reply": {"n": 10}})
        assert [(one.deadline_id, one.plan is not None) for one in moved] == [(armed[0].ref, True)]
        assert moved[0].plan is not None and moved[0].plan.due_at > armed[0].due_at
        assert deadline_book.current_plan(uow, desk.org, armed[0].ref) == moved[0].plan
        assert deadline_book.current_plan(uow, desk.org, armed[1].ref) == armed[1]  # closed: stays
        lines = [(line["act"], line["new"], line["reason"]) for line in office_log.changes(uow, desk.org, "settings")]
        assert sorted(lines, key=str) == [
            ("kept", {"R39.reply": {"n": 5}}, "县里通知"),
            ("recomputed", {"R39.reply": {"n": 10}}, "县里通知"),
        ]
        limit = next(one for one in settings.describe(uow, desk.org)["limits"] if one["code"] == "R39.reply")
        assert (limit["n"], limit["own"]) == (3, {"n": 10})


def test_a_deadline_that_the_new_profile_does_not_know_stays(desk):
    with desk.store.begin() as uow:
        case_id = desk.open(uow)
        armed = deadline_book.arm(uow, desk.org, case_id, "R39.reply", start=desk.now, now=desk.now)
        profile = settings.describe(uow, desk.org)["profile"]
        other = "court" if profile != "court" else "village"
        _change(desk, uow, profile=other)
        assert settings.describe(uow, desk.org)["profile"] == other
        assert deadline_book.current_plan(uow, desk.org, armed.ref) is not None


@pytest.mark.parametrize(
    ("changes", "reason", "code"),
    [
        ({"day_end": "17:30:00"}, " ", "settings.no_reason"),
        ({}, "县里通知", "settings.unchanged"),
        ({"day_end": "25:00"}, "县里通知", "profile.bad_parameter"),
        ({"profile": "atlantis"}, "县里通知", "profile.unknown"),
        ({"parameters": {"group.size": "many"}}, "县里通知", "profile.bad_parameter"),
        ({"parameters": {"no.such": 1}}, "县里通知", "profile.unknown_parameter"),
        ({"parameters": {"L12": {"n": 90}}}, "县里通知", "profile.statute_fixed"),
    ],
)
def test_what_is_refused_changes_nothing(desk, changes, reason, code):
    with desk.store.begin() as uow:
        before = settings.describe(uow, desk.org)
        with pytest.raises(BanjieError) as refused:
            _change(desk, uow, reason=reason, **changes)
        assert refused.value.code == code
        assert settings.describe(uow, desk.org) == before
        assert office_log.changes(uow, desk.org) == []
