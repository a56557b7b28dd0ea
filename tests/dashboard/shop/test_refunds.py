"""Refunds on an appointment's page: one for each form, at most the paid amount, and only after a recent sign-in."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from tests.builders import Built, a_customer, a_number, a_payment, a_shop, a_staff_member, an_appointment
from tests.dashboard.shop.conftest import StaffBrowser
from tests.dashboard.shop.test_forms import is_refused

REFUND_ID = re.compile(r'name="refund_id" value="([^"]+)"')


@pytest.fixture
def paid(session: Session, salon: Built) -> Built:
    booking = an_appointment(session, a_customer(session, salon), deposit_cents=2000)
    deposit = a_payment(session, booking, stripe_payment_intent_id="pi_1")
    session.commit()
    return deposit


def page_of(paid: Built) -> str:
    return f"/app/appointments/{paid.appointment_id}/payments/{paid.id}/refund"


def form_of(desk: StaffBrowser, paid: Built, **fields: str) -> dict[str, str]:
    found = REFUND_ID.search(desk.get(page_of(paid)).text)
    assert found
    return {"refund_id": found[1], "amount": "5", "reason": "Goodwill"} | fields


def requested(session: Session) -> list[int]:
    session.rollback()
    return list(session.execute(text("SELECT amount_cents FROM refunds ORDER BY created_at")).scalars())


def test_the_page_offers_the_whole_amount_and_says_where_the_money_goes(desk: StaffBrowser, paid: Built) -> None:
    page = desk.get(page_of(paid)).text
    assert 'name="amount" inputmode="decimal" autocomplete="off" value="20.00"' in page
    assert "back to the card" in page


def test_a_form_sent_twice_requests_one_refund_and_one_task(
    desk: StaffBrowser, session: Session, paid: Built
) -> None:
    form = form_of(desk, paid)
    for _ in range(2):
        assert desk.post(page_of(paid), **form).status_code == 303
    assert requested(session) == [500]
    assert session.execute(text("SELECT count(*) FROM pending_tasks WHERE name = 'send_refund'")).scalar_one() == 1
    log = session.execute(text("SELECT because FROM audit_logs WHERE event = 'RefundRequested'")).scalars().all()
    assert log == ["Refund of £5 requested: Goodwill"]
    assert "£5 being refunded" in desk.get(f"/app/appointments/{paid.appointment_id}").text


def test_a_form_for_all_of_it_sent_twice_says_so_twice(desk: StaffBrowser, session: Session, paid: Built) -> None:
    form = form_of(desk, paid, amount="20")
    for _ in range(2):
        assert desk.post(page_of(paid), **form).status_code == 303
    assert requested(session) == [2000]


def test_a_form_that_was_sent_is_not_sent_with_another_amount(
    desk: StaffBrowser, session: Session, paid: Built
) -> None:
    form = form_of(desk, paid)
    desk.post(page_of(paid), **form)
    answer = desk.post(page_of(paid), **form | {"amount": "7"})
    assert "already sent" in is_refused(answer, "amount", kept="7")
    assert requested(session) == [500]
    again = REFUND_ID.search(answer.text)
    assert again
    desk.post(page_of(paid), **form | {"amount": "7", "refund_id": again[1]})
    assert requested(session) == [500, 700]


@pytest.mark.parametrize(
    ("amount", "words"), [("20.01", "at most £20"), ("0", "an amount like"), ("-5", "an amount like"), ("", "amount")]
)
def test_an_amount_that_cannot_be_refunded_is_refused(
    desk: StaffBrowser, paid: Built, amount: str, words: str
) -> None:
    answer = desk.post(page_of(paid), **form_of(desk, paid, amount=amount))
    assert words in is_refused(answer, "amount", kept=amount)


def test_a_reason_is_required(desk: StaffBrowser, paid: Built) -> None:
    assert "reason" in is_refused(desk.post(page_of(paid), **form_of(desk, paid, reason=" ")), "reason")


def test_a_requested_refund_is_not_requested_again(desk: StaffBrowser, session: Session, paid: Built) -> None:
    old_form = form_of(desk, paid, amount="20")
    desk.post(page_of(paid), **form_of(desk, paid, amount="15"))
    assert "Enter at most £5" in is_refused(desk.post(page_of(paid), **old_form), "amount")
    assert requested(session) == [1500]


def test_an_old_sign_in_is_asked_to_sign_in_again(desk: StaffBrowser, session: Session, paid: Built) -> None:
    form = form_of(desk, paid)
    session.execute(
        text("UPDATE staff_sessions SET created_at = created_at - :by, reauthenticated_at = NULL"),
        {"by": timedelta(hours=2)},
    )
    session.commit()
    answer = desk.post(page_of(paid), form=f"/app/appointments/{paid.appointment_id}", **form)
    assert answer.status_code == 303
    assert "/app/login" in answer.location
    assert requested(session) == []


def test_those_who_only_look_may_not_refund(
    stranger: StaffBrowser, session: Session, salon: Built, paid: Built
) -> None:
    viewer = a_staff_member(session, salon, phone=a_number(), email="v@salon.example", role="read_only")
    session.commit()
    desk = stranger.signs_in(viewer)
    assert desk.get(page_of(paid)).status_code == 403
    assert "Refund" not in desk.get(f"/app/appointments/{paid.appointment_id}").text


def test_another_shops_payment_is_not_found(desk: StaffBrowser, session: Session, paid: Built) -> None:
    other = an_appointment(session, a_customer(session, a_shop(session)))
    theirs = a_payment(session, other, stripe_payment_intent_id="pi_2")
    session.commit()
    assert desk.get(page_of(theirs)).status_code == 404
    mixed = f"/app/appointments/{paid.appointment_id}/payments/{theirs.id}/refund"
    assert desk.get(mixed).status_code == 404
