"""Real servers for the tests: one Postgres and one Valkey per run, and an empty database for each test.

The fixtures in `tests/conftest.py` import this module on first use. Tests without servers do not import it.
"""

from __future__ import annotations

import contextlib
import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg import sql
from pydantic import SecretStr
from sqlalchemy import Engine, event, make_url
from sqlalchemy.pool import Pool, QueuePool

from cli.local.servers.embedded_postgres import Postgres
from cli.local.servers.embedded_valkey import Valkey
from db import migrating
from db.engine import Pooler, engine
from db.models import ModelRecord
from settings.redis import RedisSettings
from tests.waiting import REDIS_PATIENCE_SECONDS, wait_for

# The data of a test need not survive a crash of the machine.
HASTY_POSTGRES = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    # By default, client and server hash the password 4096 times for each connection, which takes 10 ms.
    "scram_iterations": "1",
    # Autovacuum briefly locks tables and makes plans depend on earlier tests.
    "autovacuum": "off",
}
HASTY_VALKEY = {"appendonly": "no"}

# Only tests of the product's limits may reach them. On a busy machine, a statement, a wait for a lock or a new
# connection may take many times its usual duration, and a test that has read something may wait for a browser.
PATIENT = (
    "statement_timeout=300s",
    "lock_timeout=60s",
    "idle_in_transaction_session_timeout=0",
    "idle_session_timeout=0",
)
CONNECT_SECONDS = 60

SHIFTED_CLOCK = """
CREATE SCHEMA shifted_clock;
CREATE TABLE shifted_clock.shift (by interval NOT NULL);
INSERT INTO shifted_clock.shift VALUES ('0');
CREATE FUNCTION shifted_clock.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS
  'SELECT pg_catalog.clock_timestamp() + (SELECT by FROM shifted_clock.shift)';
GRANT USAGE ON SCHEMA shifted_clock TO PUBLIC;
GRANT SELECT ON shifted_clock.shift TO PUBLIC;
"""
SEARCH_PATH = "ALTER DATABASE {} SET search_path = shifted_clock, pg_catalog, public"
TABLES = [table.name for table in reversed(ModelRecord.metadata.sorted_tables)]
# The statements are in functions, so that each connection plans them only once.
# DELETE is faster than TRUNCATE for a few rows.
EMPTYING = """
CREATE FUNCTION shifted_clock.delete_all_rows() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('app.retention', 'on', true);
  {deletions};
  UPDATE shifted_clock.shift SET by = '0' WHERE by <> '0';
END $$;
CREATE FUNCTION shifted_clock.truncate_grown_tables() RETURNS void LANGUAGE plpgsql AS $$
DECLARE grown text := (SELECT string_agg(name, ', ') FROM unnest('{{{names}}}'::text[]) name
  WHERE pg_relation_size(name) > 400000
     OR (SELECT sum(pg_relation_size(relid)) FROM pg_partition_tree(name)) > 400000);
BEGIN
  IF grown IS NULL THEN RETURN; END IF;
  ALTER TABLE audit_logs DISABLE TRIGGER keep_the_log;
  ALTER TABLE audit_logs_before DISABLE TRIGGER keep_the_log;
  EXECUTE format('TRUNCATE %s CASCADE', grown);
  ALTER TABLE audit_logs ENABLE TRIGGER keep_the_log;
  ALTER TABLE audit_logs_before ENABLE TRIGGER keep_the_log;
END $$;
CREATE FUNCTION shifted_clock.end_other_connections(but int[]) RETURNS void LANGUAGE sql AS
  'SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND usename = current_user
      AND NOT (state = ''idle'' AND pid = ANY (but))';
""".format(names=", ".join(TABLES), deletions="; ".join(f"DELETE FROM {table}" for table in TABLES))
DELETE_ALL_ROWS = "SELECT shifted_clock.delete_all_rows()"
EMPTY = """SELECT shifted_clock.end_other_connections(%s::int[]), shifted_clock.truncate_grown_tables(),
  shifted_clock.delete_all_rows()"""
WITHOUT_LIMITS = "-c statement_timeout=0 -c lock_timeout=0"


