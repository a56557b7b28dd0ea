"""Erasing a customer removes the personal data from all rows, even from rows that do not refer to the customer."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from db.appointments import bookings
from db.appointments.appointments import BY_STAFF
from db.appointments.bookings import NewBooking
from db.customers import customer_merging, forgetting
from db.models import ModelRecord
from db.sessions import sessions
from db.tasks import pending_tasks
from db.waitlist import waitlist, waitlist_links
from db.waitlist.join_requests import JoinAttempt
from domain.channels import Channel
from tests.builders import (
    Built,
    a_customer,
    a_message,
    a_paid_appointment,
    a_settled_booking,
    a_shop,
    a_slot,
    a_staff_member,
    a_webhook_event,
    an_offer,
    in_,
    insert,
    reload,
)
from tests.waiting import wait_for

PHONE, EMAIL = "+447700900456", "zelda.q@example.com"
EVERY_ROW = " UNION ALL ".join(f"SELECT t::text AS row FROM {t.name} t" for t in ModelRecord.metadata.sorted_tables)
WAITS = text("SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")


@pytest.fixture
def zelda(session: Session, shop: Built) -> Built:
    return a_customer(session, shop, name="Zelda Quinn", phone=PHONE, email=EMAIL)


def traces(session: Session) -> list[str]:
    """Returns the rows that still contain the name, the number or the address."""
    rows = session.execute(text(EVERY_ROW)).scalars()
    return [row for row in rows if any(word in row.lower() for word in ("zelda", PHONE, EMAIL))]


def settled(session: Session, name: str, *args: object, shop: Built, outcome: dict[str, Any]) -> Built:
    id = pending_tasks.add(session, name, *args, shop_id=shop.id)
    pending_tasks.claim(session, id, lease=timedelta(minutes=1))
    pending_tasks.settle(session, id, outcome)
    return reload(session, "pending_tasks", id)


def a_stripe_event(session: Session, intent_id: str, **about: Any) -> Built:
    content = {"payment_intent": intent_id, "status": "won"} | about
    payload = {"id": "evt_1", "type": "charge.dispute.closed", "data": {"object": content}}
    return a_webhook_event(session, provider="stripe", type=payload["type"], payload=payload, handled_at=in_())


def test_a_settled_task_no_longer_identifies_the_asked_customer(session: Session, shop: Built, zelda: Built) -> None:
    slot = a_slot(session, shop)
    an_offer(session, slot, zelda, status="declined")
    answer = {"success": True, "customerId": str(zelda.id), "customerPhone": PHONE}
    asked = settled(session, "send_next_offer", slot.id, shop=shop, outcome={"outcome": "asked", "answer": answer})
    reason = "Zelda Quinn is asked next."
    chosen = ("choose_customer", slot.id, "pick", zelda.id, "staff")
    picked = settled(session, *chosen, shop=shop, outcome={"outcome": "pick", "reason": reason})
    other = settled(session, "step_in", slot.id, "stop", shop=shop, outcome={"outcome": "stop", "reason": "Stopped."})
    assert traces(session)

    assert forgetting.forget(session, zelda.id, by="operator")

    assert traces(session) == []
    kept = [reload(session, "pending_tasks", task.id).outcome for task in (asked, picked, other)]
    assert kept == [{"outcome": "asked"}, {"outcome": "pick"}, {"outcome": "stop", "reason": "Stopped."}]


def test_texts_of_the_number_from_before_are_erased(session: Session, shop: Built, zelda: Built) -> None:
    """The texts were received and sent before the person became a customer."""
    unknown = {"customer_id": None}
    talk = insert(session, "conversations", shop_id=shop.id, address=PHONE)
    arrived = {"direction": "inbound", "from_address": PHONE, "to_address": shop.sms_from, "status": "received"}
    wrote = a_message(session, zelda, **unknown, **arrived, body="I am Zelda", provider_id="SM1")
    a_webhook_event(
        session, provider="twilio", event_id="SM1", payload={"From": PHONE, "Body": "Zelda"}, handled_at=in_()
    )
    code = a_message(session, zelda, **unknown, purpose="join_code", status="sent", to_address=PHONE)
    lou = a_staff_member(session, shop, name="Lou", phone=PHONE)
    to_staff = a_message(session, zelda, **unknown, staff_id=lou.id, status="sent", to_address=PHONE)
    elsewhere = a_shop(session)
    theirs = insert(session, "messages", shop_id=elsewhere.id, to_address=PHONE, status="sent")

    assert forgetting.forget(session, zelda.id, by="operator")

    kept = [reload(session, "messages", one.id) for one in (wrote, code, to_staff, theirs)]
    assert [(one.to_address, one.from_address, one.body) for one in kept[:2]] == [("", "", "")] * 2
    assert [one.to_address for one in kept[2:]] == [PHONE, PHONE]
    assert not session.execute(text("SELECT FROM conversations WHERE id = :id"), {"id": talk.id}).all()
    assert session.execute(text("SELECT payload FROM webhook_events")).scalar_one() == {}


def test_texts_of_a_number_that_another_customer_has_are_kept(session: Session, shop: Built, zelda: Built) -> None:
    twin = a_customer(session, shop, name="Z. Quinn", phone=PHONE)
    code = a_message(session, zelda, customer_id=None, status="sent", to_address=PHONE)
    talk = insert(session, "conversations", shop_id=shop.id, address=PHONE)
    customer_merging.merge(session, kept=twin.id, duplicate=zelda.id)
    assert reload(session, "messages", code.id).to_address == PHONE
    assert reload(session, "conversations", talk.id).address == PHONE


def test_reports_about_emails_lose_the_address(session: Session, zelda: Built) -> None:
    a_message(session, zelda, channel="email", to_address=EMAIL, provider_id="re_1", status="delivered")
    payload = {"type": "email.delivered", "data": {"email_id": "re_1", "to": [EMAIL], "subject": "Hello Zelda"}}
    a_webhook_event(session, provider="resend", type="email.delivered", payload=payload, handled_at=in_())
    assert forgetting.forget(session, zelda.id, by="operator")
    assert traces(session) == []


def test_events_about_payments_lose_the_cardholder(session: Session, shop: Built, zelda: Built) -> None:
    booked = a_paid_appointment(session, zelda, status="settled", starts_at=in_(hours=-50))
    intent = f"pi_paid_{booked.id.hex}"
    person = {"customer_name": "Zelda Quinn", "customer_email_address": EMAIL}
    closed = a_stripe_event(session, intent, id="dp_1", evidence=person, amount=2000)
    charge = {"id": "ch_1", "billing_details": {"name": "Zelda Quinn"}, "receipt_email": EMAIL, "amount_refunded": 5}
    a_stripe_event(session, intent, **charge)
    other = a_stripe_event(session, "pi_other", id="dp_2", evidence={"customer_name": "Ben"})

    assert forgetting.forget(session, zelda.id, by="operator")

    assert traces(session) == []
    kept = reload(session, "webhook_events", closed.id).payload
    assert kept["data"]["object"] == {"id": "dp_1", "payment_intent": intent, "status": "won", "amount": 2000}
    assert (kept["id"], kept["type"]) == ("evt_1", "charge.dispute.closed")
    assert "Ben" in json.dumps(reload(session, "webhook_events", other.id).payload)


def test_a_calendar_customer_without_an_address_is_not_kept_by_name(session: Session, shop: Built) -> None:
    calendar = insert(session, "calendars", shop_id=shop.id, kind="ics", name="Feed")
    by_name = {"name": "Zelda Quinn", "phone": None, "calendar_id": calendar.id, "external_id": "name:zelda quinn"}
    zelda = a_customer(session, shop, **by_name)
    assert forgetting.forget(session, zelda.id, by="operator")
    assert traces(session) == []


def test_a_customer_who_is_asked_at_the_same_moment_is_not_erased(
    engine: Engine, session: Session, shop: Built, zelda: Built
) -> None:
    a_settled_booking(session, zelda, days_ago=3)
    slot = a_slot(session, shop)
    session.commit()

    def erase() -> bool | None:
        with sessions(engine).begin() as erasing:
            return forgetting.forget(erasing, zelda.id, by="operator")

    with ThreadPoolExecutor(1) as pool:
        an_offer(session, slot, zelda, status="pending")
        erasing = pool.submit(erase)
        with sessions(engine)() as watching:

            def waits() -> bool:
                watching.rollback()
                return watching.execute(WAITS).first() is not None

            wait_for(waits, "the erasure to wait for the offer")
        session.commit()
        assert erasing.result() is False
    assert reload(session, "customers", zelda.id).phone == PHONE


def books(session: Session, zelda: Built) -> object:
    starts_at = in_(hours=24)
    times = {"starts_at": starts_at, "ends_at": starts_at + timedelta(hours=1)}
    booking = NewBooking(shop_id=zelda.shop_id, customer_id=zelda.id, **times)
    return bookings.insert_booking(session, booking, by=BY_STAFF).id


def is_put_on_the_waiting_list(session: Session, zelda: Built) -> object:
    return waitlist.add(session, zelda.shop_id, zelda.id, {}, source="staff", by="operator")


def joins_the_waiting_list(session: Session, zelda: Built) -> object:
    wording = {Channel.SMS: "I agree."}
    request = JoinAttempt(
        id=uuid4(),
        shop_id=zelda.shop_id,
        nonce="",
        name="Zelda",
        phone=PHONE,
        locale="en",
        wishes={},
        consents=wording,
        email=None,
        consent_version="1",
        consent_address="127.0.0.1",
        opted_out=False,
    )
    entry_id, _ = waitlist_links.join(session, request, {})
    customer_id = reload(session, "waitlist_entries", entry_id).customer_id
    return customer_id if customer_id == zelda.id else None


@pytest.mark.parametrize("act", [books, is_put_on_the_waiting_list, joins_the_waiting_list])
def test_nothing_is_added_for_a_customer_who_is_erased_at_the_same_moment(
    engine: Engine, session: Session, zelda: Built, act: Callable[[Session, Built], object]
) -> None:
    session.commit()

    def acted() -> object:
        with sessions(engine).begin() as acting:
            return act(acting, zelda)

    with ThreadPoolExecutor(1) as pool:
        assert forgetting.forget(session, zelda.id, by="operator")
        acting = pool.submit(acted)
        with sessions(engine)() as watching:

            def waits() -> bool:
                watching.rollback()
                return acting.done() or watching.execute(WAITS).first() is not None

            wait_for(waits, "the other transaction to wait for the erasure")
        session.commit()
        assert acting.result() is None
