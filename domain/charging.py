"""The amounts that Stripe can charge: currencies, their minimum and maximum charges, and rounding.

Source: https://docs.stripe.com/currencies (presentment currencies, special cases, and
#minimum-and-maximum-charge-amounts). The minimums apply to accounts that settle in the currency they charge. For
other accounts, the minimum of the settlement currency applies after conversion. Only Stripe can check this minimum.
"""

from functools import lru_cache

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
"""The currencies in which a shop can charge (Stripe's presentment currencies)."""

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
"""The smallest charges in minor units. Stripe documents no minimum for other currencies."""

MOST = 99_999_999
MOST_OF: dict[str, int] = {"IDR": 999_999_999_999}
"""The largest charge in minor units (eight digits). `MOST_OF` contains the exceptions."""

LARGEST_COLUMN = 2**31 - 1
"""The largest value that an integer column can store."""


def minimum(currency: str) -> int:
    """Returns the smallest amount that Stripe accepts, in minor units, or one step if no minimum is documented."""
    return MINIMUMS.get(currency.upper(), charge_step(currency))


def maximum(currency: str) -> int:
    """Returns the largest amount, in minor units, that Stripe accepts and a column can store."""
    most = min(MOST_OF.get(currency.upper(), MOST), LARGEST_COLUMN)
    return most - most % charge_step(currency)


def why_not_chargeable(cents: int, currency: str) -> str | None:
    """Returns why Stripe can't charge this amount, as a sentence for the shop, or None if it can.

    `cents` must be greater than 0.
    """
    code = currency.upper()
    if code not in _known_currencies():
        return f"“{currency[:20]}” is not a currency."
    if cents < minimum(code):
        least = format_amount(minimum(code), code, "en_GB")
        return f"Stripe charges at least {least}; this is {format_amount(cents, code, 'en_GB')}."
    if cents > maximum(code):
        most = format_amount(maximum(code), code, "en_GB")
        return f"Stripe charges at most {most}; this is {format_amount(cents, code, 'en_GB')}."
    return None


def deposit_due(deposit: int, currency: str, *, price: int | None) -> int:
    """Returns the deposit to charge, in minor units: at most the price, and rounded as Stripe requires.

    Show this amount to customers instead of the configured deposit, because the two can differ.
    """
    rounded = to_stripe(deposit, currency)
    if price is None or rounded <= price:
        return rounded
    return price - price % charge_step(currency)


@lru_cache(maxsize=1)
def currency_names() -> dict[str, str]:
    """Returns the English names of `CURRENCIES` by code, sorted by name."""
    named = {code: str(get_currency_name(code, locale="en")) for code in CURRENCIES}
    return dict(sorted(named.items(), key=lambda one: one[1].casefold()))


@lru_cache(maxsize=1)
def _known_currencies() -> frozenset[str]:
    return frozenset(list_currencies()) | frozenset(CURRENCIES)
