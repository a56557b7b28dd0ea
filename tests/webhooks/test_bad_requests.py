"""Malformed requests on a plain TCP connection get a 4xx, never a 5xx, and the process keeps running."""

import json

import pytest
import requests

from tests.effort import long_except
from tests.waiting import PATIENCE_SECONDS, wait_for
from tests.webhooks.serving import connection_to, response_of

ROUTES = {
    b"/api/twilio/inbound": b"application/x-www-form-urlencoded",
    b"/api/twilio/status/00000000-0000-4000-8000-000000000000": b"application/x-www-form-urlencoded",
    b"/api/stripe/webhook": b"application/json",
    b"/api/jobs/offer-loop": b"application/json",
    b"/api/appointments/x/cancel": b"application/json",
    b"/app/login": b"application/x-www-form-urlencoded",
    b"/app/login/code": b"multipart/form-data; boundary=x",
    b"/app/customers/import": b"multipart/form-data; boundary=x",
    b"/manage/aaaaaaaaaaaaaaaaaaaaaa/cancel": b"application/x-www-form-urlencoded",
    b"/manage/emails/00000000-0000-4000-8000-000000000000": b"application/x-www-form-urlencoded",
}
PROOFS = b"X-Twilio-Signature: x\r\nStripe-Signature: t=1,v1=x\r\nx-internal-secret: internal-9d1f0c5e\r\n"
PART = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
BODIES = {
    "empty": b"",
    "5,000 fields": b"&".join(b"f%d=x" % number for number in range(5_000)),
    "only separators": b"&" * 60_000,
    "deep JSON": b"[" * 60_000,
    "deep object": b'{"a":' * 10_000,
    "bad UTF-8": b"who=\xff\xfe\xed\xa0\x80",
    "NUL": b"who=\x00&code=%00",
    "lone surrogate": json.dumps({"slotOpeningId": "\ud800"}).encode(),
    "repeated": b"who=a&who=b&MessageSid=1&MessageSid=2",
    "half a part": b"--x\r\nContent-Disposition: form-data; name=",
    "many parts": b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n" * 900,
    "a part of line breaks": PART + b"\r\n" * 20_000,
    "big number": b'{"slotOpeningId": ' + b"9" * 50_000 + b"}",
    "infinity": b'{"slotOpeningId": Infinity}',
}
ODD_TYPES = (
    b"",
    b"text/xml",
    b"application/json; charset=utf-7",
    b"multipart/form-data",
    b";;;",
    b"\xe9",
    b"a/b" * 500,
)


def post(path, body, content_type, more=b""):
    return (
        b"POST %b HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        b"Content-Type: %b\r\n%b%bContent-Length: %d\r\n\r\n" % (path, content_type, PROOFS, more, len(body))
    ) + body


def answer_to(url, raw):
    with connection_to(url, timeout=PATIENCE_SECONDS) as connection:
        connection.sendall(raw)
        return response_of(connection)


@pytest.mark.parametrize("body", long_except(BODIES, "empty", "deep JSON", "NUL", "half a part"))
def test_an_odd_body_is_refused_by_every_route(served, body):
    for path, content_type in ROUTES.items():
        for given in (content_type, b"application/x-www-form-urlencoded", b"application/json"):
            answer = answer_to(served, post(path, BODIES[body], given))
            assert answer[9:10] in {b"3", b"4"}, (path, given, answer[:100])


@pytest.mark.parametrize("content_type", long_except(ODD_TYPES, b"", b"text/xml"))
def test_an_odd_type_is_refused_by_every_route(served, content_type):
    for path in ROUTES:
        answer = answer_to(served, post(path, b"who=x", content_type))
        assert answer[9:10] in {b"3", b"4"}, (path, answer[:100])


