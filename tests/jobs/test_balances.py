"""The outstanding balance is requested three days before the appointment, with a payment link."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from dashboard.customer.booking_state import left_to_pay
from db.appointments.appointments import request_cancellation
from db.models import Payment
from db.money import balances
from tests.builders import Built, a_customer, a_payment, a_shop, an_appointment, reload
from tests.waiting import wait_for
from tests.world import World
from views import public_pages

WAITING_FOR_A_LOCK = """
SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"""


def a_booking_with_a_deposit(session: Session, now: datetime, *, paid: int = 2000, **columns: Any) -> Built:
    """Inserts a booking three days from now that costs 55.00, of which `paid` cents are paid."""
    customer = a_customer(session, a_shop(session))
    values = {
        "price_cents": 5500,
        "deposit_cents": 2000,
        "payment_required": True,
        "created_at": now - timedelta(days=9),
    }
    booking = an_appointment(session, customer, starts_at=now + timedelta(hours=72), **(values | columns))
    if paid:
        a_payment(session, booking, amount_cents=paid)
    return booking


def test_the_balance_is_requested_with_a_payment_link(world: World, session: Session, now: datetime) -> None:
    booking = a_booking_with_a_deposit(session, now)
    session.commit()
    assert world.perform("send_payment_reminders") == {"success": True, "reminders_sent": 1, "errors": []}
    world.work_off()
    ((amount, token, intent, status),) = world.rows(
        "SELECT amount_cents, pay_token, stripe_payment_intent_id, status FROM payments WHERE kind = 'balance'"
    )
    (text,) = world.outside.texts(str(reload(session, "customers", booking.customer_id).phone))
    assert (amount, status) == (3500, "pending")
    assert "£35 is still to be paid" in text["Body"]
    assert text["Body"].endswith(f"{world.dependencies.app_url}/pay/{token}")
    assert world.outside.accepted("/v1/payment_intents")[-1]["response_id"] == intent


def test_a_deposit_that_was_refunded_in_part_is_due_again_as_the_booking_page_says(
    world: World, session: Session, now: datetime
) -> None:
    booking = a_booking_with_a_deposit(session, now, paid=0)
    a_payment(session, booking, amount_cents=2000, refunded_cents=500)
    session.commit()
    page = public_pages.booking_by_token(session, booking.manage_token)
    assert page
    assert left_to_pay(page) == 4000
    world.perform("send_payment_reminders")
    assert world.one("SELECT amount_cents FROM payments WHERE kind = 'balance'") == 4000


def test_a_paid_balance_is_not_requested_again(world: World, session: Session, now: datetime) -> None:
    booking = a_booking_with_a_deposit(session, now)
    session.commit()
    world.perform("send_payment_reminders")
    world.work_off()
    intent = world.one("SELECT stripe_payment_intent_id FROM payments WHERE kind = 'balance'")
    assert world.at_stripe(intent, "succeed") == 200
    world.perform("handle_payment_success", intent)
    assert world.one("SELECT status FROM payments WHERE kind = 'balance'") == "succeeded"
    assert reload(session, "appointments", booking.id).status == "booked"
    assert world.perform("send_payment_reminders")["reminders_sent"] == 0


@pytest.mark.parametrize(
    "booking",
    [
        {"paid": 5500},
        {"price_cents": None},
        {"paid": 0, "payment_required": False, "deposit_cents": 0},
        {"status": "cancelled"},
    ],
)
def test_a_customer_who_owes_nothing_is_not_asked(
    world: World, session: Session, now: datetime, booking: dict[str, Any]
) -> None:
    a_booking_with_a_deposit(session, now, **booking)
    session.commit()
    assert world.perform("send_payment_reminders")["reminders_sent"] == 0
    assert world.one("SELECT count(*) FROM payments WHERE kind = 'balance'") == 0


def test_without_stripe_the_link_is_sent_and_its_payment_is_created_when_stripe_is_back(
    world: World, session: Session, now: datetime
) -> None:
    a_booking_with_a_deposit(session, now)
    session.commit()
    world.outside.fault("stripe payment_intents.create", "server_error", times=None)
    world.perform("send_payment_reminders")
    world.work_off()
    world.outside.clear_faults()
    world.clock.pass_(timedelta(hours=1))
    world.work_off()
    assert world.one("SELECT stripe_payment_intent_id IS NOT NULL FROM payments WHERE kind = 'balance'")


def test_a_payment_of_an_earlier_price_is_cancelled_before_the_right_one_is_asked_for(
    world: World, session: Session, now: datetime
) -> None:
    booking = a_booking_with_a_deposit(session, now)
    old = a_payment(session, booking, kind="balance", amount_cents=9900, status="pending")
    session.commit()
    intent = world.perform("create_payment", str(old.id))["intent"]
    assert world.perform("send_payment_reminders")["reminders_sent"] == 1
    assert world.outside.accepted(f"/{intent}/cancel")
    open_ones = world.rows("SELECT amount_cents FROM payments WHERE kind = 'balance' AND status = 'pending'")
    assert [row.amount_cents for row in open_ones] == [3500]


def test_a_customer_who_pays_the_earlier_price_meanwhile_is_not_asked_for_more(
    world: World, session: Session, now: datetime
) -> None:
    booking = a_booking_with_a_deposit(session, now)
    old = a_payment(session, booking, kind="balance", amount_cents=3000, status="pending")
    session.commit()
    assert world.at_stripe(world.perform("create_payment", str(old.id))["intent"], "succeed") == 200
    assert world.perform("send_payment_reminders")["reminders_sent"] == 0
    assert world.one("SELECT count(*) FROM payments WHERE kind = 'balance' AND status = 'pending'") == 0
    assert world.perform("send_payment_reminders")["reminders_sent"] == 1
    assert world.one("SELECT amount_cents FROM payments WHERE kind = 'balance' AND status = 'pending'") == 500


def test_a_deposit_that_can_still_be_paid_is_not_part_of_the_balance(
    world: World, session: Session, now: datetime
) -> None:
    """Staff confirmed the booking before its deposit was paid. The link for the deposit still works."""
    booking = a_booking_with_a_deposit(session, now, paid=0)
    deposit = a_payment(session, booking, amount_cents=2000, status="pending")
    session.commit()
    intent = world.perform("create_payment", str(deposit.id))["intent"]
    assert world.perform("send_payment_reminders")["reminders_sent"] == 1
    assert world.one("SELECT amount_cents FROM payments WHERE kind = 'balance'") == 3500
    assert world.at_stripe(intent, "succeed") == 200
    world.work()
    assert world.one("SELECT sum(amount_cents) FROM payments") == 5500


def test_a_customer_who_pays_after_the_amount_was_computed_is_not_asked_again(
    world: World, session: Session, now: datetime
) -> None:
    booking = a_booking_with_a_deposit(session, now)
    session.commit()
    due = {booking.id: 3500}
    (balance,) = balances.order(session, due, outstanding=due).values()
    session.execute(update(Payment).where(Payment.id == balance.payment_id).values(status="succeeded"))
    session.commit()
    assert balances.order(session, due, outstanding=due) == {}
    session.commit()
    assert world.one("SELECT count(*) FROM payments WHERE kind = 'balance'") == 1


def test_a_payment_reminder_that_was_paid_before_it_left_is_not_sent(
    world: World, session: Session, now: datetime
) -> None:
    booking = a_booking_with_a_deposit(session, now)
    session.commit()
    world.perform("send_payment_reminders")
    world.rows("UPDATE payments SET status = 'succeeded' WHERE kind = 'balance'")
    world.work_off()
    assert world.outside.texts(str(reload(session, "customers", booking.customer_id).phone)) == []


@pytest.mark.parametrize("made", [True, False])
def test_a_booking_that_is_cancelled_takes_its_open_balance_with_it(
    world: World, session: Session, now: datetime, made: bool
) -> None:
    booking = a_booking_with_a_deposit(session, now)
    balance = a_payment(session, booking, kind="balance", amount_cents=3500, status="pending")
    session.commit()
    intent = world.perform("create_payment", str(balance.id))["intent"] if made else None
    request_cancellation(session, booking.id, by="customer")
    session.commit()
    world.work_off()
    assert bool(world.outside.accepted(f"/{intent}/cancel")) == made
    assert world.perform("create_payment", str(balance.id))["outcome"] == "not wanted"
    assert dict(world.rows("SELECT kind, status FROM payments")) == {"deposit": "succeeded", "balance": "cancelled"}


def test_one_that_an_operator_cancels_by_hand_does_so_too(world: World, session: Session, now: datetime) -> None:
    booking = a_booking_with_a_deposit(session, now)
    balance = a_payment(session, booking, kind="balance", amount_cents=3500, status="pending")
    session.commit()
    intent = world.perform("create_payment", str(balance.id))["intent"]
    world.rows("UPDATE appointments SET status = 'cancelled'")
    world.perform("reconcile_open_intents")
    world.work_off()
    assert world.outside.accepted(f"/{intent}/cancel")


def test_a_balance_that_is_paid_while_its_booking_is_cancelled_is_shown_to_a_human(
    world: World, session: Session, now: datetime
) -> None:
    booking = a_booking_with_a_deposit(session, now)
    balance = a_payment(session, booking, kind="balance", amount_cents=3500, status="pending")
    session.commit()
    assert world.at_stripe(world.perform("create_payment", str(balance.id))["intent"], "succeed") == 200
    request_cancellation(session, booking.id, by="customer")
    session.commit()
    world.work_off()
    paid = reload(session, "payments", balance.id)
    assert (paid.status, bool(paid.needs_human)) == ("succeeded", True)


def test_without_stripe_the_balance_of_a_cancelled_booking_waits_to_be_cancelled(
    world: World, session: Session, now: datetime
) -> None:
    booking = a_booking_with_a_deposit(session, now)
    balance = a_payment(session, booking, kind="balance", amount_cents=3500, status="pending")
    session.commit()
    world.perform("create_payment", str(balance.id))
    world.outside.fault("stripe payment_intents.cancel", "server_error", times=None)
    request_cancellation(session, booking.id, by="customer")
    session.commit()
    world.work_off()
    assert reload(session, "payments", balance.id).status == "pending"
    world.outside.clear_faults()
    world.clock.pass_(timedelta(hours=1))
    world.work_off()
    session.expire_all()
    assert reload(session, "payments", balance.id).status == "cancelled"


def test_a_booking_that_is_cancelled_at_this_very_moment_gets_no_new_balance(
    world: World, session: Session, now: datetime
) -> None:
    booking = a_booking_with_a_deposit(session, now)
    session.commit()
    request_cancellation(session, booking.id, by="customer")
    with ThreadPoolExecutor(1) as reminding:
        reminded = reminding.submit(world.perform, "send_payment_reminders")
        wait_for(lambda: world.one(WAITING_FOR_A_LOCK), "the job to wait for a lock")
        session.commit()
        assert reminded.result()["reminders_sent"] == 0
    assert world.one("SELECT count(*) FROM payments WHERE kind = 'balance'") == 0
