"""Square's API v2 (https://developer.squareup.com/reference/square): bookings, customers, catalogue, webhooks."""

import json
import secrets
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, request

from sandbox.api_calls import SandboxCall, SandboxProvider
from sandbox.calendars import bookings, grants
from sandbox.calendars.bookings import StoredBooking, iso, seconds
from sandbox.calendars.square_availability import DAY, search
from sandbox.calendars.square_shapes import LOCATION, MERCHANT, notice, refusal, shown, sign
from sandbox.calendars.stand_in import StandIn, StandInRoutes, announce, answer, has_access, read_json, with_id
from sandbox.http_answers import ProviderAnswer

bp = Blueprint("square", __name__, url_prefix="/square")
ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"
MOST_DAYS = 31 * DAY + 1
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
    not_allowed=refusal(400, "INVALID_REQUEST_ERROR", "BAD_REQUEST", "The booking can no longer be changed."),
)


ROUTES = StandInRoutes(bp, SQUARE, has_access)
ROUTES.add("POST", "/v2/bookings/availability/search", "availability.search")(search)


@ROUTES.add("GET", "/v2/locations", "me")
def locations(call: SandboxCall) -> ProviderAnswer:
    """Returns the only location."""
    location = {"id": LOCATION, "merchant_id": MERCHANT, "name": "Salon", "status": "ACTIVE"}
    return ProviderAnswer(200, {"locations": [location]})


@ROUTES.add("GET", "/v2/catalog/object/<id>", "me")
def catalog(call: SandboxCall) -> ProviderAnswer:
    """Returns a variation of a service."""
    id = call.ids["id"]
    found = {"type": "ITEM_VARIATION", "id": id, "version": 1, "item_variation_data": {"name": id}}
    return ProviderAnswer(200, {"object": found})


@bp.post("/oauth2/token")
def token() -> Response:
    """Exchanges a code for tokens, or refreshes an access token, which lasts 30 days."""
    given = read_json()
    asked = {"grant_type": str(given.get("grant_type", ""))}
    return answer(SQUARE, "token.refresh", asked, lambda call: _token(call, given), authentic=True)


@bp.post("/oauth2/revoke")
def revoke() -> Response:
    """Revokes the application's access to the seller's account."""
    given, secret = read_json(), request.headers.get("Authorization", "")
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


@ROUTES.add("GET", "/v2/bookings", "bookings.list")
def listing(call: SandboxCall) -> ProviderAnswer:
    """Lists bookings by start, over a period of at most 31 days."""
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


@ROUTES.add("GET", "/v2/bookings/<id>", "bookings.get")
def get(call: SandboxCall) -> ProviderAnswer:
    """Returns a booking."""
    booking = bookings.find(call.tx, "square", call.ids["id"])
    return with_id(ProviderAnswer(200, {"booking": shown(booking)}), booking.id) if booking else NOT_FOUND


@ROUTES.add("POST", "/v2/bookings", "bookings.create")
def create(call: SandboxCall) -> ProviderAnswer:
    """Books a time without checking availability, as Square does for a seller."""
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


@ROUTES.add("PUT", "/v2/bookings/<id>", "bookings.update")
def update(call: SandboxCall) -> ProviderAnswer:
    """Changes the seller's note, or the time and staff. Availability is not checked."""
    booking, given = bookings.find(call.tx, "square", call.ids["id"]), call.params.get("booking") or {}
    if booking is None:
        return NOT_FOUND
    if given.get("version") != booking.version:
        return refusal(409, "INVALID_REQUEST_ERROR", "CONFLICT", "The booking has another version.")
    changed = bookings.change(call.tx, booking, **_changes(booking, given))
    announce(call.tx, call.box, SQUARE, "updated", changed)
    return with_id(ProviderAnswer(200, {"booking": shown(changed)}), booking.id)


def _changes(booking: StoredBooking, given: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the columns that a sparse update sets."""
    columns: dict[str, Any] = {"data": {"note": given["seller_note"]} if "seller_note" in given else {}}
    if "start_at" in given:
        starts = seconds(given["start_at"])
        columns |= {"starts": starts, "ends": starts + booking.ends - booking.starts}
    if segments := given.get("appointment_segments"):
        starts = columns.get("starts", booking.starts)
        columns["ends"] = starts + 60 * int(segments[0].get("duration_minutes") or 60)
        columns["data"] |= {"staff": str(segments[0].get("team_member_id", "")).removeprefix("TM-")}
    return columns


@ROUTES.add("POST", "/v2/bookings/<id>/cancel", "bookings.cancel")
def cancel_booking(call: SandboxCall) -> ProviderAnswer:
    """Cancels a booking if its version matches."""
    booking = bookings.find(call.tx, "square", call.ids["id"])
    if booking is None:
        return NOT_FOUND
    if call.params.get("booking_version") not in (None, booking.version):
        return refusal(409, "INVALID_REQUEST_ERROR", "CONFLICT", "The booking has another version.")
    changed = bookings.change(call.tx, booking, status=bookings.CANCELLED, data={"cancelled_by": "seller"})
    announce(call.tx, call.box, SQUARE, "cancelled", changed)
    return with_id(ProviderAnswer(200, {"booking": shown(changed)}), booking.id)


@ROUTES.add("POST", "/v2/customers/bulk-retrieve", "customers.get")
def customers(call: SandboxCall) -> ProviderAnswer:
    """Returns several customers."""
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
    """Finds the customer of a booking, or a customer who was created through the API."""
    row = call.tx.execute(
        "SELECT data FROM calendar_holds WHERE kind = 'square customer' AND id = ?", (id,)
    ).fetchone()
    if row is not None:
        person: dict[str, Any] = json.loads(row["data"])
        return person
    booking = bookings.find(call.tx, "square", id.removeprefix("CU-"))
    return {name: booking.get(name) for name in ("name", "phone", "email")} if booking else None


@ROUTES.add("POST", "/v2/customers", "customers.create")
def create_customer(call: SandboxCall) -> ProviderAnswer:
    """Creates a customer."""
    given = call.params
    name = f"{given.get('given_name') or ''} {given.get('family_name') or ''}".strip()
    person = {"name": name, "phone": given.get("phone_number"), "email": given.get("email_address")}
    id = bookings.hold(call.tx, "square customer", 0, 0, until=0, **person)
    return with_id(ProviderAnswer(200, {"customer": {"id": id, "given_name": name}}), id)


@ROUTES.add("POST", "/v2/webhooks/subscriptions", "webhooks.create")
def add_webhook(call: SandboxCall) -> ProviderAnswer:
    """Registers a webhook address.

    Refuses OAuth tokens: webhooks belong to the application, so no seller can grant access to them.

    Source: webhooks/webhook-subscriptions-api in Square's documentation.
    """
    if request.authorization and grants.is_granted(call.tx, request.authorization.token):
        return refusal(403, "AUTHENTICATION_ERROR", "INSUFFICIENT_SCOPES", "OAuth tokens can't manage webhooks.")
    wanted, key = call.params.get("subscription") or {}, secrets.token_urlsafe(16)
    id = bookings.subscribe(call.tx, "square", str(wanted.get("notification_url", "")), key)
    return with_id(ProviderAnswer(200, {"subscription": {"id": id, **wanted, "signature_key": key}}), id)


@ROUTES.add("DELETE", "/v2/webhooks/subscriptions/<id>", "webhooks.delete")
def delete_webhook(call: SandboxCall) -> ProviderAnswer:
    """Removes a webhook address."""
    bookings.unsubscribe(call.tx, "square", call.ids["id"])
    return ProviderAnswer(200, {})
