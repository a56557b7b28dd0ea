"""Sends texts to the sandbox through Twilio's SDK: every outcome is returned rather than raised, and no text is sent
twice.
"""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from providers.too_many import TooMany
from providers.twilio.delivery_status import Status
from providers.twilio.twilio_client import MessageTemplate, Twilio
from providers.twilio.twilio_codes import TwilioCodeKind
from providers.twilio.twilio_results import Carried, MessageNotThere, TextRefused, TextSent, Unknown
from settings.twilio import TwilioSettings
from tests.waiting import PATIENCE_SECONDS, wait_for

from .conftest import ANA, SHOP

MESSAGES = "/Messages.json"


def test_a_text_is_sent_with_its_callback_and_its_validity(twilio, sandbox, offer):
    sent = offer("A slot opened")

    assert isinstance(sent, TextSent)
    asked = sandbox.ledger(MESSAGES)[-1]
    assert asked["response_id"] == sent.sid
    assert asked["params"]["ValidityPeriod"] == "600"
    assert asked["params"]["StatusCallback"].endswith("/api/twilio/status/7")


@pytest.mark.parametrize(("wished", "asked"), [(0, "1"), (-5, "1"), (900, "900"), (99_999, "36000")])
def test_the_validity_stays_within_what_twilio_takes(offer, sandbox, wished, asked):
    assert isinstance(offer("Bounded", validity_seconds=wished), TextSent)
    assert sandbox.ledger(MESSAGES)[-1]["params"]["ValidityPeriod"] == asked


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (21211, TwilioCodeKind.REFUSED),
        (21612, TwilioCodeKind.REFUSED),
        (21614, TwilioCodeKind.REFUSED),
        (21610, TwilioCodeKind.OPTED_OUT),
        (20003, TwilioCodeKind.OURS_TO_FIX),
        (21606, TwilioCodeKind.OURS_TO_FIX),
        (21408, TwilioCodeKind.OURS_TO_FIX),
        (30034, TwilioCodeKind.OURS_TO_FIX),
        (21611, TwilioCodeKind.LATER),
        (20429, TwilioCodeKind.LATER),
    ],
)
def test_a_refusal_says_what_follows(offer, sandbox, code, kind):
    sandbox.fault("twilio:messages.create", "error", code=code)

    refused = offer("Refused")

    assert isinstance(refused, TextRefused)
    assert (refused.kind, refused.code) == (kind, code)
    assert refused.meaning


def test_too_many_requests_is_later(offer, sandbox):
    sandbox.fault("twilio:messages.create", "rate_limited")

    assert offer("Too fast").kind is TwilioCodeKind.LATER


def test_a_twilio_that_is_not_there_took_nothing(sandbox):
    nobody = Twilio(
        TwilioSettings(twilio_account_sid="AC1", twilio_auth_token="x", twilio_api_url="http://127.0.0.1:9")
    )

    refused = nobody.send(SHOP, ANA, "Hello", status_callback="http://127.0.0.1/x", validity_seconds=60)

    assert isinstance(refused, TextRefused)
    assert refused.kind is TwilioCodeKind.LATER


def test_wrong_credentials_are_ours_to_fix(twilio_settings):
    stranger = Twilio(twilio_settings.model_copy(update={"twilio_account_sid": "AC" + "6" * 32}))

    refused = stranger.send(SHOP, ANA, "Hello", status_callback="http://127.0.0.1/x", validity_seconds=60)

    assert isinstance(refused, TextRefused)
    assert refused.kind is TwilioCodeKind.OURS_TO_FIX


@pytest.mark.parametrize("fault", ["server_error_after", "timeout_after"])
def test_a_text_of_unknown_outcome_that_was_sent_is_found(patient_twilio, offer, sandbox, fault):
    words, begun = f"Offer {uuid4()}", datetime.now(UTC)
    sandbox.fault("twilio:messages.create", fault, delay_ms=1200 if fault == "timeout_after" else 0)

    assert isinstance(offer(words), Unknown)
    found = patient_twilio.find(from_=SHOP, to=ANA, body=words, sent_after=begun)

    assert isinstance(found, Carried)
    assert len([entry for entry in sandbox.ledger(MESSAGES) if entry["params"]["Body"] == words]) == 1


@pytest.mark.parametrize("fault", ["server_error", "timeout_before"])
def test_a_text_of_unknown_outcome_that_was_not_sent_is_not_there(patient_twilio, offer, sandbox, fault):
    words, begun = f"Offer {uuid4()}", datetime.now(UTC)
    sandbox.fault("twilio:messages.create", fault, delay_ms=1200 if fault == "timeout_before" else 0)

    assert isinstance(offer(words), Unknown)
    assert patient_twilio.find(from_=SHOP, to=ANA, body=words, sent_after=begun) == MessageNotThere()


