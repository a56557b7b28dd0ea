"""Square's API v2 (https://developer.squareup.com/reference/square): bookings, customers, catalogue, webhooks."""

import json
import secrets
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from flask import Blueprint, Response, request

from sandbox.api_calls import Handler, SandboxCall, SandboxProvider
from sandbox.calendars import bookings, grants
from sandbox.calendars.bookings import StoredBooking, iso, seconds
from sandbox.calendars.stand_in import Notice, Signed, StandIn, announce, answer, has_access, hmac_base64, with_id
from sandbox.http_answers import ProviderAnswer
from sandbox.store import Row

bp = Blueprint("square", __name__, url_prefix="/square")
LOCATION, MERCHANT = "LSALON", "MSALON"
ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"
STATUS = {"booked": "ACCEPTED", "no_show": "NO_SHOW"}
DAY = 86400
MOST_DAYS = 31 * DAY + 1
MOST_SEARCHED = 32 * DAY


def refusal(status: int, category: str, code: str, detail: str) -> ProviderAnswer:
    return ProviderAnswer(status, {"errors": [{"category": category, "code": code, "detail": detail}]})


def notice(what: str, booking: StoredBooking, target: Row) -> Notice | None:
    """`data.id` has the version behind a colon, as in Square's samples."""
    event_id = str(uuid4())
    body = {
        "merchant_id": MERCHANT,
        "type": "booking.created" if what == "created" else "booking.updated",
        "event_id": event_id,
        "created_at": iso(booking.updated),
        "data": {"type": "booking", "id": f"{booking.id}:{booking.version}", "object": {"booking": shown(booking)}},
    }
    return Notice(event_id, body) if what != "paid" else None


def sign(payload: Mapping[str, Any], secret: str, url: str) -> Signed:
    body = json.dumps(payload).encode()
    signature = hmac_base64(secret, url.encode() + body)
    return body, {"Content-Type": "application/json", "X-Square-Hmacsha256-Signature": signature}


SQUARE = StandIn(
    SandboxProvider(
        "square",
        rate_limited=refusal(429, "RATE_LIMIT_ERROR", "RATE_LIMITED", "Too many requests."),
        server_error=refusal(500, "API_ERROR", "INTERNAL_SERVER_ERROR", "An internal error occurred."),
        keeps_keys=True,
    ),
    denied=refusal(401, "AUTHENTICATION_ERROR", "UNAUTHORIZED", "This request could not be authorized."),
    new_id=lambda: "".join(secrets.choice(ALPHABET) for _ in range(14)),
    notice=notice,
    sign=sign,
)


def _answer(operation: str, handler: Handler, params: Mapping[str, Any], **ids: str) -> Response:
    token = request.authorization.token if request.authorization else None
    key = str(params.get("idempotency_key") or "") or None
    return answer(SQUARE, operation, params, handler, authentic=has_access(token), ids=ids, key=key)


def _json() -> dict[str, Any]:
    given = request.get_json(force=True, silent=True)
    return given if isinstance(given, dict) else {}


@bp.get("/v2/locations")
def locations() -> Response:
    """The one location."""
    found = {"locations": [{"id": LOCATION, "merchant_id": MERCHANT, "name": "Salon", "status": "ACTIVE"}]}
    return _answer("me", lambda call: ProviderAnswer(200, found), {})


@bp.get("/v2/bookings")
def listing() -> Response:
    """By start, at most 31 days."""
    return _answer("bookings.list", _list, request.args.to_dict())


@bp.post("/v2/bookings")
def create() -> Response:
    """Books, whether the time is free or not, as for a seller."""
    return _answer("bookings.create", _create, _json())


@bp.get("/v2/bookings/<id>")
def get(id: str) -> Response:
    """One booking."""
    return _answer("bookings.get", _get, {}, id=id)


@bp.put("/v2/bookings/<id>")
def update(id: str) -> Response:
    """Changes the note of the seller, or the time and staff; availability is not checked."""
    return _answer("bookings.update", _update, _json(), id=id)


@bp.post("/v2/bookings/<id>/cancel")
def cancel_booking(id: str) -> Response:
    """Cancels a booking of this version."""
    return _answer("bookings.cancel", _cancel, _json(), id=id)


