"""Explains Stripe's decline and error codes to the shop and the customer.

Codes: https://docs.stripe.com/declines/codes and https://docs.stripe.com/error-codes. For codes that Stripe advises
not to reveal (lost, stolen, suspected fraud), customers get a generic message.
"""

from dataclasses import dataclass

DECLINED = "Your card was declined. Please try another card."
ASK_BANK = "Your bank declined this payment. Please try another card, or ask your bank."
CHECK_DETAILS = "Please check your card details and try again."
TRY_AGAIN = "The payment could not be processed. Please try again in a moment."
OTHER_CARD = "This card can't be used for this payment. Please try another card."
NO_FUNDS = "Your card has insufficient funds. Please try another card."
EXPIRED = "Your card has expired. Please try another card."
APPROVE = (
    "Your bank did not confirm this payment. Please try again and approve it with your bank, or use another card."
)
OUR_FAULT = "The payment could not be taken right now. Please contact the shop."


@dataclass(frozen=True, slots=True)
class DeclineMeaning:
    """The message for the shop, and the message for the customer."""

    shop: str
    customer: str


# These are declines by the bank, the card network or Stripe's fraud check.
DECLINE_CODES: dict[str, DeclineMeaning] = {
    "approve_with_id": DeclineMeaning(
        "The bank could not authorise the payment. Another attempt may succeed.", TRY_AGAIN
    ),
    "authentication_not_handled": DeclineMeaning("The bank's confirmation was not completed.", APPROVE),
    "authentication_required": DeclineMeaning("The bank requires the customer to confirm the payment.", APPROVE),
    "call_issuer": DeclineMeaning("The bank declined the payment. The customer should contact the bank.", ASK_BANK),
    "card_not_supported": DeclineMeaning("The card does not support this kind of payment.", OTHER_CARD),
    "card_velocity_exceeded": DeclineMeaning("The card was used too often or is over its limit.", ASK_BANK),
    "currency_not_supported": DeclineMeaning("The card does not support the currency.", OTHER_CARD),
    "do_not_honor": DeclineMeaning("The bank declined the payment without a reason.", ASK_BANK),
    "do_not_try_again": DeclineMeaning("The bank declined permanently; this card will not work.", ASK_BANK),
    "duplicate_transaction": DeclineMeaning("The same amount was paid with this card a moment ago.", ASK_BANK),
    "expired_card": DeclineMeaning("The card has expired.", EXPIRED),
    "fraudulent": DeclineMeaning("Stripe suspects fraud.", DECLINED),
    "generic_decline": DeclineMeaning(
        "The card was declined without a reason, or by Stripe's fraud check.", DECLINED
    ),
    "highest_risk_level": DeclineMeaning("Stripe's fraud check blocked the payment.", DECLINED),
    "incorrect_address": DeclineMeaning("The billing address is wrong.", CHECK_DETAILS),
    "incorrect_cvc": DeclineMeaning("The security code is wrong.", CHECK_DETAILS),
    "incorrect_number": DeclineMeaning("The card number is wrong.", CHECK_DETAILS),
    "incorrect_pin": DeclineMeaning("The PIN is wrong.", CHECK_DETAILS),
    "incorrect_zip": DeclineMeaning("The postcode does not belong to the card.", CHECK_DETAILS),
    "insufficient_funds": DeclineMeaning("There is not enough money on the card.", NO_FUNDS),
    "invalid_account": DeclineMeaning("The card or its account is not valid.", ASK_BANK),
    "invalid_amount": DeclineMeaning("The amount is above the limit of the card.", ASK_BANK),
    "invalid_cvc": DeclineMeaning("The security code is wrong.", CHECK_DETAILS),
    "invalid_expiry_month": DeclineMeaning("The expiry month is wrong.", CHECK_DETAILS),
    "invalid_expiry_year": DeclineMeaning("The expiry year is wrong.", CHECK_DETAILS),
    "invalid_number": DeclineMeaning("The card number is wrong.", CHECK_DETAILS),
    "invalid_pin": DeclineMeaning("The PIN is wrong.", CHECK_DETAILS),
    "issuer_not_available": DeclineMeaning("The bank could not be reached.", TRY_AGAIN),
    "lost_card": DeclineMeaning("The card is reported lost.", DECLINED),
    "merchant_blacklist": DeclineMeaning("The card is on the account's block list.", DECLINED),
    "mobile_device_authentication_required": DeclineMeaning(
        "The wallet on the customer's phone requires confirmation.", APPROVE
    ),
    "new_account_information_available": DeclineMeaning("The card or its account has changed.", ASK_BANK),
    "no_action_taken": DeclineMeaning("The bank declined the payment without a reason.", ASK_BANK),
    "not_permitted": DeclineMeaning("The bank does not permit this payment.", ASK_BANK),
    "offline_pin_required": DeclineMeaning("The card needs its PIN.", OTHER_CARD),
    "online_or_offline_pin_required": DeclineMeaning("The card needs its PIN.", OTHER_CARD),
    "pickup_card": DeclineMeaning("The bank requires the card to be retained; it may be lost or stolen.", DECLINED),
    "pin_try_exceeded": DeclineMeaning("The PIN was wrong too often.", OTHER_CARD),
    "previously_declined_do_not_retry": DeclineMeaning("The bank declined this card permanently before.", OTHER_CARD),
    "processing_error": DeclineMeaning("The card could not be processed. Another attempt may succeed.", TRY_AGAIN),
    "reenter_transaction": DeclineMeaning(
        "The bank could not process the payment. Another attempt may succeed.", TRY_AGAIN
    ),
    "restricted_card": DeclineMeaning("The card is restricted; it may be lost or stolen.", DECLINED),
    "revocation_of_all_authorizations": DeclineMeaning("The customer stopped all payments with this card.", ASK_BANK),
    "revocation_of_authorization": DeclineMeaning("The customer stopped payments to this shop.", ASK_BANK),
    "security_violation": DeclineMeaning("The bank declined the payment for security reasons.", ASK_BANK),
    "service_not_allowed": DeclineMeaning("The bank does not allow this service.", ASK_BANK),
    "stolen_card": DeclineMeaning("The card is reported stolen.", DECLINED),
    "stop_payment_order": DeclineMeaning("The customer asked the bank to stop the payment.", ASK_BANK),
    "testmode_decline": DeclineMeaning("A test card was used for a real payment.", OTHER_CARD),
    "transaction_not_allowed": DeclineMeaning("The bank does not allow this kind of payment.", ASK_BANK),
    "try_again_later": DeclineMeaning("The bank gave no reason. A later attempt may succeed.", TRY_AGAIN),
    "withdrawal_count_limit_exceeded": DeclineMeaning("The card is over its limit.", NO_FUNDS),
}

