"""APScheduler wakes; what is due is read from the tables.

One job on a memory store sleeps until the next due instant; a commit that writes timers or jobs wakes it early, a
signal of another node too, and a slow sweep catches whatever both missed. Handlers that reach outside are called by
threads beside it, so that a slow one keeps neither a timer nor another handler waiting.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import datetime, timedelta

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

from engine import jobs, timers
from engine.engine import Engine
from storage.clock import TZ
from storage.database import UnitOfWork
from storage.signals import Signals

log = logging.getLogger("banjie.scheduler")

SWEEP = timedelta(seconds=15)
PAUSE, STUCK = timedelta(milliseconds=50), timedelta(seconds=1)
LOOK = 2.0  # seconds between two looks whether the machine's clock was set
SET = 1.0  # seconds by which it differs then
CALLS = 8  # handlers that may be outside at the same time
PATIENCE = 10  # seconds that a node which stops waits for them


class Scheduler:
    """Fires timers and runs jobs in the background of one process."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._scheduler = BackgroundScheduler(timezone=TZ)
        self._busy = threading.Lock()
        self._planning = threading.Lock()
        self._stopping = False
        self._again = threading.Event()
        self._did = 0  # what the last look at the tables has done
        self._callers = ThreadPoolExecutor(max_workers=CALLS, thread_name_prefix="outside")
        self._calls: dict[tuple[str, str], Future[int]] = {}
        self._looked = time.monotonic()  # when the tables were last read to the end
        self._signals = Signals(engine.store)
        self._seconds: dict[str, int] = {}  # of what is done again and again
        self._over = threading.Event()
        engine.on_work = self._signals.send

    def start(self) -> None:
        """Begin. What became due while nobody ran is done at once."""
        self._scheduler.start()
        self.engine.on_work = self._brought
        self._signals.start(self.wake)
        threading.Thread(target=self._watch_clock, name="clock", daemon=True).start()
        self.wake()

    def every(self, name: str, seconds: int, act: Callable[[], object]) -> None:
        """Do `act` again and again while the scheduler runs; one that fails is tried again the next time."""
        self._seconds[name] = seconds
        self._scheduler.add_job(act, "interval", seconds=seconds, id=name, max_instances=1, coalesce=True)

    def on(self, name: str, trigger: BaseTrigger, act: Callable[[], object]) -> None:
        """Do `act` whenever `trigger` fires while the scheduler runs, once at a time and however late."""
        self._scheduler.add_job(act, trigger, id=name, max_instances=1, coalesce=True, misfire_grace_time=None)

    def replan(self, name: str, trigger: BaseTrigger) -> None:
        """Ask `trigger` anew when what `name` does is next to be done; nothing if that does not run here."""
        if self._scheduler.get_job(name) is not None:
            self._scheduler.reschedule_job(name, trigger=trigger)

    @property
    def awake(self) -> bool:
        """Whether it has looked at the tables as often as it should."""
        return self._scheduler.running and not self._stopping and time.monotonic() - self._looked < 4 * SWEEP.seconds

    def _watch_clock(self) -> None:
        """APScheduler waits for an instant of the machine's clock: one that is set back would let all wait for it."""
        ahead = _ahead()
        while not self._over.wait(LOOK):
            if abs(_ahead() - ahead) > SET:
                log.warning("the clock of this machine was set by %.0f s", _ahead() - ahead)
                ahead = _ahead()
                self._plan_anew()

    def _plan_anew(self) -> None:
        with self._planning:
            if not self._stopping:
                for job in self._scheduler.get_jobs():
                    if job.id in self._seconds:
                        self._scheduler.reschedule_job(job.id, trigger="interval", seconds=self._seconds[job.id])
                    elif job.id != "wake":
                        self._scheduler.reschedule_job(job.id, trigger=job.trigger)
        self.wake()

    def stop(self) -> None:
        """Finish the step in hand and stop; what is outside for longer than `PATIENCE` is cut off and given back."""
        self.engine.on_work = self._signals.send
        with self._planning:  # the one at work must not plan any more: APScheduler is locked while it shuts down
            self._stopping = True
        self._over.set()
        self._scheduler.pause()
        self._scheduler.get_jobs()  # waits until APScheduler's own thread, which cannot bear a shutdown, has paused
        self._scheduler.shutdown(wait=True)
        wait(list(self._calls.values()), timeout=PATIENCE)
        self.engine.outside.close()
        self._callers.shutdown(wait=True, cancel_futures=True)
        self._signals.stop()

    def _brought(self) -> None:
        """A commit of this node has brought work: it looks itself, and others may help."""
        self.wake()
        self._signals.send()

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
            self._did = 0
            while self._again.is_set():
                self._again.clear()
                while not self._stopping and (did := run_all(self.engine, inside=True)):
                    self._did += did
                self._call_outside()
        except Exception:
            log.exception("the sweep failed; it is tried again")
        finally:
            self._busy.release()
            self._plan(self._next())

    def _call_outside(self) -> None:
        """Give jobs that reach outside to the threads that are free."""
        self._calls = {job: call for job, call in self._calls.items() if not call.done()}
        if self._stopping or not self._free():
            return
        for job in jobs.due_outside(self.engine, limit=CALLS + len(self._calls)):
            if job not in self._calls and self._free():
                self._calls[job] = self._callers.submit(jobs.run_one, self.engine, *job)
                self._calls[job].add_done_callback(self._called)

    def _free(self) -> int:
        return CALLS - len(self._calls)

    def _called(self, call: Future[int]) -> None:
        if not call.cancelled() and call.exception() is not None:
            log.error("a job could not be run", exc_info=call.exception())
        if not self._stopping:
            self.wake()

    def _next(self) -> datetime:
        now = self.engine.clock.now()
        self._again.set()
        try:
            with self.engine.store.begin(write=False) as uow:
                due = [at for at in self._due(uow) if at is not None]
            self._looked = time.monotonic()
        except Exception:
            log.exception("the next due instant could not be read")
            due = []
        # What is due and could not be done is not asked for without pause: another node has it, or the disk is full.
        least = STUCK if not self._did and due and min(due) <= now else PAUSE
        fraction = timedelta(microseconds=datetime.now(TZ).microsecond)  # the clock tells whole seconds
        wait = min([SWEEP, *(max(at - now - fraction, least) for at in due)])
        return datetime.now(TZ) + wait

    def _due(self, uow: UnitOfWork) -> tuple[datetime | None, datetime | None]:
        """The next timer and the next job; with no thread free, a call that ends wakes for those outside."""
        later = () if self._free() else jobs.outside_names(self.engine)
        return timers.next_due(uow), jobs.next_due(uow, but=later)


def _ahead() -> float:
    """By how many seconds the machine's clock is ahead of the one that nobody sets."""
    return time.time() - time.monotonic()


def run_all(engine: Engine, *, limit: int = 100, inside: bool = False) -> int:
    """Fire what is due and run what waits, once; gives how much was done. `inside` leaves out what reaches outside."""
    return timers.fire_due(engine, limit=limit) + jobs.run_due(engine, limit=limit, inside=inside)
