"""Days of a calendar page in a time zone: their limits in UTC, and their rows of fifteen minutes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from domain.time_zones import zone_named

MINUTES_OF_A_ROW = 15
ROWS_OF_AN_HOUR = 60 // MINUTES_OF_A_ROW
ROWS_OF_A_DAY = 24 * ROWS_OF_AN_HOUR
OPENS, CLOSES = 8, 19
"""The hours that a page always shows. Earlier and later entries extend them."""


def midnight(day: date, zone: str) -> datetime:
    """The beginning of the day in this zone, in UTC. If midnight is skipped, the first moment after it."""
    return datetime.combine(day, time(), zone_named(zone)).astimezone(UTC)


def moment(day: date, at: time, zone: str) -> datetime | None:
    """The moment of a local time, in UTC: the first one if the time occurs twice, None if the clocks skip it."""
    local = datetime.combine(day, at, zone_named(zone))
    utc = local.astimezone(UTC)
    return utc if utc.astimezone(zone_named(zone)).replace(tzinfo=None) == local.replace(tzinfo=None) else None


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of an entry: the first, counted from midnight, and their number, at least one."""

    first: int
    count: int


def rows_of(starts_at: datetime, ends_at: datetime, day: date, zone: str) -> Rows:
    """The rows of an entry on this day in local time. The parts on other days are cut off."""
    first = _row(starts_at, day, zone)
    last = _row(ends_at - timedelta(microseconds=1), day, zone)
    return Rows(first, max(1, last - first + 1))


def _row(at: datetime, day: date, zone: str) -> int:
    local = at.astimezone(zone_named(zone))
    if local.date() != day:
        return 0 if local.date() < day else ROWS_OF_A_DAY - 1
    return (local.hour * 60 + local.minute) // MINUTES_OF_A_ROW


def hours_shown(entries: Iterable[Rows]) -> range:
    """The full hours that the page shows."""
    first, last = OPENS, CLOSES
    for one in entries:
        first = min(first, one.first // ROWS_OF_AN_HOUR)
        last = max(last, -(-(one.first + one.count) // ROWS_OF_AN_HOUR))
    return range(first, last)


def week_of(day: date, first_weekday: int = 0) -> list[date]:
    """The seven days of its week. `first_weekday`: 0 is Monday."""
    first = day - timedelta(days=(day.weekday() - first_weekday) % 7)
    return [first + timedelta(days=n) for n in range(7)]
