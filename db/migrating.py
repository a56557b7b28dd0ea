"""Migrates a database to the newest schema."""

from __future__ import annotations

import contextlib
import math
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
from db.locks import STAY_IDLE
from db.webhooks.events import renumber_restored

# In milliseconds. DDL waits for readers, and blocks all other queries on the table while it waits, so it fails early
# and is repeated. The lock timeout is shorter than the second after which Postgres resolves a deadlock, so that in a
# deadlock the migration fails, and not the other transaction.
LIMITS = {"lock_timeout": 500, "statement_timeout": 600_000}
REPEAT_SECONDS, PAUSE_SECONDS = 60, 0.5
# Serialises concurrent migrations. The number differs from 482173 and 482174, because the worker holds those locks
# for minutes, and a migration waits for five minutes at most.
MIGRATION_LOCK = 482175
WAIT_SECONDS, ASK_AGAIN_SECONDS = 300, 0.2
TAKE_LOCK = text("SELECT pg_try_advisory_xact_lock(:key)")
BUSY = (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected)
REVISION = text("SELECT version_num FROM alembic_version")


def upgrade(url: str, *, to: str = "head") -> None:
    """Runs the missing migrations, creates the partitions of the coming months, and makes restored events readable.

    Several processes can call this function concurrently. `to`: an earlier revision, for tests.
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
    """Repeats the migrations while a table can't be locked. Raises OperationalError REPEAT_SECONDS after the first
    failure.
    """
    give_up_at = math.inf
    while True:
        try:
            return migrate()
        except OperationalError as error:
            if not isinstance(error.orig, BUSY) or time.monotonic() > give_up_at:
                raise
            give_up_at = min(give_up_at, time.monotonic() + REPEAT_SECONDS)
            connection.rollback()
            time.sleep(PAUSE_SECONDS)


def current(url: str) -> str | None:
    """Returns the current revision of the database at `url`, or None if it was never migrated."""
    engine = patient_engine(url, application_name="slots migrate", limits=LIMITS)
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def revision(session: Session) -> str | None:
    """Returns the revision of this session's database. Raises ProgrammingError if it was never migrated."""
    number: str | None = session.execute(REVISION).scalar_one_or_none()
    return number


def head() -> str | None:
    """Returns the newest revision."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


@contextlib.contextmanager
def _one_migrator(engine: Engine) -> Iterator[None]:
    """Holds the migration lock during the block. Raises TimeoutError if the lock is not free within WAIT_SECONDS.

    A transaction holds the lock, because it keeps its server connection even behind a pooler. The function polls for
    the lock: waiting in Postgres would occupy one of the few connections of a pooler, and the migrator that holds the
    lock needs a second connection.
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
