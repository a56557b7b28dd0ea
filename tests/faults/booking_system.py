"""A shop's booking system in random histories. It writes over the API and receives webhooks."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import requests

from db.access import api_keys
from db.webhooks import events
from db.webhooks.webhook_endpoints import secret_encryption
from domain.webhook_retries import GONE
from providers.outgoing_webhooks.signatures import new_secret
from tests import builders
from tests.builders import Built
from tests.faults.crashes import cut_short
from tests.waiting import PATIENCE_SECONDS
from tests.webhook_receiver import Answer, Receiver
from tests.world import World

LAST_STEP = 20
"""The last step at which a delivery is killed."""

UNKNOWN = {404}
"""The status of requests about customers who were erased or merged."""

HALF_AN_HOUR = timedelta(minutes=30)
BROKEN_OFF = Answer(status=None)
LIVE = "SELECT id FROM appointments WHERE shop_id = :shop AND status IN ('booked', 'pending_payment')"
TIMES = """
SELECT starts_at FROM appointments WHERE shop_id = :shop
UNION SELECT starts_at FROM slot_openings WHERE shop_id = :shop
"""
PENDING = """
SELECT min(d.next_attempt_at) FROM webhook_deliveries d JOIN webhook_endpoints e ON e.id = d.webhook_endpoint_id
 WHERE d.shop_id = :shop AND d.status = 'pending' AND e.status = 'enabled'
