"""Checks that the Postgres server can be reached, is supported and writable, and has the right time."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.exc import InternalError, OperationalError, ProgrammingError

from cli.connection_budget import total
from cli.doctor.findings import Finding, failure, ok, skipped, warning
from cli.doctor.listening import connection_error
from cli.doctor.postgres_refusals import refusal
from cli.doctor.target import LIMITS, CheckTarget
from db import clock
from db.engine import LIMITS as LIMITS_OF_PROCESSES
from db.engine import engine, patient_engine
from settings.database import DatabaseSettings, postgres_servers
from settings.servers import named

OLDEST = 15
PATIENCE_SECONDS = 3
CLOCKS_MAY_DIFFER = timedelta(seconds=5)

# current_setting is unqualified, because functions in a schema that precedes pg_catalog must apply here too.
ABOUT = text("""
SELECT current_setting('server_version_num')::int AS version,
       current_setting('transaction_read_only') = 'on' AS read_only
""")

# A server with a full disk can read, and write into pages that have room. A new table needs new pages.
NEW_PAGES = text("""
CREATE TEMPORARY TABLE slots_doctor ON COMMIT DROP AS SELECT repeat('x', 100) AS line FROM generate_series(1, 1000)
""")

LIMITS_HERE = text("SELECT name, setting::int AS most FROM pg_settings WHERE name = ANY(:names)")
# `room`: connections available to ordinary roles; `others`: connections that other programs use.
ROOM = text("""
SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int AS room,
       (SELECT count(*) FROM pg_stat_activity
         WHERE backend_type = 'client backend' AND application_name NOT LIKE 'slots%' AND pid <> pg_backend_pid())
         AS others
""")


def reach(target: CheckTarget) -> Iterator[Finding]:
    """Checks whether a server is listening and accepts the login. The two problems have different fixes."""
    settings = target.settings(DatabaseSettings)
    if settings is None:
        yield skipped("postgres.reach", "DATABASE_URL must be fixed first")
        return
    url = settings.database_url.get_secret_value()
    servers = postgres_servers(url)
    reasons = [connection_error(host, port, PATIENCE_SECONDS) for host, port in servers]
    if reasons and all(reasons):
        yield failure(
            "postgres.unreachable",
            f"no response from {named(servers)} ({reasons[0]})",
            "Start Postgres (if it ends again, see its log: the disk of pg_wal may be full), or fix the host and "
            "port in DATABASE_URL. To try the system: slots up --data .data",
        )
        return
    target.engine = patient_engine(url, application_name="slots doctor", limits=LIMITS)
    try:
        target.engine.connect().close()
    except OperationalError as refused:
        target.engine = None
        yield refusal(str(refused.orig).strip())
        return
    target.well.add("postgres")
    yield ok("postgres.reach", "Postgres responds")


def server(target: CheckTarget) -> Iterator[Finding]:
    with target.transaction() as session:
        about = session.execute(ABOUT).one()
    version = about.version // 10_000
    if version < OLDEST:
        message = f"this is Postgres {version}; {OLDEST} is the oldest supported version"
        yield failure("postgres.version", message, f"Upgrade to Postgres {OLDEST} or later (18 is tested too).")
    else:
        yield ok("postgres.version", f"Postgres {version}")
    if about.read_only:
        yield failure(
            "postgres.read_only",
            "this database is read-only: it is a standby, or default_transaction_read_only is on",
            "Point DATABASE_URL at the primary, or set default_transaction_read_only = off.",
        )


def space(target: CheckTarget) -> Iterator[Finding]:
    """Checks that Postgres can write. A full disk raises an error that every check reports in the same way."""
    try:
        with target.transaction() as session:
            session.execute(NEW_PAGES)
    except (ProgrammingError, InternalError):
        yield skipped("postgres.space", "temporary tables can't be created, so the Postgres disk is not checked")
    else:
        yield ok("postgres.space", "Postgres can write")


def limits(target: CheckTarget) -> Iterator[Finding]:
    """Opens a connection with the same options as the web process and the workers, and checks that the time limits
    are in effect.
    """
    settings = target.settings(DatabaseSettings)
    assert settings is not None  # noqa: S101 - Postgres has responded
    url, pooler = settings.database_url.get_secret_value(), settings.database_pooler
    made = engine(url, application_name="slots doctor", pool_size=1, pooler=pooler)
    try:
        with made.begin() as connection:
            here = list(connection.execute(LIMITS_HERE, {"names": list(LIMITS_OF_PROCESSES)}))
    except OperationalError as refused:
        why = str(refused.orig).strip().splitlines()[-1]
        fix = "If DATABASE_URL leads to PgBouncer, set DATABASE_POOLER=pgbouncer."
        yield failure("postgres.pooler", f"connections with the options of our processes are rejected: {why}", fix)
        return
    finally:
        made.dispose()
    unlimited = [row.name for row in here if row.most == 0]
    if unlimited:
        message = f"{' and '.join(unlimited)} are not applied: a pooler drops the connection options"
        yield failure("postgres.limits", message, "If it is PgBouncer, set DATABASE_POOLER=pgbouncer.")
    else:
        yield ok("postgres.limits", "the time limits of the database are set")


def connections(target: CheckTarget) -> Iterator[Finding]:
    """Checks whether max_connections covers the connections of all processes."""
    settings = target.settings(DatabaseSettings)
    assert settings is not None  # noqa: S101 - Postgres has responded
    if settings.database_pooler != "none":
        yield skipped("postgres.connections", "the pooler limits the connections")
        return
    with target.transaction() as session:
        room, others = session.execute(ROOM).one()
    wanted = total(settings.database_pool_size)
    if wanted > room - others:
        message = f"our processes may open {wanted} connections; Postgres allows {room}, others use {others}"
        fix = "Raise max_connections, lower DATABASE_POOL_SIZE, or use PgBouncer (DATABASE_POOLER=pgbouncer)."
        yield warning("postgres.connections", message, fix)
    else:
        yield ok("postgres.connections", f"Postgres allows {room} connections; our processes need {wanted}")


def clocks(target: CheckTarget) -> Iterator[Finding]:
    """Compares the database clock, used for deadlines, with this machine's clock, used for logs and signatures."""
    with target.transaction() as session:
        clock.now(session)  # the first statement on a connection is slower
        before = datetime.now(UTC)
        there = clock.now(session)
        middle = before + (datetime.now(UTC) - before) / 2
    off = there - middle
    if abs(off) > CLOCKS_MAY_DIFFER:
        way = "ahead of" if off > timedelta() else "behind"
        message = f"the database's clock is {abs(off).total_seconds():.0f} s {way} this machine's"
        fix = "Synchronise both with NTP (timedatectl set-ntp true); from 300 s on, signatures are rejected."
        yield failure("postgres.clock", message, fix)
    else:
        yield ok(
            "postgres.clock",
            f"the clocks of the database and this machine differ by {abs(off).total_seconds():.1f} s",
        )
