"""Postgres as a server: reachable, new enough, writable, on the same time as we are."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from cli.doctor.findings import Finding, failure, ok, skipped
from cli.doctor.patient import LIMITS, Patient
from cli.doctor.silence import silence
from db import clock
from db.engine import patient_engine
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
    engine = patient_engine(url, application_name="slots doctor", limits=LIMITS)
    try:
        engine.connect().close()
    except OperationalError as refused:
        yield failure(
            "postgres.refuses_us",
            f"Postgres does not let us in: {str(refused.orig).strip().splitlines()[0]}",
            "Mend user, password and database name in DATABASE_URL; a new database is made with: createdb NAME",
        )
        return
    patient.engine = engine
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
