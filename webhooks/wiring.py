"""What the doors are connected to: settings, the database, the bell."""

from dataclasses import dataclass, field

from sqlalchemy.orm import Session, sessionmaker

from bell.client import client
from bell.ring import Bell
from bell.transactions import Transactions
from db.engine import engine
from db.sessions import sessions
from settings.database import DatabaseSettings
from settings.loading import load
from settings.redis import RedisSettings
from settings.web import WebSettings
from webhooks.broker import Broker
from webhooks.outcomes import Outcomes
from webhooks.refusals import Refusals


@dataclass(frozen=True)
class Wiring:
    """One per process, made after the fork; safe for its threads."""

    settings: WebSettings
    sessions: sessionmaker[Session]
    transactions: Transactions
    outcomes: Outcomes
    broker: Broker
    refusals: Refusals = field(default_factory=Refusals)


def from_environment() -> Wiring:
    """Raises settings.loading.SettingsError, which names each setting that is wrong."""
    return connect(load(WebSettings), load(DatabaseSettings), load(RedisSettings))


def connect(settings: WebSettings, database: DatabaseSettings, redis: RedisSettings) -> Wiring:
    """Connects to nothing yet: the doors open before Postgres and Redis do."""
    pool = sessions(
        engine(
            database.database_url.get_secret_value(),
            application_name="slots web",
            pool_size=database.database_pool_size // 2,
            pooler=database.database_pooler,
        )
    )
    broker = Broker(client(redis))
    return Wiring(settings, pool, Transactions(pool, Bell(broker)), Outcomes(pool, broker), broker)