def test_a_known_or_an_older_text_with_the_same_words_is_not_matched_with_the_lost_one(twilio, offer):
    words, begun = f"Offer {uuid4()}", datetime.now(UTC)
    sent = offer(words)

    assert twilio.find(from_=SHOP, to=ANA, body=words, sent_after=begun, known={sent.sid}) == MessageNotThere()
    assert twilio.find(from_=SHOP, to=ANA, body=words, sent_after=begun + timedelta(minutes=1)) == MessageNotThere()


def test_a_search_that_fails_is_not_an_empty_one(twilio, sandbox):
    sandbox.fault("twilio:messages.list", "server_error")

    assert isinstance(twilio.find(from_=SHOP, to=ANA, body="x", sent_after=datetime.now(UTC)), Unknown)


def test_a_message_whose_callbacks_got_lost_is_fetched(twilio, offer, sandbox):
    sandbox.fault("twilio:webhook.status", "dropped", times=None)
    sandbox.fault("twilio:messages.create", "undelivered", code=30005)
    sent = offer("Nobody there")

    ended = wait_for(
        lambda: _if(twilio.fetch(sent.sid), lambda text: text.status is Status.UNDELIVERED),
        "the text to be undelivered",
    )

    assert ended.error_code == 30005
    assert twilio.fetch("SM" + "0" * 32) == MessageNotThere()


def test_texts_our_endpoints_missed_are_listed_oldest_first(twilio, sandbox):
    begun, words = datetime.now(UTC) - timedelta(seconds=2), [f"YES {uuid4()}", f"NO {uuid4()}"]
    sandbox.fault("twilio:webhook.inbound", "dropped", times=None)
    for body in words:
        sandbox.control("inbound", **{"from": ANA, "to": SHOP, "body": body})

    listed = twilio.list_inbound(SHOP, begun)

    assert [text.body for text in listed if text.body in words] == words
    assert {text.from_ for text in listed} == {ANA}


def test_texts_are_listed_up_to_an_end(twilio, sandbox):
    begun, body = datetime.now(UTC) - timedelta(seconds=2), f"YES {uuid4()}"
    sandbox.fault("twilio:webhook.inbound", "dropped", times=None)
    sandbox.control("inbound", **{"from": ANA, "to": SHOP, "body": body})

    assert twilio.list_inbound(SHOP, begun - timedelta(days=2), begun - timedelta(days=1)) == []
    assert body in [text.body for text in twilio.list_inbound(SHOP, begun, begun + timedelta(minutes=1))]


def test_a_list_that_may_lack_texts_is_none(twilio, sandbox, monkeypatch):
    monkeypatch.setattr(twilio, "most_inbound", 2)
    begun = datetime.now(UTC) - timedelta(seconds=2)
    sandbox.fault("twilio:webhook.inbound", "dropped", times=None)
    for body in ("YES", "NO"):
        sandbox.control("inbound", **{"from": ANA, "to": SHOP, "body": body})

    assert twilio.list_inbound(SHOP, begun) == TooMany(2)


def test_whatsapp_outside_its_24_hours_goes_with_a_template(twilio, sandbox):
    template = MessageTemplate("HX" + "1" * 32, {"1": "tomorrow"})
    sent = twilio.send(
        f"whatsapp:{SHOP}",
        f"whatsapp:{ANA}",
        "not used",
        status_callback="http://127.0.0.1/x",
        validity_seconds=60,
        template=template,
    )

    assert isinstance(sent, TextSent)
    asked = sandbox.ledger(MESSAGES)[-1]["params"]
    assert asked["ContentSid"] == template.content_sid
    assert "Body" not in asked


def _if(value, holds):
    return value if holds(value) else None


@pytest.fixture
def twilio(twilio_settings):
    return Twilio(twilio_settings)


@pytest.fixture
def patient_twilio(twilio_settings):
    """A client for requests that get a response."""
    return Twilio(twilio_settings.model_copy(update={"twilio_read_timeout_seconds": PATIENCE_SECONDS}))


@pytest.fixture
def offer(twilio, application):
    def send(body, *, validity_seconds=600):
        callback = f"{application.url}/api/twilio/status/7"
        return twilio.send(SHOP, ANA, body, status_callback=callback, validity_seconds=validity_seconds)

    return send
