"""Acuity's API v1 (https://developers.acuityscheduling.com/reference): appointments, blocks, webhooks."""

import itertools
import time
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, request

from sandbox.api_calls import Handler, SandboxCall, SandboxProvider
from sandbox.calendars import bookings
from sandbox.calendars.acuity_shapes import notice, shown, sign, stamp
from sandbox.calendars.bookings import StoredBooking, seconds
from sandbox.calendars.stand_in import (
    StandIn,
    announce,
    answer,
    cancel,
    move,
    number_of,
    with_id,
)
from sandbox.http_answers import ProviderAnswer
from sandbox.provider_time import now

bp = Blueprint("acuity", __name__, url_prefix="/acuity/api/v1")
_ids = itertools.count(int(time.time() * 1000))


def refusal(status: int, code: str, message: str) -> ProviderAnswer:
    return ProviderAnswer(status, {"status_code": status, "message": message, "error": code})


ACUITY = StandIn(
    SandboxProvider(
        "acuity",
        rate_limited=refusal(429, "too_many_requests", "Too many requests."),
        server_error=refusal(500, "server_error", "Something went wrong."),
    ),
    denied=refusal(401, "unauthorized", "Invalid credentials."),
    new_id=lambda: str(next(_ids)),
    notice=notice,
    sign=sign,
    not_allowed=refusal(400, "cancel_not_allowed", "The appointment can not be changed so late."),
)


def _answer(operation: str, handler: Handler, params: Mapping[str, Any], **ids: str) -> Response:
    given = request.authorization
    authentic = given is not None and given.type == "basic" and bool(given.password)
    return answer(ACUITY, operation, params, handler, authentic=authentic, ids=ids)


def _json() -> dict[str, Any]:
    given = request.get_json(force=True, silent=True)
    return given if isinstance(given, dict) else {}


@bp.get("/me")
def me() -> Response:
    """Returns the account."""
    return _answer("me", lambda call: ProviderAnswer(200, {"id": 1, "email": "owner@salon.example"}), {})


@bp.get("/appointments")
def listing() -> Response:
    """Lists appointments by day. With `showall`, cancelled appointments are included."""
    return _answer("bookings.list", _list, request.args.to_dict())


@bp.post("/appointments")
def create() -> Response:
    """Books a time as an administrator, without checking availability."""
    return _answer("bookings.create", _create, _json())


@bp.get("/appointments/<id>")
def get(id: str) -> Response:
    """Returns an appointment."""
    return _answer("bookings.get", _get, {}, id=id)


@bp.put("/appointments/<id>")
def update(id: str) -> Response:
    """Changes the notes of an appointment."""
    return _answer("bookings.update", _update, _json(), id=id)


@bp.put("/appointments/<id>/cancel")
def cancel_appointment(id: str) -> Response:
    """Cancels an appointment."""
    return _answer("bookings.cancel", _cancel, _json(), id=id)


@bp.put("/appointments/<id>/reschedule")
def reschedule(id: str) -> Response:
    """Moves an appointment as an administrator, without checking availability."""
    return _answer("bookings.update", _reschedule, _json(), id=id)


@bp.post("/availability/check-times")
def check_times() -> Response:
    """Returns whether a time is free."""
    return _answer("availability.search", _check, _json())


@bp.get("/blocks")
def list_blocks() -> Response:
    """Lists the blocked times."""
    return _answer("slots.reserve", _blocks, request.args.to_dict())


@bp.post("/blocks")
def block() -> Response:
    """Blocks a time."""
    return _answer("slots.reserve", _block, _json())


@bp.delete("/blocks/<id>")
def unblock(id: str) -> Response:
    """Removes a blocked time."""
    return _answer("slots.release", _unblock, {}, id=id)


@bp.post("/webhooks")
def add_webhook() -> Response:
    """Registers a webhook address for one event."""
    return _answer("webhooks.create", _add_webhook, _json())


@bp.delete("/webhooks/<id>")
def delete_webhook(id: str) -> Response:
    """Removes a webhook address."""
    return _answer("webhooks.delete", _delete_webhook, {}, id=id)


def _list(call: SandboxCall) -> ProviderAnswer:
    params = call.params
    first = seconds(f"{params.get('minDate', '1970-01-01')}T00:00:00+00:00")
    last = seconds(f"{params.get('maxDate', '2999-01-01')}T23:59:59+00:00")
    sign = 1 if params.get("direction") == "ASC" else -1
    rows = call.tx.execute(
        "SELECT * FROM calendar_bookings WHERE kind = 'acuity' AND starts BETWEEN ? AND ?"
        " ORDER BY starts * ? LIMIT ?",
        (first, last, sign, int(params.get("max", 100))),
    ).fetchall()
    found = [bookings.as_booking(row) for row in rows]
    everything = params.get("showall") == "true"
    return ProviderAnswer(200, [shown(one) for one in found if everything or one.status == bookings.BOOKED])


def _found(call: SandboxCall) -> StoredBooking | None:
    return bookings.find(call.tx, "acuity", call.ids["id"])


MISSING = refusal(404, "not_found", "The appointment does not exist.")


def _get(call: SandboxCall) -> ProviderAnswer:
    booking = _found(call)
    return with_id(ProviderAnswer(200, shown(booking)), booking.id) if booking else MISSING


