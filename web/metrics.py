"""What an operator watches, as Prometheus reads it from `/metrics`: counts of this node, states read from the database.

Only numbers, never a name, a case or an organisation. With several workers the counts of all are told by any of them
(`PROMETHEUS_MULTIPROC_DIR`, set by `banjie serve --workers`).
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Iterator
from ipaddress import ip_address

from fastapi import Request
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from sqlalchemy import func, select

from office.deadline_rows import open_by_light
from storage.database import UnitOfWork
from storage.errors import Forbidden
from storage.tables import engine as tables
from storage.tables.people import organisation
from web.banjie import Banjie

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_counts = CollectorRegistry(auto_describe=True)
REQUESTS = Counter("banjie_requests", "HTTP requests.", ["method", "status"], registry=_counts)
SECONDS = Histogram(
    "banjie_request_seconds", "How long HTTP requests took.", ["method"], registry=_counts,
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)  # fmt: skip
STEPS = Counter("banjie_steps", "Turns of instances, by what set them off.", ["command"], registry=_counts)
CONFLICTS = Counter("banjie_conflicts", "Acts that lost against somebody faster.", registry=_counts)
REFUSED = Counter("banjie_refused_requests", "Requests refused because too many came from one side.", registry=_counts)


def require_reader(request: Request) -> None:
    """Let this machine in, and whoever brings `BANJIE_METRICS_TOKEN`. Errors: `metrics.forbidden`."""
    token = os.environ.get("BANJIE_METRICS_TOKEN")
    given = request.headers.get("authorization", "")
    if token and hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
        return
    here = request.client is not None and _is_loopback(request.client.host)
    if not here or "x-forwarded-for" in request.headers:
        raise Forbidden("metrics.forbidden", "只有本机或持有 BANJIE_METRICS_TOKEN 的可以读取运行指标。")


def exposition(banjie: Banjie) -> bytes:
    """All metrics in Prometheus' text form."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        counts = CollectorRegistry()
        MultiProcessCollector(counts)
    else:
        counts = _counts
    states = CollectorRegistry()
    with banjie.store.begin(write=False) as uow:
        states.register(_States(list(_read(banjie, uow))))
    return bytes(generate_latest(counts)) + bytes(generate_latest(states))


class _States:
    def __init__(self, families: list[GaugeMetricFamily]) -> None:
        self._families = families

    def collect(self) -> list[GaugeMetricFamily]:
        return self._families


def _read(banjie: Banjie, uow: UnitOfWork) -> Iterator[GaugeMetricFamily]:
    """Every question here is answered by an index, whatever the number of finished cases."""
    now, timer, job, incident = banjie.clock.now(), tables.timer, tables.job, tables.incident
    due, first = uow.conn.execute(
        select(func.count(), func.min(timer.c.due_at)).select_from(timer).where(timer.c.due_at <= now)
    ).one()
    yield GaugeMetricFamily("banjie_timers_due", "Timers that are due and have not fired.", value=due)
    lag = (now - first).total_seconds() if first is not None else 0.0
    yield GaugeMetricFamily("banjie_timer_lag_seconds", "How long the earliest due timer has waited.", value=lag)
    jobs = GaugeMetricFamily("banjie_jobs", "Jobs, by state.", labels=["state"])
    for state in ("ready", "leased", "failed"):
        count = uow.conn.execute(select(func.count()).select_from(job).where(job.c.state == state)).scalar_one()
        jobs.add_metric([state], count)
    yield jobs
    waiting = select(func.min(job.c.due_at)).where(job.c.state == "ready", job.c.due_at <= now)
    oldest = uow.conn.execute(waiting).scalar()
    age = (now - oldest).total_seconds() if oldest is not None else 0.0
    yield GaugeMetricFamily("banjie_job_age_seconds", "How long the earliest due job has waited.", value=age)
    mine = incident.c.org_id.in_(select(organisation.c.id)), incident.c.resolved_at.is_(None)
    stopped = uow.conn.execute(select(func.count()).select_from(incident).where(*mine)).scalar_one()
    yield GaugeMetricFamily("banjie_incidents_open", "Incidents that wait for an administrator.", value=stopped)
    lights = GaugeMetricFamily("banjie_deadlines_open", "Open time limits, by light.", labels=["light"])
    for light, number in open_by_light(uow, now=now).items():
        lights.add_metric([light], number)
    yield lights


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
