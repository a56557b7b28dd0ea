"""The outcomes of past appointments are recorded."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from db.locks import advisory_lock
from tests.builders import Built, a_customer, a_payment, a_shop, an_appointment, reload
from tests.world import World


def a_past_booking(session: Session, now: datetime, **columns: Any) -> Built:
    starts_at = now - timedelta(hours=columns.pop("hours_ago", 5))
    customer = a_customer(session, a_shop(session))
    return an_appointment(session, customer, starts_at=starts_at, **columns)


@pytest.mark.parametrize(
    ("columns", "payment", "outcome"),
    [
        ({"status": "booked"}, None, "settled"),
        ({"status": "booked", "payment_required": True}, "succeeded", "settled"),
        ({"status": "booked", "payment_required": True}, None, "voided"),
        ({"status": "booked", "payment_required": True}, "refunded", "voided"),
        ({"status": "pending_payment", "payment_required": True}, None, "voided"),
        ({"status": "pending_payment", "payment_required": True}, "succeeded", "settled"),
        ({"status": "cancelled"}, None, "cancelled"),
        ({"status": "booked", "hours_ago": 0.5}, None, "booked"),
    ],
)
def test_paid_or_free_is_settled_and_unpaid_is_voided(
    world: World, session: Session, now: datetime, columns: dict[str, Any], payment: str | None, outcome: str
) -> None:
    past = a_past_booking(session, now, **columns)
    if payment:
        a_payment(session, past, status=payment)
    session.commit()
    world.perform("resolve_outcomes")
    assert reload(session, "appointments", past.id).status == outcome


def test_the_answer_counts_each_and_a_second_run_finds_nothing(world: World, session: Session, now: datetime) -> None:
    for columns in ({}, {}, {"payment_required": True}):
        a_past_booking(session, now, **columns)
    session.commit()
    assert world.perform("resolve_outcomes") == {"total": 3, "settled": 2, "voided": 1, "errors": []}
    assert world.perform("resolve_outcomes") == {"total": 0, "settled": 0, "voided": 0, "errors": []}
    assert world.one("SELECT count(*) FROM audit_logs WHERE event = 'AppointmentSettled'") == 2


def test_a_settled_booking_counts_for_who_is_asked_first(world: World, session: Session, now: datetime) -> None:
    past = a_past_booking(session, now)
    session.commit()
    world.perform("resolve_outcomes")
    assert reload(session, "customers", past.customer_id).last_settled_at == past.starts_at


def test_only_one_run_at_a_time(world: World, session: Session, now: datetime) -> None:
    a_past_booking(session, now)
    session.commit()
    with advisory_lock(world.dependencies.engine, 482173):
        assert world.perform("resolve_outcomes") == {"skipped": True, "reason": "locked"}
    assert world.perform("resolve_outcomes")["settled"] == 1


def test_an_open_payment_is_cancelled_at_stripe_before_its_booking_is_voided(
    world: World, session: Session, now: datetime
) -> None:
    past = a_past_booking(session, now, status="pending_payment", payment_required=True)
    payment = a_payment(session, past, status="pending")
    session.commit()
    intent = world.perform("create_payment", str(payment.id))["intent"]
    assert world.perform("resolve_outcomes")["voided"] == 1
    assert world.outside.accepted(f"/{intent}/cancel")
    assert reload(session, "payments", payment.id).status == "cancelled"


def test_one_that_turns_out_to_be_paid_is_settled(world: World, session: Session, now: datetime) -> None:
    past = a_past_booking(session, now, status="pending_payment", payment_required=True)
    payment = a_payment(session, past, status="pending")
    session.commit()
    assert world.at_stripe(world.perform("create_payment", str(payment.id))["intent"], "succeed") == 200
    assert world.perform("resolve_outcomes") == {"total": 1, "settled": 1, "voided": 0, "errors": []}


def test_without_stripe_the_others_are_still_resolved(world: World, session: Session, now: datetime) -> None:
    waiting = a_past_booking(session, now, status="pending_payment", payment_required=True)
    payment = a_payment(session, waiting, status="pending")
    a_past_booking(session, now)
    session.commit()
    world.perform("create_payment", str(payment.id))
    world.outside.fault("stripe payment_intents.cancel", "server_error", times=None)
    answer = world.perform("resolve_outcomes")
    assert (answer["total"], answer["settled"], answer["voided"]) == (2, 1, 0)
    assert [error["id"] for error in answer["errors"]] == [str(waiting.id)]


def test_by_night_each_zone_is_resolved_once_a_day(world: World, session: Session, now: datetime) -> None:
    a_past_booking(session, now)
    session.commit()
    assert world.perform("resolve_outcomes", "nightly")["settled"] == 1
    a_past_booking(session, now - timedelta(hours=1))
    session.commit()
    assert world.perform("resolve_outcomes", "nightly") == {"skipped": True, "reason": "no_zone_due"}
