"""Advisory locks of Postgres: at most one holder at a time, over all machines."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError


@contextlib.contextmanager
def advisory_lock(engine: Engine, key: int) -> Iterator[bool]:
    """Whether the lock `key` is ours until the end of the block; False at once when somebody has it.

    The lock lives on a connection of its own, outside any transaction: on a pooled connection it would survive the
    return to the pool, inside a transaction it would die with idle_in_transaction_session_timeout.
    """
    connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    driver: Any = connection.connection.driver_connection
    # Out of the pool: closing it now ends the session at the server, and the lock with it in any case. Whoever is
    # stopped in the middle of a statement leaves a connection that SQLAlchemy forgets; hence the driver's own.
    connection.detach()
    with contextlib.closing(driver), connection:
        held = bool(connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": key}).scalar_one())
        try:
            yield held
        finally:
            if held:
                _release(connection, key)


def _release(connection: Connection, key: int) -> None:
    # A connection that died has released its locks already.
    with contextlib.suppress(DBAPIError):
        connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": key})
