"""Acuity Scheduling, API v1.

Sources at developers.acuityscheduling.com, below /reference unless noted:

- "Quick Start": Basic authentication with the user id and the API key.
- get-appointments: `max` is 100 by default. `minDate` and `maxDate` are dates; `direction` sets the order. `showall`
  includes cancelled appointments. `price` and `amountPaid` are decimal strings, `paid` is "yes" or "no", and
  `datetime` has an offset such as -0700. A cancelled appointment may have `noShow`.
- post-appointments: `admin=true` disables the availability check, allows `notes` and requires a `calendarID`. The
  client therefore first calls availability-check-times, which responds with `valid`.
- put-appointments-id-cancel and -reschedule: `admin=true` disables the rules for clients, and `noEmail=true` the
  e-mail. A cancelled appointment can be neither rescheduled nor restored.
- put-appointments-id: an administrator can change `notes`.
- api-errors: the limits are 10 requests a second and 20 connections.
- /docs/webhooks: a webhook is a form with `action` and `id`. X-Acuity-Signature is the base64 HMAC-SHA256 of the body
  with the API key. Subscribing to `changed` in addition can lead to duplicates.

Not confirmed: whether `max` has an upper limit. Listings begin with the nearest appointments, and an appointment that
is missing from a listing is read by its id.

Not confirmed: whether a payment can be recorded. The client writes it to the notes instead.

The fields of blocks are taken from github.com/PipedreamHQ/pipedream (components/acuity_scheduling), whose code sends
them to "POST /blocks" (post-blocks). The reference page itself was not checked. If no block can be created, the time
is not held, but its availability is still checked before it is booked.
"""

import base64
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs

from domain.calendars.feed_text import bracketed_id
from domain.calendars.source_booking import SourceBooking, SourcePerson, SourceStatus, SourceThing
from domain.charging import LARGEST_COLUMN
from domain.money import minor_digits
from providers.calendars import same_answer
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

URL = "https://acuityscheduling.com"
EVENTS = ("appointment.scheduled", "appointment.rescheduled", "appointment.canceled")
MOST = 20_000
WINDOW = (timedelta(days=-1), timedelta(days=60))
DAY = timedelta(days=1)
SILENTLY = {"admin": "true", "noEmail": "true"}
"""Parameters that use administrator rights and prevent e-mails to the client."""

TAKEN = frozenset({"not_available", "no_available_calendar"})
"""The error codes for a time that can't be booked."""


