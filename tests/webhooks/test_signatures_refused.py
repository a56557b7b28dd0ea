"""Refused signatures are counted by reason, and /readyz reports when there are many of them."""

import json
import time

import pytest
from prometheus_client import REGISTRY

from tests.credentials import AUTH_TOKEN
from tests.webhooks.callers import StripeCaller, TwilioCaller
from tests.webhooks.readiness import expect_readyz
from webhooks.app import create_app
from webhooks.refused_signatures import MANY, RefusedSignatures

EVENT = json.dumps({"id": "evt_1", "object": "event", "type": "charge.refunded", "livemode": False})
LIVE = EVENT.replace("false", "true")
WRONG = {"secret": "whsec_other"}


def by_stripe(body=EVENT, *, seconds=0, **signed):
    """Returns a function that sends an event whose signature is dated `seconds` seconds from now."""
    return lambda client: StripeCaller(client, **signed).posts(body, at=int(time.time()) + seconds)


def by_twilio(token=AUTH_TOKEN, **form):
    return lambda client: TwilioCaller(client, token=token).texts(To="+15550000002", Body="YES", **form)


@pytest.mark.parametrize(
    ("call", "provider", "reason", "settings"),
    [
        (by_stripe(**WRONG), "stripe", "wrong", {}),
        (by_stripe(), "stripe", "unset", {"stripe_webhook_secret": ""}),
        (by_stripe(seconds=-3600), "stripe", "time", {}),
        (by_stripe(seconds=3600), "stripe", "time", {}),
        (by_stripe(LIVE), "stripe", "account", {}),
        (by_stripe("[]"), "stripe", "malformed", {}),
        (by_stripe("{"), "stripe", "malformed", {}),
        (lambda client: client.post("/api/stripe/webhook", data=b"{}"), "stripe", "missing", {}),
        (by_twilio(token="other"), "twilio", "wrong", {}),
        (by_twilio(), "twilio", "wrong", {"app_url": "https://other.example"}),
        (by_twilio(), "twilio", "unset", {"twilio_auth_token": ""}),
        (by_twilio(AccountSid="AC" + "6" * 32), "twilio", "account", {}),
        (lambda client: client.post("/api/twilio/inbound", data={"Body": "x"}), "twilio", "missing", {}),
    ],
)
def test_a_refusal_is_counted_by_its_reason(endpoints_on, database_url, redis_url, call, provider, reason, settings):
    client = create_app(endpoints_on(database_url, redis_url, **settings)).test_client()
    before = counted(provider, reason)
    assert call(client).status_code in {400, 403}
    assert counted(provider, reason) == before + 1


def test_a_series_is_there_before_the_first_refusal(wiring):
    assert counted("stripe", "wrong") is not None
    assert counted("twilio", "wrong") is not None


def test_many_refused_signatures_are_reported(client):
    for call in [by_stripe(**WRONG)] * 4:
        call(client)
    expect_readyz(client, {"ready": True})
    by_stripe(**WRONG)(client)
    expect_readyz(client, {"ready": True, "degraded": ["stripe_signatures"]})


def test_a_wrong_clock_is_reported_instead_of_a_wrong_secret(client, monkeypatch):
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() + 360)
    assert {by_stripe(seconds=-360)(client).status_code for _ in range(5)} == {400}
    expect_readyz(client, {"ready": True, "degraded": ["clock"]})


def test_an_unsigned_request_raises_no_alarm(client):
    for _ in range(20):
        client.post("/api/stripe/webhook", data=b"{}")
    expect_readyz(client, {"ready": True})


def counted(provider, reason):
    return REGISTRY.get_sample_value("slots_signatures_refused_total", {"provider": provider, "reason": reason})


def test_a_provider_that_is_not_in_the_table_is_counted_too():
    refusals = RefusedSignatures()
    for _ in range(MANY):
        assert not refusals.many_of("acme")
        refusals.note("acme", "wrong")
    assert refusals.many_of("acme")
