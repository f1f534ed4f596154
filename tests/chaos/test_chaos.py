"""Two minutes of chaos in the suite, and proof that the checker sees what it should. `make chaos` runs it for long."""

from __future__ import annotations

import shutil
import sqlite3
from itertools import islice
from pathlib import Path

import pytest

from tests.chaos import checker, faults
from tests.chaos.people import Journal
from tests.chaos.run import Result, run

SEED = 4  # a fixed one: a finding here is a change of the program, not of the dice


@pytest.fixture
def cellar(tmp_path: Path) -> Path:
    return tmp_path / "chaos"


def short(database: str, folder: Path, **more: object) -> Result:
    return run(database, folder, seed=SEED, kills=40, seconds=40, nodes=3, cases=600, **more)  # type: ignore[arg-type]


TAMPERED = {
    "an acknowledged start is gone": "delete from instance where id in (select min(id) from instance where "
    "process_key = 'chaos_case')",
    "a completion is gone": "update task set state = 'open' where id = (select min(id) from task where "
    "process_key = 'chaos_case')",
    "a completion is in history twice": "update history set data = (select data from history where kind = "
    "'task_completed' order by instance_id, seq limit 1) where (instance_id, seq) = (select instance_id, max(seq) "
    "from history where kind = 'task_completed')",
    "other words were kept": "update history set data = json_set(data, '$.answers_sha256', 'x') where kind = "
    "'task_completed' and element_id = 'First'",
    "a number is missing": "delete from case_file where number = (select min(number) from case_file)",
    "a number was given out of turn": "update case_file set number = replace(number, '-0002', '-9002')",
    "a row of history was changed": "update history set actor = 'somebody' where seq = 2",
    "a row of history is missing": "delete from history where seq = 3",
    "a timer fired twice": "update history set kind = 'timer_fired', element_id = 'Wait' where kind = 'job_done' and "
    "element_id = 'Count'",
    "an effect was never sent": None,
    "a task is open twice": "insert into task (org_id, id, instance_id, process_key, element_id, name, business_key, "
    "candidate_groups, candidate_users, properties, scope_path, state, created_at) select org_id, id || 'x', "
    "instance_id, process_key, element_id, name, business_key, candidate_groups, candidate_users, properties, "
    "scope_path, 'open', created_at from task where process_key = 'chaos_case' limit 1",
    "a job is left": "insert into job (org_id, id, instance_id, element_id, handler, inputs, state, due_at, tries, "
    "created_at) values ('o', 'j', (select min(id) from instance), 'Effect', 'chaos.effect', '{}', 'ready', "
    "'2026-01-01T00:00:00Z', 0, '2026-01-01T00:00:00Z')",
    "a token is lost": "update instance set state = 'active' where process_key = 'chaos_case'",
    "a duty has no process": "delete from instance where process_key = 'leader_reception_plan'",
}  # fmt: skip


@pytest.mark.timeout(600)
def test_on_sqlite(cellar: Path):
    """Kills, jumps of the clock, a full disk, power cuts; then each promise is broken by hand, and it is seen."""
    seen: dict[str, list[str]] = {}

    def tamper(url: str, journal: Journal, received: Path) -> None:
        with sqlite3.connect(url.removeprefix("sqlite:///")) as conn:
            conn.execute("pragma wal_checkpoint(truncate)")
        conn.close()
        for name, sql in TAMPERED.items():
            copy = cellar / "tampered.db"
            shutil.copy(url.removeprefix("sqlite:///"), copy)
            with sqlite3.connect(copy) as conn:
                if sql is not None:
                    conn.execute(sql)
            conn.close()
            calls = received if sql is not None else cellar / "nobody was called"
            seen[name] = checker.findings(f"sqlite:///{copy}", journal, calls)

    result = short("sqlite", cellar, inspect=tamper)
    assert result.findings == [], result
    assert result.kills >= 10 and result.acknowledged >= 20, result
    assert [name for name in TAMPERED if not seen.get(name)] == []


@pytest.mark.timeout(600)
def test_on_postgresql(cellar: Path):
    result = short("postgresql", cellar)
    assert result.findings == [], result
    assert result.kills >= 10 and result.acknowledged >= 20, result


def test_a_seed_gives_its_faults_again():
    first, again, other = (list(islice(faults.schedule(seed, 3), 500)) for seed in (7, 7, 8))
    assert first == again != other
    assert {fault.kind for fault in first} == set(faults.KINDS)
