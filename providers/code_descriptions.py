"""Providers' codes in words for the shop, whichever of their tables a stored code comes from."""

from providers.stripe.decline_codes import meaning_of_decline
from providers.twilio.twilio_codes import ON_DELIVERY, ON_SENDING


def carrier_code(code: str) -> str:
    """Of a stored error code of a message: what the carrier's callback means by it, else what its API does."""
    known = (ON_DELIVERY.get(int(code)) or ON_SENDING.get(int(code))) if code.isdecimal() else None
    return known.words if known else f"The carrier gave the code {code}."


def decline_code(code: str) -> str:
    """Of a stored failure code of a payment."""
    return meaning_of_decline(code).shop
