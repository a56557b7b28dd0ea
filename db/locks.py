"""Postgres advisory locks, each of which has at most one holder across all machines."""

import contextlib
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from db.sessions import Speaker

# The lock belongs to a transaction, because behind a pooler only a transaction keeps its server connection.
TRY = text("SELECT pg_try_advisory_xact_lock(:key)")
# The transaction is idle during the whole block. A SELECT keeps its snapshot until the next statement of the
# transaction, which delays vacuum and blocks CREATE INDEX CONCURRENTLY. SET needs no snapshot.
STAY_IDLE = text("SET LOCAL idle_in_transaction_session_timeout = 0")

WAIT = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")


def wait_for_turn(session: Speaker, name: str) -> None:
    """Waits for other transactions that hold this name, and holds the name until the end of the transaction.

    Statements that follow read all data that those transactions have committed.
    """
    session.execute(WAIT, {"name": name})


def new_customer(shop_id: UUID, address: str) -> str:
    """Returns the name to hold while a customer with this phone number, e-mail address or external id is looked up
    and created.
    """
    return f"join customer {shop_id}{address}"


@contextlib.contextmanager
def advisory_lock(engine: Engine, key: int) -> Iterator[bool]:
    """Tries to acquire the lock `key` for the block. Immediately yields False if another process holds the lock.

    A separate transaction holds the lock, on a connection outside the pool.
    """
    # The most recently used connection, which has prepared the most statements, stays in the pool.
    with engine.connect():
        connection = engine.connect()
        driver: Any = connection.connection.driver_connection
        # The connection is detached from the pool, so that closing it always ends the server session and releases the
        # lock. The driver closes it, because SQLAlchemy does not close a connection that was interrupted during a
        # statement.
        connection.detach()
    with contextlib.closing(driver), connection:
        held = bool(connection.execute(TRY, {"key": key}).scalar_one())
        connection.execute(STAY_IDLE)
        yield held
        # A broken connection has already released its locks.
        with contextlib.suppress(DBAPIError):
            connection.rollback()
