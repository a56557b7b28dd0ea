"""Cal.com, API v2.

Sources, at cal.com/docs: "Introduction" (api-reference/v2/introduction: Bearer key, 120 requests a minute);
"Reserve a slot" (api-reference/v2/slots/reserve-a-slot, version 2024-09-04: `reservationDuration` in minutes, 5 by
default, for requests with a key; there is no list of reservations); "Reschedule a booking"
(api-reference/v2/bookings/reschedule-a-booking: answers with the new booking; a cancelled one is refused);
"Webhooks" (developing/guides/automation/webhooks: X-Cal-Signature-256 is the HMAC-SHA256 of the body, and the
shape of the body can be changed by a template). Version 2026-05-01 of "Get all bookings" pages by cursor, with at
most one status a request.

Sources, in github.com/calcom/cal.com: packages/platform/types/bookings/2024-08-13 (`afterUpdatedAt`,
`sortUpdatedAt`, `afterStart`, `take` of 1 to 250, `skip`; `rescheduledFromUid`, `rescheduledToUid`, `absent`,
`metadata`, `phoneNumber` of an attendee); packages/trpc/server/routers/viewer/bookings/get.handler.ts (without a
status, all are listed); packages/features/webhooks/lib/sendPayload.ts (hexadecimal; `no-secret-provided` without a
secret); and apps/api/v2/src/modules/slots/slots-2024-09-04 (reserving or updating a slot is refused with 422 while
a reservation overlaps it, even the same one; deleting one that has ended is no error).

Not confirmed: that a list of updates is complete, so everything is listed once a day; and that a read shows whether
the guest was asked to choose another time (`rescheduled`). Without that field such a booking is cancelled here as it
is at Cal.com, where its time is free for anybody.
"""

import hmac
import json
import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from domain.calendars.source_booking import SourceBooking, SourcePerson, SourceStatus, SourceThing
from providers.calendars.calendar_http import CalendarAnswer, CalendarHttp, exists, refused
from providers.calendars.port import (
    Account,
    BookedThere,
    CalendarPort,
    CalendarUnavailableError,
    Connection,
    Delivery,
    Held,
    Hint,
    NotAuthentic,
    NotThere,
    Page,
    RefusedThere,
    SyncPoint,
    TakenThere,
    TimeOrder,
)
from settings.calendars import CalendarSettings

URL = "https://api.cal.com"
BOOKINGS, SLOTS = "2024-08-13", "2024-09-04"
TAKE = 100
OVERLAP = timedelta(minutes=5)
"""Listings overlap by this much, for clocks that differ and updates that are committed late."""

WHOLE = "whole:"
"""The prefix of the cursor of a complete listing."""

AHEAD = timedelta(days=3650)
"""How far ahead a complete listing reaches, for our comparison. Cal.com's listing has no end."""

TRIGGERS = (
    "BOOKING_CREATED",
    "BOOKING_RESCHEDULED",
    "BOOKING_CANCELLED",
    "BOOKING_REJECTED",
    "BOOKING_PAID",
    "BOOKING_NO_SHOW_UPDATED",
)
STATUSES = {
    "accepted": SourceStatus.BOOKED,
    "pending": SourceStatus.WAITING,
    "cancelled": SourceStatus.CANCELLED,
    "rejected": SourceStatus.CANCELLED,
}
PHONE_FIELDS = ("attendeePhoneNumber", "smsReminderNumber", "phone")
TAKEN = re.compile(
    r"already has booking|not available|no longer available|already (booked|reserved)|booking_conflict"
    r"|no_available_users|fully booked",
    re.IGNORECASE,
)
OUR_ID = "appointment_id"
"""The key of our id in the metadata of a booking."""


