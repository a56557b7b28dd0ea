"""Describes the wishes of a customer on the waiting list, in the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from babel.dates import format_date, get_day_names
from babel.units import format_unit

from dashboard.catalogues import language, translate
from domain import wishes
from domain.date_wording import clock, locale_of_texts
from domain.money import locale_named
from domain.wishes import WishKind


def in_words(entry: Any, services: Mapping[str, str], performers: Mapping[str, str], *, locale: str) -> str:
    """Returns the wishes of an entry, such as "Cut, Thursday, from 17:00". Empty if there are none."""
    return ", ".join(_parts(entry, services, performers, locale))


def _parts(entry: Any, services: Mapping[str, str], performers: Mapping[str, str], locale: str) -> Iterator[str]:
    if service := services.get(str(entry.service_id)):
        yield service
    if performer := performers.get(str(entry.performer_id)):
        yield translate("with {name}", name=performer)
    days = get_day_names("wide", locale=language())
    yield from (days[day - 1] for day in entry.weekdays or ())
    shown: Mapping[WishKind, Callable[[Any], str]] = {
        WishKind.TIME: lambda at: clock(at, locale=locale),
        WishKind.DATE: lambda day: format_date(day, "long", locale=locale_named(locale_of_texts(locale))),
        WishKind.HOURS: _length,
    }
    for words, value in wishes.in_words(entry._mapping, shown):
        yield translate(words, **value)


def _length(minutes: int) -> str:
    """Formats a duration in hours if it is a whole number of hours, otherwise in minutes."""
    hours, rest = divmod(minutes, 60)
    number, unit = (minutes, "duration-minute") if rest else (hours, "duration-hour")
    return format_unit(number, unit, locale=language())
