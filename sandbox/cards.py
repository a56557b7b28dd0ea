"""Test cards and payment methods and their outcomes (https://docs.stripe.com/testing)."""

from collections.abc import Mapping
from typing import Any

SUCCEEDS, NEEDS_APPROVAL, PROCESSES = "succeeds", "needs approval", "processes"

CARDS = {
    "4242424242424242": SUCCEEDS,
    "5555555555554444": SUCCEEDS,
    "378282246310005": SUCCEEDS,
    "4000002500003155": NEEDS_APPROVAL,
    "4000002760003184": NEEDS_APPROVAL,
    "4000000000000002": "generic_decline",
    "4000000000009995": "insufficient_funds",
    "4000000000009987": "lost_card",
    "4000000000009979": "stolen_card",
    "4000000000000069": "expired_card",
    "4000000000000127": "incorrect_cvc",
    "4000000000000119": "processing_error",
}
METHODS = {
    "pm_card_visa": SUCCEEDS,
    "pm_card_mastercard": SUCCEEDS,
    "pm_card_authenticationRequired": NEEDS_APPROVAL,
    "pm_card_threeDSecure2Required": NEEDS_APPROVAL,
    "pm_card_visa_chargeDeclined": "generic_decline",
    "pm_card_chargeDeclined": "generic_decline",
    "pm_card_chargeDeclinedInsufficientFunds": "insufficient_funds",
    "pm_card_visa_chargeDeclinedInsufficientFunds": "insufficient_funds",
    "pm_card_chargeDeclinedExpiredCard": "expired_card",
    "pm_card_chargeDeclinedIncorrectCvc": "incorrect_cvc",
    "pm_card_chargeDeclinedProcessingError": "processing_error",
}


def outcome(params: Mapping[str, Any]) -> tuple[str, str] | None:
    """Returns a payment method's outcome and last four digits, or None if no payment method is given.

    The outcome is SUCCEEDS, NEEDS_APPROVAL, or a decline code.
    """
    data = params.get("payment_method_data")
    card = data.get("card") if isinstance(data, dict) else None
    if isinstance(card, dict):
        number = str(card.get("number", "")).replace(" ", "")
        return CARDS.get(number, "incorrect_number"), number[-4:]
    method = params.get("payment_method")
    return (METHODS.get(str(method), SUCCEEDS), "4242") if method else None


def masked(params: Mapping[str, Any]) -> dict[str, Any]:
    """Removes card numbers other than test cards, so that the ledger never contains a real card number."""
    data = params.get("payment_method_data")
    card = data.get("card") if isinstance(data, dict) else None
    if not isinstance(data, dict) or not isinstance(card, dict):
        return dict(params)
    number = str(card.get("number", "")).replace(" ", "")
    kept = {"number": number if number in CARDS else f"unknown {number[-4:]}"}
    return {**params, "payment_method_data": {**data, "card": kept}}
