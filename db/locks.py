"""Postgres advisory locks, each of which has at most one holder across all machines."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

# The lock belongs to a transaction, because behind a pooler only a transaction keeps its server connection. The
# transaction reads no tables, so it holds no snapshot that delays vacuum, and may stay idle during the whole block.
TRY = text("""
SELECT pg_try_advisory_xact_lock(:key) AS held, set_config('idle_in_transaction_session_timeout', '0', true)
""")


@contextlib.contextmanager
def advisory_lock(engine: Engine, key: int) -> Iterator[bool]:
    """Tries to acquire the lock `key` for the block. Immediately yields False if another process holds the lock.

    A separate transaction holds the lock, on a connection outside the pool.
    """
    connection = engine.connect()
    driver: Any = connection.connection.driver_connection
    # The connection is detached from the pool, so that closing it always ends the server session and releases the
    # lock. The driver closes it, because SQLAlchemy does not close a connection that was interrupted during a
    # statement.
    connection.detach()
    with contextlib.closing(driver), connection:
        yield bool(connection.execute(TRY, {"key": key}).scalar_one())
        # A broken connection has already released its locks.
        with contextlib.suppress(DBAPIError):
            connection.rollback()
