"""Rings for rows after their transaction has committed, and swallows nothing but a missing broker."""

from collections.abc import Iterable
from typing import Protocol

import structlog
from kombu.exceptions import OperationalError

from db import pending_tasks
from telemetry import metrics

log = structlog.get_logger()

ROW_HEADER = "pending_task_id"
"""The header that tells a worker which row its message is about."""


class Publishes(Protocol):
    """Whatever can be told which rows wait."""

    def publish(self, rows: Iterable[pending_tasks.UnpublishedRow]) -> None: ...


class SendsTasks(Protocol):
    """The one method of a Celery client that a bell needs."""

    def send_task(self, name: str, *, args: list[str], headers: dict[str, str]) -> object: ...


class NoPublisher:
    """Rings for nothing: for those who work the rows off themselves."""

    def publish(self, rows: Iterable[pending_tasks.UnpublishedRow]) -> None:
        """Does nothing."""


class Publisher:
    """Rings with one Celery client. Never raises: a bell that fails is counted, and a sweep rings again."""

    def __init__(self, celery: SendsTasks) -> None:
        self._celery = celery

    def publish(self, rows: Iterable[pending_tasks.UnpublishedRow]) -> None:
        """One message a row, with a fresh id: an id used twice could be one that a worker has discarded."""
        for row in rows:
            try:
                self._celery.send_task(row.name, args=row.args, headers={ROW_HEADER: str(row.id)})
            except (OperationalError, OSError) as error:
                metrics.PUBLISH_FAILURES.labels(row.name).inc()
                log.warning("bell_lost", task=row.name, reason=type(error).__name__)
                return
