"""`make run PROFILE=...`: each sample office comes up with its people and a month of matters, none of them broken."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import func, select

from office import organisations
from office.sample_offices import read_sample, sample_profiles
from storage import schema
from storage.errors import NotFound
from storage.tables import engine as tables
from storage.tables.office import case_file
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
            states = set(uow.conn.execute(select(case_file.c.state)).scalars())
            assert len(states) >= 3, "matters at different stages"
            own = set(organisations.profile_of(uow, org.id).param("starts"))
        assert {matter["process"] for matter in sample.matters} <= own
    finally:
        banjie.close()
    assert sample.people[0]["login"] in capsys.readouterr().out


def test_a_profile_without_a_sample_office_is_named(tmp_path: Path) -> None:
    banjie = Banjie(f"sqlite:///{tmp_path}/demo.db")
    with pytest.raises(NotFound, match="没有示例单位"):
        prepare(banjie, "school")
    banjie.close()
