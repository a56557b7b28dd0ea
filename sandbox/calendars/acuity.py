"""Acuity's API v1 (https://developers.acuityscheduling.com/reference): appointments, blocks, webhooks."""

import itertools
import time
from typing import Any

from flask import Blueprint, request

from sandbox.api_calls import SandboxCall, SandboxProvider
from sandbox.calendars import bookings
from sandbox.calendars.acuity_shapes import notice, shown, sign, stamp
from sandbox.calendars.bookings import StoredBooking, seconds
from sandbox.calendars.stand_in import (
    StandIn,
    StandInRoutes,
    announce,
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


def _has_password() -> bool:
    given = request.authorization
    return given is not None and given.type == "basic" and bool(given.password)


ROUTES = StandInRoutes(bp, ACUITY, _has_password)


@ROUTES.add("GET", "/me", "me")
def me(call: SandboxCall) -> ProviderAnswer:
    """Returns the account."""
    return ProviderAnswer(200, {"id": 1, "email": "owner@salon.example"})


@ROUTES.add("GET", "/appointments", "bookings.list")
def listing(call: SandboxCall) -> ProviderAnswer:
    """Lists appointments by day. With `showall`, cancelled appointments are included."""
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


@ROUTES.add("GET", "/appointments/<id>", "bookings.get")
def get(call: SandboxCall) -> ProviderAnswer:
    """Returns an appointment."""
    booking = _found(call)
    return with_id(ProviderAnswer(200, shown(booking)), booking.id) if booking else MISSING


@ROUTES.add("POST", "/appointments", "bookings.create")
def create(call: SandboxCall) -> ProviderAnswer:
    """Books a time as an administrator, without checking availability."""
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


@ROUTES.add("PUT", "/appointments/<id>", "bookings.update")
def update(call: SandboxCall) -> ProviderAnswer:
    """Changes the notes of an appointment."""
    booking = _found(call)
    if booking is None:
        return MISSING
    changed = bookings.change(call.tx, booking, data={"note": str(call.params.get("notes", ""))})
    return with_id(ProviderAnswer(200, shown(changed)), booking.id)


@ROUTES.add("PUT", "/appointments/<id>/cancel", "bookings.cancel")
def cancel_appointment(call: SandboxCall) -> ProviderAnswer:
    """Cancels an appointment."""
    booking = _found(call)
    if booking is None:
        return MISSING
    if booking.status != bookings.BOOKED:
        return refusal(400, "cancel_not_allowed", "The appointment is canceled already.")
    return with_id(ProviderAnswer(200, shown(cancel(call.tx, call.box, ACUITY, booking, "seller"))), booking.id)


@ROUTES.add("PUT", "/appointments/<id>/reschedule", "bookings.update")
def reschedule(call: SandboxCall) -> ProviderAnswer:
    """Moves an appointment as an administrator, without checking availability."""
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


@ROUTES.add("POST", "/availability/check-times", "availability.search")
def check_times(call: SandboxCall) -> ProviderAnswer:
    """Returns whether a time is free."""
    try:
        starts, service = seconds(call.params["datetime"]), int(call.params["appointmentTypeID"])
    except (KeyError, ValueError, TypeError):
        return refusal(400, "required_field", "datetime and appointmentTypeID are required.")
    like = _like(call, service)
    length = like.ends - like.starts if like else 3600
    taken = bookings.taken(call.tx, "acuity", starts, starts + length, _staff(call, call.params.get("calendarID")))
    return ProviderAnswer(200, {"datetime": call.params["datetime"], "valid": not taken})


@ROUTES.add("GET", "/blocks", "slots.reserve")
def list_blocks(call: SandboxCall) -> ProviderAnswer:
    """Lists the blocked times."""
    rows = call.tx.execute("SELECT * FROM calendar_holds WHERE kind = 'acuity' ORDER BY starts").fetchall()
    blocks = [
        {"id": int(row["id"]), "notes": row["data"], "start": stamp(row["starts"]), "end": stamp(row["ends"])}
        for row in rows
    ]
    return ProviderAnswer(200, blocks)


@ROUTES.add("POST", "/blocks", "slots.reserve")
def block(call: SandboxCall) -> ProviderAnswer:
    """Blocks a time."""
    try:
        starts, ends = seconds(call.params["start"]), seconds(call.params["end"])
    except (KeyError, ValueError):
        return refusal(400, "required_field", "start and end are required.")
    id, notes = ACUITY.new_id(), str(call.params.get("notes", ""))
    bookings.hold(call.tx, "acuity", starts, ends, until=now() + 10**8, id=id, notes=notes)
    return with_id(ProviderAnswer(200, {"id": int(id), "notes": notes}), id)


@ROUTES.add("DELETE", "/blocks/<id>", "slots.release")
def unblock(call: SandboxCall) -> ProviderAnswer:
    """Removes a blocked time."""
    there = bookings.release(call.tx, "acuity", call.ids["id"])
    return ProviderAnswer(204, {}) if there else refusal(404, "not_found", "The block does not exist.")


@ROUTES.add("POST", "/webhooks", "webhooks.create")
def add_webhook(call: SandboxCall) -> ProviderAnswer:
    """Registers a webhook address for one event.

    Stores one address for all events, whereas Acuity has a subscription for each event.

    Webhooks are signed with the API key.
    """
    url, secret = str(call.params.get("target", "")), request.authorization
    id = bookings.subscribe(call.tx, "acuity", url, str(secret.password if secret else ""))
    return with_id(ProviderAnswer(200, {"id": id, "event": call.params.get("event"), "target": url}), id)


@ROUTES.add("DELETE", "/webhooks/<id>", "webhooks.delete")
def delete_webhook(call: SandboxCall) -> ProviderAnswer:
    """Removes a webhook address."""
    bookings.unsubscribe(call.tx, "acuity", call.ids["id"])
    return ProviderAnswer(204, {})
