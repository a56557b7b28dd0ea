"""A fault affects only the specified calls, and only the specified number of times."""

import time

import pytest
import requests
import stripe
from twilio.base.exceptions import TwilioRestException

from sandbox.fault_catalogue import CATALOGUE, FAULT_ALIASES, OPERATION_ALIASES, faults_at, operations
from tests.waiting import PATIENCE_SECONDS

ANA, BEN, SHOP = "+447700900101", "+447700900102", "+447700900001"
FORM = {"To": ANA, "From": SHOP, "Body": "hello"}
CREATE = "twilio messages.create"


@pytest.mark.parametrize(
    ("fault", "status"), [("rate_limited", 429), ("429", 429), ("server_error", 500), ("500", 500)]
)
def test_an_error_answers_as_twilio_does_and_sends_nothing(sandbox, fault, status):
    sandbox.fault(CREATE, fault)
    with pytest.raises(TwilioRestException) as failed:
        sandbox.send()
    assert failed.value.status == status
    assert sandbox.twilio.messages.list() == []
    assert sandbox.send().sid, "once is once"


def test_a_rate_limit_at_stripe_is_not_stored_for_the_key(sandbox):
    sandbox.fault("stripe payment_intents.create", "rate_limited")
    with pytest.raises(stripe.RateLimitError):
        sandbox.intent("k1")
    assert sandbox.intent("k1").id


@pytest.mark.parametrize(("fault", "sent"), [("timeout_before", 0), ("timeout_after", 1)])
def test_a_time_out_leaves_the_caller_in_the_dark_and_the_ledger_knows(sandbox, fault, sent):
    sandbox.fault(CREATE, fault, delay_ms=0)
    with pytest.raises(requests.ConnectionError):
        sandbox.send()
    assert len(sandbox.twilio.messages.list()) == sent
    (asked,) = sandbox.ledger(method="POST", provider="twilio")
    assert (asked["fault"], asked["status"]) == (fault, 201 if sent else 0)
    assert (asked["response_id"] is not None) == bool(sent)


def test_a_time_out_holds_the_line_for_as_long_as_asked(sandbox):
    sandbox.fault("stripe payment_intents.create", "timeout_after", delay_ms=300)
    asked = time.monotonic()
    with pytest.raises(stripe.APIConnectionError):
        sandbox.intent("k1")
    assert time.monotonic() - asked >= 0.3
    assert sandbox.intent("k1").id == sandbox.stripe.payment_intents.list().data[0].id


def test_an_error_can_hide_that_the_effect_happened(sandbox):
    sandbox.fault(CREATE, "server_error_after")
    with pytest.raises(TwilioRestException):
        sandbox.send()
    assert len(sandbox.twilio.messages.list()) == 1


def test_latency_answers_rightly_but_late(sandbox):
    sandbox.fault("*", "latency", delay_ms=200)
    asked = time.monotonic()
    assert sandbox.send().sid
    assert time.monotonic() - asked >= 0.2


@pytest.mark.parametrize(
    ("fault", "more", "code"),
    [
        ("opted_out", {}, 21610),
        ("invalid_number", {}, 21211),
        ("error", {"code": 21614}, 21614),
        ("21408", {}, 21408),
        ("error", {"code": 20003}, 20003),
    ],
)
def test_any_refusal_of_twilios_can_be_asked_for(sandbox, fault, more, code):
    sandbox.fault(CREATE, fault, **more)
    with pytest.raises(TwilioRestException) as refused:
        sandbox.send()
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("fault", "more", "status", "code"),
    [
        ("undelivered", {}, "undelivered", 30003),
        ("undelivered", {"code": 30006}, "undelivered", 30006),
        ("failed", {}, "failed", 30008),
    ],
)
def test_a_text_that_does_not_arrive_says_why(sandbox, application, fault, more, status, code):
    sandbox.fault(CREATE, fault, **more)
    sent = sandbox.send(status_callback=f"{application.url}/status")
    (webhook,) = application.wait(MessageSid=sent.sid, MessageStatus=status)
    assert webhook["ErrorCode"] == str(code)
    fetched = sandbox.twilio.messages(sent.sid).fetch()
    assert (fetched.status, fetched.error_code) == (status, code)


def test_a_text_that_waits_too_long_is_given_up_at_the_end_of_its_validity(sandbox, application):
    sandbox.fault(CREATE, "slow_delivery", delay_ms=60_000)
    sent = sandbox.send(status_callback=f"{application.url}/status", validity_period=1)
    assert sandbox.twilio.messages(sent.sid).fetch().status in ("queued", "sent")
    (webhook,) = application.wait(MessageSid=sent.sid, MessageStatus="failed")
    assert webhook["ErrorCode"] == "30036"


