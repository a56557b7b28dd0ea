"""Writing tasks down from a command: the transaction, and the bells after its commit."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cli.progress import say
from cli.target_system import database

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from db.pending_tasks import UnpublishedRow


@contextmanager
def database_and_publisher() -> "Iterator[Session]":
    """One transaction on DATABASE_URL; the tasks added in it are rung for once it is committed."""
    from db.pending_tasks import take_unpublished

    rows: list[UnpublishedRow] = []
    with database() as session:
        yield session
        rows = take_unpublished(session)
    add_task(rows)


def add_task(rows: "list[UnpublishedRow]") -> None:
    """Tells the workers; says so when Redis can't be told: nothing is lost then."""
    from kombu.exceptions import KombuError

    from outbox.celery_client import client
    from outbox.publisher import ROW_HEADER
    from settings.loading import load
    from settings.redis import RedisSettings

    try:
        with client(load(RedisSettings)) as celery:
            for row in rows:
                celery.send_task(row.name, args=row.args, headers={ROW_HEADER: str(row.id)})
    except (KombuError, OSError):
        say("Redis does not answer, so no worker was told. The next tick takes it up; or at once: slots drain")
