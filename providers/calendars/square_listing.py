"""The listing of Square's bookings, which is a window of two ranges that stays the same for a day.

Square can't list bookings by time of change, and limits a range to 31 days. While the first range is unchanged, the
second range is read only once `same_answer.WHOLE_EVERY` has passed since the last comparison.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from providers.calendars import same_answer
from providers.calendars.calendar_http import digest_of
from providers.calendars.port import CalendarUnavailableError, Page, SyncPoint
from providers.calendars.square_bookings import as_booking, stamp

DAY, LONGEST_RANGE = timedelta(days=1), timedelta(days=31)
RANGES = 2
"""The number of ranges, which together reach 60 days into the future."""

PAGE_SIZE, LARGEST_PAGE = 100, 10_000
"""The page sizes of the first listing, which is small because all its bookings are new, and of later listings, which
should fit into one page.
"""


@dataclass(frozen=True, slots=True)
class Place:
    """A position in a listing: the range, and Square's cursor in the range.

    `version`: the version of the first range, if the range fitted into one page.
    """

    range: int = 0
    version: str = ""
    cursor: str = ""

    @classmethod
    def of(cls, text: str | None) -> Place:
        """Parses a position. Returns the beginning if the text is missing or has the format of an earlier version."""
        number, _, others = (text or "").partition(" ")
        version, separator, cursor = others.partition(" ")
        return cls(int(number), version, cursor) if separator else cls()

    @property
    def text(self) -> str:
        return f"{self.range} {self.version} {self.cursor}"

    def next(self, cursor: str, digest: str) -> Place | None:
        """Returns the position after a page with this digest, or None after the last page.

        `cursor`: Square's cursor, if the range has more pages.
        """
        if cursor:
            return replace(self, cursor=cursor)
        if self.range == RANGES - 1:
            return None
        return Place(self.range + 1, "" if self.cursor else digest)


def query(point: SyncPoint, location: str | None) -> dict[str, Any]:
    """Returns the request parameters for the page at this point."""
    place = Place.of(point.cursor)
    starts = _starts(point) + place.range * LONGEST_RANGE
    wanted = {
        "limit": LARGEST_PAGE if point.since else PAGE_SIZE,
        "cursor": place.cursor,
        "location_id": location,
        "start_at_min": stamp(starts),
        "start_at_max": stamp(starts + LONGEST_RANGE),
    }
    return {name: value for name, value in wanted.items() if value}


def page(point: SyncPoint, answer: bytes) -> Page:
    """Parses the page in Square's response. Raises CalendarUnavailableError if the response is malformed."""
    place, starts, digest = Place.of(point.cursor), _starts(point), digest_of(answer)
    if digest == same_answer.known_version(point):
        return Page(bookings=(), token=point.token, covers=(starts, starts + LONGEST_RANGE), unchanged=True)
    found = _parsed(answer)
    bookings = tuple(map(as_booking, found.get("bookings") or ()))
    following = place.next(found.get("cursor") or "", digest)
    if following is not None:
        return Page(bookings=bookings, cursor=following.text)
    token = same_answer.token_of(point, place.version) if place.version else None
    return Page(bookings=bookings, covers=(starts, starts + RANGES * LONGEST_RANGE), token=token)


def _starts(point: SyncPoint) -> datetime:
    return (point.now - DAY).replace(hour=0, minute=0, second=0, microsecond=0)


def _parsed(answer: bytes) -> Mapping[str, Any]:
    try:
        found: Mapping[str, Any] = json.loads(answer)
    except ValueError:
        raise CalendarUnavailableError("Square's response can't be read.") from None
    return found
