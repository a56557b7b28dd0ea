"""Records in the database that this process is running, so that a killed process is noticed."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError

from db.engine import patient_engine
from db.sessions import sessions
from db.tasks import running_processes
from db.tasks.running_processes import EVERY, ProcessIdentity
from settings.database import DatabaseSettings
from settings.loading import SettingsError, load

LIMITS = {"statement_timeout": 5_000, "lock_timeout": 2_000}
STOPPING_SECONDS = 8.0


class Heartbeat:
    """A thread that updates the row of this process. It opens a connection for each update, and closes it afterwards.

    While the database is unavailable, nothing is written and nothing is raised.
    """

    def __init__(self, name: str, database_url: str) -> None:
        self._who = ProcessIdentity(name, socket.gethostname(), os.getpid())
        self._sessions = sessions(patient_engine(database_url, application_name=f"slots {name}", limits=LIMITS))
        self._row: UUID | None = None
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Records that this process is shutting down as requested."""
        self._ends.set()
        self._thread.join(STOPPING_SECONDS)

    def _run(self) -> None:
        while True:
            with contextlib.suppress(SQLAlchemyError):
                self._beat()
            if self._ends.wait(EVERY.total_seconds()):
                break
        with contextlib.suppress(SQLAlchemyError), self._sessions.begin() as session:
            if self._row is not None:
                running_processes.stopped(session, self._row, self._who)

    def _beat(self) -> None:
        with self._sessions.begin() as session:
            if self._row is None or not running_processes.seen(session, self._row, self._who):
                self._row = running_processes.begin(session, self._who, runs=_runs)


_heartbeat: Heartbeat | None = None


def start(name: str) -> None:
    """Starts the heartbeat of this process, unless it has no DATABASE_URL. Call it after all forks of the process."""
    global _heartbeat
    with contextlib.suppress(SettingsError):
        _heartbeat = Heartbeat(name, load(DatabaseSettings).database_url.get_secret_value())


def stop() -> None:
    """Records that this process is shutting down as requested. Takes at most eight seconds."""
    if _heartbeat is not None:
        _heartbeat.stop()


def _runs(pid: int) -> bool:
    """Whether a process with this pid is running, even as another user."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
