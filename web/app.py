"""The web process, which serves the endpoints of `webhooks`, the API and the pages of `dashboard` on one port."""

import resource
from collections.abc import Iterable
from typing import TYPE_CHECKING

from api import app as api
from api.error_responses import refusal
from dashboard import app as pages
from dashboard.form_limits import LARGEST_FORM
from db import heartbeat
from settings.loading import load
from settings.telemetry import TelemetrySettings
from telemetry import garbage_collection, logs, metrics_server, tracing
from web.rsgi.application import Refusal, WsgiOverRsgi, plain_refusal
from web.rsgi.bodies import BodyLimit
from web.shutdown import on_shutdown
from webhooks import app as webhooks_app
from webhooks.routes import document as webhooks_document
from webhooks.routes import largest_body

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


def create_app() -> WsgiOverRsgi:
    """Creates the application for the web server, once per process. Raises settings.loading.SettingsError."""
    logs.configure(process="web")
    telemetry_settings = load(TelemetrySettings)
    metrics_server.share()
    tracing.start(process="web", endpoint=telemetry_settings.otel_exporter_otlp_endpoint)
    dashboard, endpoints, public = (
        pages.create_app(),
        webhooks_app.create_app(),
        api.create_app(others=(webhooks_document(),)),
    )
    tracing.trace_endpoints(endpoints)
    tracing.trace_endpoints(public)
    metrics_server.serve(host=telemetry_settings.metrics_host, port=telemetry_settings.metrics_port)

    def starting() -> None:
        allow_connections()
        garbage_collection.exclude_imported()
        heartbeat.start("web")
        on_shutdown(stopping)

    def stopping() -> None:
        # Otherwise, event streams would delay the shutdown by minutes.
        dashboard.extensions["live_updates"].close()
        heartbeat.stop()

    application = by_path(dict.fromkeys(pages.PREFIXES, dashboard), public=public, otherwise=endpoints)
    return WsgiOverRsgi(application, limit_of=limit_of, refusal_of=refusal_of, starting=starting)


def by_path(
    mounted: "dict[str, WSGIApplication]", *, public: "WSGIApplication", otherwise: "WSGIApplication"
) -> "WSGIApplication":
    """Calls `public` for paths of the API, and otherwise the application that is mounted at the first path segment.

    Each application receives the whole path.
    """

    def application(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        chosen = public if api.serves(path) else mounted.get(prefix_of(path), otherwise)
        return chosen(environ, start_response)

    return application


def prefix_of(path: str) -> str:
    segment, slash, _ = path[1:].partition("/")
    return f"/{segment or slash}"


def limit_of(method: str, path: str) -> BodyLimit:
    """Returns the body limit of a route."""
    if api.serves(path):
        return BodyLimit(api.largest_body(method, path))
    if prefix_of(path) not in pages.PREFIXES:
        return BodyLimit(largest_body(method, path))
    largest = pages.largest_body(method, path)
    # Browsers always send the length. A truncated chunked form would look like a form with empty fields.
    return BodyLimit(largest, needs_length=largest > 0, on_demand=largest > LARGEST_FORM)


def refusal_of(path: str, status: int) -> Refusal:
    """Returns the error that the web server sends without calling an application, as problem details for the API."""
    return refusal(status) if api.serves(path) else plain_refusal(path, status)


def allow_connections() -> None:
    """Raises the limit of open files to the maximum, because the usual 1,024 are too few for a public port."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
