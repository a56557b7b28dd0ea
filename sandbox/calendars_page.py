"""The calendars page: the bookings of each stand-in, with forms to book, move and cancel. The page has no script."""

from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Blueprint, Response, redirect, request, url_for

from sandbox.api_calls import sandbox
from sandbox.calendars import bookings
from sandbox.calendars.bookings import StoredBooking
from sandbox.calendars.calendar_actions import act, book
from sandbox.calendars.stand_ins import STAND_INS
from sandbox.control import Answered, refused
from sandbox.html_pages import html_page

bp = Blueprint("calendars", __name__)
SHOWN = "SELECT * FROM calendar_bookings WHERE kind = ? AND ends > ? ORDER BY starts, n LIMIT 200"
LABELS = {"calcom": "Cal.com", "square": "Square", "acuity": "Acuity", "google": "Google Calendar", "ics": "ICS feed"}
STATUSES = {"booked": "Booked", "cancelled": "Cancelled", "no_show": "No-show", "moved": "Moved"}
FORM_TIME = "%Y-%m-%dT%H:%M"


@bp.get("/calendars")
def page() -> Response:
    """Shows the bookings of one kind of calendar. Times are in UTC."""
    kind = request.args.get("kind", "")
    kind = kind if kind in STAND_INS else next(iter(STAND_INS))
    rows = sandbox().store.rows(SHOWN, (kind, (datetime.now(UTC) - timedelta(days=1)).timestamp()))
    soon = (datetime.now(UTC) + timedelta(days=1)).replace(minute=0)
    return html_page(
        "calendars.html",
        kinds={one: LABELS.get(one, one) for one in STAND_INS},
        kind=kind,
        bookings=[_shown(bookings.as_booking(row)) for row in rows],
        starts=soon.strftime(FORM_TIME),
        ends=(soon + timedelta(hours=1)).strftime(FORM_TIME),
        problem=request.args.get("problem", ""),
    )


def _shown(booking: StoredBooking) -> dict[str, Any]:
    starts, ends = (datetime.fromtimestamp(at, UTC) for at in (booking.starts, booking.ends))
    return {
        "booking": booking,
        "status": STATUSES[booking.status],
        "when": f"{starts:%a %d %b, %H:%M}–{ends:%H:%M}",
        "starts": starts.strftime(FORM_TIME),
        "ends": ends.strftime(FORM_TIME),
        "ours": bool((booking.get("metadata", {}) or {}).get("appointment_id") or booking.get("our_id", "")),
    }


@bp.post("/calendars/<kind>/book")
def book_by_form(kind: str) -> Answered | Any:
    """Books a time and shows the page again."""
    stand_in = STAND_INS.get(kind)
    if stand_in is None:
        return refused(404, f"no such kind: {kind}")
    given: dict[str, Any] = {name: value for name, value in request.form.items() if value}
    given["paid"] = bool(given.get("paid"))
    return _again(kind, lambda: book(stand_in, _with_zone(given)))


@bp.post("/calendars/<kind>/<id>/<any(cancel, move, 'no-show'):verb>")
def change_by_form(kind: str, id: str, verb: str) -> Answered | Any:
    """Cancels or moves a booking, or marks it as a no-show, and shows the page again."""
    stand_in = STAND_INS.get(kind)
    if stand_in is None:
        return refused(404, f"no such kind: {kind}")
    return _again(kind, lambda: act(stand_in, id, verb, _with_zone(request.form.to_dict())))


def _with_zone(given: dict[str, Any]) -> dict[str, Any]:
    """Adds UTC to the times of a form, which have no zone."""
    return {name: f"{value}+00:00" if name in ("starts_at", "ends_at") else value for name, value in given.items()}


def _again(kind: str, change: Any) -> Any:
    problem = ""
    try:
        change()
    except (ValueError, TypeError) as error:
        problem = str(error)
    return redirect(url_for("calendars.page", kind=kind, problem=problem or None), code=303)
