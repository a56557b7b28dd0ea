"""kombu still has, and still calls, the private methods that the product overrides (docs/decisions/0022)."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable

import pytest
from kombu.asynchronous.timer import Timer
from kombu.pidbox import Mailbox, Node
from kombu.transport import redis, virtual
from redis import Redis

from outbox.celery_client import client
from outbox.redis_transport import SharedClientChannel, TolerantTransport
from settings.redis import RedisSettings
from worker.ping_replies import SingleAttemptMailbox


@pytest.mark.parametrize(
    ("hook", "parameters"),
    [
        (redis.Channel._create_client, ["self", "asynchronous"]),
        (redis.Channel._brpop_read, ["self", "options"]),
        (redis.Channel._receive_one, ["self", "c"]),
        (redis.SentinelChannel._sentinel_managed_pool, ["self", "asynchronous"]),
        (virtual.Transport._deliver, ["self", "message", "queue"]),
        (
            Mailbox._publish_reply,
            ["self", "reply", "exchange", "routing_key", "ticket", "channel", "producer", "opts"],
        ),
    ],
    ids=lambda value: getattr(value, "__qualname__", ""),
)
def test_an_overridden_method_has_the_expected_parameters(hook: Callable[..., object], parameters: list[str]) -> None:
    assert list(inspect.signature(hook).parameters) == parameters


@pytest.mark.parametrize(
    ("caller", "called"),
    [
        (redis.Channel.conn_or_acquire, "self._create_client()"),
        (redis.Channel.__init__, "self._brpop_read"),
        (redis.Channel._receive, "self._receive_one("),
        (redis.Channel._brpop_read, "self.connection._deliver("),
        (virtual.QoS.__init__, "self._delivered"),
        (virtual.Message.__init__, "_raw"),
        (redis.SentinelChannel._sentinel_managed_pool, "getattr(self, 'sentinel_kwargs', None)"),
        (Node.reply, "_publish_reply("),
        (Timer._enter, "push(self._queue, scheduled(eta, priority, entry))"),
        (Timer.__iter__, "queue = self._queue"),
    ],
    ids=lambda value: getattr(value, "__qualname__", value),
)
def test_kombu_still_calls_it(caller: Callable[..., object], called: str) -> None:
    assert called in inspect.getsource(caller)


def test_two_messages_are_published_through_one_client(redis_url: str) -> None:
    with client(RedisSettings(redis_url=redis_url)) as celery, celery.pool.acquire(block=True) as connection:
        channel = connection.default_channel
        assert isinstance(connection.transport, TolerantTransport)
        assert isinstance(channel, SharedClientChannel)
        with channel.conn_or_acquire() as first, channel.conn_or_acquire() as second:
            assert first is second


def test_a_message_that_cannot_be_handled_is_acknowledged(redis_url: str) -> None:
    """A message's delivery tag is accessible through `qos._delivered` and `_raw`."""
    with client(RedisSettings(redis_url=redis_url)) as celery, celery.pool.acquire(block=True) as connection:
        channel = connection.default_channel
        channel.basic_qos(0, 1, False)
        could_take_another = []

        def refuse(message: virtual.Message) -> None:
            could_take_another.append(channel.qos.can_consume())
            raise ValueError("malformed")

        channel.basic_consume("offers", no_ack=False, callback=refuse, consumer_tag="consumer")
        celery.send_task("send_next_offer", args=["x"])
        with Redis.from_url(redis_url) as server:
            payload = json.loads(server.rpop("offers"))
        with pytest.raises(ValueError, match="malformed"):
            connection.transport._deliver(payload, "offers")
        assert could_take_another == [False]
        assert channel.qos.can_consume()


def test_a_reply_that_redis_refuses_is_not_retried(redis_url: str) -> None:
    attempts = []

    class Recorder:
        def publish(self, reply: object, **options: object) -> None:
            attempts.append(options)

    with client(RedisSettings(redis_url=redis_url)) as celery:
        mailbox = SingleAttemptMailbox("test", connection=celery.connection(), producer_pool=None)
        with celery.connection() as connection:
            mailbox(connection)._publish_reply(
                {}, "reply", "key", "ticket", channel=connection.default_channel, producer=Recorder()
            )
    assert [attempt["retry_policy"] for attempt in attempts] == [{"max_retries": 0}]
