"""ICS feeds.

Like Google, `main.ics` omits cancelled events; like Outlook, `outlook.ics` includes them. `dated.ics` is served
with a Last-Modified header instead of an ETag.
"""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from uuid import uuid4

from flask import Blueprint, Response, request

from sandbox.api_calls import ApiCall, SandboxProvider, record, sandbox
from sandbox.calendars import bookings
from sandbox.calendars.bookings import StoredBooking
from sandbox.calendars.stand_in import TOKEN_FAULTS, Notice, Signed, StandIn
from sandbox.fault_catalogue import REQUEST_FAULTS
from sandbox.faults import Fault
from sandbox.http_answers import ProviderAnswer, hang_up
from sandbox.store import Row

bp = Blueprint("ics", __name__, url_prefix="/ics")
ALL = "SELECT * FROM calendar_bookings WHERE kind = 'ics' ORDER BY n"
OUTLOOK, DATED = "outlook", "dated"


def notice(what: str, booking: StoredBooking, target: Row) -> Notice | None:
    """Returns None, because a feed sends no webhooks."""
    return None


def sign(payload: Mapping[str, Any], secret: str, url: str) -> Signed:
    return b"", {}


ICS = StandIn(
    SandboxProvider("ics", rate_limited=ProviderAnswer(429, None), server_error=ProviderAnswer(500, None)),
    denied=ProviderAnswer(401, None),
    new_id=lambda: f"{uuid4()}@salon.example",
    notice=notice,
    sign=sign,
    not_allowed=ProviderAnswer(405, None),
)
STATUS = {"token_revoked": 401, "rate_limited": 429, "server_error": 500, "server_error_after": 500}


@bp.get("/<name>.ics")
def feed(name: str) -> Response:
    """Returns the whole feed, or responds with 304 if the feed has not changed."""
    box, asked = sandbox(), ApiCall(ICS.provider, "bookings.list", {"name": name})
    only = {*REQUEST_FAULTS, *TOKEN_FAULTS} - {"latency"}
    with box.store.transaction() as tx:
        fault = box.faults.take(tx, "ics", "bookings.list", {"name": name}, only=only) or Fault("")
    if fault.name:
        status = STATUS.get(fault.name, 0)
        record(box, asked, ProviderAnswer(status, None), fault)
        return Response(status=status) if status else hang_up()
    text = feed_of([bookings.as_booking(row) for row in box.store.rows(ALL)], outlook=name == OUTLOOK)
    validator, condition = _validator(name, text)
    same = request.headers.get(condition) == validator[1]
    record(box, asked, ProviderAnswer(304 if same else 200, None), fault)
    body = "" if same else text
    return Response(body, status=304 if same else 200, mimetype="text/calendar", headers=dict([validator]))


def _validator(name: str, text: str) -> tuple[tuple[str, str], str]:
    """Returns the response header that identifies this version, and the request header to compare it with.

    `dated.ics` has no ETag.
    """
    if name != DATED:
        return ("ETag", f'"{hashlib.sha256(text.encode()).hexdigest()[:24]}"'), "If-None-Match"
    newest = max((row["updated"] for row in sandbox().store.rows(ALL)), default=0)
    return (
        "Last-Modified",
        format_datetime(datetime.fromtimestamp(int(newest), UTC), usegmt=True),
    ), "If-Modified-Since"


def feed_of(found: list[StoredBooking], *, outlook: bool) -> str:
    """Returns the feed, whose lines end with CRLF as RFC 5545 requires."""
    shown = [one for one in found if outlook or one.status != bookings.CANCELLED]
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//slot-recovery//sandbox//EN", "X-WR-CALNAME:Salon"]
    for one in shown:
        lines += _event(one)
    return "\r\n".join([*lines, "END:VCALENDAR", ""])


def _event(one: StoredBooking) -> list[str]:
    prefix = "Canceled: " if one.status == bookings.CANCELLED else ""
    details = [f"Phone: {one.get('phone')}"] if one.get("phone") else []
    details += [str(one.get("service"))] if one.get("service") else []
    lines = [
        "BEGIN:VEVENT",
        f"UID:{one.id}",
        f"SEQUENCE:{one.version}",
        f"DTSTAMP:{_stamp(one.updated)}",
        f"DTSTART:{_stamp(one.starts)}",
        f"DTEND:{_stamp(one.ends)}",
        f"SUMMARY:{_escaped(prefix + str(one.get('name')))}",
        f"DESCRIPTION:{_escaped(chr(10).join(details))}",
        "STATUS:CONFIRMED",
    ]
    if one.get("email"):
        lines.append(f'ATTENDEE;CN="{str(one.get("name")).replace(chr(34), "")}":mailto:{one.get("email")}')
    return [*lines, "END:VEVENT"]


def _stamp(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y%m%dT%H%M%SZ}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")
