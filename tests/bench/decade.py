"""Ten years of finished cases beside the open ones: what the daily questions cost among few and among many.

    python -m tests.bench.decade --finished 30000000 [--whole 1000000]

On PostgreSQL, every commit synced. The open work is the sample town's, with `OPEN` petitions. Each finished case has
its row, a completed task and a closed limit, copied from one real finished petition; `whole` of them have the rows of
all other tables too (instance, history, entries, participants, registers, documents). A second database of the same
server has `FEW` finished cases. Each question is asked of both in turn, in a new order each of `ROUNDS` rounds;
medians are compared.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy import Table, Text, cast, func, select, text
from sqlalchemy.dialects import postgresql

from engine import sql
from office import access, case_list, closings, inbox, registers, timeline
from office import statistics as numbers
from office.case_rows import rows_of
from storage.tables import engine as tables
from storage.tables import metadata
from storage.tables import office as office_tables
from storage.tables.counting import closing_count
from tests.support import postgres, run
from tests.support.office import Office, open_office

OPEN = 200
FEW = 10_000
ROUNDS = 31
STEP = 1_000_000  # rows an INSERT
MANY = ("case_file", "task", "deadline")  # of each finished case
_IDS = frozenset(
    (
        "id",
        "case_id",
        "business_key",
        "instance_id",
        "deadline_id",
        "deadline_ref",
        "task_id",
        "other_id",
        "history_hash",
    )
)
_DAYS = frozenset(("received_at", "registered_at", "closed_at", "created_at", "finished_at", "at"))
# Rows that name others of the whole office, or would not be finished.
_LEFT_OUT = frozenset(("party", "party_word", "task_group", "timer", "job", "subscription", "case_link"))

_SHORT = {"detail": "{}", "fields": "{}", "properties": "{}"}  # of the copies that are only in MANY: disk is finite


def main() -> int:
    """Measure among few, then among many."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--finished", type=int, default=30_000_000)
    parser.add_argument("--whole", type=int, default=1_000_000)
    options = parser.parse_args()
    run.begin()
    try:
        url = postgres.server_url(run.pid(), durable=True)
        with office_on(url) as few, office_on(url) as many:
            for office, finished, whole in ((few, FEW, FEW), (many, options.finished, options.whole)):
                template = finished_case(office)
                copy_cases(office, template, 0, FEW, FEW)
                copy_cases(office, template, FEW, finished, whole)
                count_closings(office)
            _compare(few, many, options.finished)
            _sizes(many)
    finally:
        run.end()
    return 0


@contextmanager
def office_on(server: str) -> Iterator[Office]:
    with postgres.database(server) as url:
        office = open_office(url)
        for number in range(OPEN):
            office.start("linhai", matter=f"第{number}件，村口水渠垮塌", name=f"赵{number}山")
        yield office
        office.banjie.close()


def finished_case(office: Office) -> str:
    """A petition that was accepted and closed; the others are copies of it."""
    case_id = office.accepted("linhai")
    with office.banjie.store.begin() as uow:
        mine = (tables.instance.c.business_key == case_id) & (tables.instance.c.state == "active")
        for instance_id in uow.conn.execute(select(tables.instance.c.id).where(mine)).scalars().all():
            office.banjie.engine.cancel(uow, office.org_id, instance_id, reason="办结", actor=None)
        closed = {"state": "closed", "closed_at": office.clock.now()}
        case = office_tables.case_file
        uow.conn.execute(case.update().where(case.c.id == case_id).values(closed))
    return case_id


def copy_cases(office: Office, template: str, first: int, last: int, whole: int) -> None:
    """Copies `first` to `last` of the finished case: all of its rows for those before `whole`."""
    found = [(table, mine) for table, mine in rows_of(office.org_id, template) if table.name not in _LEFT_OUT]
    for table, mine in found:
        until = last if table.name in MANY else min(whole, last)
        if until <= first:
            continue
        one_row = table.name in MANY and last > FEW
        began = time.monotonic()
        indexes = list(table.indexes) if until - first > STEP else []
        with _autocommit(office) as conn:
            for index in indexes:
                index.drop(conn)
            for begin in range(first, until, STEP):
                conn.execute(_insert(table, mine, one_row, begin, min(begin + STEP, until)))
            for index in indexes:
                index.create(conn)
            conn.execute(text(f'VACUUM (ANALYZE) "{table.name}"'))
        print(f"  {table.name}: to {until:,} in {time.monotonic() - began:.0f} s", flush=True)


def count_closings(office: Office) -> None:
    """Count the closings, as each would have been counted when it happened."""
    with office.banjie.store.begin() as uow:
        uow.conn.execute(closing_count.delete())
        anew = closings.counted_anew(uow.dialect).subquery()
        columns = ["org_id", "month", "unit_id", "late", "n", "id"]
        id = func.row_number().over(order_by=(anew.c.month, anew.c.unit_id, anew.c.late))
        uow.conn.execute(closing_count.insert().from_select(columns, select(*anew.c, cast(id, Text))))


@contextmanager
def _autocommit(office: Office) -> Iterator[Any]:
    with office.banjie.store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.execute(text("SET synchronous_commit = off"))
        conn.execute(text("SET maintenance_work_mem = '1GB'"))
        yield conn


