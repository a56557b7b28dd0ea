"""The days of a calendar page in a time zone: when they begin in UTC, and their rows of fifteen minutes."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from domain.time_zones import zone_named

MINUTES_OF_A_ROW = 15
ROWS_OF_AN_HOUR = 60 // MINUTES_OF_A_ROW
ROWS_OF_A_DAY = 24 * ROWS_OF_AN_HOUR
_TIME_OF_DAY = re.compile(r"[0-9]{2}:[0-9]{2}(:[0-9]{2})?")
OPENS, CLOSES = 8, 19
"""The hours that a page always shows. A page with earlier or later entries shows more hours."""


def midnight(day: date, zone: str) -> datetime:
    """Returns the start of the day in this zone, in UTC. If the clocks skip midnight, it starts after the gap."""
    return datetime.combine(day, time(), zone_named(zone)).astimezone(UTC)


def moment(day: date, at: time, zone: str) -> datetime | None:
    """Converts a local time to UTC. Uses the first of two occurrences; returns None if the clocks skip the time."""
    local = datetime.combine(day, at, zone_named(zone))
    utc = local.astimezone(UTC)
    return utc if utc.astimezone(zone_named(zone)).replace(tzinfo=None) == local.replace(tzinfo=None) else None


def time_of_day(text: str) -> time:
    """Parses the time of a form, such as "14:30". Raises ValueError, also for a time with an offset."""
    if not _TIME_OF_DAY.fullmatch(text):
        raise ValueError("not a time of day")
    return time.fromisoformat(text)


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of an entry: the first row, counted from midnight, and the number of rows (at least one)."""

    first: int
    count: int


def rows_of(starts_at: datetime, ends_at: datetime, day: date, zone: str) -> Rows:
    """Returns the rows of an entry on this day in local time. Ignores the parts of the entry on other days."""
    first = _row(starts_at, day, zone)
    last = _row(ends_at - timedelta(microseconds=1), day, zone)
    return Rows(first, max(1, last - first + 1))


def _row(at: datetime, day: date, zone: str) -> int:
    local = at.astimezone(zone_named(zone))
    if local.date() != day:
        return 0 if local.date() < day else ROWS_OF_A_DAY - 1
    return (local.hour * 60 + local.minute) // MINUTES_OF_A_ROW


def hours_shown(entries: Iterable[Rows]) -> range:
    """Returns the hours that a page with these entries shows."""
    first, last = OPENS, CLOSES
    for one in entries:
        first = min(first, one.first // ROWS_OF_AN_HOUR)
        last = max(last, -(-(one.first + one.count) // ROWS_OF_AN_HOUR))
    return range(first, last)


def week_of(day: date, first_weekday: int = 0) -> list[date]:
    """Returns the seven days of the week that contains `day`. `first_weekday` is 0 for Monday."""
    first = day - timedelta(days=(day.weekday() - first_weekday) % 7)
    return [first + timedelta(days=n) for n in range(7)]