@dataclass(frozen=True)
class Clock:
    """The database's clock, which all processes on the database use."""

    url: str

    def shift(self, by: timedelta) -> datetime:
        """Moves the clock for all processes at the same time; returns the new time."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute("UPDATE shifted_clock.shift SET by = by + %s", [by])
            return _now(connection)

    def shift_to_noon(self) -> datetime:
        """Moves the clock to noon of this day in UTC, so that a test does not see two days. Returns the new time."""
        now = self.now()
        return self.shift(now.astimezone(UTC).replace(hour=12, minute=0, second=0, microsecond=0) - now)

    def now(self) -> datetime:
        with psycopg.connect(self.url, autocommit=True) as connection:
            return _now(connection)


def _now(connection: psycopg.Connection[tuple[Any, ...]]) -> datetime:
    row = connection.execute("SELECT clock_timestamp()").fetchone()
    assert row is not None
    moment: datetime = row[0]
    return moment


@dataclass(frozen=True)
class Databases:
    """Creates and drops databases on the server of this run."""

    url: str

    def make(self, *, like: str | None = None) -> str:
        """Creates a database, empty or as a copy of the database `like`. Returns its URL."""
        name = f"test_{uuid.uuid4().hex[:12]}"
        template = sql.SQL("TEMPLATE {}").format(sql.Identifier(like)) if like else sql.SQL("")
        self._run(sql.SQL("CREATE DATABASE {} {}").format(sql.Identifier(name), template))
        if like:
            self._run(sql.SQL(SEARCH_PATH).format(sql.Identifier(name)))
        return self.url_of(name)

    def url_of(self, name: str) -> str:
        return make_url(self.url).set(database=name).render_as_string(hide_password=False)

    def drop(self, url: str) -> None:
        name = sql.Identifier(make_url(url).database or "")
        self._run(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))

    def _run(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(statement)


def start_postgres(folder: Path) -> Iterator[Databases]:
    """Yields the server of TEST_DATABASE_URL, or else an embedded server.

    The role in TEST_DATABASE_URL must be able to create databases and roles.
    """
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield Databases(given)
        return
    server = Postgres(folder, settings=HASTY_POSTGRES).start()
    try:
        yield Databases(server.url)
    finally:
        server.stop()


def make_template(databases: Databases) -> Iterator[str]:
    """Creates a migrated database whose clock can be shifted; yields its name."""
    url = databases.make()
    migrating.upgrade(url)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(SHIFTED_CLOCK)
        connection.execute(EMPTYING)
    yield make_url(url).database or ""
    databases.drop(url)


POOLED: set[int] = set()
"""The pids of the server processes that serve the connection pools of this process."""


@event.listens_for(Pool, "connect")
def _note(connection: Any, _: Any) -> None:
    POOLED.add(connection.info.backend_pid)
    # A test process runs the statements of all processes. By default, psycopg keeps only 100 prepared.
    connection.prepared_max = 300


@event.listens_for(Pool, "close")
def _forget(connection: Any, _: Any) -> None:
    if not connection.closed:
        POOLED.discard(connection.info.backend_pid)


def empty(connection: psycopg.Connection[Any]) -> None:
    """Deletes every row and resets the clock, with a single statement, because most tests begin with it.

    Processes and transactions of earlier tests are ended first, so that they cannot write into the next test's
    database. Idle connections in the pools of this process stay open.
    """
    connection.execute(EMPTY, [list(POOLED)], prepare=True)


def patient_redis(redis_url: str) -> RedisSettings:
    """Returns the settings of a Redis that answers. A busy machine may need more than the product's time limit."""
    return RedisSettings(redis_url=SecretStr(redis_url), redis_timeout_seconds=REDIS_PATIENCE_SECONDS)


def patient(database_url: str, *, pooler: str = "none") -> str:
    """Returns the URL with options for a busy machine, which take precedence over the limits of the product.

    A pooler refuses the options of Postgres.
    """
    if "connect_timeout=" in database_url:
        return database_url
    limits = quote(" ".join(f"-c {limit}" for limit in PATIENT))
    options = f"&options={limits}" if pooler == "none" else ""
    return f"{database_url}{'&' if '?' in database_url else '?'}connect_timeout={CONNECT_SECONDS}{options}"


@contextlib.contextmanager
def engine_on(database_url: str, *, pooler: Pooler = "none", **more: Any) -> Iterator[Engine]:
    """Yields an engine with the limits of `patient`. Closes its connections at the end of the block, even if the test
    fails.
    """
    made = engine(patient(database_url, pooler=pooler), application_name="tests", pooler=pooler, **more)
    try:
        yield made
    finally:
        close(made)


def close(engine: Engine) -> None:
    """Closes all connections once no thread uses any of them.

    Otherwise, a connection in use would return to a closed pool and stay open until its garbage collection, which
    raises a warning during another test.
    """
    pool = engine.pool
    wait_for(lambda: not isinstance(pool, QueuePool) or not pool.checkedout(), "every connection to be returned")
    engine.dispose()


def start_redis(folder: Path) -> Iterator[str]:
    """Yields the URL of the server in TEST_REDIS_URL, or else of an embedded Valkey."""
    if given := os.environ.get("TEST_REDIS_URL"):
        yield given
        return
    server = Valkey(folder, settings=HASTY_VALKEY).start()
    try:
        yield server.url
    finally:
        server.stop()
