"""Named statements: each finds its rows by the index that it names, on both databases; errors are SQLAlchemy's."""

from __future__ import annotations

import re
from contextlib import nullcontext
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Boolean, Integer, Table, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from engine import sql
from storage.clock import TZ
from storage.database import Store, UnitOfWork
from storage.statements import Statement, write
from storage.tables import engine as tables
from storage.types import Instant, Json

NAMED = {name: one for name, one in vars(sql).items() if isinstance(one, Statement)}
FIRST = datetime(2026, 11, 26, 9, 0, tzinfo=TZ)
FILLED = (
    tables.deployment, tables.instance, tables.task, tables.task_group, tables.timer, tables.job, tables.subscription,
    tables.incident, tables.data_store,
)  # fmt: skip
LATER = FIRST + timedelta(days=1)
COMMON: dict[str, Any] = {
    "most": 9,
    "org": "o1",
    "of": "id5",
    "key": "key5",
    "kind": "message",
    "name": "name5",
    "now_is": "ready",
}
BY_TYPE = {"INTEGER": 9, "TIMESTAMP": LATER, "BYTEA": b""}  # as PostgreSQL's casts name the types of bound values

ADD = Statement("A setting.", insert(tables.setting))
READ = Statement(
    "A setting.", select(tables.setting).where(tables.setting.c.name == bindparam("of")), index="primary key"
)
CHANGE = Statement(
    "Another value.",
    update(tables.setting).where(tables.setting.c.name == bindparam("of")).values(value=bindparam("to")),
    index="primary key",
)  # fmt: skip


def fill(store: Store, rows: int = 2000) -> None:
    """Rows of four organisations in every table that the statements read: a planner has a choice only then."""
    with store.begin() as uow:
        for table in FILLED:
            uow.conn.execute(insert(table), [row(table, number) for number in range(rows)])
    with store.begin() as uow:
        uow.conn.exec_driver_sql("ANALYZE")


def row(table: Table, number: int) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for column in table.columns:
        match column.type:
            case Instant():
                told[column.name] = FIRST + timedelta(minutes=number)
            case Json():
                told[column.name] = []
            case Boolean():
                told[column.name] = False
            case Integer():
                told[column.name] = number
            case _ if column.name == "blob":
                told[column.name] = b"x"
            case _:
                told[column.name] = f"{column.name}{number}"
    few = {
        "org_id": f"o{number % 4}",
        "state": "open" if table is tables.task else "ready",
        "kind": "message",
        "resolved_at": None,
    }
    return told | {name: value for name, value in few.items() if name in told}


def plan(uow: UnitOfWork, statement: Statement) -> str:
    """How the database would run a statement."""
    form = statement.form(uow)
    if uow.dialect == "sqlite":
        rows = uow.conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {form.text}", (None,) * form.text.count("?")).all()
        return "\n".join(str(row[3]) for row in rows)
    types = dict(re.findall(r"%\((\w+)\)s::([A-Z]+)", form.text))
    values = {name: COMMON.get(name, BY_TYPE.get(types.get(name, ""), "x")) for name in form.order}
    rows = uow.conn.exec_driver_sql(f"EXPLAIN {form.text}", {**values, **form.constants}).all()
    return "\n".join(str(row[0]) for row in rows)


def test_rows_are_found_by_the_index_that_is_named(store: Store) -> None:
    """A primary key's index is called `pk_...` by PostgreSQL and `sqlite_autoindex_...` by SQLite."""
    fill(store)
    wrong = {}
    with store.begin() as uow:
        for name, statement in NAMED.items():
            if statement.index is None:
                continue
            found = plan(uow, statement)
            primary = "pk_" in found or "sqlite_autoindex_" in found
            named = primary if statement.index == "primary key" else statement.index in found
            scanned = "Seq Scan" in found or ("SCAN" in found and "USING" not in found)
            if not named or scanned:
                wrong[name] = found
    assert wrong == {}


def test_every_statement_says_what_it_is_for_and_all_but_inserts_name_an_index(store: Store) -> None:
    with store.begin() as uow:
        bare = [
            name for name, one in NAMED.items() if one.index is None and not one.form(uow).text.startswith("INSERT")
        ]
    assert bare == [] and all(one.sentence.endswith(".") for one in NAMED.values())


def test_values_go_in_and_come_out_as_the_columns_say(store: Store) -> None:
    row = {
        "org_id": "o", "instance_id": "i", "seq": 1, "business_key": None, "at": FIRST, "actor": "wang", "kind": "k",
        "element_id": None, "name": "办理", "data": {"b": [1, None], "a": "字"}, "prev_hash": "0", "hash": "1",
    }  # fmt: skip
    read = Statement("All history.", select(tables.history))
    with store.begin() as uow:
        assert write(uow, [(sql.ADD_HISTORY, [row, {**row, "seq": 2}])]) == [2]
        first, second = read.all(uow)
    assert first._asdict() == row and second.seq == 2
    assert list(first.data) == ["b", "a"] and first.at.utcoffset() == FIRST.utcoffset()


