"""Publishes outbox rows after the commit of the transaction that wrote them."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import structlog
from kombu.exceptions import OperationalError
from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session, sessionmaker

from db.engine import BEHIND_A_POOLER
from db.tasks import pending_tasks
from telemetry import metrics
from telemetry.error_origin import reason_of

log = structlog.get_logger()

ROW_HEADER = "pending_task_id"
"""The message header that contains the id of the outbox row."""


class Publishes(Protocol):
    """Publishes outbox rows."""

    def publish(self, rows: Iterable[pending_tasks.UnpublishedRow]) -> None: ...

    def publish_without_row(self, name: str) -> None: ...


class SendsTasks(Protocol):
    """The method of a Celery client that publishing needs."""

    def send_task(self, name: str, *, args: list[str], headers: dict[str, str], declare: list[object]) -> object: ...


class NoPublisher:
    """Replaces the publisher in a process that runs the rows itself. Publishes nothing."""

    def publish(self, rows: Iterable[pending_tasks.UnpublishedRow]) -> None:
        """Does nothing."""

    def publish_without_row(self, name: str) -> None:
        """Does nothing."""


class Publisher:
    """Publishes with a Celery client. Counts broker failures instead of raising them, because a sweep publishes the
    rows again.
    """

    def __init__(self, celery: SendsTasks) -> None:
        self._celery = celery

    def publish(self, rows: Iterable[pending_tasks.UnpublishedRow]) -> None:
        """Publishes a message for each row, with a new task id, because a worker may have revoked the previous id."""
        for row in rows:
            if not self._sent(row.name, row.args, {ROW_HEADER: str(row.id)}):
                return

    def publish_without_row(self, name: str) -> None:
        """Publishes a task that needs no row, because the caller publishes it repeatedly."""
        self._sent(name, [], {})

    def _sent(self, name: str, args: list[str], headers: dict[str, str]) -> bool:
        try:
            # A message in Redis needs no declared queue. Preparing the declaration would take a fifth of the time.
            self._celery.send_task(name, args=args, headers=headers, declare=[])
        except (OperationalError, OSError) as error:
            metrics.PUBLISH_FAILURES.labels(name).inc()
            log.warning("publish_failed", task=name, reason=reason_of(error))
            return False
        return True


@dataclass(frozen=True)
class Transactions:
    """`with transactions() as session` opens a transaction, which is rolled back if the block raises an exception."""

    sessions: sessionmaker[Session]
    publisher: Publishes
    autocommit: Engine | None = None
    """An engine with `autocommit`, for `single`. Without it, each statement puts its connection into autocommit mode
    and back, which takes as long as a short statement.
    """

    @contextmanager
    def single(self) -> Iterator[Connection]:
        """Runs a single statement as a transaction, without BEGIN and COMMIT, which would each cost a round trip.

        Yields a connection, because a session would take a fifth of a webhook's time.
        """
        with self._alone.begin() as connection:
            pending_tasks.take_unpublished(connection)
            yield connection
            rows = pending_tasks.take_unpublished(connection)
        self.publisher.publish(rows)

    @cached_property
    def _alone(self) -> Engine:
        if self.autocommit is not None:
            return self.autocommit
        engine: Engine = self.sessions.kw["bind"]
        if engine.get_execution_options().get(BEHIND_A_POOLER):
            return engine
        return engine.execution_options(isolation_level="AUTOCOMMIT")

    @contextmanager
    def __call__(self) -> Iterator[Session]:
        with self.sessions.begin() as session:
            yield session
            rows = pending_tasks.take_unpublished(session)
        self.publisher.publish(rows)
