"""For any input, the response is a short JSON error, no change is partially written, and the endpoints continue."""

import io

import pytest

from tests.credentials import ACCOUNT_SID, CRON_SECRET, INTERNAL_SECRET
from tests.webhooks.callers import rows

KIB = 1024
PROOFS = {
    "x-internal-secret": INTERNAL_SECRET,
    "x-cron-secret": CRON_SECRET,
    "X-Twilio-Signature": "not Twilio's",
    "Stripe-Signature": "not Stripe's",
}
ENDPOINTS = {
    "/api/twilio/inbound": 64 * KIB,
    "/api/twilio/status/1": 64 * KIB,
    "/api/stripe/webhook": 512 * KIB,
    "/api/jobs/offer-loop": 64 * KIB,
    "/api/jobs/expire-offers": 64 * KIB,
    "/api/appointments/1/cancel": 64 * KIB,
}
FORM = "application/x-www-form-urlencoded"
REFUSALS = {400, 401, 403, 404}


@pytest.mark.parametrize("more", [1, 10_000 * KIB])
def test_too_large_a_body_is_refused(client, more):
    for path, limit in ENDPOINTS.items():
        answer = client.post(path, data=b"a" * (limit + more), headers=PROOFS, content_type=FORM)
        assert (answer.status_code, answer.json) == (413, {"error": "Request Entity Too Large"})


def test_too_large_a_body_in_chunks_is_refused(client):
    """The request does not announce the length of its body."""
    for path, limit in ENDPOINTS.items():
        answer = client.post(
            path,
            input_stream=io.BytesIO(b"a" * (limit + 1)),
            headers=PROOFS,
            content_type=FORM,
            environ_overrides={"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"},
        )
        assert (answer.status_code, answer.json) == (413, {"error": "Request Entity Too Large"})


def test_a_body_of_the_largest_size_is_read(client):
    for path, limit in ENDPOINTS.items():
        headers = PROOFS | {"x-cron-secret": "wrong"}
        assert client.post(path, data=b"a" * limit, headers=headers, content_type=FORM).status_code in REFUSALS


def test_a_form_has_at_most_200_fields(session, twilio, shop):
    usual = {"MessageSid": "SM" + "1" * 32, "AccountSid": ACCOUNT_SID, "From": "+15550000001", "To": shop.sms_from}
    for more, status in ((196, 200), (197, 413), (5_000, 413)):
        form = usual | {f"f{number}": "x" for number in range(more)}
        assert twilio.posts("/api/twilio/inbound", form).status_code == status
    assert len(rows(session, "webhook_events")) == 1


@pytest.mark.parametrize(
    "body", [b"Body=\xff\xfe", b"Body=%ff%fe", b"Body=%00", b"Body=%ED%A0%80", b"%%%", b"&&&==", b"\x00"]
)
@pytest.mark.parametrize("path", ["/api/twilio/inbound", "/api/twilio/status/1"])
def test_a_form_that_is_damaged_is_not_twilios(session, client, path, body):
    answer = client.post(path, data=body, content_type=FORM, headers={"X-Twilio-Signature": "x"})
    assert (answer.status_code, answer.json) == (403, {"error": "Forbidden"})
    assert rows(session, "webhook_events") == []


@pytest.mark.parametrize("content_type", ["multipart/form-data", "text/xml", "application/json", ";;;", "\xe9"])
def test_a_wrong_type_of_content_is_not_a_server_error(client, content_type):
    for path in ENDPOINTS:
        answer = client.post(path, data=b"--x\r\n", content_type=content_type)
        assert answer.status_code in REFUSALS
        assert set(answer.json) == {"error"}


@pytest.mark.parametrize("host", ["", "a b", "evil.example.com", "[::1", "x:99999", "\xe9"])
def test_an_odd_host_changes_nothing(client, host):
    forwarded = {"Host": host, "X-Forwarded-Host": host, "X-Forwarded-For": host, "X-Forwarded-Prefix": "/x"}
    for path in ("/healthz", "/nothing", "/api/twilio/inbound"):
        usual, odd = client.get(path), client.get(path, headers=forwarded)
        assert (odd.status_code, odd.json) == (usual.status_code, usual.json)


@pytest.mark.parametrize("length", ["-1", "x", "1e3", "9" * 30])
def test_an_odd_length_is_not_a_server_error(client, length):
    for path in ENDPOINTS:
        answer = client.post(path, environ_overrides={"CONTENT_LENGTH": length})
        assert answer.status_code in REFUSALS | {413}
