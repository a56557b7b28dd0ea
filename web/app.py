"""The web process: the endpoints of `webhooks` and the pages of `dashboard` behind one port, by the path."""

import resource
from collections.abc import Iterable
from typing import TYPE_CHECKING

from dashboard import app as pages
from dashboard.form_limits import LARGEST_FORM
from settings.loading import load
from settings.telemetry import TelemetrySettings
from telemetry import logs, metrics_server, tracing
from web.rsgi.application import WsgiOverRsgi
from web.rsgi.bodies import BodyLimit
from web.shutdown import when_asked_to_end
from webhooks import app as doors
from webhooks.routes import largest_body

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


def create_app() -> WsgiOverRsgi:
    """What the web server runs, once per process. Raises settings.loading.SettingsError."""
    logs.configure(process="web")
    watched = load(TelemetrySettings)
    tracing.start(process="web", endpoint=watched.otel_exporter_otlp_endpoint)
    dashboard, open_doors = pages.create_app(), doors.create_app()
    tracing.trace_doors(open_doors)
    metrics_server.serve(host=watched.metrics_host, port=watched.metrics_port)

    def starting() -> None:
        allow_connections()
        # Streams of events would go on for minutes.
        when_asked_to_end(dashboard.extensions["live_updates"].close)

    application = by_path(dict.fromkeys(pages.PREFIXES, dashboard), otherwise=open_doors)
    return WsgiOverRsgi(application, limit_of=limit_of, starting=starting)


def by_path(mounted: "dict[str, WSGIApplication]", *, otherwise: "WSGIApplication") -> "WSGIApplication":
    """The application whose prefix is the first part of the path. Each sees the whole path, as its routes have it."""

    def application(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        return mounted.get(prefix_of(environ.get("PATH_INFO", "")), otherwise)(environ, start_response)

    return application


def prefix_of(path: str) -> str:
    return "/" + path[1:].partition("/")[0]


def limit_of(method: str, path: str) -> BodyLimit:
    """How much of a body is received for a request."""
    if prefix_of(path) not in pages.PREFIXES:
        return BodyLimit(largest_body(method, path))
    largest = pages.largest_body(method, path)
    # Browsers announce the length. A form in chunks that is cut short would be a form with fields left empty.
    return BodyLimit(largest, needs_length=largest > 0, on_demand=largest > LARGEST_FORM)


def allow_connections() -> None:
    """As many as the system lets this process have: 1,024 files, the usual default, are few for a public port."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