def _create(call: SandboxCall) -> ProviderAnswer:
    params = call.params
    try:
        starts, service = seconds(params["datetime"]), int(params["appointmentTypeID"])
    except (KeyError, ValueError, TypeError):
        return refusal(400, "required_field", "datetime and appointmentTypeID are required.")
    if not params.get("calendarID"):
        return refusal(400, "required_calendar", "calendarID is required when booking as an admin.")
    like = _like(call, service)
    length = like.ends - like.starts if like else 3600
    staff = _staff(call, params.get("calendarID"))
    data = {
        "name": f"{params.get('firstName', '')} {params.get('lastName', '')}".replace(" -", "").strip(),
        "phone": params.get("phone"),
        "email": params.get("email"),
        "note": params.get("notes", ""),
        "service": like.get("service") if like else "Visit",
        "staff": staff,
    }
    made = bookings.add(call.tx, "acuity", starts, starts + length, data, id=ACUITY.new_id())
    announce(call.tx, call.box, ACUITY, "created", made)
    return with_id(ProviderAnswer(200, shown(made)), made.id)


def _like(call: SandboxCall, service: int) -> StoredBooking | None:
    rows = call.tx.execute("SELECT * FROM calendar_bookings WHERE kind = 'acuity' ORDER BY n DESC LIMIT 500")
    found = map(bookings.as_booking, rows)
    return next((one for one in found if number_of(one.get("service", "Visit")) == service), None)


def _staff(call: SandboxCall, id: Any) -> str:
    rows = call.tx.execute("SELECT * FROM calendar_bookings WHERE kind = 'acuity' ORDER BY n DESC LIMIT 500")
    names = (one.get("staff", "Owner") for one in map(bookings.as_booking, rows))
    return next((str(name) for name in names if str(number_of(name)) == str(id)), "")


def _update(call: SandboxCall) -> ProviderAnswer:
    booking = _found(call)
    if booking is None:
        return MISSING
    changed = bookings.change(call.tx, booking, data={"note": str(call.params.get("notes", ""))})
    return with_id(ProviderAnswer(200, shown(changed)), booking.id)


def _cancel(call: SandboxCall) -> ProviderAnswer:
    booking = _found(call)
    if booking is None:
        return MISSING
    if booking.status != bookings.BOOKED:
        return refusal(400, "cancel_not_allowed", "The appointment is canceled already.")
    return with_id(ProviderAnswer(200, shown(cancel(call.tx, call.box, ACUITY, booking, "seller"))), booking.id)


def _reschedule(call: SandboxCall) -> ProviderAnswer:
    booking = _found(call)
    if booking is None:
        return MISSING
    if booking.status != bookings.BOOKED:
        return refusal(400, "reschedule_not_allowed", "The appointment is canceled.")
    try:
        starts = seconds(call.params["datetime"])
    except (KeyError, ValueError):
        return refusal(400, "required_field", "datetime is required.")
    if staff := _staff(call, call.params.get("calendarID")):
        booking = bookings.change(call.tx, booking, data={"staff": staff})
    moved = move(call.tx, call.box, ACUITY, booking, starts, starts + booking.ends - booking.starts)
    return with_id(ProviderAnswer(200, shown(moved)), moved.id)


def _check(call: SandboxCall) -> ProviderAnswer:
    try:
        starts, service = seconds(call.params["datetime"]), int(call.params["appointmentTypeID"])
    except (KeyError, ValueError, TypeError):
        return refusal(400, "required_field", "datetime and appointmentTypeID are required.")
    like = _like(call, service)
    length = like.ends - like.starts if like else 3600
    taken = bookings.taken(call.tx, "acuity", starts, starts + length, _staff(call, call.params.get("calendarID")))
    return ProviderAnswer(200, {"datetime": call.params["datetime"], "valid": not taken})


def _blocks(call: SandboxCall) -> ProviderAnswer:
    rows = call.tx.execute("SELECT * FROM calendar_holds WHERE kind = 'acuity' ORDER BY starts").fetchall()
    blocks = [
        {"id": int(row["id"]), "notes": row["data"], "start": stamp(row["starts"]), "end": stamp(row["ends"])}
        for row in rows
    ]
    return ProviderAnswer(200, blocks)


def _block(call: SandboxCall) -> ProviderAnswer:
    try:
        starts, ends = seconds(call.params["start"]), seconds(call.params["end"])
    except (KeyError, ValueError):
        return refusal(400, "required_field", "start and end are required.")
    id, notes = ACUITY.new_id(), str(call.params.get("notes", ""))
    bookings.hold(call.tx, "acuity", starts, ends, until=now() + 10**8, id=id, notes=notes)
    return with_id(ProviderAnswer(200, {"id": int(id), "notes": notes}), id)


def _unblock(call: SandboxCall) -> ProviderAnswer:
    there = bookings.release(call.tx, "acuity", call.ids["id"])
    return ProviderAnswer(204, {}) if there else refusal(404, "not_found", "The block does not exist.")


def _add_webhook(call: SandboxCall) -> ProviderAnswer:
    """Stores one address for all events, whereas Acuity has a subscription for each event.

    Webhooks are signed with the API key.
    """
    url, secret = str(call.params.get("target", "")), request.authorization
    id = bookings.subscribe(call.tx, "acuity", url, str(secret.password if secret else ""))
    return with_id(ProviderAnswer(200, {"id": id, "event": call.params.get("event"), "target": url}), id)


def _delete_webhook(call: SandboxCall) -> ProviderAnswer:
    bookings.unsubscribe(call.tx, "acuity", call.ids["id"])
    return ProviderAnswer(204, {})
