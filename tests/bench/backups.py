"""The kinds of backup beside each other: portable, and natively on PostgreSQL and on SQLite; each made and restored.

    python -m tests.bench.backups --finished 20000

An office of finished cases, all rows of each, made as `tests.bench.decade` makes them, on PostgreSQL with every commit
synced; the SQLite file is restored from its portable backup. Ratios are against the portable kind of the same database
in the same run, taken in turn in a new order each round.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from storage.database import Store
from tests.bench.decade import copy_cases, count_closings, finished_case, office_on
from tests.support import postgres, run
from web.backup import backup, restore

MIB = 2**20
KINDS = ("portable", "native")


def main() -> int:
    """Make the office, then measure on PostgreSQL and on SQLite."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.backups", description=__doc__)
    parser.add_argument("--finished", type=int, default=20_000, help="finished cases in the office")
    parser.add_argument("--rounds", type=int, default=3, help="of each measure; medians are printed")
    options = parser.parse_args()
    os.environ["PATH"] = f"{postgres.PACKAGES / postgres.BINARIES}{os.pathsep}{os.environ['PATH']}"  # pg_dump as new
    run.begin()
    try:
        server = postgres.server_url(run.pid(), durable=True)
        with office_on(server) as office, tempfile.TemporaryDirectory(dir=os.environ.get("BANJIE_BENCH_DIR")) as name:
            folder = Path(name)
            template = finished_case(office)
            copy_cases(office, template, 0, options.finished, options.finished)
            count_closings(office)
            measure(office.banjie.store, server, folder / "postgresql", options.rounds)
            portable = backup(office.banjie.store, folder / "portable.zip")
            url = f"sqlite:///{folder}/office.db"
            restore(portable, url)
            store = Store(url)
            measure(store, server, folder / "sqlite", options.rounds)
            store.close()
    finally:
        run.end()
    return 0


def measure(store: Store, server: str, folder: Path, rounds: int) -> None:
    """Both kinds on one database, each made and restored into a fresh one of the same kind."""
    folder.mkdir()
    took: dict[tuple[str, str], list[float]] = defaultdict(list)
    sizes: dict[str, int] = {}
    for number in range(rounds):
        for kind in random.sample(KINDS, len(KINDS)):
            file = folder / f"{kind}-{number}.zip"
            began = time.monotonic()
            backup(store, file, native=kind == "native")
            took[kind, "backup"].append(time.monotonic() - began)
            sizes[kind] = file.stat().st_size
            print(f"  {store.dialect}, {kind}: backup {took[kind, 'backup'][-1]:.1f} s", flush=True)
            took[kind, "restore"].append(restored(file, store.dialect, server, folder))
            print(f"  {store.dialect}, {kind}: restore {took[kind, 'restore'][-1]:.1f} s", flush=True)
            file.unlink()
    print(f"{store.dialect}: database {database_size(store) / MIB:,.0f} MiB")
    for kind in KINDS:
        told = [f"{sizes[kind] / MIB:,.0f} MiB ({sizes[kind] / sizes['portable']:.2f})"]
        for act in ("backup", "restore"):
            ratios = [one / other for one, other in zip(took[kind, act], took["portable", act], strict=True)]
            told.append(f"{act} {statistics.median(took[kind, act]):.1f} s ({statistics.median(ratios):.2f})")
        print(f"{store.dialect}, {kind}: {', '.join(told)}", flush=True)


def restored(file: Path, dialect: str, server: str, folder: Path) -> float:
    """Seconds to restore a backup into a fresh database."""
    if dialect == "sqlite":
        fresh = folder / "fresh.db"
        began = time.monotonic()
        restore(file, f"sqlite:///{fresh}")
        seconds = time.monotonic() - began
        for one in folder.glob("fresh.db*"):
            one.unlink()
        return seconds
    with postgres.database(server) as url:
        began = time.monotonic()
        restore(file, url)
        return time.monotonic() - began


def database_size(store: Store) -> int:
    """Bytes that the database takes."""
    with store.begin(write=False) as uow:
        if store.dialect == "postgresql":
            return int(uow.conn.exec_driver_sql("select pg_database_size(current_database())").scalar_one())
        pages, size = (uow.conn.exec_driver_sql(f"pragma {name}").scalar_one() for name in ("page_count", "page_size"))
        return int(pages) * int(size)


if __name__ == "__main__":
    raise SystemExit(main())
