"""Writes a booking as a calendar entry (RFC 5545).

The entry does not contain the booking's link, because calendars are shared and anyone with the link can cancel the
booking.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

from dashboard.catalogues import translate
from domain.state import BookingStatus
from views.public_pages import BookingPage

LONGEST_LINE = 75
"""The maximum length of a line in octets, without the line break (RFC 5545, section 3.1)."""

STATUS = {
    BookingStatus.PENDING_PAYMENT: "TENTATIVE",
    BookingStatus.CANCELLED: "CANCELLED",
    BookingStatus.VOIDED: "CANCELLED",
}
ESCAPED = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})


def entry(page: BookingPage, *, host: str) -> str:
    """Returns the .ics file. `host` makes the UID globally unique. A second import replaces the first copy, even if
    the booking was moved in the meantime.
    """
    return "".join(f"{folded(line)}\r\n" for line in _lines(page, host))


def _lines(page: BookingPage, host: str) -> Iterator[str]:
    appointment, shop = page.appointment, page.shop
    yield from ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Slot Recovery//Bookings//EN", "METHOD:PUBLISH")
    yield from ("BEGIN:VEVENT", f"UID:{page.first_id}@{host}", f"DTSTAMP:{_utc(appointment.updated_at)}")
    # Calendars keep the copy with the highest SEQUENCE.
    yield f"SEQUENCE:{int(appointment.updated_at.timestamp())}"
    yield from (f"DTSTART:{_utc(appointment.starts_at)}", f"DTEND:{_utc(appointment.ends_at)}")
    yield f"SUMMARY:{escaped(_summary(page))}"
    if shop.address:
        yield f"LOCATION:{escaped(shop.address)}"
    if shop.phone:
        yield f"DESCRIPTION:{escaped(f'{shop.name}: {shop.phone}')}"
    yield f"STATUS:{STATUS.get(appointment.status, 'CONFIRMED')}"
    yield from ("END:VEVENT", "END:VCALENDAR")


def _summary(page: BookingPage) -> str:
    service, performer = page.appointment.service or translate("Appointment"), page.appointment.performer
    parts = (service, translate("with {performer}", performer=performer) if performer else "")
    return f"{' '.join(part for part in parts if part)}, {page.shop.name}"


def escaped(text: str) -> str:
    """Returns a TEXT value (section 3.3.11). Drops control characters, which are not allowed."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in plain if c in "\n\t" or (c >= " " and c != "\x7f")).translate(ESCAPED)


def folded(line: str) -> str:
    """Splits the line into parts of at most 75 octets without splitting a character.

    Every part except the first begins with a space.
    """
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
