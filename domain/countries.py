"""The countries a shop can be in, by the code that its customers' phone numbers are read with."""

from functools import cache

import phonenumbers
from babel import Locale


@cache
def country_names() -> dict[str, str]:
    """English names by ISO 3166-1 alpha-2 code, in the order of the names; those that have phone numbers."""
    territories = Locale("en").territories
    named = {code: str(territories[code]) for code in phonenumbers.SUPPORTED_REGIONS if code in territories}
    return dict(sorted(named.items(), key=lambda country: country[1]))