class Calcom:
    """Webhooks have no event id: a repeated delivery is recognised by trigger, booking and time of creation."""

    def __init__(self, http: CalendarHttp) -> None:
        self._http = http

    def verify(self, connection: Connection, delivery: Delivery) -> NotAuthentic | None:
        """A webhook that was set up without a secret carries the text `no-secret-provided` and is refused."""
        secret, given = (
            connection.credentials.get("webhook_secret", ""),
            delivery.headers.get("x-cal-signature-256", ""),
        )
        if not given:
            return NotAuthentic("missing")
        if not secret:
            return NotAuthentic("unset")
        expected = hmac.digest(secret.encode(), delivery.body, "sha256").hex()
        return (
            None
            if hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode())
            else NotAuthentic("wrong")
        )

    def normalise(self, delivery: Delivery) -> Hint | NotAuthentic:
        """Parses the body. One with another shape was changed by a payload template, which may leave anything out."""
        try:
            event = json.loads(delivery.body)
            trigger, payload = str(event["triggerEvent"]), event["payload"]
            if trigger == "PING":
                return Hint(f"PING:{event.get('createdAt', '')}", trigger)
            uid = str(payload["uid"])
        except (ValueError, LookupError, TypeError):
            return NotAuthentic("malformed")
        ids = dict.fromkeys(str(one) for one in (uid, payload.get("rescheduleUid")) if one)
        return Hint(f"{trigger}:{uid}:{event.get('createdAt', '')}", trigger, tuple(ids))

    def check(self, connection: Connection) -> Account:
        found = self._call(connection, "GET", "/v2/me").body["data"]
        return Account(str(found.get("id") or ""), str(found.get("email") or found.get("username") or "Cal.com"))

    def subscribe(self, connection: Connection, url: str) -> Mapping[str, str]:
        secret = connection.credentials.get("webhook_secret") or secrets.token_hex(24)
        wanted = {"active": True, "subscriberUrl": url, "triggers": TRIGGERS, "secret": secret}
        made = self._call(connection, "POST", "/v2/webhooks", json=wanted)
        return {"webhook_id": str(made.body["data"]["id"]), "webhook_secret": secret} if made.ok else {}

    def unsubscribe(self, connection: Connection) -> None:
        if webhook_id := connection.credentials.get("webhook_id"):
            self._call(connection, "DELETE", f"/v2/webhooks/{webhook_id}")

    def refresh(self, connection: Connection, now: datetime) -> Mapping[str, str]:
        """Does nothing, because API keys are not refreshed."""
        return {}

    def revoke(self, connection: Connection) -> None:
        """Does nothing. The shop deletes its key in Cal.com."""

    def fetch(self, connection: Connection, external_id: str) -> SourceBooking | NotThere:
        answer = self._call(connection, "GET", f"/v2/bookings/{external_id}")
        return as_booking(answer.body["data"]) if exists(answer) else NotThere()

    def complete(self, connection: Connection, bookings: tuple[SourceBooking, ...]) -> tuple[SourceBooking, ...]:
        """Does nothing, because a listing is complete."""
        return bookings

    def changes(self, connection: Connection, point: SyncPoint) -> Page:
        """Lists updates since the last listing, or without a token everything that starts from yesterday on.

        The newest update comes first, so a booking that is updated in the meantime moves to the front and none are
        skipped.
        """
        cursor = point.cursor or ""
        whole = point.since is None or point.token is None or cursor.startswith(WHOLE)
        skip = int(cursor.removeprefix(WHOLE) or 0)
        starts = point.now - timedelta(days=1)
        params = {"afterStart": iso(starts), "sortStart": "asc"}
        if not whole and point.since:
            params = {"afterUpdatedAt": iso(point.since - OVERLAP), "sortUpdatedAt": "desc"}
        answer = self._call(connection, "GET", "/v2/bookings", params={**params, "take": TAKE, "skip": skip})
        if not answer.ok:
            raise CalendarUnavailableError(f"The calendar does not list its bookings: {answer.message}")
        found = answer.body["data"]
        more = f"{WHOLE if whole else ''}{skip + TAKE}" if len(found) == TAKE else None
        return Page(
            bookings=tuple(map(as_booking, found)),
            cursor=more,
            token=point.token or iso(point.now),
            covers=(starts, point.now + AHEAD) if whole and not more else None,
        )

    def hold(self, connection: Connection, order: TimeOrder) -> Held | TakenThere | RefusedThere:
        """Creates a reservation. It can't contain our id, and one whose response is lost must expire, so it is short.

        "Update a reserved slot" can't make it last longer: it refuses a time that is reserved, even by itself.
        """
        event_type = _event_type(connection, order)
        if event_type is None or order.lasts is None:
            return Held(None)
        minutes = round(order.lasts.total_seconds() / 60)
        wanted = {"eventTypeId": event_type, "slotStart": iso(order.starts_at), "reservationDuration": minutes}
        answer = self._call(connection, "POST", "/v2/slots/reservations", version=SLOTS, json=wanted)
        if answer.ok:
            return Held(str(answer.body["data"]["reservationUid"]))
        return _refusal(answer)

    def release(self, connection: Connection, external_id: str) -> None:
        self._call(connection, "DELETE", f"/v2/slots/reservations/{external_id}", version=SLOTS)

    def book(self, connection: Connection, order: TimeOrder) -> BookedThere | TakenThere | RefusedThere:
        """Cal.com has no idempotency key, so from the second attempt on, our id is first searched in the metadata."""
        if order.attempt > 1 and (made := self.find(connection, order)):
            return BookedThere(made)
        event_type = _event_type(connection, order)
        if event_type is None:
            return RefusedThere("Cal.com needs an event type to book, and none is known for this time.")
        person = {"name": order.name or "Guest", "email": order.email, "phoneNumber": order.phone}
        wanted = {
            "start": iso(order.starts_at),
            "eventTypeId": event_type,
            "attendee": {k: v for k, v in person.items() if v} | {"timeZone": connection.timezone, "language": "en"},
            "metadata": {OUR_ID: order.our_id},
        }
        answer = self._call(connection, "POST", "/v2/bookings", json=wanted)
        if answer.ok:
            return BookedThere(str(answer.body["data"]["uid"]))
        return _refusal(answer)

    def find(self, connection: Connection, order: TimeOrder) -> str | None:
        """Searches the bookings at this time."""
        params = {
            "afterStart": iso(order.starts_at - timedelta(minutes=1)),
            "beforeEnd": iso(order.ends_at + timedelta(minutes=1)),
            "take": TAKE,
        }
        answer = self._call(connection, "GET", "/v2/bookings", params=params)
        found = answer.body["data"] if answer.ok else []
        ours = (one for one in found if (one.get("metadata") or {}).get(OUR_ID) == order.our_id)
        return next((str(one["uid"]) for one in ours if one.get("status") in ("accepted", "pending")), None)

    def move(
        self, connection: Connection, there: SourceBooking, order: TimeOrder
    ) -> BookedThere | TakenThere | RefusedThere:
        """Moves the booking. Cal.com replaces it with a new one and chooses the host."""
        wanted = {"start": iso(order.starts_at), "reschedulingReason": "Moved in slot-recovery."}
        answer = self._call(connection, "POST", f"/v2/bookings/{there.external_id}/reschedule", json=wanted)
        return BookedThere(str(answer.body["data"]["uid"])) if answer.ok else _refusal(answer)

    def mark_paid(self, connection: Connection, external_id: str, words: str) -> None:
        """Does nothing, because Cal.com can't mark a booking as paid that was not paid there."""

    def cancel(self, connection: Connection, external_id: str) -> RefusedThere | None:
        reason = {"cancellationReason": "Cancelled in slot-recovery."}
        return refused(self._call(connection, "POST", f"/v2/bookings/{external_id}/cancel", json=reason), "Cal.com")

    def _call(
        self, connection: Connection, method: str, path: str, *, version: str = BOOKINGS, **parts: Any
    ) -> CalendarAnswer:
        headers = {"Authorization": f"Bearer {connection.secret('api_key')}", "cal-api-version": version}
        url = str(connection.settings.get("base_url", URL)) + path
        return self._http.call(method, url, headers=headers, **parts)


