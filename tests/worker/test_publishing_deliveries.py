"""The tick publishes the delivery of webhooks only while deliveries are due."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from uuid import uuid4

import pytest

from db.tasks import pending_tasks
from outbox.celery_client import client
from outbox.queues import QUEUE_OF
from outbox.transactions import NoPublisher, Publisher, Publishes
from tests.servers import patient_redis
from tests.webhook_receiver import receiver
from tests.worker.test_outgoing_webhooks import Shop, deliver, dependencies, shop
from worker import sweep

__all__ = ["dependencies", "shop"]


class RecordingPublisher(NoPublisher):
    """Records the names of the tasks that are published without a row."""

    def __init__(self) -> None:
        self.published: list[str] = []

    def publish_without_row(self, name: str) -> None:
        self.published.append(name)


class PublisherOfNoRows(RecordingPublisher):
    """Fails to publish rows."""

    def publish(self, rows: Iterable[pending_tasks.UnpublishedRow]) -> None:
        if list(rows):
            raise RuntimeError("It can't be published.")


def tick(shop: Shop, publisher: Publishes) -> None:
    transactions = replace(shop.dependencies.transactions, publisher=publisher)
    sweep.bring_forward(replace(shop.dependencies, transactions=transactions), batches=20)


def published(shop: Shop) -> list[str]:
    """Runs a tick. Returns the tasks that it published without a row."""
    publisher = RecordingPublisher()
    tick(shop, publisher)
    return publisher.published


def test_deliveries_are_published_until_they_are_made(shop: Shop) -> None:
    with receiver() as healthy:
        shop.endpoint(healthy.url)
        assert published(shop) == []
        shop.events(3)
        assert published(shop) == ["deliver_webhooks"]
        deliver(shop)
        assert published(shop) == []


def test_an_endpoint_that_has_failed_for_too_long_is_published_to_be_disabled(shop: Shop) -> None:
    endpoint = shop.endpoint("http://127.0.0.1:9/")
    shop.rows(
        "UPDATE webhook_endpoints SET failing_since = now() - interval '6 days' WHERE id = :id RETURNING id",
        id=endpoint.id,
    )

    assert published(shop) == ["deliver_webhooks"]


def test_ticks_without_a_worker_leave_one_message(shop: Shop, redis_url: str) -> None:
    shop.endpoint("http://127.0.0.1:9/")
    shop.events(1)
    with client(patient_redis(redis_url)) as celery:
        publisher = Publisher(celery)
        for _ in range(3):
            tick(shop, publisher)
    assert shop.dependencies.gates.redis.llen(QUEUE_OF["deliver_webhooks"]) == 1


def test_deliveries_are_published_even_if_rows_are_not(shop: Shop) -> None:
    shop.endpoint("http://127.0.0.1:9/")
    shop.events(1)
    with shop.dependencies.transactions() as session:
        row = pending_tasks.add(session, "send_next_offer", uuid4())
    shop.rows("UPDATE pending_tasks SET next_ring_at = now() WHERE id = :id RETURNING id", id=row)
    publisher = PublisherOfNoRows()
    with pytest.raises(RuntimeError):
        tick(shop, publisher)
    assert publisher.published == ["deliver_webhooks"]