@bp.post("/v2/bookings/availability/search")
def availability() -> Response:
    """The free times of a day or more."""
    return _answer("availability.search", _availability, _json())


@bp.post("/v2/customers/bulk-retrieve")
def customers() -> Response:
    """Several customers."""
    return _answer("customers.get", _customers, _json())


@bp.post("/v2/customers")
def create_customer() -> Response:
    """A new customer."""
    return _answer("customers.create", _create_customer, _json())


@bp.get("/v2/catalog/object/<id>")
def catalog(id: str) -> Response:
    """A variation of a service."""
    found = {"object": {"type": "ITEM_VARIATION", "id": id, "version": 1, "item_variation_data": {"name": id}}}
    return _answer("me", lambda call: ProviderAnswer(200, found), {})


@bp.post("/v2/webhooks/subscriptions")
def add_webhook() -> Response:
    """Registers an address."""
    return _answer("webhooks.create", _add_webhook, _json())


@bp.delete("/v2/webhooks/subscriptions/<id>")
def delete_webhook(id: str) -> Response:
    """Removes an address."""
    return _answer("webhooks.delete", _delete_webhook, {}, id=id)


@bp.post("/oauth2/token")
def token() -> Response:
    """Exchanges a code for tokens, or refreshes an access token, which lasts 30 days."""
    given = _json()
    asked = {"grant_type": str(given.get("grant_type", ""))}
    return answer(SQUARE, "token.refresh", asked, lambda call: _token(call, given), authentic=True)


@bp.post("/oauth2/revoke")
def revoke() -> Response:
    """Ends the access of the application to the seller's account."""
    given, secret = _json(), request.headers.get("Authorization", "")
    authentic = secret.startswith("Client ") and bool(given.get("client_id"))
    return answer(SQUARE, "token.revoke", {}, lambda call: _revoke(call, given), authentic=authentic)


def _token(call: SandboxCall, given: Mapping[str, Any]) -> ProviderAnswer:
    get = grants.exchange if given.get("grant_type") == "authorization_code" else grants.refresh
    made = get(call.tx, "square", given)
    if isinstance(made, grants.GrantRefused):
        return refusal(401, "AUTHENTICATION_ERROR", "UNAUTHORIZED", f"Not authorized: {made.error}")
    body = {"access_token": made.access, "token_type": "bearer", "expires_at": iso(made.expires)}
    return ProviderAnswer(200, body | {"merchant_id": MERCHANT, "refresh_token": made.refresh, "short_lived": False})


def _revoke(call: SandboxCall, given: Mapping[str, Any]) -> ProviderAnswer:
    done = grants.revoke(call.tx, "square", str(given.get("access_token", "")))
    return ProviderAnswer(200, {"success": True}) if done else NOT_FOUND


def _list(call: SandboxCall) -> ProviderAnswer:
    params = call.params
    first, last = seconds(params["start_at_min"]), seconds(params["start_at_max"])
    if last - first > MOST_DAYS:
        return refusal(400, "INVALID_REQUEST_ERROR", "INVALID_TIME_RANGE", "The range is longer than 31 days.")
    size, offset = int(params.get("limit", 100)), int(params.get("cursor") or 0)
    rows = call.tx.execute(
        "SELECT * FROM calendar_bookings WHERE kind = 'square' AND starts BETWEEN ? AND ? ORDER BY starts, n"
        " LIMIT ? OFFSET ?",
        (first, last, size + 1, offset),
    ).fetchall()
    more = {"cursor": str(offset + size)} if len(rows) > size else {}
    return ProviderAnswer(200, {"bookings": [shown(bookings.as_booking(row)) for row in rows[:size]], **more})


NOT_FOUND = refusal(404, "INVALID_REQUEST_ERROR", "NOT_FOUND", "Booking not found.")


def _get(call: SandboxCall) -> ProviderAnswer:
    booking = bookings.find(call.tx, "square", call.ids["id"])
    return with_id(ProviderAnswer(200, {"booking": shown(booking)}), booking.id) if booking else NOT_FOUND


