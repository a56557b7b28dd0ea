"""Google's Calendar API v3 (https://developers.google.com/workspace/calendar/api/v3/reference): events, channels."""

import json
import secrets
import time
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, request

from sandbox.api_calls import SandboxCall, SandboxProvider
from sandbox.calendars import bookings, grants
from sandbox.calendars.bookings import StoredBooking, iso, seconds
from sandbox.calendars.stand_in import (
    Notice,
    Signed,
    StandIn,
    StandInRoutes,
    announce,
    answer,
    cancel,
    has_access,
    read_json,
    with_id,
)
from sandbox.http_answers import ProviderAnswer
from sandbox.provider_time import now
from sandbox.store import Row

bp = Blueprint("google", __name__, url_prefix="/google")
REVOKED = ProviderAnswer(400, {"error": "invalid_grant", "error_description": "Token has been expired or revoked."})
EVENTS = "/calendar/v3/calendars/<calendar>/events"
CHANNEL_LASTS = 7 * 86400
BASE32HEX = "0123456789abcdefghijklmnopqrstuv"


def refusal(status: int, reason: str, message: str) -> ProviderAnswer:
    error = {"code": status, "message": message, "errors": [{"reason": reason, "message": message}]}
    return ProviderAnswer(status, {"error": error})


def notice(what: str, booking: StoredBooking, target: Row) -> Notice | None:
    """Returns a webhook without a body; its data is in the headers."""
    data = json.loads(target["data"])
    number = str(time.time_ns())
    return Notice(
        f"{target['id']}:{number}",
        {"channel": target["id"], "resource": data.get("resource", ""), "number": number, "state": "exists"},
    )


def sign(payload: Mapping[str, Any], secret: str, url: str) -> Signed:
    return b"", {
        "X-Goog-Channel-ID": str(payload["channel"]),
        "X-Goog-Channel-Token": secret,
        "X-Goog-Resource-ID": str(payload["resource"]),
        "X-Goog-Resource-State": str(payload["state"]),
        "X-Goog-Message-Number": str(payload["number"]),
        "Content-Length": "0",
    }


GOOGLE = StandIn(
    SandboxProvider(
        "google",
        rate_limited=refusal(429, "rateLimitExceeded", "Rate Limit Exceeded"),
        server_error=refusal(500, "backendError", "Backend Error"),
    ),
    denied=refusal(401, "authError", "Invalid Credentials"),
    new_id=lambda: "".join(secrets.choice(BASE32HEX) for _ in range(26)),
    notice=notice,
    sign=sign,
    not_allowed=refusal(403, "forbiddenForNonOrganizer", "Shared properties can only be changed by the organizer."),
)


ROUTES = StandInRoutes(bp, GOOGLE, has_access)


@bp.post("/token")
def token() -> Response:
    """Exchanges a code for tokens, or refreshes an access token."""
    form = request.form.to_dict()
    asked = {"grant_type": form.get("grant_type", "")}
    return answer(GOOGLE, "token.refresh", asked, lambda call: _token(call, form), authentic=True, denied=REVOKED)


@bp.post("/revoke")
def revoke() -> Response:
    """Revokes a token."""
    given = request.form.get("token", "")
    return answer(GOOGLE, "token.revoke", {}, lambda call: _revoke(call, given), authentic=True)


@ROUTES.add("GET", "/calendar/v3/calendars/<calendar>", "me")
def get_calendar(call: SandboxCall) -> ProviderAnswer:
    """Returns the calendar."""
    return ProviderAnswer(200, {"id": call.ids["calendar"], "summary": "Salon"})


@bp.post(EVENTS)
def insert(calendar: str) -> Response:
    """Creates an event with the id chosen by the client."""
    event = read_json()
    operation = "bookings.create" if "hold" not in str(event) else "slots.reserve"
    return answer(GOOGLE, operation, event, _insert, authentic=has_access())


