"""The trace of a completion: what is in it, over commits and nodes, and that it tells nobody's name."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from engine import jobs
from engine.timers import fire_due
from office import town
from storage import spans
from storage.clock import FixedClock
from storage.errors import BanjieError
from storage.tables import engine as tables
from tests.support.office import ACCEPTED, CLASSES, REGISTRATION, VISIT, Office, fill, open_office
from tests.support.ports import free_port
from tests.support.server import ROOT, Server
from tests.web.test_crash import Clerk
from web import telemetry
from web.banjie import Banjie


class Kept:
    """The spans of one node."""

    def __init__(self) -> None:
        self._exporter = InMemorySpanExporter()
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(self._exporter))
        self.keeper = telemetry.OpenTelemetry(provider)

    def all(self) -> list[ReadableSpan]:
        """Every span that has ended."""
        return list(self._exporter.get_finished_spans())

    def named(self, start: str) -> list[ReadableSpan]:
        """The spans whose name begins so."""
        return [span for span in self.all() if span.name.startswith(start)]

    def clear(self) -> None:
        """Forget them."""
        self._exporter.clear()


@pytest.fixture
def kept() -> Iterator[Kept]:
    """A trace is kept, from before the database is opened."""
    keeping = Kept()
    spans.keep(keeping.keeper)
    yield keeping
    spans.keep(None)


@pytest.fixture
def traced(kept: Kept, database_url: str, clock: FixedClock) -> Iterator[Office]:
    """The town, on both databases, under a trace."""
    opened = open_office(database_url, clock)
    yield opened
    opened.banjie.close()


def ancestors(span: ReadableSpan, all_: list[ReadableSpan]) -> list[str]:
    """The names of a span's causes, the nearest first."""
    by_id = {one.context.span_id: one for one in all_}
    found = []
    while span.parent is not None and span.parent.span_id in by_id:
        span = by_id[span.parent.span_id]
        found.append(span.name)
    return found


def test_one_completion_is_one_trace(traced: Office, kept: Kept) -> None:
    """Request, act, transaction, turn, statements, commit, and the job that was run after it."""
    case_id = traced.start()
    traced.complete("wangxiaohua", case_id, "CompleteRegistration", REGISTRATION)
    traced.complete("wangxiaohua", case_id, "Classify", CLASSES)
    task = traced.task(case_id, "Inform")
    browser = traced.browser("wangxiaohua")
    kept.clear()
    browser.done(f"/tasks/{task}/complete", {"answers": ACCEPTED})
    (request,) = kept.named("POST /api/tasks/{task_id}/complete")
    assert request.attributes is not None and request.parent is None
    assert request.attributes["http.response.status_code"] == 200 and request.attributes["banjie.task_id"] == task
    mine = [span for span in kept.all() if span.context.trace_id == request.context.trace_id]
    (turn,) = [span for span in mine if span.name == "turn Complete"]
    assert ancestors(turn, mine) == ["transaction", "act complete", request.name]
    assert dict(turn.attributes or {}) == {
        "banjie.process": "petition_main", "banjie.element": "Inform", "banjie.case_id": case_id,
        "banjie.instance_id": turn.attributes and turn.attributes["banjie.instance_id"],
    }  # fmt: skip
    assert [s for s in mine if s.name == "commit" and ancestors(s, mine)[:2] == ["transaction", "act complete"]]
    written = [s for s in mine if s.parent is not None and s.parent.span_id == turn.context.span_id and s.attributes]
    texts = "\n".join(str(s.attributes.get("db.query.text")) for s in written if s.attributes)
    assert "UPDATE instance" in texts and "INSERT INTO history" in texts
    done = [span for span in mine if span.name.startswith("job ")]
    assert done and all("turn Complete" in ancestors(span, mine) for span in done)
    assert all(span.end_time is not None and span.status.status_code == StatusCode.UNSET for span in mine)


def test_another_node_goes_on_with_the_trace(traced: Office, kept: Kept, clock: FixedClock) -> None:
    """The job carries the trace of the step that caused it through the table."""
    office = traced
    case_id = office.start()
    office.complete("wangxiaohua", case_id, "CompleteRegistration", REGISTRATION)
    office.complete("wangxiaohua", case_id, "Classify", CLASSES)
    task = office.task(case_id, "Inform")
    kept.clear()
    with spans.span("act"), office.banjie.store.begin() as uow:
        office.banjie.engine.complete(uow, office.org_id, task, ACCEPTED, actor="wangxiaohua")
    with office.banjie.store.begin(write=False) as uow:
        waiting = uow.conn.execute(tables.job.select().where(tables.job.c.business_key == case_id)).all()
    (turn,) = kept.named("turn Complete")
    here = f"00-{turn.context.trace_id:032x}-{turn.context.span_id:016x}-"
    assert waiting and {row.traceparent[:-2] for row in waiting} == {here}

    there = Kept()
    spans.keep(there.keeper)
    other = Banjie(office.banjie.store.url.render_as_string(hide_password=False), clock=clock)
    try:
        assert jobs.run_due(other.engine) >= len(waiting)
    finally:
        other.close()
    run = [span for span in there.named("job ") if span.parent and span.parent.span_id == turn.context.span_id]
    assert {span.name for span in run} == {f"job {row.handler}" for row in waiting}
    for span in run:
        assert span.context.trace_id == turn.context.trace_id
        assert span.parent is not None and span.parent.is_remote
    commits = {span.context.span_id for span in there.named("transaction")}
    linked = {link.context.span_id for span in run for link in span.links}
    assert linked and linked <= commits, "with which commit it was done"


