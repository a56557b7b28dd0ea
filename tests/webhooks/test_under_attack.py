"""The web process stays responsive during attacks that used to block it."""

import contextlib
import resource
import select
import struct
from urllib.parse import urlencode

import pytest
import requests

from tests.waiting import PATIENCE_SECONDS, wait_for
from tests.webhooks.callers import TwilioCaller, a_sid, rows
from tests.webhooks.serving import connection_to, response_of

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
    expect_answers_during(lambda opened: unfinished_bodies(served, opened), served, text_arrives)


def unfinished_bodies(url, opened):
    for number in range(200):
        connection = opened.enter_context(connection_to(url))
        connection.sendall(ANNOUNCED % ROUTES[number % len(ROUTES)])
        yield connection


def test_2000_idle_connections_delay_no_request(served, text_arrives, many_files):
    expect_answers_during(lambda opened: idle_connections(served, opened), served, text_arrives)


def idle_connections(url, opened):
    for _ in range(2000):
        yield opened.enter_context(connection_to(url))


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
    assert requests.get(f"{served}/healthz", timeout=PATIENCE_SECONDS).ok
    assert text_arrives() == 200


def _frame(kind, flags, stream, payload):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def test_a_body_that_does_not_come_is_given_up(served):
    with connection_to(served, timeout=PATIENCE_SECONDS) as connection:
        connection.sendall(ANNOUNCED % (b"POST", b"/api/stripe/webhook") + b"a" * 100)
        assert b" 408 " in response_of(connection)


def test_a_body_that_arrives_too_slowly_is_dropped(served):
    with connection_to(served, timeout=PATIENCE_SECONDS) as connection:
        connection.sendall(ANNOUNCED % (b"POST", b"/app/login"))
        connection.settimeout(0.5)

        def answer():
            connection.sendall(b"a")
            with contextlib.suppress(TimeoutError):
                return connection.recv(100)

        assert b" 408 " in wait_for(answer, "the response")


@pytest.mark.parametrize(
    "start",
    [
        pytest.param(b"", id="silent", marks=pytest.mark.long),
        pytest.param(b"GET /healthz HT", id="begun"),
        pytest.param(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", id="idle", marks=pytest.mark.long),
    ],
)
def test_a_connection_without_a_request_is_closed(served, start):
    with connection_to(served, timeout=PATIENCE_SECONDS) as connection:
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
        with connection_to(served, timeout=PATIENCE_SECONDS) as connection:
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
    answer = requests.post(f"{served}/app/login", data=iter([b"who=x"]), headers=FORM, timeout=PATIENCE_SECONDS)
    assert (answer.status_code, answer.json()) == (411, {"error": "Length Required"})


def test_a_webhook_in_chunks_is_taken(served, shop):
    form = {"MessageSid": a_sid(), "From": "+15550000001", "To": shop.sms_from, "Body": "YES"}
    signed = FORM | {"X-Twilio-Signature": TwilioCaller(None).signature("/api/twilio/inbound", form)}
    body = urlencode(form).encode()
    answer = requests.post(
        f"{served}/api/twilio/inbound", data=iter([body[:20], body[20:]]), headers=signed, timeout=PATIENCE_SECONDS
    )
    assert answer.status_code == 200


def test_a_large_file_of_a_stranger_is_refused_unread(served):
    with connection_to(served, timeout=PATIENCE_SECONDS) as connection:
        connection.sendall(
            b"POST /app/customers/import HTTP/1.1\r\nHost: localhost\r\nContent-Length: 16000000\r\n"
            b"Content-Type: multipart/form-data; boundary=x\r\n\r\n"
        )
        assert connection.recv(12) == b"HTTP/1.1 303"


def expect_answers_during(attack, url, text_arrives):
    """Asserts that requests and texts are answered while most connections of the attack wait.

    If the requests were blocked, they would be answered after the server has given up these connections. On a busy
    machine, the server may give them up before the requests begin; the attack is then repeated.
    """

    def answered_meanwhile():
        with contextlib.ExitStack() as opened:
            connections = list(attack(opened))
            before = waiting(connections)
            for _ in range(5):
                assert requests.get(f"{url}/healthz", timeout=PATIENCE_SECONDS).ok
                assert text_arrives() == 200
            return len(before) > len(connections) / 4 and len(waiting(before)) > len(before) / 2

    wait_for(answered_meanwhile, "answers during the attack")


def waiting(connections):
    """Returns the connections on which the server has neither responded nor ended the connection."""
    answered = select.poll()
    for connection in connections:
        answered.register(connection, select.POLLIN)
    numbers = {number for number, _ in answered.poll(0)}
    return [connection for connection in connections if connection.fileno() not in numbers]


@pytest.fixture
def text_arrives(served, shop):
    def text():
        form = {"MessageSid": a_sid(), "From": "+15550000001", "To": shop.sms_from, "Body": "YES"}
        signed = FORM | {"X-Twilio-Signature": TwilioCaller(None).signature("/api/twilio/inbound", form)}
        return requests.post(
            f"{served}/api/twilio/inbound", data=urlencode(form), headers=signed, timeout=PATIENCE_SECONDS
        ).status_code

    return text
