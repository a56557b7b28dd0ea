"""Describes providers' stored error codes to the shop."""

from providers.stripe.decline_codes import meaning_of_decline
from providers.twilio.twilio_codes import ON_DELIVERY, ON_SENDING


def carrier_code(code: str) -> str:
    """Describes the error code of a message, which came from a callback or from the API."""
    known = (ON_DELIVERY.get(int(code)) or ON_SENDING.get(int(code))) if code.isdecimal() else None
    return known.words if known else f"The carrier gave the code {code}."


def decline_code(code: str) -> str:
    """Describes the failure code of a payment."""
    return meaning_of_decline(code).shop
