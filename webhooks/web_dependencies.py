"""The dependencies of endpoints: settings, database sessions and the broker."""

from dataclasses import dataclass, field

from sqlalchemy.orm import Session, sessionmaker

from db.engine import engine
from db.sessions import sessions_of_autocommit
from outbox.broker import Broker
from outbox.celery_client import client
from outbox.transactions import Publisher, Transactions
from providers.calendars.calendars import Calendars
from settings.calendars import CalendarSettings
from settings.database import DatabaseSettings
from settings.loading import load
from settings.redis import RedisSettings
from settings.web import WebSettings
from webhooks.refused_signatures import RefusedSignatures
from webhooks.task_outcomes import TaskOutcomes


@dataclass(frozen=True)
class WebDependencies:
    """The dependencies. Create one instance for each process, after the fork. Threads can share it."""

    settings: WebSettings
    sessions: sessionmaker[Session]
    transactions: Transactions
    outcomes: TaskOutcomes
    broker: Broker
    calendars: Calendars = field(default_factory=lambda: Calendars(load(CalendarSettings)))
    refusals: RefusedSignatures = field(default_factory=RefusedSignatures)


def from_environment() -> WebDependencies:
    """Creates the dependencies. Raises settings.loading.SettingsError, which names each invalid setting."""
    return connect(load(WebSettings), load(DatabaseSettings), load(RedisSettings))


def connect(settings: WebSettings, database: DatabaseSettings, redis: RedisSettings) -> WebDependencies:
    """Creates the dependencies. Opens no connection, so that the process can start before Postgres and Redis."""
    connections = engine(
        database.database_url.get_secret_value(),
        application_name="slots web",
        pool_size=database.database_pool_size // 2,
        pooler=database.database_pooler,
        plan_once=True,
        autocommit=True,
    )
    pool, broker = sessions_of_autocommit(connections), Broker(client(redis))
    transactions = Transactions(pool, Publisher(broker), connections)
    return WebDependencies(settings, pool, transactions, TaskOutcomes(pool, broker), broker)
