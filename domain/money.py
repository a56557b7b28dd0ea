"""Formats amounts, and rounds them for Stripe.

An amount is an integer in the currency's minor unit ("cents"), as in Stripe's API:
https://docs.stripe.com/currencies#zero-decimal
"""

import re
from decimal import Decimal
from functools import lru_cache

from babel.core import Locale, UnknownLocaleError
from babel.numbers import format_currency

# Currencies by number of decimal digits; all others have two digits. As in Stripe's API, ISK and UGX have two digits.
_DIGITS_OF = {
    0: "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF",
    3: "BHD JOD KWD OMR TND",
}
MINOR_DIGITS = {currency: digits for digits, names in _DIGITS_OF.items() for currency in names.split()}

# ISK and UGX are charged without decimals, and in currencies with three decimals, the last decimal must be 0:
# https://docs.stripe.com/currencies#special-cases
_STEP_OF = {"ISK": 100, "UGX": 100} | dict.fromkeys(_DIGITS_OF[3].split(), 10)

_CODE_BEFORE_DIGIT = re.compile(r"(?<=[A-Za-z])(?=\d)")
_NO_BREAK_SPACES = str.maketrans({"\u00a0": " ", "\u202f": " "})


@lru_cache(maxsize=1024)
def format_amount(cents: int, currency: str, locale: str) -> str:
    """Formats an amount for the locale, whole amounts without decimals: "£20", "£20.50", "20 €", "¥2,000"."""
    code, place = currency.upper(), locale_named(locale)
    amount = Decimal(cents).scaleb(-minor_digits(code))
    digits = 0 if amount == amount.to_integral_value() else minor_digits(code)
    text = format_currency(amount, code, format=_pattern(place, digits), locale=place, currency_digits=False)
    return _CODE_BEFORE_DIGIT.sub(" ", with_plain_spaces(text))  # "KWD 20", not "KWD20"


def minor_digits(currency: str) -> int:
    """Returns the number of decimal digits: 2 for GBP, 0 for JPY, 3 for KWD."""
    return MINOR_DIGITS.get(currency.upper(), 2)


def charge_step(currency: str) -> int:
    """Returns the number of minor units (1, 10 or 100) of which every charge in this currency must be a multiple."""
    return _STEP_OF.get(currency.upper(), 1)


def to_stripe(cents: int, currency: str) -> int:
    """Rounds an amount to one that Stripe can charge, in minor units. Show the rounded amount to customers."""
    step = charge_step(currency)
    return (cents + step // 2) // step * step


def is_what_was_asked(cents: int, currency: str, *, paid: int, in_currency: str) -> bool:
    """Whether Stripe reports the requested amount, rounded by `to_stripe`, and the requested currency."""
    return (to_stripe(cents, currency), currency.upper()) == (paid, in_currency.upper())


@lru_cache(maxsize=256)
def locale_named(name: str) -> Locale:
    """Returns the Babel locale for a name such as "en_GB" or "en-GB", and English for an unknown name."""
    try:
        return Locale.parse(name.replace("-", "_"))
    except (UnknownLocaleError, ValueError, TypeError):
        return Locale("en")


def with_plain_spaces(text: str) -> str:
    """Replaces Babel's no-break spaces before "€" and "AM", which would force an SMS to be encoded as UCS-2."""
    return text.translate(_NO_BREAK_SPACES)


def _pattern(locale: Locale, digits: int) -> str:
    """Returns the locale's currency pattern with `digits` decimals: "¤#,##0" for 0, "¤#,##0.00" for 2."""
    pattern: str = locale.currency_formats["standard"].pattern
    return pattern.replace(".00", "." + "0" * digits if digits else "")
