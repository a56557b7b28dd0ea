"""Every subscribed endpoint receives each event at least once, always with the same id."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import text

from db.webhooks import due_deliveries, events
from db.webhooks.due_deliveries import LEASE
from outbox.transactions import NoPublisher
from providers.outgoing_webhooks.signatures import new_secret
from providers.outgoing_webhooks.webhook_client import WebhookClient
from settings.worker import load_worker
from tests.builders import a_shop, a_staff_member, insert, reload
from tests.credentials import OF_THE_PROVIDERS
from tests.servers import close, patient
from tests.waiting import PATIENCE_SECONDS, REDIS_PATIENCE_SECONDS, wait_for
from tests.webhook_receiver import Answer, receiver
from worker.dependencies import Dependencies, use
from worker.dependencies import _make as tools_of_a_worker
from worker.drain_all import drain
from worker.outgoing_webhooks.deliver import encryption
from worker.outgoing_webhooks.lanes import InlineLanes, Lanes


@dataclass
class Shop:
    """A shop, to which endpoints and events can be added."""

    dependencies: Dependencies
    row: object

    def endpoint(self, url, secret=None, **more):
        encrypted = encryption(self.dependencies).encrypt(secret or new_secret())
        with self.dependencies.transactions() as session:
            return insert(session, "webhook_endpoints", shop_id=self.row.id, url=url, secret=encrypted, **more)

    def events(self, count=1, kind="slot.opened"):
        """Records `count` events. Returns their public ids."""
        with self.dependencies.transactions() as session:
            session.execute(
                text(
                    "SELECT record_event(:shop, :kind, jsonb_build_object('n', n)) FROM generate_series(1, :count) n"
                ),
                {"shop": self.row.id, "kind": kind, "count": count},
            )
            found = session.execute(text("SELECT id FROM events ORDER BY seq DESC LIMIT :n"), {"n": count}).scalars()
            return [events.public_id(id) for id in found][::-1]

    def rows(self, statement, **values):
        with self.dependencies.transactions() as session:
            return session.execute(text(statement), values).all()

    def deliveries(self, endpoint):
        return self.rows(
            "SELECT d.* FROM webhook_deliveries d JOIN events e ON e.id = d.event_id"
            " WHERE webhook_endpoint_id = :id ORDER BY e.seq",
            id=endpoint.id,
        )

    def now(self, endpoint):
        with self.dependencies.transactions() as session:
            return reload(session, "webhook_endpoints", endpoint.id)


def test_a_drain_delivers_too(dependencies, shop):
    use(dependencies)
    with receiver() as healthy:
        shop.endpoint(healthy.url)
        sent = shop.events(3)
        assert drain().ran["deliver_webhooks"] == 1
        assert healthy.ids == sent
        assert drain().ran["deliver_webhooks"] == 0


@pytest.fixture
def dependencies(database_url, redis_url, monkeypatch) -> Iterator[Dependencies]:
    for name, value in {
        "DATABASE_URL": patient(database_url),
        "REDIS_URL": redis_url,
        "REDIS_TIMEOUT_SECONDS": str(REDIS_PATIENCE_SECONDS),
        **OF_THE_PROVIDERS,
        "WEBHOOKS_ALLOW_LOOPBACK": "true",
        "ENVIRONMENT": "development",
    }.items():
        monkeypatch.setenv(name, value)
    made = tools_of_a_worker(load_worker())
    yield replace(made, transactions=replace(made.transactions, publisher=NoPublisher()))
    close(made.engine)


@pytest.fixture
def shop(dependencies):
    with dependencies.transactions() as session:
        return Shop(dependencies, a_shop(session))


def deliver(shop):
    return InlineLanes().deliver_due(shop.dependencies)


def test_an_event_arrives_signed(shop):
    secret = new_secret()
    with receiver() as theirs:
        endpoint = shop.endpoint(theirs.url, secret)
        (id,) = shop.events()
        assert deliver(shop) == 1
        (one,) = theirs.received
        (delivery,) = shop.deliveries(endpoint)
        content = one.verified(secret)
        assert (one.id, content["id"], content["type"], content["data"]) == (id, id, "slot.opened", {"n": 1})
        assert (delivery.status, delivery.tries) == ("delivered", 1)
        (attempt,) = delivery.attempts
        assert (attempt["status_code"], attempt["answer"], attempt["error"]) == (200, "ok", None)
        assert shop.now(endpoint).last_success_at
        assert deliver(shop) == 0


def test_only_the_wanted_types_arrive(shop):
    with receiver() as all_types, receiver() as few, receiver() as none:
        shop.endpoint(all_types.url)
        shop.endpoint(few.url, types="{slot.closed,slot.opened}")
        shop.endpoint(none.url, status="disabled")
        opened, booked = shop.events(), shop.events(kind="appointment.booked")
        deliver(shop)
        assert (all_types.ids, few.ids, none.ids) == (opened + booked, opened, [])


def test_another_shops_events_do_not_arrive(shop):
    with receiver() as theirs:
        shop.endpoint(theirs.url)
        with shop.dependencies.transactions() as session:
            other = Shop(shop.dependencies, a_shop(session))
        other.events()
        deliver(shop)
        assert theirs.received == []


def test_both_secrets_sign_while_a_rotation_lasts(shop, clock):
    old, new = new_secret(), new_secret()
    with receiver() as theirs:
        endpoint = shop.endpoint(theirs.url, old)
        encrypted = encryption(shop.dependencies).encrypt(new)
        shop.rows(
            "UPDATE webhook_endpoints SET secret = :secret WHERE id = :id RETURNING id",
            secret=encrypted,
            id=endpoint.id,
        )
        shop.events()
        deliver(shop)
        assert theirs.received[0].verified(old) == theirs.received[0].verified(new)
        clock.shift(timedelta(hours=25))
        shop.events()
        deliver(shop)
        theirs.received[1].verified(new)
        with pytest.raises(Exception, match="No matching signature"):
            theirs.received[1].verified(old)


def test_retries_until_all_is_lost(shop, clock):
    """After successive failures, waits at least 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h and 24 h."""
    with receiver(lambda _: Answer(500, b"no")) as theirs:
        endpoint = shop.endpoint(theirs.url)
        (id,) = shop.events()
        deliver(shop)
        for number, seconds in enumerate((5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400), start=1):
            clock.shift(timedelta(seconds=seconds - 2))
            deliver(shop)
            assert len(theirs.received) == number
            clock.shift(timedelta(seconds=2 + seconds / 10))
            deliver(shop)
            assert len(theirs.received) == number + 1
        assert set(theirs.ids) == {id}
        (delivery,) = shop.deliveries(endpoint)
        assert (delivery.status, delivery.tries, len(delivery.attempts)) == ("failed", 10, 10)
        assert delivery.ended_at
        clock.shift(timedelta(days=3))
        deliver(shop)
        assert len(theirs.received) == 10


def test_retry_after_is_honoured(shop, clock):
    with receiver(lambda _: Answer(429, headers={"Retry-After": "600"})) as theirs:
        shop.endpoint(theirs.url)
        shop.events()
        deliver(shop)
        clock.shift(timedelta(seconds=595))
        deliver(shop)
        assert len(theirs.received) == 1
        clock.shift(timedelta(seconds=10))
        deliver(shop)
        assert len(theirs.received) == 2


def test_a_gone_endpoint_is_disabled_at_once_and_the_staff_are_notified(shop):
    with receiver(lambda _: Answer(410)) as gone, receiver() as other:
        endpoint = shop.endpoint(gone.url)
        shop.endpoint(other.url, types="{attention.needed}")
        with shop.dependencies.transactions() as session:
            a_staff_member(session, shop.row)
        shop.events(3)
        deliver(shop)
        deliver(shop)
        assert len(gone.received) == 1
        row = shop.now(endpoint)
        assert (row.status, row.disabled_reason) == ("disabled", "gone")
        (note,) = shop.rows("SELECT * FROM notifications")
        assert note.kind == "needs_human"
        assert "127.0.0.1" in note.text
        assert "hooks?shop" not in note.text
        (warned,) = other.received
        assert b"attention.needed" in warned.body
        assert shop.rows("SELECT 1 FROM pending_tasks WHERE name = 'alert_staff'")


def test_five_days_without_a_success_disable(shop, clock):
    with receiver(lambda _: Answer(500)) as theirs:
        endpoint = shop.endpoint(theirs.url)
        shop.events()
        deliver(shop)
        for _ in range(4):
            clock.shift(timedelta(days=1))
            shop.events()
            deliver(shop)
        assert shop.now(endpoint).status == "enabled"
        clock.shift(timedelta(days=1, minutes=1))
        deliver(shop)
        row = shop.now(endpoint)
        assert (row.status, row.disabled_reason) == ("disabled", "failing")
        assert len(shop.rows("SELECT 1 FROM notifications")) == 1


def test_a_success_in_between_counts(shop, clock):
    answers = iter([500, 200, 500, 500])
    with receiver(lambda _: Answer(next(answers))) as theirs:
        endpoint = shop.endpoint(theirs.url)
        shop.events()
        deliver(shop)
        assert shop.now(endpoint).failing_since
        clock.shift(timedelta(days=3))
        deliver(shop)
        assert shop.now(endpoint).failing_since is None
        shop.events()
        deliver(shop)
        clock.shift(timedelta(days=3))
        deliver(shop)
        assert len(theirs.received) == 4
        assert shop.now(endpoint).status == "enabled"


def test_deliveries_of_a_killed_worker_are_made_when_its_lease_expires(shop, clock):
    with receiver() as theirs:
        endpoint = shop.endpoint(theirs.url)
        (id,) = shop.events()
        with shop.dependencies.transactions() as session:
            assert due_deliveries.claim(session, endpoint.id, limit=10)
        deliver(shop)
        assert theirs.received == []
        clock.shift(LEASE)
        deliver(shop)
        assert theirs.ids == [id]


def test_a_late_failure_does_not_undo_a_success(shop, clock):
    """The lease of a slow worker ended, and another worker has delivered the event in the meantime."""
    with receiver() as theirs:
        endpoint = shop.endpoint(theirs.url)
        shop.events()
        with shop.dependencies.transactions() as session:
            _, (slow,) = due_deliveries.claim(session, endpoint.id, limit=10)
        clock.shift(LEASE)
        deliver(shop)
        with shop.dependencies.transactions() as session:
            due_deliveries.record(session, [due_deliveries.RecordedAttempt(slow, False, timedelta(seconds=5), {})])
        (delivery,) = shop.deliveries(endpoint)
        assert (delivery.status, delivery.tries) == ("delivered", 1)


def test_an_unreadable_secret_is_a_failure_with_its_reason(shop):
    with receiver() as theirs:
        endpoint = shop.endpoint(theirs.url)
        shop.rows("UPDATE webhook_endpoints SET secret = 'x' WHERE id = :id RETURNING id", id=endpoint.id)
        shop.events()
        deliver(shop)
        assert theirs.received == []
        (delivery,) = shop.deliveries(endpoint)
        assert "SECRET_KEY" in delivery.attempts[0]["error"]


def test_in_production_nothing_is_sent_inside(shop):
    settings = shop.dependencies.settings
    closed = replace(settings, webhooks=settings.webhooks.model_copy(update={"webhooks_allow_loopback": False}))
    with receiver() as theirs:
        endpoint = shop.endpoint(theirs.url.replace("http://", "https://"))
        shop.events()
        InlineLanes().deliver_due(replace(shop.dependencies, settings=closed))
        assert theirs.connections == 0
        (delivery,) = shop.deliveries(endpoint)
        assert "private or reserved" in delivery.attempts[0]["error"]


class Threads:
    """Repeatedly delivers due events, as a worker does when beat sends the task."""

    def __init__(self, dependencies):
        self.dependencies = dependencies
        self.lanes = Lanes(lambda lane: threading.Thread(target=lane, daemon=True).start())
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self):
        while not self.over.wait(0.05):
            self.lanes.deliver_due(self.dependencies)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.lanes.stop()
        self.thread.join()


@pytest.fixture
def endless_patience(monkeypatch):
    """Waits for receivers that hang until the end of the test, however slow the machine is."""
    patient = partial(WebhookClient, seconds=2 * PATIENCE_SECONDS)
    monkeypatch.setattr("worker.outgoing_webhooks.deliver.WebhookClient", patient)


HANGS = Answer(wait=2 * PATIENCE_SECONDS)


def test_one_that_hangs_one_that_fails_and_one_that_is_gone_delay_nobody(shop, endless_patience):
    """Sends a thousand events to each of three bad receivers and to one good receiver."""
    with ExitStack() as open_:
        good = open_.enter_context(receiver())
        hanging = open_.enter_context(receiver(lambda _: HANGS))
        failing = open_.enter_context(receiver(lambda _: Answer(500)))
        gone = open_.enter_context(receiver(lambda _: Answer(410)))
        for one in (hanging, failing, gone):
            shop.endpoint(one.url)
        good_endpoint = shop.endpoint(good.url, types="{slot.opened}")
        ids = shop.events(1000)
        open_.enter_context(Threads(shop.dependencies))
        wait_for(lambda: len(good.received) >= 1000, "all events")
        assert Counter(good.ids) == Counter(ids)
        assert len(hanging.received) <= 4
        assert len(gone.received) <= 2
        wait_for(lambda: len(failing.received) > 20, "the failing receiver to be tried")
        wait_for(lambda: all(one.status == "delivered" for one in shop.deliveries(good_endpoint)), "the outcomes")
        hanging.closed.set()


def test_many_that_hang_leave_threads_for_the_others(shop, endless_patience):
    with ExitStack() as open_:
        hanging = [open_.enter_context(receiver(lambda _: HANGS)) for _ in range(24)]
        for one in hanging:
            # These endpoints have been failing for a long time.
            shop.endpoint(one.url, failing_since="2026-01-01T00:00:00Z")
        good = open_.enter_context(receiver())
        shop.rows("UPDATE webhook_endpoints SET failing_since = clock_timestamp() RETURNING id")
        shop.endpoint(good.url)
        open_.enter_context(Threads(shop.dependencies))
        shop.events(20)
        wait_for(lambda: sum(len(one.received) for one in hanging) >= 16, "the receivers that hang")
        shop.events(20)
        wait_for(lambda: len(good.received) == 40, "all events")
        assert sum(len(one.received) for one in hanging) == 16
        for one in hanging:
            one.closed.set()


def test_a_test_goes_to_one_endpoint_whatever_it_wants(shop):
    with receiver() as tested, receiver() as other:
        endpoint = shop.endpoint(tested.url, types="{slot.opened}")
        shop.endpoint(other.url)
        shop.rows(
            "UPDATE webhook_endpoints SET tested_at = clock_timestamp() WHERE id = :id RETURNING id", id=endpoint.id
        )
        deliver(shop)
        assert other.received == []
        assert b'"type":"endpoint.test"' in tested.received[0].body
