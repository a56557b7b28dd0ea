"""Measures the server time of the dashboard's pages in a shop with 100,000 customers and 10,000 slots."""

import re
import secrets
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import Engine, event, text
from sqlalchemy.orm import Session

from benchmarks.measurements import Measurement, Plot, value
from cli.local.servers.embedded_postgres import Postgres
from dashboard.app import create_app
from dashboard.page_dependencies import PageDependencies
from dashboard.shop.access.session_access import digest
from db import migrating
from db.engine import engine
from db.sessions import sessions
from outbox.transactions import NoPublisher, Transactions
from settings.web import WebSettings

SIZE, QUICK_SIZE = (100_000, 10_000), (1_300, 250)
STATEMENTS, MILLISECONDS = 8, 50
# These statements read the member and set the role. They are the same on every page and are not counted.
OF_THE_FRAME = re.compile("staff_sessions|SET TRANSACTION|set_config")
SHOP = """
WITH shop AS (
  INSERT INTO shops (name, sms_from, timezone, deposit_cents)
  VALUES ('A large shop', '+15550000000', 'Europe/London', 2000) RETURNING id
), people AS (
  INSERT INTO customers (shop_id, name, phone, sms_opt_in)
  SELECT id, (ARRAY['Ana', 'Ben', 'Cara', 'Dev', 'Elif'])[1 + n % 5] || ' ' || n, '+4470' || lpad(n::text, 8, '0'),
         n % 7 > 0
    FROM shop, generate_series(1, :customers) n
), team AS (
  INSERT INTO performers (shop_id, name) SELECT id, 'Performer ' || n FROM shop, generate_series(1, 10) n
)
INSERT INTO staff (shop_id, name, email) SELECT id, 'Mia', 'mia@salon.example' FROM shop
"""
# Ten performers have a slot every seven hours; with 10,000 slots, from eight months ago until a month from now.
SLOTS = """
INSERT INTO slot_openings (shop_id, performer_id, starts_at, ends_at, status, created_at, next_search_at)
SELECT p.shop_id, p.id, date_trunc('hour', now()) + (n - 0.88 * each) * interval '7 hours',
       date_trunc('hour', now()) + (n - 0.88 * each) * interval '7 hours' + interval '1 hour',
       CASE WHEN n > 0.99 * each THEN 'open' WHEN n % 4 = 0 THEN 'expired' ELSE 'filled' END,
       now() - (each + 1 - n) * interval '6 hours', now() + interval '1 day'
  FROM (SELECT id, shop_id, :slots / 10 AS each FROM performers ORDER BY id) p, generate_series(1, :slots / 10) n
"""
BOOKINGS = """
INSERT INTO appointments (shop_id, performer_id, customer_id, starts_at, ends_at, status, source_slot_opening_id,
                          price_cents)
SELECT s.shop_id, s.performer_id, c.id, s.starts_at, s.ends_at,
       CASE WHEN s.starts_at < now() THEN 'settled' ELSE 'booked' END, s.id, 5500
  FROM (SELECT *, row_number() OVER (ORDER BY id) AS n FROM slot_openings WHERE status = 'filled') s
  JOIN (SELECT id, row_number() OVER (ORDER BY id) AS n FROM customers) c ON c.n = s.n
"""
# Each slot has three offers.
OFFERS = """
INSERT INTO slot_offers (shop_id, slot_opening_id, customer_id, status, sent_at, expires_at, ended_at, created_at)
SELECT s.shop_id, s.id, c.id, 'expired', s.created_at, s.created_at + interval '15 minutes', s.created_at,
       s.created_at
  FROM (SELECT *, row_number() OVER (ORDER BY id) AS n FROM slot_openings) s
 CROSS JOIN generate_series(0, 2) k
  JOIN (SELECT id, row_number() OVER (ORDER BY id) AS n FROM customers) c ON c.n = 2 * :slots + s.n * 3 + k
"""
# There is a conversation for five slots, and a fifth of them are unread. Each conversation has ten texts.
CONVERSATIONS = """
WITH v AS (
  INSERT INTO conversations (shop_id, address, customer_id, unread, last_message_at)
  SELECT shop_id, phone, id, CASE WHEN n % 5 = 0 THEN 1 ELSE 0 END, now() - n * interval '1 hour'
    FROM (SELECT *, row_number() OVER (ORDER BY id) AS n FROM customers) c WHERE n <= :slots / 5
  RETURNING id, shop_id, customer_id, address
)
INSERT INTO messages (shop_id, customer_id, conversation_id, direction, purpose, to_address, from_address, body,
                      status)
SELECT shop_id, customer_id, id, 'inbound', 'customer', '+15550000000', address, 'Can I come at three?', 'received'
  FROM v CROSS JOIN generate_series(1, 10)
"""
PAGES = {
    "overview": "/app/",
    "appointments": "/app/appointments",
    "appointments, last page": "/app/appointments?page=400",
    "appointments, by name": "/app/appointments?q=Ana+777",
    "slot, open": "/app/slot-openings/{open}",
    "slot, filled": "/app/slot-openings/{filled}",
    "slot, by name": "/app/slot-openings/{open}?who=Ben+4321",
    "appointment": "/app/appointments/{booking}",
    "calendar, a day": "/app/calendar",
    "calendar, a week": "/app/calendar?view=week",
    "inbox": "/app/inbox",
    "conversation": "/app/inbox/{conversation}",
    "customers": "/app/customers",
    "customers, by name": "/app/customers?q=Cara+55",
    "customer": "/app/customers/{customer}",
    "settings": "/app/settings/region",
    "notifications": "/app/notifications",
}


