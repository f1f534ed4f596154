"""Revisions of the tables: complete, in one line, run once by many nodes, and up from every released version."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, select, text

from storage import schema
from storage.clock import FixedClock
from storage.database import Store
from storage.errors import BanjieError
from storage.tables import engine as tables
from storage.tables import metadata
from tests.support.door import dump
from web import acts
from web.backup import fill, restore
from web.banjie import Banjie
from web.verifying import verify

RELEASED = Path(__file__).parent / "released"
NOW = datetime(2026, 11, 26, 9, 0)  # after the last of them was made; a clock that goes back is another test's matter
# A backup of `banjie demo` by each version: put one here at every release.
VERSIONS = sorted(path.name for path in RELEASED.iterdir())
ROOT = Path(__file__).parents[2]
REMEDY = 'run `make migration M="what changes"`, read the file it writes and commit it with the tables'


@pytest.fixture
def empty(database_url: str) -> Iterator[Store]:
    """A database in which nobody has been."""
    store = Store(database_url)
    yield store
    store.close()


def test_the_revisions_make_the_tables_of_the_models(empty: Store) -> None:
    assert schema.upgrade(empty) != []
    assert schema.differences(empty) == [], REMEDY
    assert schema.upgrade(empty) == []
    assert schema.current(empty) == schema.head()


def test_a_column_without_a_revision_is_noticed(store: Store) -> None:
    with store.begin() as uow:
        uow.conn.execute(text("alter table job add column more text"))
    ((kind, _, table, column),) = (one for one in schema.differences(store))
    assert (kind, table, column.name) == ("remove_column", "job", "more")


def test_the_revisions_are_numbered_in_one_line() -> None:
    """Two that follow the same one were made side by side: delete the later one and make it again."""
    revisions = list(ScriptDirectory(str(schema.FOLDER)).walk_revisions())[::-1]
    numbers = [f"{number:04}" for number in range(1, len(revisions) + 1)]
    assert [one.revision for one in revisions] == numbers
    assert [one.down_revision for one in revisions] == [None, *numbers[:-1]]
    files = sorted(path.name[:4] for path in (schema.FOLDER / "versions").glob("[0-9]*.py"))
    assert files == numbers, f"delete the revision that is not in main yet, then {REMEDY}"


def test_the_workflow_writes_a_revision_that_is_needed_only(store: Store, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "storage.migrations", "nothing"], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout) == (0, "models and revisions agree; nothing was written\n"), done.stderr


def test_two_nodes_start_at_once(database_url: str) -> None:
    """On an empty database: each finds it complete, and the revisions have run once."""
    code = (
        "import sys; from storage import schema; from storage.database import Store; sys.stdin.readline(); "
        "print(len(schema.upgrade(Store(sys.argv[1]))))"
    )
    nodes = [
        subprocess.Popen(
            [sys.executable, "-c", code, database_url],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for _ in range(4)
    ]  # fmt: skip
    for node in nodes:
        assert node.stdin is not None
        node.stdin.write("\n")
        node.stdin.flush()
    told = [node.communicate(timeout=60) for node in nodes]
    assert [node.returncode for node in nodes] == [0] * 4, told
    assert sorted(int(out) for out, _ in told) == [0, 0, 0, int(schema.head())], told


def test_a_newer_database_is_left_alone(store: Store) -> None:
    with store.begin() as uow:
        uow.conn.execute(text("update alembic_version set version_num = '9999'"))
    with pytest.raises(BanjieError, match=r"^database\.newer:"):
        schema.upgrade(store)
    assert schema.current(store) == "9999"


def test_a_half_database_is_not_taken_for_one_of_ours(empty: Store) -> None:
    with empty.begin() as uow:
        metadata.tables["history"].create(uow.conn)
    with pytest.raises(BanjieError, match=r"^database\.unrecognised:"):
        schema.upgrade(empty)
    with empty.begin() as uow:
        assert inspect(uow.conn).get_table_names() == ["history"]


def counted(archive: Path) -> dict[str, int]:
    with zipfile.ZipFile(archive) as backup:
        return {name: told["rows"] for name, told in json.loads(backup.read("manifest.json"))["tables"].items()}


def goes_on(url: str, archive: Path) -> None:
    """Nothing is missing, the history is whole, and an open task of that time is completed."""
    here = Banjie(url, clock=FixedClock(NOW))
    try:
        assert schema.differences(here.store) == []
        kept = {name: count for name, count in counted(archive).items() if name in metadata.tables}
        kept["setting"] += 1  # with which keys it is sealed
        assert {name: len(lines) for name, lines in dump(here.store).items() if name in kept} == kept
        assert verify(here) == []
        with here.store.begin(write=False) as uow:
            names = uow.conn.execute(text("select name from party where name is not null")).scalars().all()
            assert names and all(name.startswith("~") for name in names)  # sealed on the way
            task = uow.conn.execute(
                select(tables.task).where(tables.task.c.state == "open", tables.task.c.element_id == "ProposeWay")
            ).first()
        assert task is not None
        answers = {"weight": "ordinary", "proposed_opinion": "建议办理", "proposed_way": "filed_assignment"}
        acts.complete(here, acts.Actor(task.org_id, task.assignee or "linhai"), task.id, answers)
        assert verify(here) == []
    finally:
        here.close()


@pytest.mark.parametrize("version", VERSIONS)
def test_a_backup_of_each_release_comes_up_to_date(version: str, database_url: str) -> None:
    archive = RELEASED / version / "backup.zip"
    restore(archive, database_url)
    goes_on(database_url, archive)


def test_a_database_that_0_1_0_made_is_recognised(empty: Store) -> None:
    """It has the tables of its own statements, its rows, and no word of any revision."""
    folder = RELEASED / "0.1.0"
    with empty.begin() as uow:
        for statement in (folder / f"{empty.dialect}.sql").read_text().split(";\n"):
            if statement.strip():
                uow.conn.execute(text(statement))
        fill(uow, folder / "backup.zip")
    assert schema.current(empty) == "0001"
    assert len(schema.upgrade(empty)) == int(schema.head()) - 1
    goes_on(empty.url.render_as_string(hide_password=False), folder / "backup.zip")


def test_revisions_that_fail_leave_nothing(empty: Store) -> None:
    """Both databases take tables back with the transaction."""
    with pytest.raises(RuntimeError), empty.begin() as uow:
        schema.upgrade_in(uow, schema.head())
        raise RuntimeError("no room on the disk")
    with empty.begin(write=False) as uow:
        assert inspect(uow.conn).get_table_names() == []
    assert schema.upgrade(empty) != []
