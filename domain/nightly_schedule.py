"""When a nightly job of a time zone is due: once a local day, from its hour on, however late."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

from domain.time_zones import zone_named


def night_of(now: datetime, *, zone: str, hour: int) -> date:
    """The last local day on which the wall clock of `zone` (IANA) has shown `hour` by `now` (aware).

    On the night that skips the hour, the clock has shown it as soon as it shows a later one.
    """
    local = now.astimezone(zone_named(zone)).replace(tzinfo=None)
    return (local - timedelta(hours=hour)).date()


def next_night(now: datetime, *, zones: Iterable[str], hour: int) -> datetime:
    """When the wall clock of one of these zones next shows `hour` (UTC). Zones must not be empty."""
    return min(_next(now, zone, hour) for zone in zones)


def _next(now: datetime, name: str, hour: int) -> datetime:
    zone = zone_named(name)
    coming = night_of(now, zone=name, hour=hour) + timedelta(days=1)
    return datetime.combine(coming, time(hour), tzinfo=zone).astimezone(UTC)
