"""Nodes on one PostgreSQL tell each other that there is work: NOTIFY after a commit, LISTEN in a thread.

A signal says nothing but "look at the tables". It is sent after the commit that brought the work, on a connection of
its own and not more often than every `QUIET` seconds: a NOTIFY inside the transaction would make all commits of the
server wait for each other. One that is lost costs the time until the next sweep, no more. SQLite has no signals.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

import psycopg

from storage.database import Store

log = logging.getLogger("banjie.signals")

CHANNEL = "banjie_work"
QUIET = 0.25  # seconds between two signals of one node
AGAIN = 5.0  # seconds until a lost connection is tried again


class Signals:
    """The signals of one process. Nothing is sent or heard on SQLite."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._stop = threading.Event()
        self._wanted = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self, heard: Callable[[], None]) -> None:
        """Call `heard` whenever a node has work, and after every time that this one may have missed it."""
        if self._store.dialect == "postgresql":
            self._threads = [
                threading.Thread(target=self._listen, args=(heard,), name="signals heard", daemon=True),
                threading.Thread(target=self._tell, name="signals sent", daemon=True),
            ]
            for thread in self._threads:
                thread.start()

    def send(self) -> None:
        """There is work: tell all nodes soon. In a process that has not started its signals: now."""
        if self._threads:
            self._wanted.set()
        elif self._store.dialect == "postgresql":
            self._notify()

    def stop(self) -> None:
        """Send what is to be sent and end."""
        self._stop.set()
        self._wanted.set()
        for thread in self._threads:
            thread.join(AGAIN)
        self._threads = []

    def _listen(self, heard: Callable[[], None]) -> None:
        while not self._stop.is_set():
            try:
                with psycopg.connect(autocommit=True, **self._store.direct()) as conn:
                    conn.execute(f"listen {CHANNEL}")
                    heard()
                    while not self._stop.is_set():
                        for _ in conn.notifies(timeout=1.0, stop_after=1):
                            heard()
            except psycopg.Error as error:
                log.warning("signals of other nodes are not heard: %s", error)
                self._stop.wait(AGAIN)

    def _tell(self) -> None:
        while not self._stop.is_set():
            self._wanted.wait()
            self._wanted.clear()
            self._notify()
            self._stop.wait(QUIET)

    def _notify(self) -> None:
        try:
            with self._store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
                conn.exec_driver_sql(f"notify {CHANNEL}")
        except Exception as error:  # the work is in the tables; the sweep finds it
            log.warning("other nodes could not be told: %s", error)
