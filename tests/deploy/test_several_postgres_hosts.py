"""With several hosts in DATABASE_URL, connections go to the primary, even after a failover."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import pytest
from sqlalchemy import Engine, make_url, text
from sqlalchemy.exc import DBAPIError

from cli.doctor import postgres_checks
from cli.doctor.findings import State
from cli.doctor.target import CheckTarget
from cli.local.servers.embedded_postgres import Postgres
from db import migrating
from db.engine import psycopg_url
from db.sessions import sessions
from settings.database import DatabaseSettings
from settings.loading import problems_of
from tests.builders import a_shop
from tests.deploy.replication import as_superuser, base_backup, start_primary
from tests.servers import engine_on
from tests.waiting import wait_for

SHOPS = text("SELECT count(*) FROM shops")
PORT = text("SELECT current_setting('port')::int")


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Postgres, Postgres]]:
    folder = tmp_path_factory.mktemp("pair")
    primary = start_primary(folder / "primary")
    migrating.upgrade(primary.url)
    standby = base_backup(primary, folder / "standby", "--write-recovery-conf").start()
    yield primary, standby
    standby.stop()
    primary.stop()


def url_of(first: Postgres, second: Postgres, attributes: str = "read-write") -> str:
    one, other = make_url(first.url), make_url(second.url)
    login = f"{one.username}:{one.password}"
    hosts = f"{one.host}:{one.port},{other.host}:{other.port}"
    return f"postgresql://{login}@{hosts}/{one.database}?target_session_attrs={attributes}"


def insert_a_shop(engine: Engine) -> int:
    """Inserts a shop and returns the port of the server that stored it."""
    with sessions(engine).begin() as session:
        a_shop(session)
        return int(session.execute(PORT).scalar_one())


def test_several_hosts_are_read() -> None:
    address = psycopg_url("postgres://slots:p%40w@a,b:5433/slots?target_session_attrs=read-write")
    assert (address.username, address.password, address.database) == ("slots", "p@w", "slots")
    assert dict(address.query) == {"target_session_attrs": "read-write", "host": "a,b", "port": "5432,5433"}


def test_a_wrong_port_of_any_host_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://slots:pw@a:5432,b:x/slots")
    assert "port" in problems_of(DatabaseSettings)["DATABASE_URL"]


@pytest.mark.long
@pytest.mark.parametrize("first", [0, 1])
def test_the_primary_is_found_in_any_order(pair: tuple[Postgres, Postgres], first: int) -> None:
    with engine_on(url_of(pair[first], pair[1 - first])) as engine:
        assert insert_a_shop(engine) == pair[0].port


@pytest.mark.long
def test_doctor_says_that_there_is_no_primary(
    pair: tuple[Postgres, Postgres], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", url_of(*pair))
    target = CheckTarget({}, least_free_bytes=0)
    assert [finding.state for finding in postgres_checks.reach(target)] == [State.OK]
    monkeypatch.setenv("DATABASE_URL", url_of(pair[1], pair[1]))
    (finding,) = postgres_checks.reach(CheckTarget({}, least_free_bytes=0))
    assert (finding.name, finding.state) == ("postgres.no_primary", State.FAILURE)


@pytest.mark.long
def test_after_a_failover_the_pool_leaves_the_old_primary(pair: tuple[Postgres, Postgres]) -> None:
    """As after a switchover, the old primary still runs and can be read.

    The pool must not keep its connections to the old primary.
    """
    primary, standby = pair
    with engine_on(url_of(primary, standby)) as engine:
        assert insert_a_shop(engine) == primary.port
        as_superuser(standby, "SELECT pg_promote()")
        as_superuser(primary, "ALTER SYSTEM SET default_transaction_read_only = on")
        as_superuser(primary, "SELECT pg_reload_conf()")

        def taken_by() -> int | None:
            with suppress(DBAPIError):
                return insert_a_shop(engine)
            return None

        wait_for(lambda: taken_by() == standby.port, "the pool to find the new primary")
        primary.stop()
        assert insert_a_shop(engine) == standby.port
