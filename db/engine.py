"""Connections to Postgres, with a limit on everything that could wait for ever."""

from __future__ import annotations

import os
import select
import weakref

import psycopg
from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import NullPool

CONNECT_TIMEOUT_SECONDS = 3
# Milliseconds. A webhook must be answered within seconds; a lock that isn't free by then is an answer too.
LIMITS = {
    "statement_timeout": 5_000,
    "lock_timeout": 2_000,
    "idle_in_transaction_session_timeout": 15_000,
}

# A server that vanishes without a word, with its machine or behind a cut network, would be waited for: for a quarter
# of an hour by who sends, for ever by who waits for an answer. One that is there acknowledges at once, however long a
# statement takes. Seconds, the last in milliseconds.
VANISHED = {"keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3, "tcp_user_timeout": 10_000}


def engine(url: str, *, application_name: str, pool_size: int = 10) -> Engine:
    """A pool of connections to `url` (postgresql://...); a fork leaves the parent's connections to the parent.

    `application_name` is what pg_stat_activity shows: say which process asks.
    """
    address = psycopg_url(url)
    made = create_engine(
        address,
        # Opened one by one as they are needed, and kept: what a pool opens beyond its size it closes again after one
        # transaction, and opening one costs more than ten transactions. The last used comes first: it is warm.
        pool_size=pool_size,
        max_overflow=0,
        pool_use_lifo=True,
        pool_timeout=CONNECT_TIMEOUT_SECONDS,
        # An error's text ends in logs and rows; the parameters hold phones and messages.
        hide_parameters=True,
        connect_args=_connect_args(address, application_name, LIMITS),
    )
    event.listen(made, "checkout", _refuse_if_hung_up)
    _forget_after_fork(made)
    return made


def patient_engine(url: str, *, application_name: str, limits: dict[str, int]) -> Engine:
    """Connections without a pool and with other `limits` (milliseconds), for migrations and benchmarks."""
    address = psycopg_url(url)
    return create_engine(address, poolclass=NullPool, connect_args=_connect_args(address, application_name, limits))


def psycopg_url(url: str) -> URL:
    """`url` as SQLAlchemy wants it; postgres:// and postgresql:// both mean psycopg here."""
    address = make_url(url.replace("postgres://", "postgresql://", 1))
    return address.set(drivername="postgresql+psycopg")


def _connect_args(address: URL, application_name: str, limits: dict[str, int]) -> dict[str, str | int]:
    given = address.query.get("options", "")
    asked_for = given if isinstance(given, str) else " ".join(given)
    set_here = " ".join(f"-c {name}={value}" for name, value in limits.items())
    return {
        # What the address itself asks for comes last and wins.
        "options": f"{set_here} {asked_for}".strip(),
        "application_name": application_name,
        "connect_timeout": CONNECT_TIMEOUT_SECONDS,
        **VANISHED,
    }


def _refuse_if_hung_up(connection: psycopg.Connection, *_: object) -> None:
    """A server that ends says so on the socket, where an idle connection has nothing to read.

    Looking costs microseconds; `pool_pre_ping` would ask the server before every transaction.
    """
    if connection.closed or _has_something_to_read(connection.fileno()):
        raise DisconnectionError("the server hung up")


def _has_something_to_read(socket: int) -> bool:
    waiting = select.poll()
    waiting.register(socket, select.POLLIN)
    return bool(waiting.poll(0))


def _forget_after_fork(made: Engine) -> None:
    """Two processes that speak on one socket answer each other's questions; the child opens its own."""
    here = weakref.ref(made)

    def forget() -> None:
        if (still := here()) is not None:
            still.dispose(close=False)

    os.register_at_fork(after_in_child=forget)