def test_counts_are_given_for_each_statement_in_order(store: Store) -> None:
    with store.begin() as uow:
        rows = [{"name": f"n{n}", "value": "v", "locked": False} for n in range(3)]
        changed = [{"of": "n0", "to": "w"}, {"of": "nobody", "to": "w"}]
        assert write(uow, [(ADD, rows), (CHANGE, changed), (CHANGE, [{"of": "n9", "to": "w"}])]) == [3, 1, 0]
    with store.begin(write=False) as uow:
        assert READ.first(uow, of="n0").value == "w" and READ.first(uow, of="n9") is None


def test_an_error_is_sqlalchemys_and_undoes_the_transaction(store: Store) -> None:
    rows = [{"name": "n", "value": "v", "locked": False}] * 2
    with pytest.raises(IntegrityError), store.begin() as uow:
        write(uow, [(ADD, rows), (CHANGE, [{"of": "n", "to": "w"}])])
    with store.begin(write=False) as uow:
        assert READ.all(uow, of="n") == []


def test_a_missing_value_is_an_error(store: Store) -> None:
    with pytest.raises(KeyError), store.begin() as uow:
        write(uow, [(ADD, [{"name": "n", "value": "v"}])])


def test_a_savepoint_is_undone_alone(store: Store) -> None:
    done: list[str] = []
    with store.begin() as uow:
        with uow.savepoint():
            ADD.run(uow, name="kept", value="v", locked=False)
            uow.after_commit(lambda: done.append("kept"))
            uow.notes["kept"] = 1
        with pytest.raises(IntegrityError), uow.savepoint():
            uow.after_commit(lambda: done.append("undone"))
            uow.notes["undone"] = 1
            ADD.run(uow, name="undone", value="v", locked=False)
            ADD.run(uow, name="kept", value="v", locked=False)
        assert uow.notes == {"kept": 1}
        assert READ.first(uow, of="kept") is not None and READ.first(uow, of="undone") is None
    assert done == ["kept"]


def test_what_an_exchange_that_failed_had_prepared_is_prepared_again(store: Store) -> None:
    """psycopg prepares a statement (the sixth time) in an exchange that fails before it: the server has not seen it.

    Jobs and timers that share a transaction fail so, each in its savepoint, and the connection goes on."""
    taken = {"name": "a", "value": "1", "locked": False}
    change = (CHANGE, [{"of": "a", "to": "2"}])
    with store.begin() as uow:
        write(uow, [(ADD, [taken])])
        with pytest.raises(IntegrityError), uow.savepoint():  # psycopg sees this rollback, with nothing prepared yet
            write(uow, [(ADD, [taken])])
        for _ in range(5):
            write(uow, [change])
        with pytest.raises(IntegrityError), uow.savepoint():
            write(uow, [(ADD, [taken]), change])
        for _ in range(3):
            assert write(uow, [change]) == [1]


def test_a_savepoint_says_nothing_after_its_transaction(store: Store) -> None:
    """The same connection goes to somebody who takes it from the pool without a unit of work."""
    for fails in (False, True):
        with pytest.raises(ZeroDivisionError) if fails else nullcontext(), store.begin() as uow:
            with uow.savepoint():
                ADD.run(uow, name=f"n{fails}", value="v", locked=False)
            if fails:
                raise ZeroDivisionError
        with store.engine.connect() as conn:
            names = conn.execute(select(tables.setting.c.name).where(tables.setting.c.name.like("n%"))).scalars().all()
        assert names == ["nFalse"]


def test_savepoints_inside_each_other_and_statements_of_both_kinds(store: Store) -> None:
    query = select(tables.setting.c.name).where(tables.setting.c.name.like("n%")).order_by(tables.setting.c.name)
    with store.begin() as uow:
        with uow.savepoint():
            uow.conn.execute(insert(tables.setting).values(name="n1", value="v", locked=False))
            with pytest.raises(ZeroDivisionError), uow.savepoint():
                ADD.run(uow, name="n2", value="v", locked=False)
                raise ZeroDivisionError
            with uow.savepoint():
                ADD.run(uow, name="n3", value="v", locked=False)
        with pytest.raises(ZeroDivisionError), uow.savepoint():
            raise ZeroDivisionError
        with uow.savepoint():
            pass
        assert uow.conn.execute(query).scalars().all() == ["n1", "n3"]
