"""Formats dates and times for texts: "tomorrow at 10:30", "Friday 4 December at 10:30"."""

from dataclasses import dataclass
from datetime import datetime, time

from babel.dates import format_datetime, format_time

from domain.money import locale_named, with_plain_spaces
from domain.time_zones import zone_named

DAYS_NAMED_BY_WEEKDAY = 6


@dataclass(frozen=True)
class DateWording:
    """The words for dates in one language. `weekday` and `date` are CLDR patterns.

    `on` precedes a weekday or a date, except in a deadline, where `until` precedes it ("am Freitag", "bis Freitag").
    """

    today: str
    tomorrow: str
    weekday: str
    date: str
    at: str
    clock: str = "{time}"
    clock_at_one: str = "{time}"
    on: str = ""
    until: str = ""


WORDS = {
    "en": DateWording("today", "tomorrow", "EEEE", "EEEE d MMMM", "{day} at {clock}"),
    "en_US": DateWording("today", "tomorrow", "EEEE", "EEEE, MMMM d", "{day} at {clock}"),
    "es": DateWording(
        "hoy", "mañana", "EEEE", "EEEE d 'de' MMMM", "{day} a {clock}", "las {time}", "la {time}", "el ", "el "
    ),
    "fr": DateWording("aujourd'hui", "demain", "EEEE", "EEEE d MMMM", "{day} à {clock}"),
    "de": DateWording(
        "heute", "morgen", "EEEE", "EEEE, d. MMMM", "{day} um {clock}", "{time} Uhr", "{time} Uhr", "am "
    ),
}


def when(starts_at: datetime, now: datetime, *, zone: str, locale: str) -> str:
    """Returns "today at 10:30", "tomorrow at 10:30", "Friday at 10:30" within six days, or otherwise the date.

    The arguments are timezone-aware. The time is formatted for `zone` (IANA), with a 12-hour clock if the locale uses
    one ("10:30 AM"). A time that occurs twice because the clocks go back includes the zone ("01:30 (GMT)").
    """
    return _relative(starts_at, now, zone=zone, locale=locale, on=_words(locale).on)


def _relative(starts_at: datetime, now: datetime, *, zone: str, locale: str, on: str) -> str:
    words, local = _words(locale), starts_at.astimezone(zone_named(zone))
    days = (local.date() - now.astimezone(zone_named(zone)).date()).days
    if days in (0, 1):
        day = words.tomorrow if days else words.today
    else:
        pattern = words.weekday if 1 < days <= DAYS_NAMED_BY_WEEKDAY else words.date
        day = on + format_datetime(local, pattern, locale=language_of(locale))
    return words.at.format(day=day, clock=_clock(local, locale))


def on_the_day(starts_at: datetime, *, zone: str, locale: str) -> str:
    """Returns a text that is correct on any day, because it includes the date: "Friday 4 December at 10:30"."""
    words, local = _words(locale), starts_at.astimezone(zone_named(zone))
    day = words.on + format_datetime(local, words.date, locale=language_of(locale))
    return words.at.format(day=day, clock=_clock(local, locale))


def until(ends_at: datetime, now: datetime, *, zone: str, locale: str) -> str:
    """Returns a deadline: only the time if it is today ("10:45"), otherwise with the day ("tomorrow at 00:05")."""
    local = ends_at.astimezone(zone_named(zone))
    if local.date() == now.astimezone(zone_named(zone)).date():
        return _clock(local, locale)
    return _relative(ends_at, now, zone=zone, locale=locale, on=_words(locale).until)


def clock(at: time | datetime, *, locale: str) -> str:
    """Returns a time of day as it is used in a sentence: "10:30", "10:30 AM", "las 10:30", "10:30 Uhr"."""
    words = _words(locale)
    text = with_plain_spaces(format_time(at, "short", locale=locale_named(locale_of_texts(locale))))
    return (words.clock_at_one if text.startswith("1:") else words.clock).format(time=text)


def language_of(locale: str) -> str:
    """Returns the locale's language if there are texts in this language, and otherwise English."""
    language = locale_named(locale).language
    return language if language in WORDS else "en"


def _words(locale: str) -> DateWording:
    place = locale_named(locale)
    return WORDS.get(f"{place.language}_{place.territory}") or WORDS[language_of(locale)]


def locale_of_texts(locale: str) -> str:
    """Returns the locale for times and amounts in a text: the given locale if its language has texts, otherwise an
    English locale.

    An English sentence therefore contains "1:00 PM" and not "1:00 م". The given locale still determines whether the
    clock has 12 or 24 hours.
    """
    place = locale_named(locale)
    if place.language in WORDS:
        return locale
    regional = f"en_{place.territory}"
    if locale_named(regional).territory:
        return regional
    return "en_US" if "a" in str(place.time_formats["short"].pattern) else "en_GB"


def _clock(local: datetime, locale: str) -> str:
    text = clock(local, locale=locale)
    return f"{text} ({local:%Z})" if _occurs_twice(local) else text


def _occurs_twice(local: datetime) -> bool:
    """Whether the clocks go back at this time, which was converted from UTC and therefore is not skipped."""
    return local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
