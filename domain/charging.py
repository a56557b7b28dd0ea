"""The amounts that Stripe can charge: currencies, minimum and maximum of each, and rounding.

Sources: https://docs.stripe.com/currencies (presentment currencies, special cases, and
#minimum-and-maximum-charge-amounts). The minimums apply to accounts that settle in the currency they charge. Other
accounts must reach the minimum of the settlement currency after conversion, which only Stripe can check.
"""

from functools import lru_cache

from babel.core import Locale
from babel.numbers import get_currency_name, list_currencies

from domain.money import charge_step, format_amount, to_stripe

_CODES = (
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BWP BYN BZD CAD "
    "CDF CHF CLP CNY COP CRC CVE CZK DJF DKK DOP DZD EGP ETB EUR FJD FKP GBP GEL GIP GMD GNF GTQ GYD "
    "HKD HNL HTG HUF IDR ILS INR ISK JMD JOD JPY KES KGS KHR KMF KRW KWD KYD KZT LAK LBP LKR LRD LSL "
    "MAD MDL MGA MKD MMK MNT MOP MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP "
    "PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SEK SGD SHP SLE SOS SRD SZL THB TJS TND TOP TRY TTD "
    "TWD TZS UAH UGX USD UYU UZS VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW"
)
CURRENCIES = tuple(_CODES.split())
"""The currencies a shop can charge in: Stripe's presentment currencies."""

MINIMUMS: dict[str, int] = {
    **dict.fromkeys(("AUD", "BRL", "CAD", "CHF", "EUR", "INR", "JPY", "NZD", "SGD", "USD"), 50),
    **dict.fromkeys(("AED", "MYR", "PLN", "RON"), 200),
    **dict.fromkeys(("NOK", "SEK"), 300),
    **dict.fromkeys(("MXN", "THB"), 1000),
    "BGN": 100,
    "CZK": 1500,
    "DKK": 250,
    "GBP": 30,
    "HKD": 400,
    "HUF": 17500,
}
"""The smallest charge in minor units. Stripe documents no minimum for the other currencies."""

MOST = 99_999_999
MOST_OF: dict[str, int] = {"IDR": 999_999_999_999}
"""The largest charge in minor units: eight digits, except for the currencies in `MOST_OF`."""

LARGEST_COLUMN = 2**31 - 1
"""The largest value of an integer column."""


def minimum(currency: str) -> int:
    """The smallest amount Stripe accepts, in minor units; one charge step where no minimum is documented."""
    return MINIMUMS.get(currency.upper(), charge_step(currency))


def maximum(currency: str) -> int:
    """The largest amount, in minor units, that Stripe accepts and a column holds."""
    most = min(MOST_OF.get(currency.upper(), MOST), LARGEST_COLUMN)
    return most - most % charge_step(currency)


def why_not_chargeable(cents: int, currency: str, *, locale: str = "en_GB") -> str | None:
    """Returns why Stripe can't charge this amount (greater than 0), as a sentence for the shop, or None if it can."""
    code = currency.upper()
    if code not in _known_currencies():
        return f"“{currency[:20]}” is not a currency."
    if cents < minimum(code):
        least = format_amount(minimum(code), code, locale)
        return f"Stripe charges at least {least}; this is {format_amount(cents, code, locale)}."
    if cents > maximum(code):
        most = format_amount(maximum(code), code, locale)
        return f"Stripe charges at most {most}; this is {format_amount(cents, code, locale)}."
    return None


def deposit_due(deposit: int, currency: str, *, price: int | None) -> int:
    """The deposit to charge, in minor units: at most the price, rounded as Stripe requires.

    Show this amount to customers, not the configured deposit: the two can differ because of rounding.
    """
    rounded = to_stripe(deposit, currency)
    if price is None or rounded <= price:
        return rounded
    return price - price % charge_step(currency)


@lru_cache(maxsize=8)
def currency_names(locale: str = "en") -> dict[str, str]:
    """The names of `CURRENCIES` in this locale, by code and sorted by name."""
    place = Locale.parse(locale)
    named = {code: str(get_currency_name(code, locale=place)) for code in CURRENCIES}
    return dict(sorted(named.items(), key=lambda one: one[1].casefold()))


@lru_cache(maxsize=1)
def _known_currencies() -> frozenset[str]:
    return frozenset(list_currencies()) | frozenset(CURRENCIES)