def _token(call: SandboxCall, form: Mapping[str, str]) -> ProviderAnswer:
    get = grants.exchange if form.get("grant_type") == "authorization_code" else grants.refresh
    made = get(call.tx, "google", form)
    if isinstance(made, grants.GrantRefused):
        status = 401 if made.error == "invalid_client" else 400
        return ProviderAnswer(status, {"error": made.error, "error_description": "Bad Request"})
    body = {"access_token": made.access, "expires_in": round(made.expires - now()), "token_type": "Bearer"}
    body |= {"scope": made.scope} if made.scope else {}
    # Only the first response contains the refresh token.
    return ProviderAnswer(200, body | ({"refresh_token": made.refresh} if get is grants.exchange else {}))


def _revoke(call: SandboxCall, token: str) -> ProviderAnswer:
    done = grants.revoke(call.tx, "google", token)
    return ProviderAnswer(200, {}) if done else ProviderAnswer(400, {"error": "invalid_token"})


@ROUTES.add("GET", EVENTS, "bookings.list")
def listing(call: SandboxCall) -> ProviderAnswer:
    """Lists the events of a period, or the events that have changed since a sync token was issued.

    A sync token contains the time of the listing. An unknown token is treated as expired.
    """
    params, at = call.params, time.time()
    size, offset = int(params.get("maxResults", 250)), int(params.get("pageToken", 0))
    if token := params.get("syncToken"):
        try:
            since = float(str(token).removeprefix("sync-"))
        except ValueError:
            return refusal(410, "fullSyncRequired", "Sync token is no longer valid, a full sync is required.")
        where, values = "updated >= ?", [since]
    else:
        first, last = seconds(params.get("timeMin", "1970-01-01T00:00:00Z")), params.get("timeMax")
        where, values = "ends > ? AND starts < ?", [first, seconds(last) if last else 1e11]
    rows = call.tx.execute(
        f"SELECT * FROM calendar_bookings WHERE kind = 'google' AND {where} ORDER BY n LIMIT ? OFFSET ?",  # noqa: S608
        (*values, size, offset),
    ).fetchall()
    found = [bookings.as_booking(row) for row in rows]
    everything = bool(token) or params.get("showDeleted") == "true"
    items = [shown(one) for one in found if everything or one.status != bookings.CANCELLED]
    more = {"nextPageToken": str(offset + size)} if len(rows) == size else {"nextSyncToken": f"sync-{at}"}
    return ProviderAnswer(200, {"kind": "calendar#events", "items": items, **more})


def _insert(call: SandboxCall) -> ProviderAnswer:
    params = call.params
    id = str(params.get("id") or GOOGLE.new_id())
    if not set(id) <= set(BASE32HEX):
        return refusal(400, "invalid", "Invalid resource id value.")
    if bookings.find(call.tx, "google", id) is not None:
        return refusal(409, "duplicate", "The requested identifier already exists.")
    try:
        starts, ends = (seconds(params[name]["dateTime"]) for name in ("start", "end"))
    except (KeyError, ValueError, TypeError):
        return refusal(400, "required", "Missing end time.")
    guests = params.get("attendees") or [{}]
    data = {
        "name": guests[0].get("displayName") or params.get("summary", ""),
        "email": guests[0].get("email"),
        "note": params.get("description", ""),
        "private": (params.get("extendedProperties") or {}).get("private") or {},
        "title": params.get("summary", ""),
    }
    made = bookings.add(call.tx, "google", starts, ends, data, id=id)
    announce(call.tx, call.box, GOOGLE, "created", made)
    return with_id(ProviderAnswer(200, shown(made)), id)


MISSING = refusal(404, "notFound", "Not Found")


@ROUTES.add("GET", EVENTS + "/<id>", "bookings.get")
def get(call: SandboxCall) -> ProviderAnswer:
    """Returns an event."""
    booking = bookings.find(call.tx, "google", call.ids["id"])
    return with_id(ProviderAnswer(200, shown(booking)), booking.id) if booking else MISSING


