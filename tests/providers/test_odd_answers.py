"""For any response of a provider, the call returns a value, is counted, and keeps its connection."""

from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import REGISTRY

from providers.calendars.calendar_http import LONGEST_WAIT, retry_after
from providers.call_metrics import measured, outcome_of
from providers.email.port import Email, EmailFailureKind
from providers.email.resend import ResendSender
from providers.storable_text import storable_json, storable_text
from providers.stripe.stripe_client import IntentOrder, Stripe
from providers.stripe.stripe_results import Later
from providers.twilio.twilio_client import Twilio
from providers.twilio.twilio_codes import TwilioCodeKind as TwilioKind
from providers.twilio.twilio_results import TextRefused, Unknown
from settings.email import EmailSettings
from settings.stripe import StripeSettings
from settings.twilio import TwilioSettings
from tests.serving import on_a_thread

from .conftest import ANA, SHOP

ODD = [
    (200, b""),
    (200, b"<html>It works!</html>"),
    (200, b"[]"),
    (200, b"null"),
    (200, b"7"),
    (200, b"{}"),
    (200, b'{"sid": 1'),
    (200, b"\xff\xfe"),
    (200, b'{"id": "pi_1", "status": 7, "data": 1, "messages": 3}'),
    (302, b""),
    (502, b"<html>Bad gateway</html>"),
    (503, b"[]"),
    (500, b'{"error": "down"}'),
    (500, b'{"error": {"type": null}}'),
    (500, b'{"code": "x", "message": []}'),
]
NOW = datetime.now(UTC)


@pytest.mark.parametrize("answer", ODD, ids=str)
def test_an_answer_nobody_understands_leaves_a_text_unknown(odd, answer):
    odd.answer = answer
    twilio = Twilio(TwilioSettings(twilio_account_sid="AC1", twilio_auth_token="x", twilio_api_url=odd.url))

    sent = twilio.send(SHOP, ANA, "Hi", status_callback="https://x.example", validity_seconds=60)

    assert isinstance(sent, Unknown)
    assert isinstance(twilio.fetch("SM1"), Unknown)
    assert isinstance(twilio.find(from_=SHOP, to=ANA, body="Hi", sent_after=NOW), Unknown)
    assert isinstance(twilio.list_inbound(SHOP, NOW), Unknown)


@pytest.mark.parametrize("answer", ODD, ids=str)
def test_an_answer_nobody_understands_leaves_a_deposit_for_later(odd, answer):
    odd.answer = answer
    stripe = Stripe(StripeSettings(stripe_api_key="sk_test_1", stripe_api_url=odd.url, stripe_network_retries=0))

    assert isinstance(stripe.create_intent(IntentOrder("p", 1, "gbp", "k", {})), Later)
    assert isinstance(stripe.retrieve("pi_1"), Later)
    assert isinstance(stripe.cancel("pi_1"), Later)
    assert isinstance(stripe.refund("pi_1", 1, "k"), Later)
    assert isinstance(stripe.find_by_metadata({"payment_id": "p"}, created_after=NOW), Later)
    assert isinstance(stripe.list_events(NOW), Later)


@pytest.mark.parametrize("answer", [one for one in ODD if b"id" not in one[1]], ids=str)
def test_an_answer_nobody_understands_leaves_an_email_for_later(odd, answer):
    odd.answer = answer
    sender = ResendSender(EmailSettings(resend_api_key="re_1", resend_api_url=odd.url))

    assert sender.send(Email("ana@example.com", "x", "x"), idempotency_key="k").kind is EmailFailureKind.LATER


def test_a_forbidding_proxy_is_ours_to_fix(odd):
    odd.answer = (403, b"<html>Forbidden</html>")
    twilio = Twilio(TwilioSettings(twilio_account_sid="AC1", twilio_auth_token="x", twilio_api_url=odd.url))

    refused = twilio.send(SHOP, ANA, "Hi", status_callback="https://x.example", validity_seconds=60)

    assert isinstance(refused, TextRefused)
    assert refused.kind is TwilioKind.OURS_TO_FIX


