"""PaymentIntents are created, paid and cancelled with Stripe's official library."""

import pytest
import stripe

DECLINED, APPROVE = "pm_card_visa_chargeDeclined", "pm_card_threeDSecure2Required"


def test_a_new_intent_waits_for_a_card_and_carries_its_metadata(sandbox, application):
    intent = sandbox.intent(metadata={"appointment_id": "a1", "shop_id": "s1"})
    assert (intent.status, intent.amount, intent.currency, intent.livemode) == (
        "requires_payment_method",
        2000,
        "gbp",
        False,
    )
    assert intent.client_secret.startswith(f"{intent.id}_secret_")
    (webhook,) = application.wait(type="payment_intent.created")
    assert (webhook["api_version"], webhook["livemode"]) == ("2026-10-28.endive", False)
    assert webhook["data"]["object"]["metadata"] == {"appointment_id": "a1", "shop_id": "s1"}


def test_when_the_customer_pays_the_intent_succeeds_and_the_application_is_notified(sandbox, application):
    intent = sandbox.intent()
    assert sandbox.post(f"payment_intents/{intent.id}/succeed").json() == {"id": intent.id, "status": "succeeded"}
    (webhook,) = application.wait(type="payment_intent.succeeded")
    assert webhook["data"]["object"]["amount_received"] == 2000
    paid = sandbox.stripe.payment_intents.retrieve(intent.id, {"expand": ["latest_charge"]})
    assert (paid.status, paid.latest_charge.amount, paid.latest_charge.payment_intent) == (
        "succeeded",
        2000,
        intent.id,
    )


def test_a_declined_card_is_not_the_end(sandbox, application):
    intent = sandbox.intent()
    sandbox.post(f"payment_intents/{intent.id}/fail", decline_code="insufficient_funds")
    (webhook,) = application.wait(type="payment_intent.payment_failed")
    failed = webhook["data"]["object"]
    assert failed["status"] == "requires_payment_method"
    error = failed["last_payment_error"]
    assert (error["code"], error["decline_code"]) == ("card_declined", "insufficient_funds")
    assert sandbox.post(f"payment_intents/{intent.id}/succeed").json()["status"] == "succeeded"


def test_a_cancelled_intent_cannot_be_paid_any_more(sandbox, application):
    intent = sandbox.intent()
    cancelled = sandbox.stripe.payment_intents.cancel(intent.id, {"cancellation_reason": "abandoned"})
    assert (cancelled.status, cancelled.cancellation_reason) == ("canceled", "abandoned")
    assert application.wait(type="payment_intent.canceled")
    assert sandbox.post(f"payment_intents/{intent.id}/succeed").status_code == 409


@pytest.mark.parametrize("state", ["succeed", "processing"])
def test_cancelling_too_late_is_refused_and_says_what_the_intent_became(sandbox, state):
    intent = sandbox.intent()
    became = sandbox.post(f"payment_intents/{intent.id}/{state}").json()["status"]
    with pytest.raises(stripe.InvalidRequestError) as refused:
        sandbox.stripe.payment_intents.cancel(intent.id)
    assert refused.value.code == "payment_intent_unexpected_state"
    assert refused.value.error.payment_intent.status == became


def test_confirming_with_a_test_card_ends_as_stripes_list_says(sandbox):
    confirm = sandbox.stripe.payment_intents.confirm
    assert confirm(sandbox.intent().id, {"payment_method": "pm_card_visa"}).status == "succeeded"
    assert confirm(sandbox.intent().id, {"payment_method": APPROVE}).next_action.type == "use_stripe_sdk"
    with pytest.raises(stripe.CardError) as declined:
        confirm(sandbox.intent().id, {"payment_method": DECLINED})
    assert declined.value.error.decline_code == "generic_decline"
    assert declined.value.error.payment_intent.status == "requires_payment_method"


def test_creating_and_confirming_at_once_pays_at_once(sandbox):
    assert sandbox.intent(confirm=True, payment_method="pm_card_visa").status == "succeeded"


@pytest.mark.parametrize(
    ("asked", "param"),
    [({"amount": 0}, "amount"), ({"amount": "ten"}, "amount"), ({"currency": "pounds"}, "currency")],
)
def test_an_intent_that_makes_no_sense_is_refused(sandbox, asked, param):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        sandbox.intent(**asked)
    assert refused.value.param == param


def test_intents_are_listed_newest_first_in_pages_and_found_by_metadata(sandbox):
    made = [sandbox.intent(metadata={"appointment_id": f"a{number}"}).id for number in range(5)]
    page = sandbox.stripe.payment_intents.list({"limit": 2})
    assert [one.id for one in page.data] == made[:2:-1]
    assert [one.id for one in page.auto_paging_iter()] == made[::-1]
    found = sandbox.stripe.payment_intents.search(
        {"query": "metadata['appointment_id']:'a3' AND status:'requires_payment_method'"}
    )
    assert [one.id for one in found.data] == [made[3]]


def test_an_intent_may_change_before_it_is_paid(sandbox):
    intent = sandbox.intent(metadata={"a": "1", "b": "2"})
    changed = sandbox.stripe.payment_intents.update(intent.id, {"amount": 2500, "metadata": {"b": "", "c": "3"}})
    assert (changed.amount, changed.metadata.to_dict()) == (2500, {"a": "1", "c": "3"})


def test_a_wrong_key_is_refused(sandbox):
    stranger = stripe.StripeClient("sk_test_other", base_addresses={"api": sandbox.url}, max_network_retries=0)
    with pytest.raises(stripe.AuthenticationError):
        stranger.v1.payment_intents.list()


def test_an_unknown_intent_is_a_404(sandbox):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        sandbox.stripe.payment_intents.retrieve("pi_nobody")
    assert (refused.value.http_status, refused.value.code) == (404, "resource_missing")


@pytest.mark.parametrize(
    ("verb", "event", "status"),
    [
        ("processing", "payment_intent.processing", "processing"),
        ("requires_action", "payment_intent.requires_action", "requires_action"),
    ],
)
def test_the_bank_may_take_its_time(sandbox, application, verb, event, status):
    intent = sandbox.intent()
    assert sandbox.post(f"payment_intents/{intent.id}/{verb}").json()["status"] == status
    assert application.wait(type=event)[0]["data"]["object"]["status"] == status
    assert sandbox.post(f"payment_intents/{intent.id}/succeed").json()["status"] == "succeeded"
