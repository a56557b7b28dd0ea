"""Square Bookings, with Square's SDK (`squareup`).

Sources, all at developer.squareup.com: "Bookings API" (docs/bookings-api/what-it-is: the seller-level permissions
need Appointments Plus or Premium, list every booking, and can double-book, so that `search_availability` comes
first); "Optimistic Concurrency" (docs/working-with-apis/optimistic-concurrency: an update of an older `version` is
refused); "Use webhooks" (docs/bookings-api/use-webhooks) and reference/square/webhooks/booking.updated (also for
cancelled bookings); "Verify and validate an event notification" (docs/webhooks/step3validate: base64 HMAC-SHA256
of notification URL and body); "Notification Delivery SLA" (docs/webhooks-api/delivery-sla: an answer within 10
seconds, retries for up to 72 hours); and the SDK's own models: `ListBookingsRequest` (`limit` of 1 to 10,000,
`cursor`, 31 days by default), `SearchAvailabilityFilter` (a range of 24 hours to 32 days; a `booking_id` stands
alone) and `Booking`. The Events API (docs/events-api/overview) is no list of changes: it refuses tokens from
OAuth, and has only what happened while the application had enabled it.

Not confirmed: which status a refused write has for a seller without that subscription. A 403 marks the calendar as
broken, and the staff are notified.
"""

import base64
import hmac
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

import httpx
from square import Square
from square.core.api_error import ApiError