def make(http: CalendarHttp, settings: CalendarSettings) -> CalendarPort:
    return Calcom(http)


def as_booking(found: Mapping[str, Any]) -> SourceBooking:
    """Parses a booking of version 2024-08-13."""
    attendees = found.get("attendees") or []
    fields = found.get("bookingFieldsResponses") or {}
    return SourceBooking(
        external_id=str(found["uid"]),
        status=_status(found, attendees),
        starts_at=instant(found["start"]),
        ends_at=instant(found["end"]),
        person=_person(attendees[0], fields) if attendees else None,
        service=_service(found),
        staff=_staff(found.get("hosts") or []),
        follows=found.get("rescheduledFromUid"),
        followed_by=found.get("rescheduledToUid"),
        our_id=(found.get("metadata") or {}).get(OUR_ID),
    )


def _status(found: Mapping[str, Any], attendees: Sequence[Mapping[str, Any]]) -> SourceStatus:
    """Returns the status.

    A booking whose guest was asked to choose another time is cancelled at Cal.com, but our appointment stays.
    """
    status = STATUSES.get(str(found.get("status")), SourceStatus.WAITING)
    if status is SourceStatus.CANCELLED and found.get("rescheduled") and not found.get("rescheduledToUid"):
        return SourceStatus.WAITING
    if status is SourceStatus.BOOKED and any(one.get("absent") for one in attendees):
        return SourceStatus.NO_SHOW
    return status


def _service(found: Mapping[str, Any]) -> SourceThing | None:
    event_type = found.get("eventType") or {}
    return _thing(event_type.get("id") or found.get("eventTypeId"), found.get("title"), event_type.get("slug"))


def _staff(hosts: Sequence[Mapping[str, Any]]) -> SourceThing | None:
    return _thing(hosts[0].get("id"), hosts[0].get("name")) if hosts else None


def _person(attendee: Mapping[str, Any], fields: Mapping[str, Any]) -> SourcePerson:
    """A field of the booking form is a text, or an object with its `value`."""
    given = [attendee.get("phoneNumber"), *(fields.get(name) for name in PHONE_FIELDS)]
    phones = [one.get("value") if isinstance(one, dict) else one for one in given]
    email = attendee.get("email")
    return SourcePerson(
        name=str(attendee.get("name") or ""),
        phone=next((str(one) for one in phones if one), None),
        # Cal.com makes up an address for a guest who gave only a telephone number.
        email=None if not email or str(email).endswith("@sms.cal.com") else str(email),
    )


def _thing(id: Any, *names: Any) -> SourceThing | None:
    return SourceThing(str(id), str(next((name for name in names if name), ""))) if id else None


def _event_type(connection: Connection, order: TimeOrder) -> int | None:
    given = order.service_id or connection.settings.get("service_id")
    return int(given) if given and str(given).isdigit() else None


def _refusal(answer: CalendarAnswer) -> TakenThere | RefusedThere:
    if answer.status == 409 or TAKEN.search(answer.message):
        return TakenThere()
    return RefusedThere(f"Cal.com does not accept the booking: {answer.message or f'HTTP {answer.status}'}")


def iso(at: datetime) -> str:
    """`2026-11-21T03:10:00.000Z`."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
