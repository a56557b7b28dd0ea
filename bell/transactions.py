"""One transaction, and the bells for what it left to be done once it has committed."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy.orm import Session, sessionmaker

from bell.ring import Rings
from db import pending_tasks


@dataclass(frozen=True, slots=True)
class Transactions:
    """Called, it opens a transaction: `with transactions() as session`. Rolled back when the block raises."""

    sessions: sessionmaker[Session]
    bell: Rings

    @contextmanager
    def single(self) -> Iterator[Session]:
        """For one statement only, which is a transaction by itself: BEGIN and COMMIT cost a round trip each."""
        with self.sessions() as session:
            session.connection(execution_options={"isolation_level": "AUTOCOMMIT"})
            yield session
            rows = pending_tasks.take_bells(session)
        self.bell.ring(rows)

    @contextmanager
    def __call__(self) -> Iterator[Session]:
        with self.sessions.begin() as session:
            yield session
            rows = pending_tasks.take_bells(session)
        self.bell.ring(rows)