def _insert(table: Table, mine: Any, one_row: bool, first: int, last: int) -> Any:
    """INSERT ... SELECT of the template's rows, once for each number, with ids and numbers of their own."""
    columns = [f'"{column.name}"' for column in table.columns]
    values = [_value(table, column, one_row) for column in table.columns]
    condition = mine.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True})
    source = f'(SELECT * FROM "{table.name}" WHERE {condition}{" LIMIT 1" if one_row else ""}) AS "{table.name}"'
    return _sql(
        f'INSERT INTO "{table.name}" ({", ".join(columns)}) SELECT {", ".join(values)} '
        f"FROM {source}, generate_series({first}, {last - 1}) AS i"
    )


def _value(table: Table, column: Any, one_row: bool) -> str:
    """What copy `i` has in a column: an id of its own, a day of the ten years, else what the template has."""
    name = f'"{column.name}"'
    if column.name in _IDS:
        of_case = column.name in ("case_id", "business_key") or table.name == "case_file"
        end = "'case'" if of_case else f"right({name}, 6)"
        return f"CASE WHEN {name} IS NULL THEN NULL ELSE 'D' || lpad(to_hex(i), 9, '0') || {end} END"
    if one_row and column.name in _SHORT:
        return f"'{_SHORT[column.name]}'"
    if (table.name, column.name) == ("case_file", "number"):
        return "'ZZ-2016-V-' || lpad(i::text, 8, '0')"
    if (table.name, column.name) == ("register_entry", "seq"):
        return '1000 + i * 10 + "seq" % 10'
    if column.name in _DAYS:
        return f"{name} - (i % 3650) * interval '1 day' - interval '30 days'"
    return name


def _sql(words: str) -> Any:
    """SQL as it stands: its casts are no parameters."""
    return text(words.replace(":", "\\:"))


def _compare(few: Office, many: Office, finished: int) -> None:
    """Median of each question's time among few and among many, and of the rounds' ratios."""
    offices = (_questions(few), _questions(many))
    for name in offices[0]:
        took: list[tuple[float, float]] = []
        for number in range(ROUNDS + 1):
            times = [0.0, 0.0]
            for place in random.sample((0, 1), 2):
                began = time.perf_counter()
                offices[place][name](number)
                times[place] = time.perf_counter() - began
            if number:  # the first fills the caches
                took.append((times[0], times[1]))
        one, other = (statistics.median(each[place] for each in took) * 1000 for place in (0, 1))
        ratio = statistics.median(b / a for a, b in took)
        print(f"{name}: {one:.2f} ms among {FEW:,}, {other:.2f} among {finished:,} ({ratio:.2f})", flush=True)


def _questions(office: Office) -> dict[str, Callable[[int], None]]:
    """What people and the scheduler ask of an office, by name; each is told the number of its round."""
    now, org_id, store = office.clock.now() + timedelta(minutes=5), office.org_id, office.banjie.store
    with store.begin(write=False) as uow:
        clerk, mayor = (access.viewer_of(uow, org_id, login) for login in ("linhai", "sunlihua"))
        case_ids = [one["case_id"] for one in inbox.page(uow, clerk, now=now, limit=ROUNDS)["items"]]

    def reading(ask: Callable[[Any], Any]) -> Callable[[int], None]:
        def asked(_round: int) -> None:
            with store.begin(write=False) as uow:
                ask(uow)

        return asked

    def page(number: int) -> None:
        with store.begin(write=False) as uow:
            timeline.case_page(uow, clerk, case_ids[number % len(case_ids)], now=now)

    def complete(number: int) -> None:
        told = {"name": f"孙{time.monotonic_ns()}", "phone": f"1390{number:07}", "matter": f"第{number}号井盖丢失"}
        office.accepted("linhai", **told)

    return {
        "inbox page": reading(lambda uow: inbox.page(uow, clerk, now=now)),
        "inbox counts": reading(lambda uow: inbox.counts(uow, clerk, now=now)),
        "page of an open case": page,
        "leader's board": reading(lambda uow: numbers.board(uow, mayor, now=now)),
        "list of open cases": reading(lambda uow: case_list.search(uow, clerk, now=now, state="open")),
        "list of all cases": reading(lambda uow: case_list.search(uow, clerk, now=now)),
        "page of a register": reading(lambda uow: registers.entries(uow, clerk, "FM18a")),
        "due timers": reading(lambda uow: sql.DUE_TIMERS.all(uow, now=now - timedelta(days=9000), most=100)),
        "register, classify, accept a petition (4 acts)": complete,
    }


def _sizes(office: Office) -> None:
    with office.banjie.store.begin(write=False) as uow:
        for table in metadata.sorted_tables:
            size = (
                f"SELECT reltuples, pg_total_relation_size(oid) FROM pg_class WHERE oid = '\"{table.name}\"'::regclass"
            )
            rows, taken = uow.conn.execute(_sql(size)).one()
            if rows > FEW:
                print(f"{table.name}: {rows:,.0f} rows, {taken / 2**30:.1f} GiB")


if __name__ == "__main__":
    raise SystemExit(main())
