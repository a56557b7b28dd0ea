"""What a Stripe decline code means, in plain words for the shop and for the customer.

Codes: https://docs.stripe.com/declines/codes and https://docs.stripe.com/error-codes. What Stripe asks not to reveal
(lost, stolen, suspected fraud) reads to the customer like any other decline.
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
class Meaning:
    """One decline in words: what the shop may know, and what the customer is told."""

    shop: str
    customer: str


# What the bank, the card network or Stripe's fraud check answered to a card.
DECLINE_CODES: dict[str, Meaning] = {
    "approve_with_id": Meaning("The bank could not authorise it; it may work at a second try.", TRY_AGAIN),
    "authentication_not_handled": Meaning("The bank's confirmation was not completed.", APPROVE),
    "authentication_required": Meaning("The bank wants the customer to confirm the payment.", APPROVE),
    "call_issuer": Meaning("The bank declined and wants to be called by the customer.", ASK_BANK),
    "card_not_supported": Meaning("The card does not support this kind of payment.", OTHER_CARD),
    "card_velocity_exceeded": Meaning("The card was used too often or is over its limit.", ASK_BANK),
    "currency_not_supported": Meaning("The card does not support the currency.", OTHER_CARD),
    "do_not_honor": Meaning("The bank declined and gave no reason.", ASK_BANK),
    "do_not_try_again": Meaning("The bank declined for good; this card will not work.", ASK_BANK),
    "duplicate_transaction": Meaning("The same amount was paid with this card a moment ago.", ASK_BANK),
    "expired_card": Meaning("The card has expired.", EXPIRED),
    "fraudulent": Meaning("Stripe suspects fraud.", DECLINED),
    "generic_decline": Meaning("The card was declined without a reason, or by Stripe's fraud check.", DECLINED),
    "highest_risk_level": Meaning("Stripe's fraud check blocked the payment.", DECLINED),
    "incorrect_address": Meaning("The billing address is wrong.", CHECK_DETAILS),
    "incorrect_cvc": Meaning("The security code is wrong.", CHECK_DETAILS),
    "incorrect_number": Meaning("The card number is wrong.", CHECK_DETAILS),
    "incorrect_pin": Meaning("The PIN is wrong.", CHECK_DETAILS),
    "incorrect_zip": Meaning("The postcode does not belong to the card.", CHECK_DETAILS),
    "insufficient_funds": Meaning("There is not enough money on the card.", NO_FUNDS),
    "invalid_account": Meaning("The card or its account is not valid.", ASK_BANK),
    "invalid_amount": Meaning("The amount is over what the card allows.", ASK_BANK),
    "invalid_cvc": Meaning("The security code is wrong.", CHECK_DETAILS),
    "invalid_expiry_month": Meaning("The expiry month is wrong.", CHECK_DETAILS),
    "invalid_expiry_year": Meaning("The expiry year is wrong.", CHECK_DETAILS),
    "invalid_number": Meaning("The card number is wrong.", CHECK_DETAILS),
    "invalid_pin": Meaning("The PIN is wrong.", CHECK_DETAILS),
    "issuer_not_available": Meaning("The bank could not be reached.", TRY_AGAIN),
    "lost_card": Meaning("The card is reported lost.", DECLINED),
    "merchant_blacklist": Meaning("The card is on the account's block list.", DECLINED),
    "mobile_device_authentication_required": Meaning("The phone's wallet wants the customer to confirm.", APPROVE),
    "new_account_information_available": Meaning("The card or its account has changed.", ASK_BANK),
    "no_action_taken": Meaning("The bank declined and gave no reason.", ASK_BANK),
    "not_permitted": Meaning("The bank does not permit this payment.", ASK_BANK),
    "offline_pin_required": Meaning("The card needs its PIN.", OTHER_CARD),
    "online_or_offline_pin_required": Meaning("The card needs its PIN.", OTHER_CARD),
    "pickup_card": Meaning("The bank wants the card taken in; it may be lost or stolen.", DECLINED),
    "pin_try_exceeded": Meaning("The PIN was wrong too often.", OTHER_CARD),
    "previously_declined_do_not_retry": Meaning("The bank declined this card before for good.", OTHER_CARD),
    "processing_error": Meaning("The card could not be processed; it may work at a second try.", TRY_AGAIN),
    "reenter_transaction": Meaning("The bank could not process it; it may work at a second try.", TRY_AGAIN),
    "restricted_card": Meaning("The card is restricted; it may be lost or stolen.", DECLINED),
    "revocation_of_all_authorizations": Meaning("The customer stopped all payments with this card.", ASK_BANK),
    "revocation_of_authorization": Meaning("The customer stopped payments to this shop.", ASK_BANK),
    "security_violation": Meaning("The bank declined for security reasons.", ASK_BANK),
    "service_not_allowed": Meaning("The bank does not allow this service.", ASK_BANK),
    "stolen_card": Meaning("The card is reported stolen.", DECLINED),
    "stop_payment_order": Meaning("The customer told the bank to stop the payment.", ASK_BANK),
    "testmode_decline": Meaning("A test card was used for a real payment.", OTHER_CARD),
    "transaction_not_allowed": Meaning("The bank does not allow this kind of payment.", ASK_BANK),
    "try_again_later": Meaning("The bank gave no reason; it may work later.", TRY_AGAIN),
    "withdrawal_count_limit_exceeded": Meaning("The card is over its limit.", NO_FUNDS),
}

# What Stripe's API itself answers, to a card without a decline code or to a request of ours.
ERROR_CODES: dict[str, Meaning] = {
    "amount_too_large": Meaning("The deposit is over what Stripe allows.", OUR_FAULT),
    "amount_too_small": Meaning("The deposit is under what Stripe allows in this currency.", OUR_FAULT),
    "amount_invalid": Meaning("Stripe does not take this amount in this currency.", OUR_FAULT),
    "api_key_expired": Meaning("Our key for Stripe has expired.", OUR_FAULT),
    "card_declined": Meaning("The card was declined.", DECLINED),
    "charge_already_refunded": Meaning("The deposit was already given back.", OUR_FAULT),
    "charge_disputed": Meaning("The deposit is disputed at the bank and cannot be refunded.", OUR_FAULT),
    "currency_invalid": Meaning("Stripe does not take payments in this currency.", OUR_FAULT),
    "email_invalid": Meaning("The customer's e-mail address is not valid.", CHECK_DETAILS),
    "expired_card": DECLINE_CODES["expired_card"],
    "idempotency_key_in_use": Meaning("The same request is already on its way.", TRY_AGAIN),
    "incorrect_cvc": DECLINE_CODES["incorrect_cvc"],
    "incorrect_number": DECLINE_CODES["incorrect_number"],
    "insufficient_funds": Meaning("Our Stripe balance is too low for the refund.", OUR_FAULT),
    "payment_intent_authentication_failure": Meaning("The customer did not pass the bank's confirmation.", APPROVE),
    "payment_intent_payment_attempt_expired": Meaning("The bank's confirmation came too late.", APPROVE),
    "payment_intent_unexpected_state": Meaning("The payment is in a state that does not allow this.", OUR_FAULT),
    "payment_method_provider_decline": Meaning("The card's bank declined.", DECLINED),
    "processing_error": DECLINE_CODES["processing_error"],
    "resource_missing": Meaning("Stripe does not know this payment.", OUR_FAULT),
}

WITHOUT_REASON = Meaning("The payment failed and Stripe gave no reason.", DECLINED)


def meaning_of_error(code: str | None, *, decline_code: str | None = None) -> Meaning:
    """Of what Stripe's API answers to a request of ours; the decline code says more where both are known."""
    return DECLINE_CODES.get(decline_code or "") or ERROR_CODES.get(code or "") or WITHOUT_REASON


def meaning_of_decline(failure_code: str | None) -> Meaning:
    """Of a payment's failure code: what both tables know is the card's here, `insufficient_funds` not our balance."""
    return meaning_of_error(failure_code, decline_code=failure_code)
