"""Publishes outbox rows after their transaction has committed. Only broker failures are suppressed."""

from collections.abc import Iterable
from typing import Protocol

import structlog
from kombu.exceptions import OperationalError

from db.tasks import pending_tasks
from telemetry import metrics

log = structlog.get_logger()

ROW_HEADER = "pending_task_id"
"""The message header with the id of the outbox row."""


class Publishes(Protocol):
    """Publishes outbox rows."""

    def publish(self, rows: Iterable[pending_tasks.UnpublishedRow]) -> None: ...

    def publish_without_row(self, name: str) -> None: ...


class SendsTasks(Protocol):
    """The one method of a Celery client that publishing needs."""

    def send_task(self, name: str, *, args: list[str], headers: dict[str, str]) -> object: ...


class NoPublisher:
    """Publishes nothing: for a process that runs the rows itself."""

    def publish(self, rows: Iterable[pending_tasks.UnpublishedRow]) -> None:
        """Does nothing."""

    def publish_without_row(self, name: str) -> None:
        """Does nothing."""


class Publisher:
    """Publishes with one Celery client. Counts broker failures instead of raising: a sweep publishes again."""

    def __init__(self, celery: SendsTasks) -> None:
        self._celery = celery

    def publish(self, rows: Iterable[pending_tasks.UnpublishedRow]) -> None:
        """Publishes one message for each row, with a new task id: a worker may have revoked a previous one."""
        for row in rows:
            if not self._sent(row.name, row.args, {ROW_HEADER: str(row.id)}):
                return

    def publish_without_row(self, name: str) -> None:
        """Publishes a task that needs no row, because its caller publishes it again."""
        self._sent(name, [], {})

    def _sent(self, name: str, args: list[str], headers: dict[str, str]) -> bool:
        try:
            self._celery.send_task(name, args=args, headers=headers)
        except (OperationalError, OSError) as error:
            metrics.PUBLISH_FAILURES.labels(name).inc()
            log.warning("publish_failed", task=name, reason=type(error).__name__)
            return False
        return True
