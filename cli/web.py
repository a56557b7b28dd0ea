"""The web process: the doors of `webhooks` and the pages of `dashboard` behind one port, told apart by the path."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from cli.stopping import when_asked_to_end
from dashboard import app as pages
from settings.loading import load
from settings.telemetry import TelemetrySettings
from telemetry import logs, serving, tracing
from webhooks import app as doors

if TYPE_CHECKING:
    from _typeshed.wsgi import InputStream, StartResponse, WSGIApplication, WSGIEnvironment

# Of a body that no door wanted.
MOST_HEARD_OUT = 16 * 2**20
AT_ONCE = 64 * 2**10


def create_app() -> "WSGIApplication":
    """What the web server runs, once per process. Raises settings.loading.SettingsError."""
    logs.configure(process="web")
    watched = load(TelemetrySettings)
    tracing.start(process="web", endpoint=watched.otel_exporter_otlp_endpoint)
    dashboard, open_doors = pages.create_app(), doors.create_app()
    # Streams of events would go on for minutes.
    when_asked_to_end(dashboard.extensions["lookout"].close)
    tracing.trace_doors(open_doors)
    serving.serve(host=watched.metrics_host, port=watched.metrics_port)
    return by_path(dict.fromkeys(pages.PREFIXES, dashboard), otherwise=open_doors)


def by_path(mounted: "dict[str, WSGIApplication]", *, otherwise: "WSGIApplication") -> "WSGIApplication":
    """The application whose prefix is the first part of the path. Each sees the whole path, as its routes have it."""

    def application(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        first = "/" + str(environ.get("PATH_INFO", ""))[1:].partition("/")[0]
        answer = mounted.get(first, otherwise)(environ, start_response)
        _hear_out(environ["wsgi.input"])
        return answer

    return application


def _hear_out(body: "InputStream") -> None:
    """Who still sends while the connection is closed sees a broken pipe instead of the refusal."""
    heard = 0
    while heard < MOST_HEARD_OUT and (part := body.read(AT_ONCE)):
        heard += len(part)