def measure(*, quick: bool) -> Iterator[Measurement]:
    """Calls the pages in this process through WSGI. Measures each request. The baseline is an empty transaction."""
    customers, slots = QUICK_SIZE if quick else SIZE
    with (
        tempfile.TemporaryDirectory(prefix="slots-bench-") as folder,
        _a_large_shop(Path(folder), customers, slots) as made,
    ):
        web = _signed_in(made)
        with sessions(made).begin() as session:
            known = _places(session)
        baseline = _median(lambda: _nothing(made), 50)
        statements = {}
        for name, path in PAGES.items():
            address = path.format(**known)
            statements[name] = _statements(made, lambda address=address: web.get(address))  # type: ignore[misc]
            taken = _median(lambda address=address: web.get(address), 2 if quick else 20)  # type: ignore[misc]
            note, plot = f"statements: {statements[name]}", Plot("pages", "median", name)
            yield Measurement(f"page {name}", taken, "ms", baseline, value(most=MILLISECONDS), note, plot=plot)
    most = max(statements, key=lambda name: statements[name])
    yield Measurement("pages, most statements", statements[most], "", None, value(most=STATEMENTS), f"of {most}")


def _nothing(made: Engine) -> None:
    with sessions(made).begin() as session:
        session.execute(text("SELECT 1"))


def _statements(made: Engine, ask: Callable[[], object]) -> int:
    """Counts the statements of a request, without BEGIN and COMMIT."""
    seen: list[str] = []

    def count(*statement: object) -> None:
        seen.append(str(statement[2]))

    event.listen(made, "before_cursor_execute", count)
    ask()
    event.remove(made, "before_cursor_execute", count)
    return sum(not OF_THE_FRAME.search(statement) for statement in seen)


@contextmanager
def _a_large_shop(folder: Path, customers: int, slots: int) -> Iterator[Engine]:
    """Fills the tables and runs ANALYZE."""
    server = Postgres(folder).start()
    try:
        migrating.upgrade(server.url)
        made = engine(server.url, application_name="benchmark")
        with sessions(made).begin() as session:
            session.execute(text("SET LOCAL statement_timeout = 0"))
            for statement in (SHOP, SLOTS, BOOKINGS, OFFERS, CONVERSATIONS):
                session.execute(text(statement), {"customers": customers, "slots": slots})
        with made.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("SET statement_timeout = 0"))
            connection.execute(text("VACUUM ANALYZE"))
        yield made
        made.dispose()
    finally:
        server.stop()


def _signed_in(made: Engine) -> FlaskClient:
    """Returns a client with a signed-in session."""
    token, pool = secrets.token_urlsafe(), sessions(made)
    with pool.begin() as session:
        opened = "INSERT INTO staff_sessions (shop_id, staff_id, token_hash) SELECT shop_id, id, :hash FROM staff"
        session.execute(text(opened), {"hash": digest(token)})
    settings = WebSettings(app_url="http://localhost", secret_key=secrets.token_hex())
    web = create_app(PageDependencies(settings, pool, Transactions(pool, NoPublisher()))).test_client()
    web.set_cookie("slots_staff", token)
    return web


def _places(session: Session) -> dict[str, Any]:
    """Returns the ids for the URLs."""
    asked = {
        "open": "SELECT id FROM slot_openings WHERE status = 'open' LIMIT 1",
        "filled": "SELECT id FROM slot_openings WHERE status = 'filled' LIMIT 1",
        "booking": "SELECT id FROM appointments WHERE status = 'booked' LIMIT 1",
        "customer": "SELECT customer_id FROM slot_offers LIMIT 1",
        "conversation": "SELECT id FROM conversations LIMIT 1",
    }
    return {name: session.execute(text(question)).scalar_one() for name, question in asked.items()}


def _median(work: Callable[[], object], times: int) -> float:
    """Returns the median duration of a request in milliseconds, after three warm-up requests."""
    for _ in range(3):
        work()
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken)
