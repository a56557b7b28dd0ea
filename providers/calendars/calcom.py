"""Cal.com, API v2.

Sources at cal.com/docs, below api-reference/v2 unless noted:

- introduction: requests use a Bearer key, and the limit is 120 requests a minute.
- slots/reserve-a-slot (version 2024-09-04): with a key, `reservationDuration` sets the minutes (5 by default).
  Reservations can't be listed.
- bookings/reschedule-a-booking: the response is the new booking. A cancelled booking is refused.
- bookings/request-to-reschedule-a-booking: the booking is cancelled, and the guest gets a link.
- developing/guides/automation/webhooks: X-Cal-Signature-256 is the HMAC-SHA256 of the body. A template can change the
  shape of the body.
- "Get all bookings" (version 2026-05-01): pages by cursor, with at most one status per request.

Sources in github.com/calcom/cal.com:

- packages/platform/types/bookings/2024-08-13: `afterUpdatedAt`, `sortUpdatedAt`, `afterStart`, `take` (1 to 250),
  `skip`, `rescheduledFromUid`, `rescheduledToUid`, `absent`, `metadata`, and `phoneNumber` of an attendee.
- packages/trpc/server/routers/viewer/bookings/get.handler.ts: without a status, all bookings are listed.
- packages/features/webhooks/lib/sendPayload.ts: the signature is hexadecimal, or `no-secret-provided`.
- apps/api/v2/src/modules/slots/slots-2024-09-04: reserving or updating a slot is refused with status 422 while any
  reservation overlaps it, including its own. Deleting an expired reservation is not an error.

Only the webhook (`requestReschedule`) distinguishes a booking that waits for another time from a cancelled booking;
the responses of the API (output.service.ts in apps/api/v2/src/platform/bookings/2024-08-13/services) do not. If that
webhook is lost, we offer the time, which anyone can also book at Cal.com.

Not confirmed: that a list of updates is complete. Therefore, everything is listed once a day.
"""

import hmac
import re
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from domain.calendars.source_booking import SourceBooking
from providers.calendars.calcom_bookings import OUR_ID, as_booking, as_hint, iso
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
    NotThere,
    Page,
    RefusedThere,
    SyncPoint,
    TakenThere,
    TimeOrder,
)
from providers.signature import NotAuthentic, why_not_signed
from settings.calendars import CalendarSettings

URL = "https://api.cal.com"
BOOKINGS, SLOTS = "2024-08-13", "2024-09-04"
TAKE = 100
OVERLAP = timedelta(minutes=5)
"""The overlap of successive listings, to tolerate clock differences and updates that are committed late."""

WHOLE = "whole:"
"""The prefix of the cursor of a complete listing."""

AHEAD = timedelta(days=3650)
"""The period, from now on, in which a complete listing is compared with our rows. Cal.com's listing has no end."""

TRIGGERS = (
    "BOOKING_CREATED",
    "BOOKING_RESCHEDULED",
    "BOOKING_CANCELLED",
    "BOOKING_REJECTED",
    "BOOKING_PAID",
    "BOOKING_NO_SHOW_UPDATED",
)
TAKEN = re.compile(
    r"already has booking|not available|no longer available|already (booked|reserved)|booking_conflict"
    r"|no_available_users|fully booked",
    re.IGNORECASE,
)


class Calcom(CalendarPort):
    """The client for Cal.com. Webhooks have no event id; trigger, booking and creation time identify a repeat."""

    def __init__(self, http: CalendarHttp) -> None:
        self._http = http

    def verify(self, connection: Connection, delivery: Delivery) -> NotAuthentic | None:
        """Verifies the signature. Refuses webhooks that were set up without a secret and contain
        `no-secret-provided`.
        """
        credentials, headers = connection.credentials, delivery.headers
        return why_not_signed(
            headers.get("x-cal-signature-256", ""),
            credentials.get("webhook_secret", ""),
            lambda secret: hmac.digest(secret, delivery.body, "sha256").hex().encode(),
        )

    def normalise(self, delivery: Delivery) -> Hint | NotAuthentic:
        return as_hint(delivery.body)

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

    def fetch(self, connection: Connection, external_id: str) -> SourceBooking | NotThere:
        answer = self._call(connection, "GET", f"/v2/bookings/{external_id}")
        return as_booking(answer.body["data"]) if exists(answer) else NotThere()

    def changes(self, connection: Connection, point: SyncPoint) -> Page:
        """Lists the updates since the last listing. Without a token, lists all bookings that start after yesterday.

        The newest update comes first, so that a booking updated in the meantime moves to the front and no booking is
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
        """Creates a reservation.

        Reservations are short, because they can't contain our id: if a response is lost, only expiry ends the
        reservation.

        "Update a reserved slot" can't extend a reservation, because it refuses any reserved time, even the
        reservation's own.
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
        """Books the time. Cal.com has no idempotency keys; later attempts first look up our id in the metadata."""
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
        """Searches the bookings at this time for our id."""
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
        """Moves the booking. Cal.com replaces it with a new booking and chooses the host."""
        wanted = {"start": iso(order.starts_at), "reschedulingReason": "Moved in slot-recovery."}
        answer = self._call(connection, "POST", f"/v2/bookings/{there.external_id}/reschedule", json=wanted)
        return BookedThere(str(answer.body["data"]["uid"])) if answer.ok else _refusal(answer)

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


def _event_type(connection: Connection, order: TimeOrder) -> int | None:
    given = order.service_id or connection.settings.get("service_id")
    return int(given) if given and str(given).isascii() and str(given).isdigit() else None


def _refusal(answer: CalendarAnswer) -> TakenThere | RefusedThere:
    if answer.status == 409 or TAKEN.search(answer.message):
        return TakenThere()
    return RefusedThere(f"Cal.com rejected the booking: {answer.message or f'HTTP {answer.status}'}")
