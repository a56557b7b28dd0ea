"""Bookings and payments in each state, for the customer pages."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session
from stripe import StripeClient

from tests.builders import Built, a_customer, a_payment, a_performer, a_shop, a_slot, an_appointment

SALON = {
    "name": "Salon Lou",
    "timezone": "Europe/London",
    "address": "12 Harbour Street, Bristol",
    "phone": "+44 20 7946 0000",
    "payment_attempts": 2,
}
# A Friday in winter that is in the future for every test. It is 10:30 in London.
FRIDAY = datetime(2037, 12, 4, 10, 30, tzinfo=UTC)

_intents = itertools.count(1)


@dataclass(frozen=True)
class BookingScene:
    """A shop and a booking with its payment."""

    shop: Built
    customer: Built
    booking: Built
    payment: Built

    @property
    def pay(self) -> str:
        return f"/pay/{self.payment.pay_token}"

    @property
    def manage(self) -> str:
        return f"/manage/{self.booking.manage_token}"


def minutes_from_now(minutes: float) -> datetime:
    return datetime.now(UTC) + timedelta(minutes=minutes)


def a_hold(
    session: Session,
    *,
    shop: dict[str, Any] | None = None,
    booking: dict[str, Any] | None = None,
    payment: dict[str, Any] | None = None,
) -> BookingScene:
    """Inserts a slot held for Ana until she pays the deposit; the dictionaries override the default values."""
    salon = a_shop(session, **(SALON | (shop or {})))
    lou, ana = a_performer(session, salon), a_customer(session, salon)
    slot = a_slot(session, salon, starts_at=FRIDAY, performer_id=lou.id, status="filled")
    held = {
        "status": "pending_payment",
        "starts_at": FRIDAY,
        "performer_id": lou.id,
        "service": "Cut and finish",
        "price_cents": 5500,
        "deposit_cents": 2000,
        "source_slot_opening_id": slot.id,
    }
    waiting = {
        "status": "pending",
        "expires_at": minutes_from_now(15),
        "client_secret": "pi_1_secret_1",
        "stripe_payment_intent_id": f"pi_{next(_intents)}",
    }
    made = an_appointment(session, ana, **(held | (booking or {})))
    asked = a_payment(session, made, **(waiting | (payment or {})))
    session.commit()
    return BookingScene(salon, ana, made, asked)


def a_paid_booking(session: Session, **more: Any) -> BookingScene:
    """Inserts a booking with a paid deposit."""
    given = {"booking": {"status": "booked"}, "payment": {"status": "succeeded"}}
    return a_hold(session, **{name: given.get(name, {}) | more.get(name, {}) for name in {*given, *more}})


def with_intent(session: Session, stripe_client: StripeClient, scene: BookingScene) -> str:
    """Creates the payment's intent in the sandbox, as a worker would; returns its id."""
    intent = stripe_client.v1.payment_intents.create(
        params={"amount": scene.payment.amount_cents, "currency": "gbp", "metadata": {"shop_id": str(scene.shop.id)}}
    )
    change(session, "payments", scene.payment, stripe_payment_intent_id=intent.id, client_secret=intent.client_secret)
    return intent.id


def change(session: Session, table: str, row: Built, **values: Any) -> None:
    """Updates a row as a worker would."""
    settings = ", ".join(f"{name} = :{name}" for name in values)
    session.execute(text(f"UPDATE {table} SET {settings} WHERE id = :id"), values | {"id": row.id})
    session.commit()
