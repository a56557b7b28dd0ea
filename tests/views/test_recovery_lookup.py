"""Any identifier leads to its recovery, or to a sentence that explains why no recovery exists."""

from __future__ import annotations

import pytest

from tests import builders
from tests.builders import in_
from views import recovery_lookup


@pytest.fixture
def scene(session):
    """Inserts a recovery with all its rows. Returns the identifiers, keyed by name."""
    shop = builders.a_shop(session)
    slot = builders.a_slot_freed_by(session, builders.a_customer(session, shop, name="Zoe"))
    ana = builders.a_customer(session, shop, phone="+447700900123")
    offer = builders.an_offer(session, slot, ana, status="accepted")
    times = {"starts_at": slot.starts_at, "status": "booked", "source_slot_opening_id": slot.id}
    booking = builders.an_appointment(session, ana, **times)
    payment = builders.a_payment(session, booking, stripe_payment_intent_id="pi_12345", refund_id="re_12345")
    message = builders.a_message(session, ana, slot_offer_id=offer.id, provider_id="SM" + "a" * 32)
    about = {"data": {"object": {"id": "pi_12345"}}}
    builders.a_webhook_event(session, provider="stripe", event_id="evt_12345", payload=about)
    return slot, {
        "the slot": slot.id,
        "the offer": offer.id,
        "the booking": booking.id,
        "the cancelled appointment": slot.source_appointment_id,
        "the payment": payment.id,
        "the message": message.id,
        "Twilio's id": message.provider_id,
        "Stripe's intent": "pi_12345",
        "Stripe's refund": "re_12345",
        "Stripe's event": "evt_12345",
        "the phone": " +44 7700 900123 ",
        "the payment link": f"https://x.example/pay/{payment.pay_token}",
        "the booking's link": f"https://x.example/manage/{booking.manage_token}",
        "the offer's link": f"https://x.example/offer/{offer.token}",
    }


NAMES = [
    "the offer's link",
    *("the slot", "the offer", "the booking", "the cancelled appointment", "the payment", "the message"),
    *("Twilio's id", "Stripe's intent", "Stripe's refund", "Stripe's event"),
    *("the phone", "the payment link", "the booking's link"),
]


@pytest.mark.parametrize("name", NAMES)
def test_it_leads_to_the_recovery(session, scene, name):
    slot, pasted = scene

    assert recovery_lookup.find(session, str(pasted[name])).slot_opening_ids == (slot.id,)


def test_a_phone_with_several_recoveries_names_the_newest_first(session):
    shop = builders.a_shop(session)
    ana = builders.a_customer(session, shop)
    old = builders.a_slot(session, shop, created_at=in_(hours=-2))
    new = builders.a_slot(session, shop, starts_at=in_(hours=48))
    for slot in (old, new):
        builders.an_offer(session, slot, ana, status="expired")

    assert recovery_lookup.find(session, ana.phone).slot_opening_ids == (new.id, old.id)


def test_a_live_appointment_belongs_to_no_recovery(session):
    booked = builders.an_appointment(session, builders.a_customer(session, builders.a_shop(session)))

    found = recovery_lookup.find(session, str(booked.id))

    assert (found.slot_opening_ids, found.why_none) == ((), "The appointment is booked; its time is not free.")


def test_a_text_that_no_worker_has_taken_up_is_known_to_wait(session):
    builders.a_webhook_event(session, provider="twilio", event_id="SM" + "b" * 32, type="inbound")

    found = recovery_lookup.find(session, "SM" + "b" * 32)

    assert (found.what, found.slot_opening_ids) == ("a Twilio webhook", ())
    assert "not handled yet" in found.why_none


@pytest.mark.parametrize(
    "words", ["", "nonsense", "+1", "SM", "00000000-0000-0000-0000-000000000000", "'; --", "\x7f"]
)
def test_an_unknown_id_finds_nothing(session, words):
    assert recovery_lookup.find(session, words) is None
