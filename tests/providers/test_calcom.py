"""Cal.com's bookings and webhooks in all their formats."""

import hmac
import json
from uuid import UUID

import pytest

from domain.calendars.source_booking import SourceStatus
from providers.calendars.calcom import Calcom
from providers.calendars.calcom_bookings import as_booking
from providers.calendars.calendar_http import CalendarHttp
from providers.calendars.port import Connection, Delivery, Hint
from providers.signature import NotAuthentic

SECRET = "9d1f0c5e1a5dcd4f"
BOOKING = {
    "uid": "abc",
    "status": "accepted",
    "title": "Cut between Lou and Nora",
    "start": "2026-11-21T09:00:00.000Z",
    "end": "2026-11-21T10:00:00.000Z",
    "eventType": {"id": 12, "slug": "cut"},
    "hosts": [{"id": 7, "name": "Lou"}],
    "attendees": [{"name": "Nora", "email": "nora@example.com", "absent": False}],
}


def test_a_phone_may_be_in_three_places():
    attendee = BOOKING["attendees"][0] | {"phoneNumber": "+447700900101"}
    assert as_booking(BOOKING | {"attendees": [attendee]}).person.phone == "+447700900101"
    for fields in (
        {"attendeePhoneNumber": "+447700900102"},
        {"smsReminderNumber": {"value": "+447700900102", "label": "x"}},
    ):
        assert as_booking(BOOKING | {"bookingFieldsResponses": fields}).person.phone == "+447700900102"
    assert as_booking(BOOKING).person.phone is None


def test_an_invented_address_is_none():
    attendee = {"name": "Nora", "email": "447700900101@sms.cal.com"}
    assert as_booking(BOOKING | {"attendees": [attendee]}).person.email is None


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({}, SourceStatus.BOOKED),
        ({"status": "pending"}, SourceStatus.WAITING),
        ({"status": "rejected"}, SourceStatus.CANCELLED),
        ({"status": "cancelled"}, SourceStatus.CANCELLED),
        ({"status": "something new"}, SourceStatus.WAITING),
        ({"attendees": [{"name": "Nora", "absent": True}]}, SourceStatus.NO_SHOW),
    ],
)
def test_the_status_is_read(more, status):
    assert as_booking(BOOKING | more).status is status


def test_a_service_is_not_named_after_the_customer_of_a_booking():
    assert as_booking(BOOKING | {"eventType": {"id": 12, "slug": "long-cut"}}).service.name == "Long cut"
    assert as_booking(BOOKING | {"eventType": {"id": 12}}).service.name == "Appointment"


def test_a_moved_booking_names_the_other_one():
    assert as_booking(BOOKING | {"rescheduledToUid": "def"}).followed_by == "def"
    assert as_booking(BOOKING | {"rescheduledFromUid": "old"}).follows == "old"


def delivery(body: bytes, signature: str | None) -> Delivery:
    return Delivery(body, {"x-cal-signature-256": signature} if signature else {}, "https://x.example/webhook")


def signed(body: bytes, secret: str = SECRET) -> str:
    return hmac.digest(secret.encode(), body, "sha256").hex()


def verdict(port, connection, body: bytes, signature: str | None):
    return port.verify(connection, delivery(body, signature))


def test_only_the_secret_of_the_calendar_signs(port, connection):
    body = b'{"triggerEvent": "BOOKING_CREATED"}'
    assert verdict(port, connection, body, signed(body)) is None
    assert verdict(port, connection, body, None) == NotAuthentic("missing")
    assert verdict(port, connection, body, "no-secret-provided") == NotAuthentic("wrong")
    assert verdict(port, connection, body, signed(body, "another")) == NotAuthentic("wrong")
    assert verdict(port, connection, body + b" ", signed(body)) == NotAuthentic("wrong")
    assert verdict(port, connection, body, "ü") == NotAuthentic("wrong")


SHAPELESS = [b"", b"[]", b"{}", b'{"triggerEvent": "BOOKING_CREATED"}', b'{"uid": "abc"}', b"\xff"]


@pytest.mark.parametrize("body", SHAPELESS)
def test_a_body_of_another_shape_is_refused(port, body):
    assert port.normalise(delivery(body, None)) == NotAuthentic("malformed")


def test_a_move_reads_both_bookings(port):
    event = {
        "triggerEvent": "BOOKING_RESCHEDULED",
        "createdAt": "2026-11-20T09:00:00.000Z",
        "payload": {"uid": "new", "rescheduleUid": "old"},
    }
    hint = port.normalise(delivery(json.dumps(event).encode(), None))
    assert hint == Hint("BOOKING_RESCHEDULED:new:2026-11-20T09:00:00.000Z", "BOOKING_RESCHEDULED", ("new", "old"))


@pytest.mark.parametrize(("extra", "requested"), [({"requestReschedule": True}, True), ({}, False)])
def test_only_the_webhook_shows_that_another_time_was_requested(port, extra, requested):
    event = {"triggerEvent": "BOOKING_CANCELLED", "payload": {"uid": "abc", **extra}}
    assert port.normalise(delivery(json.dumps(event).encode(), None)).new_time_requested is requested


@pytest.fixture
def port():
    return Calcom(CalendarHttp(1))


@pytest.fixture
def connection():
    zero, given = UUID(int=0), {"webhook_secret": SECRET, "api_key": "cal_x"}
    return Connection(id=zero, shop_id=zero, kind="calcom", name="", credentials=given, settings={})
