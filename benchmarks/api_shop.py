"""A shop with an API key, and prepared requests to the HTTP API."""

import hashlib
import itertools
import json
import secrets
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from benchmarks.load import Request, post
from benchmarks.system_under_test import SystemUnderTest
from db.webhooks.webhook_endpoints import secret_encryption
from providers.outgoing_webhooks.signatures import new_secret

SHOP = "INSERT INTO shops (name, sms_from) VALUES ('api', %(number)s) RETURNING id"
KEY = """
INSERT INTO api_keys (id, shop_id, label, scope, live, secret_hash) VALUES (%(id)s, %(shop)s, 'benchmark', 'write',
       false, %(hash)s)
"""
CUSTOMERS = """
INSERT INTO customers (shop_id, name, phone) SELECT %(shop)s, 'Ana ' || n, '+44' || (7400000000 + n)::text
  FROM generate_series(1, %(customers)s::int) n RETURNING id
"""
# The appointments do not overlap, because a shop without performers can have only one appointment at a time.
BOOKED = """
INSERT INTO appointments (shop_id, customer_id, starts_at, ends_at, payment_required, price_cents)
SELECT %(shop)s, %(customer)s, %(first)s::timestamptz + n * interval '15 minutes',
       %(first)s::timestamptz + (n + 1) * interval '15 minutes', false, 5000
  FROM generate_series(0, %(appointments)s::int - 1) n RETURNING id
"""
ENDPOINT = "INSERT INTO webhook_endpoints (shop_id, url, secret) VALUES (%(shop)s, %(url)s, %(secret)s)"
EVENTS = """
SELECT count(*) FROM (
  SELECT record_event(%(shop)s, 'slot.opened', jsonb_build_object(
           'slot_opening_id', gen_random_uuid(), 'status', 'open',
           'starts_at', rfc3339(now()), 'ends_at', rfc3339(now())))
    FROM generate_series(1, %(events)s::int)) recorded
"""
QUARTER = timedelta(minutes=15)


@dataclass(frozen=True)
class ApiShop:
    """A shop and its API key. `times` yields start times that are still free."""

    system: SystemUnderTest
    id: UUID
    key: str
    customers: tuple[UUID, ...]
    times: Iterator[datetime]

    def bookings(self, number: int) -> list[Request]:
        """Prepares requests that each book a different time. The customers take turns."""
        return [self._booking(customer) for customer in itertools.islice(itertools.cycle(self.customers), number)]

    def _booking(self, customer: UUID) -> Request:
        starts_at = next(self.times)
        body = {
            "customer_id": str(customer),
            "starts_at": starts_at.isoformat(),
            "ends_at": (starts_at + QUARTER).isoformat(),
            "price_cents": 5000,
            "external_id": f"booking-{starts_at.timestamp():.0f}",
        }
        return self.post("/api/v1/appointments", json.dumps(body).encode())

    def cancellations(self, number: int) -> list[Request]:
        """Creates appointments, and prepares one request to cancel each of them."""
        first = next(itertools.islice(self.times, number - 1, None)) - (number - 1) * QUARTER
        values = {"shop": self.id, "customer": self.customers[0], "first": first, "appointments": number}
        ids = self.system.sql(BOOKED, **values)
        return [self.post(f"/api/v1/appointments/{id}/cancel", b"") for (id,) in ids]

    def get(self, path: str) -> None:
        """Requests a page of a list. Raises URLError, or AssertionError if the page is empty."""
        url = f"{self.system.settings['WEB_URL']}/api/v1{path}"
        request = urllib.request.Request(url, headers={"Authorization": f"Bearer {self.key}"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            assert json.load(answer)["data"]

    def add_endpoint(self, url: str) -> None:
        """Creates a webhook endpoint for all events."""
        secret = secret_encryption([self.system.settings["SECRET_KEY"]]).encrypt(new_secret())
        self.system.sql(ENDPOINT, shop=self.id, url=url, secret=secret)

    def record_events(self, number: int) -> None:
        """Records `number` events in one transaction."""
        self.system.sql(EVENTS, shop=self.id, events=number)

    def post(self, path: str, body: bytes) -> Request:
        headers = {"Authorization": f"Bearer {self.key}", "Idempotency-Key": str(uuid4())}
        if body:
            headers["Content-Type"] = "application/json"
        return post(self.system.settings["WEB_URL"], path, body, headers)


def open_shop(system: SystemUnderTest, *, customers: int) -> ApiShop:
    """Creates a shop with a key and customers."""
    ((shop,),) = system.sql(SHOP, number=f"+1500{secrets.randbelow(10**7):07}")
    id, secret = uuid4(), secrets.token_hex(32)
    system.sql(KEY, id=id, shop=shop, hash=hashlib.sha256(secret.encode()).hexdigest())
    known = tuple(row[0] for row in system.sql(CUSTOMERS, shop=shop, customers=customers))
    first = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=30)
    times = (first + n * QUARTER for n in itertools.count())
    return ApiShop(system, shop, f"slots_test_{id}_{secret}", known, times)
