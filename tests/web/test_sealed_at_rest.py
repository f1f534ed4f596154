"""After whole matters have run, no table shows who brought them or who is accused (R65)."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import select

from storage.database import Store
from storage.tables.office import case_accused, party
from web.paths import PROCESSES
from web.play import Player
from web.scenario import read_scenario

SCENARIOS = [
    "first_inquiry/scenarios/a02_cppcc.toml",  # a message carries the person from one process to another
    "petition_main/scenarios/a46_accused_kept_out.toml",
    "petition_main/scenarios/long_road.toml",
]


@pytest.mark.parametrize("name", SCENARIOS)
def test_no_table_names_a_person(tmp_path: Path, name: str) -> None:
    url = f"sqlite:///{tmp_path}/played.db"
    assert Player(read_scenario(PROCESSES / name), url).run().differences == []
    store = Store(url)
    with store.begin(write=False) as uow:
        persons = [row._asdict() for row in uow.conn.execute(select(party))]
        accused = uow.conn.execute(select(case_accused.c.value).where(case_accused.c.kind == "name")).scalars().all()
    store.close()
    words = {person[key] for person in persons for key in ("name", "phone", "address", "id_no") if person[key]}
    words |= set(accused)
    assert words
    assert [place for place in _cells(tmp_path / "played.db") if any(word in place[2] for word in words)] == []


def _cells(file: Path) -> list[tuple[str, str, str]]:
    """Every value of every table as text: table, column, value. Titles and matters are the petitioner's own words."""
    with sqlite3.connect(file) as database:
        tables = [row[0] for row in database.execute("select name from sqlite_master where type = 'table'")]
        cells = []
        for table in tables:
            cursor = database.execute(f'select * from "{table}"')
            columns = [one[0] for one in cursor.description]
            for row in cursor:
                for column, value in zip(columns, row, strict=True):
                    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
                    cells.append((table, column, text))
    return cells