def test_whatsapp_outside_its_window_takes_templates_only(sandbox, application):
    sandbox.fault(CREATE, "whatsapp_window_closed", times=None)
    create = sandbox.twilio.messages.create
    asked = {"to": f"whatsapp:{ANA}", "from_": f"whatsapp:{SHOP}", "status_callback": f"{application.url}/status"}
    lost, arrived, plain = create(body="hello", **asked), create(content_sid="HX1", **asked), sandbox.send()
    (webhook,) = application.wait(MessageSid=lost.sid)
    assert (webhook["MessageStatus"], webhook["ErrorCode"]) == ("failed", "63016")
    assert application.wait(MessageSid=arrived.sid, MessageStatus="delivered")
    assert plain.sid


def test_every_card_is_declined_while_the_fault_lasts(sandbox):
    number = sandbox.fault("stripe payment_intents.confirm", "declined", code="lost_card", times=None)
    intent = sandbox.intent()
    for _ in range(2):
        with pytest.raises(stripe.CardError) as declined:
            sandbox.stripe.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
        assert declined.value.error.decline_code == "lost_card"
    requests.delete(f"{sandbox.url}/sandbox/faults/{number}", timeout=PATIENCE_SECONDS)
    assert sandbox.stripe.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"}).status == "succeeded"


def test_the_customer_may_pay_just_before_the_cancel(sandbox, application):
    sandbox.fault("stripe payment_intents.cancel", "already_succeeded")
    with pytest.raises(stripe.InvalidRequestError) as refused:
        sandbox.stripe.payment_intents.cancel(sandbox.intent().id)
    assert refused.value.error.payment_intent.status == "succeeded"
    assert application.wait(type="payment_intent.succeeded")


def test_a_payment_may_be_disputed_as_soon_as_it_arrives(sandbox, application):
    sandbox.fault("stripe", "dispute")
    sandbox.paid()
    assert application.wait(type="charge.dispute.created")


def test_a_fault_hits_only_what_it_matches(sandbox):
    sandbox.fault(CREATE, "opted_out", match={"To": BEN}, times=None)
    sandbox.fault("stripe", "rate_limited", match={"metadata[appointment_id]": "a2"}, times=None)
    assert sandbox.send(to=ANA).sid
    with pytest.raises(TwilioRestException):
        sandbox.send(to=BEN)
    assert sandbox.intent(metadata={"appointment_id": "a1"}).id
    with pytest.raises(stripe.RateLimitError):
        sandbox.intent(metadata={"appointment_id": "a2"})


def test_a_match_of_two_names_wants_both(sandbox):
    sandbox.fault(CREATE, "opted_out", match={"To": BEN, "Body": "hello"})
    assert sandbox.send(to=BEN, body="goodbye").sid
    with pytest.raises(TwilioRestException):
        sandbox.send(to=BEN, body="hello")


def test_a_text_match_looks_in_every_value(sandbox):
    sandbox.fault(CREATE, "invalid_number", match="10:30")
    assert sandbox.send(body="at 11:00").sid
    with pytest.raises(TwilioRestException):
        sandbox.send(body="at 10:30")


def test_faults_are_spent_listed_and_cleared(sandbox):
    number = sandbox.fault(CREATE, "error", times=2)
    for left in (1, 0):
        with pytest.raises(TwilioRestException):
            sandbox.send()
        (shown,) = sandbox.get("faults")["faults"]
        assert (shown["id"], shown["left"]) == (number, left)
    assert sandbox.send().sid
    sandbox.fault("*", "latency")
    assert requests.delete(f"{sandbox.url}/sandbox/faults", timeout=PATIENCE_SECONDS).json() == {"cleared": 2}
    assert sandbox.get("faults") == {"faults": [], "catalogue": CATALOGUE}


@pytest.mark.parametrize(
    "wish",
    [
        {"provider": "paypal", "operation": "*", "fault": "latency"},
        {"provider": "twilio", "operation": "calls.create", "fault": "latency"},
        {"provider": "twilio", "operation": "messages.list", "fault": "undelivered"},
        {"provider": "stripe", "operation": "refunds.create", "fault": "latency", "times": "twice"},
        {"provider": "stripe", "operation": "refunds.create", "fault": "latency", "delay_ms": -1},
        {"provider": "stripe", "operation": "refunds.create", "fault": "latency", "often": 3},
    ],
)
def test_an_unknown_name_is_refused_with_the_valid_ones(sandbox, wish):
    answer = sandbox.post("faults", **wish)
    assert answer.status_code == 400
    assert answer.json()["valid"]
    assert answer.json()["catalogue"] == CATALOGUE


@pytest.mark.long
def test_every_name_of_the_catalogue_can_be_switched_on_and_every_alias_means_one(sandbox):
    for provider, table in CATALOGUE.items():
        for operation, faults in table.items():
            for fault in faults:
                assert sandbox.fault(f"{provider} {operation}", fault)
    assert {name for name in FAULT_ALIASES.values() if name not in faults_at("*", "*")} == set()
    assert [name for name in OPERATION_ALIASES.values() if not operations("*", name)] == []
