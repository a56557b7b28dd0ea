"""Rows with business names: each builder inserts by plain SQL and answers the row as the database has it.

What isn't said is left to the server's defaults, as for anybody who inserts from outside. Nothing is committed.
"""

from __future__ import annotations

import itertools
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

Built = Row[Any]
# Fictional numbers, one per customer or shop.
_numbers = itertools.count(1)


def a_number() -> str:
    """A phone number in E.164 that nobody has and no other builder gave."""
    return f"+1555{next(_numbers):07d}"


def in_(hours: float = 0, minutes: float = 0) -> datetime:
    """The moment so far from now, to the minute. For tests on an unshifted clock."""
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    return now + timedelta(hours=hours, minutes=minutes)


def insert(session: Session, table: str, **values: Any) -> Built:
    """One row by plain SQL; dictionaries and lists become JSON."""
    columns = ", ".join(values)
    places = ", ".join(f":{column}" for column in values)
    row = f"({columns}) VALUES ({places})" if values else "DEFAULT VALUES"
    plain = {name: json.dumps(v) if isinstance(v, dict | list) else v for name, v in values.items()}
    return session.execute(text(f"INSERT INTO {table} {row} RETURNING *"), plain).one()


def reload(session: Session, table: str, row_id: UUID) -> Built:
    """The row as it stands now."""
    return session.execute(text(f"SELECT * FROM {table} WHERE id = :id"), {"id": row_id}).one()


def a_shop(session: Session, **values: Any) -> Built:
    """With a number to text from, and no quiet hours, so that a test may run at night."""
    defaults = {"name": "Salon Lou", "sms_from": a_number(), "quiet_from": None, "quiet_until": None}
    return insert(session, "shops", **(defaults | values))


def a_performer(session: Session, shop: Built, **values: Any) -> Built:
    return insert(session, "performers", **({"shop_id": shop.id, "name": "Lou"} | values))


def a_customer(session: Session, shop: Built, **values: Any) -> Built:
    """Reachable and willing: a phone of their own, opted in."""
    defaults = {"shop_id": shop.id, "name": "Ana", "phone": a_number(), "sms_opt_in": True}
    return insert(session, "customers", **(defaults | values))


def a_staff_member(session: Session, shop: Built, **values: Any) -> Built:
    return insert(session, "staff", **({"shop_id": shop.id, "name": "Mia", "email": "mia@salon.example"} | values))


def an_appointment(session: Session, customer: Built, **values: Any) -> Built:
    """Booked, tomorrow, for an hour; `starts_at` alone moves the end with it."""
    starts_at = values.get("starts_at", in_(hours=24))
    defaults = {
        "shop_id": customer.shop_id,
        "customer_id": customer.id,
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(hours=1),
        "status": "booked",
    }
    return insert(session, "appointments", **(defaults | values))


def a_settled_booking(session: Session, customer: Built, *, days_ago: float) -> Built:
    """They came, so many days ago."""
    return an_appointment(session, customer, starts_at=in_(hours=-24 * days_ago), status="settled")


def a_slot(session: Session, shop: Built, **values: Any) -> Built:
    """Open, tomorrow, for an hour."""
    starts_at = values.get("starts_at", in_(hours=24))
    defaults = {
        "shop_id": shop.id,
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(hours=1),
        "status": "open",
    }
    return insert(session, "slot_openings", **(defaults | values))


def a_slot_freed_by(session: Session, customer: Built, **values: Any) -> Built:
    """Open, because this customer cancelled tomorrow's appointment."""
    source = an_appointment(session, customer, status="cancelled", **values)
    times = {"starts_at": source.starts_at, "ends_at": source.ends_at}
    return insert(
        session,
        "slot_openings",
        shop_id=customer.shop_id,
        performer_id=source.performer_id,
        source_appointment_id=source.id,
        **times,
    )


def an_offer(session: Session, slot: Built, customer: Built, **values: Any) -> Built:
    """Sent just now, open for a quarter of an hour."""
    defaults = {
        "shop_id": slot.shop_id,
        "slot_opening_id": slot.id,
        "customer_id": customer.id,
        "status": "sent",
        "sent_at": in_(),
        "expires_at": in_(minutes=15),
    }
    return insert(session, "slot_offers", **(defaults | values))


def a_payment(session: Session, appointment: Built, **values: Any) -> Built:
    """A deposit of 20.00 that has come."""
    defaults = {
        "shop_id": appointment.shop_id,
        "appointment_id": appointment.id,
        "amount_cents": 2000,
        "currency": "GBP",
        "status": "succeeded",
    }
    return insert(session, "payments", **(defaults | values))


def a_message(session: Session, customer: Built, **values: Any) -> Built:
    """A text to the customer, on its way."""
    defaults = {"shop_id": customer.shop_id, "customer_id": customer.id, "to_address": customer.phone or ""}
    return insert(session, "messages", **(defaults | values))


def a_suppression(session: Session, shop: Built, phone: str, **values: Any) -> Built:
    return insert(session, "suppressions", **({"shop_id": shop.id, "phone": phone, "reason": "STOP"} | values))


def a_webhook_event(session: Session, **values: Any) -> Built:
    defaults = {"provider": "stripe", "event_id": f"evt_{next(_numbers)}"}
    return insert(session, "webhook_events", **(defaults | values))
