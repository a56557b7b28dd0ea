"""A trace continues from the endpoint through the outbox to the task.

They contain no private data and are off by default.
"""

from __future__ import annotations

import gzip
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from cli.local.local_services import CELERY, WEB_SERVER
from tests.builders import a_customer, a_payment, a_shop, an_appointment
from tests.waiting import PATIENCE_SECONDS, answers, wait_for

WEB = (*WEB_SERVER, "--port", "{port}", "web.app:create_app")
WORKER = (*CELERY, "worker", "-n", "traced@%h", "-Q", "offers", "--pool", "prefork", "-c", "1")
TOKEN = "nobody-knows-this-token"
WITHOUT_THE_EXTRA = """
import importlib.abc, sys
class Missing(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name.partition('.')[0] == 'opentelemetry':
            raise ImportError(f"No module named '{name}'")
sys.meta_path.insert(0, Missing())
from web.app import create_app
from werkzeug.test import Client
assert Client(create_app().application).get('/healthz').status_code == 200
"""


@pytest.mark.long
def test_a_trace_goes_from_the_endpoint_through_the_message_to_the_task(start, session, collector):
    quick = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_BSP_SCHEDULE_DELAY": "100"}
    appointment, phone = a_cancellable_appointment(session)
    web, worker = start(WEB, **quick), start(WORKER, **quick)
    wait_for(lambda: answers(f"http://127.0.0.1:{web.port}/readyz"), "the web")
    worker.says("ready.")
    secret = {"x-internal-secret": "internal"}
    cancelling = f"http://127.0.0.1:{web.port}/api/appointments/{appointment}/cancel"
    assert requests.post(cancelling, headers=secret, timeout=PATIENCE_SECONDS).status_code == 202
    requests.get(f"http://127.0.0.1:{web.port}/pay/{TOKEN}", timeout=PATIENCE_SECONDS)

    task = wait_for(lambda: collector.span("slots worker", "run/create_slot_opening"), "the task's span")
    request_span = wait_for(
        lambda: collector.span("slots web", "POST /api/appointments/<appointment_id>/cancel"), "the endpoint's"
    )
    assert task.trace_id == request_span.trace_id
    wait_for(lambda: collector.span("slots worker", "run/send_next_offer"), "the next task's span")
    names = collector.names(request_span.trace_id)
    assert {"apply_async/create_slot_opening", "run/send_next_offer"} <= names
    assert {name for name in names if name.startswith(("INSERT", "SELECT", "UPDATE"))}
    assert f'"trace_id": "{request_span.trace_id.hex()}"' in worker.log.read_text()
    assert TOKEN not in collector.everything
    assert phone not in collector.everything


@pytest.mark.long
def test_without_an_endpoint_nothing_is_loaded(start):
    loaded = "import sys; from web.app import create_app; create_app(); print(sorted(sys.modules))"
    process = start((sys.executable, "-c", loaded))
    assert process.process.wait(PATIENCE_SECONDS) == 0
    # The Redis client itself imports the SDK if it is installed.
    assert "opentelemetry.exporter" not in process.log.read_text()
    assert "opentelemetry.instrumentation" not in process.log.read_text()


@pytest.mark.long
def test_without_the_extra_the_web_works_and_says_why_there_are_no_traces(start, collector):
    process = start((sys.executable, "-c", WITHOUT_THE_EXTRA), OTEL_EXPORTER_OTLP_ENDPOINT=collector.url)
    assert process.process.wait(PATIENCE_SECONDS) == 0, process.log.read_text()
    assert "not_traced" in process.log.read_text()
    assert "extra `otel`" in process.log.read_text()


def a_cancellable_appointment(session):
    shop = a_shop(session)
    customer = a_customer(session, shop)
    appointment = an_appointment(session, customer, payment_required=True, deposit_cents=2000)
    a_payment(session, appointment, status="succeeded", amount_cents=2000)
    session.commit()
    return appointment.id, customer.phone


class Collector:
    """Receives spans as OTLP over HTTP."""

    def __init__(self, server: ThreadingHTTPServer) -> None:
        self.url = f"http://127.0.0.1:{server.server_port}"
        self.brought: list[bytes] = []

    @property
    def everything(self) -> str:
        return "".join(str(ExportTraceServiceRequest.FromString(body)) for body in self.brought)

    def spans(self):
        for body in self.brought:
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                process = next(a.value.string_value for a in resource.resource.attributes if a.key == "service.name")
                for scope in resource.scope_spans:
                    yield from ((process, span) for span in scope.spans)

    def span(self, process, name):
        return next((span for theirs, span in self.spans() if (theirs, span.name) == (process, name)), None)

    def names(self, trace_id):
        return {span.name for _, span in self.spans() if span.trace_id == trace_id}


@pytest.fixture
def collector() -> Iterator[Collector]:
    class Taking(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            taking.brought.append(body)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Suppresses the access log."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Taking)
    taking = Collector(server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield taking
    server.shutdown()
    server.server_close()


A_CALL = """
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from providers.call_metrics import measured
from telemetry import tracing

exporter, provider = InMemorySpanExporter(), TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(exporter))
trace.set_tracer_provider(provider)
call = measured("stripe", "list_refunds")(lambda: [])
call()
tracing._on = True
call()
print([(span.name, span.kind.name, dict(span.attributes)) for span in exporter.get_finished_spans()])
"""


def test_a_call_to_a_provider_is_a_span_while_tracing_is_on(project):
    done = subprocess.run([sys.executable, "-c", A_CALL], cwd=project, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[('stripe list_refunds', 'CLIENT', {'slots.outcome': 'listed'})]"
