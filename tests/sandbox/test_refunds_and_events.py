"""Refunds, disputes, and the list of events, which contains even events whose webhooks were dropped."""

import pytest
import stripe


def test_a_refund_gives_the_deposit_back_once(sandbox, application):
    intent = sandbox.paid()
    refund = sandbox.stripe.refunds.create({"payment_intent": intent.id}, {"idempotency_key": "r1"})
    assert (refund.status, refund.amount, refund.charge) == ("succeeded", 2000, intent.latest_charge)
    assert sandbox.stripe.refunds.create({"payment_intent": intent.id}, {"idempotency_key": "r1"}).id == refund.id
    with pytest.raises(stripe.InvalidRequestError) as refused:
        sandbox.stripe.refunds.create({"payment_intent": intent.id})
    assert refused.value.code == "charge_already_refunded"
    assert application.wait(type="refund.created")
    assert application.wait(type="charge.refunded")[0]["data"]["object"]["amount_refunded"] == 2000


def test_a_part_can_be_refunded_and_never_more_than_was_paid(sandbox):
    intent = sandbox.paid()
    assert sandbox.stripe.refunds.create({"payment_intent": intent.id, "amount": 500}).amount == 500
    with pytest.raises(stripe.InvalidRequestError):
        sandbox.stripe.refunds.create({"payment_intent": intent.id, "amount": 1501})
    assert sandbox.stripe.refunds.create({"charge": intent.latest_charge}).amount == 1500
    listed = sandbox.stripe.refunds.list({"payment_intent": intent.id}).data
    assert [one.amount for one in listed] == [1500, 500]
    assert sandbox.stripe.refunds.retrieve(listed[0].id).amount == 1500


def test_an_unpaid_intent_has_nothing_to_refund(sandbox):
    with pytest.raises(stripe.InvalidRequestError):
        sandbox.stripe.refunds.create({"payment_intent": sandbox.intent().id})


def test_a_refund_can_fail_later(sandbox, application):
    intent = sandbox.paid()
    sandbox.fault("stripe refunds.create", "refund_failed")
    refund = sandbox.stripe.refunds.create({"payment_intent": intent.id})
    assert refund.status == "pending"
    assert application.wait(type="refund.failed")[0]["data"]["object"]["id"] == refund.id
    assert sandbox.stripe.refunds.retrieve(refund.id).status == "failed"
    assert sandbox.stripe.refunds.create({"payment_intent": intent.id}).status == "succeeded"


def test_a_cardholder_may_dispute(sandbox, application):
    intent = sandbox.paid()
    sandbox.post(f"payment_intents/{intent.id}/dispute")
    (webhook,) = application.wait(type="charge.dispute.created")
    assert (webhook["data"]["object"]["payment_intent"], webhook["data"]["object"]["amount"]) == (intent.id, 2000)
    assert sandbox.stripe.charges.retrieve(intent.latest_charge).disputed is True


@pytest.mark.parametrize("decided", ["won", "lost"])
def test_the_bank_decides_a_dispute_once(sandbox, application, decided):
    intent = sandbox.paid()
    sandbox.post(f"payment_intents/{intent.id}/dispute")
    sandbox.post(f"payment_intents/{intent.id}/dispute/{decided}")
    sandbox.post(f"payment_intents/{intent.id}/dispute/lost")
    (webhook,) = application.wait(type="charge.dispute.closed")
    assert (webhook["data"]["object"]["payment_intent"], webhook["data"]["object"]["status"]) == (intent.id, decided)
    assert len(sandbox.stripe.events.list({"type": "charge.dispute.closed"}).data) == 1


def test_events_are_listed_newest_first_by_type_time_and_place(sandbox):
    intent = sandbox.paid()
    events = sandbox.stripe.events.list({"limit": 100}).data
    assert [one.type for one in events] == ["charge.succeeded", "payment_intent.succeeded", "payment_intent.created"]
    succeeded = sandbox.stripe.events.list({"types": ["payment_intent.succeeded", "payment_intent.canceled"]}).data
    assert [one.data.object.id for one in succeeded] == [intent.id]
    after = sandbox.stripe.events.list({"starting_after": events[0].id}).data
    assert [one.id for one in after] == [one.id for one in events[1:]]
    before = sandbox.stripe.events.list({"ending_before": events[2].id}).data
    assert [one.id for one in before] == [one.id for one in events[:2]]
    assert sandbox.stripe.events.list({"created": {"gt": events[0].created}}).data == []
    assert len(sandbox.stripe.events.list({"created": {"gte": events[2].created}}).data) == 3
    assert sandbox.stripe.events.retrieve(events[1].id).type == "payment_intent.succeeded"


def test_an_event_is_a_snapshot(sandbox):
    intent = sandbox.paid()
    created = sandbox.stripe.events.list({"type": "payment_intent.created"}).data[0]
    assert (created.data.object.id, created.data.object.status) == (intent.id, "requires_payment_method")
