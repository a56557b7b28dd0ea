"""Migrates a database to the newest schema."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from db import partitions
from db.engine import patient_engine
from db.webhooks.events import renumber_restored

# Milliseconds. DDL waits for readers and blocks all other queries while it waits, so it fails early and is repeated.
# This is shorter than the second after which Postgres ends one of two transactions in a deadlock, which would
# otherwise be the other transaction.
LIMITS = {"lock_timeout": 500, "statement_timeout": 600_000}
REPEAT_SECONDS, PAUSE_SECONDS = 60, 0.5
# Serialises concurrent migrations, of which the second one finds nothing left to do. The number differs from 482173
# and 482174, which the worker holds for minutes, while a migration gives up after one minute.
MIGRATION_LOCK = 482175
WAIT_SECONDS, ASK_AGAIN_SECONDS = 60, 0.2
TAKE_LOCK = text("SELECT pg_try_advisory_xact_lock(:key)")
# The last statement of the transaction that holds the lock: a SELECT would keep its snapshot until the next one, and
# CREATE INDEX CONCURRENTLY would wait for it forever.
STAY_IDLE = text("SET LOCAL idle_in_transaction_session_timeout = 0")
BUSY = (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected)
REVISION = text("SELECT version_num FROM alembic_version")


def upgrade(url: str, *, to: str = "head") -> None:
    """Runs the missing migrations, creates the partitions of the coming months, and makes events of a restored dump
    readable. Several processes may call it.

    `to`: an earlier revision, for tests.
    """
    engine = patient_engine(url, application_name="slots migrate", limits=LIMITS)
    with _one_migrator(engine), engine.connect() as connection:
        config = _config()
        config.attributes["connection"] = connection
        _repeat_while_locked(connection, lambda: command.upgrade(config, to))
        if to == "head":
            _repeat_while_locked(connection, lambda: _create_partitions(connection))
            renumber_restored(connection)
        connection.commit()


def _create_partitions(connection: Connection) -> None:
    for table in partitions.STORAGE:
        partitions.create_missing(connection, table)
        connection.commit()


def _repeat_while_locked(connection: Connection, migrate: Callable[[], None]) -> None:
    """Continues with the migration that could not lock a table. Raises OperationalError after REPEAT_SECONDS."""
    give_up_at = time.monotonic() + REPEAT_SECONDS
    while True:
        try:
            return migrate()
        except OperationalError as error:
            if not isinstance(error.orig, BUSY) or time.monotonic() > give_up_at:
                raise
            connection.rollback()
            time.sleep(PAUSE_SECONDS)


def current(url: str) -> str | None:
    """Returns the current revision of the database at `url`, or None if it was never migrated."""
    engine = patient_engine(url, application_name="slots migrate", limits=LIMITS)
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def revision(session: Session) -> str | None:
    """The current revision of this session's database. Raises ProgrammingError if it was never migrated."""
    number: str | None = session.execute(REVISION).scalar_one_or_none()
    return number


def head() -> str | None:
    """The newest revision."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


@contextlib.contextmanager
def _one_migrator(engine: Engine) -> Iterator[None]:
    """The lock is held by a transaction, which keeps its server connection even behind a pooler.

    Retries instead of waiting in Postgres, which would keep one of a pooler's few server
    connections from the migrator that needs a second one. Raises TimeoutError after WAIT_SECONDS.
    """
    give_up_at = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < give_up_at:
        with engine.begin() as connection:
            if connection.execute(TAKE_LOCK, {"key": MIGRATION_LOCK}).one()[0]:
                connection.execute(STAY_IDLE)
                yield
                return
        time.sleep(ASK_AGAIN_SECONDS)
    raise TimeoutError("Another migration is running. Wait until it has ended, then run `slots migrate` again.")
