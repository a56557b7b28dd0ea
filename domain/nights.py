"""When a nightly job of a time zone is due: once a local day, from its hour on, however late."""

from datetime import date, datetime, timedelta

from domain.zones import zone_named


def night_of(now: datetime, *, zone: str, hour: int) -> date:
    """The last local day on which the wall clock of `zone` (IANA) has shown `hour` by `now` (aware).

    On the night that skips the hour, the clock has shown it as soon as it shows a later one.
    """
    local = now.astimezone(zone_named(zone)).replace(tzinfo=None)
    return (local - timedelta(hours=hour)).date()
