"""Measures the cost of 50 open pages without changes: processor time and statements per minute.

    .venv/bin/python -m benchmarks.open_streams

The command uses the web server that `slots up` starts, and a separate Postgres. Each page holds a stream of events
open.
"""

import os
import re
import secrets
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import click
import psutil
import psycopg

from cli.local.local_services import WEB_SERVER
from cli.local.servers.embedded_postgres import Postgres
from cli.local.servers.free_ports import free_port
from dashboard.shop.access.session_access import digest
from dashboard.shop.live_updates import MAX_PER_SESSION
from db import migrating

SHOP = """
WITH shop AS (INSERT INTO shops (name, sms_from) VALUES ('A shop', '+15550000000') RETURNING id),
slots AS (
  INSERT INTO slot_openings (shop_id, starts_at, ends_at)
  SELECT id, now() + n * interval '1 hour', now() + n * interval '1 hour' + interval '30 minutes'
    FROM shop, generate_series(1, %(pages)s) n)
INSERT INTO staff (shop_id, name, email) SELECT id, 'Mia', 'mia@salon.example' FROM shop
"""
SESSION = "INSERT INTO staff_sessions (shop_id, staff_id, token_hash) SELECT shop_id, id, %s FROM staff"
STATEMENT = re.compile(rb"LOG:  (?:statement|execute [^:]*): (?!BEGIN|COMMIT|ROLLBACK)")


@contextmanager
def served(database_url: str) -> Iterator[tuple[int, psutil.Process]]:
    """Yields the port and the main process of the server."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    settings = {"APP_URL": address, "SECRET_KEY": secrets.token_hex(), "DATABASE_URL": database_url}
    command = [
        *WEB_SERVER,
        "--port",
        str(port),
        "--no-access-log",
        "--log-level",
        "error",
        "web.app:create_app",
    ]
    with subprocess.Popen(command, env={**os.environ, "REDIS_URL": "redis://127.0.0.1:1/0", **settings}) as server:
        try:
            _wait_for(f"{address}/app/login")
            yield port, psutil.Process(server.pid)
        finally:
            server.terminate()


def _wait_for(address: str) -> None:
    end = time.monotonic() + 30
    while True:
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except urllib.error.URLError:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)


def opened(port: int, path: str, token: str) -> socket.socket:
    """Opens a page's event stream. Raises RuntimeError if the server refuses the stream."""
    page = socket.create_connection(("127.0.0.1", port), timeout=10)
    asked = ("Host: 127.0.0.1", "Accept: text/event-stream", f"Cookie: slots_staff={token}")
    page.sendall(("\r\n".join((f"GET {path} HTTP/1.1", *asked)) + "\r\n\r\n").encode())
    if not page.recv(4096).startswith(b"HTTP/1.1 200"):
        raise RuntimeError(f"{path} was not opened")
    return page


def cost(port: int, server: psutil.Process, log: Path, pages: list[tuple[str, str]], seconds: int) -> str:
    """Measures the cost of open pages. `pages`: the path and the session token of each page."""
    with ExitStack() as open_pages:
        for path, token in pages:
            open_pages.enter_context(opened(port, path, token))
        time.sleep(3)  # Wait until each stream has received its first event.
        written, used = log.stat().st_size, _processor_seconds(server)
        time.sleep(seconds)
        share = (_processor_seconds(server) - used) / seconds
        with log.open("rb") as lines:
            lines.seek(written)
            statements = len(STATEMENT.findall(lines.read())) * 60 / seconds
    return f"{share:.1%} of one core, {statements:,.0f} statements a minute"


def _processor_seconds(server: psutil.Process) -> float:
    return sum(sum(one.cpu_times()[:2]) for one in (server, *server.children(recursive=True)))


@click.command()
@click.option("--pages", default=50, show_default=True, help="Number of pages open at once.")
@click.option("--seconds", default=30, show_default=True, help="Duration of the measurement.")
def main(pages: int, seconds: int) -> None:
    """Measure the cost of open pages."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="slots-streams-")))
        log = folder / "postgres.log"
        database = Postgres(folder / "postgres", settings={"log_statement": "all"}, log=log).start()
        stack.callback(database.stop)
        migrating.upgrade(database.url)
        tokens = [secrets.token_urlsafe() for _ in range(-(-pages // MAX_PER_SESSION))]
        with psycopg.connect(database.url) as rows:
            rows.execute(SHOP, {"pages": pages})
            rows.cursor().executemany(SESSION, [[digest(token)] for token in tokens])
            slots = [id for (id,) in rows.execute("SELECT id FROM slot_openings").fetchall()]
        port, server = stack.enter_context(served(database.url))
        for name, paths in (
            ("one list", ["/app/stream"] * pages),
            ("slots, each another", [f"/app/stream/{id}" for id in slots]),
        ):
            asked = [(path, tokens[number // MAX_PER_SESSION]) for number, path in enumerate(paths)]
            click.echo(f"{pages} open pages, {name}: {cost(port, server, log, asked, seconds)}")
            time.sleep(6)  # Wait until the server has noticed the closed connections.


if __name__ == "__main__":
    main()
