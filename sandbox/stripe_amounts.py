"""Stripe's limits on amounts (https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts).

The limits apply to an account that settles in the charged currency. Error messages that Stripe does not document
imitate the wording of the documented messages.
"""

import re
from typing import Any

from sandbox.http_answers import ProviderAnswer
from sandbox.stripe_errors import invalid

MINIMUMS = {
    "usd": 50,
    "aed": 200,
    "aud": 50,
    "bgn": 100,
    "brl": 50,
    "cad": 50,
    "chf": 50,
    "czk": 1500,
    "dkk": 250,
    "eur": 50,
    "gbp": 30,
    "hkd": 400,
    "huf": 17500,
    "inr": 50,
    "jpy": 50,
    "mxn": 1000,
    "myr": 200,
    "nok": 300,
    "nzd": 50,
    "pln": 200,
    "ron": 200,
    "sek": 300,
    "sgd": 50,
    "thb": 1000,
}
ZERO_DECIMAL = frozenset({"bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv"}) | {
    *("xaf", "xof", "xpf")
}
THREE_DECIMAL = frozenset({"bhd", "jod", "kwd", "omr", "tnd"})
WHOLE_HUNDREDS = frozenset({"isk", "ugx"})
"""Currencies whose amounts have two decimals in the API, both of which must be 0."""
_TWO_DECIMAL = (
    "aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bmd bnd bob brl bsd bwp byn bzd cad cdf "
    "chf cny cop crc cve czk dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gtq gyd hkd hnl htg huf "
    "idr ils inr jmd kes kgs khr kyd kzt lak lbp lkr lrd lsl mad mdl mkd mmk mnt mop mur mvr mwk mxn "
    "myr mzn nad ngn nio nok npr nzd pab pen pgk php pkr pln qar ron rsd rub sar sbd scr sek sgd shp "
    "sle sos srd std szl thb tjs top try ttd twd tzs uah usd uyu uzs wst xcd xcg yer zar zmw"
)
CURRENCIES = frozenset(_TWO_DECIMAL.split()) | ZERO_DECIMAL | THREE_DECIMAL | WHOLE_HUNDREDS
MOST = 99_999_999
MOST_OF = {"idr": 999_999_999_999}


def currency_of(given: Any) -> str | ProviderAnswer:
    """Returns the currency in lower case, or an error response."""
    if given is None:
        return invalid("parameter_missing", "Missing required param: currency.", param="currency")
    currency = str(given).lower()
    if currency not in CURRENCIES:
        message = f"Invalid currency: {currency}. Stripe currently supports these currencies: "
        return invalid("parameter_invalid_string", message + ", ".join(sorted(CURRENCIES)), param="currency")
    return currency


def amount_of(given: Any, currency: str) -> int | ProviderAnswer:
    """Returns the amount in the currency's smallest unit, or an error response."""
    if given is None:
        return invalid("parameter_missing", "Missing required param: amount.", param="amount")
    if not re.fullmatch(r"\d{1,15}", str(given)):
        return invalid("parameter_invalid_integer", f"Invalid integer: {given}", param="amount")
    amount = int(given)
    if amount < 1:
        return invalid("parameter_invalid_integer", "This value must be greater than or equal to 1.", param="amount")
    return _limited(amount, currency)


def _limited(amount: int, currency: str) -> int | ProviderAnswer:
    least, most = MINIMUMS.get(currency, 1), MOST_OF.get(currency, MOST)
    if amount < least:
        return invalid("amount_too_small", f"Amount must be at least {_written(least, currency)}", param="amount")
    if amount > most:
        return invalid("amount_too_large", f"Amount must be no more than {_written(most, currency)}", param="amount")
    step = 10 if currency in THREE_DECIMAL else 100 if currency in WHOLE_HUNDREDS else 1
    if amount % step:
        message = f"Invalid integer: amounts in {currency} must be divisible by {step}."
        return invalid("parameter_invalid_integer", message, param="amount")
    return amount


def _written(amount: int, currency: str) -> str:
    """Returns a string such as "0.30 gbp"."""
    digits = 0 if currency in ZERO_DECIMAL else 3 if currency in THREE_DECIMAL else 2
    return f"{amount / 10**digits:,.{digits}f} {currency}"
