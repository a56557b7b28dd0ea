"""Postgres as a server: reachable, new enough, writable, on the same time as we are."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from cli.connection_budget import total
from cli.doctor.findings import Finding, failure, ok, skipped, warning
from cli.doctor.listening import silence
from cli.doctor.target import LIMITS, Patient
from db import clock
from db.engine import LIMITS as LIMITS_OF_PROCESSES
from db.engine import engine, patient_engine
from settings.database import DatabaseSettings

OLDEST = 15
USUAL_PORT = 5432
PATIENCE_SECONDS = 3
CLOCKS_MAY_DIFFER = timedelta(seconds=5)

# Unqualified, as all our statements: what is placed before pg_catalog answers.
ABOUT = text("""
SELECT current_setting('server_version_num')::int AS version,
       current_setting('transaction_read_only') = 'on' AS read_only
""")

LIMITS_HERE = text("SELECT name, setting::int AS most FROM pg_settings WHERE name = ANY(:names)")
# What is left for a role without special rights, and what other programs have of it.
ROOM = text("""
SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int AS room,
       (SELECT count(*) FROM pg_stat_activity
         WHERE backend_type = 'client backend' AND application_name NOT LIKE 'slots%' AND pid <> pg_backend_pid())
         AS others
""")


def reach(patient: Patient) -> Iterator[Finding]:
    """Two steps, since each has its own remedy: does something listen, and does it let us in."""
    settings = patient.settings(DatabaseSettings)
    if settings is None:
        yield skipped("postgres.reach", "DATABASE_URL has to be mended first")
        return
    url = settings.database_url.get_secret_value()
    where = urlsplit(url)
    if (why := silence(where.hostname, where.port or USUAL_PORT, PATIENCE_SECONDS)) is not None:
        yield failure(
            "postgres.unreachable",
            f"nothing answers at {where.hostname}:{where.port or USUAL_PORT} ({why})",
            "Start Postgres, or mend host and port in DATABASE_URL. For trying out: slots up --data .data",
        )
        return
    patient.engine = patient_engine(url, application_name="slots doctor", limits=LIMITS)
    try:
        patient.engine.connect().close()
    except OperationalError as refused:
        patient.engine = None
        yield failure(
            "postgres.refuses_us",
            f"Postgres does not let us in: {str(refused.orig).strip().splitlines()[0]}",
            "Mend user, password and database name in DATABASE_URL; a new database is made with: createdb NAME",
        )
        return
    patient.well.add("postgres")
    yield ok("postgres.reach", "Postgres answers")


def server(patient: Patient) -> Iterator[Finding]:
    with patient.transaction() as session:
        about = session.execute(ABOUT).one()
    version = about.version // 10_000
    if version < OLDEST:
        said = f"this is Postgres {version}; {OLDEST} is the oldest that knows all we use"
        yield failure("postgres.version", said, f"Upgrade to Postgres {OLDEST} or later (18 is tested too).")
    else:
        yield ok("postgres.version", f"Postgres {version}")
    if about.read_only:
        yield failure(
            "postgres.read_only",
            "this database can only be read: a standby, or default_transaction_read_only is on",
            "Point DATABASE_URL at the primary, or set default_transaction_read_only = off.",
        )


def limits(patient: Patient) -> Iterator[Finding]:
    """Whether a connection as our processes open it is let in, and has the limits that they ask for."""
    settings = patient.settings(DatabaseSettings)
    assert settings is not None  # noqa: S101 - Postgres has answered
    url, pooler = settings.database_url.get_secret_value(), settings.database_pooler
    made = engine(url, application_name="slots doctor", pool_size=1, pooler=pooler)
    try:
        with made.begin() as connection:
            here = list(connection.execute(LIMITS_HERE, {"names": list(LIMITS_OF_PROCESSES)}))
    except OperationalError as refused:
        why = str(refused.orig).strip().splitlines()[-1]
        fix = "If DATABASE_URL leads to PgBouncer, set DATABASE_POOLER=pgbouncer."
        yield failure("postgres.pooler", f"our processes' connections are not let in: {why}", fix)
        return
    finally:
        made.dispose()
    unlimited = [row.name for row in here if row.most == 0]
    if unlimited:
        said = f"{' and '.join(unlimited)} are not limited: something before Postgres drops what we ask for"
        yield failure("postgres.limits", said, "If it is PgBouncer, set DATABASE_POOLER=pgbouncer.")
    else:
        yield ok("postgres.limits", "every wait in the database has its limit")


def connections(patient: Patient) -> Iterator[Finding]:
    """Whether Postgres has room for all the connections that our processes may open."""
    settings = patient.settings(DatabaseSettings)
    assert settings is not None  # noqa: S101 - Postgres has answered
    if settings.database_pooler != "none":
        yield skipped("postgres.connections", "the pooler decides how many connections there are")
        return
    with patient.transaction() as session:
        room, others = session.execute(ROOM).one()
    wanted = total(settings.database_pool_size)
    if wanted > room - others:
        said = f"our processes may open {wanted} connections; Postgres has room for {room}, {others} are others'"
        fix = (
            "Raise max_connections, lower DATABASE_POOL_SIZE, or put PgBouncer before it (DATABASE_POOLER=pgbouncer)."
        )
        yield warning("postgres.connections", said, fix)
    else:
        yield ok("postgres.connections", f"Postgres has room for {room} connections, our processes need {wanted}")


def clocks(patient: Patient) -> Iterator[Finding]:
    """The database's clock judges every deadline; ours is in logs and in what we sign."""
    with patient.transaction() as session:
        clock.now(session)  # the first statement of a connection takes longer
        before = datetime.now(UTC)
        there = clock.now(session)
        middle = before + (datetime.now(UTC) - before) / 2
    off = there - middle
    if abs(off) > CLOCKS_MAY_DIFFER:
        way = "ahead of" if off > timedelta() else "behind"
        said = f"the database's clock is {abs(off).total_seconds():.0f} s {way} this machine's"
        fix = "Let both take their time from NTP (timedatectl set-ntp true); signatures fail from 300 s on."
        yield failure("postgres.clock", said, fix)
    else:
        yield ok("postgres.clock", f"both clocks agree to {abs(off).total_seconds():.1f} s")
