"""When a nightly job of a time zone is due: once a local day, from its hour on, however late."""

from datetime import date, datetime, timedelta

from domain.zones import zone_named


def night_of(now: datetime, *, zone: str, hour: int) -> date:
    """The last local day on which the wall clock of `zone` (IANA) has shown `hour` by `now` (aware).

    On the night that skips the hour, the clock has shown it as soon as it shows a later one.
    """
    local = now.astimezone(zone_named(zone)).replace(tzinfo=None)
    return (local - timedelta(hours=hour)).date()


def next_night(now: datetime, *, zone: str, hour: int) -> datetime:
    """When it is due next (aware, UTC wall clock arithmetic of `zone`)."""
    place = zone_named(zone)
    day = night_of(now, zone=zone, hour=hour) + timedelta(days=1)
    return datetime(day.year, day.month, day.day, hour, tzinfo=place)
