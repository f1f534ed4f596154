"""One chaotic run: people work, things break by the seed's schedule, all comes to rest, the checker reads."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from office import organisations, schedule_book, town
from storage import schema
from storage.clock import SystemClock
from tests.chaos import checker, databases, faults, work
from tests.chaos.nodes import ROOT, Nursery, Shift
from tests.chaos.people import Clerk, Journal
from tests.support.ports import free_port
from web.banjie import Banjie
from web.deploying import deploy_files, known

SETTLE = 180.0  # seconds until all must have come to rest
CLERKS = 6


@dataclass
class Result:
    """What a run did and found."""

    database: str
    seed: int
    nodes: int
    seconds: float = 0.0
    kills: int = 0
    faults: dict[str, int] = field(default_factory=dict)
    cases: int = 0
    acknowledged: int = 0
    answers: dict[int, int] = field(default_factory=dict)
    calls: int = 0
    duties: int = 0
    findings: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)


def run(
    database: str,
    folder: Path,
    *,
    seed: int,
    kills: int,
    seconds: float,
    nodes: int = 3,
    cases: int = 2000,
    patience: float = 5.0,
    say: Callable[[str], None] = lambda _: None,
    inspect: Callable[[str, Journal, Path], None] = lambda *_: None,
) -> Result:
    """Run until `kills` nodes were killed or `seconds` have passed; at most `cases` matters are opened.

    `patience`: seconds without an acknowledged act until the next fault comes all the same.

    `inspect` is given the database's address, the journal and the receiver's file before all is taken away.
    """
    folder.mkdir(parents=True, exist_ok=True)
    result = Result(database, seed, nodes)
    base: databases.Database = databases.SqliteFile(folder) if database == "sqlite" else databases.PostgresServer()
    receiver = None
    nursery = None
    try:
        _prepare(base.url)
        shift, received, port = Shift(folder / "clock"), folder / "received", free_port()
        receiver = subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.receiver", str(port), str(received)],
            cwd=ROOT,
            stderr=subprocess.DEVNULL,
        )
        nursery = Nursery(base.url, folder / "clock", port, folder / "nodes.log", nodes)
        for node in range(nodes):
            nursery.start(node)
        journal = Journal()
        clerks = [Clerk(n, seed, nursery.ports, base.url, journal, cases // CLERKS) for n in range(CLERKS)]
        for clerk in clerks:
            clerk.start()
        began = time.monotonic()
        _break(base, nursery, shift, clerks, journal, result, kills=kills, until=began + seconds,
               patience=patience, say=say)  # fmt: skip
        _mend(base, nursery, nodes)
        settled = _settle(base, nursery, shift, clerks, say)
        result.seconds = round(time.monotonic() - began, 1)
        result.kills, result.answers = nursery.kills, dict(sorted(journal.answers.items()))
        result.cases, result.acknowledged = len(journal.starts), len(journal.completions)
        result.calls = len(received.read_text().splitlines()) if received.exists() else 0
        if not settled:
            result.findings.append(f"it has not come to rest in {SETTLE} s")
        nursery.close()
        result.duties = databases.query(base.url, "select count(*) from schedule_date")[0][0]
        result.findings += checker.findings(base.url, journal, received)
        inspect(base.url, journal, received)
        return result
    finally:
        if nursery is not None:
            nursery.close()
        if receiver is not None:
            receiver.kill()
            receiver.wait()
        base.close()


def _prepare(url: str) -> None:
    """The sample town with the diagrams of `work` and a daily duty."""
    work.load_all()
    banjie = Banjie(url)
    try:
        schema.upgrade(banjie.store)
        with banjie.store.begin() as uow:
            org_id = town.create_town(uow, now=banjie.clock.now())
            organisations.change_organisation(uow, org_id, parameters={work.DUTY_CODE: work.DUTY_RULE})
        allowed = known(more={work.KEY, work.DUTY})
        deploy_files(banjie, org_id, work.KEY, work.FILES, allowed)
        deploy_files(banjie, org_id, work.DUTY, {f"{work.DUTY}.bpmn": work.DUTY_CASE.encode()}, allowed)
        with banjie.store.begin() as uow:
            schedule_book.enrol(uow, org_id, now=banjie.clock.now())
    finally:
        banjie.close()


def _break(
    base: databases.Database,
    nursery: Nursery,
    shift: Shift,
    clerks: list[Clerk],
    journal: Journal,
    result: Result,
    *,
    kills: int,
    until: float,
    patience: float,
    say: Callable[[str], None],
) -> None:
    done: Counter[str] = Counter()
    backs: list[threading.Timer] = []
    lock = threading.Lock()

    def back(node: int) -> None:
        with lock:
            nursery.start(node)

    nodes, told = len(nursery.ports), 0
    for fault in faults.schedule(result.seed, nodes):
        if nursery.kills >= kills or time.monotonic() > until:
            break
        time.sleep(fault.pause)
        _until_acts(journal, fault.acts, min(time.monotonic() + patience, until))
        done[fault.kind] += 1
        with lock:
            for node in nursery.died():
                result.findings.append(f"node {node} ended by itself")
                nursery.pids.pop(node)
                nursery.start(node)
            targets = range(nodes) if fault.kind == "power" else [fault.node] if fault.kind == "kill" else []
            if fault.kind == "restart" and isinstance(base, databases.SqliteFile):
                targets = range(nodes)
            for node in targets:
                nursery.kill(node)
        match fault.kind:
            case "cut_socket":
                clerks[fault.node % len(clerks)].cut_next.set()
            case "cut_database":
                base.cut()
            case "shift":
                shift.by(fault.amount)
            case "restart":
                base.restart()
            case "power":
                base.power_cut()
            case "full":
                if base.small.fill():
                    time.sleep(fault.amount)
                    base.small.empty()
                    base.mend()
                else:
                    done["full (no file system of its own)"] += 1
        for node in targets:
            timer = threading.Timer(fault.amount, back, (node,))
            timer.start()
            backs.append(timer)
        if nursery.kills // 50 > told:
            told = nursery.kills // 50
            say(f"{nursery.kills} kills, {dict(done)}")
    for timer in backs:
        timer.join()
    result.faults = dict(done)


def _until_acts(journal: Journal, acts: int, latest: float) -> None:
    """Wait until so many more acts were acknowledged, so that a slow machine is not killed faster than it works."""
    wanted = journal.acts() + acts
    while journal.acts() < wanted and time.monotonic() < latest:
        time.sleep(0.005)


def _mend(base: databases.Database, nursery: Nursery, nodes: int) -> None:
    base.small.empty()
    base.mend()
    for node in range(nodes):
        nursery.start(node)


_LEFT = (
    "select (select count(*) from job) + (select count(*) from timer where process_key = 'chaos_case') as n",
    "select count(*) as n from task where state = 'open' and process_key = 'chaos_case'",
)


def _settle(
    base: databases.Database, nursery: Nursery, shift: Shift, clerks: list[Clerk], say: Callable[[str], None]
) -> bool:
    """Everybody finishes what is open, then all that waits falls due; True when nothing waits any more."""
    for clerk in clerks:
        clerk.most = 0  # nothing new
    deadline = time.monotonic() + SETTLE
    jumped, left = time.monotonic(), (-1, -1)
    while time.monotonic() < deadline:
        time.sleep(0.5)
        with contextlib.suppress(SQLAlchemyError):
            left = tuple(databases.query(base.url, sql)[0].n for sql in _LEFT)
        if left[0] == 0 and (left[1] == 0 or all(not clerk.is_alive() for clerk in clerks)):
            break
        if time.monotonic() - jumped > 3:
            shift.by(2 * 3600.0)  # what backs off, or is leased by a dead node, falls due
            jumped = time.monotonic()
    say(f"at rest: {left} waits and open tasks are left")
    for clerk in clerks:
        clerk.stopping.set()
    for clerk in clerks:
        clerk.join(30)
    return left[0] == 0


def today() -> int:
    """A seed for a run that names none."""
    return int(SystemClock().now().timestamp())
