"""Stripe's idempotency keys: each key returns its first response, even if it was an error."""

import itertools
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
import stripe

from tests.credentials import STRIPE_KEY
from tests.waiting import PATIENCE_SECONDS, wait_for


def test_the_same_key_and_parameters_get_the_first_answer_again(sandbox):
    first, again = sandbox.intent("k1"), sandbox.intent("k1")
    assert first.id == again.id
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert len(sandbox.stripe.payment_intents.list().data) == 1


def test_the_same_key_with_other_parameters_is_an_error(sandbox):
    sandbox.intent("k1")
    with pytest.raises(stripe.IdempotencyError) as refused:
        sandbox.intent("k1", amount=2500)
    assert refused.value.http_status == 400


def test_two_calls_with_one_key_at_once_are_a_conflict(sandbox):
    sandbox.fault("stripe payment_intents.create", "latency", delay_ms=400, times=None)
    keys = itertools.count()

    def conflict():
        """On a busy machine, a call may begin after the end of another call. It then gets the first response."""
        key = f"k{next(keys)}"
        with ThreadPoolExecutor(3) as together:
            statuses = list(together.map(lambda _: create(sandbox, key), range(3)))
        assert set(statuses) <= {200, 409}
        return sorted(statuses) == [200, 409, 409]

    wait_for(conflict, "three calls at once")
    assert len({intent.id for intent in sandbox.stripe.payment_intents.list().data}) == next(keys)


def create(sandbox, key):
    headers = {"Authorization": f"Bearer {STRIPE_KEY}", "Idempotency-Key": key}
    form = {"amount": "2000", "currency": "gbp"}
    return requests.post(
        f"{sandbox.url}/v1/payment_intents", form, headers=headers, timeout=PATIENCE_SECONDS
    ).status_code


def test_a_stored_500_is_returned_again(sandbox):
    sandbox.fault("stripe payment_intents.create", "500")
    for _ in range(2):
        with pytest.raises(stripe.APIError) as failed:
            sandbox.intent("k1")
        assert failed.value.http_status == 500
    assert sandbox.intent("k2").id
    assert len(sandbox.stripe.payment_intents.list().data) == 1


def test_a_call_refused_before_it_began_leaves_its_key_free(sandbox):
    with pytest.raises(stripe.InvalidRequestError):
        sandbox.intent("k1", amount=0)
    assert sandbox.intent("k1").id


def test_after_a_day_a_key_is_forgotten(sandbox):
    first = sandbox.intent("k1")
    assert requests.delete(f"{sandbox.url}/sandbox/idempotency_keys", timeout=PATIENCE_SECONDS).json() == {
        "forgotten": 1
    }
    assert sandbox.intent("k1").id != first.id


def test_a_decline_is_stored_too(sandbox):
    intent = sandbox.intent()
    for _ in range(2):
        with pytest.raises(stripe.CardError):
            sandbox.stripe.payment_intents.confirm(
                intent.id, {"payment_method": "pm_card_visa_chargeDeclined"}, {"idempotency_key": "c1"}
            )
    failures = sandbox.stripe.events.list({"type": "payment_intent.payment_failed"})
    assert len(failures.data) == 1
