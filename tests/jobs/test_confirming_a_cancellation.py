"""A customer who cancels on their page receives one text that confirms it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from db.appointments.appointments import request_cancellation
from tests.builders import Built, a_customer, a_payment, a_shop, an_appointment, reload
from tests.world import World

CONFIRMATIONS = "SELECT status FROM messages WHERE purpose = 'cancelled_by_customer'"


def a_booking(session: Session, now: datetime, *, paid: int = 2000, **customer: Any) -> Built:
    """Inserts a booking three days from now, with a deposit of `paid` pence."""
    booking = an_appointment(
        session,
        a_customer(session, a_shop(session), **customer),
        starts_at=now + timedelta(hours=72),
        deposit_cents=paid,
        payment_required=bool(paid),
    )
    if paid:
        a_payment(session, booking, amount_cents=paid)
    return booking


def cancel(session: Session, world: World, booking: Built, *, by: str) -> None:
    request_cancellation(session, booking.id, by=by)
    session.commit()
    world.work_off()


def bodies(session: Session, world: World, booking: Built) -> list[str]:
    phone = str(reload(session, "customers", booking.customer_id).phone)
    return [sent["Body"] for sent in world.outside.texts(phone)]


def test_the_text_confirms_it_and_says_whom_to_ask_about_the_deposit(
    world: World, session: Session, now: datetime
) -> None:
    booking = a_booking(session, now)
    cancel(session, world, booking, by="customer")
    (body,) = bodies(session, world, booking)
    assert body.startswith("Salon Lou: your appointment ")
    assert body.endswith(" has been cancelled as you asked. Please contact us about the £20 you paid.")


def test_without_a_payment_the_text_has_no_word_of_money(world: World, session: Session, now: datetime) -> None:
    booking = a_booking(session, now, paid=0)
    cancel(session, world, booking, by="customer")
    (body,) = bodies(session, world, booking)
    assert body.endswith(" has been cancelled as you asked.")


def test_however_often_the_task_runs_there_is_one_text(world: World, session: Session, now: datetime) -> None:
    booking = a_booking(session, now)
    for _ in range(2):
        cancel(session, world, booking, by="customer")
    world.perform("create_slot_opening", str(booking.id))
    world.work_off()
    assert len(bodies(session, world, booking)) == 1


@pytest.mark.parametrize("by", ["api", "staff"])
def test_the_booking_system_and_the_staff_notify_their_customers_themselves(
    world: World, session: Session, now: datetime, by: str
) -> None:
    booking = a_booking(session, now)
    cancel(session, world, booking, by=by)
    assert bodies(session, world, booking) == []


def test_a_customer_who_opted_out_gets_no_text(world: World, session: Session, now: datetime) -> None:
    booking = a_booking(session, now, sms_opt_in=False)
    cancel(session, world, booking, by="customer")
    assert world.rows(CONFIRMATIONS) == []
    assert bodies(session, world, booking) == []