def test_ten_megabytes_are_refused_by_every_route(served):
    for path, content_type in ROUTES.items():
        answer = answer_to(served, post(path, b"a" * 10_000_000, content_type))
        assert answer[9:10] in {b"3", b"4"}, (path, answer[:100])


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: 99999999999999999999999",
        b"Content-Length: 9223372036854775807",
        b"Content-Length: 1\r\nContent-Length: 2",
        b"Content-Length: +1",
        b"Content-Length: 1, 1",
        b"Content-Length: 0x1",
        b"Content-Length : 1",
        b"Transfer-Encoding: gzip",
        b"Transfer-Encoding: chunked, identity",
        b"Transfer-Encoding:\x0bchunked",
        b"X-A: a\r\n b",
        b"X A: a",
        b"X-A: a\x00b",
        b"X-A: a\rX-B: b",
        b"Expect: 200-maybe\r\nContent-Length: 0",
        b"Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\nConnection: Upgrade, HTTP2-Settings",
        b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: eA==",
        b"\r\n".join(b"X-%d: a" % number for number in range(5_000)),
        b"X-A: " + b"a" * 500_000,
        b"Cookie: " + b"a=b; " * 5_000,
    ],
)
def test_an_odd_head_is_not_a_server_error(served, head):
    for start in (b"POST /api/stripe/webhook HTTP/1.1", b"GET /app/login HTTP/1.1"):
        with connection_to(served, timeout=PATIENCE_SECONDS) as connection:
            try:
                connection.sendall(start + b"\r\nHost: localhost\r\n" + head + b"\r\n\r\na")
                connection.shutdown(1)
                answer = response_of(connection)
            except OSError:
                answer = b""  # The server has closed the connection.
        assert answer[9:10] in {b"", b"2", b"4"}, answer[:200]
    assert requests.get(f"{served}/healthz", timeout=PATIENCE_SECONDS).ok


def test_a_request_behind_two_lengths_is_not_a_second_request(served):
    """A proxy may have used the other length, so the connection is closed."""
    smuggled = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
    for more in (b"Transfer-Encoding: chunked\r\n", b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"):
        head = b"POST /api/stripe/webhook HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n" % (len(smuggled) + 5)
        answer = answer_to(served, head + more + b"Connection: close\r\n\r\n0\r\n\r\n" + smuggled)
        assert answer.count(b"HTTP/1.1 ") == 1


def test_a_header_with_an_underscore_is_not_one_with_a_hyphen(served):
    answer = requests.post(
        f"{served}/api/jobs/offer-loop", headers={"x_internal_secret": "internal-9d1f0c5e"}, timeout=PATIENCE_SECONDS
    )
    assert answer.status_code == 401


def test_requests_in_one_go_are_answered_in_their_order(served):
    line = b"GET /%b HTTP/1.1\r\nHost: localhost\r\n%b\r\n"
    paths = [b"healthz", b"nothing"] * 50
    raw = b"".join(line % (path, b"") for path in paths) + line % (b"healthz", b"Connection: close\r\n")
    statuses = [part[:3] for part in answer_to(served, raw).split(b"HTTP/1.1 ")[1:]]
    assert statuses == [b"200", b"404"] * 50 + [b"200"]


@pytest.mark.parametrize(
    "path", [b"/%00", b"/%ff", b"/%ED%A0%80", b"//", b"/app/..%2f..%2fetc", b"/static/x/..%2f..%2fapp.py", b"*"]
)
def test_an_odd_path_is_not_found(served, path):
    answer = answer_to(served, b"GET %b HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n" % path)
    assert answer[9:10] in {b"3", b"4"}, answer[:100]


def test_head_and_options_have_no_body(served):
    for method in (b"HEAD", b"OPTIONS"):
        raw = method + b" /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        assert answer_to(served, raw).startswith(b"HTTP/1.1 405") or method == b"HEAD"


def test_clients_that_leave_in_the_middle_leave_nothing_behind(served):
    for start in (b"", b"GET", post(b"/app/login", b"a" * 60_000, b"text/plain")[:-30_000]):
        for _ in range(50):
            with connection_to(served) as connection:
                connection.sendall(start)
    assert wait_for(
        lambda: requests.get(f"{served}/healthz", timeout=PATIENCE_SECONDS).ok, "the web process to answer"
    )
