"""Builders with business names. Each builder inserts a row with plain SQL and returns the stored row.

Omitted columns get the database's defaults, as they would for an external tool. The builders do not commit.
"""

from __future__ import annotations

import itertools
import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from tests import minute

Built = Row[Any]
# Fictional numbers. Each customer and each shop gets a new number.
_numbers = itertools.count(1)


def a_number() -> str:
    """Returns a phone number in E.164 that no other builder has returned."""
    return f"+1555{next(_numbers):07d}"


def in_(hours: float = 0, minutes: float = 0) -> datetime:
    """Returns a time relative to the minute in which the test began.

    Use it only in tests that do not shift the clock.
    """
    return minute.of_this_test() + timedelta(hours=hours, minutes=minutes)


def insert(session: Session, table: str, **values: Any) -> Built:
    """Inserts one row with plain SQL; dictionaries and lists are stored as JSON."""
    columns = ", ".join(values)
    places = ", ".join(f":{column}" for column in values)
    row = f"({columns}) VALUES ({places})" if values else "DEFAULT VALUES"
    plain = {name: json.dumps(v) if isinstance(v, dict | list) else v for name, v in values.items()}
    return session.execute(text(f"INSERT INTO {table} {row} RETURNING *"), plain).one()


def reload(session: Session, table: str, row_id: UUID) -> Built:
    """Returns the current state of a row."""
    return session.execute(text(f"SELECT * FROM {table} WHERE id = :id"), {"id": row_id}).one()


def a_shop(session: Session, **values: Any) -> Built:
    """Inserts a shop with a sending number and without quiet hours, because tests may run at night."""
    defaults = {"name": "Salon Lou", "sms_from": a_number(), "quiet_from": None, "quiet_until": None}
    return insert(session, "shops", **(defaults | values))


def a_performer(session: Session, shop: Built, **values: Any) -> Built:
    return insert(session, "performers", **({"shop_id": shop.id, "name": "Lou"} | values))


def a_customer(session: Session, shop: Built, **values: Any) -> Built:
    """Inserts a customer who can be asked: opted in, with a unique phone number."""
    defaults = {"shop_id": shop.id, "name": "Ana", "phone": a_number(), "sms_opt_in": True}
    return insert(session, "customers", **(defaults | values))


def a_staff_member(session: Session, shop: Built, **values: Any) -> Built:
    return insert(session, "staff", **({"shop_id": shop.id, "name": "Mia", "email": "mia@salon.example"} | values))


def an_appointment(session: Session, customer: Built, **values: Any) -> Built:
    """Inserts an appointment of one hour, booked for tomorrow.

    If only `starts_at` is given, the end is an hour later.
    """
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
    """Inserts an appointment that took place `days_ago` days ago."""
    return an_appointment(session, customer, starts_at=in_(hours=-24 * days_ago), status="settled")


def a_slot(session: Session, shop: Built, **values: Any) -> Built:
    """Inserts an open slot of one hour, which starts in 24 hours."""
    starts_at = values.get("starts_at", in_(hours=24))
    defaults = {
        "shop_id": shop.id,
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(hours=1),
        "status": "open",
    }
    return insert(session, "slot_openings", **(defaults | values))


def a_slot_freed_by(session: Session, customer: Built, **values: Any) -> Built:
    """Inserts an open slot that became free when this customer cancelled tomorrow's appointment."""
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
    """Inserts an offer that was sent in this minute and is open for 15 minutes."""
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
    """Inserts a paid deposit of 20.00."""
    defaults = {
        "shop_id": appointment.shop_id,
        "appointment_id": appointment.id,
        "amount_cents": 2000,
        "currency": "GBP",
        "status": "succeeded",
    }
    return insert(session, "payments", **(defaults | values))


def a_paid_appointment(session: Session, customer: Built, *, deposit: int = 2000, **values: Any) -> Built:
    """Inserts an appointment and its paid deposit. With a deposit of zero, there is no payment."""
    usual = {"payment_required": deposit > 0, "deposit_cents": deposit, "price_cents": 5000}
    appointment = an_appointment(session, customer, **(usual | values))
    if deposit:
        intent = f"pi_paid_{appointment.id.hex}"
        a_payment(session, appointment, amount_cents=deposit, stripe_payment_intent_id=intent)
    return appointment


def a_message(session: Session, customer: Built, **values: Any) -> Built:
    """Inserts a text that a worker is sending to the customer."""
    defaults = {"shop_id": customer.shop_id, "customer_id": customer.id, "to_address": customer.phone or ""}
    return insert(session, "messages", **(defaults | values))


def a_suppression(session: Session, shop: Built, phone: str, **values: Any) -> Built:
    return insert(session, "suppressions", **({"shop_id": shop.id, "phone": phone, "reason": "STOP"} | values))


def a_webhook_event(session: Session, **values: Any) -> Built:
    defaults = {"provider": "stripe", "event_id": f"evt_{next(_numbers)}"}
    return insert(session, "webhook_events", **(defaults | values))
