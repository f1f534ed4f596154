"""`make run PROFILE=...`: each sample office comes up with its people and a month of matters, none of them broken."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from office import organisations, schedule_book
from office.sample_offices import read_sample, sample_profiles
from storage import schema
from storage.clock import FixedClock
from storage.errors import NotFound
from storage.tables import engine as tables
from storage.tables.office import case_file, register_entry
from web.banjie import Banjie
from web.demo import prepare
from web.paths import PROCESSES

SAMPLES = PROCESSES / "samples"


@pytest.mark.parametrize("profile", sample_profiles(SAMPLES))
def test_the_office_of_a_profile_comes_up(profile: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sample = read_sample(profile, SAMPLES)
    banjie = Banjie(f"sqlite:///{tmp_path}/demo.db")
    schema.upgrade(banjie.store)
    try:
        prepare(banjie, profile)
        with banjie.store.begin(write=False) as uow:
            org = organisations.organisation_by_code(uow, sample.code)
            assert org is not None
            assert uow.conn.execute(select(func.count()).select_from(case_file)).scalar_one() >= len(sample.matters)
            assert uow.conn.execute(select(tables.incident)).all() == []
            assert uow.conn.execute(select(func.count()).select_from(register_entry)).scalar_one() > 0
            states = set(uow.conn.execute(select(case_file.c.state)).scalars())
            assert len(states) >= 3, "matters at different stages"
            chosen = organisations.profile_of(uow, org.id)
        assert {matter["process"] for matter in sample.matters} <= set(chosen.param("starts"))
        assert {code for session in sample.sessions for code in session["schedules"]} <= set(chosen.schedules)
    finally:
        banjie.close()
    assert sample.people[0]["login"] in capsys.readouterr().out


def test_each_of_the_six_organisations_has_a_sample_office() -> None:
    six = {"civil_affairs", "resettlement_bureau", "cppcc", "office_letters", "court", "town_lunar"}
    assert six <= set(sample_profiles(SAMPLES))


@pytest.mark.parametrize("profile", ["court", "town_lunar"])
def test_sessions_were_held_on_their_days(profile: str, tmp_path: Path) -> None:
    """Whatever day the office is tried on: in a week of holidays, at the start of a year."""
    for day in (datetime(2026, 10, 5, 8), datetime(2026, 3, 1, 17)):
        url = f"sqlite:///{tmp_path}/{day:%m%d}.db"
        banjie = Banjie(url, clock=FixedClock(day))
        schema.upgrade(banjie.store)
        prepare(banjie, profile)
        with banjie.store.begin(write=False) as uow:
            org = organisations.organisation_by_code(uow, read_sample(profile, SAMPLES).code)
            assert org is not None
            held = [one for one in schedule_book.dates(uow, org.id) if one["case_id"] is not None]
            assert len({one["day"] for one in held}) >= 3
            assert uow.conn.execute(select(tables.incident)).all() == []
            assert uow.conn.execute(select(func.max(case_file.c.received_at))).scalar_one() <= banjie.clock.now()
        banjie.close()


def test_a_profile_without_a_sample_office_is_named(tmp_path: Path) -> None:
    banjie = Banjie(f"sqlite:///{tmp_path}/demo.db")
    with pytest.raises(NotFound, match="没有示例单位"):
        prepare(banjie, "school")
    banjie.close()
