"""The inbox among many open tasks: what its page costs at the 99th of a hundred, among few and among many.

`python -m tests.bench.inbox`: a clerk has the same tasks and offers in both databases; in the second one others have
a million more on PostgreSQL, 200,000 on SQLite. The two are asked in turn, in a new order each round.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy import insert, select, text

from office import access, inbox
from storage.tables.engine import task, task_group
from storage.tables.office import case_file
from tests.support import postgres, run
from tests.support.office import Office, open_office

FEW = 10_000
MANY = {"postgresql": 1_000_000, "sqlite": 200_000}
OWN = 40  # cases of which the clerk has a task
OFFERED = 60  # tasks that are offered to the clerk's posts
OTHERS = 500  # people and posts who have the rest
ROUNDS = 300
STEP = 50_000


def main() -> int:
    """Measure on both databases, or on one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=tuple(MANY))
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    options = parser.parse_args()
    run.begin()
    try:
        for dialect in (options.only,) if options.only else MANY:
            with ExitStack() as stack:
                few, many = (stack.enter_context(_office(dialect, count)) for count in (FEW, MANY[dialect]))
                _compare(dialect, few, many, options.rounds)
    finally:
        run.end()
    return 0


@contextmanager
def _office(dialect: str, count: int) -> Iterator[Office]:
    with ExitStack() as stack:
        if dialect == "postgresql":
            url = stack.enter_context(postgres.database(postgres.server_url(run.pid(), durable=True)))
        else:
            url = f"sqlite:///{stack.enter_context(tempfile.TemporaryDirectory())}/inbox.db"
        office = open_office(url)
        stack.callback(office.banjie.close)
        for number in range(OWN):
            office.start("linhai", matter=f"第{number}件，村口水渠垮塌", name=f"赵{number}山")
        _fill(office, count)
        yield office


def _fill(office: Office, count: int) -> None:
    """Open tasks of others, and some that are offered to the clerk: copies of one of the clerk's, each with a case."""
    store = office.banjie.store
    with store.begin() as uow:
        row = dict(uow.conn.execute(select(task).where(task.c.state == "open").limit(1)).one()._mapping)
        of_row = select(case_file).where(case_file.c.id == row["business_key"])
        its_case = dict(uow.conn.execute(of_row).one()._mapping)
        groups = sorted(access.viewer_of(uow, office.org_id, "linhai").groups)
    for first in range(0, count, STEP):
        cases, rows, offers = [], [], []
        for number in range(first, min(first + STEP, count)):
            mine = number % (count // OFFERED) == 0
            group = groups[number % len(groups)] if mine else f"post{number % OTHERS}"
            taken = not mine and number % 2
            due = row["created_at"] + timedelta(minutes=number * 7919 % 40_000)
            more = {
                "id": f"B{number:09}", "instance_id": f"I{number:09}", "business_key": f"C{number:09}",
                "due_at": due, "yellow_at": due - timedelta(days=3), "candidate_users": [],
                "assignee": f"user{number % OTHERS}" if taken else None, "candidate_groups": [group],
            }  # fmt: skip
            rows.append(row | more)
            cases.append(its_case | {"id": more["business_key"], "number": f"ZZ-2016-V-{number:08}"})
            if not taken:
                offers.append({"org_id": office.org_id, "group_name": group, "task_id": more["id"]})
        with store.begin() as uow:
            uow.conn.execute(insert(case_file), cases)
            uow.conn.execute(insert(task), rows)
            uow.conn.execute(insert(task_group), offers)
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.execute(text("ANALYZE" if store.dialect == "sqlite" else "VACUUM (ANALYZE)"))


def _compare(dialect: str, few: Office, many: Office, rounds: int) -> None:
    questions: dict[str, Any] = {
        "inbox page": lambda uow, viewer, now: inbox.page(uow, viewer, now=now),
        "own tasks": lambda uow, viewer, now: inbox.page(uow, viewer, now=now, which="mine"),
        "inbox counts": lambda uow, viewer, now: inbox.counts(uow, viewer, now=now),
    }
    took: dict[tuple[str, int], list[float]] = {(name, place): [] for name in questions for place in (0, 1)}
    for number in range(rounds + 5):
        turns = list(took)
        random.shuffle(turns)
        for name, place in turns:
            office = (few, many)[place]
            now = office.clock.now() + timedelta(days=number % 20)
            with office.banjie.store.begin(write=False) as uow:
                viewer = access.viewer_of(uow, office.org_id, "linhai")
                began = time.perf_counter()
                questions[name](uow, viewer, now)
                if number >= 5:
                    took[name, place].append(time.perf_counter() - began)
    for name in questions:
        one, other = took[name, 0], took[name, 1]
        p99s = [sorted(times)[int(len(times) * 0.99)] for times in (one, other)]
        p50s = [statistics.median(times) for times in (one, other)]
        print(
            f"{dialect}, {name} among {FEW:,} and {MANY[dialect]:,} open tasks: p50 {p50s[0] * 1000:.1f} and "
            f"{p50s[1] * 1000:.1f} ms ({p50s[1] / p50s[0]:.2f}), p99 {p99s[0] * 1000:.1f} and {p99s[1] * 1000:.1f} ms "
            f"({p99s[1] / p99s[0]:.2f})",
            flush=True,
        )


if __name__ == "__main__":
    sys.exit(main())