class Acuity(CalendarPort):
    """The client for Acuity, which can't list appointments by time of change. Every listing is therefore a window."""

    def __init__(self, http: CalendarHttp) -> None:
        self._http = http

    def verify(self, connection: Connection, delivery: Delivery) -> NotAuthentic | None:
        """Verifies the signature, for which Acuity uses the API key."""
        return why_not_signed(
            delivery.headers.get("x-acuity-signature", ""),
            connection.credentials.get("api_key", ""),
            lambda key: base64.b64encode(hmac.digest(key, delivery.body, "sha256")),
        )

    def normalise(self, delivery: Delivery) -> Hint | NotAuthentic:
        form = parse_qs(delivery.body.decode("utf-8", "replace"))
        action, id = form.get("action", [""])[0], form.get("id", [""])[0]
        if not action or not (id.isascii() and id.isdigit()):
            return NotAuthentic("malformed")
        return Hint(f"{action}:{id}", action, (id,) if not action.startswith("order") else ())

    def check(self, connection: Connection) -> Account:
        found = self._call(connection, "GET", "/me").body or {}
        return Account(str(found.get("id") or ""), str(found.get("email") or found.get("name") or "Acuity"))

    def subscribe(self, connection: Connection, url: str) -> Mapping[str, str]:
        made = [self._call(connection, "POST", "/webhooks", json={"event": event, "target": url}) for event in EVENTS]
        ids = [str(one.body["id"]) for one in made if one.ok]
        return {"webhook_ids": ",".join(ids)} if len(ids) == len(EVENTS) else {}

    def unsubscribe(self, connection: Connection) -> None:
        for id in filter(None, connection.credentials.get("webhook_ids", "").split(",")):
            self._call(connection, "DELETE", f"/webhooks/{id}")

    def fetch(self, connection: Connection, external_id: str) -> SourceBooking | NotThere:
        answer = self._call(connection, "GET", f"/appointments/{external_id}")
        return as_booking(answer.body, connection.currency) if exists(answer) else NotThere()

    def changes(self, connection: Connection, point: SyncPoint) -> Page:
        """Lists all bookings in the window, including cancelled bookings.

        The request is the same all day, so that an equal response can be recognised.
        """
        starts, ends = (point.now + distance for distance in WINDOW)
        known = same_answer.known_version(point)
        answer = self._listed(connection, starts, ends, known=known)
        if answer.digest == known:
            return Page(bookings=(), token=point.token, covers=(starts, ends), unchanged=True)
        found, token = answer.body, same_answer.token_of(point, answer.digest)
        covers = None if len(found) == MOST else (starts, ends)
        bookings = tuple(as_booking(one, connection.currency) for one in found)
        return Page(bookings=bookings, covers=covers, token=token)

    def hold(self, connection: Connection, order: TimeOrder) -> Held | TakenThere | RefusedThere:
        """Creates a block whose notes contain our id."""
        if order.staff_id is None:
            return Held(None)
        days = {"minDate": f"{order.starts_at - DAY:%Y-%m-%d}", "maxDate": f"{order.ends_at + DAY:%Y-%m-%d}"}
        there = self._call(connection, "GET", "/blocks", params=days | {"calendarID": order.staff_id})
        for block in there.body if there.ok else ():
            if order.our_id in str(block.get("notes", "")):
                return Held(str(block["id"]))
        times = {"start": stamp(order.starts_at), "end": stamp(order.ends_at)}
        wanted = times | {"calendarID": int(order.staff_id), "notes": f"slot-recovery {order.our_id}"}
        made = self._call(connection, "POST", "/blocks", json=wanted)
        return Held(str(made.body["id"])) if made.ok else RefusedThere(f"Acuity can't hold the time: {made.message}")

    def release(self, connection: Connection, external_id: str) -> None:
        self._call(connection, "DELETE", f"/blocks/{external_id}")

    def book(self, connection: Connection, order: TimeOrder) -> BookedThere | TakenThere | RefusedThere:
        if order.attempt > 1 and (made := self.find(connection, order)):
            return BookedThere(made)
        service = order.service_id or connection.settings.get("service_id")
        if not service or not order.staff_id:
            return RefusedThere(
                "Acuity needs an appointment type and a calendar to book, and one is unknown for this time."
            )
        time = {"datetime": stamp(order.starts_at), "appointmentTypeID": int(service)}
        time |= {"calendarID": int(order.staff_id)}
        free = self._call(connection, "POST", "/availability/check-times", json=time)
        if not free.ok or not free.body.get("valid"):
            return TakenThere()
        wanted = time | _person(order) | {"notes": f"{order.note} [{order.our_id}]"}
        answer = self._call(connection, "POST", "/appointments", params=SILENTLY, json=wanted)
        return BookedThere(str(answer.body["id"])) if answer.ok else _refusal(answer)

    def find(self, connection: Connection, order: TimeOrder) -> str | None:
        found = self._list(connection, order.starts_at, order.ends_at)
        ours = (one for one in found if order.our_id in str(one.get("notes", "")) and not one.get("canceled"))
        return next((str(one["id"]) for one in ours), None)

    def move(
        self, connection: Connection, there: SourceBooking, order: TimeOrder
    ) -> BookedThere | TakenThere | RefusedThere:
        """Moves the booking as an administrator, without the availability check, which would count the booking's old
        time.
        """
        staff = order.staff_id or (there.staff.external_id if there.staff else None)
        time = {"datetime": stamp(order.starts_at)} | ({"calendarID": int(staff)} if staff else {})
        if self._is_busy(connection, there.external_id, order, staff):
            return TakenThere()
        path = f"/appointments/{there.external_id}/reschedule"
        answer = self._call(connection, "PUT", path, params=SILENTLY, json=time)
        return BookedThere(str(answer.body["id"])) if answer.ok else _refusal(answer)

    def _is_busy(self, connection: Connection, id: str, order: TimeOrder, staff: str | None) -> bool:
        """Returns whether another appointment or a block of this calendar overlaps the time."""
        starts, ends = order.starts_at, order.ends_at
        listed = [as_booking(one, connection.currency) for one in self._list(connection, starts, ends)]
        others = [one for one in listed if one.status is SourceStatus.BOOKED and one.external_id != id]
        times = [(one.starts_at, one.ends_at) for one in others if one.staff and one.staff.external_id == staff]
        days = {"minDate": f"{starts - DAY:%Y-%m-%d}", "maxDate": f"{ends + DAY:%Y-%m-%d}", "calendarID": staff or ""}
        blocks = self._call(connection, "GET", "/blocks", params=days)
        times += [(_instant(one["start"]), _instant(one["end"])) for one in (blocks.body if blocks.ok else ())]
        return any(begins < ends and over > starts for begins, over in times if begins and over)

    def mark_paid(self, connection: Connection, external_id: str, words: str) -> None:
        """Writes the payment to the notes, because Acuity can't record payments made elsewhere."""
        now = self._call(connection, "GET", f"/appointments/{external_id}")
        notes = str(now.body.get("notes", "")) if now.ok else ""
        if now.ok and words not in notes:
            both = {"notes": f"{notes}\n{words}".strip()}
            self._call(connection, "PUT", f"/appointments/{external_id}", params={"admin": "true"}, json=both)

    def cancel(self, connection: Connection, external_id: str) -> RefusedThere | None:
        path = f"/appointments/{external_id}/cancel"
        return refused(self._call(connection, "PUT", path, params=SILENTLY, json={}), "Acuity")

    def _list(self, connection: Connection, starts: datetime, ends: datetime) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._listed(connection, starts, ends).body
        return found

    def _listed(self, connection: Connection, starts: datetime, ends: datetime, *, known: str = "") -> CalendarAnswer:
        """Returns the list, unparsed if its digest is `known`.

        Adds a day on each side, because the dates are in the account's time zone.
        """
        params = {
            "minDate": f"{starts - DAY:%Y-%m-%d}",
            "maxDate": f"{ends + DAY:%Y-%m-%d}",
            "showall": "true",
            "direction": "ASC",
            "excludeForms": "true",
            "max": MOST,
        }
        answer = self._call(connection, "GET", "/appointments", params=params, known=known)
        if not answer.ok or not (isinstance(answer.body, list) or answer.digest == known):
            raise CalendarUnavailableError(f"The calendar does not list its bookings: {answer.message}")
        return answer

    def _call(self, connection: Connection, method: str, path: str, **parts: Any) -> CalendarAnswer:
        url = f"{connection.settings.get('base_url', URL)}/api/v1{path}"
        auth = (connection.secret("user_id"), connection.secret("api_key"))
        return self._http.call(method, url, auth=auth, **parts)