def everything(span: ReadableSpan) -> str:
    """All that a span tells."""
    events = [(event.name, dict(event.attributes or {})) for event in span.events]
    return json.dumps([span.name, dict(span.attributes or {}), events, span.status.description], ensure_ascii=False)


def test_nothing_in_it_is_personal(traced: Office, kept: Kept) -> None:
    """Neither what somebody wrote nor who somebody is: no Chinese at all, no number, no login, no address."""
    office = traced
    case_id = office.accepted()
    office.browser("linhai").post(f"/cases/{case_id}/urge", {"text": "赵大山的事请抓紧"})
    office.browser("linhai").post("/cases/search", {"q": "赵大山"})
    office.browser("linhai").get("/cases/赵大山")
    office.stranger().log_in("zhaodashan-13800000001", "no")
    office.browser("wangxiaohua").post("/starts/petition_main", {"answers": VISIT | {"channel": "赵大山"}})
    office.clock.advance(days=400)
    fire_due(office.banjie.engine)
    for name in ("job ", "timer", "turn Start", "turn Fire", "act urge", "GET /api/cases", "POST /api/login"):
        assert kept.named(name), name
    told = "\n".join(everything(span) for span in kept.all())
    assert re.findall(r"[\u3400-\u9fff]+", told) == []
    with office.banjie.store.begin(write=False) as uow:
        logins = [row[0] for row in uow.conn.exec_driver_sql("select login from login").all()]
    assert len(logins) > 5
    for mark in ("13800000001", "zhaodashan", town.DEMO_PASSWORD, "127.0.0.1", "testclient", *logins):
        assert not re.search(rf"(?<![\w.]){re.escape(mark)}(?![\w.])", told), mark


def test_an_error_is_told_by_its_kind(kept: Kept) -> None:
    with pytest.raises(ValueError), spans.span("a"), spans.span("b"):
        raise ValueError("赵大山")
    with pytest.raises(BanjieError), spans.span("c"):
        raise BanjieError("task.unknown", "没有赵大山的待办。", status=404)
    told = {s.name: (s.status.status_code, dict(s.attributes or {}), s.events) for s in kept.all()}
    assert told == {
        "a": (StatusCode.ERROR, {"error.type": "ValueError"}, ()),
        "b": (StatusCode.ERROR, {"error.type": "ValueError"}, ()),
        "c": (StatusCode.UNSET, {"error.type": "task.unknown"}, ()),
    }


def test_a_caller_may_name_the_trace(traced: Office, kept: Kept) -> None:
    """A proxy that traces too: its span is the parent. What is no traceparent is passed over."""
    of = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    traced.stranger().client.get("/api/session", headers={"traceparent": of})
    traced.stranger().client.get("/api/session", headers={"traceparent": "赵大山".encode().hex()})
    traced.stranger().client.get("/healthz")
    named, plain = kept.named("GET ")
    assert f"{named.context.trace_id:032x}" == of.split("-")[1]
    assert named.parent is not None and f"{named.parent.span_id:016x}" == of.split("-")[2]
    assert plain.parent is None


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://collector:4318/v1/traces"}, True),
        ({"OTEL_TRACES_EXPORTER": "console"}, True),
        ({"OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}, False),
        ({"OTEL_SDK_DISABLED": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}, False),
    ],
)
def test_when_a_trace_is_kept(settings: dict[str, str], told: bool) -> None:
    assert telemetry.wanted(settings) is told


def test_an_exporter_that_is_not_known_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "zipkin")
    with pytest.raises(BanjieError, match=r"^trace\.exporter:"):
        telemetry.require()
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "otlp")
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    with pytest.raises(BanjieError, match=r"^trace\.missing:"):
        telemetry.require()


def test_without_it_nothing_is_loaded() -> None:
    code = "import sys, web.http; print([name for name in sys.modules if name.startswith('opentelemetry.sdk')])"
    clean = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=clean, capture_output=True, text=True, timeout=60)
    assert done.stdout == "[]\n", done.stdout + done.stderr


@pytest.fixture
def collector() -> Iterator[tuple[str, list[ExportTraceServiceRequest]]]:
    """A collector that takes traces by OTLP over HTTP: its address, and what it got."""
    got: list[ExportTraceServiceRequest] = []

    class Take(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(ExportTraceServiceRequest.FromString(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Take)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", got
    server.shutdown()
    server.server_close()


def test_the_program_sends_it_to_a_collector(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, collector: tuple[str, list[Any]]
) -> None:
    """With several workers; what is left is handed over when they are stopped."""
    address, got = collector
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", address)
    fill(postgres_url)
    with Server(postgres_url, log=tmp_path / "serve.log", arguments=("serve", "--workers", "2")) as server:
        case_id = Clerk(server).post("/starts/petition_main", {"answers": VISIT})["case_id"]
        assert server.stop(40) == 0
    resources = [resource for request in list(got) for resource in request.resource_spans]
    told = {a.key: a.value.string_value for resource in resources for a in resource.resource.attributes}
    assert told["service.name"] == "banjie"
    sent = [span for resource in resources for scope in resource.scope_spans for span in scope.spans]
    (turn,) = [span for span in sent if span.name == "turn Start"]
    assert case_id in [a.value.string_value for a in turn.attributes]
    assert {"POST /api/starts/{process_key}", "act start", "commit"} <= {
        s.name for s in sent if s.trace_id == turn.trace_id
    }


def test_a_collector_that_is_gone_keeps_nobody_waiting(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{free_port()}")
    fill(sqlite_url)
    with Server(sqlite_url, log=tmp_path / "serve.log") as server:
        case_id = Clerk(server).post("/starts/petition_main", {"answers": VISIT})["case_id"]
        assert Clerk(server).get(f"/cases/{case_id}")["case"]["id"] == case_id
        assert server.stop(40) == 0
