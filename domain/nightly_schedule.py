"""The schedule of nightly jobs, which are due once a day in each time zone, from a given local hour on."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

from domain.time_zones import zone_named


def night_of(now: datetime, *, zone: str, hour: int) -> date:
    """Returns the latest date on which the local time in `zone` (IANA) had reached `hour` by `now` (timezone-aware).

    If a daylight saving change skips the hour, it is reached at the first local time after the gap.
    """
    local = now.astimezone(zone_named(zone)).replace(tzinfo=None)
    return (local - timedelta(hours=hour)).date()


def next_night(now: datetime, *, zones: Iterable[str], hour: int) -> datetime:
    """Returns the next time (UTC) at which the local time in one of the zones reaches `hour`. Requires a zone."""
    return min(_next(now, zone, hour) for zone in zones)


def _next(now: datetime, name: str, hour: int) -> datetime:
    zone = zone_named(name)
    coming = night_of(now, zone=name, hour=hour) + timedelta(days=1)
    return datetime.combine(coming, time(hour), tzinfo=zone).astimezone(UTC)
