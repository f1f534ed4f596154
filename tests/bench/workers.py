"""One to eight processes on PostgreSQL: how completions grow with them, against how bare commits grow.

`python -m tests.bench.workers`. Each process completes tasks of cases of its own, as nodes do that share a database,
and at another time updates a row of a table of its own and commits. Both are taken one after the other in each round,
for each number of processes in a new order, so that what else the machine does weighs on both; medians are printed.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import statistics
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import psycopg

from storage import schema
from storage.database import Store
from tests.bench.measures import Measure, Town
from tests.support import postgres, run

COUNTS = (1, 2, 4, 8)
AMONG = 3_000  # open instances, of which PostgreSQL learns that its indexes are worth using
SOON = 0.1  # seconds until all of them begin


def main() -> int:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=1.5, help="of each measure in each round")
    options = parser.parse_args()
    run.begin()
    try:
        with postgres.database(postgres.server_url(run.pid(), durable=True)) as url, ExitStack() as stack:
            store = Store(url)
            stack.callback(store.close)
            schema.upgrade(store)
            Town(store).start_many("loop", AMONG)
            workers = [stack.enter_context(_Worker(url, number)) for number in range(max(COUNTS))]
            with store.engine.connect() as conn:
                conn.exec_driver_sql("ANALYZE")
                conn.commit()
            _measure(workers, options)
    finally:
        run.end()
    return 0


def _measure(workers: list[_Worker], options: argparse.Namespace) -> None:
    rates: dict[tuple[str, int], list[float]] = {(kind, count): [] for kind in ("bare", "ours") for count in COUNTS}
    idle: dict[int, list[float]] = {count: [] for count in COUNTS}
    for number in range(options.rounds):
        print(f"\rround {number + 1} of {options.rounds}", end="", file=sys.stderr, flush=True)
        for count in random.sample(COUNTS, len(COUNTS)):
            among = workers[:count]
            before = _rate(among, "bare", options.seconds / 2)
            began = _processor()
            rates["ours", count].append(_rate(among, "ours", options.seconds))
            ended = _processor()
            rates["bare", count].append((before + _rate(among, "bare", options.seconds / 2)) / 2)
            idle[count].append((ended[0] - began[0]) / (ended[1] - began[1]))
    print("\r" + " " * 40 + "\r", end="", file=sys.stderr)
    print("| processes | completions a second | times one | bare commits a second | times one | ratio | idle |")
    print("|-|-|-|-|-|-|-|")
    for count in COUNTS:
        ours, bare = (statistics.median(rates[kind, count]) for kind in ("ours", "bare"))
        grown, could = (
            statistics.median(many / one for many, one in zip(rates[kind, count], rates[kind, COUNTS[0]], strict=True))
            for kind in ("ours", "bare")
        )
        print(
            f"| {count} | {ours:.0f} | {grown:.2f} | {bare:.0f} | {could:.2f} | {grown / could:.2f} "
            f"| {statistics.median(idle[count]):.0%} |"
        )


def _rate(workers: list[_Worker], kind: str, seconds: float) -> float:
    """How many a second all of them do together."""
    begin = time.monotonic() + SOON
    for worker in workers:
        worker.line.send((kind, begin, begin + seconds))
    return sum(worker.line.recv() for worker in workers) / seconds


def _processor() -> tuple[int, int]:
    """What the machine's processors idled and what they were there, in ticks; waiting for the disk is idling."""
    told = [int(part) for part in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]]
    return told[3] + told[4], sum(told[:8])


class _Worker:
    """A process that does as it is told."""

    def __init__(self, url: str, number: int) -> None:
        context = multiprocessing.get_context("spawn")
        self.line, theirs = context.Pipe()
        self._process = context.Process(target=_work, args=(theirs, url, number), daemon=True)
        self._process.start()
        theirs.close()

    def __enter__(self) -> _Worker:
        self.line.recv()  # it is ready
        return self

    def __exit__(self, *raised: object) -> None:
        self.line.close()
        self._process.join()


def _work(line: Connection, url: str, number: int) -> None:
    """The process: deploys nothing, has cases and a table of its own, and answers until the line is closed."""
    store = Store(url)
    measure = Measure(Town(store, deploy=False), "loop", "loop", outcome="again")
    bare = _bare(store, number)
    acts: dict[str, Callable[[], Any]] = {"bare": bare, "ours": lambda: measure.commit(measure.prepare())}
    for act in acts.values():
        for _ in range(20):  # everything is compiled and prepared before it counts
            act()
    line.send(True)
    while True:
        try:
            kind, begin, end = line.recv()
        except EOFError:
            return store.close()
        act, done = acts[kind], 0
        time.sleep(max(0.0, begin - time.monotonic()))
        while time.monotonic() < end:
            act()
            done += 1
        line.send(done)


def _bare(store: Store, number: int) -> Callable[[], None]:
    """One row changed and committed by the driver alone."""
    address = store.url.set(drivername="postgresql").render_as_string(hide_password=False)
    connection = psycopg.connect(address, autocommit=True)
    connection.execute(f"CREATE TABLE bare_{number} AS SELECT 0 AS count".encode())
    change = f"UPDATE bare_{number} SET count = count + 1".encode()

    def act() -> None:
        connection.execute("BEGIN")
        connection.execute(change)
        connection.execute("COMMIT")

    return act


if __name__ == "__main__":
    raise SystemExit(main())
