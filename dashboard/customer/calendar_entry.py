"""Writes a booking as a calendar entry (RFC 5545). Without its link: calendars are shared, and it may cancel."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from domain.state import BookingStatus
from views.public_pages import BookingPage

LONGEST_LINE = 75
"""Octets, without the line's end (RFC 5545, section 3.1)."""

STATUS = {
    BookingStatus.PENDING_PAYMENT: "TENTATIVE",
    BookingStatus.CANCELLED: "CANCELLED",
    BookingStatus.VOIDED: "CANCELLED",
}
ESCAPED = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})


def entry(page: BookingPage, *, host: str) -> str:
    """The whole file. `host` makes the entry's id unique in the world; opened again, it replaces the first."""
    return "".join(f"{folded(line)}\r\n" for line in _lines(page, host))


def _lines(page: BookingPage, host: str) -> Iterator[str]:
    visit, shop = page.visit, page.shop
    yield from ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Slot Recovery//Bookings//EN", "METHOD:PUBLISH")
    yield from ("BEGIN:VEVENT", f"UID:{visit.id}@{host}", f"DTSTAMP:{_utc(visit.updated_at)}")
    # Whatever was changed last counts.
    yield f"SEQUENCE:{int(visit.updated_at.timestamp())}"
    yield from (f"DTSTART:{_utc(visit.starts_at)}", f"DTEND:{_utc(visit.ends_at)}")
    yield f"SUMMARY:{escaped(_summary(page))}"
    if shop.address:
        yield f"LOCATION:{escaped(shop.address)}"
    if shop.phone:
        yield f"DESCRIPTION:{escaped(f'{shop.name}: {shop.phone}')}"
    yield f"STATUS:{STATUS.get(visit.status, 'CONFIRMED')}"
    yield from ("END:VEVENT", "END:VCALENDAR")


def _summary(page: BookingPage) -> str:
    what = page.visit.service or "Appointment"
    whom = f" with {page.visit.performer}" if page.visit.performer else ""
    return f"{what}{whom}, {page.shop.name}"


def escaped(text: str) -> str:
    """As a TEXT value (section 3.3.11); control characters, which no value may hold, are left out."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in plain if c in "\n\t" or (c >= " " and c != "\x7f")).translate(ESCAPED)


def folded(line: str) -> str:
    """In pieces of at most 75 octets, never in the middle of a character; each further one begins with a space."""
    pieces, piece, size = [], "", 0
    for character in line:
        octets = len(character.encode("utf-8", "replace"))
        if size + octets > LONGEST_LINE:
            pieces.append(piece)
            piece, size = " ", 1
        piece, size = piece + character, size + octets
    return "\r\n".join([*pieces, piece])


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
