"""Stripe's errors and declines (https://docs.stripe.com/error-codes, /declines/codes)."""

from typing import Any

from sandbox.http_answers import ProviderAnswer

DECLINES = {
    "generic_decline": "Your card was declined.",
    "insufficient_funds": "Your card has insufficient funds.",
    "lost_card": "Your card was declined.",
    "stolen_card": "Your card was declined.",
    "do_not_honor": "Your card was declined.",
    "expired_card": "Your card has expired.",
    "incorrect_cvc": "Your card's security code is incorrect.",
    "incorrect_number": "Your card number is incorrect.",
    "processing_error": "An error occurred while processing your card. Try again in a little bit.",
    "card_velocity_exceeded": "Your card was declined for making repeated attempts too frequently.",
}
OWN_CODE = {"expired_card", "incorrect_cvc", "incorrect_number", "processing_error"}
AUTHENTICATION_FAILED = "payment_intent_authentication_failure"


def invalid(
    code: str, message: str, *, param: str | None = None, status: int = 400, kept: bool = False
) -> ProviderAnswer:
    """An `invalid_request_error`. By default, the error is not stored for the idempotency key."""
    error = {"type": "invalid_request_error", "code": code, "message": message}
    error |= {"doc_url": f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}"}
    return ProviderAnswer(status, {"error": error | ({"param": param} if param else {})}, kept=kept)


def missing(kind: str, object_id: str) -> ProviderAnswer:
    """Returns a 404 with the code `resource_missing`."""
    return invalid("resource_missing", f"No such {kind}: '{object_id}'", param="id", status=404)


def unexpected_state(intent: dict[str, Any], verb: str) -> ProviderAnswer:
    """Returns a 400 that contains the intent."""
    refused = invalid(
        "payment_intent_unexpected_state",
        f"You cannot {verb} this PaymentIntent because it has a status of {intent['status']}.",
        kept=True,
    )
    refused.body["error"]["payment_intent"] = intent
    return ProviderAnswer(refused.status, refused.body, intent["id"])


def decline(decline_code: str) -> dict[str, Any]:
    """Returns a `card_error`, as in the `last_payment_error` of an intent."""
    if decline_code == AUTHENTICATION_FAILED:
        message = "The provided PaymentMethod has failed authentication."
        return {"type": "invalid_request_error", "code": decline_code, "message": message}
    return {
        "type": "card_error",
        "code": decline_code if decline_code in OWN_CODE else "card_declined",
        "decline_code": decline_code,
        "message": DECLINES.get(decline_code, "Your card was declined."),
        "doc_url": "https://stripe.com/docs/error-codes/card-declined",
    }


def declined(intent: dict[str, Any]) -> ProviderAnswer:
    """Returns a 402 for a declined card. The error contains the intent."""
    error = dict(intent["last_payment_error"]) | {"payment_intent": intent}
    return ProviderAnswer(402, {"error": error}, intent["id"])
