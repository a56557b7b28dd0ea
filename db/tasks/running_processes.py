"""The rows that processes update while they are running. A killed process leaves a row that is no longer updated.

A process that starts takes over the row of a process with the same name that has ended, so that a restarted process
is no longer reported as lost. Times come from the server's real clock.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

EVERY = timedelta(seconds=20)
"""The interval at which a process updates its row."""
SILENT = timedelta(minutes=1)
"""The time after which a process that does not update its row is considered lost."""
FORGOTTEN = timedelta(days=7)
"""The time after which a lost process is no longer reported."""

ENDED = text("""
SELECT id, host = :host AS is_here, pid, stopped_at IS NOT NULL OR seen_at < pg_catalog.clock_timestamp() - :silent
  FROM running_processes WHERE name = :name
 ORDER BY host = :host DESC, stopped_at IS NULL, seen_at
   FOR UPDATE SKIP LOCKED
""")
INSERT = text("INSERT INTO running_processes (name, host, pid) VALUES (:name, :host, :pid) RETURNING id")
TAKE_OVER = text("""
UPDATE running_processes SET host = :host, pid = :pid, started_at = pg_catalog.clock_timestamp(),
                             seen_at = pg_catalog.clock_timestamp(), stopped_at = NULL
 WHERE id = :id
""")
# While a process was suspended, another process may have taken over its row.
SEEN = text("""
UPDATE running_processes SET seen_at = pg_catalog.clock_timestamp()
 WHERE id = :id AND host = :host AND pid = :pid AND stopped_at IS NULL
""")
STOPPED = text("""
UPDATE running_processes SET stopped_at = pg_catalog.clock_timestamp() WHERE id = :id AND host = :host AND pid = :pid
""")
FORGET = text("""
DELETE FROM running_processes
 WHERE stopped_at < pg_catalog.clock_timestamp() - :forgotten OR seen_at < pg_catalog.clock_timestamp() - :forgotten
""")
ALL = text("""
SELECT name, host, pid, seen_at, seen_at < pg_catalog.clock_timestamp() - :silent AS lost FROM running_processes
 WHERE stopped_at IS NULL AND seen_at > pg_catalog.clock_timestamp() - :forgotten
 ORDER BY name, host, pid
""")


@dataclass(frozen=True, slots=True)
class ProcessRow:
    """A process that has not been stopped. `lost`: it has not updated its row for longer than `SILENT`."""

    name: str
    host: str
    pid: int
    seen_at: datetime
    lost: bool


@dataclass(frozen=True, slots=True)
class ProcessIdentity:
    """The identity of a process. `name` is web, worker NAME, beat or metrics."""

    name: str
    host: str
    pid: int


def begin(session: Session, who: ProcessIdentity, *, runs: Callable[[int], bool]) -> UUID:
    """Writes the row of a process that starts, and returns the id of the row.

    `runs` returns whether the process with a given pid is running on this host.
    """
    values = {"name": who.name, "host": who.host, "pid": who.pid}
    session.execute(FORGET, {"forgotten": FORGOTTEN})
    for row_id, is_here, pid, ended in session.execute(ENDED, values | {"silent": SILENT}).all():
        if ended or (is_here and (pid == who.pid or not runs(pid))):
            session.execute(TAKE_OVER, values | {"id": row_id})
            return row_id  # type: ignore[no-any-return]
    return session.execute(INSERT, values).scalar_one()  # type: ignore[no-any-return]


def seen(session: Session, row_id: UUID, who: ProcessIdentity) -> bool:
    """Records that the process is running. Returns False if the row no longer belongs to the process."""
    values = {"id": row_id, "host": who.host, "pid": who.pid}
    return bool(session.execute(SEEN, values).rowcount)  # type: ignore[attr-defined]


def stopped(session: Session, row_id: UUID, who: ProcessIdentity) -> None:
    """Records that the process is shutting down as requested."""
    session.execute(STOPPED, {"id": row_id, "host": who.host, "pid": who.pid})


def expected(session: Session) -> list[ProcessRow]:
    """Returns the processes that were started but not stopped, and should therefore be running."""
    return [ProcessRow(*row) for row in session.execute(ALL, {"silent": SILENT, "forgotten": FORGOTTEN})]
