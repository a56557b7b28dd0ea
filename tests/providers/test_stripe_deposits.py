"""Deposits through Stripe's own SDK on the sandbox: one intent for each order, and one refund for each purpose."""

import threading
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from providers.stripe.stripe_client import IntentOrder, Stripe
from providers.stripe.stripe_results import (
    AlreadySucceeded,
    Intent,
    IntentCancelled,
    IntentState,
    Later,
    NoSuchIntent,
    Refunded,
    StillProcessing,
    StripeRefusal,
)
from providers.too_many import TooMany
from settings.stripe import StripeSettings
from tests.credentials import STRIPE_KEY
from tests.effort import long_except
from tests.providers.conftest import LATE_AT_STRIPE_MS
from tests.waiting import wait_for

INTENTS, REFUNDS = "/v1/payment_intents", "/v1/refunds"


def test_an_intent_is_made_for_cards_only_and_carries_what_finds_it_again(stripe, sandbox, an_order):
    order = an_order()

    intent = stripe.create_intent(order)

    assert isinstance(intent, Intent)
    assert (intent.state, intent.amount, intent.currency) == (IntentState.OPEN, 2000, "gbp")
    assert intent.metadata == {"appointment_id": "a-1", "shop_id": "s-1", "payment_id": order.payment_id}
    asked = sandbox.ledger(INTENTS)[-1]
    assert asked["params"]["allowed_payment_method_types"] == ["card"]
    assert asked["idempotency_key"] == order.idempotency_key
    assert intent.client_secret
    assert intent.client_secret not in repr(intent)


def test_the_same_order_gives_the_same_intent(stripe, an_order):
    order = an_order()

    assert stripe.create_intent(order) == stripe.create_intent(order)


def test_an_intent_stripe_made_before_it_answered_500_is_found(stripe, sandbox, an_order):
    order = an_order()
    sandbox.fault("stripe:payment_intents.create", "server_error_after")

    intent = stripe.create_intent(order)

    assert isinstance(intent, Intent)
    assert intents_made(sandbox, order) == {intent.id}
    assert stripe.create_intent(order).id == intent.id


def test_a_500_that_stripe_keeps_for_a_key_is_overcome_with_the_keys_successor(stripe, sandbox, an_order):
    order = an_order()
    sandbox.fault("stripe:payment_intents.create", "server_error")

    intent = stripe.create_intent(order)

    assert isinstance(intent, Intent)
    assert stripe.create_intent(order).id == intent.id
    assert intents_made(sandbox, order) == {intent.id}


@pytest.mark.parametrize("fault", long_except(["timeout_before", "timeout_after"], "timeout_after"))
def test_an_answer_that_never_came_is_asked_for_again_with_the_same_key(stripe, sandbox, an_order, fault):
    order = an_order()
    sandbox.fault("stripe:payment_intents.create", fault, delay_ms=LATE_AT_STRIPE_MS)

    intent = stripe.create_intent(order)

    assert isinstance(intent, Intent)
    assert intents_made(sandbox, order) == {intent.id}


@pytest.mark.parametrize("fault", ["rate_limited", "server_error"])
def test_trouble_that_lasts_is_later_and_never_a_refusal(stripe, sandbox, an_order, fault):
    sandbox.fault("stripe:payment_intents", fault, times=None)

    assert isinstance(stripe.create_intent(an_order()), Later)
    assert isinstance(stripe.retrieve("pi_1"), Later)
    assert isinstance(stripe.cancel("pi_1"), Later)


def test_a_stripe_that_is_not_there_is_later(an_order):
    nobody = Stripe(
        StripeSettings(stripe_api_key=STRIPE_KEY, stripe_api_url="http://127.0.0.1:9", stripe_network_retries=0)
    )

    assert isinstance(nobody.create_intent(an_order()), Later)
    assert isinstance(nobody.refund("pi_1", 1, "k"), Later)
    assert isinstance(nobody.list_events(datetime.now(UTC)), Later)


def test_a_key_stripe_does_not_accept_is_ours_to_fix(stripe_settings, an_order):
    stranger = Stripe(StripeSettings(stripe_api_key="sk_test_wrong", stripe_api_url=stripe_settings.stripe_api_url))

    assert stranger.create_intent(an_order()).ours_to_fix
    assert stranger.retrieve("pi_1").ours_to_fix


def test_an_amount_stripe_never_takes_is_refused_with_words(stripe, an_order):
    refused = stripe.create_intent(an_order(amount=100_000_000))

    assert refused == StripeRefusal("amount_too_large", "The deposit is above the maximum that Stripe allows.")


def test_one_key_for_two_amounts_is_our_mistake_and_makes_no_second_intent(stripe, sandbox, an_order):
    order = an_order()
    stripe.create_intent(order)

    changed = stripe.create_intent(an_order(amount=999, payment_id=order.payment_id, key=order.idempotency_key))

    assert isinstance(changed, Later)
    assert changed.ours_to_fix
    assert len(intents_made(sandbox, order)) == 1


