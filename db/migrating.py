"""Migrates a database to the newest schema."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from db.engine import patient_engine
from db.events import renumber_restored

# Milliseconds. DDL waits for readers and blocks all others meanwhile, so it should rather fail and be repeated.
LIMITS = {"lock_timeout": 5_000, "statement_timeout": 600_000}
# Serialises concurrent migrations; the second one finds nothing left to do. Differs from 482173 and 482174, which the
# worker holds for minutes, while a migration gives up after one minute.
MIGRATION_LOCK = 482175
WAIT_SECONDS, ASK_AGAIN_SECONDS = 60, 0.2
TAKE_LOCK = text("SELECT pg_try_advisory_xact_lock(:key)")
# The last statement of the transaction that holds the lock: a SELECT would keep its snapshot until the next one, and
# CREATE INDEX CONCURRENTLY would wait for it forever.
STAY_IDLE = text("SET LOCAL idle_in_transaction_session_timeout = 0")
REVISION = text("SELECT version_num FROM alembic_version")


def upgrade(url: str, *, to: str = "head") -> None:
    """Runs the missing migrations, and makes events of a restored dump readable. Several processes may call it.

    `to`: an earlier revision, for tests.
    """
    engine = patient_engine(url, application_name="slots migrate", limits=LIMITS)
    with _one_migrator(engine), engine.connect() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, to)
        if to == "head":
            renumber_restored(connection)
        connection.commit()


def current(url: str) -> str | None:
    """The current revision of the database at `url`; None if it was never migrated."""
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
    """The lock is held by a transaction, which keeps its server connection behind a pooler too.

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
