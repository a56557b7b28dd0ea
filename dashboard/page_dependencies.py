"""What the pages are connected to: their settings, the database to read from, transactions to act in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from flask import current_app
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from db.engine import engine
from db.sessions import sessions
from outbox.celery_client import client
from outbox.publisher import Publisher
from outbox.transactions import Transactions
from settings.database import DatabaseSettings
from settings.loading import load
from settings.redis import RedisSettings
from settings.web import WebSettings

READ_ONLY = text("SET TRANSACTION READ ONLY")


@dataclass(frozen=True)
class PageDependencies:
    """One per process, made after the fork."""

    settings: WebSettings
    sessions: sessionmaker[Session]
    transactions: Transactions
    counts_at: RedisSettings | None = field(default=None, repr=False)
    """Where visitors of the sign-in are counted: Redis, or this process's memory."""

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """For answering a GET: Postgres itself refuses a change, so that opening a link can never do anything."""
        with self.sessions.begin() as session:
            session.execute(READ_ONLY)
            yield session


def from_environment() -> PageDependencies:
    """Raises settings.loading.SettingsError, which names each setting that is wrong."""
    settings, database, redis = load(WebSettings), load(DatabaseSettings), load(RedisSettings)
    pool = sessions(
        engine(
            database.database_url.get_secret_value(),
            application_name="slots dashboard",
            pool_size=database.database_pool_size // 2,
            pooler=database.database_pooler,
        )
    )
    return PageDependencies(settings, pool, Transactions(pool, Publisher(client(redis))), counts_at=redis)


def page_dependencies() -> PageDependencies:
    """That of the app which answers the present request."""
    found: PageDependencies = current_app.extensions["wiring"]
    return found
