"""The whole house put together: database, office, engine, scheduler."""

from __future__ import annotations

from pathlib import Path

from engine.engine import Engine
from engine.registry import registry
from engine.scheduler import Scheduler
from handlers import load_all
from handlers.host import OfficeHost
from storage.clock import Clock, SystemClock
from storage.database import Store, default_url, direct_url
from web.paths import PROCESSES


class Banjie:
    """One installation. Nothing runs in the background until `scheduler.start()`."""

    def __init__(self, url: str | None = None, *, clock: Clock | None = None, processes: Path = PROCESSES) -> None:
        load_all()
        self.processes = processes
        self.clock = clock or SystemClock()
        self.store = Store(url or default_url(), direct=None if url else direct_url())
        self.host = OfficeHost(self.clock, processes)
        self.engine = Engine(self.store, self.host, registry, self.clock)
        self.scheduler = Scheduler(self.engine)

    def close(self) -> None:
        """Give the database back."""
        self.store.close()
