"""An event signed by Stripe is recorded once, together with its task."""

import json
import time

import pytest

from tests.builders import a_customer, a_payment, an_appointment
from tests.webhooks.callers import StripeCaller, rows, the_only
from webhooks.app import create_app

RECEIVED = {"received": True}
INTENT = {"id": "pi_1", "object": "payment_intent", "amount": 2000, "currency": "gbp", "status": "succeeded"}
REFUND = {"id": "re_1", "object": "refund", "payment_intent": "pi_1", "amount": 2000, "status": "succeeded"}
DISPUTE = {"id": "dp_1", "object": "dispute", "payment_intent": "pi_1", "status": "needs_response"}


def test_a_payment_that_succeeded_is_recorded_and_becomes_a_task(session, stripe, payment):
    answer = stripe.tells("payment_intent.succeeded", INTENT, id="evt_1")

    assert (answer.status_code, answer.json) == (200, RECEIVED)
    event, task = the_only(session, "webhook_events"), the_only(session, "pending_tasks")
    assert (event.provider, event.event_id, event.type) == ("stripe", "evt_1", "payment_intent.succeeded")
    assert (event.shop_id, event.handled_at) == (payment.shop_id, None)
    assert event.payload["data"]["object"] == INTENT
    assert (task.name, task.args) == ("handle_payment_success", ["pi_1"])
    assert (task.webhook_event_id, task.shop_id) == (event.id, payment.shop_id)


@pytest.mark.parametrize(
    ("kind", "thing", "task"),
    [
        ("payment_intent.payment_failed", INTENT, "handle_payment_failure"),
        ("payment_intent.canceled", INTENT, "handle_payment_change"),
        ("payment_intent.processing", INTENT, "handle_payment_change"),
        ("refund.created", REFUND, "handle_payment_change"),
        ("charge.dispute.created", DISPUTE, "handle_payment_change"),
    ],
)
def test_every_kind_we_act_on_has_its_task(session, stripe, kind, thing, task):
    assert stripe.tells(kind, thing).json == RECEIVED
    added = the_only(session, "pending_tasks")
    assert (added.name, added.args) == (task, ["pi_1"])


def test_an_unknown_intent_is_recorded_and_left_to_its_task(session, stripe):
    assert stripe.tells("payment_intent.succeeded", INTENT | {"id": "pi_unknown"}).json == RECEIVED
    assert the_only(session, "webhook_events").shop_id is None
    assert the_only(session, "pending_tasks").args == ["pi_unknown"]


def test_the_same_event_again_is_answered_and_changes_nothing(session, stripe):
    for kind in ("payment_intent.succeeded", "payment_intent.succeeded", "payment_intent.payment_failed"):
        assert stripe.tells(kind, INTENT, id="evt_1").json == RECEIVED
    assert the_only(session, "webhook_events").type == "payment_intent.succeeded"
    assert the_only(session, "pending_tasks").name == "handle_payment_success"


def test_an_event_of_another_kind_is_recorded_as_done(session, stripe):
    assert stripe.tells("customer.created", {"id": "cus_1"}).json == RECEIVED
    event = the_only(session, "webhook_events")
    assert (event.outcome, event.handled_at is not None) == ("ignored", True)
    assert rows(session, "pending_tasks") == []


@pytest.mark.parametrize("thing", [{}, {"id": ""}, {"id": "pi_1", "amount": -1}, {"id": ["pi_1"]}])
def test_an_event_that_is_not_as_documented_is_kept_for_a_human(session, stripe, thing):
    assert stripe.tells("payment_intent.succeeded", thing or {"object": "payment_intent"}).json == RECEIVED
    assert the_only(session, "webhook_events").outcome.startswith("unreadable: ")
    assert rows(session, "pending_tasks") == []


def test_an_event_is_stored_without_characters_that_postgres_cannot_store(session, stripe):
    odd = '{"id":"evt_1","type":"customer.created","livemode":false,"a\\u0000":"x\\u0000\\ud800","n":1e300}'
    assert stripe.posts(odd).json == RECEIVED
    assert the_only(session, "webhook_events").payload["a"] == "x\ufffd"


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "null",
        "7",
        '"evt_1"',
        "not json",
        "{}",
        '{"id":"evt_1"}',
        '{"id":"","type":"x"}',
        '{"id":7,"type":"x"}',
        '{"id":"evt_1","type":"x","livemode":true}',
        '{"id":"evt_1","type":"x","livemode":"false"}',
        '{"id":"evt_1","type":"x","object":"v2.core.event"}',
        '{"id":"evt_1","type":"x","n":NaN}',
        '{"id":"evt_1","type":"x","n":1e999}',
        '{"id":"evt_1","type":"x","n":' + "9" * 5000 + "}",
        '{"id":"evt_1","type":"x","n":' + "[" * 100_000 + "]" * 100_000 + "}",
        json.dumps({"id": "evt_" + "1" * 300, "type": "x"}),
    ],
)
def test_a_signed_body_that_is_not_an_event_is_refused(session, stripe, body):
    answer = stripe.posts(body)
    assert (answer.status_code, answer.json) == (400, {"error": "Invalid signature"})
    assert rows(session, "webhook_events") == []


def test_the_deepest_readable_nesting_is_accepted(session, stripe):
    for depth in (100, 300, 450, 700, 950):
        nested = "[" * depth + "]" * depth
        answer = stripe.posts(f'{{"id":"evt_{depth}","type":"x","livemode":false,"n":{nested}}}')
        assert answer.status_code in {200, 400}


@pytest.mark.parametrize("header", ["", "t=1", "v1=abc", "t=x,v1=abc", "t=1,v1=\xe9", "t=99999999999,v1=" + "0" * 64])
def test_a_signature_that_is_none_opens_nothing(session, stripe, header):
    answer = stripe.posts('{"id":"evt_1","type":"x"}', headers={"Stripe-Signature": header})
    assert (answer.status_code, answer.json) == (400, {"error": "Invalid signature"})
    assert rows(session, "webhook_events") == []


@pytest.mark.parametrize("seconds", [-301, -86_400, 400])
def test_an_old_signature_and_one_from_the_future_open_nothing(stripe, seconds):
    body = '{"id":"evt_1","type":"x","livemode":false}'
    assert stripe.posts(body, at=int(time.time()) + seconds).status_code == 400


def test_a_body_of_bad_utf_8_is_refused(stripe):
    headers = {"Stripe-Signature": "t=1,v1=abc"}
    assert stripe.client.post("/api/stripe/webhook", data=b'{"id":"\xff"}', headers=headers).status_code == 400


def test_both_secrets_are_good_while_one_is_rolled_and_an_empty_one_never(endpoints_on, database_url, redis_url):
    rolling = endpoints_on(
        database_url, redis_url, stripe_webhook_secret="whsec_new", stripe_webhook_secret_previous="whsec_old"
    )
    client = create_app(rolling).test_client()
    secrets = ("whsec_new", "whsec_old", "whsec_older", "")
    assert [StripeCaller(client, secret).tells("x").status_code for secret in secrets] == [200, 200, 400, 400]

    shut = create_app(endpoints_on(database_url, redis_url, stripe_webhook_secret="")).test_client()
    assert StripeCaller(shut, "").tells("x").status_code == 400


@pytest.fixture
def payment(session, shop):
    appointment = an_appointment(session, a_customer(session, shop), status="pending_payment")
    made = a_payment(session, appointment, status="pending", stripe_payment_intent_id="pi_1")
    session.commit()
    return made