from domain.calendars.source_booking import SourceBooking, SourcePerson, SourceStatus
from providers.calendars import square_listing
from providers.calendars.calendar_http import CalendarHttp
from providers.calendars.oauth_tokens import OAuthTokens
from providers.calendars.port import (
    Account,
    BookedThere,
    CalendarDeniedError,
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
from providers.calendars.square_bookings import STATUSES, as_booking, instant, person_of, stamp
from providers.calendars.square_errors import OUTDATED, SquareRefusedError, ask, ask_for, refusal
from settings.calendars import CalendarSettings

URL, VERSION = "https://connect.squareup.com", "2026-09-16"
CUSTOMERS_AT_ONCE = 100
EVENTS = ("booking.created", "booking.updated")
ONCE: Any = {"max_retries": 0}
"""The SDK does not retry, because our tasks do."""


class SquareBookings:
    """A booking contains only the id of its customer, so `complete` looks up the customers of a page."""

    def __init__(self, http: CalendarHttp, settings: CalendarSettings) -> None:
        self._tokens = OAuthTokens("square", http, settings)
        self._timeout = settings.calendar_timeout_seconds

    @cached_property
    def _http(self) -> httpx.Client:
        """The client is made when first used, because loading the certificate authorities takes 30 ms."""
        return httpx.Client(timeout=self._timeout)

    def verify(self, connection: Connection, delivery: Delivery) -> NotAuthentic | None:
        key = connection.credentials.get("webhook_secret", "")
        given = delivery.headers.get("x-square-hmacsha256-signature", "")
        if not given or not key:
            return NotAuthentic("missing" if not given else "unset")
        signed = delivery.url.encode() + delivery.body
        expected = base64.b64encode(hmac.digest(key.encode(), signed, "sha256"))
        return None if hmac.compare_digest(given.encode("utf-8", "replace"), expected) else NotAuthentic("wrong")

    def normalise(self, delivery: Delivery) -> Hint | NotAuthentic:
        """Parses the webhook. `data.id` may be "<id>:<version>", so the id inside the object is used."""
        try:
            event = json.loads(delivery.body)
            id = str(event["data"]["object"]["booking"]["id"])
            return Hint(str(event["event_id"]), str(event["type"]), (id,))
        except (ValueError, LookupError, TypeError):
            return NotAuthentic("malformed")

    def check(self, connection: Connection) -> Account:
        found = ask(lambda: self._client(connection).locations.list(request_options=ONCE)).locations or []
        if not found:
            return Account("", "Square")
        return Account(str(found[0].merchant_id or ""), str(found[0].name or found[0].id))

    def subscribe(self, connection: Connection, url: str) -> Mapping[str, str]:
        """Subscribes with the token of the application; a token from OAuth can't do this."""
        wanted: Any = {"name": "slot-recovery", "event_types": EVENTS, "notification_url": url}
        made = ask(
            lambda: self._client(connection).webhooks.subscriptions.create(subscription=wanted, request_options=ONCE)
        ).subscription
        if made is None or not made.signature_key:
            return {}
        return {"webhook_id": str(made.id), "webhook_secret": str(made.signature_key)}

    def unsubscribe(self, connection: Connection) -> None:
        if id := connection.credentials.get("webhook_id"):
            client = self._client(connection)
            ask(lambda: client.webhooks.subscriptions.delete(id, request_options=ONCE))

    def refresh(self, connection: Connection, now: datetime) -> Mapping[str, str]:
        """Refreshes OAuth tokens. A token that was entered by hand never expires."""
        return self._tokens.fresh(connection, now)

    def revoke(self, connection: Connection) -> None:
        self._tokens.revoke(connection)

    def fetch(self, connection: Connection, external_id: str) -> SourceBooking | NotThere:
        found = ask_for(lambda: self._client(connection).bookings.get(external_id, request_options=ONCE))
        if found is None or found.booking is None:
            return NotThere()
        return self.complete(connection, (as_booking(found.booking.dict()),))[0]

    def complete(self, connection: Connection, bookings: tuple[SourceBooking, ...]) -> tuple[SourceBooking, ...]:
        """Adds names, numbers and addresses of the customers."""
        ids = sorted({one.person.external_id for one in bookings if one.person and one.person.external_id})
        people: dict[str, SourcePerson] = {}
        for start in range(0, len(ids), CUSTOMERS_AT_ONCE):
            batch = ids[start : start + CUSTOMERS_AT_ONCE]
            client = self._client(connection)
            answer = ask(
                lambda client=client, batch=batch: client.customers.bulk_retrieve_customers(  # type: ignore[misc]
                    customer_ids=batch, request_options=ONCE
                )
            )
            for id, one in (answer.responses or {}).items():
                if one.customer is not None:
                    people[id] = person_of(id, one.customer)
        known = [one.person and people.get(one.person.external_id or "") for one in bookings]
        return tuple(replace(one, person=who or one.person) for one, who in zip(bookings, known, strict=True))

    def changes(self, connection: Connection, point: SyncPoint) -> Page:
        """A page of the listing in `square_listing`."""
        wanted = square_listing.query(point, connection.settings.get("calendar_id"))
        return square_listing.page(point, ask(lambda: self._listed(connection, wanted)))

    def _listed(self, connection: Connection, params: Mapping[str, Any]) -> bytes:
        """Lists bookings without the SDK, whose models cost ten times as much as the rest of an idle sync."""
        headers = {"Authorization": f"Bearer {connection.secret('access_token')}", "Square-Version": VERSION}
        url = f"{connection.settings.get('base_url', URL)}/v2/bookings"
        answer = self._http.get(url, params=params, headers=headers)
        if not answer.is_success:
            raise ApiError(headers=dict(answer.headers), status_code=answer.status_code, body=answer.text)
        return answer.content

    def hold(self, connection: Connection, order: TimeOrder) -> Held | TakenThere | RefusedThere:
        """Does nothing, because Square has no holds."""
        return Held(None)

    def release(self, connection: Connection, external_id: str) -> None:
        """Nothing is held."""

    def book(self, connection: Connection, order: TimeOrder) -> BookedThere | TakenThere | RefusedThere:
        if order.attempt > 1 and (made := self.find(connection, order)):
            return BookedThere(made)
        service = order.service_id or connection.settings.get("service_id")
        if not service or not order.staff_id:
            return RefusedThere("Square needs a service and a team member to book, and one is unknown for this time.")
        client, location = self._client(connection), self._location(connection)
        among = {"location_id": location, "segment_filters": [_wanted(service, order)]}
        if not self._is_free(client, order, among):
            return TakenThere()
        booking: Any = {
            "start_at": stamp(order.starts_at),
            "location_id": location,
            "customer_id": order.customer_id or self._customer(client, order),
            "seller_note": f"{order.note} [{order.our_id}]",
            "appointment_segments": [self._segment(client, service, order)],
        }
        key = order.our_id
        try:
            made_there = ask(
                lambda: client.bookings.create(booking=booking, idempotency_key=key, request_options=ONCE)
            )
        except SquareRefusedError as error:
            return refusal(error)
        assert made_there.booking is not None  # noqa: S101 - Square answers with the booking
        return BookedThere(str(made_there.booking.id))

    def _segment(self, client: Square, service: str, order: TimeOrder) -> dict[str, Any]:
        """Returns the segment, in which Square requires the current version of the service."""
        variation: Any = ask(lambda: client.catalog.object.get(service, request_options=ONCE)).object
        return {
            "duration_minutes": int((order.ends_at - order.starts_at).total_seconds() // 60),
            "service_variation_id": service,
            "service_variation_version": variation.version,
            "team_member_id": order.staff_id,
        }

    def find(self, connection: Connection, order: TimeOrder) -> str | None:
        client = self._client(connection)
        pager = ask(
            lambda: client.bookings.list(
                limit=square_listing.PAGE_SIZE,
                start_at_min=stamp(order.starts_at - timedelta(hours=1)),
                start_at_max=stamp(order.ends_at),
                request_options=ONCE,
            )
        )
        ours = (one for one in pager.items or [] if order.our_id in str(one.seller_note or ""))
        return next((str(one.id) for one in ours if STATUSES.get(str(one.status)) is SourceStatus.BOOKED), None)

    def move(
        self, connection: Connection, there: SourceBooking, order: TimeOrder
    ) -> BookedThere | TakenThere | RefusedThere:
        """Moves the version that was just read. A booking that has changed since is read again."""
        client, id = self._client(connection), there.external_id
        found = ask_for(lambda: client.bookings.get(id, request_options=ONCE))
        segments = (found.booking.appointment_segments if found and found.booking else None) or []
        if found is None or found.booking is None or len(segments) != 1:
            return RefusedThere("Square can move only a booking of one service from here")
        segment = segments[0].dict() | {
            "duration_minutes": int((order.ends_at - order.starts_at).total_seconds() // 60)
        }
        segment |= {"team_member_id": order.staff_id} if order.staff_id else {}
        service, place = segments[0].service_variation_id, found.booking.location_id
        other_staff = {"location_id": place, "segment_filters": [_wanted(service, order)]}
        among = {"booking_id": id} if _same_staff(segments[0], order) else other_staff
        if not self._is_free(client, order, among):
            return TakenThere()
        changed: Any = {
            "version": found.booking.version,
            "start_at": stamp(order.starts_at),
            "appointment_segments": [segment],
        }
        try:
            ask(lambda: client.bookings.update(id, booking=changed, request_options=ONCE))
        except SquareRefusedError as error:
            if error.status == OUTDATED:
                raise CalendarUnavailableError("Square has a newer version of the booking.") from None
            return refusal(error)
        return BookedThere(id)

    def mark_paid(self, connection: Connection, external_id: str, words: str) -> None:
        """Writes to the seller's note, because payments made elsewhere can't be attached."""
        client = self._client(connection)
        found = ask_for(lambda: client.bookings.get(external_id, request_options=ONCE))
        if found is None or found.booking is None or words in str(found.booking.seller_note or ""):
            return
        note = f"{found.booking.seller_note or ''}\n{words}".strip()
        changed: Any = {"version": found.booking.version, "seller_note": note}
        ask(lambda: client.bookings.update(external_id, booking=changed, request_options=ONCE))

    def cancel(self, connection: Connection, external_id: str) -> RefusedThere | None:
        client = self._client(connection)
        found = ask_for(lambda: client.bookings.get(external_id, request_options=ONCE))
        if (
            found is None
            or found.booking is None
            or STATUSES.get(str(found.booking.status)) is SourceStatus.CANCELLED
        ):
            return None
        version = found.booking.version
        try:
            ask(lambda: client.bookings.cancel(external_id, booking_version=version, request_options=ONCE))
        except SquareRefusedError as error:
            if error.status == OUTDATED:
                raise CalendarUnavailableError("Square has a newer version of the booking.") from None
            return RefusedThere(f"Square does not cancel it: {error.words}")
        return None

    def _is_free(self, client: Square, order: TimeOrder, among: Mapping[str, Any]) -> bool:
        """Returns whether the time is free.

        `among`: a location with services and staff, or the id of a moved booking.
        """
        midnight = order.starts_at.replace(hour=0, minute=0, second=0, microsecond=0)
        days = {"start_at": stamp(midnight), "end_at": stamp(midnight + timedelta(days=2))}
        query: Any = {"filter": {"start_at_range": days, **among}}
        found = ask(lambda: client.bookings.search_availability(query=query, request_options=ONCE))
        return any(instant(one.start_at) == order.starts_at for one in found.availabilities or [])

    def _customer(self, client: Square, order: TimeOrder) -> str | None:
        first, _, last = order.name.partition(" ")
        made = ask(
            lambda: client.customers.create(
                idempotency_key=f"customer-{order.our_id}",
                given_name=first or "Guest",
                family_name=last or None,
                email_address=order.email,
                phone_number=order.phone,
                request_options=ONCE,
            )
        )
        return made.customer.id if made.customer else None

    def _location(self, connection: Connection) -> str:
        if given := connection.settings.get("calendar_id"):
            return str(given)
        found = ask(lambda: self._client(connection).locations.list(request_options=ONCE)).locations or []
        if not found:
            raise CalendarDeniedError("Square has no location for this account.")
        return str(found[0].id)

    def _client(self, connection: Connection) -> Square:
        base = str(connection.settings.get("base_url", URL))
        token = connection.secret("access_token")
        return Square(token=token, base_url=base, httpx_client=self._http, version=VERSION)


def make(http: CalendarHttp, settings: CalendarSettings) -> CalendarPort:
    return SquareBookings(http, settings)


def _wanted(service: str | None, order: TimeOrder) -> dict[str, Any]:
    return {"service_variation_id": service, "team_member_id_filter": {"any": [order.staff_id]}}


def _same_staff(segment: Any, order: TimeOrder) -> bool:
    return order.staff_id in (None, segment.team_member_id)
