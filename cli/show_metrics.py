"""`slots metrics`: prints or serves metrics for Prometheus."""

import signal
import threading

import click

from cli.help import Command
from cli.progress import say
from cli.target_system import CannotError, with_data

EXAMPLES = """\
slots metrics                print the metrics once
slots metrics --port 9464    serve them at http://127.0.0.1:9464/metrics until stopped
slots metrics --data .data   those of a running `slots up`, with the counters of its processes
"""


@click.command(cls=Command, examples=EXAMPLES, short_help="Print or serve metrics for Prometheus.")
@click.option(
    "--port", type=click.IntRange(1, 65535), help="Serve the metrics on this port instead of printing them."
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address on which the metrics are served.")
@with_data
def metrics(port: int | None, host: str) -> None:
    """Print metrics in the Prometheus format, such as due and overdue work and conditions that need an operator.

    Each scrape queries the database, so only DATABASE_URL is required. If PROMETHEUS_MULTIPROC_DIR is set, the output
    includes the counters of the processes that share this folder.

    Exit codes: 0 done, 1 failed (the message gives the reason).
    """
    from prometheus_client import generate_latest, start_http_server

    from cli.metrics_exporter import DatabaseMetrics
    from db import heartbeat
    from db.engine import engine
    from db.sessions import sessions
    from settings.database import DatabaseSettings
    from settings.loading import load
    from telemetry import logs
    from telemetry.metrics_server import registry

    logs.configure(process="metrics", level="WARNING")
    settings = load(DatabaseSettings)
    url, pooler = settings.database_url.get_secret_value(), settings.database_pooler
    database = engine(url, application_name="slots metrics", pool_size=1, pooler=pooler)
    registered = registry(DatabaseMetrics(sessions(database)))
    if port is None:
        click.echo(generate_latest(registered).decode(), nl=False)
        return
    try:
        server, _ = start_http_server(port, host, registered)
    except OSError as error:
        raise CannotError(f"Port {port} cannot be used: {error}. Choose another one with --port.") from None
    say(f"metrics at http://{host}:{port}/metrics")
    heartbeat.start("metrics")
    _wait_for_signal()
    heartbeat.stop()
    server.shutdown()


def _wait_for_signal() -> None:
    """Waits for SIGINT or SIGTERM. Without a handler, the first process of a container would ignore SIGTERM."""
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    stopped.wait()