def make(http: CalendarHttp, settings: CalendarSettings) -> CalendarPort:
    return Acuity(http)


def as_booking(found: Mapping[str, Any], currency: str) -> SourceBooking:
    """Parses a booking. `canceled` and `noShow` are booleans. A no-show is also `canceled`.

    Amounts are in the shop's `currency`.
    """
    starts = datetime.fromisoformat(str(found["datetime"])).astimezone(UTC)
    status = SourceStatus.CANCELLED if found.get("canceled") else SourceStatus.BOOKED
    if found.get("noShow"):
        status = SourceStatus.NO_SHOW
    name = f"{found.get('firstName', '')} {found.get('lastName', '')}".replace(" -", "").strip()
    paid = cents(found.get("amountPaid"), currency)
    return SourceBooking(
        external_id=str(found["id"]),
        status=status,
        starts_at=starts,
        ends_at=starts + timedelta(minutes=int(float(found.get("duration") or 60))),
        person=SourcePerson(name=name, phone=found.get("phone") or None, email=found.get("email") or None),
        service=_thing(found.get("appointmentTypeID"), found.get("type")),
        staff=_thing(found.get("calendarID"), found.get("calendar")),
        # An appointment type without a price has the price zero.
        price_cents=cents(found.get("price"), currency) or None,
        paid_cents=paid if found.get("paid") == "yes" and paid else None,
        our_id=bracketed_id(str(found.get("notes") or "")),
    )


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _person(order: TimeOrder) -> dict[str, str]:
    first, _, last = (order.name or "Guest").partition(" ")
    return {"firstName": first, "lastName": last or "-", "email": order.email or "", "phone": order.phone or ""}


def _refusal(answer: CalendarAnswer) -> TakenThere | RefusedThere:
    code = answer.body.get("error") if isinstance(answer.body, dict) else ""
    if code in TAKEN or "available" in answer.message:
        return TakenThere()
    return RefusedThere(f"Acuity rejected the booking: {answer.message}")


def _thing(id: Any, name: Any) -> SourceThing | None:
    return SourceThing(str(id), str(name or "")) if id else None


def cents(amount: Any, currency: str) -> int | None:
    """Returns "10.00" in minor units (1000 for GBP, 10 for JPY), or None for text that is not an amount."""
    try:
        found = int(Decimal(str(amount)).scaleb(minor_digits(currency)).to_integral_value())
    except (ArithmeticError, ValueError):
        return None
    return found if 0 <= found <= LARGEST_COLUMN else None


def stamp(at: datetime) -> str:
    """Formats a time for Acuity, such as `2026-11-21T03:10:00+0000`."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}+0000"
