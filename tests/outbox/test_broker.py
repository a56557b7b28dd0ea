"""The web process publishes over one connection, which is replaced when Redis has closed it."""

from __future__ import annotations

from uuid import uuid4

from redis import Redis

from db.tasks.pending_tasks import UnpublishedRow
from outbox.broker import Broker
from outbox.celery_client import client
from outbox.transactions import Publisher
from settings.redis import RedisSettings


def test_a_message_after_redis_closed_the_connection_is_published(redis_url: str) -> None:
    with Redis.from_url(redis_url) as redis, client(RedisSettings(redis_url=redis_url)) as celery:
        broker = Broker(celery)
        broker.send_task("send_message", ["1"], {})
        assert redis.client_kill_filter(_type="normal", skipme=True)
        broker.send_task("send_message", ["2"], {})
        assert redis.llen("texts") == 2


def test_a_row_is_published_without_an_entry_for_its_queue(redis_url: str) -> None:
    """The worker adds the entry, so publishing needs a single command."""
    row = UnpublishedRow(uuid4(), "send_message", ["1"])
    with Redis.from_url(redis_url) as redis, client(RedisSettings(redis_url=redis_url)) as celery:
        for publisher in (Publisher(celery), Publisher(Broker(celery))):
            publisher.publish([row])
        assert redis.keys() == [b"texts"]
        assert redis.llen("texts") == 2
