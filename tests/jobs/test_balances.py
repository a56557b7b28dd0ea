"""The outstanding balance is requested three days before the appointment, with a payment link."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from db.appointments.appointments import request_cancellation
from tests.builders import Built, a_customer, a_payment, a_shop, an_appointment, reload
from tests.jobs.floor import Floor, Outside, ago
from tests.servers import Clock
from tests.waiting import wait_for

WAITING_FOR_A_LOCK = """
SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"""


def a_booking_with_a_deposit(session: Session, now: datetime, *, paid: int = 2000, **columns: Any) -> Built:
    """Inserts a booking in three days for 55.00, of which this much is paid."""
    customer = a_customer(session, a_shop(session))
    values = {"price_cents": 5500, "deposit_cents": 2000, "payment_required": True, "created_at": ago(now, days=9)}
    booking = an_appointment(session, customer, starts_at=now + timedelta(hours=72), **(values | columns))
    if paid:
        a_payment(session, booking, amount_cents=paid)
    return booking


def test_what_is_left_is_asked_for_with_a_link_that_takes_it(
    floor: Floor, outside: Outside, session: Session, now: datetime
) -> None:
    booking = a_booking_with_a_deposit(session, now)
    session.commit()
    assert floor.run("send_payment_reminders") == {"success": True, "reminders_sent": 1, "errors": []}
    floor.work_off()
    ((amount, token, intent, status),) = floor.rows(
        "SELECT amount_cents, pay_token, stripe_payment_intent_id, status FROM payments WHERE kind = 'balance'"
    )
    (text,) = outside.texts(str(reload(session, "customers", booking.customer_id).phone))
    assert (amount, status) == (3500, "pending")
    assert "£35 is still to be paid" in text["Body"]
    assert text["Body"].endswith(f"{floor.dependencies.app_url}/pay/{token}")
    assert outside.asked("/v1/payment_intents")[-1]["response_id"] == intent


def test_paid_it_is_done_and_nobody_is_reminded_again(
    floor: Floor, outside: Outside, session: Session, now: datetime
) -> None:
    booking = a_booking_with_a_deposit(session, now)
    session.commit()
    floor.run("send_payment_reminders")
    floor.work_off()
    intent = floor.one("SELECT stripe_payment_intent_id FROM payments WHERE kind = 'balance'")
    outside.pays(intent)
    floor.run("handle_payment_success", intent)
    assert floor.one("SELECT status FROM payments WHERE kind = 'balance'") == "succeeded"
    assert reload(session, "appointments", booking.id).status == "booked"
    assert floor.run("send_payment_reminders")["reminders_sent"] == 0


@pytest.mark.parametrize(
    "booking",
    [
        {"paid": 5500},
        {"price_cents": None},
        {"paid": 0, "payment_required": False, "deposit_cents": 0},
        {"status": "cancelled"},
    ],
)
def test_who_owes_nothing_before_the_visit_is_not_asked(
    floor: Floor, session: Session, now: datetime, booking: dict[str, Any]
) -> None:
    a_booking_with_a_deposit(session, now, **booking)
    session.commit()
    assert floor.run("send_payment_reminders")["reminders_sent"] == 0
    assert floor.one("SELECT count(*) FROM payments WHERE kind = 'balance'") == 0


def test_with_stripe_away_the_link_is_sent_and_its_payment_made_when_stripe_is_back(
    floor: Floor, outside: Outside, session: Session, now: datetime, clock: Clock
) -> None:
    a_booking_with_a_deposit(session, now)
    session.commit()
    outside.fault("stripe", "payment_intents.create", "server_error", times=None)
    floor.run("send_payment_reminders")
    floor.work_off()
    outside.heal()
    clock.shift(timedelta(hours=1))
    floor.work_off()
    assert floor.one("SELECT stripe_payment_intent_id IS NOT NULL FROM payments WHERE kind = 'balance'")


def test_a_payment_of_an_earlier_price_is_cancelled_before_the_right_one_is_asked_for(
    floor: Floor, outside: Outside, session: Session, now: datetime
) -> None:
    booking = a_booking_with_a_deposit(session, now)
    old = a_payment(session, booking, kind="balance", amount_cents=9900, status="pending")
    session.commit()
    intent = floor.run("create_payment", str(old.id))["intent"]
    assert floor.run("send_payment_reminders")["reminders_sent"] == 1
    assert outside.asked(f"/{intent}/cancel")
    open_ones = floor.rows("SELECT amount_cents FROM payments WHERE kind = 'balance' AND status = 'pending'")
    assert [row.amount_cents for row in open_ones] == [3500]


def test_who_pays_the_earlier_price_at_that_moment_is_not_asked_for_more(
    floor: Floor, outside: Outside, session: Session, now: datetime
) -> None:
    booking = a_booking_with_a_deposit(session, now)
    old = a_payment(session, booking, kind="balance", amount_cents=3000, status="pending")
    session.commit()
    outside.pays(floor.run("create_payment", str(old.id))["intent"])
    assert floor.run("send_payment_reminders")["reminders_sent"] == 0
    assert floor.one("SELECT count(*) FROM payments WHERE kind = 'balance' AND status = 'pending'") == 0
    assert floor.run("send_payment_reminders")["reminders_sent"] == 1
    assert floor.one("SELECT amount_cents FROM payments WHERE kind = 'balance' AND status = 'pending'") == 500


def test_a_payment_reminder_that_was_paid_before_it_left_is_not_sent(
    floor: Floor, outside: Outside, session: Session, now: datetime
) -> None:
    booking = a_booking_with_a_deposit(session, now)
    session.commit()
    floor.run("send_payment_reminders")
    floor.rows("UPDATE payments SET status = 'succeeded' WHERE kind = 'balance'")
    floor.work_off()
    assert outside.texts(str(reload(session, "customers", booking.customer_id).phone)) == []


@pytest.mark.parametrize("made", [True, False])
def test_a_booking_that_is_cancelled_takes_its_open_balance_with_it(
    floor: Floor, outside: Outside, session: Session, now: datetime, made: bool
) -> None:
    booking = a_booking_with_a_deposit(session, now)
    balance = a_payment(session, booking, kind="balance", amount_cents=3500, status="pending")
    session.commit()
    intent = floor.run("create_payment", str(balance.id))["intent"] if made else None
    request_cancellation(session, booking.id, by="customer")
    session.commit()
    floor.work_off()
    assert bool(outside.asked(f"/{intent}/cancel")) == made
    assert floor.run("create_payment", str(balance.id))["outcome"] == "not wanted"
    assert dict(floor.rows("SELECT kind, status FROM payments")) == {"deposit": "succeeded", "balance": "cancelled"}


def test_one_that_an_operator_cancels_by_hand_does_so_too(
    floor: Floor, outside: Outside, session: Session, now: datetime
) -> None:
    booking = a_booking_with_a_deposit(session, now)
    balance = a_payment(session, booking, kind="balance", amount_cents=3500, status="pending")
    session.commit()
    intent = floor.run("create_payment", str(balance.id))["intent"]
    floor.rows("UPDATE appointments SET status = 'cancelled'")
    floor.run("reconcile_open_intents")
    floor.work_off()
    assert outside.asked(f"/{intent}/cancel")


def test_a_balance_that_is_paid_while_its_booking_is_cancelled_is_shown_to_a_human(
    floor: Floor, outside: Outside, session: Session, now: datetime
) -> None:
    booking = a_booking_with_a_deposit(session, now)
    balance = a_payment(session, booking, kind="balance", amount_cents=3500, status="pending")
    session.commit()
    outside.pays(floor.run("create_payment", str(balance.id))["intent"])
    request_cancellation(session, booking.id, by="customer")
    session.commit()
    floor.work_off()
    paid = reload(session, "payments", balance.id)
    assert (paid.status, bool(paid.needs_human)) == ("succeeded", True)


def test_while_stripe_is_away_the_balance_of_a_cancelled_booking_waits_to_be_cancelled(
    floor: Floor, outside: Outside, session: Session, now: datetime, clock: Clock
) -> None:
    booking = a_booking_with_a_deposit(session, now)
    balance = a_payment(session, booking, kind="balance", amount_cents=3500, status="pending")
    session.commit()
    floor.run("create_payment", str(balance.id))
    outside.fault("stripe", "payment_intents.cancel", "server_error", times=None)
    request_cancellation(session, booking.id, by="customer")
    session.commit()
    floor.work_off()
    assert reload(session, "payments", balance.id).status == "pending"
    outside.heal()
    clock.shift(timedelta(hours=1))
    floor.work_off()
    session.expire_all()
    assert reload(session, "payments", balance.id).status == "cancelled"


def test_a_booking_that_is_cancelled_at_this_very_moment_gets_no_new_balance(
    floor: Floor, session: Session, now: datetime
) -> None:
    booking = a_booking_with_a_deposit(session, now)
    session.commit()
    request_cancellation(session, booking.id, by="customer")
    with ThreadPoolExecutor(1) as reminding:
        reminded = reminding.submit(floor.run, "send_payment_reminders")
        wait_for(lambda: floor.one(WAITING_FOR_A_LOCK), "the job to wait for a lock")
        session.commit()
        assert reminded.result()["reminders_sent"] == 0
    assert floor.one("SELECT count(*) FROM payments WHERE kind = 'balance'") == 0
