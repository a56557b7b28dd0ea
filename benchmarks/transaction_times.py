"""Samples the age of the oldest open transaction fifty times a second."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg

from benchmarks.sampling import sampled
from benchmarks.system_under_test import SystemUnderTest

EVERY_SECONDS = 0.02
# A transaction without a snapshot and without an id, which only holds an advisory lock, does not delay vacuum.
OLDEST = """
SELECT coalesce(max(extract(epoch FROM clock_timestamp() - xact_start)), 0)::float FROM pg_stat_activity
 WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND datname = current_database()
   AND (backend_xmin IS NOT NULL OR backend_xid IS NOT NULL)
"""


@dataclass(slots=True)
class HeldTransaction:
    """The maximum age of a transaction, in seconds."""

    longest: float = 0.0


@contextmanager
def watched(system: SystemUnderTest) -> Iterator[HeldTransaction]:
    """Samples transaction ages while the block runs."""
    held = HeldTransaction()
    with psycopg.connect(system.settings["DATABASE_URL"], autocommit=True) as connection:

        def look() -> None:
            ((oldest,),) = connection.execute(OLDEST).fetchall()
            held.longest = max(held.longest, oldest)

        with sampled(look, every=EVERY_SECONDS):
            yield held
