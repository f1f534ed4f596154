"""APScheduler wakes; what is due is read from the tables.

One job on a memory store sleeps until the next due instant; a commit that writes timers or jobs wakes it early, and a
slow sweep catches whatever another process wrote.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

from engine import jobs, timers
from engine.engine import Engine
from storage.clock import TZ

log = logging.getLogger("banjie.scheduler")

SWEEP = timedelta(seconds=15)


class Scheduler:
    """Fires timers and runs jobs in the background of one process."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._scheduler = BackgroundScheduler(timezone=TZ)
        self._busy = threading.Lock()
        self._planning = threading.Lock()
        self._stopping = False
        self._again = threading.Event()

    def start(self) -> None:
        """Begin. What became due while nobody ran is done at once."""
        self._scheduler.start()
        self.engine.on_work = self.wake
        self.wake()

    def every(self, name: str, seconds: int, act: Callable[[], object]) -> None:
        """Do `act` again and again while the scheduler runs; one that fails is tried again the next time."""
        self._scheduler.add_job(act, "interval", seconds=seconds, id=name, max_instances=1, coalesce=True)

    def on(self, name: str, trigger: BaseTrigger, act: Callable[[], object]) -> None:
        """Do `act` whenever `trigger` fires while the scheduler runs, once at a time and however late."""
        self._scheduler.add_job(act, trigger, id=name, max_instances=1, coalesce=True, misfire_grace_time=None)

    def replan(self, name: str, trigger: BaseTrigger) -> None:
        """Ask `trigger` anew when what `name` does is next to be done; nothing if that does not run here."""
        if self._scheduler.get_job(name) is not None:
            self._scheduler.reschedule_job(name, trigger=trigger)

    def stop(self) -> None:
        """Finish the step in hand and stop."""
        self.engine.on_work = lambda: None
        with self._planning:  # the one at work must not plan any more: APScheduler is locked while it shuts down
            self._stopping = True
        self._scheduler.pause()
        self._scheduler.get_jobs()  # waits until APScheduler's own thread, which cannot bear a shutdown, has paused
        self._scheduler.shutdown(wait=True)

    def wake(self) -> None:
        """Look at the tables now."""
        self._again.set()
        if self._scheduler.running:
            self._plan(datetime.now(TZ))

    def _plan(self, at: datetime) -> None:
        with self._planning:
            if not self._stopping:
                self._scheduler.add_job(
                    self._work, "date", run_date=at, id="wake", replace_existing=True, misfire_grace_time=None,
                    max_instances=10,
                )  # fmt: skip

    def _work(self) -> None:
        if not self._busy.acquire(blocking=False):
            return  # the one at work sees `_again` and looks once more
        try:
            while self._again.is_set():
                self._again.clear()
                while not self._stopping and run_all(self.engine):
                    pass
        except Exception:
            log.exception("the sweep failed; it is tried again")
        finally:
            self._busy.release()
            self._plan(self._next())

    def _next(self) -> datetime:
        now = self.engine.clock.now()
        self._again.set()
        try:
            with self.engine.store.begin(write=False) as uow:
                due = [at for at in (timers.next_due(uow), jobs.next_due(uow)) if at is not None]
        except Exception:
            log.exception("the next due instant could not be read")
            due = []
        wait = min([SWEEP, *(max(at - now, timedelta(milliseconds=50)) for at in due)])
        return datetime.now(TZ) + wait


def run_all(engine: Engine, *, limit: int = 100) -> int:
    """Fire what is due and run what waits, once; gives how much was done."""
    return timers.fire_due(engine, limit=limit) + jobs.run_due(engine, limit=limit)
