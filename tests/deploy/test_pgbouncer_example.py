"""The sample configuration of PgBouncer works with a Postgres that requires TLS, and has room for all processes."""

from __future__ import annotations

import asyncio
import configparser
import ssl
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
import trustme
from sqlalchemy import make_url, text

from cli.connection_budget import budget, total
from cli.local.servers.embedded_postgres import Postgres
from cli.local.servers.embedded_postgres import program as embedded_program
from cli.local.servers.free_ports import LOOPBACK, free_port
from cli.local.servers.server_process import wait_until
from cli.local.servers.unprivileged import identity_for
from db import migrating
from settings.database import DatabaseSettings
from tests.chaos.wire import Wire
from tests.deploy.files import ROOT
from tests.deploy.programs import installed
from tests.deploy.test_pgbouncer import lets_in
from tests.effort import long_except
from tests.servers import engine_on
from tests.waiting import PATIENCE_SECONDS

SAMPLE = ROOT / "deploy/postgres/pgbouncer.ini"
POOL = DatabaseSettings.model_fields["database_pool_size"].default
CLIENTS = 100
Pooled = Callable[..., str]


class PostgresTls(Wire):
    """TLS in Postgres's protocol: the client requests TLS in an unencrypted message of eight bytes."""

    async def _secure(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(8)
        writer.write(b"S")
        await super()._secure(reader, writer)


def test_the_pool_is_as_large_as_the_budget_says() -> None:
    parser = configparser.ConfigParser()
    parser.read(SAMPLE)
    pooler = parser["pgbouncer"]
    web = next(share.connections for share in budget(POOL) if share.service == "web")
    assert int(pooler["max_client_conn"]) >= total(POOL) + web
    locks = sum(share.locks for share in budget(POOL))
    assert locks == 3
    assert 2 * locks < int(pooler["default_pool_size"]) < total(POOL)


@pytest.mark.long
def test_the_sample_serves_more_clients_than_it_has_connections(pooled: Pooled, own_postgres: Postgres) -> None:
    url = pooled()
    migrating.upgrade(url)
    assert migrating.current(own_postgres.url) == migrating.head()
    with engine_on(url, pool_size=CLIENTS, pooler="pgbouncer") as made, ThreadPoolExecutor(CLIENTS) as threads:

        def ask(number: int) -> int:
            with made.begin() as connection:
                return int(
                    connection.execute(text("SELECT CAST(:n AS int) FROM pg_sleep(0.1)"), {"n": number}).scalar_one()
                )

        assert sum(threads.map(ask, range(CLIENTS))) == sum(range(CLIENTS))
    with psycopg.connect(own_postgres.url) as connection:
        count = connection.execute("SELECT count(*) FROM pg_stat_activity WHERE usename = 'slots'").fetchone()
        assert count is not None
        assert count[0] <= 40 + 1


@pytest.mark.parametrize("host", long_except(["another.internal", None], "another.internal"))
def test_the_sample_refuses_a_server_that_it_cannot_verify(host: str | None, pooled: Pooled) -> None:
    """The certificate is for another host, or was issued by a CA that PgBouncer does not trust."""
    url = pooled(host=host or LOOPBACK, trusted=trustme.CA() if host is None else None, answers=False)
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url)


@pytest.fixture(scope="module")
def own_postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """One server for this file, because no test expects it to be empty."""
    server = Postgres(tmp_path_factory.mktemp("postgres"), settings={"fsync": "off"}).start()
    yield server
    server.stop()


@pytest.fixture
def pooled(own_postgres: Postgres, tmp_path: Path) -> Iterator[Pooled]:
    """Starts PgBouncer with the sample, in which only addresses and paths are changed; returns the pooler's URL."""
    program, server = installed("pgbouncer"), make_url(own_postgres.url)
    ended: list[Callable[[], object]] = []

    def start(*, host: str = LOOPBACK, trusted: trustme.CA | None = None, answers: bool = True) -> str:
        ca, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        ca.issue_cert(host).configure_cert(context)
        assert server.port is not None
        wire, port, folder = PostgresTls(tls=context), free_port(), tmp_path / "pgbouncer"
        folder.mkdir()
        (trusted or ca).cert_pem.write_to_path(str(folder / "ca.pem"))
        (folder / "userlist.txt").write_text(f'"{server.username}" "{server.password}"\n')
        sample = SAMPLE.read_text("utf-8").replace("/etc/pgbouncer", str(folder)).replace("6432", str(port))
        address = f"host={LOOPBACK} port={wire.port}"
        (folder / "pgbouncer.ini").write_text(sample.replace("host=postgres.internal port=5432", address))
        ended.append(wire.start(server.port).stop)
        identity, log = identity_for(embedded_program("initdb"), folder), folder / "log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [program, folder / "pgbouncer.ini"], stdout=output, stderr=output, preexec_fn=identity.take
            )
        ended.extend((process.wait, process.kill))
        url = server.set(host=LOOPBACK, port=port).render_as_string(hide_password=False)
        listens = f"listening on {LOOPBACK}:{port}"
        wait_until(
            lambda: lets_in(url) if answers else listens in log.read_text(),
            process,
            name="PgBouncer",
            log=log,
            seconds=PATIENCE_SECONDS,
        )
        return url

    yield start
    while ended:
        ended.pop()()
