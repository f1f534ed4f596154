"""The trace of a request by OpenTelemetry: on where `OTEL_*` names a collector, else its SDK is not even loaded.

The SDK's own settings hold (`OTEL_EXPORTER_OTLP_ENDPOINT`, `OTEL_TRACES_SAMPLER`, `OTEL_SERVICE_NAME` ...). Of an error
only its code or kind is told: its words may quote what somebody wrote.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from storage import spans
from storage.errors import BanjieError
from web.logs import Receive, Scope, Send, ids_in, route_of

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


def wanted(settings: Mapping[str, str] = os.environ) -> bool:
    """Whether the environment asks for a trace."""
    if settings.get("OTEL_SDK_DISABLED", "").lower() == "true" or settings.get("OTEL_TRACES_EXPORTER") == "none":
        return False
    return "OTEL_TRACES_EXPORTER" in settings or any(name in settings for name in _ENDPOINTS)


@contextmanager
def telling() -> Iterator[None]:
    """Keep a trace in this block, if one is wanted, and hand over what is left at its end.

    Errors: `trace.missing` (the library is not installed), `trace.exporter` (one that is not known here).
    """
    if not wanted():
        yield
        return
    require()
    provider = _provider()
    spans.keep(OpenTelemetry(provider))
    try:
        yield
    finally:
        spans.keep(None)
        provider.shutdown()


def require() -> None:
    """See that a trace that is wanted can be kept. Errors: `trace.missing`, `trace.exporter`."""
    if not wanted():
        return
    try:
        importlib.import_module("opentelemetry.exporter.otlp.proto.http.trace_exporter")
    except ImportError as error:
        raise BanjieError(
            "trace.missing", "设置了 OTEL_*，但没有安装 OpenTelemetry；请安装 banjie[trace]，或去掉这些设置。"
        ) from error
    exporter = _exporter()
    if exporter not in ("otlp", "console"):
        raise BanjieError("trace.exporter", f"OTEL_TRACES_EXPORTER 只能是 otlp、console 或 none，不能是“{exporter}”。")


def _exporter() -> str:
    return os.environ.get("OTEL_TRACES_EXPORTER") or "otlp"


def _provider() -> TracerProvider:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter

    told: dict[str, str | int] = {"service.instance.id": f"{os.uname().nodename}/{os.getpid()}"}
    if "OTEL_SERVICE_NAME" not in os.environ:
        told["service.name"] = "banjie"
    provider = TracerProvider(resource=Resource.create(told))
    exporter = OTLPSpanExporter() if _exporter() == "otlp" else ConsoleSpanExporter()
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return provider


class OpenTelemetry:
    """Keeps spans by a provider of OpenTelemetry's SDK."""

    def __init__(self, provider: TracerProvider) -> None:
        from opentelemetry import context, trace
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        self._context = context
        self._trace = trace
        self._tracer = provider.get_tracer("banjie")
        self._propagator = TraceContextTextMapPropagator()

    @contextmanager
    def span(self, name: str, attributes: spans.Attributes, *, of: str | None, kind: str) -> Iterator[None]:
        """See `spans.Keeper`. A span that goes on with another trace keeps a link to the present one."""
        cause, links = None, []
        if of is not None:
            cause = self._propagator.extract({"traceparent": of})
            present = self._trace.get_current_span().get_span_context()
            links = [self._trace.Link(present)] if present.is_valid else []
        begun = self._tracer.start_span(name, cause, self._trace.SpanKind[kind.upper()], _said(attributes), links)
        before = self._context.attach(self._trace.set_span_in_context(begun))
        try:
            yield
        except BaseException as error:
            begun.set_attribute("error.type", error.code if isinstance(error, BanjieError) else _kind(error))
            if not isinstance(error, BanjieError) or error.status >= 500:
                begun.set_status(self._trace.StatusCode.ERROR)
            raise
        finally:
            if self._trace.get_current_span() is begun:  # else it ends in another thread than it was begun in
                self._context.detach(before)
            begun.end()

    def tell(self, attributes: spans.Attributes, name: str | None) -> None:
        """See `spans.Keeper`."""
        present = self._trace.get_current_span()
        present.set_attributes(_said(attributes))
        if name is not None:
            present.update_name(name)
        if int(attributes.get("http.response.status_code") or 0) >= 500:
            present.set_status(self._trace.StatusCode.ERROR)

    def traceparent(self) -> str | None:
        """See `spans.Keeper`."""
        if not self._trace.get_current_span().is_recording():
            return None
        carrier: dict[str, str] = {}
        self._propagator.inject(carrier)
        return carrier.get("traceparent")


class Traced:
    """ASGI middleware: each call of the API is a span, which goes on with the trace that a caller names."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not spans.kept() or scope["type"] != "http" or not scope["path"].startswith("/api/"):
            await self._app(scope, receive, send)
            return
        status = 500

        async def answer(message: Any) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        caller = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"traceparent"), None)
        method = scope["method"] if scope["method"] in _METHODS else "_OTHER"
        with spans.span(method, {"http.request.method": method}, of=caller, kind="server"):
            try:
                await self._app(scope, receive, answer)
            finally:
                ids = {f"banjie.{name}": value for name, value in ids_in(scope).items()}
                route = route_of(scope)
                told = {"http.route": route, "http.response.status_code": status, **ids}
                spans.tell(told, f"{method} {route}" if route else None)


def _said(attributes: spans.Attributes) -> dict[str, str | int | bool]:
    return {name: value for name, value in attributes.items() if value is not None}


def _kind(error: BaseException) -> str:
    return type(error).__qualname__
