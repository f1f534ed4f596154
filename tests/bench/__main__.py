"""Run: `make bench`. Prints ratios; the times beside them are of this machine and this moment.

Each measure is taken in rounds, in a new order each round, next to the bare rates it is compared with (bare commit,
bare engine, ours, bare commit); the median of the rounds' ratios is printed.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager

from storage import schema
from storage.database import Store
from tests.bench import pending
from tests.bench.limits import BareCommits
from tests.bench.measures import Measure, Town
from tests.bench.workloads import benchflow
from tests.support import postgres, run
from tests.support.sql import asked


def measures(town: Town, crowd: int) -> list[Measure]:
    """What is measured. The last ones are measured among `crowd` open instances, which are made here."""
    found = [
        Measure(town, "seq20", "sequence20"),
        Measure(town, "seq60", "sequence60"),
        Measure(town, "seq20, 50 KB of data", "sequence20", data=50 * 1024),
        Measure(town, "seq20, 8 cases a commit", "sequence20", together=8),
        Measure(town, "seq20, 40 cases a commit", "sequence20", together=40, cases=40),
        Measure(town, "one case, seq20", "sequence20", cases=1),
        Measure(town, "timers and offers on both sides", "offered"),
        Measure(town, "loop@0", "loop", outcome="again"),
        Measure(town, "loop@20", "loop", outcome="again", at=20, cases=2),
        Measure(town, "loop@200", "loop", outcome="again", at=200, cases=1),
        Measure(town, "loop@1000", "loop", outcome="again", at=1000, cases=1),
        Measure(town, "parallel, 5 branches", "parallel", outcome="again"),
        Measure(town, "one of 5 tasks at once", "atOnce", items=5, cases=8),
        Measure(town, "one of 5,000 tasks at once", "atOnce", items=5000, cases=1),
        Measure(town, "the next of 5,000 in turn", "inTurn", items=5000, cases=1),
        *(Measure(town, f"BenchFlow {name} (instances)", name, tasks=False) for name in benchflow()),
    ]
    if crowd:
        among = Measure(town, f"seq20 among {crowd:,} open", "sequence20", cases=crowd)
        among.instances = list(town.start_many("sequence20", crowd))
        random.shuffle(among.instances)
        found.append(among)
    return found


def measure(store: Store, options: argparse.Namespace) -> None:
    """All measures on one database."""
    schema.upgrade(store)
    town, bare = Town(store), BareCommits(store)
    found = measures(town, options.open)
    with store.engine.connect() as conn:
        conn.exec_driver_sql("ANALYZE")
        conn.commit()
    shares: dict[str, list[float]] = {one.name: [] for one in found}
    rates: dict[str, list[float]] = {one.name: [] for one in found}
    engines: dict[str, list[float]] = {one.name: [] for one in found}
    work: dict[str, list[float]] = {one.name: [] for one in found}
    commits: list[float] = []
    for one in found:  # everything has been compiled and prepared before it counts
        one.rate(0.02)
        one.bare.rate(0.02)
    for number in range(options.rounds):
        print(f"\r{store.dialect}: round {number + 1} of {options.rounds}", end="", file=sys.stderr, flush=True)
        order = list(found)
        random.shuffle(order)
        for one in order:
            if one.name == "loop@0":  # they must stay young
                one.instances = [None] * len(one.instances)
            before = bare.rate(options.seconds / 4)
            engine = one.bare.rate(options.seconds / 4)
            ours, worked = one.rate(options.seconds)
            work[one.name].append(worked)
            commit = (before + bare.rate(options.seconds / 4)) / 2
            commits.append(commit)
            engines[one.name].append(engine)
            rates[one.name].append(ours)
            shares[one.name].append(ours / min(commit, engine))
    print("\r" + " " * 40 + "\r", end="", file=sys.stderr)
    print(f"\n{store.dialect}: bare commits {statistics.median(commits):.0f}/s\n")
    print(
        "| workload | share of the limit | a second | bare engine a second | processor ms | SQL statements | commits |"
    )
    print("|-|-|-|-|-|-|-|")
    for one in found:
        statements, committed = counted(one)
        print(
            f"| {one.name} | {statistics.median(shares[one.name]):.2f} | {statistics.median(rates[one.name]):.0f} "
            f"| {statistics.median(engines[one.name]):.0f} | {statistics.median(work[one.name]) * 1000:.2f} "
            f"| {statements} | {committed} |"
        )
    for name in ("loop@20", "loop@200", "loop@1000"):
        ratios = [young / old for young, old in zip(rates["loop@0"], rates[name], strict=True)]
        efforts = [old / young for young, old in zip(work["loop@0"], work[name], strict=True)]
        print(
            f"cost of {name} / loop@0: {statistics.median(ratios):.2f} in time, "
            f"{statistics.median(efforts):.2f} in processor time"
        )
    cold(town)
    about_timers(town, options.timers)
    bare.connection.close()


def counted(one: Measure) -> tuple[str, str]:
    """SQL statements and commits of one completion (the most over a few)."""
    most, commits = 0.0, 0.0
    for _ in range(20):
        ids = one.prepare()
        with asked(one.town.store) as told:
            _, count = one.commit(ids)
        most, commits = max(most, len(told.statements) / count), max(commits, told.commits / count)
    return f"{most:.3g}", f"{commits:.3g}"


def cold(town: Town) -> None:
    """The first completion of a process that has compiled nothing yet, against the next ones."""
    first: list[float] = []
    next_: list[float] = []
    usual = town.engine
    for _ in range(5):
        instance = town.start("sequence20", {"outcome": None})
        town.engine = town.fresh()
        for costs in (first, next_):
            task = town.open_task(instance)
            assert task is not None
            began = time.perf_counter()
            town.complete(task, "go")
            costs.append(time.perf_counter() - began)
    town.engine = usual
    print(
        f"first completion of a new process, its diagram not yet compiled: {statistics.median(first) * 1000:.1f} ms, "
        f"the next: {statistics.median(next_) * 1000:.2f} ms (instances are read from the database every time)"
    )


def about_timers(town: Town, many: int) -> None:
    """Asking and firing among few and among many pending timers."""
    told: dict[int, list[tuple[float, float]]] = {}
    commits = 0
    for count in (1000, many):
        pending.fill(town, count)
        pending.fire(town)
        told[count] = []
        for _ in range(3):
            asking = pending.ask(town)
            firing, commits = pending.fire(town)
            told[count].append((asking, firing))
    for count, found in told.items():
        asking, firing = (statistics.median(part) * 1000 for part in zip(*found, strict=True))
        print(f"timers, {count:,} pending: ask {asking:.3f} ms, fire 100 due {firing:.0f} ms in {commits} commits")


@contextmanager
def databases(options: argparse.Namespace) -> Iterator[Iterator[str]]:
    run.begin()
    try:
        with tempfile.TemporaryDirectory(dir=os.environ.get("BANJIE_BENCH_DIR")) as folder:
            server = postgres.server_url(run.pid(), durable=True)
            with postgres.database(server) as url:
                found = {"sqlite": f"sqlite:///{folder}/bench.db", "postgresql": url}
                yield (address for name, address in found.items() if options.only in (None, name))
    finally:
        run.end()


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="rounds of each measure; medians are printed")
    parser.add_argument("--seconds", type=float, default=0.2, help="of each measure in each round")
    parser.add_argument("--open", type=int, default=10_000, help="open instances around the measured ones")
    parser.add_argument("--timers", type=int, default=1_000_000, help="pending timers")
    parser.add_argument("--only", choices=("sqlite", "postgresql"))
    options = parser.parse_args()
    print(
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version} (WAL, synchronous=FULL), "
        f"{os.cpu_count()} cores, {platform.machine()}; medians of {options.rounds} rounds"
    )
    with databases(options) as found:
        for url in found:
            store = Store(url)
            try:
                measure(store, options)
            finally:
                store.close()


if __name__ == "__main__":
    main()
