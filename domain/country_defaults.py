"""The default time zone, currency and locale of a new shop, by country."""

from dataclasses import dataclass
from datetime import date

import phonenumbers
from babel import Locale
from babel.core import get_global
from babel.numbers import get_territory_currencies
from phonenumbers import timezone as phone_zones

from domain.charging import CURRENCIES
from domain.time_zones import is_known


@dataclass(frozen=True, slots=True)
class CountryDefaults:
    """The values for a new shop that does not set them."""

    timezone: str = "UTC"
    currency: str = "GBP"
    locale: str = "en_GB"


def defaults_of(country: str | None) -> CountryDefaults:
    """Returns the defaults of an ISO 3166 country. The zone is UTC if the country has several zones."""
    if not country:
        return CountryDefaults()
    return CountryDefaults(_zone(country), _currency(country), _locale(country))


HOME_ZONES = {
    "GB": "Europe/London",
    "IE": "Europe/Dublin",
    "FR": "Europe/Paris",
    "ES": "Europe/Madrid",
    "IT": "Europe/Rome",
    "NO": "Europe/Oslo",
    "PT": "Europe/Lisbon",
    "IN": "Asia/Kolkata",
}
"""The main zones of countries whose mobile numbers belong to several zones, for example because of islands."""

SEVERAL_ZONES = frozenset(
    ("AR", "AU", "BR", "CA", "CD", "CL", "EC", "ID", "KI", "KZ", "MN", "MX", "NZ", "PF", "PG", "RU", "UA", "US")
)
"""Countries with several time zones, of which a shop must choose one."""


def _zone(country: str) -> str:
    if country in SEVERAL_ZONES or country in HOME_ZONES:
        return HOME_ZONES.get(country, "UTC")
    example = phonenumbers.example_number_for_type(country, phonenumbers.PhoneNumberType.MOBILE)
    zones = [zone for zone in phone_zones.time_zones_for_number(example) if is_known(zone)] if example else []
    return zones[0] if len(zones) == 1 else "UTC"


def _currency(country: str) -> str:
    found = get_territory_currencies(country, date(2026, 1, 1))
    return next((code for code in found if code in CURRENCIES), "GBP")


def _locale(country: str) -> str:
    """Returns the country's locale with its most likely language, such as "de_AT" for Austria."""
    likely = get_global("likely_subtags").get(f"und_{country}", "en")
    name = f"{likely.partition('_')[0]}_{country}"
    try:
        return str(Locale.parse(name))
    except (ValueError, LookupError):
        return "en_GB"
