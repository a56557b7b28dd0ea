"""Recognises a database that is unavailable or read-only."""

import psycopg
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session

DATABASE_UNAVAILABLE = (OperationalError, PoolTimeoutError)
"""The errors for a server that is down, restarting or out of connections, for a lock timeout and for a deadlock."""

READ_ONLY = text("SELECT current_setting('transaction_read_only') = 'on'")


def is_read_only(session: Session) -> bool:
    """Whether the session can't write, because its server is a standby or default_transaction_read_only is on."""
    read_only: bool = session.execute(READ_ONLY).scalar_one()
    return read_only


def is_unavailable(error: BaseException) -> bool:
    """Whether the database is unavailable.

    Also true if the connection broke but the driver raised a different error.
    """
    return isinstance(error, DATABASE_UNAVAILABLE) or (isinstance(error, DBAPIError) and error.connection_invalidated)


def is_disk_full(error: BaseException) -> bool:
    """Whether Postgres refused to write because its disk is full. Reading still works."""
    return isinstance(error, DBAPIError) and isinstance(error.orig, psycopg.errors.DiskFull)


def error_kind(error: BaseException) -> str:
    """Returns the class name of the driver's error, which is more specific than SQLAlchemy's."""
    return type(error.orig if isinstance(error, DBAPIError) and error.orig else error).__name__