def _create(call: SandboxCall) -> ProviderAnswer:
    given = call.params.get("booking") or {}
    try:
        segment = given["appointment_segments"][0]
        starts = seconds(given["start_at"])
        service, staff = segment["service_variation_id"], segment["team_member_id"]
        segment["service_variation_version"]
    except (KeyError, IndexError, ValueError, TypeError):
        return refusal(400, "INVALID_REQUEST_ERROR", "MISSING_REQUIRED_PARAMETER", "A segment is incomplete.")
    person = _customer(call, str(given.get("customer_id") or ""))
    if person is None:
        return refusal(400, "INVALID_REQUEST_ERROR", "MISSING_REQUIRED_PARAMETER", "customer_id is required.")
    data = {
        **person,
        "customer_id": given["customer_id"],
        "note": given.get("seller_note", ""),
        "service": service.removeprefix("SV-"),
        "staff": staff.removeprefix("TM-"),
    }
    ends = starts + 60 * int(segment.get("duration_minutes") or 60)
    made = bookings.add(call.tx, "square", starts, ends, data, id=SQUARE.new_id())
    announce(call.tx, call.box, SQUARE, "created", made)
    return with_id(ProviderAnswer(200, {"booking": shown(made)}), made.id)


def _update(call: SandboxCall) -> ProviderAnswer:
    booking, given = bookings.find(call.tx, "square", call.ids["id"]), call.params.get("booking") or {}
    if booking is None:
        return NOT_FOUND
    if given.get("version") != booking.version:
        return refusal(409, "INVALID_REQUEST_ERROR", "CONFLICT", "The booking has another version.")
    changed = bookings.change(call.tx, booking, **_changes(booking, given))
    announce(call.tx, call.box, SQUARE, "updated", changed)
    return with_id(ProviderAnswer(200, {"booking": shown(changed)}), booking.id)


def _changes(booking: StoredBooking, given: Mapping[str, Any]) -> dict[str, Any]:
    """The columns that a sparse update sets."""
    columns: dict[str, Any] = {"data": {"note": given["seller_note"]} if "seller_note" in given else {}}
    if "start_at" in given:
        starts = seconds(given["start_at"])
        columns |= {"starts": starts, "ends": starts + booking.ends - booking.starts}
    if segments := given.get("appointment_segments"):
        starts = columns.get("starts", booking.starts)
        columns["ends"] = starts + 60 * int(segments[0].get("duration_minutes") or 60)
        columns["data"] |= {"staff": str(segments[0].get("team_member_id", "")).removeprefix("TM-")}
    return columns


def _cancel(call: SandboxCall) -> ProviderAnswer:
    booking = bookings.find(call.tx, "square", call.ids["id"])
    if booking is None:
        return NOT_FOUND
    if call.params.get("booking_version") not in (None, booking.version):
        return refusal(409, "INVALID_REQUEST_ERROR", "CONFLICT", "The booking has another version.")
    changed = bookings.change(call.tx, booking, status=bookings.CANCELLED, data={"cancelled_by": "seller"})
    announce(call.tx, call.box, SQUARE, "cancelled", changed)
    return with_id(ProviderAnswer(200, {"booking": shown(changed)}), booking.id)


