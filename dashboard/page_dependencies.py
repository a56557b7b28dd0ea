"""The dependencies of the pages: settings, a pool for reads, and transactions with an outbox."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from flask import current_app
from sqlalchemy.orm import Session, sessionmaker

from db.engine import engine
from db.sessions import sessions
from outbox.celery_client import client
from outbox.transactions import Publisher, Transactions
from settings.database import DatabaseSettings
from settings.loading import load
from settings.redis import RedisSettings
from settings.web import WebSettings

READ_ONLY = {"postgresql_readonly": True}
"""The driver sends this option with BEGIN, which saves a statement."""


@dataclass(frozen=True)
class PageDependencies:
    """Created once per process, after the fork."""

    settings: WebSettings
    sessions: sessionmaker[Session]
    transactions: Transactions
    rate_limits: RedisSettings | None = field(default=None, repr=False)
    """The Redis server that counts sign-in attempts. If None, each process counts them in memory."""

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A read-only transaction, which guarantees that opening a link changes nothing."""
        with self.sessions.begin() as session:
            session.connection(execution_options=READ_ONLY)
            yield session


def from_environment() -> PageDependencies:
    """Reads the settings. Raises settings.loading.SettingsError, which names each invalid setting."""
    settings, database, redis = load(WebSettings), load(DatabaseSettings), load(RedisSettings)
    pool = sessions(
        engine(
            database.database_url.get_secret_value(),
            application_name="slots dashboard",
            pool_size=database.database_pool_size // 4,
            pooler=database.database_pooler,
        )
    )
    return PageDependencies(settings, pool, Transactions(pool, Publisher(client(redis))), rate_limits=redis)


def page_dependencies() -> PageDependencies:
    """The dependencies of the current Flask application."""
    found: PageDependencies = current_app.extensions["dependencies"]
    return found
