"""The tick publishes the delivery of webhooks only while some are due."""

from __future__ import annotations

from dataclasses import replace

from outbox.transactions import NoPublisher
from tests.webhook_receiver import receiver
from tests.worker.test_outgoing_webhooks import Shop, deliver, dependencies, shop
from worker import sweep

__all__ = ["dependencies", "shop"]


class RecordingPublisher(NoPublisher):
    """Keeps the names of the tasks that were published without a row."""

    def __init__(self) -> None:
        self.published: list[str] = []

    def publish_without_row(self, name: str) -> None:
        self.published.append(name)


def published(shop: Shop) -> list[str]:
    """Runs a tick; returns what it published without a row."""
    publisher = RecordingPublisher()
    recorded = replace(shop.dependencies.transactions, publisher=publisher)
    sweep.bring_forward(replace(shop.dependencies, transactions=recorded), batches=20)
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
