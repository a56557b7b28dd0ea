"""The database refuses double bookings, a second live offer for a slot, and duplicates."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from tests.builders import (
    a_customer,
    a_message,
    a_payment,
    a_performer,
    a_shop,
    a_slot,
    a_suppression,
    a_webhook_event,
    an_appointment,
    an_offer,
    in_,
)


def raises_refusal(by):
    return pytest.raises(IntegrityError, match=by)


def test_two_live_appointments_of_one_performer_may_not_overlap(session, shop, ana, ben):
    lou = a_performer(session, shop)
    an_appointment(session, ana, performer_id=lou.id, starts_at=in_(24))
    with raises_refusal("no_double_booking_of_a_performer"):
        an_appointment(session, ben, performer_id=lou.id, starts_at=in_(24.5))


def test_a_shop_without_performers_is_its_own_performer(session, ana, ben):
    an_appointment(session, ana, starts_at=in_(24))
    with raises_refusal("no_double_booking_of_a_performer"):
        an_appointment(session, ben, starts_at=in_(24.5))


def test_two_shops_without_performers_do_not_conflict(session, ana):
    an_appointment(session, ana, starts_at=in_(24))
    assert an_appointment(session, a_customer(session, a_shop(session)), starts_at=in_(24))


def test_two_performers_of_one_shop_work_at_the_same_time(session, shop, ana, ben):
    an_appointment(session, ana, performer_id=a_performer(session, shop).id)
    assert an_appointment(session, ben, performer_id=a_performer(session, shop).id)


def test_a_customer_is_in_one_place_at_a_time(session, shop, ana):
    an_appointment(session, ana, performer_id=a_performer(session, shop).id)
    with raises_refusal("no_double_booking_of_a_customer"):
        an_appointment(session, ana, performer_id=a_performer(session, shop).id)


def test_one_appointment_may_begin_when_another_ends(session, ana):
    an_appointment(session, ana, starts_at=in_(24))
    assert an_appointment(session, ana, starts_at=in_(25))


@pytest.mark.parametrize("status", ["cancelled", "settled", "voided"])
def test_a_finished_appointment_causes_no_conflict(session, ana, ben, status):
    an_appointment(session, ana, status=status)
    assert an_appointment(session, ben)


def test_a_held_booking_counts_as_much_as_a_firm_one(session, ana, ben):
    an_appointment(session, ana, status="pending_payment")
    with raises_refusal("no_double_booking_of_a_performer"):
        an_appointment(session, ben)


@pytest.mark.parametrize("length", [timedelta(0), timedelta(hours=-1)])
def test_an_appointment_ends_after_it_starts(session, ana, length):
    with raises_refusal("appointments_ends_after_start"):
        an_appointment(session, ana, starts_at=in_(24), ends_at=in_(24) + length)


def test_a_slot_has_one_live_offer(session, shop, ana, ben):
    slot = a_slot(session, shop)
    an_offer(session, slot, ana)
    with raises_refusal("slot_offers_one_live_per_slot_key"):
        an_offer(session, slot, ben, status="pending")


def test_a_customer_has_one_live_offer(session, shop, ana):
    an_offer(session, a_slot(session, shop, starts_at=in_(24)), ana)
    with raises_refusal("slot_offers_one_live_per_customer_key"):
        an_offer(session, a_slot(session, shop, starts_at=in_(48)), ana)


def test_the_next_customer_may_be_asked_when_the_offer_is_over(session, shop, ana, ben):
    slot = a_slot(session, shop)
    an_offer(session, slot, ana, status="expired")
    assert an_offer(session, slot, ben)


def test_nobody_is_asked_twice_for_one_slot(session, shop, ana):
    slot = a_slot(session, shop)
    an_offer(session, slot, ana, status="expired")
    with raises_refusal("slot_offers_slot_opening_id_customer_id_key"):
        an_offer(session, slot, ana)


def test_a_slot_is_sold_once(session, shop, ana, ben):
    slot = a_slot(session, shop)
    an_appointment(session, ana, source_slot_opening_id=slot.id, starts_at=in_(24))
    with raises_refusal("appointments_one_live_per_opening_key"):
        an_appointment(session, ben, source_slot_opening_id=slot.id, starts_at=in_(48))


def test_a_time_has_one_opening_also_without_a_performer(session, shop):
    a_slot(session, shop, starts_at=in_(24))
    with raises_refusal("slot_openings_one_per_time_key"):
        a_slot(session, shop, starts_at=in_(24))


def test_a_number_to_text_from_belongs_to_one_shop(session):
    a_shop(session, sms_from="+15550001111")
    with raises_refusal("shops_sms_from_key"):
        a_shop(session, sms_from="+15550001111")


def test_shops_without_a_number_are_many(session):
    a_shop(session, sms_from=None)
    assert a_shop(session, sms_from=None)


def test_a_webhook_is_recorded_once(session):
    a_webhook_event(session, provider="twilio", event_id="SM1")
    a_webhook_event(session, provider="stripe", event_id="SM1")
    with raises_refusal("webhook_events_provider_event_id_key"):
        a_webhook_event(session, provider="twilio", event_id="SM1")


def test_no_message_is_written_twice_for_one_purpose(session, ana):
    a_message(session, ana, purpose_key="offer:1")
    with raises_refusal("messages_purpose_key_key"):
        a_message(session, ana, purpose_key="offer:1")


def test_an_appointment_has_one_payment_per_attempt(session, ana):
    booking = an_appointment(session, ana)
    a_payment(session, booking, status="failed")
    a_payment(session, booking, attempt=2)
    with raises_refusal("payments_appointment_id_kind_attempt_key"):
        a_payment(session, booking, attempt=2)


def test_an_intent_belongs_to_one_payment(session, ana):
    booking = an_appointment(session, ana)
    a_payment(session, booking, stripe_payment_intent_id="pi_1")
    with raises_refusal("payments_stripe_payment_intent_id_key"):
        a_payment(session, booking, attempt=2, stripe_payment_intent_id="pi_1")


def test_a_number_has_one_standing_opt_out_per_shop(session, shop):
    a_suppression(session, shop, "+15550002222", lifted_at=in_(-1))
    a_suppression(session, shop, "+15550002222")
    with raises_refusal("suppressions_standing_key"):
        a_suppression(session, shop, "+15550002222")


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("currency", "pounds"),
        ("deposit_cents", -1),
        ("offer_window_minutes", 0),
        ("offer_window_least_minutes", 0),
        ("pace", "slow"),
        ("payment_window_minutes", 0),
        ("cooldown_hours", -1),
        ("payment_attempts", 0),
        ("min_notice_minutes", -1),
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(session, column, value):
    with raises_refusal("shops_"):
        a_shop(session, **{column: value})


@pytest.mark.parametrize("table", ["appointments", "slot_openings", "slot_offers", "payments", "messages"])
def test_a_status_nobody_knows_is_refused(session, shop, ana, table):
    slot, booking = a_slot(session, shop), an_appointment(session, ana)
    an_offer(session, slot, ana)
    a_payment(session, booking)
    a_message(session, ana)
    with raises_refusal(f"{table}_status_known"):
        session.execute(text(f"UPDATE {table} SET status = 'perhaps'"))
