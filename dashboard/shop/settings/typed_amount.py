"""Parses a typed amount of money."""

import re
from decimal import Decimal

from domain.charging import why_not_chargeable
from domain.money import charge_step, format_amount, minor_digits, to_stripe

EXAMPLES = {0: "2000", 2: "20 or 20.50", 3: "20 or 20.500"}
"""The pattern of an amount, by the currency's number of decimals."""


def amount_of(text: str, currency: str) -> int | None:
    """Parses an amount ("20", "20.50", "20,50") into minor units; None if it is invalid.

    "1,000" is invalid if the currency has two decimals, because it can mean one thousand or one.
    """
    digits = minor_digits(currency)
    match = re.fullmatch(r"([0-9]{1,12})(?:[.,]([0-9]{1,3}))?", text or "0")
    if match is None or len(match[2] or "") > digits:
        return None
    return int(match[1] + (match[2] or "").ljust(digits, "0"))


def shown_amount(cents: int, currency: str) -> str:
    """Returns the amount in the format of `amount_of`: "20", "20.50"."""
    digits = minor_digits(currency)
    amount = Decimal(cents).scaleb(-digits)
    return f"{amount:.{digits}f}" if amount % 1 else str(int(amount))


def why_refused(cents: int | None, currency: str) -> str | None:
    """Returns the reason why Stripe can't charge this amount, or None if it can. 0 means that nothing is charged."""
    if cents is None:
        return f"Enter an amount like {EXAMPLES[minor_digits(currency)]}, without signs or spaces."
    if cents == 0:
        return None
    if cents != to_stripe(cents, currency):
        return f"Stripe charges {currency} in steps of {format_amount(charge_step(currency), currency, 'en_GB')}."
    return why_not_chargeable(cents, currency)
