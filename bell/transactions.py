"""One transaction, and the bells for what it left to be done once it has committed."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session, sessionmaker

from bell.ring import Bell
from db import pending_tasks


class Transactions:
    """Called, it opens a transaction: `with transactions() as session`. Rolled back when the block raises."""

    def __init__(self, sessions: sessionmaker[Session], bell: Bell) -> None:
        self._sessions = sessions
        self._bell = bell

    @contextmanager
    def __call__(self) -> Iterator[Session]:
        with self._sessions.begin() as session:
            yield session
            rows = pending_tasks.take_bells(session)
        self._bell.ring(rows)
