"""Connections to Postgres, with timeouts for statements, locks, idle transactions and network failures."""

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

from db.end_of_day import load_end_of_day
from settings.servers import servers_in, split_address

CONNECT_TIMEOUT_SECONDS = 3
# In milliseconds. An endpoint must respond to a webhook within seconds, so a longer wait for a lock is useless.
LIMITS = {
    "statement_timeout": 5_000,
    "lock_timeout": 2_000,
    "idle_in_transaction_session_timeout": 15_000,
}

# By default, psycopg prepares a statement when it is used for the sixth time, and Postgres then plans it again for
# five more uses. Planning the longest statements takes 15 ms. The statements of triggers and foreign keys are also
# planned several times.
PLAN_ONCE = {"plan_cache_mode": "force_generic_plan"}

Pooler = Literal["none", "pgbouncer"]
"""The pooler between this process and Postgres. With `pgbouncer`, no session state outlives a transaction."""

IDLE_SECONDS = 60
"""The idle time after which a connection is closed."""

MARGIN_SECONDS = 1
"""The pool stops using an idle connection this long before the server closes it."""

# In seconds, except `tcp_user_timeout`, which is in milliseconds. Without these settings, if the server's machine or
# network failed, sending a statement would block for a quarter of an hour, and waiting for a result would block
# forever. Long statements are not affected, because the server's TCP stack still acknowledges packets.
KEEPALIVE = {"keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3, "tcp_user_timeout": 10_000}

POOL: dict[str, Any] = {
    # There are no overflow connections, because each would be closed after one transaction, and opening one takes
    # longer than ten transactions. The pool returns the most recently used connection first, so that connections that
    # are not needed become idle and are closed.
    "max_overflow": 0,
    "pool_use_lifo": True,
    # Parameters contain phone numbers and message bodies, which must not appear in error messages, because these are
    # written to logs and tables.
    "hide_parameters": True,
}


def engine(
    url: str,
    *,
    application_name: str,
    pool_size: int = 10,
    pooler: Pooler = "none",
    wait_seconds: int | None = None,
    idle_seconds: int = IDLE_SECONDS,
    plan_once: bool = False,
    autocommit: bool = False,
) -> Engine:
    """Returns a pool of connections to `url` (postgresql://...). A forked process starts with an empty pool.

    `application_name` names the process in pg_stat_activity. A thread waits at most `wait_seconds` for a connection
    of the pool, by default as long as for a new connection. With `plan_once`, a connection plans each statement only
    once, without its parameters. This suits a process that runs few different statements very often. With
    `autocommit`, each statement is a transaction, without BEGIN and COMMIT, except behind a pooler.
    """
    address = psycopg_url(url)
    direct = pooler == "none"
    timeout = (idle_seconds + MARGIN_SECONDS) * 1000
    settings = {**LIMITS, "idle_session_timeout": timeout, **(PLAN_ONCE if plan_once else {})}
    made = create_engine(
        address,
        pool_size=pool_size,
        pool_timeout=wait_seconds or _connect_timeout(address),
        connect_args=_connect_args(address, application_name, settings if direct else {}, plan_once=plan_once),
        execution_options={} if direct else {BEHIND_A_POOLER: True},
        **POOL,
        **({"isolation_level": "AUTOCOMMIT", "skip_autocommit_rollback": True} if autocommit and direct else {}),
    )
    if not direct:
        _limit_each_transaction(made, LIMITS)
    event.listen(made, "connect", load_end_of_day)
    event.listen(made, "handle_error", _drop_connections_to_a_standby)
    event.listen(made, "checkin", _record_checkin_time)
    event.listen(made, "checkout", partial(_reject_stale_connection, idle_seconds))
    _forget_after_fork(made)
    return made


BEHIND_A_POOLER = "behind_a_pooler"
"""The execution option of an engine that sets its limits in each transaction. AUTOCOMMIT would bypass the limits."""


def patient_engine(url: str, *, application_name: str, limits: dict[str, int]) -> Engine:
    """Returns an engine without a pool and with its own `limits`, for migrations, commands and benchmarks.

    `limits` are in milliseconds. The engine also works behind a pooler, because it sets the limits with an additional
    statement in each transaction.
    """
    address = psycopg_url(url)
    made = create_engine(address, poolclass=NullPool, connect_args=_connect_args(address, application_name, {}))
    event.listen(made, "connect", load_end_of_day)
    _limit_each_transaction(made, limits)
    return made


def psycopg_url(url: str) -> URL:
    """Converts a postgres:// or postgresql:// URL with one or more hosts to a SQLAlchemy URL for psycopg."""
    parts, hosts = split_address(url)
    several = "," in hosts
    # SQLAlchemy accepts several hosts only in the query of the URL.
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
    """Returns the arguments of a connection.

    Without `settings` (behind a pooler), the connection sets no startup options, because a pooler refuses them, and
    prepares no statements, because the next transaction may use another server connection.
    """
    args: dict[str, Any] = {
        "application_name": application_name,
        "connect_timeout": _connect_timeout(address),
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


def _connect_timeout(address: URL) -> int:
    """Returns the timeout in the URL, or else the default, in seconds."""
    return int(str(address.query.get("connect_timeout", CONNECT_TIMEOUT_SECONDS)))


def _limit_each_transaction(made: Engine, limits: dict[str, int]) -> None:
    """Sets the limits in the first statement of each transaction, because a pooler refuses startup options."""
    settings = ", ".join(f"set_config('{name}', '{value}', true)" for name, value in limits.items())
    statement = text(f"SELECT {settings}")

    def limit(connection: Connection) -> None:
        connection.execute(statement)

    event.listen(made, "begin", limit)


def _drop_connections_to_a_standby(context: ExceptionContext) -> None:
    """Closes all pooled connections if the server has become a standby. New connections are made to the primary."""
    if isinstance(context.original_exception, psycopg.errors.ReadOnlySqlTransaction):
        context.is_disconnect = True


def _record_checkin_time(_: psycopg.Connection | None, record: Any) -> None:
    record.info["returned_at"] = time.monotonic()


def _reject_stale_connection(idle_seconds: int, connection: psycopg.Connection, record: Any, _: object) -> None:
    """Rejects a connection that the server has closed or is about to close.

    An idle connection has data to read only if the server has closed it. Polling the socket takes microseconds,
    whereas `pool_pre_ping` would send a query before every transaction.
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
    """Replaces the pool in a forked process, because two processes must not share a socket."""
    here = weakref.ref(made)

    def forget() -> None:
        if (still := here()) is not None:
            still.dispose(close=False)

    os.register_at_fork(after_in_child=forget)
