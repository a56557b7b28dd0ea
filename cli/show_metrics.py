"""`slots metrics`: how things stand, for Prometheus or for a look."""

import signal
import threading

import click

from cli.help import Command
from cli.target_system import CannotError, with_data

EXAMPLES = """\
slots metrics                prints the figures once
slots metrics --port 9464    serves them at http://127.0.0.1:9464/metrics until it is stopped
slots metrics --data .data   of a running `slots up`, with what its processes count
"""


@click.command(cls=Command, examples=EXAMPLES, short_help="Show the figures for Prometheus.")
@click.option("--port", type=click.IntRange(1, 65535), help="Serve them on this port instead of printing them.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to serve them on.")
@with_data
def metrics(port: int | None, host: str) -> None:
    """Show how things stand, in the format of Prometheus: what is due, how old, what waits for a human.

    The database is asked anew each time; needs nothing but DATABASE_URL. With PROMETHEUS_MULTIPROC_DIR, what the
    processes that share this folder have counted is shown too.

    Exit codes: 0 done, 1 could not (the message says why).
    """
    from prometheus_client import generate_latest, start_http_server

    from cli.metrics_exporter import DatabaseFigures
    from cli.progress import say
    from db.engine import engine
    from db.sessions import sessions
    from settings.database import DatabaseSettings
    from settings.loading import SettingsError, load
    from telemetry.metrics_server import registry

    try:
        settings = load(DatabaseSettings)
    except SettingsError as wrong:
        raise CannotError(str(wrong)) from None
    url, pooler = settings.database_url.get_secret_value(), settings.database_pooler
    asked = engine(url, application_name="slots metrics", pool_size=1, pooler=pooler)
    shown = registry(DatabaseFigures(sessions(asked)))
    if port is None:
        click.echo(generate_latest(shown).decode(), nl=False)
        return
    try:
        server, _ = start_http_server(port, host, shown)
    except OSError as why:
        raise CannotError(f"Port {port} can't be used: {why}. Choose another one: --port") from None
    say(f"figures at http://{host}:{port}/metrics")
    _wait_for_the_end()
    server.shutdown()


def _wait_for_the_end() -> None:
    """A container is stopped by SIGTERM, which a process without a handler ignores where it is the first."""
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    stopped.wait()
