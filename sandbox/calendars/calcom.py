"""Cal.com's API v2 (https://cal.com/docs/api-reference/v2): bookings, slot reservations, webhooks."""

import secrets
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, request

from sandbox.api_calls import Handler, SandboxCall, SandboxProvider
from sandbox.calendars import bookings
from sandbox.calendars.bookings import StoredBooking, iso, seconds
from sandbox.calendars.calcom_shapes import event_type, notice, shown, sign
from sandbox.calendars.stand_in import StandIn, announce, answer, cancel, move, with_id
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


def _answer(operation: str, handler: Handler, params: Mapping[str, Any], **ids: str) -> Response:
    token = request.authorization.token if request.authorization else None
    return answer(CALCOM, operation, params, handler, authentic=bool(token), ids=ids)


def _json() -> dict[str, Any]:
    given = request.get_json(force=True, silent=True)
    return given if isinstance(given, dict) else {}


def ok(data: Any, status: int = 200, **more: Any) -> ProviderAnswer:
    return ProviderAnswer(status, {"status": "success", "data": data, **more})


@bp.get("/me")
def me() -> Response:
    """Returns the owner of the API key."""
    owner = {"id": 1, "email": "owner@salon.example", "username": "salon", "timeZone": "Europe/London"}
    return _answer("me", lambda call: ok(owner), {})


@bp.get("/bookings")
def listing() -> Response:
    """Lists bookings, filtered by time and sorted. A page has `take` bookings after the first `skip`."""
    return _answer("bookings.list", _list, request.args.to_dict())


@bp.post("/bookings")
def create() -> Response:
    """Books a free time."""
    return _answer("bookings.create", _create, _json())


@bp.get("/bookings/<uid>")
def get(uid: str) -> Response:
    """Returns a booking."""
    return _answer("bookings.get", _get, {}, uid=uid)


@bp.post("/bookings/<uid>/cancel")
def cancel_booking(uid: str) -> Response:
    """Cancels a booking."""
    return _answer("bookings.cancel", _cancel, _json(), uid=uid)


@bp.post("/bookings/<uid>/reschedule")
def reschedule(uid: str) -> Response:
    """Replaces a booking with a new booking at another free time."""
    return _answer("bookings.update", _reschedule, _json(), uid=uid)


@bp.post("/slots/reservations")
def reserve() -> Response:
    """Reserves a slot."""
    return _answer("slots.reserve", _reserve, _json())


@bp.delete("/slots/reservations/<uid>")
def unreserve(uid: str) -> Response:
    """Ends a reservation."""
    return _answer("slots.release", _unreserve, {}, uid=uid)


@bp.post("/webhooks")
def add_webhook() -> Response:
    """Registers a webhook address."""
    return _answer("webhooks.create", _add_webhook, _json())


@bp.delete("/webhooks/<webhook>")
def delete_webhook(webhook: str) -> Response:
    """Removes a webhook address."""
    return _answer("webhooks.delete", _delete_webhook, {}, webhook=webhook)


FILTERS = {
    "afterStart": "starts >= ?",
    "beforeEnd": "ends <= ?",
    "afterUpdatedAt": "updated >= ?",
    "beforeUpdatedAt": "updated <= ?",
}
SORTS = {"sortStart": "starts", "sortUpdatedAt": "updated", "sortCreated": "created"}


def _list(call: SandboxCall) -> ProviderAnswer:
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


def _get(call: SandboxCall) -> ProviderAnswer:
    booking = bookings.find(call.tx, "calcom", call.ids["uid"])
    if booking is None:
        return refusal(404, "NotFoundException", f"Booking with uid={call.ids['uid']} was not found in the database")
    return with_id(ok(shown(booking)), booking.id)


def _create(call: SandboxCall) -> ProviderAnswer:
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


def _cancel(call: SandboxCall) -> ProviderAnswer:
    booking = bookings.find(call.tx, "calcom", call.ids["uid"])
    if booking is None:
        return refusal(404, "NotFoundException", "Booking was not found")
    if booking.status != bookings.BOOKED:
        return refusal(400, "BadRequestException", "Can't cancel booking because it has been cancelled already.")
    return with_id(ok(shown(cancel(call.tx, call.box, CALCOM, booking, "seller"))), booking.id)


def _reschedule(call: SandboxCall) -> ProviderAnswer:
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


def _reserve(call: SandboxCall) -> ProviderAnswer:
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


def _unreserve(call: SandboxCall) -> ProviderAnswer:
    bookings.release(call.tx, "calcom", call.ids["uid"])
    return ok({})


def _add_webhook(call: SandboxCall) -> ProviderAnswer:
    url = str(call.params.get("subscriberUrl", ""))
    if not url:
        return refusal(400, "BadRequestException", "subscriberUrl is required.")
    id = bookings.subscribe(call.tx, "calcom", url, str(call.params.get("secret") or ""))
    return with_id(ok({"id": id, "subscriberUrl": url, "active": True}, 201), id)


def _delete_webhook(call: SandboxCall) -> ProviderAnswer:
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
