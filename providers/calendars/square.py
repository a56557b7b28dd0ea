"""Square Bookings, with Square's SDK (`squareup`).

Sources at developer.squareup.com, below /docs unless noted:

- bookings-api/what-it-is: the seller-level permissions need Appointments Plus or Premium, and list every booking.
  Writes can double-book, so the client calls `search_availability` first.
- working-with-apis/optimistic-concurrency: an update of an older `version` is refused.
- bookings-api/use-webhooks and /reference/square/webhooks/booking.updated: cancelled bookings send this event too.
- webhooks/step3validate: the signature is the base64 HMAC-SHA256 of the notification URL and the body.
- webhooks-api/delivery-sla: Square expects a response within 10 seconds, and retries for up to 72 hours.
- events-api/overview: the Events API cannot serve as a list of changes. It refuses OAuth tokens, and contains no
  events from before the application enabled it.

Sources in the SDK's models:

- `ListBookingsRequest`: `limit` is 1 to 10,000. There is a `cursor`, and the default range is 31 days.
- `SearchAvailabilityFilter`: a range is 24 hours to 32 days. `booking_id` can't be combined with other filters.
- `Booking`: the fields of a booking.

Not confirmed: the status of a refused write for a seller without that subscription. A 403 marks the calendar as
broken, and the staff are notified.
"""

import base64
import hmac
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

import httpx
from square import Square
from square.core.api_error import ApiError
from square.types.booking import Booking

from domain.calendars.source_booking import SourceBooking, SourceStatus
from providers.calendars import square_customers, square_listing
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
    Hint,
    NotThere,
    Page,
    RefusedThere,
    SyncPoint,
    TakenThere,
    TimeOrder,
)
from providers.calendars.square_availability import is_free, minutes_of, segment_of, wanted_segment
from providers.calendars.square_bookings import STATUSES, as_booking, as_hint, stamp
from providers.calendars.square_errors import ONCE, OUTDATED, SquareRefusedError, ask, ask_for, refusal
from providers.signature import NotAuthentic, why_not_signed
from settings.calendars import CalendarSettings

URL, VERSION = "https://connect.squareup.com", "2026-09-16"
EVENTS = ("booking.created", "booking.updated")