"""


@dataclass
class BookingSystem:
    """A booking system with an API key of the shop, and with an endpoint on the world's receiver for every event."""

    world: World
    shop: Built
    people: list[Built]
    chance: random.Random
    key: str
    endpoint: UUID
    was_disabled: bool = False

    @classmethod
    def connect(cls, world: World, shop: Built, people: list[Built], chance: random.Random) -> BookingSystem:
        keys = world.dependencies.settings.staff.secret_keys
        with world.session() as session:
            new = api_keys.create(session, shop.id, label="Booking system", scope="write", live=False, by="operator")
            key = new.key
            secret = secret_encryption(keys).encrypt(new_secret())
            values = {"shop_id": shop.id, "url": world.receiver.url, "secret": secret}
            endpoint = builders.insert(session, "webhook_endpoints", **values)
        return cls(world, shop, people, chance, key, endpoint.id)

    # Requests that write. Each request may be repeated, as after a timeout.

    def books(self) -> None:
        starts_at = self._a_time()
        customer: dict[str, Any] = {"customer_id": str(self.chance.choice(self.people).id)}
        if self.chance.random() < 0.5:
            customer = {"customer": {"name": "Walk-in", "phone": builders.a_number()}}
        paid: dict[str, Any] = self.chance.choice([{}, {"payment": {"amount_cents": 2000}}])
        self._sends("POST", "/appointments", {201, 409} | UNKNOWN, _lasting(starts_at) | customer | paid)

    def moves(self) -> None:
        if (id := self._one(LIVE)) is not None:
            self._sends("PATCH", f"/appointments/{id}", {200, 409}, _lasting(self._a_time()))

    def cancels(self) -> None:
        if (id := self._one("SELECT id FROM appointments WHERE shop_id = :shop")) is not None:
            self._sends("POST", f"/appointments/{id}/cancel", {202, 409})

    def sells_a_gap(self) -> None:
        self._sends("POST", "/slot-openings", {201, 409}, _lasting(self._a_time()))

    def acts_on_a_slot(self) -> None:
        if (id := self._one("SELECT id FROM slot_openings WHERE shop_id = :shop")) is not None:
            action = self.chance.choice(["ask-next", "stop", "fill", "restart"])
            self._sends("POST", f"/slot-openings/{id}/{action}", {202})

    def opts_out(self) -> None:
        self._sends("POST", f"/customers/{self.chance.choice(self.people).id}/opt-out", {200} | UNKNOWN)

    def two_book_one_time(self) -> None:
        """Sends two simultaneous requests for two customers. Only one of them gets the time."""
        body, (one, other) = _lasting(self._a_time()), self.chance.sample(self.people, 2)
        answered: list[int] = []

        def book(customer: Built) -> None:
            answered.append(
                self._request("POST", "/appointments", body | {"customer_id": str(customer.id)}).status_code
            )

        threads = [threading.Thread(target=book, args=[customer]) for customer in (one, other)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert answered.count(201) <= 1, answered
        assert set(answered) <= {201, 409} | UNKNOWN, answered

    def enables_its_endpoint(self) -> None:
        self._sends("PATCH", f"/webhook-endpoints/{self.endpoint}", {200}, {"status": "enabled"})

    # Deliveries.

    def answers(self, answer: Answer) -> None:
        """Sets the response to every webhook from now on."""
        self.world.receiver.behaviour = lambda _: answer

    def receives(self) -> None:
        self.world.beat("deliver_webhooks")
        self._note_disabled()

    def delivery_is_killed(self) -> None:
        with cut_short(self.world, after=self.chance.randrange(LAST_STEP)):
            self.world.beat("deliver_webhooks")
        self._note_disabled()

    def receives_all(self) -> None:
        """Makes the endpoint work again and delivers all pending events."""
        self.answers(Answer())
        while (due := self.world.one(PENDING, shop=self.shop.id)) is not None:
            self.world.clock.pass_(max(due - self.world.clock.now(), timedelta()) + timedelta(seconds=1))
            self.receives()

    def check(self) -> None:
        """Asserts that every event has arrived, and that `GET /events` lists each event once, in order."""
        self._check_deliveries(self.world.receiver)
        recorded = self.world.rows("SELECT id FROM events WHERE shop_id = :shop ORDER BY xid, seq", shop=self.shop.id)
        assert self._read_events() == [events.public_id(row.id) for row in recorded]

    def _check_deliveries(self, receiver: Receiver) -> None:
        statement = """
            SELECT e.id, d.status, d.tries, (d.attempts -> -1 ->> 'status_code')::int AS answered FROM events e
              LEFT JOIN webhook_deliveries d ON d.event_id = e.id AND d.webhook_endpoint_id = :endpoint
             WHERE e.shop_id = :shop"""
        received = set(receiver.ids)
        for row in self.world.rows(statement, shop=self.shop.id, endpoint=self.endpoint):
            if row.status == "delivered":
                assert events.public_id(row.id) in received, row
            elif row.status == "failed":
                assert row.tries == 10 or row.answered == GONE, row
            else:
                assert self.was_disabled, row

    def _read_events(self) -> list[str]:
        found: list[str] = []
        while True:
            after = {"after": found[-1]} if found else {}
            page = self._request("GET", "/events", params={"limit": "40", **after}).json()["data"]
            if not page:
                return found
            found += [one["id"] for one in page]

    def _note_disabled(self) -> None:
        status = self.world.one("SELECT status FROM webhook_endpoints WHERE id = :id", id=self.endpoint)
        self.was_disabled |= status == "disabled"

    # HTTP requests and assertions.

    def _sends(self, method: str, path: str, expected: set[int], body: dict[str, Any] | None = None) -> None:
        headers = {"Idempotency-Key": str(uuid4())} if method == "POST" else {}
        answer = self._request(method, path, body, headers=headers)
        assert answer.status_code in expected, (method, path, body, answer.status_code, answer.text)
        if headers and self.chance.random() < 0.3:
            again = self._request(method, path, body, headers=headers)
            assert (again.status_code, again.text) == (answer.status_code, answer.text)
            assert again.headers["Idempotent-Replayed"] == "true"

    def _request(self, method: str, path: str, body: dict[str, Any] | None = None, **more: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.key}", **more.pop("headers", {})}
        url = f"{self.world.web}/api/v1{path}"
        return requests.request(method, url, json=body, headers=headers, timeout=PATIENCE_SECONDS, **more)

    def _one(self, statement: str) -> UUID | None:
        found = sorted(row[0] for row in self.world.rows(statement, shop=self.shop.id))
        return self.chance.choice(found) if found else None

    def _a_time(self) -> datetime:
        """Returns a time, which is often already booked or offered."""
        known: list[datetime] = sorted(row[0] for row in self.world.rows(TIMES, shop=self.shop.id))
        return self.chance.choice(known).astimezone(UTC) + HALF_AN_HOUR * self.chance.choice([0, 0, 1, 2, 3, 40])


def _lasting(starts_at: datetime, *, length: timedelta = timedelta(hours=1)) -> dict[str, str]:
    return {"starts_at": starts_at.isoformat(), "ends_at": (starts_at + length).isoformat()}


Event = Callable[[BookingSystem], object]

SENTENCES: dict[str, tuple[int, Event]] = {
    "the booking system books": (5, BookingSystem.books),
    "the booking system moves an appointment": (5, BookingSystem.moves),
    "the booking system cancels an appointment": (3, BookingSystem.cancels),
    "the booking system sells a gap": (4, BookingSystem.sells_a_gap),
    "the booking system acts on a slot": (2, BookingSystem.acts_on_a_slot),
    "the booking system opts a customer out": (1, BookingSystem.opts_out),
    "the booking system books one time for two": (2, BookingSystem.two_book_one_time),
    "its endpoint answers 500 from now on": (2, lambda theirs: theirs.answers(Answer(status=500))),
    "its endpoint closes connections from now on": (2, lambda theirs: theirs.answers(BROKEN_OFF)),
    "its endpoint is gone from now on": (1, lambda theirs: theirs.answers(Answer(status=410))),
    "its endpoint works from now on": (2, lambda theirs: theirs.answers(Answer())),
    "its endpoint is enabled again": (1, BookingSystem.enables_its_endpoint),
    "events are delivered": (4, BookingSystem.receives),
    "a worker is killed while it delivers events": (3, BookingSystem.delivery_is_killed),
}
"""The possible actions and their weights."""
