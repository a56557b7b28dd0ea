"""Each invariant detects an inserted violation, and reports nothing for a healthy shop."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from db import invariants
from db.tasks import pending_tasks
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
    insert,
)

JANUARY = datetime(2026, 1, 15, 10, tzinfo=UTC)
REFERENCES_BETWEEN_TENANTS = """
SELECT child.relname || '.' || attname FROM pg_constraint
  JOIN pg_class child ON child.oid = conrelid
  JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]
 WHERE contype = 'f' AND NOT child.relispartition
   AND EXISTS (SELECT FROM pg_attribute WHERE attrelid = conrelid AND attname = 'shop_id')
   AND EXISTS (SELECT FROM pg_attribute WHERE attrelid = confrelid AND attname = 'shop_id')
"""


def test_a_shop_where_all_is_well_breaks_nothing(session, shop, ana, slot):
    sold = an_appointment(session, ana, source_slot_opening_id=slot.id, payment_required=True, deposit_cents=2000)
    a_payment(session, sold, stripe_payment_intent_id="pi_1")
    an_offer(session, slot, ana, status="accepted")
    session.execute(text("UPDATE slot_openings SET status = 'filled'"))
    sent_text = a_message(session, ana, status="delivered", provider_id="SM1", claimed_at=in_(-1))
    event = a_webhook_event(session, event_id="evt_1", handled_at=in_())
    ledger = [took(sent_text, "SM1"), answered("stripe", event.event_id)]
    assert invariants.check(session, ledger, grace=timedelta(0)) == []


def test_i1_sees_two_bookings_of_one_performer(session, found, ana, ben):
    without(session, "ALTER TABLE appointments DROP CONSTRAINT no_double_booking_of_a_performer")
    an_appointment(session, ana)
    an_appointment(session, ben)
    assert len(found("I1")) == 1


def test_i1_sees_a_customer_in_two_places(session, found, shop, ana):
    without(session, "ALTER TABLE appointments DROP CONSTRAINT no_double_booking_of_a_customer")
    an_appointment(session, ana, performer_id=a_performer(session, shop).id)
    an_appointment(session, ana, performer_id=a_performer(session, shop).id)
    assert len(found("I1")) == 1


def test_i2_sees_two_live_offers_for_a_slot(session, found, slot, ana, ben):
    without(session, "DROP INDEX slot_offers_one_live_per_slot_key")
    an_offer(session, slot, ana)
    an_offer(session, slot, ben)
    assert subjects(found("I2")) == {str(slot.id)}


def test_i2_sees_two_live_offers_for_a_customer(session, found, shop, slot, ana):
    without(session, "DROP INDEX slot_offers_one_live_per_customer_key")
    an_offer(session, slot, ana)
    an_offer(session, a_slot(session, shop, starts_at=in_(48)), ana)
    assert subjects(found("I2")) == {str(ana.id)}


def test_i2_sees_what_an_erased_customer_still_has(session, found, slot, ana):
    booking, offer = an_appointment(session, ana), an_offer(session, slot, ana)
    assert found("I2") == []
    session.execute(text("UPDATE customers SET anonymised_at = clock_timestamp() WHERE id = :id"), {"id": ana.id})
    assert subjects(found("I2")) == {str(booking.id), str(offer.id)}


def test_i3_sees_a_text_that_the_carrier_took_twice(session, found, ana):
    sent_text = a_message(session, ana, purpose_key="offer:1")
    assert subjects(found("I3", [took(sent_text, "SM1"), took(sent_text, "SM2")])) == {str(sent_text.id)}


def test_i3_does_not_count_a_refused_attempt_as_a_text(session, found, ana):
    sent_text = a_message(session, ana, purpose_key="offer:1")
    assert found("I3", [took(sent_text, None), took(sent_text, "SM2")]) == []


def test_i3_sees_two_messages_that_claim_one_text(session, found, ana):
    without(session, "ALTER TABLE messages DROP CONSTRAINT messages_provider_id_key")
    a_message(session, ana, provider_id="SM1")
    a_message(session, ana, provider_id="SM1")
    assert subjects(found("I3", [])) == {"SM1"}


@pytest.mark.parametrize("lost", [{"status": "cancelled"}, {"status": "pending_payment"}, {"status": "voided"}])
def test_i4_sees_money_without_a_booking(session, found, ana, lost):
    paid = a_payment(session, an_appointment(session, ana, **lost))
    assert subjects(found("I4")) == {str(paid.id)}


@pytest.mark.parametrize(
    "explained",
    [
        {"status": "refunded"},
        {"status": "succeeded", "deposit_kept_at": JANUARY},
        {"status": "succeeded", "needs_human": "The amount is wrong."},
    ],
)
def test_i4_accepts_money_that_was_refunded_kept_or_reported(session, found, ana, explained):
    a_payment(session, an_appointment(session, ana, status="cancelled"), **explained)
    assert found("I4") == []


def test_i4_sees_a_stripe_event_without_an_effect(session, found, ana):
    held = a_payment(
        session,
        an_appointment(session, ana, status="pending_payment"),
        status="pending",
        stripe_payment_intent_id="pi_1",
    )
    a_webhook_event(session, type="payment_intent.succeeded", payload=about("pi_1"), handled_at=in_())
    assert subjects(found("I4")) == {str(held.id)}


def test_i4_sees_money_that_no_payment_knows_of(session, found, ana):
    booking = an_appointment(session, ana)
    a_webhook_event(session, type="payment_intent.succeeded", payload=about("pi_9", booking), handled_at=in_())
    assert subjects(found("I4")) == {"pi_9"}


def test_i4_sees_two_deposits_kept_for_one_booking(session, found, ana):
    booking = an_appointment(session, ana)
    a_payment(session, booking)
    a_payment(session, booking, attempt=2)
    assert subjects(found("I4")) == {str(booking.id)}


@pytest.mark.parametrize(("path", "name"), [("/v1/payment_intents", "metadata"), ("/v1/refunds", "payment_intent")])
def test_i4_sees_stripe_asked_for_the_same_twice(session, found, ana, path, name):
    paid = a_payment(session, an_appointment(session, ana), stripe_payment_intent_id="pi_1")
    params = {"metadata": {"payment_id": str(paid.id)}} if name == "metadata" else {name: "pi_1"}
    ledger = [request("stripe", path, params, response_id) for response_id in ("x_1", "x_2")]
    assert subjects(found("I4", ledger)) == {str(paid.id)}


def test_i4_knows_a_repeated_answer_under_one_key(session, found, ana):
    a_payment(session, an_appointment(session, ana), stripe_payment_intent_id="pi_1")
    assert found("I4", 2 * [request("stripe", "/v1/refunds", {"payment_intent": "pi_1"}, "re_1")]) == []


def test_i4_sees_a_late_deposit_that_is_not_refunded_in_full(session, found, ana):
    paid = a_payment(session, an_appointment(session, ana), stripe_payment_intent_id="pi_1")
    purpose = {"metadata": {"purpose": f"refund:{paid.id}"}}
    part = request("stripe", "/v1/refunds", {"payment_intent": "pi_1", "amount": "500"} | purpose, "re_1")
    assert subjects(found("I4", [part])) == {str(paid.id)}


def test_i4_sees_refunds_of_more_than_was_paid(session, found, ana):
    paid = a_payment(session, an_appointment(session, ana), stripe_payment_intent_id="pi_1")
    parts = [
        request(
            "stripe",
            "/v1/refunds",
            {"payment_intent": "pi_1", "amount": "1500", "metadata": {"purpose": f"refund:{n}"}},
            f"re_{n}",
        )
        for n in range(2)
    ]
    assert found("I4", parts[:1]) == []
    assert subjects(found("I4", parts)) == {str(paid.id)}
    rejected = {"payment_id": paid.id, "amount_cents": 1500, "status": "failed", "stripe_refund_id": "re_0"}
    insert(session, "refunds", shop_id=paid.shop_id, **rejected)
    assert found("I4", parts) == []


@pytest.mark.parametrize("paid", [None, {"status": "failed"}, {"amount_cents": 100}])
def test_i5_sees_a_sold_slot_whose_deposit_has_not_come(session, found, slot, ana, paid):
    sold = an_appointment(session, ana, source_slot_opening_id=slot.id, payment_required=True, deposit_cents=2000)
    if paid is not None:
        a_payment(session, sold, **paid)
    assert subjects(found("I5")) == {str(sold.id)}


def test_i5_sees_a_payment_that_differs_from_its_offer(session, found, slot, ana):
    offer = an_offer(session, slot, ana, status="accepted", accepted_at=in_(), deposit_cents=2000, currency="GBP")
    sold = an_appointment(session, ana, source_slot_opening_id=slot.id)
    paid = a_payment(session, sold, amount_cents=2000, expires_at=in_(), stripe_payment_intent_id="pi_1")
    assert found("I5") == []
    session.execute(text("UPDATE slot_offers SET currency = 'EUR'"))
    assert subjects(found("I5")) == {str(paid.id)}
    session.execute(text("UPDATE slot_offers SET currency = 'GBP', deposit_cents = 3000"))
    assert subjects(found("I5")) == {str(paid.id)}
    session.execute(
        text("UPDATE slot_offers SET currency = NULL, deposit_cents = NULL WHERE id = :id"), {"id": offer.id}
    )
    assert found("I5") == []


def test_i6_sees_each_thing_that_is_overdue(session, found, shop, slot, ana):
    late = in_(-1)
    held = an_appointment(session, ana, status="pending_payment", source_slot_opening_id=slot.id, starts_at=in_(99))
    planted = [
        an_offer(session, slot, ana, expires_at=late),
        a_slot(session, shop, starts_at=in_(-3), next_search_at=in_(1)),
        a_slot(session, shop, starts_at=in_(3), next_search_at=late),
        a_payment(session, held, status="processing", expires_at=late),
        a_payment(session, held, status="failed", attempt=2, release_requested_at=late, release_reason="failed"),
        a_payment(session, held, status="refunding", attempt=3, updated_at=late),
        a_message(session, ana, status="sending", created_at=late),
        a_webhook_event(session, received_at=late),
        insert(session, "pending_tasks", name="send_message", due_at=late),
        insert(session, "pending_tasks", name="send_message", parked_at=late, last_error="poison"),
    ]
    assert subjects(found("I6")) == {str(row.id) for row in planted}


def test_i6_gives_what_is_due_the_time_it_takes(session, slot, ana):
    an_offer(session, slot, ana, expires_at=in_(minutes=-5))
    assert invariants.check(session) == []
    assert invariants.check(session, grace=timedelta(minutes=1)) != []


def test_i7_sees_a_text_after_the_opt_out(session, found, shop, ana):
    a_suppression(session, shop, ana.phone, created_at=in_(-2))
    sent_text = a_message(session, ana, claimed_at=in_(-1))
    assert subjects(found("I7", [took(sent_text, "SM1")])) == {str(sent_text.id)}


def test_i7_knows_what_was_on_its_way_before_or_is_wanted_again(session, found, shop, ana):
    a_suppression(session, shop, ana.phone, created_at=in_(-3), lifted_at=in_(-2))
    before, after = (a_message(session, ana, claimed_at=in_(-hours)) for hours in (4, 1))
    assert found("I7", [took(before, "SM1"), took(after, "SM2")]) == []


def test_i7_sees_a_customer_asked_during_the_cooldown(session, found, shop, slot, ana):
    an_offer(session, slot, ana, status="expired", created_at=in_(-2), sent_at=in_(-2))
    again = an_offer(session, a_slot(session, shop, starts_at=in_(48)), ana, created_at=in_(-1))
    assert subjects(found("I7")) == {str(again.id)}


@pytest.mark.parametrize(
    "entry",
    [
        {"provider": "stripe", "response_id": "evt_1", "params": {}},
        {"provider": "twilio", "response_id": "SM1", "params": {"MessageSid": "SM1"}},
        {"provider": "twilio", "response_id": "SM1", "params": {"MessageSid": "SM1", "MessageStatus": "sent"}},
    ],
)
def test_i8_sees_a_webhook_that_was_answered_and_not_recorded(found, entry):
    assert subjects(found("I8", [answered(**entry)])) == {entry["response_id"]}


def test_i8_finds_each_kind_of_webhook(session, found):
    a_webhook_event(session, provider="twilio", event_id="SM1", handled_at=in_())
    a_webhook_event(session, provider="twilio", event_id="SM2:sent", handled_at=in_())
    step = {"MessageSid": "SM2", "MessageStatus": "sent"}
    assert found("I8", [answered("twilio", "SM1"), answered("twilio", "SM2", params=step)]) == []


def test_i8_asks_for_nothing_that_was_refused(found):
    assert found("I8", [answered("stripe", "evt_1", status=503)]) == []


def test_i9_sees_a_row_that_refers_to_another_shops(session, found, ana):
    elsewhere = a_shop(session)
    strange = an_appointment(session, ana, shop_id=elsewhere.id)
    assert subjects(found("I9")) == {str(strange.id)}


def test_i9_compares_every_reference_between_tenants(session):
    (sql,) = (invariant.sql for invariant in invariants.INVARIANTS if invariant.name == "I9")
    references = session.execute(text(REFERENCES_BETWEEN_TENANTS)).scalars().all()
    assert "slot_offers.customer_id" in references
    assert [reference for reference in references if f"'{reference} belongs" not in sql] == []


def test_i10_sees_a_filled_slot_without_a_booking(session, found, shop):
    filled = a_slot(session, shop, status="filled")
    assert subjects(found("I10")) == {str(filled.id)}


def test_i10_sees_a_sold_slot_that_is_not_filled(session, found, slot, ana):
    an_appointment(session, ana, source_slot_opening_id=slot.id)
    assert subjects(found("I10")) == {str(slot.id)}


def test_i10_knows_a_cancellation_whose_slot_is_being_opened(session, found, shop, ana):
    filled = a_slot(session, shop, status="filled")
    cancelled = an_appointment(session, ana, source_slot_opening_id=filled.id, status="cancelled")
    task = pending_tasks.add(session, "create_slot_opening", cancelled.id)
    assert found("I10") == []
    pending_tasks.park(session, task, "KeyError: 'x'", attempts=0)
    assert subjects(found("I10")) == {str(filled.id)}


def test_i10_knows_a_booking_whose_time_has_come(session, found, shop, ana):
    filled = a_slot(session, shop, status="filled", starts_at=in_(-3))
    an_appointment(session, ana, source_slot_opening_id=filled.id, status="settled", starts_at=in_(-3))
    assert found("I10") == []


def test_i12_sees_a_message_with_an_older_status_than_reported(session, found, ana):
    sent_text = a_message(session, ana, status="sent")
    step = {"message_id": str(sent_text.id), "MessageStatus": "delivered"}
    a_webhook_event(session, provider="twilio", type="status", payload=step, handled_at=in_())
    assert subjects(found("I12")) == {str(sent_text.id)}


def test_i13_sees_a_customer_whose_appointment_was_cancelled_for_nothing(session, shop, found):
    ana = a_customer(session, shop)
    old = an_appointment(session, ana, status="cancelled", cancel_reason="moved up")
    assert subjects(found("I13")) == {str(old.id)}
    earlier = {"starts_at": in_(2), "moved_from_appointment_id": old.id}
    an_appointment(session, ana, confirmed_at=in_(), **earlier)
    assert found("I13") == []


def test_i13_sees_a_customer_with_both_appointments(session, shop, found):
    ana = a_customer(session, shop)
    old = an_appointment(session, ana)
    new = an_appointment(session, ana, starts_at=in_(2), moved_from_appointment_id=old.id, confirmed_at=in_())
    assert subjects(found("I13")) == {str(new.id)}


def test_i13_sees_a_deposit_that_stayed_behind(session, shop, found):
    ana = a_customer(session, shop)
    old = an_appointment(session, ana, status="cancelled", cancel_reason="moved up")
    an_appointment(session, ana, starts_at=in_(2), moved_from_appointment_id=old.id, confirmed_at=in_())
    payment = a_payment(session, old)
    assert str(payment.id) in subjects(found("I13"))


def test_i14_sees_time_that_a_shorter_booking_left_and_nobody_is_offered(session, shop, found):
    ana, slot = a_customer(session, shop), a_slot(session, shop, status="filled")
    half = slot.starts_at + timedelta(minutes=30)
    an_offer(session, slot, ana, status="accepted", books_until=half)
    an_appointment(session, ana, starts_at=slot.starts_at, ends_at=half, source_slot_opening_id=slot.id)
    assert subjects(found("I14")) == {str(slot.id)}
    session.execute(text("UPDATE slot_openings SET ends_at = :half"), {"half": half})
    assert found("I14") == []


def test_i12_sees_that_the_log_could_be_rewritten(session, found):
    without(session, "ALTER TABLE audit_logs DISABLE TRIGGER keep_the_log")
    assert subjects(found("I12")) == {"audit_logs"}


def test_i11_two_states_are_equal_until_anything_changes(session, ana):
    before = invariants.state(session)
    assert invariants.state(session) == before
    session.execute(text("UPDATE customers SET name = 'Anna'"))
    assert [table for table, now in invariants.state(session).items() if now != before[table]] == ["customers"]


def test_without_a_ledger_only_the_database_is_judged(session, ana):
    assert {i.name for i in invariants.INVARIANTS if i.needs_ledger} == {"I3", "I4", "I7", "I8"}
    assert invariants.check(session) == []


def test_every_sentence_is_one():
    assert all(i.sentence.endswith(".") and i.sentence.count(".") == 1 for i in invariants.INVARIANTS)


def subjects(violations):
    return {violation.subject for violation in violations}


def without(session, guard):
    """Executes a statement that removes a constraint until the end of this transaction."""
    session.execute(text(guard))


def request(provider, path, params, response_id):
    return {
        "kind": "request",
        "provider": provider,
        "method": "POST",
        "path": path,
        "params": params,
        "status": 200 if response_id else 400,
        "response_id": response_id,
    }


def took(message, sid):
    """Returns a ledger entry for a request to the carrier to send this message. The response contained `sid`."""
    callback = f"https://slots.example/api/twilio/status/{message.id}"
    return request("twilio", "/2010-04-01/Accounts/AC1/Messages.json", {"StatusCallback": callback}, sid)


def answered(provider, response_id, *, status=200, params=None):
    return {
        "kind": "webhook",
        "provider": provider,
        "path": "/api",
        "params": params or {},
        "status": status,
        "response_id": response_id,
    }


def about(intent_id, booking=None):
    metadata = {"appointment_id": str(booking.id)} if booking else {}
    return {"data": {"object": {"id": intent_id, "metadata": metadata}}}


@pytest.fixture
def found(session):
    """Returns the violations of one invariant, without a grace period."""

    def violations(name, ledger=None):
        every = invariants.check(session, ledger, grace=timedelta(0))
        return [violation for violation in every if violation.name == name]

    return violations


def test_no_live_offer_is_without_an_end(session, slot, ana):
    offer = an_offer(session, slot, ana, expires_at=None, sent_at=in_(-1))
    assert offer.expires_at == in_(-1) + timedelta(minutes=15)