@ROUTES.add("PATCH", EVENTS + "/<id>", "bookings.update")
def patch(call: SandboxCall) -> ProviderAnswer:
    """Changes an event."""
    booking = bookings.find(call.tx, "google", call.ids["id"])
    if booking is None:
        return MISSING
    columns: dict[str, Any] = {}
    if call.params.get("status") == "confirmed":
        columns["status"] = bookings.BOOKED
    if "description" in call.params:
        columns["data"] = {"note": call.params["description"]}
    if "start" in call.params and "end" in call.params:
        columns |= {
            "starts": seconds(call.params["start"]["dateTime"]),
            "ends": seconds(call.params["end"]["dateTime"]),
        }
    changed = bookings.change(call.tx, booking, **columns) if columns else booking
    announce(call.tx, call.box, GOOGLE, "updated", changed)
    return with_id(ProviderAnswer(200, shown(changed)), booking.id)


@ROUTES.add("DELETE", EVENTS + "/<id>", "bookings.cancel")
def delete(call: SandboxCall) -> ProviderAnswer:
    """Cancels an event."""
    booking = bookings.find(call.tx, "google", call.ids["id"])
    if booking is None:
        return MISSING
    if booking.status == bookings.CANCELLED:
        return refusal(410, "deleted", "Resource has been deleted")
    cancel(call.tx, call.box, GOOGLE, booking, "seller")
    return with_id(ProviderAnswer(204, {}), booking.id)


@ROUTES.add("POST", EVENTS + "/watch", "webhooks.create")
def watch(call: SandboxCall) -> ProviderAnswer:
    """Opens a channel."""
    id, url = str(call.params.get("id", "")), str(call.params.get("address", ""))
    resource, expires = secrets.token_hex(8), int((now() + CHANNEL_LASTS) * 1000)
    bookings.subscribe(call.tx, "google", url, str(call.params.get("token", "")), id=id, resource=resource)
    return with_id(ProviderAnswer(200, {"id": id, "resourceId": resource, "expiration": str(expires)}), id)


@ROUTES.add("POST", "/calendar/v3/channels/stop", "webhooks.delete")
def stop(call: SandboxCall) -> ProviderAnswer:
    """Closes a channel."""
    bookings.unsubscribe(call.tx, "google", str(call.params.get("id", "")))
    return ProviderAnswer(204, {})


def shown(booking: StoredBooking) -> dict[str, Any]:
    """Converts a booking to Google's format.

    A cancelled event has only its id, its status and its place in a series.
    """
    series = booking.get("series")
    place = {"originalStartTime": {"dateTime": iso(booking.get("original", 0))}}
    of_a_series = place | {"recurringEventId": series} if series else {}
    if booking.status == bookings.CANCELLED:
        return {"kind": "calendar#event", "id": booking.id, "status": "cancelled", **of_a_series}
    private = dict(booking.get("private", {}))
    if booking.status == bookings.NO_SHOW:
        private["no_show"] = "true"
    email, phone = booking.get("email"), booking.get("phone")
    guests = [{"email": email, "displayName": booking.get("name"), "responseStatus": "accepted"}] if email else []
    owner = {"email": "owner@salon.example", "organizer": True, "self": True, "responseStatus": "accepted"}
    note = str(booking.get("note"))
    return {
        "kind": "calendar#event",
        "id": booking.id,
        "status": "confirmed",
        "summary": booking.get("title") or booking.get("name"),
        "description": f"{note}\nPhone: {phone}".strip() if phone and "Phone:" not in note else note,
        "start": {"dateTime": iso(booking.starts)},
        "end": {"dateTime": iso(booking.ends)},
        "updated": iso(booking.updated, spec="milliseconds"),
        "attendees": [owner, *guests] if guests else [],
        "extendedProperties": {"private": private},
        **of_a_series,
    }
