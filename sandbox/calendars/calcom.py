"""Cal.com's API v2 (https://cal.com/docs/api-reference/v2): bookings, slot reservations, webhooks."""

import secrets
from typing import Any

from flask import Blueprint, request

from sandbox.api_calls import SandboxCall, SandboxProvider
from sandbox.calendars import bookings
from sandbox.calendars.bookings import StoredBooking, iso, seconds
from sandbox.calendars.calcom_shapes import event_type, notice, shown, sign
from sandbox.calendars.stand_in import StandIn, StandInRoutes, announce, bearer, cancel, move, with_id
from sandbox.http_answers import ProviderAnswer
from sandbox.provider_time import now

bp = Blueprint("calcom", __name__, url_prefix="/calcom/v2")
LENGTH = 3600
OCCUPIED = "This time slot is already reserved by another user. Please choose a different time."
"""The error for a slot that is already reserved, even by the same client."""


def refusal(status: int, code: str, message: str) -> ProviderAnswer:
    error = {"code": code, "message": message, "details": {"message": message, "statusCode": status}}
    return ProviderAnswer(status, {"status": "error", "timestamp": iso(now()), "path": "/v2", "error": error})


CALCOM = StandIn(
    SandboxProvider(
        "calcom",
        rate_limited=ProviderAnswer(429, {"status": "error", "error": {"message": "Too Many Requests"}}),
        server_error=refusal(500, "InternalServerErrorException", "Something went wrong."),
    ),
    denied=refusal(401, "UnauthorizedException", "Invalid API key."),
    new_id=lambda: secrets.token_urlsafe(16).replace("-", "x").replace("_", "y"),
    notice=notice,
    sign=sign,
    not_allowed=refusal(400, "BadRequestException", "Cancelling this event type is disabled."),
    moves_make_new=True,
)


ROUTES = StandInRoutes(bp, CALCOM, lambda: bool(bearer()))


def ok(data: Any, status: int = 200, **more: Any) -> ProviderAnswer:
    return ProviderAnswer(status, {"status": "success", "data": data, **more})


@ROUTES.add("GET", "/me", "me")
def me(call: SandboxCall) -> ProviderAnswer:
    """Returns the owner of the API key."""
    owner = {"id": 1, "email": "owner@salon.example", "username": "salon", "timeZone": "Europe/London"}
    return ok(owner)


FILTERS = {
    "afterStart": "starts >= ?",
    "beforeEnd": "ends <= ?",
    "afterUpdatedAt": "updated >= ?",
    "beforeUpdatedAt": "updated <= ?",
}
SORTS = {"sortStart": "starts", "sortUpdatedAt": "updated", "sortCreated": "created"}


@ROUTES.add("GET", "/bookings", "bookings.list")
def listing(call: SandboxCall) -> ProviderAnswer:
    """Lists bookings, filtered by time and sorted. A page has `take` bookings after the first `skip`."""
    params = call.params
    try:
        wanted = {FILTERS[name]: seconds(params[name]) for name in FILTERS if name in params}
        take, skip = int(params.get("take", 100)), int(params.get("skip", 0))
    except ValueError:
        return refusal(400, "BadRequestException", "A time or number is invalid.")
    order = next(
        (f"{column} {params[name]}" for name, column in SORTS.items() if params.get(name) in ("asc", "desc")), "n"
    )
    where = " AND ".join(("kind = 'calcom'", *wanted))
    # The conditions and columns are constants from the tables above.
    rows = call.tx.execute(
        f"SELECT * FROM calendar_bookings WHERE {where} ORDER BY {order}, n LIMIT ? OFFSET ?",  # noqa: S608
        (*wanted.values(), take, skip),
    ).fetchall()
    return ok([shown(bookings.as_booking(row)) for row in rows], pagination={"returnedItems": len(rows)})


@ROUTES.add("GET", "/bookings/<uid>", "bookings.get")
def get(call: SandboxCall) -> ProviderAnswer:
    """Returns a booking."""
    booking = bookings.find(call.tx, "calcom", call.ids["uid"])
    if booking is None:
        return refusal(404, "NotFoundException", f"Booking with uid={call.ids['uid']} was not found in the database")
    return with_id(ok(shown(booking)), booking.id)


@ROUTES.add("POST", "/bookings", "bookings.create")
def create(call: SandboxCall) -> ProviderAnswer:
    """Books a free time."""
    params = call.params
    attendee = params.get("attendee") or {}
    try:
        starts, event_type_id = seconds(params["start"]), int(params["eventTypeId"])
    except (KeyError, ValueError, TypeError):
        return refusal(400, "BadRequestException", "start and eventTypeId are required.")
    if not attendee.get("name") or not attendee.get("timeZone"):
        return refusal(400, "BadRequestException", "attendee.name and attendee.timeZone are required.")
    ends = starts + length_of(call, event_type_id)
    if bookings.taken(call.tx, "calcom", starts, ends, None):
        return refusal(400, "BadRequestException", "User either already has booking at this time or is not available")
    data = {
        "name": attendee["name"],
        "email": attendee.get("email") or f"{str(attendee.get('phoneNumber', '')).lstrip('+')}@sms.cal.com",
        "phone": attendee.get("phoneNumber"),
        "metadata": params.get("metadata") or {},
        "event_type_id": event_type_id,
        "service": service_named(call, event_type_id),
        "staff": staff_of(call, event_type_id),
    }
    made = bookings.add(call.tx, "calcom", starts, ends, data, id=CALCOM.new_id())
    announce(call.tx, call.box, CALCOM, "created", made)
    return with_id(ok(shown(made), 201), made.id)


