"""Bringing a database to the newest schema."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from db.engine import patient_engine

# Milliseconds. DDL queues behind readers and everybody queues behind it: rather fail and be run again.
LIMITS = {"lock_timeout": 5_000, "statement_timeout": 600_000}
# Where two migrators meet; the second one waits for the first and then has nothing to do. A number of its own: the
# worker holds 482173 and 482174 for minutes at a time, and a migration gives up after one.
MIGRATION_LOCK = 482175
WAIT_FOR_MIGRATOR = "60s"
WAIT = text("""
SELECT set_config('lock_timeout', :patience, true), set_config('idle_in_transaction_session_timeout', '0', true)
""")
REVISION = text("SELECT version_num FROM alembic_version")


def upgrade(url: str) -> None:
    """Run every migration that `url` hasn't had. Safe to call from several processes at once."""
    engine = patient_engine(url, application_name="slots migrate", limits=LIMITS)
    with _one_migrator(engine), engine.connect() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def current(url: str) -> str | None:
    """The revision `url` is at; None when it has never been migrated."""
    engine = patient_engine(url, application_name="slots migrate", limits=LIMITS)
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def revision(session: Session) -> str | None:
    """The revision that this session's database is at. Raises ProgrammingError: it has never been migrated."""
    number: str | None = session.execute(REVISION).scalar_one_or_none()
    return number


def head() -> str | None:
    """The newest revision there is."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


@contextlib.contextmanager
def _one_migrator(engine: Engine) -> Iterator[None]:
    """The lock is held by a transaction, which keeps its server connection behind a pooler too."""
    with engine.begin() as connection:
        connection.execute(WAIT, {"patience": WAIT_FOR_MIGRATOR})
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
        yield
