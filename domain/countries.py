"""The countries that a shop can choose. The country determines how local phone numbers are parsed."""

from functools import cache

import phonenumbers
from babel import Locale


@cache
def country_names() -> dict[str, str]:
    """Returns the English names of all countries with phone numbers, by ISO 3166-1 alpha-2 code, sorted by name."""
    territories = Locale("en").territories
    named = {code: str(territories[code]) for code in phonenumbers.SUPPORTED_REGIONS if code in territories}
    return dict(sorted(named.items(), key=lambda country: country[1]))
