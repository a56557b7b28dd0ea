"""Advisory locks of Postgres: at most one holder at a time, over all machines."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

# Behind a pooler only a transaction keeps its server connection. This one reads and writes nothing, so that it holds
# no snapshot: vacuum does not wait for it, and it may be idle for as long as the block takes.
TRY = text("""
SELECT pg_try_advisory_xact_lock(:key) AS held, set_config('idle_in_transaction_session_timeout', '0', true)
""")


@contextlib.contextmanager
def advisory_lock(engine: Engine, key: int) -> Iterator[bool]:
    """Whether the lock `key` is ours until the end of the block; False at once when somebody has it.

    The lock lives in a transaction of its own, on a connection that is not the pool's.
    """
    connection = engine.connect()
    driver: Any = connection.connection.driver_connection
    # Out of the pool: closing it now ends the session at the server, and the lock with it in any case. Whoever is
    # stopped in the middle of a statement leaves a connection that SQLAlchemy forgets; hence the driver's own.
    connection.detach()
    with contextlib.closing(driver), connection:
        yield bool(connection.execute(TRY, {"key": key}).scalar_one())
        # A connection that died has released its locks already.
        with contextlib.suppress(DBAPIError):
            connection.rollback()
