"""Real servers for the tests: one Postgres and one Valkey per run, an empty database for each test."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
import pytest
import redis
import structlog
from psycopg import sql
from sqlalchemy import Engine, make_url
from sqlalchemy.orm import Session
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from cli.local.servers.embedded_postgres import Postgres
from cli.local.servers.embedded_valkey import Valkey
from db import migrating
from db.engine import engine as make_engine
from db.models import ModelRecord
from db.sessions import sessions
from tests.browser import browser as browser

# By default an exception in a log is drawn with everything in sight of it, which takes three seconds.
PLAIN = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
structlog.configure(processors=[*structlog.get_config()["processors"][:-1], PLAIN])

# What a crash of the machine would cost doesn't matter to a test.
HASTY_POSTGRES = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
HASTY_VALKEY = {"appendonly": "no"}

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
EMPTY = [
    # What a test before left running has no business in this one.
    """SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid() AND usename = current_user""",
    "SET LOCAL app.retention = 'on'",
    *(f"DELETE FROM {table.name}" for table in reversed(ModelRecord.metadata.sorted_tables)),
    "UPDATE shifted_clock.shift SET by = '0'",
]


@dataclass(frozen=True)
class Clock:
    """The database's clock, which every process that uses the database goes by."""

    url: str

    def shift(self, by: timedelta) -> datetime:
        """Moves the clock by so much, for everybody, at once; answers the time it shows then."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute("UPDATE shifted_clock.shift SET by = by + %s", [by])
        return self.now()

    def now(self) -> datetime:
        with psycopg.connect(self.url, autocommit=True) as connection:
            row = connection.execute("SELECT clock_timestamp()").fetchone()
            assert row is not None
            moment: datetime = row[0]
            return moment


@dataclass(frozen=True)
class Databases:
    """Makes and drops databases on the server of this run."""

    url: str

    def make(self, *, like: str | None = None) -> str:
        """The URL of a new database: empty, or a copy of the database `like`."""
        name = f"test_{uuid.uuid4().hex[:12]}"
        template = sql.SQL("TEMPLATE {}").format(sql.Identifier(like)) if like else sql.SQL("")
        self._run(sql.SQL("CREATE DATABASE {} {}").format(sql.Identifier(name), template))
        if like:
            self._run(sql.SQL(SEARCH_PATH).format(sql.Identifier(name)))
        return make_url(self.url).set(database=name).render_as_string(hide_password=False)

    def drop(self, url: str) -> None:
        name = sql.Identifier(make_url(url).database or "")
        self._run(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))

    def _run(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(statement)


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """TEST_DATABASE_URL's server, if its role may create databases and roles; else an embedded one."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield Databases(given)
        return
    server = Postgres(tmp_path_factory.mktemp("postgres"), settings=HASTY_POSTGRES).start()
    try:
        yield Databases(server.url)
    finally:
        server.stop()


@pytest.fixture(scope="session")
def migrated_template(databases: Databases) -> Iterator[str]:
    """The name of a database that is migrated and has the clock that tests shift."""
    url = databases.make()
    migrating.upgrade(url)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(SHIFTED_CLOCK)
    yield make_url(url).database or ""
    databases.drop(url)


@pytest.fixture(scope="session")
def shared_database(databases: Databases, migrated_template: str) -> Iterator[str]:
    """Emptied before each test: a new one per test would cost a second on a busy machine, this a few milliseconds."""
    url = databases.make(like=migrated_template)
    yield url
    databases.drop(url)


@pytest.fixture
def database_url(shared_database: str) -> str:
    """A database for this test alone, migrated and empty, its clock unshifted."""
    with psycopg.connect(shared_database) as connection:
        for statement in EMPTY:
            connection.execute(statement)
    return shared_database


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    made = make_engine(database_url, application_name="tests")
    yield made
    made.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A session that commits only when the test says so."""
    with sessions(engine)() as opened:
        yield opened


@pytest.fixture
def clock(database_url: str) -> Clock:
    return Clock(database_url)


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """TEST_REDIS_URL's server, whose database is emptied before each test; else an embedded Valkey."""
    if given := os.environ.get("TEST_REDIS_URL"):
        yield given
        return
    server = Valkey(tmp_path_factory.mktemp("valkey"), settings=HASTY_VALKEY).start()
    try:
        yield server.url
    finally:
        server.stop()


@pytest.fixture
def redis_url(redis_server: str) -> str:
    """A Redis with nothing in it."""
    with redis.Redis.from_url(redis_server) as client:
        client.flushdb()
    return redis_server


@pytest.fixture
def project() -> Path:
    """The root of the source tree."""
    return Path(__file__).parent.parent


@pytest.fixture
def tells(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Says something (title, text) at the end of the whole run, whether or not its test passed."""
    return lambda title, text: request.node.user_properties.append((title, text))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What was told, also by a worker of xdist's."""
    reports = [report for reports in terminalreporter.stats.values() for report in reports]
    for report in reports:
        if getattr(report, "when", "") == "call":
            for title, text in report.user_properties:
                terminalreporter.section(title)
                terminalreporter.write_line(text)


# Each of these folders has a running system of its own, which takes seconds to start: one worker runs all of it.
TOGETHER = ("tests/stories/", "tests/contract/", "tests/chaos/")


class ByFile(LoadScopeScheduling):
    """The workers share the tests a file at a time. Not by xdist's own groups: pytest 9.2 overlooks their names."""

    def _split_scope(self, nodeid: str) -> str:
        return next((folder for folder in TOGETHER if nodeid.startswith(folder)), nodeid.split("::", 1)[0])


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFile:
    return ByFile(config, log)
