"""The text and actions of the booking page in each state of the rows."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.builders import a_payment
from tests.dashboard.scenes import a_hold, a_paid_booking, minutes_from_now

PAID, BEGUN = {"status": "succeeded"}, {"starts_at": minutes_from_now(-10)}
CANCEL, CALENDAR, PAY = "/cancel", "appointment.ics", "/pay/"

# Changes to the booking and the payment, the expected badge, and the possible actions.
STAGES: dict[str, tuple[dict[str, Any], dict[str, Any], str, set[str]]] = {
    "booked": ({"status": "booked"}, PAID, "Booked", {CANCEL, CALENDAR}),
    "held": ({}, {}, "On hold", {CANCEL, PAY}),
    "hold over": ({}, {"expires_at": minutes_from_now(-1)}, "Hold expired", set()),
    "held until it began": (BEGUN, {}, "Hold expired", set()),
    "being cancelled": ({"cancel_requested_at": minutes_from_now(-1)}, {}, "Cancelling", set()),
    "cancelled": ({"status": "cancelled"}, PAID, "Cancelled", set()),
    "begun": ({"status": "booked", **BEGUN}, PAID, "Started", set()),
    "done": ({"status": "settled", **BEGUN}, PAID, "Completed", set()),
    "not kept": ({"status": "voided", **BEGUN}, PAID, "Missed", set()),
}


@pytest.mark.parametrize(("booking", "payment", "badge", "offered"), STAGES.values(), ids=STAGES.keys())
def test_each_stage_says_what_it_is_and_what_may_be_done(
    session: Session,
    web: FlaskClient,
    booking: dict[str, Any],
    payment: dict[str, Any],
    badge: str,
    offered: set[str],
) -> None:
    page = web.get(a_hold(session, booking=booking, payment=payment).manage)

    assert page.status_code == 200
    assert f"</svg> {badge}</p>" in page.text
    assert {link for link in (CANCEL, CALENDAR, PAY) if link in page.text} == offered


def test_a_pending_balance_has_its_button(session: Session, web: FlaskClient) -> None:
    booked = a_paid_booking(session)
    rest = a_payment(session, booked.booking, kind="balance", amount_cents=3500, status="pending")
    session.commit()

    text = web.get(booked.manage).text

    assert f'href="/pay/{rest.pay_token}">Pay £35</a>' in text


def test_the_paid_and_the_unpaid_amount_add_up(session: Session, web: FlaskClient) -> None:
    text = " ".join(web.get(a_paid_booking(session).manage).text.split())

    for row in ('<dt>Price</dt><dd class="figures">£55', '<dt>Paid</dt><dd class="figures">£20', "£35"):
        assert row in text


def test_a_cancelled_booking_says_that_its_deposit_is_kept(session: Session, web: FlaskClient) -> None:
    text = web.get(a_paid_booking(session, booking={"status": "cancelled"}).manage).text

    assert "Paid, kept by the shop" in text
    assert "Refunds are up to Salon Lou." in text


def test_a_refunded_deposit_is_not_called_kept(session: Session, web: FlaskClient) -> None:
    scene = a_paid_booking(session, booking={"status": "cancelled"}, payment={"status": "refunded"})

    text = web.get(scene.manage).text

    assert "Refunded" in text
    assert "kept" not in text
