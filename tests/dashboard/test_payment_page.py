"""The text of the payment page in each state of the rows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.builders import a_customer, a_payment, an_appointment
from tests.dashboard.scenes import FRIDAY, a_hold, a_paid_booking, change, minutes_from_now
from tests.servers import Clock

OVER = {"status": "cancelled", "expires_at": minutes_from_now(-5)}
RELEASED = {"status": "cancelled", "cancelled_at": minutes_from_now(-1)}
RELEASING = {"release_requested_at": minutes_from_now(-1)}

# Changes to the booking and the payment, the expected badge, and a part of the title.
STAGES: dict[str, tuple[dict[str, Any], dict[str, Any], str, str]] = {
    "held": ({}, {}, "Held until", "Pay £20 to book"),
    "declined before": ({}, {"failures": 1, "failure_code": "insufficient_funds"}, "Held until", "Pay £20 to book"),
    "declined, of no recovery": ({"source_slot_opening_id": None}, {"status": "failed"}, "Held until", "Pay £20"),
    "no intent yet": ({}, {"client_secret": None}, "Preparing", "preparing your payment"),
    "with the bank": ({}, {"status": "processing"}, "Confirming", "is being confirmed"),
    "paid, not booked yet": ({}, {"status": "succeeded"}, "Confirming", "is being confirmed"),
    "paid": ({"status": "booked"}, {"status": "succeeded"}, "Booked", "You&#39;re booked"),
    "paid and came": ({"status": "settled"}, {"status": "succeeded"}, "Booked", "You&#39;re booked"),
    "paid, then cancelled": (RELEASED, {"status": "succeeded"}, "Cancelled", "This booking was cancelled"),
    "going back": (RELEASED, {"status": "refunding"}, "Refund on its way", "refunding your £20"),
    "gone back": (RELEASED, {"status": "refunded"}, "Refunded", "refunded your £20"),
    "disputed": ({"status": "booked"}, {"status": "disputed"}, "Disputed", "is reviewing this payment"),
    "wrong amount": ({}, {"needs_human": "not the amount"}, "Under review", "Salon Lou is checking"),
    "given up after a decline": ({}, {**RELEASING, "release_reason": "failed"}, "Not paid", "didn&#39;t go through"),
    "declined for good": (RELEASED, {**OVER, "status": "failed"}, "Not paid", "didn&#39;t go through"),
    "hold just over": ({}, {"expires_at": minutes_from_now(-1)}, "Hold expired", "time to pay has run out"),
    "hold being released": ({}, {**RELEASING, "release_reason": "abandoned"}, "Hold expired", "has run out"),
    "hold released": (RELEASED, OVER, "Hold expired", "time to pay has run out"),
    "given up": (RELEASED, {"status": "cancelled"}, "Cancelled", "This booking was cancelled"),
    "being given up": ({"cancel_requested_at": minutes_from_now(-1)}, RELEASING, "Cancelled", "was cancelled"),
    "not kept": ({"status": "voided"}, {}, "Hold expired", "time to pay has run out"),
}


@pytest.mark.parametrize(("booking", "payment", "badge", "title"), STAGES.values(), ids=STAGES.keys())
def test_each_stage_says_what_it_is(
    session: Session, web: FlaskClient, booking: dict[str, Any], payment: dict[str, Any], badge: str, title: str
) -> None:
    page = web.get(a_hold(session, booking=booking, payment=payment).pay)

    assert page.status_code == 200
    assert badge in page.text
    assert title in page.text
    assert ('<form id="pay"' in page.text) == (badge == "Held until"), "money is asked for when it is due, only then"


def test_service_time_and_amount_are_in_the_format_of_the_shop(session: Session, web: FlaskClient) -> None:
    scene = a_hold(session, shop={"timezone": "Europe/Berlin", "locale": "de_DE", "currency": "EUR"})
    change(session, "payments", scene.payment, currency="EUR")

    text = web.get(scene.pay).text

    for part in (
        "Cut and finish",
        "bei Lou",
        "Freitag, 4. Dezember 2037",
        "11:30",
        "Ortszeit Berlin",
        "Zahlen Sie 20 €",
        "55 €",
    ):
        assert part in text
    assert "Vor Ort zu zahlen" in text
    assert "35 €" in text


def test_the_card_form_gets_what_it_needs(session: Session, web: FlaskClient) -> None:
    text = web.get(a_hold(session).pay).text

    assert 'data-key="pk_test_123"' in text
    assert 'data-secret="pi_1_secret_1"' in text
    assert '<script src="https://js.stripe.com/v3/" defer></script>' in text


def test_the_client_secret_is_shown_only_while_it_is_of_use(session: Session, web: FlaskClient) -> None:
    assert "secret_1" not in web.get(a_hold(session, booking=RELEASED, payment=OVER).pay).text


def test_a_declined_card_is_explained_and_can_be_tried_again(session: Session, web: FlaskClient) -> None:
    scene = a_hold(session, payment={"failures": 1, "failure_code": "insufficient_funds"})

    text, status = web.get(scene.pay).text, web.get(f"{scene.pay}/status").json

    assert "Your card has insufficient funds. Please try another card. You were not charged." in text
    assert status is not None
    assert status["attemptsLeft"] == 1


def test_the_booking_of_another_customer_is_shown_without_a_name(session: Session, web: FlaskClient) -> None:
    scene = a_hold(session, booking=RELEASED, payment=OVER)
    ben = a_customer(session, scene.shop, name="Ben")
    an_appointment(session, ben, starts_at=FRIDAY + timedelta(minutes=30), performer_id=scene.booking.performer_id)
    session.commit()

    text = web.get(scene.pay).text

    assert "This time is no longer available" in text
    assert "Ben" not in text


def test_another_performers_booking_takes_nothing(session: Session, web: FlaskClient) -> None:
    scene = a_hold(session, booking=RELEASED, payment=OVER)
    an_appointment(session, a_customer(session, scene.shop), starts_at=FRIDAY)
    session.commit()

    assert "no longer available" not in web.get(scene.pay).text


def test_the_balance_is_paid_on_the_same_page(session: Session, web: FlaskClient) -> None:
    booked = a_paid_booking(session)
    rest = a_payment(
        session, booked.booking, kind="balance", amount_cents=3500, status="pending", client_secret="pi_2_secret_2"
    )
    session.commit()

    text = web.get(f"/pay/{rest.pay_token}").text

    assert "Pay £35" in text
    assert "Held until" not in text
    assert "Already paid" in text


def test_the_balance_can_be_paid_after_the_appointment(session: Session, web: FlaskClient) -> None:
    came = a_paid_booking(session, booking={"status": "settled", "starts_at": minutes_from_now(-600)})
    rest = a_payment(session, came.booking, kind="balance", status="pending", client_secret="pi_2_secret_2")
    session.commit()

    assert '<form id="pay"' in web.get(f"/pay/{rest.pay_token}").text


def test_the_hold_ends_by_the_databases_clock(session: Session, web: FlaskClient, clock: Clock) -> None:
    scene = a_hold(session)
    assert web.get(f"{scene.pay}/status").json["stage"] == "due"  # type: ignore[index]

    clock.shift(timedelta(minutes=16))

    assert web.get(f"{scene.pay}/status").json["stage"] == "too late"  # type: ignore[index]


def test_a_customer_who_returns_from_the_bank_is_not_asked_to_pay_again(session: Session, web: FlaskClient) -> None:
    scene = a_hold(session)

    returned = web.get(f"{scene.pay}?payment_intent=pi_1&redirect_status=succeeded").text

    assert "Your payment is being confirmed" in returned
    assert "Pay £20 to book" in web.get(f"{scene.pay}?redirect_status=failed").text


def test_the_status_is_short_and_contains_no_secret(session: Session, web: FlaskClient) -> None:
    answer = web.get(f"{a_hold(session).pay}/status")

    assert answer.json is not None
    assert set(answer.json) == {"stage", "now", "until", "failures", "attemptsLeft", "notice"}
    assert 14 * 60_000 < answer.json["until"] - answer.json["now"] <= 15 * 60_000
    assert "secret" not in answer.text


@pytest.mark.parametrize("waiting", ["no intent yet", "with the bank", "hold being released"])
def test_a_waiting_page_continues_without_scripts_too(session: Session, web: FlaskClient, waiting: str) -> None:
    booking, payment, *_ = STAGES[waiting]

    assert (
        '<noscript><meta http-equiv="refresh"' in web.get(a_hold(session, booking=booking, payment=payment).pay).text
    )


def test_a_page_that_is_final_stays_as_it_is(session: Session, web: FlaskClient) -> None:
    text = web.get(a_hold(session, booking=RELEASED, payment=OVER).pay).text

    assert "refresh" not in text
    assert "<script" not in text


def test_without_scripts_the_page_says_that_paying_needs_them(session: Session, web: FlaskClient) -> None:
    assert "Paying by card requires JavaScript" in web.get(a_hold(session).pay).text


def test_a_name_with_marks_of_html_or_of_our_wording_is_only_a_name(session: Session, web: FlaskClient) -> None:
    scene = a_hold(session, shop={"name": "<b>{amount}</b>"}, booking=RELEASED, payment={"status": "succeeded"})

    text = web.get(scene.pay).text

    assert "<b>" not in text
    assert "&lt;b&gt;{amount}&lt;/b&gt; has kept the £20" in text