def _availability(call: SandboxCall) -> ProviderAnswer:
    """Every minute that is free."""
    wanted = (call.params.get("query") or {}).get("filter") or {}
    period = wanted.get("start_at_range") or {}
    first, last = seconds(period.get("start_at")), seconds(period.get("end_at"))
    if not DAY <= last - first <= MOST_SEARCHED:
        return refusal(400, "INVALID_REQUEST_ERROR", "INVALID_TIME_RANGE", "The range is not 24 hours to 32 days.")
    moving = bookings.find(call.tx, "square", str(wanted.get("booking_id") or ""))
    if moving and ("location_id" in wanted or "segment_filters" in wanted):
        return refusal(400, "INVALID_REQUEST_ERROR", "CONFLICTING_PARAMETERS", "A booking_id stands alone.")
    staff, length = (moving.get("staff"), moving.ends - moving.starts) if moving else (_team_member(wanted), 60)
    busy = _busy(call, first, last, staff, besides=moving.id if moving else "")
    minutes = (first + 60 * step for step in range(int((last - first) // 60)))
    free = [at for at in minutes if not any(at < ends and at + length > starts for starts, ends in busy)]
    return ProviderAnswer(200, {"availabilities": [{"start_at": iso(at), "location_id": LOCATION} for at in free]})


def _team_member(wanted: Mapping[str, Any]) -> str:
    """Empty for any."""
    segment = (wanted.get("segment_filters") or [{}])[0]
    accepted = (segment.get("team_member_id_filter") or {}).get("any") or [""]
    return str(accepted[0]).removeprefix("TM-")


def _busy(call: SandboxCall, first: float, last: float, staff: str, *, besides: str) -> list[tuple[float, float]]:
    rows = call.tx.execute(
        "SELECT starts, ends, data FROM calendar_bookings"
        " WHERE kind = 'square' AND status = 'booked' AND starts < ? AND ends > ? AND id <> ?",
        (last + 3600, first, besides),
    ).fetchall()
    theirs = (None, "", staff)
    return [(row["starts"], row["ends"]) for row in rows if json.loads(row["data"]).get("staff") in theirs]


def _customers(call: SandboxCall) -> ProviderAnswer:
    found: dict[str, Any] = {}
    for id in call.params.get("customer_ids") or ():
        person = _customer(call, str(id))
        if person is None:
            found[str(id)] = {"errors": [{"category": "INVALID_REQUEST_ERROR", "code": "NOT_FOUND"}]}
            continue
        first, _, last = str(person.get("name") or "").partition(" ")
        customer = {"id": id, "given_name": first, "family_name": last}
        named = {"phone_number": person.get("phone"), "email_address": person.get("email")}
        found[str(id)] = {"customer": customer | {name: value for name, value in named.items() if value}}
    return ProviderAnswer(200, {"responses": found})


def _customer(call: SandboxCall, id: str) -> dict[str, Any] | None:
    """Customers are those of bookings, and those that were created."""
    row = call.tx.execute(
        "SELECT data FROM calendar_holds WHERE kind = 'square customer' AND id = ?", (id,)
    ).fetchone()
    if row is not None:
        person: dict[str, Any] = json.loads(row["data"])
        return person
    booking = bookings.find(call.tx, "square", id.removeprefix("CU-"))
    return {name: booking.get(name) for name in ("name", "phone", "email")} if booking else None


def _create_customer(call: SandboxCall) -> ProviderAnswer:
    given = call.params
    name = f"{given.get('given_name') or ''} {given.get('family_name') or ''}".strip()
    person = {"name": name, "phone": given.get("phone_number"), "email": given.get("email_address")}
    id = bookings.hold(call.tx, "square customer", 0, 0, until=0, **person)
    return with_id(ProviderAnswer(200, {"customer": {"id": id, "given_name": name}}), id)


def _add_webhook(call: SandboxCall) -> ProviderAnswer:
    """Webhooks belong to the application: no seller can grant access to them (webhooks/webhook-subscriptions-api)."""
    if request.authorization and grants.is_granted(call.tx, request.authorization.token):
        return refusal(403, "AUTHENTICATION_ERROR", "INSUFFICIENT_SCOPES", "OAuth tokens can't manage webhooks.")
    wanted, key = call.params.get("subscription") or {}, secrets.token_urlsafe(16)
    id = bookings.subscribe(call.tx, "square", str(wanted.get("notification_url", "")), key)
    return with_id(ProviderAnswer(200, {"subscription": {"id": id, **wanted, "signature_key": key}}), id)


def _delete_webhook(call: SandboxCall) -> ProviderAnswer:
    bookings.unsubscribe(call.tx, "square", call.ids["id"])
    return ProviderAnswer(200, {})


def shown(booking: StoredBooking) -> dict[str, Any]:
    """In Square's format: ids only."""
    cancelled = "CANCELLED_BY_SELLER" if booking.get("cancelled_by") == "seller" else "CANCELLED_BY_CUSTOMER"
    service, staff = booking.get("service", "Visit"), booking.get("staff", "Owner")
    return {
        "id": booking.id,
        "version": booking.version,
        "status": STATUS.get(booking.status, cancelled),
        "created_at": iso(booking.created),
        "updated_at": iso(booking.updated),
        "start_at": iso(booking.starts),
        "location_id": LOCATION,
        "customer_id": booking.get("customer_id") or f"CU-{booking.id}",
        "seller_note": booking.get("note"),
        "appointment_segments": [
            {
                "duration_minutes": round((booking.ends - booking.starts) / 60),
                "service_variation_id": f"SV-{service}",
                "service_variation_version": 1,
                "team_member_id": f"TM-{staff}",
            }
        ],
    }
