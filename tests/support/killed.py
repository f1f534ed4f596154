"""A scenario played over HTTP against the real server in a process of its own, which is killed on the way."""

from __future__ import annotations

import json
import random
import re
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
from sqlalchemy import select

from engine import jobs, timers
from office import schedule_book
from storage.database import Store
from storage.errors import BanjieError
from storage.tables import metadata
from tests.support.server import Server
from tests.support.timed_serve import TimedServer, set_clock
from web.http_hands import HttpHands, give_passwords
from web.play import Outcome, Player
from web.scenario import read_scenario

PATIENCE = 60.0  # seconds until a server must have done what is due
_NO_STEP = ("/claim", "/release")  # a step of a scenario is done with what follows
_ID = re.compile(r"\b[0-9A-HJKMNP-TV-Z]{26}\b")
# Kept by how people came in and by when the machine looked, not by what was done.
_NOT_COMPARED = {"session", "login", "login_failure", "access_log", "request", "setting", "definition", "deployment"}
# Hashes over ids; Word files, which bear the time of the machine at which they were packed; how far a starting server
# has looked at the schedules, whose dates are compared.
_NOT_COMPARED_COLUMNS = {"prev_hash", "hash", "history_hash", "sha256", "content", "done_until"}


class KilledHands(HttpHands):
    """Kills the server after each act that was acknowledged, before anything else can be asked."""

    def __init__(self, server: Server) -> None:
        super().__init__(server.url)
        self.server, self.kills = server, 0

    def kill(self) -> None:
        """Kill it and start it again."""
        self.server.kill()
        self.kills += 1
        self.server.start()

    def _post(self, person: str, path: str, body: Any = None) -> Any:
        told = super()._post(person, path, body)
        if not path.endswith(_NO_STEP):
            self.kill()
        return told


class CutHands(KilledHands):
    """Kills the server in the middle of each act; nobody has seen an answer, so the act is sent again."""

    def __init__(self, server: Server, seed: int) -> None:
        super().__init__(server)
        self.random, self.seen, self.unseen = random.Random(seed), 0, 0

    def _post(self, person: str, path: str, body: Any = None) -> Any:
        if path.endswith(_NO_STEP):
            return HttpHands._post(self, person, path, body)
        cut = threading.Timer(self.random.uniform(0, 0.12), self.server.kill)
        cut.start()
        try:
            told = HttpHands._post(self, person, path, body)
            self.seen += 1
        except httpx2.TransportError:
            told = None
            self.unseen += 1
        finally:
            cut.join()
            self.kill()
        return self._again(person, path, body) if told is None else told

    def _again(self, person: str, path: str, body: Any) -> Any:
        """Send it again; that it was done already is as good as done."""
        try:
            return HttpHands._post(self, person, path, body)
        except BanjieError as error:
            if error.code != "task.already_done":
                raise
            return {}


class DistantPlayer(Player):
    """Time passes by the server's clock file, and what falls due is done by the server's own scheduler."""

    def __init__(self, path: Path, url: str, clock: Path) -> None:
        super().__init__(read_scenario(path), url)
        self.clock_file = clock
        set_clock(clock, self.clock.now())

    def prepare(self) -> None:
        super().prepare()
        give_passwords(self.banjie, self.org_id)

    def settle(self) -> None:
        """Tell the server the time and wait until it has done what is due."""
        set_clock(self.clock_file, self.clock.now())
        patience = time.monotonic() + PATIENCE
        while self._busy():
            if time.monotonic() > patience:
                raise BanjieError("play.stuck", f"服务器没有办完 {self.clock.now().isoformat()} 到期的事。")
            time.sleep(0.01)
        self._name_dates()

    def _busy(self) -> bool:
        with self.banjie.store.begin(write=False) as uow:
            instants = (timers.next_due(uow), jobs.next_due(uow), schedule_book.next_at(uow))
        return any(instant is not None and instant <= self.clock.now() for instant in instants)


@contextmanager
def distant(path: Path, url: str, folder: Path) -> Iterator[tuple[DistantPlayer, TimedServer]]:
    """A scenario's office on the database, and the server that is not started yet."""
    clock = folder / "clock"
    player = DistantPlayer(path, url, clock)
    server = TimedServer(url, clock_file=clock, log=folder / "serve.log")
    try:
        player.prepare()
        yield player, server
    finally:
        server.stop()
        player.banjie.close()


def play_with(player: DistantPlayer, hands: HttpHands) -> list[str]:
    """Play all steps with these hands; gives the differences."""
    player.hands = hands
    outcome = Outcome(player.scenario)
    try:
        for step in player.scenario.steps:
            differences = player.step(step)
            outcome.differences += [f"第{step.number}步：{text}" for text in differences]
            if differences:
                break
    finally:
        hands.close()
    return outcome.differences


def facts(url: str, *, schedules: bool) -> dict[str, list[str]]:
    """Every row of every table that says what was done, ids left out, by table and sorted.

    Without `schedules` what a real server notes of the recurring duties, and a player alone does not, is left out.
    """
    left_out = _NOT_COMPARED | (set() if schedules else {"schedule", "schedule_date"})
    store = Store(url)
    try:
        with store.begin(write=False) as uow:
            found = {}
            for table in metadata.sorted_tables:
                if table.name not in left_out:
                    found[table.name] = sorted(_row(row._asdict()) for row in uow.conn.execute(select(table)))
            return found
    finally:
        store.close()


def _row(row: Mapping[str, Any]) -> str:
    told = {str(name): _plain(value) for name, value in row.items() if name not in _NOT_COMPARED_COLUMNS}
    return _ID.sub("#", json.dumps(told, ensure_ascii=False, sort_keys=True, default=str))


def _plain(value: Any) -> Any:
    """The saved state of an instance as what it says: the order of its variables says nothing."""
    return json.loads(value) if isinstance(value, bytes) else value
