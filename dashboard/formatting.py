"""Formats dates and amounts on every page, in the shop's time zone and the reader's locale."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from babel.core import Locale
from babel.dates import format_date, format_datetime, get_timezone_location, match_skeleton
from flask import Flask

from dashboard.catalogues import language, translate
from domain.channels import CHANNELS
from domain.date_wording import until, when
from domain.money import format_amount, locale_named
from domain.time_zones import zone_named
from domain.wishes import WISH_FIELDS, WishKind, in_words


@dataclass(frozen=True, slots=True)
class Style:
    """Formats values for one time zone and locale.

    Times are timezone-aware, and amounts are in the currency's smallest unit.
    """

    zone: str
    locale: str

    def amount(self, cents: int, currency: str) -> str:
        """An amount, such as "£20" or "20 €"."""
        return format_amount(cents, currency, self.locale)

    def when(self, moment: datetime, now: datetime) -> str:
        """A time relative to `now`, such as "tomorrow at 10:30"."""
        return when(moment, now, zone=self.zone, locale=self.locale)

    def until(self, moment: datetime, now: datetime) -> str:
        """A deadline, such as "10:45", with the day if it isn't today."""
        return until(moment, now, zone=self.zone, locale=self.locale)

    def date(self, moment: datetime, now: datetime) -> str:
        """A date, such as "Friday 4 December", with the year if it isn't the current year."""
        if self._local(moment).year == self._local(now).year:
            return self._formatted(_skeleton("MMMMEEEEd", self.locale), moment)
        return self._formatted(self._place.date_formats["full"].pattern, moment)

    def short_day(self, day: dt.date) -> str:
        """A short date, such as "4 Dec"."""
        return _short_day(day, self.locale)

    def weekday(self, moment: datetime) -> str:
        """A short weekday, such as "Fri"."""
        return self._formatted("ccc", moment)

    def day(self, moment: datetime) -> str:
        """The day of the month, such as "4"."""
        return self._formatted("d", moment)

    def month(self, moment: datetime) -> str:
        """A short month, such as "Dec"."""
        return self._formatted("LLL", moment)

    def exact(self, moment: datetime) -> str:
        """The time to the second, with the time zone: "Friday, 4 December 2026, 10:30:05 Greenwich Mean Time"."""
        return self._formatted("full", moment)

    def clock(self, moment: datetime) -> str:
        """A time of day, such as "10:30" or "10:30 AM"."""
        return self._formatted(self._place.time_formats["short"].pattern, moment)

    def clock_to_the_second(self, moment: datetime) -> str:
        """A time of day to the second, such as "10:30:05"."""
        return self._formatted(self._place.time_formats["medium"].pattern, moment)

    @property
    def place(self) -> str:
        """The time zone, named by its city, such as "London time", or "UTC"."""
        city = str(get_timezone_location(zone_named(self.zone), locale=language(), return_city=True))
        return city if city.isupper() else translate("{city} time", city=city)

    @property
    def language(self) -> str:
        """The lang attribute of formatted dates, such as "en-GB"."""
        return str(locale_named(self.locale)).replace("_", "-")

    @property
    def _place(self) -> Locale:
        return locale_named(self.locale)

    def _local(self, moment: datetime) -> datetime:
        return moment.astimezone(zone_named(self.zone))

    def _formatted(self, pattern: str, moment: datetime) -> str:
        # In a zone, both times of an hour that occurs twice would be the same key.
        return _formatted(moment.astimezone(UTC), pattern, self.zone, self.locale)


@lru_cache(maxsize=1024)
def _formatted(moment: datetime, pattern: str, zone: str, locale: str) -> str:
    """Formats a time with a CLDR pattern, or with Babel's format "full". Pages show the same times repeatedly."""
    return str(format_datetime(moment.astimezone(zone_named(zone)), pattern, locale=locale_named(locale)))


@lru_cache(maxsize=1024)
def _short_day(day: dt.date, locale: str) -> str:
    return str(format_date(day, _skeleton("MMMd", locale), locale=locale_named(locale)))


@lru_cache(maxsize=256)
def _skeleton(fields: str, locale: str) -> str:
    """The locale's pattern for these fields. Babel would search all patterns of some locales at each call."""
    known = locale_named(locale).datetime_skeletons
    return str(known[fields if fields in known else match_skeleton(fields, known)].pattern)


def install(app: Flask) -> None:
    """Adds `milliseconds(moment)` to templates."""
    app.jinja_env.globals["milliseconds"] = milliseconds
    app.jinja_env.globals.update(channels=CHANNELS, wish_fields=WISH_FIELDS, wish_words=wish_words)


SHOWN_WISHES: Mapping[WishKind, Callable[[Any], str]] = {
    WishKind.TIME: lambda at: f"{at:%H:%M}",
    WishKind.DATE: lambda day: f"{day:%-d %B %Y}",
    WishKind.HOURS: lambda minutes: f"{minutes / 60:g} hours",
}


def wish_words(entry: Mapping[str, Any]) -> list[str]:
    """Returns the wishes of a waiting-list entry for the shop, such as "from 17:00"."""
    return [words.format(**value) for words, value in in_words(entry, SHOWN_WISHES)]


def milliseconds(moment: datetime) -> int:
    """Returns milliseconds since 1970, as in JavaScript."""
    return round(moment.timestamp() * 1000)
