"""Acts as a customer or the shop in a calendar. Used by tests and by the calendars page.

POST /sandbox/calendars/<kind>/bookings {"starts_at","ends_at","name","phone","email","service"?,"staff"?,
    "price_cents"?,"paid"?}                                                     -> {"id"}
POST /sandbox/calendars/google/series {... "weeks"}                             -> {"ids"}
POST /sandbox/calendars/<kind>/bookings/<id>/cancel | /move {"starts_at","ends_at"} | /no-show
    | /request-reschedule, only for Cal.com
GET  /sandbox/calendars/<kind>/bookings                   the current bookings
POST /sandbox/calendars/<kind>/webhook-target {"url","secret"}  adds an address for its webhooks
POST /sandbox/calendars/<kind>/revoke-access              the shop revokes the OAuth access of the application
"""

from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, jsonify, request

from sandbox.api_calls import sandbox
from sandbox.calendars import bookings, grants
from sandbox.calendars.bookings import FIELDS, StoredBooking, iso, seconds
from sandbox.calendars.stand_in import StandIn, announce, cancel, move
from sandbox.calendars.stand_ins import STAND_INS
from sandbox.control import Answered, read_object, refused
from sandbox.provider_time import now

bp = Blueprint("calendar_control", __name__, url_prefix="/sandbox/calendars/<kind>")
WEEK = 7 * 86400
LIST = "SELECT * FROM calendar_bookings WHERE kind = ? ORDER BY starts, n"


def shown(booking: StoredBooking) -> dict[str, Any]:
    """Converts a booking to the control API's format."""
    fields = {name: booking.data.get(name) for name in FIELDS}
    times = {"starts_at": iso(booking.starts), "ends_at": iso(booking.ends)}
    metadata = booking.get("metadata", {})
    return {
        "id": booking.id,
        "status": booking.status,
        **times,
        **fields,
        "metadata": metadata,
        "note": booking.get("note"),
    }


def is_hold(booking: StoredBooking) -> bool:
    """Returns whether a booking is a busy event that serves as a hold, for providers that have no holds."""
    return "hold" in booking.get("private", {})


def times_of(given: dict[str, Any]) -> tuple[float, float]:
    """Returns the start and the end in Unix seconds. Raises ValueError for invalid times."""
    starts, ends = seconds(given.get("starts_at")), seconds(given.get("ends_at"))
    if ends <= starts:
        raise ValueError("ends_at must be after starts_at")
    return starts, ends


def book(stand_in: StandIn, given: dict[str, Any]) -> str:
    """Books a time even if it is occupied, as staff can. Raises ValueError for invalid times."""
    starts, ends = times_of(given)
    box = sandbox()
    data = {name: given[name] for name in FIELDS if given.get(name) is not None}
    with box.store.transaction() as tx:
        made = bookings.add(tx, stand_in.kind, starts, ends, data, id=stand_in.new_id())
        announce(tx, box, stand_in, "created", made)
        if data.get("paid"):
            announce(tx, box, stand_in, "paid", made)
    box.courier.wake()
    return made.id


def book_series(stand_in: StandIn, given: dict[str, Any], weeks: int) -> list[str]:
    """Books one event for each week, as Google lists a recurring event. Raises ValueError for invalid times."""
    starts, ends = times_of(given)
    box, series, ids = sandbox(), stand_in.new_id(), []
    data = {name: given[name] for name in FIELDS if given.get(name) is not None}
    with box.store.transaction() as tx:
        for later in (week * WEEK for week in range(weeks)):
            one = {**data, "series": series, "original": starts + later}
            ids.append(f"{series}_{datetime.fromtimestamp(starts + later, UTC):%Y%m%dT%H%M%SZ}")
            made = bookings.add(tx, stand_in.kind, starts + later, ends + later, one, id=ids[-1])
            announce(tx, box, stand_in, "created", made)
    box.courier.wake()
    return ids


