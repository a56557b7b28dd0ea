"""The rows by which processes show that they run. A process that was killed leaves a row that is no longer updated.

A process that starts takes over the row of one that ended, so that a restart or a replacement clears it. Uses the
true time of the server.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

EVERY = timedelta(seconds=20)
"""How often a process updates its row."""
SILENT = timedelta(minutes=1)
"""A process that has not updated its row for this long is lost."""
FORGOTTEN = timedelta(days=7)
"""A lost process is no longer reported after this time."""

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
# A process that was suspended may find that another one has taken over its row.
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
    """A process that has not been stopped. `lost`: it has been silent for longer than `SILENT`."""

    name: str
    host: str
    pid: int
    seen_at: datetime
    lost: bool


@dataclass(frozen=True, slots=True)
class ProcessIdentity:
    """`name`: web, worker NAME, beat or metrics."""

    name: str
    host: str
    pid: int


def begin(session: Session, who: ProcessIdentity, *, runs: Callable[[int], bool]) -> UUID:
    """Writes the row of a process that starts. Returns its id.

    `runs` reports whether a process of this host still runs, given its pid.
    """
    values = {"name": who.name, "host": who.host, "pid": who.pid}
    session.execute(FORGET, {"forgotten": FORGOTTEN})
    for row_id, is_here, pid, ended in session.execute(ENDED, values | {"silent": SILENT}).all():
        if ended or (is_here and (pid == who.pid or not runs(pid))):
            session.execute(TAKE_OVER, values | {"id": row_id})
            return row_id  # type: ignore[no-any-return]
    return session.execute(INSERT, values).scalar_one()  # type: ignore[no-any-return]


def seen(session: Session, row_id: UUID, who: ProcessIdentity) -> bool:
    """Records that the process runs. Returns False if the row no longer belongs to it."""
    values = {"id": row_id, "host": who.host, "pid": who.pid}
    return bool(session.execute(SEEN, values).rowcount)  # type: ignore[attr-defined]


def stopped(session: Session, row_id: UUID, who: ProcessIdentity) -> None:
    """Records that the process ends as requested."""
    session.execute(STOPPED, {"id": row_id, "host": who.host, "pid": who.pid})


def expected(session: Session) -> list[ProcessRow]:
    """The processes that should run: all that were started and not stopped."""
    return [ProcessRow(*row) for row in session.execute(ALL, {"silent": SILENT, "forgotten": FORGOTTEN})]