@ROUTES.add("POST", "/bookings/<uid>/cancel", "bookings.cancel")
def cancel_booking(call: SandboxCall) -> ProviderAnswer:
    """Cancels a booking."""
    booking = bookings.find(call.tx, "calcom", call.ids["uid"])
    if booking is None:
        return refusal(404, "NotFoundException", "Booking was not found")
    if booking.status != bookings.BOOKED:
        return refusal(400, "BadRequestException", "Can't cancel booking because it has been cancelled already.")
    return with_id(ok(shown(cancel(call.tx, call.box, CALCOM, booking, "seller"))), booking.id)


@ROUTES.add("POST", "/bookings/<uid>/reschedule", "bookings.update")
def reschedule(call: SandboxCall) -> ProviderAnswer:
    """Replaces a booking with a new booking at another free time."""
    booking = bookings.find(call.tx, "calcom", call.ids["uid"])
    if booking is None:
        return refusal(404, "NotFoundException", "Booking was not found")
    if booking.status != bookings.BOOKED:
        at = f" It was rescheduled to {booking.followed_by}." if booking.followed_by else ""
        return refusal(400, "BadRequestException", f"Can't reschedule booking because it has been cancelled.{at}")
    try:
        starts = seconds(call.params["start"])
    except (KeyError, ValueError):
        return refusal(400, "BadRequestException", "start is required.")
    ends = starts + booking.ends - booking.starts
    if bookings.taken(call.tx, "calcom", starts, ends, None, besides=booking.id):
        return refusal(400, "BadRequestException", "User either already has booking at this time or is not available")
    moved = move(call.tx, call.box, CALCOM, booking, starts, ends)
    return with_id(ok(shown(moved), 201), moved.id)


@ROUTES.add("POST", "/slots/reservations", "slots.reserve")
def reserve(call: SandboxCall) -> ProviderAnswer:
    """Reserves a slot."""
    params = call.params
    try:
        starts, minutes = seconds(params["slotStart"]), int(params.get("reservationDuration", 5))
        ends = starts + length_of(call, int(params["eventTypeId"]))
    except (KeyError, ValueError, TypeError):
        return refusal(400, "BadRequestException", "eventTypeId and slotStart are required.")
    if request.headers.get("cal-api-version") != "2024-09-04":
        return refusal(404, "NotFoundException", "Cannot POST /v2/slots/reservations")
    if bookings.taken(call.tx, "calcom", starts, ends, None):
        return refusal(422, "UnprocessableEntityException", OCCUPIED)
    uid = bookings.hold(call.tx, "calcom", starts, ends, until=now() + 60 * minutes)
    until = iso(now() + 60 * minutes)
    return with_id(ok({"reservationUid": uid, "slotStart": iso(starts), "reservationUntil": until}, 201), uid)


@ROUTES.add("DELETE", "/slots/reservations/<uid>", "slots.release")
def unreserve(call: SandboxCall) -> ProviderAnswer:
    """Ends a reservation."""
    bookings.release(call.tx, "calcom", call.ids["uid"])
    return ok({})


@ROUTES.add("POST", "/webhooks", "webhooks.create")
def add_webhook(call: SandboxCall) -> ProviderAnswer:
    """Registers a webhook address."""
    url = str(call.params.get("subscriberUrl", ""))
    if not url:
        return refusal(400, "BadRequestException", "subscriberUrl is required.")
    id = bookings.subscribe(call.tx, "calcom", url, str(call.params.get("secret") or ""))
    return with_id(ok({"id": id, "subscriberUrl": url, "active": True}, 201), id)


@ROUTES.add("DELETE", "/webhooks/<webhook>", "webhooks.delete")
def delete_webhook(call: SandboxCall) -> ProviderAnswer:
    """Removes a webhook address."""
    there = bookings.unsubscribe(call.tx, "calcom", call.ids["webhook"])
    return ok({}) if there else refusal(404, "NotFoundException", "Webhook not found")


def length_of(call: SandboxCall, event_type_id: int) -> float:
    """Returns the length of the newest booking of this event type, because the sandbox stores no event types."""
    newest = _newest_of(call, event_type_id)
    return newest.ends - newest.starts if newest else LENGTH


def service_named(call: SandboxCall, event_type_id: int) -> str:
    newest = _newest_of(call, event_type_id)
    return str(newest.get("service", "Appointment")) if newest else "Appointment"


def staff_of(call: SandboxCall, event_type_id: int) -> str:
    newest = _newest_of(call, event_type_id)
    return str(newest.get("staff", "Owner")) if newest else "Owner"


def _newest_of(call: SandboxCall, event_type_id: int) -> StoredBooking | None:
    rows = call.tx.execute("SELECT * FROM calendar_bookings WHERE kind = 'calcom' ORDER BY n DESC LIMIT 500")
    return next((one for row in rows if event_type(one := bookings.as_booking(row)) == event_type_id), None)
