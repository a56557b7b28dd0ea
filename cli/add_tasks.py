"""Adds the tasks of a command in one transaction, and publishes a Celery message for each outbox row."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cli.progress import say
from cli.target_system import database

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from db.tasks.pending_tasks import UnpublishedRow


@contextmanager
def database_and_publisher() -> "Iterator[Session]":
    """Opens one transaction on DATABASE_URL. After the commit, publishes the tasks that the transaction added."""
    from db.tasks.pending_tasks import take_unpublished

    rows: list[UnpublishedRow] = []
    with database() as session:
        yield session
        rows = take_unpublished(session)
    publish(rows)


def publish(rows: "list[UnpublishedRow]") -> None:
    """Publishes the rows. If Redis is unavailable, prints a message and leaves the rows to the next tick."""
    from kombu.exceptions import KombuError

    from outbox.celery_client import client
    from outbox.transactions import ROW_HEADER
    from settings.loading import load
    from settings.redis import RedisSettings

    try:
        with client(load(RedisSettings)) as celery:
            for row in rows:
                celery.send_task(row.name, args=row.args, headers={ROW_HEADER: str(row.id)})
    except (KombuError, OSError):
        say("Redis does not answer. The next tick publishes the task; to run it now: slots drain")
