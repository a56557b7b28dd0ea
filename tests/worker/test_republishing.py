"""Rows are published again once if their message is lost. Waiting tasks do not accumulate messages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from db.sessions import sessions
from db.tasks import pending_tasks, waiting_tasks
from outbox.celery_client import client
from outbox.transactions import Publisher, Transactions
from settings.redis import RedisSettings
from tests.servers import Clock, patient_redis
from worker.gates.gate_connection import Gates
from worker.republish import republish


def test_lost_messages_are_published_again(transactions: Transactions, gates: Gates, clock: Clock) -> None:
    write(transactions, "send_message", 5)
    gates.redis.flushdb()
    clock.shift(pending_tasks.PATIENCE)
    republish(transactions, gates, limit=100)
    assert gates.redis.llen("texts") == 5


def test_an_hour_without_workers_leaves_one_message_for_each_task(
    transactions: Transactions, gates: Gates, clock: Clock
) -> None:
    write(transactions, "send_message", 5)
    for _ in range(60):
        clock.shift(waiting_tasks.REPEAT)
        republish(transactions, gates, limit=100)
    assert gates.redis.llen("texts") == 5


def test_a_queue_gets_as_many_messages_as_it_lacks(transactions: Transactions, gates: Gates, clock: Clock) -> None:
    write(transactions, "send_message", 5)
    gates.redis.ltrim("texts", 0, 2)
    clock.shift(pending_tasks.PATIENCE)
    republish(transactions, gates, limit=100)
    assert gates.redis.llen("texts") == 5


def test_a_full_queue_does_not_delay_messages_of_another(
    transactions: Transactions, gates: Gates, clock: Clock
) -> None:
    write(transactions, "update_message_status", 5)
    write(transactions, "accept_offer", 1)
    gates.redis.delete("replies")
    clock.shift(pending_tasks.PATIENCE)
    republish(transactions, gates, limit=100)
    assert (gates.redis.llen("statuses"), gates.redis.llen("replies")) == (5, 1)


def test_without_redis_the_next_sweep_publishes(
    transactions: Transactions, gates: Gates, clock: Clock, unreachable: Gates
) -> None:
    write(transactions, "send_message", 1)
    gates.redis.flushdb()
    clock.shift(pending_tasks.PATIENCE)
    republish(transactions, unreachable, limit=100)
    assert gates.redis.llen("texts") == 1


def write(transactions: Transactions, name: str, count: int) -> None:
    """Writes `count` tasks. Each one is published after its commit."""
    for _ in range(count):
        with transactions() as session:
            pending_tasks.add(session, name)


@pytest.fixture
def transactions(engine: Engine, redis_url: str) -> Iterator[Transactions]:
    with client(patient_redis(redis_url)) as celery:
        yield Transactions(sessions(engine), Publisher(celery))


@pytest.fixture
def gates(redis_url: str) -> Iterator[Gates]:
    opened = Gates.at(patient_redis(redis_url))
    yield opened
    opened.redis.close()


@pytest.fixture
def unreachable() -> Gates:
    return Gates.at(RedisSettings(redis_url="redis://127.0.0.1:9/0", redis_timeout_seconds=0.1))
