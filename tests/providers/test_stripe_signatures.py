"""Only recent snapshot events of our mode are accepted, and only if they are signed with one of our two secrets."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from stripe import WebhookSignature

from providers.signature import NotAuthentic
from providers.stripe.stripe_client import IntentOrder, Stripe
from providers.stripe.stripe_events import (
    SUBSCRIBED,
    DisputeEvent,
    DisputeStatus,
    IgnoredEvent,
    IntentChange,
    IntentEvent,
    RefundEvent,
    UnreadableEvent,
    read_event,
)
from providers.stripe.stripe_results import IntentState
from providers.stripe.stripe_signature import TOLERANCE_SECONDS, verify
from settings.web import WebSettings
from tests.credentials import STRIPE_SECRET

ENDPOINT = "/api/stripe/webhook"
SETTINGS = WebSettings(stripe_webhook_secret=STRIPE_SECRET, stripe_webhook_secret_previous="whsec_before")
INTENT = {"id": "pi_1", "object": "payment_intent", "amount": 2000, "currency": "gbp", "status": "succeeded"}
EVENT = {
    "id": "evt_1",
    "object": "event",
    "type": "payment_intent.succeeded",
    "livemode": False,
    "data": {"object": INTENT | {"metadata": {"payment_id": "p-1"}}},
}


def test_a_payment_arrives_signed_and_is_read(sandbox, application, web_settings, stripe_settings):
    order = IntentOrder("p-77", 2000, "gbp", "deposit:p-77", {"appointment_id": "a-77"})
    intent = Stripe(stripe_settings).create_intent(order)
    sandbox.control(f"payment_intents/{intent.id}/succeed")

    _, headers, body = application.received(ENDPOINT, "payment_intent.succeeded", intent.id)
    event = read_event(verify(web_settings, body, {"stripe-signature": headers["Stripe-Signature"]}))

    assert isinstance(event, IntentEvent)
    assert (event.change, event.state, event.amount) == (IntentChange.SUCCEEDED, IntentState.SUCCEEDED, 2000)
    assert event.metadata["payment_id"] == "p-77"


@pytest.mark.parametrize("secret", [STRIPE_SECRET, "whsec_before"])
def test_both_secrets_are_accepted_while_one_is_rolled(secret):
    assert verify(SETTINGS, *signed(secret=secret)) == EVENT


@pytest.mark.parametrize("secret", ["", " ", "whsec_other"])
def test_no_other_secret_is(secret):
    assert refused(SETTINGS, *signed(secret=secret))


@pytest.mark.parametrize("secret", ["", "whsec_before"])
def test_an_empty_secret_closes_the_endpoint(secret):
    closed = SETTINGS.model_copy(update={"stripe_webhook_secret": SecretStr("")})

    assert refused(closed, *signed(secret=secret))


@pytest.mark.parametrize("seconds", [-TOLERANCE_SECONDS - 5, TOLERANCE_SECONDS + 5, 10**10])
def test_an_old_or_a_future_timestamp_is_refused(seconds):
    assert refused(SETTINGS, *signed(at=int(time.time()) + seconds))


@pytest.mark.parametrize(
    "payload",
    [
        b"[]",
        b"{}",
        b"null",
        b'"text"',
        b"12",
        b"",
        b"not json",
        b'{"id": NaN}',
        b"[" * 100_000,
        json.dumps(EVENT | {"livemode": True}).encode(),
        json.dumps(EVENT | {"livemode": "false"}).encode(),
        json.dumps(EVENT | {"object": "v2.core.event"}).encode(),
        json.dumps(EVENT | {"id": None}).encode(),
        json.dumps(EVENT | {"id": "e" * 256}).encode(),
        json.dumps(EVENT | {"type": ""}).encode(),
        json.dumps(EVENT | {"amount": 1e400}).encode(),
    ],
    ids=lambda payload: payload[:40].decode(),
)
def test_a_signed_body_with_an_unknown_event_is_refused(payload):
    assert refused(SETTINGS, *signed(payload))


def test_no_header_is_refused():
    assert verify(SETTINGS, signed()[0], {}) == NotAuthentic("wrong")


def test_bad_utf_8_is_refused():
    body, headers = signed()

    assert refused(SETTINGS, body + b"\xff", headers)


def test_a_changed_body_is_refused():
    body, headers = signed()

    assert refused(SETTINGS, body + b" ", headers)


@pytest.mark.parametrize(
    "header", ["", "t=,v1=", "t=abc,v1=x", "v1=x", "t=1", "t=1,v0=x", "é", "t=é,v1=é", ",,,", "="]
)
def test_an_odd_header_is_refused(header):
    assert refused(SETTINGS, signed()[0], {"stripe-signature": header})


def test_live_events_are_for_production_and_test_events_are_not():
    production = SETTINGS.model_copy(update={"environment": "production"})

    assert verify(production, *signed(json.dumps(EVENT | {"livemode": True}).encode()))
    assert refused(production, *signed())


def test_characters_that_postgres_cannot_store_are_removed():
    body = json.dumps(EVENT | {"note\x00": "a\x00b\ud83d"}).encode()

    assert verify(SETTINGS, *signed(body))["note"] == "ab\ufffd"


@given(body=st.binary(), header=st.text())
def test_no_input_makes_the_check_raise_or_pass(body, header):
    assert refused(SETTINGS, body, {"stripe-signature": header})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(JSON)
def test_no_signed_json_makes_the_check_raise(payload):
    verify(SETTINGS, *signed(json.dumps(payload).encode()))


@given(st.sampled_from([*SUBSCRIBED, "invented"]), JSON, JSON)
def test_no_signed_event_makes_the_reading_raise(kind, data, content):
    for payload in (EVENT | {"type": kind, "data": data}, EVENT | {"type": kind, "data": {"object": content}}):
        assert read_event(payload) is not None


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("payment_intent.succeeded", IntentChange.SUCCEEDED),
        ("payment_intent.payment_failed", IntentChange.FAILED),
        ("payment_intent.canceled", IntentChange.CANCELLED),
        ("payment_intent.processing", IntentChange.PROCESSING),
    ],
)
def test_a_change_of_a_payment_is_read(kind, change):
    event = read_event(EVENT | {"type": kind})

    assert (event.change, event.intent_id, event.currency) == (change, "pi_1", "gbp")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        ({"code": "card_declined", "decline_code": "lost_card"}, "lost_card"),
        ({"code": "payment_intent_authentication_failure"}, "payment_intent_authentication_failure"),
        ({}, None),
        (None, None),
    ],
)
def test_a_decline_keeps_its_most_telling_code(error, code):
    failed = EVENT | {
        "type": "payment_intent.payment_failed",
        "data": {"object": INTENT | {"last_payment_error": error}},
    }

    assert read_event(failed).failure_code == code


@pytest.mark.parametrize("kind", ["refund.created", "refund.updated", "refund.failed"])
def test_a_refund_is_read(kind):
    status = "failed" if kind == "refund.failed" else "succeeded"
    refund = {"id": "re_1", "payment_intent": "pi_1", "amount": 500, "status": status, "metadata": {"purpose": "k"}}

    assert read_event(about(kind, refund)) == RefundEvent(
        "evt_1", "pi_1", "re_1", 500, status == "failed", {"purpose": "k"}
    )


def test_a_refund_reported_by_its_charge_is_read():
    charge = {"id": "ch_1", "payment_intent": "pi_1", "amount": 2000, "amount_refunded": 500, "status": "succeeded"}

    assert read_event(about("charge.refunded", charge)) == RefundEvent("evt_1", "pi_1", None, 500, failed=False)


@pytest.mark.parametrize(
    ("status", "standing"),
    [
        ("needs_response", DisputeStatus.OPEN),
        ("a word of tomorrow", DisputeStatus.OPEN),
        ("won", DisputeStatus.WON),
        ("warning_closed", DisputeStatus.WON),
        ("lost", DisputeStatus.LOST),
        ("prevented", DisputeStatus.LOST),
    ],
)
def test_a_dispute_is_read(status, standing):
    dispute = {"id": "du_1", "payment_intent": "pi_1", "amount": 2000, "reason": "fraudulent", "status": status}

    event = read_event(about("charge.dispute.closed", dispute))

    assert event == DisputeEvent("evt_1", "pi_1", "du_1", 2000, "fraudulent", status, standing)


def test_a_kind_that_changes_nothing_is_ignored():
    assert read_event(EVENT | {"type": "customer.created"}) == IgnoredEvent("evt_1", "customer.created")


@pytest.mark.parametrize(
    "content", [None, [], {}, {"id": 7, "amount": "much"}, {"id": "pi_1", "currency": "pounds"}], ids=str
)
def test_an_event_about_money_that_we_cannot_read_is_never_ignored(content):
    assert isinstance(read_event(about("payment_intent.succeeded", content)), UnreadableEvent)


def about(kind, content):
    return EVENT | {"type": kind, "data": {"object": content}}


def signed(body=None, *, secret=STRIPE_SECRET, at=None):
    body = json.dumps(EVENT).encode() if body is None else body
    return body, {"stripe-signature": WebhookSignature.generate_signature_header(body.decode(), secret, at)}


def refused(*given):
    return isinstance(verify(*given), NotAuthentic)
