"""The web process stays responsive during attacks that used to block it. The time limits are generous."""

import contextlib
import resource
import struct
import time
from urllib.parse import urlencode

import pytest
import requests

from tests.webhooks.callers import TwilioCaller, a_sid, rows
from tests.webhooks.serving import connection_to, response_of

HANG = 10
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
ANNOUNCED = b"%b %b HTTP/1.1\r\nHost: localhost\r\nContent-Length: 60000\r\n\r\n"
ROUTES = [
    (b"POST", b"/api/twilio/inbound"),
    (b"POST", b"/api/stripe/webhook"),
    (b"POST", b"/app/login"),
    (b"POST", b"/app/customers/import"),
    (b"GET", b"/healthz"),
    (b"POST", b"/nothing"),
]
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


def test_200_unfinished_bodies_delay_no_request(served, text_arrives):
    with contextlib.ExitStack() as open_ones:
        for number in range(200):
            connection = open_ones.enter_context(connection_to(served))
            connection.sendall(ANNOUNCED % ROUTES[number % len(ROUTES)])
        expect_usual_answers(served, text_arrives)


def test_2000_idle_connections_delay_no_request(served, text_arrives, many_files):
    with contextlib.ExitStack() as open_ones:
        for _ in range(2000):
            open_ones.enter_context(connection_to(served))
        expect_usual_answers(served, text_arrives)


@pytest.fixture
def many_files():
    """Allows more open connections than the usual limit of 1,024 files for a process."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limits[1], limits[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, limits)


def test_http_2_is_not_spoken(served, text_arrives):
    """Granian's threads would loop forever after an HTTP/2 connection is closed."""
    with connection_to(served) as connection:
        frames = [_frame(4, 0, 0, b"")]
        frames += [
            _frame(1, 4, 1 + 2 * n, b"\x83\x86\x44\x13/api/twilio/inbound\x41\x09localhost") for n in range(100)
        ]
        with contextlib.suppress(OSError):
            connection.sendall(PREFACE + b"".join(frames))
        assert not response_of(connection).startswith(struct.pack(">I", 24)[1:] + b"\x04")
    expect_usual_answers(served, text_arrives)


def _frame(kind, flags, stream, payload):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def test_a_body_that_does_not_come_is_given_up(served):
    with connection_to(served, timeout=30) as connection:
        connection.sendall(ANNOUNCED % (b"POST", b"/api/stripe/webhook") + b"a" * 100)
        assert b" 408 " in response_of(connection)


def test_a_body_that_arrives_too_slowly_is_dropped(served):
    with connection_to(served, timeout=30) as connection:
        connection.sendall(ANNOUNCED % (b"POST", b"/app/login"))
        connection.settimeout(0.5)
        ends, answer = time.monotonic() + 30, b""
        while not answer and time.monotonic() < ends:
            connection.sendall(b"a")
            with contextlib.suppress(TimeoutError):
                answer = connection.recv(100)
        assert b" 408 " in answer


@pytest.mark.parametrize(
    "start",
    [
        pytest.param(b"", id="silent", marks=pytest.mark.long),
        pytest.param(b"GET /healthz HT", id="begun"),
        pytest.param(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", id="idle", marks=pytest.mark.long),
    ],
)
def test_a_connection_without_a_request_is_closed(served, start):
    with connection_to(served, timeout=30) as connection:
        connection.sendall(start)
        response_of(connection)
        assert connection.recv(1) == b""


def test_a_body_nobody_reads_is_not_waited_for(served):
    for method, path in (
        (b"GET", b"/healthz"),
        (b"POST", b"/healthz"),
        (b"POST", b"/nothing"),
        (b"DELETE", b"/app/login"),
    ):
        with connection_to(served, timeout=HANG / 2) as connection:
            connection.sendall(ANNOUNCED % (method, path))
            assert connection.recv(12) in {b"HTTP/1.1 200", b"HTTP/1.1 404", b"HTTP/1.1 405"}


def test_a_body_that_is_cut_short_is_not_acted_on(session, served, shop):
    form = {"MessageSid": a_sid(), "From": "+15550000001", "To": shop.sms_from, "Body": "YES"}
    body = urlencode(form).encode()
    head = f"POST /api/twilio/inbound HTTP/1.1\r\nHost: localhost\r\nContent-Type: {FORM['Content-Type']}\r\n"
    head += f"X-Twilio-Signature: {TwilioCaller(None).signature('/api/twilio/inbound', form)}\r\n"
    with connection_to(served) as connection:
        connection.sendall(f"{head}Content-Length: {len(body) + 1}\r\n\r\n".encode() + body)
        connection.shutdown(1)
        assert b" 200 " not in response_of(connection)
    assert rows(session, "webhook_events") == []


def test_a_form_in_chunks_is_refused(served):
    """If the body were cut off, it would become a form with empty fields."""
    answer = requests.post(f"{served}/app/login", data=iter([b"who=x"]), headers=FORM, timeout=HANG)
    assert (answer.status_code, answer.json()) == (411, {"error": "Length Required"})


def test_a_webhook_in_chunks_is_taken(served, shop):
    form = {"MessageSid": a_sid(), "From": "+15550000001", "To": shop.sms_from, "Body": "YES"}
    signed = FORM | {"X-Twilio-Signature": TwilioCaller(None).signature("/api/twilio/inbound", form)}
    body = urlencode(form).encode()
    answer = requests.post(
        f"{served}/api/twilio/inbound", data=iter([body[:20], body[20:]]), headers=signed, timeout=HANG
    )
    assert answer.status_code == 200


def test_a_large_file_of_a_stranger_is_refused_unread(served):
    with connection_to(served, timeout=HANG / 2) as connection:
        connection.sendall(
            b"POST /app/customers/import HTTP/1.1\r\nHost: localhost\r\nContent-Length: 16000000\r\n"
            b"Content-Type: multipart/form-data; boundary=x\r\n\r\n"
        )
        assert connection.recv(12) == b"HTTP/1.1 303"


def expect_usual_answers(url, text_arrives):
    for _ in range(5):
        began = time.monotonic()
        assert requests.get(f"{url}/healthz", timeout=HANG).ok
        assert text_arrives() == 200
        assert time.monotonic() - began < HANG / 5


@pytest.fixture
def text_arrives(served, shop):
    def text():
        form = {"MessageSid": a_sid(), "From": "+15550000001", "To": shop.sms_from, "Body": "YES"}
        signed = FORM | {"X-Twilio-Signature": TwilioCaller(None).signature("/api/twilio/inbound", form)}
        return requests.post(
            f"{served}/api/twilio/inbound", data=urlencode(form), headers=signed, timeout=HANG
        ).status_code

    return text
