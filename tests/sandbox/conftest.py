"""Fixtures: a sandbox on a separate port, and an application that records every webhook."""

import json
import os
import subprocess
import sys
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
import requests
import stripe
from twilio.http.http_client import TwilioHttpClient
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from cli.local.servers.free_ports import free_port
from tests.credentials import ACCOUNT_SID, AUTH_TOKEN, STRIPE_KEY, STRIPE_SECRET, of_a_sandbox
from tests.serving import on_a_thread, serving_sandbox
from tests.waiting import PATIENCE_SECONDS, wait_for

SHOP, ANA, BEN = "+447700900001", "+447700900101", "+447700900102"
ROOT = Path(__file__).parents[2]


class WebhookRecorder(ThreadingHTTPServer):
    """Responds to webhooks with `status`.

    Webhooks whose signature the official libraries reject are recorded separately.
    """

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), WebhookHandler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.status, self.pages = 204, {}
        self.page_headers = ()
        self.received, self.forged = [], []
        self.may_answer = threading.Event()
        self.may_answer.set()

    def webhook(self, **wanted):
        """Returns the webhooks received so far that have these values."""
        return [one for one in list(self.received) if all(one.get(name) == value for name, value in wanted.items())]

    def wait(self, count=1, **wanted):
        """Waits for `count` webhooks with these values and returns them."""
        return wait_for(
            lambda: found if len(found := self.webhook(**wanted)) >= count else None,
            f"{count} webhooks with {wanted}",
        )


class WebhookHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        genuine, facts = self._checked(body)
        keep = self.server.received if genuine else self.server.forged
        keep.append({"path": self.path, "at": time.time(), **facts})
        self.server.may_answer.wait()
        self._answer(self.server.status)

    def _checked(self, body):
        if "Stripe-Signature" in self.headers:
            try:
                stripe.Webhook.construct_event(body, self.headers["Stripe-Signature"], STRIPE_SECRET)
            except stripe.SignatureVerificationError:
                return False, {}
            return True, json.loads(body)
        form = dict(parse_qsl(body.decode(), keep_blank_values=True))
        url = self.server.url + self.path
        return RequestValidator(AUTH_TOKEN).validate(url, form, self.headers["X-Twilio-Signature"]), form

    def do_GET(self):
        page = self.server.pages.get(self.path)
        self._answer(200 if page else 404, (page or "").encode(), self.server.page_headers)

    def _answer(self, status, body=b"", headers=()):
        with suppress(ConnectionError):  # The caller may have been killed.
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            for name, value in headers:
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, *_):
        """Suppresses the access log."""


class SandboxHttpClient(TwilioHttpClient):
    """Twilio's own HTTP client, redirected to the sandbox."""

    def __init__(self, url):
        super().__init__(timeout=PATIENCE_SECONDS)
        self.url = url

    def request(self, method, url, *args, **kwargs):
        return super().request(method, url.replace("https://api.twilio.com", self.url), *args, **kwargs)


class SandboxClient:
    """The clients of a running sandbox."""

    def __init__(self, url):
        self.url = url
        self.stripe = stripe.StripeClient(STRIPE_KEY, base_addresses={"api": url}, max_network_retries=0).v1
        self.twilio = Client(ACCOUNT_SID, AUTH_TOKEN, http_client=SandboxHttpClient(url))

    def get(self, path, **params):
        return requests.get(f"{self.url}/sandbox/{path}", params=params, timeout=PATIENCE_SECONDS).json()

    def post(self, path, **given):
        return requests.post(f"{self.url}/sandbox/{path}", json=given, timeout=PATIENCE_SECONDS)

    def text(self, body, *, sender=ANA, shop=SHOP):
        return self.post("inbound", **{"from": sender, "to": shop, "body": body}).json()["message_sid"]

    def send(self, to=ANA, body="A slot opened.", **more):
        return self.twilio.messages.create(to=to, from_=SHOP, body=body, **more)

    def intent(self, key=None, **more):
        asked = {"amount": 2000, "currency": "gbp", "payment_method_types": ["card"], **more}
        return self.stripe.payment_intents.create(asked, {"idempotency_key": key} if key else None)

    def paid(self):
        intent = self.intent()
        self.post(f"payment_intents/{intent.id}/succeed")
        return self.stripe.payment_intents.retrieve(intent.id)

    def fault(self, where, fault, **more):
        provider, _, operation = where.partition(" ")
        answer = self.post("faults", provider=provider, operation=operation, fault=fault, **more)
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    def ledger(self, **wanted):
        entries = self.get("ledger")["entries"]
        return [one for one in entries if all(one[name] == value for name, value in wanted.items())]


class SandboxProcess:
    """A sandbox in its own granian process, which tests kill and restart."""

    def __init__(self, folder, app_url):
        self.port = free_port()
        self.environment = {**os.environ, **of_a_sandbox(folder, app_url, url=f"http://127.0.0.1:{self.port}")}
        self.at_hand = SandboxClient(f"http://127.0.0.1:{self.port}")
        self.process = None

    def start(self):
        command = [
            sys.executable,
            "-m",
            "granian",
            "--interface",
            "wsgi",
            "--host",
            "127.0.0.1",
            "--port",
            str(self.port),
        ]
        command += ["--workers", "1", "--blocking-threads", "32", "--factory", "sandbox.app:create_app"]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.process = subprocess.Popen(command, env=self.environment, cwd=ROOT, start_new_session=True, **quiet)
        wait_for(self._answers, "the sandbox to answer")
        return self.at_hand

    def _answers(self):
        try:
            return requests.get(f"{self.at_hand.url}/sandbox/faults", timeout=PATIENCE_SECONDS).ok
        except requests.RequestException:
            return False

    def end(self):
        """Stops the server as a supervisor would, and waits for its end."""
        self.process.terminate()
        self.process.wait(timeout=PATIENCE_SECONDS)

    def kill(self):
        """Kills the server and its worker with SIGKILL."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, 9)
        self.process.wait()


@pytest.fixture
def sandbox_process(tmp_path, application):
    process = SandboxProcess(tmp_path / "sandbox", application.url)
    yield process
    process.kill()


@pytest.fixture
def sandbox(tmp_path, application):
    with serving_sandbox(tmp_path / "sandbox", application.url) as (_, url):
        yield SandboxClient(url)


@pytest.fixture
def application():
    with on_a_thread(WebhookRecorder()) as server:
        yield server
