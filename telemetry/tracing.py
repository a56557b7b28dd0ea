"""OpenTelemetry traces, if OTEL_EXPORTER_OTLP_ENDPOINT is set and the `otel` extra is installed.

A trace covers a request to an endpoint, the message that the request publishes, and the resulting tasks. Pages are
not traced, because their URLs contain tokens and search terms.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import structlog
from structlog.typing import EventDict, WrappedLogger

if TYPE_CHECKING:
    from flask import Flask

log = structlog.get_logger()

_on = False


def start(*, process: str, endpoint: str | None) -> bool:
    """Starts tracing. Returns whether tracing is on. Call this once per process, after a fork and before any
    connection.

    OpenTelemetry itself reads the other OTEL_... variables.
    """
    global _on
    if not endpoint or _on:
        return _on
    try:
        _instrument(process)
    except ImportError as missing:
        log.warning("not_traced", reason=f"{missing}; install the extra `otel`")
        return False
    _on = True
    return True


def _instrument(process: str) -> None:
    from opentelemetry import trace
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.instrumentation.celery import CeleryInstrumentor
    from opentelemetry.instrumentation.psycopg import PsycopgInstrumentor
    from opentelemetry.instrumentation.redis import RedisInstrumentor
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(resource=Resource.create({"service.name": f"slots {process}"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    for instrumentor in (CeleryInstrumentor, PsycopgInstrumentor, RedisInstrumentor):
        instrumentor().instrument()


def trace_endpoints(app: "Flask") -> None:
    """Records a span for each request to this application if tracing is on."""
    if _on:
        from opentelemetry.instrumentation.flask import FlaskInstrumentor

        FlaskInstrumentor().instrument_app(app)  # type: ignore[no-untyped-call]


@contextmanager
def call_span(provider: str, operation: str) -> Iterator[Callable[[str], None]]:
    """Records a span for a call to a provider if tracing is on. Yields a function that records the outcome."""
    if not _on:
        yield lambda outcome: None
        return
    from opentelemetry.trace import SpanKind, get_tracer

    with get_tracer("slots").start_as_current_span(
        f"{provider} {operation}", kind=SpanKind.CLIENT, record_exception=False
    ) as span:
        yield lambda outcome: span.set_attribute("slots.outcome", outcome)


def add_trace_id(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
    """Adds the id of the current trace to a log line."""
    if _on:
        from opentelemetry.trace import get_current_span

        context = get_current_span().get_span_context()
        if context.is_valid:
            line["trace_id"] = f"{context.trace_id:032x}"
    return line
