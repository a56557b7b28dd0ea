"""Decides whether this beat process publishes. Only the holder of a lease in Postgres publishes.

Two publishing processes are harmless, but if no process publishes, no job runs. Therefore, every beat process
publishes while Postgres is unavailable.
"""

import contextlib
import os
import socket
import time
from uuid import uuid4

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from db.engine import engine
from db.tasks import beat_lease
from settings.database import DatabaseSettings
from settings.loading import load
from telemetry.error_origin import reason_of

log = structlog.get_logger()

RENEW_SECONDS = 1.0
"""The time between renewals. It is shorter than the lease, so that one late renewal does not lose the lease."""
PAUSE_SECONDS = 5.0
"""The pause after an error, because a connection attempt may block beat for the connect timeout."""


class PublishingLease:
    """The right to publish. `renew` can be called at any frequency, and renews the lease at most once a second."""

    def __init__(self, database: Engine | None) -> None:
        """Creates a lease. Without a database, this process always publishes."""
        self._engine = database
        self._holder = f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}"
        self._renew_at = 0.0
        self.held = database is None

    def renew(self) -> bool:
        """Renews the lease. Returns whether this process has just begun to publish."""
        if self._engine is None or time.monotonic() < self._renew_at:
            return False
        held_before, self._renew_at = self.held, time.monotonic() + RENEW_SECONDS
        try:
            with self._engine.begin() as connection:
                self.held = beat_lease.take(connection, self._holder)
        except SQLAlchemyError as error:
            self.held, self._renew_at = True, time.monotonic() + PAUSE_SECONDS
            log.warning("beat_lease_unavailable", reason=reason_of(error))
        if self.held != held_before:
            log.info("beat_publishes" if self.held else "beat_stands_by", holder=self._holder)
        return self.held and not held_before

    def give_up(self) -> None:
        """Gives up the lease, so that another beat process can take it immediately."""
        if self._engine is None:
            return
        if self.held:
            with contextlib.suppress(SQLAlchemyError), self._engine.begin() as connection:
                beat_lease.give_up(connection, self._holder)
        self._engine.dispose()


def lease_of_environment() -> PublishingLease:
    """Returns the lease. Without DATABASE_URL, its holder always publishes. Raises SettingsError."""
    if not any(os.environ.get(name, "").strip() for name in ("DATABASE_URL", "DATABASE_URL_FILE")):
        log.warning("beat_without_lease", fix="Set DATABASE_URL, so that only one of several beats publishes.")
        return PublishingLease(None)
    settings = load(DatabaseSettings)
    url = settings.database_url.get_secret_value()
    made = engine(url, application_name="slots beat", pool_size=1, pooler=settings.database_pooler, plan_once=True)
    # This runs one statement each second; BEGIN and COMMIT would add two round trips.
    alone = settings.database_pooler == "none"
    return PublishingLease(made.execution_options(isolation_level="AUTOCOMMIT") if alone else made)
