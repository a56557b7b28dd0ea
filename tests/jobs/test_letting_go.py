"""Stale unpaid bookings are cancelled once their payments are cancelled.

Their times are offered again if the shop has enabled this setting.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from db import invariants
from tests.builders import Built, a_customer, a_payment, a_shop, an_appointment, reload
from tests.world import World
from worker.periodic.batch_job import MAX_CONSECUTIVE_UNAVAILABLE


def an_unpaid_booking(session: Session, now: datetime, *, hours: float = 25, **shop: Any) -> Built:
    """Inserts an unpaid booking that was made `hours` hours ago, for the day after tomorrow."""
    customer = a_customer(session, a_shop(session, **shop))
    return an_appointment(
        session,
        customer,
        status="pending_payment",
        payment_required=True,
        deposit_cents=2000,
        starts_at=now + timedelta(days=2),
        created_at=now - timedelta(hours=hours),
    )


def test_a_booking_unpaid_for_a_day_is_cancelled_and_one_of_today_is_not(
    world: World, session: Session, now: datetime
) -> None:
    stale, fresh = an_unpaid_booking(session, now), an_unpaid_booking(session, now, hours=23)
    session.commit()
    assert world.perform("cleanup_stale_bookings") == {"success": True, "cancelled_count": 1, "errors": []}
    world.work_off()
    assert reload(session, "appointments", stale.id).status == "cancelled"
    assert reload(session, "appointments", fresh.id).status == "pending_payment"
    assert world.one("SELECT count(*) FROM slot_openings") == 0


def test_the_time_is_offered_on_where_the_shop_wants_that(world: World, session: Session, now: datetime) -> None:
    stale = an_unpaid_booking(session, now, recover_unpaid=True)
    session.commit()
    world.perform("cleanup_stale_bookings")
    world.work_off()
    assert world.one("SELECT source_appointment_id FROM slot_openings") == stale.id


def test_a_booking_cancelled_at_night_is_reported_in_the_morning_without_an_alert(
    world: World, session: Session, now: datetime
) -> None:
    night = {"quiet_from": (now - timedelta(hours=1)).time(), "quiet_until": (now + timedelta(hours=3)).time()}
    stale = an_unpaid_booking(session, now, timezone="UTC", **night)
    phone = reload(session, "customers", stale.customer_id).phone
    session.commit()
    world.perform("cleanup_stale_bookings")
    world.clock.pass_(timedelta(hours=2))
    world.work_off()
    assert world.outside.texts(phone) == []
    assert invariants.check(session) == []
    session.rollback()
    world.clock.pass_(timedelta(hours=2))
    world.work_off()
    assert len(world.outside.texts(phone)) == 1


def test_the_payment_is_cancelled_at_stripe_first(world: World, session: Session, now: datetime) -> None:
    stale = an_unpaid_booking(session, now)
    payment = a_payment(session, stale, status="pending")
    session.commit()
    world.perform("create_payment", str(payment.id))
    assert world.perform("cleanup_stale_bookings")["cancelled_count"] == 1
    session.expire_all()
    intent = reload(session, "payments", payment.id)
    assert intent.status == "cancelled"
    assert world.outside.accepted(f"/{intent.stripe_payment_intent_id}/cancel")


def test_one_that_was_paid_at_the_last_moment_is_booked(world: World, session: Session, now: datetime) -> None:
    stale = an_unpaid_booking(session, now)
    payment = a_payment(session, stale, status="pending")
    session.commit()
    assert world.at_stripe(world.perform("create_payment", str(payment.id))["intent"], "succeed") == 200
    assert world.perform("cleanup_stale_bookings") == {"success": True, "cancelled_count": 0, "errors": []}
    assert reload(session, "appointments", stale.id).status == "booked"


def test_while_stripe_is_unavailable_nothing_is_cancelled_until_the_next_run(
    world: World, session: Session, now: datetime
) -> None:
    waiting, free = an_unpaid_booking(session, now), an_unpaid_booking(session, now)
    payment = a_payment(session, waiting, status="pending")
    session.commit()
    world.perform("create_payment", str(payment.id))
    world.outside.fault("stripe payment_intents.cancel", "server_error", times=None)
    answer = world.perform("cleanup_stale_bookings")
    assert (answer["success"], answer["cancelled_count"]) == (False, 1)
    assert [error["id"] for error in answer["errors"]] == [str(waiting.id)]
    assert reload(session, "appointments", free.id).status == "cancelled"
    world.outside.clear_faults()
    assert world.perform("cleanup_stale_bookings")["cancelled_count"] == 1


def test_payments_that_take_days_keep_nobody_else_waiting(world: World, session: Session, now: datetime) -> None:
    slow = [an_unpaid_booking(session, now, hours=30) for _ in range(MAX_CONSECUTIVE_UNAVAILABLE + 1)]
    paid = [a_payment(session, one, status="pending") for one in slow]
    an_unpaid_booking(session, now)
    session.commit()
    for payment in paid:
        assert world.at_stripe(world.perform("create_payment", str(payment.id))["intent"], "processing") == 200
    answer = world.perform("cleanup_stale_bookings")
    assert (answer["cancelled_count"], len(answer["errors"])) == (1, len(slow))


def test_an_unfinished_nightly_run_is_completed_in_the_next_hour(
    world: World, session: Session, now: datetime
) -> None:
    payment = a_payment(session, an_unpaid_booking(session, now), status="pending")
    session.commit()
    world.perform("create_payment", str(payment.id))
    world.outside.fault("stripe payment_intents.cancel", "server_error", times=None)
    assert world.perform("run_all_cleanup_jobs", "nightly")["success"] is False
    world.outside.clear_faults()
    assert world.perform("run_all_cleanup_jobs", "nightly")["summary"]["staleBookings"]["cancelled"] == 1
    assert world.perform("run_all_cleanup_jobs", "nightly") == {"skipped": True, "reason": "no_zone_due"}