def test_cancelling_twice_is_cancelled_twice(stripe, an_intent):
    intent = an_intent()

    assert stripe.cancel(intent.id).intent.state is IntentState.CANCELLED
    assert isinstance(stripe.cancel(intent.id), IntentCancelled)


def test_a_cancel_that_comes_too_late_says_that_the_money_is_there(stripe, sandbox, an_intent):
    intent = an_intent()
    sandbox.fault("stripe:payment_intents.cancel", "already_succeeded")

    late = stripe.cancel(intent.id)

    assert isinstance(late, AlreadySucceeded)
    assert late.intent.state is IntentState.SUCCEEDED


def test_a_payment_in_process_is_cancelled_as_soon_as_it_can_be(stripe, sandbox, an_intent):
    intent = an_intent()
    sandbox.control(f"payment_intents/{intent.id}/processing")

    assert isinstance(stripe.cancel(intent.id), StillProcessing)

    sandbox.control(f"payment_intents/{intent.id}/fail")
    assert isinstance(stripe.cancel(intent.id), IntentCancelled)


def test_an_intent_that_stripe_does_not_know_is_none(stripe):
    assert stripe.retrieve("pi_unknown") == NoSuchIntent()
    assert stripe.cancel("pi_unknown") == NoSuchIntent()


def test_a_declined_card_leaves_its_code_on_the_intent(stripe, sandbox, an_intent):
    intent = an_intent()
    sandbox.control(f"payment_intents/{intent.id}/fail", decline_code="insufficient_funds")

    assert stripe.retrieve(intent.id).failure_code == "insufficient_funds"
    assert stripe.retrieve(intent.id).state is IntentState.OPEN


def test_a_refund_is_made_once_even_after_stripe_forgot_the_key(stripe, sandbox, a_paid_intent):
    intent, purpose = a_paid_intent(), f"refund:{uuid4()}"

    first = stripe.refund(intent.id, 500, purpose)
    sandbox.forget_keys()
    again = stripe.refund(intent.id, 500, purpose)

    assert isinstance(first, Refunded)
    assert again == first
    assert not first.pending
    assert len(refunds_made(sandbox, intent)) == 1


@pytest.mark.parametrize(
    "fault",
    long_except(
        ["server_error_after", "server_error", "timeout_after", "timeout_before"],
        "server_error_after",
        "server_error",
    ),
)
def test_a_refund_of_unknown_outcome_is_made_once(stripe, sandbox, a_paid_intent, fault):
    intent, purpose = a_paid_intent(), f"refund:{uuid4()}"
    sandbox.fault("stripe:refunds.create", fault, **({"delay_ms": LATE_AT_STRIPE_MS} if "timeout" in fault else {}))

    assert isinstance(stripe.refund(intent.id, 500, purpose), Refunded)
    assert stripe.refund(intent.id, 500, purpose).amount == 500
    assert len(refunds_made(sandbox, intent)) == 1


def test_a_refund_the_bank_did_not_take_is_refused(stripe, sandbox, a_paid_intent):
    intent, purpose = a_paid_intent(), f"refund:{uuid4()}"
    sandbox.fault("stripe:refunds.create", "refund_failed")

    assert stripe.refund(intent.id, 500, purpose).pending
    assert wait_for(
        lambda: isinstance(stripe.refund(intent.id, 500, purpose), StripeRefusal), "the refund to be refused"
    )


def test_a_second_refund_is_refused_with_its_code(stripe, a_paid_intent):
    intent = a_paid_intent()
    stripe.refund(intent.id, intent.amount, f"refund:{uuid4()}")

    assert stripe.refund(intent.id, intent.amount, f"refund:{uuid4()}").code == "charge_already_refunded"


def test_a_refund_of_more_than_is_left_says_so_and_not_that_the_deposit_is_too_large(stripe, a_paid_intent):
    intent = a_paid_intent()
    stripe.refund(intent.id, intent.amount - 500, f"refund:{uuid4()}")

    refused = stripe.refund(intent.id, 1000, f"refund:{uuid4()}")

    assert refused == StripeRefusal("amount_too_large", "The amount is larger than what is left of the payment.")


def test_an_intent_is_found_by_its_metadata_and_a_paid_one_first(stripe, sandbox, an_order):
    begun, appointment = datetime.now(UTC), str(uuid4())
    orders = [an_order(metadata={"appointment_id": appointment}) for _ in range(3)]
    first, paid, last = (stripe.create_intent(order) for order in orders)
    sandbox.control(f"payment_intents/{paid.id}/succeed")

    assert stripe.find_by_metadata({"payment_id": orders[0].payment_id}, created_after=begun).id == first.id
    assert stripe.find_by_metadata({"appointment_id": appointment}, created_after=begun).id == paid.id
    assert stripe.find_by_metadata({"payment_id": orders[2].payment_id}, created_after=begun).id == last.id
    assert stripe.find_by_metadata({"payment_id": "none"}, created_after=begun) == NoSuchIntent()


