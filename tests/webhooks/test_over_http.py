"""Endpoints and pages on one port of the web server: behaviour that only real connections show."""

import contextlib
import json
import socket
import threading
import urllib.error
import urllib.request
from urllib.parse import urlencode

import pytest
import requests

from tests.waiting import PATIENCE_SECONDS
from tests.webhooks.callers import TwilioCaller, the_only
from tests.webhooks.serving import connection_to

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
NOT_SIGNED = FORM | {"X-Twilio-Signature": "not Twilio's"}
KIB = 1024
SLOW = b"Stripe-Signature: t=1,v1=x\r\nContent-Length: 90\r\n\r\nabc"


def test_ten_identical_texts_at_once_are_one(session, served, shop):
    form = {"MessageSid": "SM" + "1" * 32, "From": "+15550000001", "To": shop.sms_from, "Body": "YES"}
    signed = FORM | {"X-Twilio-Signature": TwilioCaller(None).signature("/api/twilio/inbound", form)}
    answers, start = [], threading.Barrier(10)

    def text():
        start.wait()
        answer = requests.post(
            f"{served}/api/twilio/inbound", data=urlencode(form), headers=signed, timeout=PATIENCE_SECONDS
        )
        answers.append(answer.status_code)

    threads = [threading.Thread(target=text) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [200] * 10
    assert the_only(session, "webhook_events").event_id == "SM" + "1" * 32
    assert the_only(session, "pending_tasks").name == "accept_offer"


@pytest.mark.long
@pytest.mark.parametrize(("headers", "status"), [(FORM, 403), (NOT_SIGNED, 413)], ids=["unsigned", "signed"])
@pytest.mark.parametrize("in_chunks", [False, True], ids=["length told", "in chunks"])
def test_a_sender_of_ten_megabytes_receives_the_refusal(served, headers, status, in_chunks):
    body = (b"a" * 64 * KIB for _ in range(160)) if in_chunks else b"a" * 64 * KIB * 160
    request = urllib.request.Request(f"{served}/api/twilio/inbound", data=body, headers=headers)
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=PATIENCE_SECONDS)
    with refused.value as answer:
        assert (answer.status, list(json.load(answer))) == (status, ["error"])


def test_a_few_who_never_finish_their_sentence_keep_nobody_waiting(served):
    with contextlib.ExitStack() as slow:
        for _ in range(5):
            slow.enter_context(a_slow_body(served))
        for _ in range(10):
            assert (
                requests.post(
                    f"{served}/api/twilio/inbound", data="a=b", headers=NOT_SIGNED, timeout=PATIENCE_SECONDS
                ).status_code
                == 403
            )
    # Repeated wrong signatures set `degraded`, but `ready` stays true.
    assert requests.get(f"{served}/readyz", timeout=PATIENCE_SECONDS).json()["ready"] is True


@pytest.mark.parametrize(
    "raw",
    [
        b"POST /api/stripe/webhook HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 5\r\n\r\nabcde",
        b"POST /api/stripe/webhook HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /api/stripe/webhook HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"POST / HTTP/1.1\r\nX: " + b"a" * 500_000,
    ],
)
def test_malformed_http_leaves_the_process_alive(served, raw):
    with connection_to(served, timeout=PATIENCE_SECONDS) as connection, contextlib.suppress(OSError):
        connection.sendall(raw)
        connection.shutdown(socket.SHUT_WR)
        answer = connection.recv(64)
        assert not answer.startswith(b"HTTP/1.1 5")
    assert requests.get(f"{served}/healthz", timeout=PATIENCE_SECONDS).ok


def test_the_path_distinguishes_endpoints_from_pages(served):
    for path in ("/", "/app/login", "/pay/x", "/manage/x", "/static/x", "/app"):
        assert (
            "text/html"
            in requests.get(served + path, timeout=PATIENCE_SECONDS, allow_redirects=False).headers["Content-Type"]
        )
    for path in ("/api/x", "/apple", "/payments", "//app", "/api/twilio/inbound"):
        assert set(requests.get(served + path, timeout=PATIENCE_SECONDS).json()) == {"error"}


@contextlib.contextmanager
def a_slow_body(url):
    with connection_to(url) as connection:
        connection.sendall(b"POST /api/stripe/webhook HTTP/1.1\r\nHost: x\r\n" + SLOW)
        yield