class SquareBookings(CalendarPort):
    """The client for Square. A booking contains only its customer's id, so `complete` looks up the customers of a
    page.
    """

    def __init__(self, http: CalendarHttp, settings: CalendarSettings) -> None:
        self._tokens = OAuthTokens("square", http, settings)
        self._timeout = settings.calendar_timeout_seconds

    @cached_property
    def _http(self) -> httpx.Client:
        """The client, which is created at its first use, because loading the certificate authorities takes 30 ms."""
        return httpx.Client(timeout=self._timeout)

    def verify(self, connection: Connection, delivery: Delivery) -> NotAuthentic | None:
        return why_not_signed(
            delivery.headers.get("x-square-hmacsha256-signature", ""),
            connection.credentials.get("webhook_secret", ""),
            lambda key: base64.b64encode(hmac.digest(key, delivery.url.encode() + delivery.body, "sha256")),
        )

    def normalise(self, delivery: Delivery) -> Hint | NotAuthentic:
        return as_hint(delivery.body)

    def check(self, connection: Connection) -> Account:
        found = self._locations(connection)
        if not found:
            return Account("", "Square")
        return Account(str(found[0].merchant_id or ""), str(found[0].name or found[0].id))

    def subscribe(self, connection: Connection, url: str) -> Mapping[str, str]:
        """Subscribes with the application's token. OAuth tokens lack the permission."""
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
        """Refreshes OAuth tokens. Tokens that the shop entered never expire."""
        return self._tokens.fresh(connection, now)

    def revoke(self, connection: Connection) -> None:
        self._tokens.revoke(connection)

    def fetch(self, connection: Connection, external_id: str) -> SourceBooking | NotThere:
        found = _booking(self._client(connection), external_id)
        return NotThere() if found is None else self.complete(connection, (as_booking(found.dict()),))[0]

    def complete(self, connection: Connection, bookings: tuple[SourceBooking, ...]) -> tuple[SourceBooking, ...]:
        """Adds the names, numbers and addresses of the customers."""
        ids = sorted({one.person.external_id for one in bookings if one.person and one.person.external_id})
        people = square_customers.find(self._client(connection), ids) if ids else {}
        known = [one.person and people.get(one.person.external_id or "") for one in bookings]
        return tuple(replace(one, person=who or one.person) for one, who in zip(bookings, known, strict=True))

    def changes(self, connection: Connection, point: SyncPoint) -> Page:
        """Returns a page of the listing that `square_listing` defines."""
        wanted = square_listing.query(point, connection.settings.get("calendar_id"))
        return square_listing.page(point, ask(lambda: self._listed(connection, wanted)))

    def _listed(self, connection: Connection, params: Mapping[str, Any]) -> bytes:
        """Lists bookings without the SDK, whose models would take ten times as long as all other steps of an idle
        sync.
        """
        headers = {"Authorization": f"Bearer {connection.secret('access_token')}", "Square-Version": VERSION}
        url = f"{connection.settings.get('base_url', URL)}/v2/bookings"
        answer = self._http.get(url, params=params, headers=headers)
        if not answer.is_success:
            raise ApiError(headers=dict(answer.headers), status_code=answer.status_code, body=answer.text)
        return answer.content

    def book(self, connection: Connection, order: TimeOrder) -> BookedThere | TakenThere | RefusedThere:
        if order.attempt > 1 and (made := self.find(connection, order)):
            return BookedThere(made)
        service = order.service_id or connection.settings.get("service_id")
        if not service or not order.staff_id:
            return RefusedThere("Square needs a service and a team member to book, and one is unknown for this time.")
        client, location = self._client(connection), self._location(connection)
        among = {"location_id": location, "segment_filters": [wanted_segment(service, order)]}
        if not is_free(client, order, among):
            return TakenThere()
        booking: Any = {
            "start_at": stamp(order.starts_at),
            "location_id": location,
            "customer_id": order.customer_id or square_customers.create(client, order),
            "seller_note": f"{order.note} [{order.our_id}]",
            "appointment_segments": [segment_of(client, service, order)],
        }
        once = {"idempotency_key": order.our_id, "request_options": ONCE}
        try:
            made_there: Any = ask(lambda: client.bookings.create(booking=booking, **once)).booking
        except SquareRefusedError as error:
            return refusal(error)
        return BookedThere(str(made_there.id))

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
        """Moves the version of the booking that was just read. Reads the booking again if it has changed since."""
        client, id = self._client(connection), there.external_id
        found = _booking(client, id)
        segments = (found and found.appointment_segments) or []
        if found is None or len(segments) != 1:
            return RefusedThere("Square can move only a booking of one service from here")
        segment = segments[0].dict() | {"duration_minutes": minutes_of(order)}
        segment |= {"team_member_id": order.staff_id} if order.staff_id else {}
        service, place = segments[0].service_variation_id, found.location_id
        other_staff = {"location_id": place, "segment_filters": [wanted_segment(service, order)]}
        among = {"booking_id": id} if order.staff_id in (None, segments[0].team_member_id) else other_staff
        if not is_free(client, order, among):
            return TakenThere()
        changed: Any = {
            "version": found.version,
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
        """Writes the payment to the seller's note, because payments made elsewhere can't be attached."""
        client = self._client(connection)
        found = _booking(client, external_id)
        if found is None or words in str(found.seller_note or ""):
            return
        changed: Any = {"version": found.version, "seller_note": f"{found.seller_note or ''}\n{words}".strip()}
        ask(lambda: client.bookings.update(external_id, booking=changed, request_options=ONCE))

    def cancel(self, connection: Connection, external_id: str) -> RefusedThere | None:
        client = self._client(connection)
        found = _booking(client, external_id)
        if found is None or STATUSES.get(str(found.status)) is SourceStatus.CANCELLED:
            return None
        try:
            ask(lambda: client.bookings.cancel(external_id, booking_version=found.version, request_options=ONCE))
        except SquareRefusedError as error:
            if error.status == OUTDATED:
                raise CalendarUnavailableError("Square has a newer version of the booking.") from None
            return RefusedThere(f"Square can't cancel the booking: {error.words}")
        return None

    def _location(self, connection: Connection) -> str:
        if given := connection.settings.get("calendar_id"):
            return str(given)
        found = self._locations(connection)
        if not found:
            raise CalendarDeniedError("Square has no location for this account.")
        return str(found[0].id)

    def _locations(self, connection: Connection) -> list[Any]:
        return ask(lambda: self._client(connection).locations.list(request_options=ONCE)).locations or []

    def _client(self, connection: Connection) -> Square:
        base = str(connection.settings.get("base_url", URL))
        token = connection.secret("access_token")
        return Square(token=token, base_url=base, httpx_client=self._http, version=VERSION)


def make(http: CalendarHttp, settings: CalendarSettings) -> CalendarPort:
    return SquareBookings(http, settings)


def _booking(client: Square, id: str) -> Booking | None:
    """Returns the booking, or None if no booking has this id."""
    found = ask_for(lambda: client.bookings.get(id, request_options=ONCE))
    return found and found.booking
