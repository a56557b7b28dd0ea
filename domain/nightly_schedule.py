"""The schedule of nightly jobs, which are due once per local day in each time zone, from a given hour on."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

from domain.time_zones import zone_named


def night_of(now: datetime, *, zone: str, hour: int) -> date:
    """The latest local date in `zone` (IANA) on which local time had reached `hour` by `now` (timezone-aware).

    If a daylight saving change skips the hour, it counts as reached at the first later local time.
    """
    local = now.astimezone(zone_named(zone)).replace(tzinfo=None)
    return (local - timedelta(hours=hour)).date()


def next_night(now: datetime, *, zones: Iterable[str], hour: int) -> datetime:
    """The next time (UTC) at which local time reaches `hour` in one of these zones. `zones` must not be empty."""
    return min(_next(now, zone, hour) for zone in zones)


def _next(now: datetime, name: str, hour: int) -> datetime:
    zone = zone_named(name)
    coming = night_of(now, zone=name, hour=hour) + timedelta(days=1)
    return datetime.combine(coming, time(hour), tzinfo=zone).astimezone(UTC)
