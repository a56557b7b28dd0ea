"""The selectable time zones by continent, with the name of the city and the current offset."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from dashboard.shop.settings.form_fields import Options

CONTINENTS = ("Europe", "America", "Africa", "Antarctica", "Asia", "Atlantic", "Australia", "Indian", "Pacific")


def zone_groups() -> Mapping[str, Options]:
    """Returns the choices by continent, such as "London (UTC+00:00)" for "Europe/London"."""
    return _groups(datetime.now(UTC).date().toordinal())


@lru_cache(maxsize=2)
def _groups(day: int) -> Mapping[str, Options]:
    """Returns the choices, computed once a day because offsets change with the season."""
    noon = datetime.fromordinal(day).replace(hour=12, tzinfo=UTC)
    groups: dict[str, dict[str, str]] = {continent: {} for continent in CONTINENTS}
    for zone in sorted(available_timezones()):
        continent, _, city = zone.partition("/")
        if continent in groups and city:
            place = city.replace("_", " ").replace("/", ", ")
            groups[continent][zone] = f"{place} ({_offset(noon, zone)})"
    return groups | {"Other": {"UTC": "UTC"}}


def _offset(noon: datetime, zone: str) -> str:
    offset = noon.astimezone(ZoneInfo(zone)).strftime("%z")
    return f"UTC{offset[:3]}:{offset[3:5]}"