# These are errors of Stripe's API about a request, or about a card without a decline code.
ERROR_CODES: dict[str, DeclineMeaning] = {
    "amount_too_large": DeclineMeaning("The deposit is above the maximum that Stripe allows.", OUR_FAULT),
    "amount_too_small": DeclineMeaning(
        "The deposit is below the minimum that Stripe allows in this currency.", OUR_FAULT
    ),
    "amount_invalid": DeclineMeaning("Stripe does not accept this amount in this currency.", OUR_FAULT),
    "api_key_expired": DeclineMeaning("The Stripe API key has expired.", OUR_FAULT),
    "card_declined": DeclineMeaning("The card was declined.", DECLINED),
    "charge_already_refunded": DeclineMeaning("The deposit was already refunded.", OUR_FAULT),
    "charge_disputed": DeclineMeaning("The deposit is disputed at the bank and cannot be refunded.", OUR_FAULT),
    "currency_invalid": DeclineMeaning("Stripe does not accept this currency.", OUR_FAULT),
    "email_invalid": DeclineMeaning("The customer's e-mail address is not valid.", CHECK_DETAILS),
    "expired_card": DECLINE_CODES["expired_card"],
    "idempotency_key_in_use": DeclineMeaning("The same request is still being processed.", TRY_AGAIN),
    "incorrect_cvc": DECLINE_CODES["incorrect_cvc"],
    "incorrect_number": DECLINE_CODES["incorrect_number"],
    "insufficient_funds": DeclineMeaning("The Stripe balance is too low for the refund.", OUR_FAULT),
    "payment_intent_authentication_failure": DeclineMeaning(
        "The customer did not pass the bank's confirmation.", APPROVE
    ),
    "payment_intent_payment_attempt_expired": DeclineMeaning("The bank's confirmation came too late.", APPROVE),
    "payment_intent_unexpected_state": DeclineMeaning(
        "The payment is in a state that does not allow this.", OUR_FAULT
    ),
    "payment_method_provider_decline": DeclineMeaning("The card's bank declined the payment.", DECLINED),
    "processing_error": DECLINE_CODES["processing_error"],
    "resource_missing": DeclineMeaning("The payment does not exist at Stripe.", OUR_FAULT),
}

# Errors that have another meaning for a refund than for a payment. "unknown" is an error without a code.
REFUND_CODES: dict[str, str] = {
    "amount_too_large": "The amount is larger than what is left of the payment.",
    "unknown": "Stripe gave no reason. See the payment at Stripe.",
}

WITHOUT_REASON = DeclineMeaning("The payment failed and Stripe gave no reason.", DECLINED)


def meaning_of_error(code: str | None, *, decline_code: str | None = None) -> DeclineMeaning:
    """Returns the meaning of an API error. The decline code takes precedence over the error code."""
    return DECLINE_CODES.get(decline_code or "") or ERROR_CODES.get(code or "") or WITHOUT_REASON


def meaning_of_decline(failure_code: str | None) -> DeclineMeaning:
    """Returns the meaning of a payment's failure code.

    `insufficient_funds` refers to the customer's card and not to the Stripe account.
    """
    return meaning_of_error(failure_code, decline_code=failure_code)