@pytest.mark.long
def test_an_intent_older_than_its_key_is_found_beyond_the_first_page(stripe, sandbox, an_order):
    begun, order = datetime.now(UTC) - timedelta(seconds=1), an_order()
    intent = stripe.create_intent(order)
    for _ in range(101):
        stripe.create_intent(an_order())
    sandbox.forget_keys()

    assert stripe.find_by_metadata({"payment_id": order.payment_id}, created_after=begun).id == intent.id


def test_a_search_that_fails_is_not_an_empty_one(stripe, sandbox):
    sandbox.fault("stripe:payment_intents.list", "server_error", times=None)

    assert isinstance(stripe.find_by_metadata({"payment_id": "x"}, created_after=datetime.now(UTC)), Later)


def test_events_that_the_endpoint_missed_are_listed_oldest_first(stripe, sandbox, an_intent):
    begun, intent = datetime.now(UTC), an_intent()
    sandbox.fault("stripe:webhook.event", "dropped", times=None)
    sandbox.control(f"payment_intents/{intent.id}/fail")
    sandbox.control(f"payment_intents/{intent.id}/succeed")

    events = [event for event in stripe.list_events(begun) if event["data"]["object"]["id"] == intent.id]

    assert [event["type"] for event in events] == ["payment_intent.payment_failed", "payment_intent.succeeded"]


def test_known_events_are_omitted_page_by_page(stripe, sandbox, an_intent, monkeypatch):
    monkeypatch.setattr(stripe, "events_a_page", 2)
    begun, intents = datetime.now(UTC), [an_intent() for _ in range(5)]
    sandbox.fault("stripe:webhook.event", "dropped", times=None)
    for intent in intents:
        sandbox.control(f"payment_intents/{intent.id}/fail")
    newest_first = [event["id"] for event in reversed(stripe.list_events(begun))]
    pages = []

    def known(ids):
        pages.append(ids)
        return set(ids) - {newest_first[1], newest_first[3]}

    listed = stripe.list_events(begun, known=known)

    # The list can also have events of an earlier test, from the same second.
    assert pages == [newest_first[place : place + 2] for place in range(0, len(newest_first), 2)]
    assert [event["id"] for event in listed] == [newest_first[3], newest_first[1]]


def test_a_list_that_may_lack_events_is_none(stripe, sandbox, an_intent, monkeypatch):
    monkeypatch.setattr(stripe, "most_events", 2)
    begun, intent = datetime.now(UTC), an_intent()
    sandbox.fault("stripe:webhook.event", "dropped", times=None)
    sandbox.control(f"payment_intents/{intent.id}/fail")
    sandbox.control(f"payment_intents/{intent.id}/succeed")

    assert stripe.list_events(begun) == TooMany(2)
    assert stripe.list_events(begun - timedelta(days=2), begun - timedelta(days=1)) == []


def test_one_client_serves_many_threads(stripe, an_order):
    orders, made = [an_order() for _ in range(8)], {}
    threads = [
        threading.Thread(target=lambda order=order: made.update({order.payment_id: stripe.create_intent(order)}))
        for order in orders
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {intent.metadata["payment_id"] for intent in made.values()} == {order.payment_id for order in orders}


def intents_made(sandbox, order):
    asked = sandbox.ledger(INTENTS)
    ours = [entry for entry in asked if entry["params"].get("metadata", {}).get("payment_id") == order.payment_id]
    return {entry["response_id"] for entry in ours if entry["response_id"]}


def refunds_made(sandbox, intent):
    asked = [entry for entry in sandbox.ledger(REFUNDS) if entry["params"].get("payment_intent") == intent.id]
    return {entry["response_id"] for entry in asked if entry["response_id"]}


@pytest.fixture
def stripe(stripe_settings):
    return Stripe(stripe_settings)


@pytest.fixture
def an_order():
    def make(*, amount=2000, payment_id=None, key=None, metadata=None):
        payment_id = payment_id or str(uuid4())
        return IntentOrder(
            payment_id=payment_id,
            amount=amount,
            currency="GBP",
            idempotency_key=key or f"deposit:{payment_id}",
            metadata=metadata or {"appointment_id": "a-1", "shop_id": "s-1"},
        )

    return make


@pytest.fixture
def an_intent(stripe, an_order):
    return lambda: stripe.create_intent(an_order())


@pytest.fixture
def a_paid_intent(sandbox, an_intent):
    def make():
        intent = an_intent()
        sandbox.control(f"payment_intents/{intent.id}/succeed")
        return intent

    return make
