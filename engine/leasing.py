"""Leases: the right of one node to call the handler of a job that reaches outside, kept by a heartbeat while it works.

A node that dies renews nothing, and another takes the job when its lease ends. One that only stood still may go on
after that: so a lease that is old is renewed before the call is made, and the answer is taken only under it.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from engine import sql
from engine.engine import Engine
from engine.outside import Call
from engine.registry import BpmnError, HandlerContext, HandlerSpec
from storage import spans
from storage.database import UnitOfWork
from storage.errors import BanjieError, database_trouble
from storage.types import new_id

log = logging.getLogger("banjie.jobs")

LEASE = timedelta(seconds=60)  # renewed while the handler works
HEARTBEAT = 15.0  # seconds between renewals


class NotBegun(Exception):
    """The handler was not called; its cause says why."""


@dataclass
class Lease:
    """The right to call a job's handler; `kept` says when it was last taken or renewed, by both clocks."""

    id: str
    kept: tuple[float, datetime] = field(init=False)

    def keep(self, engine: Engine) -> datetime:
        """It counts from now; gives until when."""
        self.kept = (time.monotonic(), engine.clock.now())
        return self.kept[1] + LEASE

    def old(self, engine: Engine) -> bool:
        """Whether it should be renewed before anything is done by it: this node may have stood still."""
        ticks, instant = self.kept
        return max(time.monotonic() - ticks, (engine.clock.now() - instant).total_seconds()) > HEARTBEAT


def take(engine: Engine, uow: UnitOfWork, row: Any) -> Lease:
    """Lease the job for one call. If this node dies, nobody renews the lease and another node takes it when it ends."""
    lease = Lease(new_id())
    died = row.state == "leased"
    sql.LEASE_JOB.run(
        uow, org=row.org_id, of=row.id, until=lease.keep(engine), lease=lease.id, calls=row.calls + 1,
        tries=row.tries + died,
    )  # fmt: skip
    return lease


def _renew(engine: Engine, context: HandlerContext, lease: Lease) -> bool:
    """The heartbeat: keep the lease while the handler works. False: the job is gone or another node has it."""
    with engine.store.begin() as uow:
        until = lease.keep(engine)
        return sql.RENEW_LEASE.run(uow, org=context.org_id, of=context.key, lease=lease.id, until=until) == 1


def call(engine: Engine, spec: HandlerSpec, context: HandlerContext, lease: Lease, *, undo: bool = False) -> Any:
    """Call an outside handler (or what undoes it), cut off after its time limit; renews the lease meanwhile."""
    with spans.part("undo" if undo else "call"):
        return _call_outside(engine, spec, context, lease, undo)


def _call_outside(engine: Engine, spec: HandlerSpec, context: HandlerContext, lease: Lease, undo: bool) -> Any:
    try:
        made = _prepared(engine, spec, context, lease, undo)
    except Exception as error:
        raise NotBegun from error
    try:
        made.go()
        end = time.monotonic() + spec.timeout
        while not made.wait(min(HEARTBEAT, max(0.0, end - time.monotonic()))):
            if time.monotonic() >= end:
                raise BanjieError("handler.timeout", f"自动处理“{spec.name}”超过{spec.timeout}秒没有完成。")
            if not _heartbeat(engine, context, lease):
                raise _lost(spec)
    except BaseException:
        made.cut_off()
        raise
    try:
        return made.result()
    except BpmnError as error:
        return error


def _prepared(engine: Engine, spec: HandlerSpec, context: HandlerContext, lease: Lease, undo: bool) -> Call:
    """A call that can be made, of a job that is still ours."""
    made = engine.outside.begin(spec, context, undo=undo)
    try:
        if lease.old(engine) and not _renew(engine, context, lease):
            raise _lost(spec)
    except BaseException:
        made.cut_off()
        raise
    return made


def _heartbeat(engine: Engine, context: HandlerContext, lease: Lease) -> bool:
    """`_renew`, borne by a database that is away: who has the job is seen when there is an answer."""
    try:
        return _renew(engine, context, lease)
    except Exception as error:
        if not database_trouble(error):
            raise
        log.warning("the lease of job %s could not be renewed: %s", context.key, error)
        return True


def _lost(spec: HandlerSpec) -> BanjieError:
    return BanjieError("handler.lease_lost", f"自动处理“{spec.name}”的任务已由他处处理。")
