"""The lease of the beat process that publishes the schedule. A beat process takes the lease once it is free, and then
renews it.

The lease uses the server's real clock. If a change of this clock ends the lease too late or too early, ticks are
missed or repeated.
"""

from datetime import timedelta

from sqlalchemy import Connection, text

LEASE = timedelta(seconds=3)

# A standby writes nothing while another process holds the lease. A renewal need not be flushed to disk, because the
# next one follows within a second.
TAKE = text("""
INSERT INTO beat_lease AS lease (holder, expires_at)
SELECT :holder, pg_catalog.clock_timestamp() + :life
  FROM set_config('synchronous_commit', 'off', true)
 WHERE NOT EXISTS (SELECT FROM beat_lease
                    WHERE holder <> :holder AND expires_at > pg_catalog.clock_timestamp())
ON CONFLICT (id) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at
 WHERE lease.holder = excluded.holder OR lease.expires_at <= pg_catalog.clock_timestamp()
""")
GIVE_UP = text("UPDATE beat_lease SET expires_at = pg_catalog.clock_timestamp() WHERE holder = :holder")


def take(connection: Connection, holder: str) -> bool:
    """Takes or renews the lease. Returns whether `holder` now has the lease."""
    return bool(connection.execute(TAKE, {"holder": holder, "life": LEASE}).rowcount)


def give_up(connection: Connection, holder: str) -> None:
    """Ends the lease, so that another beat process can take it immediately."""
    connection.execute(GIVE_UP, {"holder": holder})
