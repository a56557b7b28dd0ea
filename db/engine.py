"""Connections to Postgres, with a limit on everything that could wait for ever."""

from __future__ import annotations

import os
import select
import time
import weakref
from functools import partial
from typing import Any, Literal

import psycopg
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import NullPool

CONNECT_TIMEOUT_SECONDS = 3
# Milliseconds. A webhook must be answered within seconds; a lock that isn't free by then is an answer too.
LIMITS = {
    "statement_timeout": 5_000,
    "lock_timeout": 2_000,
    "idle_in_transaction_session_timeout": 15_000,
}

Pooler = Literal["none", "pgbouncer"]
"""What stands between us and Postgres. With `pgbouncer`, of either mode, nothing outlives a transaction."""

IDLE_SECONDS = 60
"""A connection that is not needed for so long is given back: the pool lends the last used first."""

MARGIN_SECONDS = 1
"""So long before the server ends it, a connection is no longer lent: none ends in somebody's hand."""

# A server that vanishes without a word, with its machine or behind a cut network, would be waited for: for a quarter
# of an hour by who sends, for ever by who waits for an answer. One that is there acknowledges at once, however long a
# statement takes. Seconds, the last in milliseconds.
VANISHED = {"keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3, "tcp_user_timeout": 10_000}


def engine(
    url: str,
    *,
    application_name: str,
    pool_size: int = 10,
    pooler: Pooler = "none",
    idle_seconds: int = IDLE_SECONDS,
) -> Engine:
    """A pool of connections to `url` (postgresql://...); a fork leaves the parent's connections to the parent.

    `application_name` is what pg_stat_activity shows: say which process asks.
    """
    address = psycopg_url(url)
    direct = pooler == "none"
    limits = LIMITS | {"idle_session_timeout": (idle_seconds + MARGIN_SECONDS) * 1000}
    made = create_engine(
        address,
        # Opened one by one as they are needed: what a pool opens beyond its size it closes again after one
        # transaction, and opening one costs more than ten transactions. The last used comes first: it is warm, and
        # those that are not needed become idle.
        pool_size=pool_size,
        max_overflow=0,
        pool_use_lifo=True,
        pool_timeout=CONNECT_TIMEOUT_SECONDS,
        # An error's text ends in logs and rows; the parameters hold phones and messages.
        hide_parameters=True,
        connect_args=_connect_args(address, application_name, limits if direct else {}),
        execution_options={} if direct else {BEHIND_A_POOLER: True},
    )
    if not direct:
        _limit_each_transaction(made, LIMITS)
    event.listen(made, "checkin", _note_the_time)
    event.listen(made, "checkout", partial(_refuse_if_old_or_hung_up, idle_seconds))
    _forget_after_fork(made)
    return made


BEHIND_A_POOLER = "behind_a_pooler"
"""Execution option of an engine whose limits need a transaction: AUTOCOMMIT would do without them."""


def patient_engine(url: str, *, application_name: str, limits: dict[str, int]) -> Engine:
    """Connections without a pool and with other `limits` (milliseconds), for migrations, commands and benchmarks.

    They work behind a pooler too: what one more statement a transaction costs does not matter here.
    """
    address = psycopg_url(url)
    made = create_engine(address, poolclass=NullPool, connect_args=_connect_args(address, application_name, {}))
    _limit_each_transaction(made, limits)
    return made


def psycopg_url(url: str) -> URL:
    """`url` as SQLAlchemy wants it; postgres:// and postgresql:// both mean psycopg here."""
    address = make_url(url.replace("postgres://", "postgresql://", 1))
    return address.set(drivername="postgresql+psycopg")


def _connect_args(address: URL, application_name: str, limits: dict[str, int]) -> dict[str, Any]:
    """Without `limits` nothing is sent that a pooler refuses, and no statement is prepared: it would be in another
    server connection than the next transaction."""
    args: dict[str, Any] = {
        "application_name": application_name,
        "connect_timeout": CONNECT_TIMEOUT_SECONDS,
        **VANISHED,
    }
    if not limits:
        return args | {"prepare_threshold": None}
    given = address.query.get("options", "")
    asked_for = given if isinstance(given, str) else " ".join(given)
    set_here = " ".join(f"-c {name}={value}" for name, value in limits.items())
    # What the address itself asks for comes last and wins.
    return args | {"options": f"{set_here} {asked_for}".strip()}


def _limit_each_transaction(made: Engine, limits: dict[str, int]) -> None:
    """As its first statement: a pooler passes no startup option on, and the next transaction has another server."""
    settings = ", ".join(f"set_config('{name}', '{value}', true)" for name, value in limits.items())
    statement = text(f"SELECT {settings}")

    def limit(connection: Connection) -> None:
        connection.execute(statement)

    event.listen(made, "begin", limit)


def _note_the_time(_: psycopg.Connection | None, record: Any) -> None:
    record.info["returned_at"] = time.monotonic()


def _refuse_if_old_or_hung_up(idle_seconds: int, connection: psycopg.Connection, record: Any, _: object) -> None:
    """A server that ends says so on the socket, where an idle connection has nothing to read.

    Looking costs microseconds; `pool_pre_ping` would ask the server before every transaction.
    """
    if time.monotonic() - record.info.get("returned_at", float("inf")) >= idle_seconds:
        raise DisconnectionError("idle for so long that the server is about to end it")
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
