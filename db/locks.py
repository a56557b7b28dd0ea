"""Postgres advisory locks: one holder at a time across all machines."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

# Behind a pooler, only a transaction keeps its server connection. This transaction reads and writes nothing, so it
# holds no snapshot that would delay vacuum, and it may stay idle during the whole block.
TRY = text("""
SELECT pg_try_advisory_xact_lock(:key) AS held, set_config('idle_in_transaction_session_timeout', '0', true)
""")


@contextlib.contextmanager
def advisory_lock(engine: Engine, key: int) -> Iterator[bool]:
    """Tries to acquire the lock `key` for the block. Yields False immediately if it is held elsewhere.

    The lock is held by its own transaction on a connection outside the pool.
    """
    connection = engine.connect()
    driver: Any = connection.connection.driver_connection
    # The connection is detached from the pool, so that closing it ends the server session and releases the lock in
    # any case. The driver closes it, because SQLAlchemy loses track of a connection interrupted in the middle of a
    # statement.
    connection.detach()
    with contextlib.closing(driver), connection:
        yield bool(connection.execute(TRY, {"key": key}).scalar_one())
        # A broken connection has already released its locks.
        with contextlib.suppress(DBAPIError):
            connection.rollback()
