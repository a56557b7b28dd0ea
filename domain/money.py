"""Amounts of money as people read them, and as Stripe counts them.

An amount is an integer of the currency's smallest unit ("cents"), the same number that Stripe takes:
https://docs.stripe.com/currencies#zero-decimal
"""

import re
from decimal import Decimal
from functools import lru_cache

from babel.core import Locale, UnknownLocaleError
from babel.numbers import format_currency

# Digits after the point; every other currency has two. Stripe counts ISK and UGX with two, so these do as well.
_DIGITS_OF = {
    0: "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF",
    3: "BHD JOD KWD OMR TND",
}
MINOR_DIGITS = {currency: digits for digits, names in _DIGITS_OF.items() for currency in names.split()}

# https://docs.stripe.com/currencies#special-cases: no fractions of ISK and UGX, the last of three decimals is 0.
_STEP_OF = {"ISK": 100, "UGX": 100} | dict.fromkeys(_DIGITS_OF[3].split(), 10)

_CODE_BEFORE_DIGIT = re.compile(r"(?<=[A-Za-z])(?=\d)")
_NO_BREAK_SPACES = str.maketrans({"\u00a0": " ", "\u202f": " "})


def format_amount(cents: int, currency: str, locale: str) -> str:
    """ "£20", "£20.50", "20 €", "¥2,000": whole amounts without decimals, as the locale writes them."""
    code, place = currency.upper(), locale_named(locale)
    amount = Decimal(cents).scaleb(-minor_digits(code))
    digits = 0 if amount == amount.to_integral_value() else minor_digits(code)
    text = format_currency(amount, code, format=_pattern(place, digits), locale=place, currency_digits=False)
    return _CODE_BEFORE_DIGIT.sub(" ", with_plain_spaces(text))  # "KWD 20", not "KWD20"


def minor_digits(currency: str) -> int:
    """How many digits of the smallest unit come after the point: 2 for GBP, 0 for JPY, 3 for KWD."""
    return MINOR_DIGITS.get(currency.upper(), 2)


def charge_step(currency: str) -> int:
    """What every charge in this currency is a multiple of, in minor units: 1, 10 or 100."""
    return _STEP_OF.get(currency.upper(), 1)


def to_stripe(cents: int, currency: str) -> int:
    """The nearest amount that Stripe charges; the one to show as well, wherever this one is asked for."""
    step = charge_step(currency)
    return (cents + step // 2) // step * step


def is_what_was_asked(cents: int, currency: str, *, paid: int, in_currency: str) -> bool:
    """Whether Stripe's `paid` and `in_currency` are what `to_stripe` asked for; else nothing is confirmed."""
    return (to_stripe(cents, currency), currency.upper()) == (paid, in_currency.upper())


@lru_cache(maxsize=256)
def locale_named(name: str) -> Locale:
    """The Babel locale ("en_GB", "en-GB"); plain English for a name nobody knows."""
    try:
        return Locale.parse(name.replace("-", "_"))
    except (UnknownLocaleError, ValueError, TypeError):
        return Locale("en")


def with_plain_spaces(text: str) -> str:
    """No-break spaces (Babel writes them before "€" and "AM") would turn an SMS into UCS-2, at twice the price."""
    return text.translate(_NO_BREAK_SPACES)


def _pattern(locale: Locale, digits: int) -> str:
    """The locale's own currency pattern with that many decimals: "¤#,##0.00" becomes "¤#,##0"."""
    pattern: str = locale.currency_formats["standard"].pattern
    return pattern.replace(".00", "." + "0" * digits if digits else "")
