"""The dependencies of the API: settings, transactions with an outbox, and rate limits."""

from dataclasses import dataclass

from api.rate_limits import RateLimits
from db.engine import engine
from db.first_statement import send_with_begin
from db.sessions import sessions
from outbox.broker import Broker
from outbox.celery_client import client
from outbox.transactions import Publisher, Transactions
from settings.database import DatabaseSettings
from settings.loading import load
from settings.redis import RedisSettings
from settings.web import WebSettings


@dataclass(frozen=True)
class ApiDependencies:
    """Created once per process, after the fork. Thread-safe."""

    settings: WebSettings
    transactions: Transactions
    broker: Broker
    rate_limits: RateLimits


def from_environment() -> ApiDependencies:
    """Reads the settings. Raises settings.loading.SettingsError, which names each invalid setting."""
    return connect(load(WebSettings), load(DatabaseSettings), load(RedisSettings))


def connect(settings: WebSettings, database: DatabaseSettings, redis: RedisSettings) -> ApiDependencies:
    """Opens no connections, so that the web process can start before Postgres and Redis."""
    connections = engine(
        database.database_url.get_secret_value(),
        application_name="slots api",
        pool_size=database.database_pool_size // 4,
        pooler=database.database_pooler,
    )
    pool = sessions(send_with_begin(connections))
    broker = Broker(client(redis))
    limits = RateLimits(redis, a_minute=settings.api_requests_per_minute)
    return ApiDependencies(settings, Transactions(pool, Publisher(broker)), broker, limits)