def test_connections_are_kept_open(odd):
    odd.answer = (500, b"{}")
    twilio = Twilio(TwilioSettings(twilio_account_sid="AC1", twilio_auth_token="x", twilio_api_url=odd.url))
    stripe = Stripe(StripeSettings(stripe_api_key="sk_test_1", stripe_api_url=odd.url, stripe_network_retries=0))

    for _ in range(5):
        twilio.fetch("SM1")
        stripe.retrieve("pi_1")

    assert (odd.requests, odd.connections) == (10, 2)


def test_an_address_with_a_path_keeps_it(odd):
    settings = TwilioSettings(twilio_account_sid="AC1", twilio_auth_token="x", twilio_api_url=odd.url + "/behind/")

    Twilio(settings).fetch("SM1")

    assert odd.paths == ["/behind/2010-04-01/Accounts/AC1/Messages/SM1.json"]


def test_calls_are_counted_by_what_came_of_them(odd):
    odd.answer = (429, b'{"code": 20429, "message": "slow down"}')
    before = counted("twilio", "send", "later")
    twilio = Twilio(TwilioSettings(twilio_account_sid="AC1", twilio_auth_token="x", twilio_api_url=odd.url))

    twilio.send(SHOP, ANA, "Hi", status_callback="https://x.example", validity_seconds=60)

    assert counted("twilio", "send", "later") == before + 1
    assert REGISTRY.get_sample_value("provider_call_seconds_count", {"provider": "twilio", "operation": "send"})


def test_a_call_that_raises_is_counted_too():
    @measured("test", "breaks")
    def breaks():
        raise RuntimeError("a bug")

    with pytest.raises(RuntimeError, match="a bug"):
        breaks()

    assert counted("test", "breaks", "raised") == 1


@pytest.mark.parametrize(
    ("result", "outcome"),
    [
        (Unknown("x"), "unknown"),
        (TextRefused(TwilioKind.OPTED_OUT, "x"), "opted_out"),
        (Later("x"), "later"),
        ([1, 2], "listed"),
        (None, "none_type"),
    ],
    ids=str,
)
def test_an_outcome_is_named_after_what_is_returned(result, outcome):
    assert outcome_of(result) == outcome


@given(st.text())
def test_text_fit_for_postgres_is_valid_utf_8_without_nul(text):
    assert b"\x00" not in storable_text(text + "\x00\ud800").encode()


@pytest.mark.parametrize("value", [float("nan"), [float("inf")], {"a": {"b": -float("inf")}}], ids=str)
def test_numbers_that_json_does_not_know_are_refused(value):
    with pytest.raises(ValueError, match="NaN or infinity"):
        storable_json(value)


def counted(provider, operation, outcome):
    labels = {"provider": provider, "operation": operation, "outcome": outcome}
    return REGISTRY.get_sample_value("provider_calls_total", labels) or 0


class Odd(BaseHTTPRequestHandler):
    """Sends the same response to every request."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.requests += 1
        self.server.paths.append(self.path)
        status, body = self.server.answer
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        self.do_GET()

    def log_message(self, *args):
        """Suppresses the access log."""


class OddServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Odd)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.answer, self.requests, self.connections, self.paths = (500, b"{}"), 0, 0, []

    def process_request(self, request, client_address):
        self.connections += 1
        super().process_request(request, client_address)


@pytest.fixture
def odd():
    with on_a_thread(OddServer()) as server:
        yield server


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        ("0", timedelta()),
        (" 30 ", timedelta(seconds=30)),
        *[(digits, LONGEST_WAIT) for digits in ("901", "9" * 9, "9" * 20, "9" * 5000)],
        *[(text, None) for text in ("", "-1", "1.5", "1e3", "\u00b2", "\u0663", "Wed, 21 Oct 2026 07:28:00 GMT")],
    ],
)
def test_the_time_to_wait_is_whole_seconds_up_to_a_limit(header: str, wait: timedelta | None) -> None:
    assert retry_after(header) == wait