def act(stand_in: StandIn, id: str, verb: str, given: dict[str, Any]) -> StoredBooking | None:
    """Cancels or moves a booking, or marks it as a no-show. Returns None for an unknown booking.

    Raises ValueError for invalid times.
    """
    box = sandbox()
    with box.store.transaction() as tx:
        found = bookings.find(tx, stand_in.kind, id)
        if found is None:
            return None
        if verb == "cancel":
            changed = cancel(tx, box, stand_in, found, "customer")
        elif verb == "request-reschedule":
            changed = cancel(tx, box, stand_in, found, "seller", new_time_requested=True)
        elif verb == "move":
            changed = move(tx, box, stand_in, found, *times_of(given))
        else:
            changed = bookings.change(tx, found, status=bookings.NO_SHOW)
            announce(tx, box, stand_in, "no_show", changed)
    box.courier.wake()
    return changed


@bp.before_request
def require_known_kind() -> Answered | None:
    """Responds with 404 if there is no stand-in of this kind."""
    kind = (request.view_args or {})["kind"]
    return None if kind in STAND_INS else refused(404, f"no such kind: {kind}", valid=list(STAND_INS))


@bp.post("/bookings")
def create(kind: str) -> Answered:
    """Books an appointment as a customer."""
    given = read_object()
    if given is None:
        return refused(400, "expected a JSON object")
    try:
        return jsonify({"id": book(STAND_INS[kind], given)})
    except (ValueError, TypeError) as error:
        return refused(400, f"starts_at and ends_at must be ISO 8601 with a zone: {error}")


@bp.post("/series")
def create_series(kind: str) -> Answered:
    """Books a weekly series. Only Google's stand-in has recurring events."""
    given = read_object()
    if kind != "google" or given is None or not isinstance(given.get("weeks"), int):
        return refused(400, 'expected google and {"starts_at", "ends_at", "weeks", ...}')
    try:
        return jsonify({"ids": book_series(STAND_INS[kind], given, given["weeks"])})
    except (ValueError, TypeError) as error:
        return refused(400, f"starts_at and ends_at must be ISO 8601 with a zone: {error}")


@bp.get("/bookings")
def listing(kind: str) -> Answered:
    """Lists the current bookings, except cancelled and moved bookings."""
    found = [bookings.as_booking(row) for row in sandbox().store.rows(LIST, (kind,))]
    standing = (bookings.BOOKED, bookings.NO_SHOW)
    return jsonify({"bookings": [shown(one) for one in found if one.status in standing and not is_hold(one)]})


@bp.post("/bookings/<id>/<any(cancel, move, 'no-show', 'request-reschedule'):verb>")
def change(kind: str, id: str, verb: str) -> Answered:
    """Changes a booking as the customer or the shop would."""
    given = read_object()
    try:
        changed = act(STAND_INS[kind], id, verb, given or {})
    except (ValueError, TypeError) as error:
        return refused(400, f"starts_at and ends_at must be ISO 8601 with a zone: {error}")
    return refused(404, f"no such booking: {id}") if changed is None else jsonify(shown(changed))


@bp.post("/webhook-target")
def target(kind: str) -> Answered:
    """Adds a webhook address, in addition to the addresses that were registered through the API."""
    given = read_object()
    if given is None or not isinstance(given.get("url"), str):
        return refused(400, 'expected {"url", "secret"}')
    with sandbox().store.transaction() as tx:
        id = bookings.subscribe(tx, kind, given["url"], str(given.get("secret") or ""))
    return jsonify({"id": id})


@bp.post("/revoke-access")
def revoke_access(kind: str) -> Answered:
    """Revokes the access of every application, as the shop can do in its account."""
    with sandbox().store.transaction() as tx:
        grants.revoke(tx, kind)
    return jsonify({"revoked": True})


@bp.get("/holds")
def holds(kind: str) -> Response:
    """Lists the held times, including busy events that hold a time."""
    wanted = "SELECT * FROM calendar_holds WHERE kind = ? AND until > ? ORDER BY starts"
    rows = sandbox().store.rows(wanted, (kind, now()))
    found = [(row["id"], row["starts"], row["ends"]) for row in rows]
    listed = [bookings.as_booking(row) for row in sandbox().store.rows(LIST, (kind,))]
    found += [(one.id, one.starts, one.ends) for one in listed if is_hold(one) and one.status == bookings.BOOKED]
    return jsonify(
        {"holds": [{"id": id, "starts_at": iso(starts), "ends_at": iso(ends)} for id, starts, ends in found]}
    )
