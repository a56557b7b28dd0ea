"""The responses of each endpoint to authenticated and unauthenticated callers."""

from __future__ import annotations

import uuid
from datetime import datetime

import pytest

from tests.contract.outside import FORM, OutsideCallers, call
from tests.live_system import LiveSystem
from tests.waiting import wait_for

NOBODY = "00000000-0000-4000-8000-000000000000"
GUARDED = [
    ("POST", f"/api/appointments/{NOBODY}/cancel", "x-internal-secret"),
    ("POST", "/api/jobs/offer-loop", "x-internal-secret"),
    ("POST", "/api/jobs/expire-offers", "x-cron-secret"),
    ("POST", "/api/jobs/resolve-outcomes", "x-cron-secret"),
    ("GET", "/api/cron/cleanup", "Authorization"),
    ("GET", "/api/cron/reminders", "Authorization"),
]
UNAUTHORIZED = (401, {"error": "Unauthorized"})


@pytest.mark.parametrize(("method", "path", "header"), GUARDED)
def test_an_unauthenticated_request_is_rejected_before_it_is_read(
    outside: OutsideCallers, method: str, path: str, header: str
) -> None:
    assert call(outside.web + path, method=method, body=b"{not json") == UNAUTHORIZED
    for wrong in ("", "wrong", "Bearer ", "Bearer wrong"):
        assert call(outside.web + path, method=method, body=b"{not json", **{header: wrong}) == UNAUTHORIZED


@pytest.mark.parametrize(("method", "path", "header"), GUARDED)
def test_another_method_is_refused_in_json(outside: OutsideCallers, method: str, path: str, header: str) -> None:
    status, answer = call(outside.web + path, method="GET" if method == "POST" else "POST")
    assert (status, list(answer)) == (405, ["error"])


def test_requests_that_the_offer_loop_cannot_read_or_find(outside: OutsideCallers) -> None:
    url, secret = f"{outside.web}/api/jobs/offer-loop", outside.live.settings["INTERNAL_SECRET"]
    for body in (b"", b"{", b"[]", b"null", b"3", b'"x"', b"\xff"):
        assert call(url, body=body, x_internal_secret=secret) == (400, {"error": "Invalid JSON body"})
    for body in (b"{}", b'{"slotOpeningId": ""}', b'{"slotOpeningId": null}'):
        assert call(url, body=body, x_internal_secret=secret) == (400, {"error": "slotOpeningId required"})
    for id in ("nonsense", str(uuid.uuid4())):
        body = f'{{"slotOpeningId": "{id}"}}'.encode()
        assert call(url, body=body, x_internal_secret=secret) == (404, {"error": "Slot opening not found"})


def test_too_much_is_refused_in_json(outside: OutsideCallers) -> None:
    body, secret = b'{"a": "' + b"x" * 1_000_000 + b'"}', outside.live.settings["INTERNAL_SECRET"]
    status, answer = call(f"{outside.web}/api/jobs/offer-loop", body=body, x_internal_secret=secret)
    assert (status, list(answer)) == (413, ["error"])


@pytest.mark.parametrize("path", ["/api/cron/cleanup", "/api/cron/reminders"])
def test_the_cron_routes_sum_up(outside: OutsideCallers, path: str) -> None:
    status, answer = outside.cron(path)
    assert status == 200
    assert set(answer) == {"success", "timestamp", "summary"}
    assert answer["success"] is True
    assert datetime.fromisoformat(answer["timestamp"]).tzinfo


def test_past_appointments_are_settled_or_voided(live: LiveSystem) -> None:
    shop = live.shop()
    ana = shop.customer("Ana", visited_days_ago=9)
    past = datetime.fromisoformat("2026-01-05T10:00:00+00:00")
    paid = shop.appointment(ana, starts_at=past)
    unpaid = shop.appointment(ana, starts_at=past.replace(hour=12), paid=False)
    free = shop.appointment(ana, starts_at=past.replace(hour=14), paid=False, payment_required=False)
    secret = {"x-cron-secret": live.settings["CRON_SECRET"]}
    status, answer = live.result(*live.post("WEB_URL", "/api/jobs/resolve-outcomes", **secret))
    assert status == 200
    assert set(answer) == {"total", "settled", "voided", "errors"}
    assert [paid.status, unpaid.status, free.status] == ["settled", "voided", "settled"]


def test_unsigned_webhooks_are_refused(outside: OutsideCallers) -> None:
    web = outside.web
    for path in ("/api/twilio/inbound", f"/api/twilio/status/{uuid.uuid4()}"):
        assert call(web + path, body=b"From=%2B1", Content_Type=FORM)[0] == 403
        assert call(web + path, body=b"From=%2B1", Content_Type=FORM, X_Twilio_Signature="wrong")[0] == 403
    assert call(f"{web}/api/stripe/webhook", body=b"{}")[0] == 400
    assert outside.stripe("payment_intent.succeeded", "pi_none", secret="whsec_wrong")[0] == 400


def test_a_signed_event_of_an_unknown_type_is_accepted(outside: OutsideCallers) -> None:
    received = (200, {"received": True})
    for type in ("payment_intent.succeeded", "payment_intent.payment_failed", "customer.created"):
        assert outside.stripe(type, "pi_of_somebody_else") == received
    shop = outside.live.shop()
    assert outside.texts(outside.live.number(), shop, "YES") == 200


def test_a_delivery_is_noted(live: LiveSystem, outside: OutsideCallers) -> None:
    shop = live.shop()
    ana = shop.customer("Ana")
    shop.cancelled()
    ana.is_asked()
    statement = "SELECT id, provider_id FROM messages WHERE customer_id = %s AND provider_id IS NOT NULL"
    (message,) = wait_for(lambda: live.rows(statement, ana.id) or None, "the text to have its SID")
    form = {"MessageSid": message["provider_id"], "MessageStatus": "delivered", "From": shop.phone, "To": ana.phone}
    assert outside.twilio(f"/api/twilio/status/{message['id']}", form) == 204
    assert outside.twilio(f"/api/twilio/status/{uuid.uuid4()}", form) == 204
    status = "SELECT status FROM messages WHERE id = %s"
    wait_for(lambda: live.row(status, message["id"])["status"] == "delivered", "the delivery to be noted")
