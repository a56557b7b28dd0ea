"""Connections to Postgres, with a timeout on everything that could block."""

from __future__ import annotations

import os
import select
import time
import weakref
from collections.abc import Mapping
from functools import partial
from typing import Any, Literal

import psycopg
from sqlalchemy import URL, Connection, Engine, ExceptionContext, create_engine, event, make_url, text
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import NullPool

from settings.servers import servers_in, split_address

CONNECT_TIMEOUT_SECONDS = 3
# Milliseconds. A webhook must be answered within seconds, so waiting longer for a lock is pointless.
LIMITS = {
    "statement_timeout": 5_000,
    "lock_timeout": 2_000,
    "idle_in_transaction_session_timeout": 15_000,
}

# By default, psycopg prepares a statement at its sixth use, and Postgres plans it again for five more uses: 15 ms
# each for the longest ones. Postgres does the same for the statements of triggers and foreign keys.
PLAN_ONCE = {"plan_cache_mode": "force_generic_plan"}

Pooler = Literal["none", "pgbouncer"]
"""The connection pooler in front of Postgres.

With `pgbouncer` in either mode, no session state outlives a transaction.
"""

IDLE_SECONDS = 60
"""The idle time after which a connection is closed. The pool uses the most recently used one first."""

MARGIN_SECONDS = 1
"""A connection is not used during the last second before the server closes it, so that none breaks in use."""

# Without these, a server that disappears with its machine or network would block a sender for a quarter of an hour
# and a reader forever. A running server acknowledges at once, however long a statement takes. Seconds, the last in
# milliseconds.
KEEPALIVE = {"keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3, "tcp_user_timeout": 10_000}


def engine(
    url: str,
    *,
    application_name: str,
    pool_size: int = 10,
    pooler: Pooler = "none",
    idle_seconds: int = IDLE_SECONDS,
    plan_once: bool = False,
) -> Engine:
    """A pool of connections to `url` (postgresql://...); a fork leaves the parent's connections to the parent.

    `application_name` names the process in pg_stat_activity. `plan_once`: each statement is planned once for each
    connection, without its parameters, for a process that runs few different statements very often.
    """
    address = psycopg_url(url)
    direct = pooler == "none"
    settings: dict[str, object] = {**LIMITS, "idle_session_timeout": (idle_seconds + MARGIN_SECONDS) * 1000}
    if plan_once:
        settings |= PLAN_ONCE
    made = create_engine(
        address,
        # No overflow: a pool closes overflow connections after one transaction, and opening one costs more than ten
        # transactions. The most recently used connection comes first, so that unneeded ones become idle.
        pool_size=pool_size,
        max_overflow=0,
        pool_use_lifo=True,
        pool_timeout=CONNECT_TIMEOUT_SECONDS,
        # Error messages reach logs and rows; the parameters contain phone numbers and message bodies.
        hide_parameters=True,
        connect_args=_connect_args(address, application_name, settings if direct else {}, plan_once=plan_once),
        execution_options={} if direct else {BEHIND_A_POOLER: True},
    )
    if not direct:
        _limit_each_transaction(made, LIMITS)
    event.listen(made, "handle_error", _drop_connections_to_a_standby)
    event.listen(made, "checkin", _record_checkin_time)
    event.listen(made, "checkout", partial(_reject_stale_connection, idle_seconds))
    _forget_after_fork(made)
    return made


BEHIND_A_POOLER = "behind_a_pooler"
"""Execution option of an engine that sets its limits per transaction: AUTOCOMMIT would bypass them."""


def patient_engine(url: str, *, application_name: str, limits: dict[str, int]) -> Engine:
    """Connections without a pool and with their own `limits` (milliseconds), for migrations, commands and benchmarks.

    They also work behind a pooler, at the cost of one more statement per transaction.
    """
    address = psycopg_url(url)
    made = create_engine(address, poolclass=NullPool, connect_args=_connect_args(address, application_name, {}))
    _limit_each_transaction(made, limits)
    return made


def psycopg_url(url: str) -> URL:
    """The URL for SQLAlchemy with the psycopg driver, from postgres:// or postgresql:// with one or several hosts."""
    parts, hosts = split_address(url)
    several = "," in hosts
    # SQLAlchemy reads several hosts only from the query.
    location = f"{parts.netloc}{'' if several else hosts}{parts.path}"
    address = make_url(f"postgresql+psycopg://{location}?{parts.query}")
    if not several:
        return address
    servers = servers_in(hosts, default_port=5432)
    listed = {"host": ",".join(host for host, _ in servers), "port": ",".join(str(port) for _, port in servers)}
    return address.update_query_dict(listed)


def _connect_args(
    address: URL, application_name: str, settings: Mapping[str, object], *, plan_once: bool = False
) -> dict[str, Any]:
    """Connection arguments.

    Without `settings` (behind a pooler), no startup options are set, because a pooler refuses them, and no statements
    are prepared, because the next transaction can use another server connection.
    """
    args: dict[str, Any] = {
        "application_name": application_name,
        "connect_timeout": CONNECT_TIMEOUT_SECONDS,
        **KEEPALIVE,
    }
    if not settings:
        return args | {"prepare_threshold": None}
    if plan_once:
        args["prepare_threshold"] = 0
    given = address.query.get("options", "")
    from_url = given if isinstance(given, str) else " ".join(given)
    defaults = " ".join(f"-c {name}={value}" for name, value in settings.items())
    # The options in the URL come last and take precedence.
    return args | {"options": f"{defaults} {from_url}".strip()}


def _limit_each_transaction(made: Engine, limits: dict[str, int]) -> None:
    """Sets the limits as the first statement of each transaction: a pooler does not pass on startup options."""
    settings = ", ".join(f"set_config('{name}', '{value}', true)" for name, value in limits.items())
    statement = text(f"SELECT {settings}")

    def limit(connection: Connection) -> None:
        connection.execute(statement)

    event.listen(made, "begin", limit)


def _drop_connections_to_a_standby(context: ExceptionContext) -> None:
    """Closes all connections of the pool if their server has become a standby. The next one goes to the primary."""
    if isinstance(context.original_exception, psycopg.errors.ReadOnlySqlTransaction):
        context.is_disconnect = True


def _record_checkin_time(_: psycopg.Connection | None, record: Any) -> None:
    record.info["returned_at"] = time.monotonic()


def _reject_stale_connection(idle_seconds: int, connection: psycopg.Connection, record: Any, _: object) -> None:
    """Rejects a connection that the server has closed or is about to close.

    A closing server writes to the socket, where an idle connection has nothing to read. Polling costs microseconds;
    `pool_pre_ping` would send a query before every transaction.
    """
    if time.monotonic() - record.info.get("returned_at", float("inf")) >= idle_seconds:
        raise DisconnectionError("idle for so long that the server is about to close it")
    if connection.closed or _has_something_to_read(connection.fileno()):
        raise DisconnectionError("closed by the server")


def _has_something_to_read(socket: int) -> bool:
    waiting = select.poll()
    waiting.register(socket, select.POLLIN)
    return bool(waiting.poll(0))


def _forget_after_fork(made: Engine) -> None:
    """Drops the pool in a forked child: two processes must not share a socket."""
    here = weakref.ref(made)

    def forget() -> None:
        if (still := here()) is not None:
            still.dispose(close=False)

    os.register_at_fork(after_in_child=forget)
