"""Creates twelve weeks of recoveries of the demo shop and a full calendar for this week, for the screenshots. The
rows are the same in each run, relative to today.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from cli.local import demo_shop
from cli.local.demo_shop import CUSTOMERS, DEPOSIT_CENTS, PERFORMERS, SERVICES, SHOP, SHOP_PHONE, identity

Row = dict[str, Any]
DAYS = 84
# Cancelled times of a week: weekday, start, and the positions of service and performer.
WEEK = ((0, 10, 0, 0), (1, 14, 1, 1), (2, 11, 0, 1), (3, 15, 2, 0), (4, 9, 1, 0), (4, 16, 0, 1), (5, 12, 0, 0))
# Further bookings from today on: days from today, start, and the positions of service, performer and customer.
MORE = (
    *((0, time(9), 0, 0, 1), (0, time(10, 30), 1, 0, 3), (0, time(13), 0, 0, 5), (0, time(9, 30), 1, 1, 7)),
    *((0, time(12), 2, 1, 9), (0, time(13, 30), 0, 1, 10), (0, time(15), 1, 1, 2), (0, time(15, 30), 0, 0, 8)),
    *((1, time(10, 30), 1, 0, 11), (1, time(13), 2, 0, 10), (1, time(9, 30), 0, 1, 4), (1, time(13, 30), 0, 1, 5)),
    *((1, time(15, 30), 0, 0, 3), (1, time(15), 2, 1, 1), (1, time(17), 2, 0, 0)),
    *((2, time(9, 30), 0, 1, 6), (2, time(14), 0, 0, 8), (3, time(14), 0, 0, 5), (3, time(9), 0, 1, 7)),
)
INBOX = (
    (11, "Hi, could I move my appointment to 3pm on Thursday?"),
    (10, "Do you also do balayage? And how long does it take?"),
)
REPLY = "Thursday at 3pm is free. Shall I move it for you?"
ALERT = "Jakub Nowak disputes a £20 deposit. Answer in Stripe by Friday."


def insert(settings: Mapping[str, str]) -> None:
    """Adds the history to the demo shop."""
    today = datetime.now(demo_shop.ZONE).date()
    with psycopg.connect(settings["DATABASE_URL"]) as connection:
        demo_shop.load(settings)
        # An offer must not expire before the screenshots have been taken.
        connection.execute(
            "UPDATE shops SET offer_window_minutes = 15, payment_window_minutes = 15, move_up = false,"
            " cooldown_hours = 24 WHERE id = %s",
            [SHOP],
        )
        for table, row in (*_recoveries(today), *_calendar(today)):
            _insert(connection, table, row)
        alert = {"shop_id": SHOP, "kind": "dispute", "text": ALERT, "dedupe_key": "picture"}
        _insert(connection, "notifications", alert)


def _insert(connection: psycopg.Connection[Any], table: str, row: Row) -> None:
    names = sql.SQL(", ").join(map(sql.Identifier, row))
    values = sql.SQL(", ").join(map(sql.Placeholder, row))
    statement = sql.SQL("INSERT INTO {} ({}) VALUES ({}) ON CONFLICT DO NOTHING")
    plain = {name: Jsonb(value) if isinstance(value, dict) else value for name, value in row.items()}
    connection.execute(statement.format(sql.Identifier(table), names, values), plain)


def _calendar(today: date) -> Iterator[tuple[str, Row]]:
    for days, start, service, performer, customer in MORE:
        row = _appointment(today + timedelta(days=days), start, service, performer, customer)
        yield "appointments", row
        paid = {"amount_cents": DEPOSIT_CENTS, "currency": "GBP", "status": "succeeded"}
        yield "payments", {"shop_id": SHOP, "appointment_id": row["id"], **paid}


def _appointment(day: date, start: time, service: int, performer: int, customer: int, **more: object) -> Row:
    name, minutes, price_cents = SERVICES[service]
    starts_at = datetime.combine(day, start, demo_shop.ZONE)
    usual = {
        "id": identity("picture", f"{starts_at.isoformat()} {performer} {customer}"),
        "shop_id": SHOP,
        "performer_id": identity("performer", PERFORMERS[performer]),
        "customer_id": identity("customer", customer),
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(minutes=minutes),
        "status": "booked",
        "service_id": identity("service", name),
        "service": name,
        "payment_required": True,
        "price_cents": price_cents,
        "deposit_cents": DEPOSIT_CENTS,
    }
    return usual | more


def _recoveries(today: date) -> Iterator[tuple[str, Row]]:
    """Yields recoveries, more of them in later weeks than in earlier weeks. One in five recoveries fails."""
    for back in range(DAYS, 0, -1):
        day = today - timedelta(days=back)
        for number, (weekday, hour, service, performer) in enumerate(WEEK):
            if weekday == day.weekday() and number < 3 + (DAYS - back) // 16:
                yield from _recovery(day, hour, service, performer, seed=back * 7 + number)


def _recovery(day: date, hour: int, service: int, performer: int, *, seed: int) -> Iterator[tuple[str, Row]]:
    lost = seed % 5 == 0
    who, buyer = seed % len(CUSTOMERS), (seed * 5 + 3) % len(CUSTOMERS)
    starts_at = datetime.combine(day, time(hour), demo_shop.ZONE)
    freed_at = starts_at - timedelta(hours=20 + seed % 9)
    sold_at = freed_at + timedelta(minutes=4 + seed % 31)
    gone = {"status": "cancelled", "cancelled_from": "booked", "cancelled_at": freed_at, "cancel_reason": "customer"}
    source = _appointment(day, time(hour), service, performer, who, created_at=freed_at - timedelta(days=9), **gone)
    yield "appointments", source
    slot_id = identity("picture slot", seed)
    yield (
        "slot_openings",
        {
            **{name: source[name] for name in ("shop_id", "performer_id", "service_id", "starts_at", "ends_at")},
            "id": slot_id,
            "source_appointment_id": source["id"],
            "status": "expired" if lost else "filled",
            "closed_as": "nobody_left" if lost else None,
            "created_at": freed_at,
            "updated_at": sold_at,
        },
    )
    for place in range(1 + seed % 3):
        yield "slot_offers", _offer(slot_id, freed_at, place, seed, sold_at=None)
    if lost:
        return
    taken = {
        "status": "accepted",
        "accepted_at": sold_at,
        "ended_at": None,
        "customer_id": identity("customer", buyer),
    }
    yield "slot_offers", _offer(slot_id, freed_at, 3, seed, sold_at=sold_at) | taken
    booking = _appointment(day, time(hour), service, performer, buyer, status="settled", created_at=sold_at)
    booking |= {"id": identity("picture sale", seed), "source_slot_opening_id": slot_id, "confirmed_at": sold_at}
    yield "appointments", booking


def _offer(slot_id: object, freed_at: datetime, place: int, seed: int, *, sold_at: datetime | None) -> Row:
    asked_at = sold_at - timedelta(minutes=3) if sold_at else freed_at + timedelta(minutes=place)
    return {
        "id": identity("picture offer", f"{seed} {place}"),
        "shop_id": SHOP,
        "slot_opening_id": slot_id,
        "customer_id": identity("customer", (seed * 5 + 4 + place) % len(CUSTOMERS)),
        "status": "declined" if (seed + place) % 2 else "expired",
        "sent_at": asked_at,
        "expires_at": asked_at + timedelta(minutes=15),
        "ended_at": asked_at + timedelta(minutes=2),
        "created_at": asked_at,
    }


def texts() -> Iterator[tuple[str, str, str]]:
    """Yields the texts that customers send, as (from, to, body)."""
    for customer, body in INBOX:
        yield f"+4477009000{customer + 10}", SHOP_PHONE, body
