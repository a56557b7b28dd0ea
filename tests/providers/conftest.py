"""Fixtures: the sandbox over HTTP, and an application that records the webhooks it receives."""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest
import requests

from settings.email import EmailSettings
from settings.stripe import StripeSettings
from settings.twilio import TwilioSettings
from settings.web import WebSettings
from tests.credentials import ACCOUNT_SID, AUTH_TOKEN, RESEND_KEY, STRIPE_KEY, STRIPE_SECRET
from tests.serving import on_a_thread, serving_sandbox
from tests.waiting import PATIENCE_SECONDS, wait_for

SHOP, ANA = "+447700900001", "+447700900101"


class RecordingHandler(BaseHTTPRequestHandler):
    """Records every webhook and responds with 200."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.requests.append((self.path, dict(self.headers), body))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args):
        """Suppresses the access log."""


class RecordingServer(ThreadingHTTPServer):
    """A server with the endpoints of an application. It only records requests."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), RecordingHandler)
        self.requests = []
        self.url = f"http://127.0.0.1:{self.server_port}"

    def received(self, path, *about):
        """Waits for a webhook at this path that contains all these words.

        Returns its form, headers and raw body.
        """
        return wait_for(
            lambda: next((self._shown(one) for one in list(self.requests) if _is(one, path, about)), None),
            f"a webhook at {path}",
        )

    def _shown(self, request):
        _, headers, body = request
        return parse_qs(body.decode(), keep_blank_values=True), headers, body


def _is(request, path, about):
    return request[0] == path and all(word in request[2].decode() for word in about)


class SandboxControls:
    """Calls the sandbox's own control routes."""

    def __init__(self, url):
        self.url = url

    def control(self, path, **given):
        answer = requests.post(f"{self.url}/sandbox/{path}", json=given, timeout=PATIENCE_SECONDS)
        assert answer.ok, answer.text
        return answer.json()

    def fault(self, operation, fault, **more):
        provider, _, operation = operation.partition(":")
        return self.control("faults", provider=provider, operation=operation, fault=fault, **more)

    def forget_keys(self):
        requests.delete(f"{self.url}/sandbox/idempotency_keys", timeout=PATIENCE_SECONDS).raise_for_status()

    def clear_faults(self):
        requests.delete(f"{self.url}/sandbox/faults", timeout=PATIENCE_SECONDS).raise_for_status()

    def ledger(self, path, *, method="POST", status=None):
        entries = requests.get(f"{self.url}/sandbox/ledger", timeout=PATIENCE_SECONDS).json()["entries"]
        asked = [entry for entry in entries if entry["kind"] == "request" and entry["method"] == method]
        return [entry for entry in asked if entry["path"].endswith(path) and status in (None, entry["status"])]


@pytest.fixture(scope="session")
def application():
    with on_a_thread(RecordingServer()) as server:
        yield server


@pytest.fixture(scope="session")
def running_sandbox(application, tmp_path_factory):
    with serving_sandbox(tmp_path_factory.mktemp("sandbox"), application.url) as (_, url):
        yield SandboxControls(url)


@pytest.fixture
def sandbox(running_sandbox):
    yield running_sandbox
    running_sandbox.clear_faults()


@pytest.fixture
def web_settings(application):
    return WebSettings(
        app_url=application.url,
        twilio_account_sid=ACCOUNT_SID,
        twilio_auth_token=AUTH_TOKEN,
        stripe_webhook_secret=STRIPE_SECRET,
    )


STRIPE_SECONDS, LATE_AT_STRIPE_MS = 4.0, 4500


@pytest.fixture
def patience(request):
    """The time limit for a provider in seconds.

    The limit is high, because the machine may be busy, but low in tests of time-outs.
    """
    return 0.8 if "timeout" in request.node.name else PATIENCE_SECONDS


@pytest.fixture
def twilio_settings(sandbox, patience):
    return TwilioSettings(
        twilio_account_sid=ACCOUNT_SID,
        twilio_auth_token=AUTH_TOKEN,
        twilio_api_url=sandbox.url,
        twilio_read_timeout_seconds=patience,
    )


@pytest.fixture
def stripe_settings(sandbox, patience):
    # After a time-out, the client repeats the request itself, and the repetition has the same time limit.
    seconds = max(patience, STRIPE_SECONDS)
    return StripeSettings(stripe_api_key=STRIPE_KEY, stripe_api_url=sandbox.url, stripe_read_timeout_seconds=seconds)


@pytest.fixture
def email_settings(sandbox, patience):
    return EmailSettings(
        resend_api_key=RESEND_KEY,
        resend_api_url=sandbox.url,
        email_from="Corner Barber <hello@corner.example>",
        email_timeout_seconds=patience,
    )
