"""Square's JSON: errors, bookings in responses, and webhooks with their signatures."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from sandbox.calendars.bookings import StoredBooking, iso
from sandbox.calendars.stand_in import Notice, Signed, hmac_base64
from sandbox.http_answers import ProviderAnswer
from sandbox.store import Row

LOCATION, MERCHANT = "LSALON", "MSALON"
STATUS = {"booked": "ACCEPTED", "no_show": "NO_SHOW"}


def refusal(status: int, category: str, code: str, detail: str) -> ProviderAnswer:
    return ProviderAnswer(status, {"errors": [{"category": category, "code": code, "detail": detail}]})


def notice(what: str, booking: StoredBooking, target: Row) -> Notice | None:
    """Returns a webhook whose `data.id` ends with a colon and the version, as in Square's samples."""
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


def shown(booking: StoredBooking) -> dict[str, Any]:
    """Converts a booking to Square's format, which refers to other objects by id."""
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
