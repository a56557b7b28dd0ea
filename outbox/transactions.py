"""A database transaction that publishes its outbox rows after the commit."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session, sessionmaker

from db.engine import BEHIND_A_POOLER
from db.tasks import pending_tasks
from outbox.publisher import Publishes


@dataclass(frozen=True)
class Transactions:
    """`with transactions() as session` opens a transaction, which is rolled back when the block raises."""

    sessions: sessionmaker[Session]
    publisher: Publishes

    @contextmanager
    def single(self) -> Iterator[Connection]:
        """Runs a single statement as its own transaction, because BEGIN and COMMIT cost a round trip each.

        Yields a connection, because a session would take a fifth of a webhook's time.
        """
        with self._alone.begin() as connection:
            pending_tasks.take_unpublished(connection)
            yield connection
            rows = pending_tasks.take_unpublished(connection)
        self.publisher.publish(rows)

    @cached_property
    def _alone(self) -> Engine:
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
