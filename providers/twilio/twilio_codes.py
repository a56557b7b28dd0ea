"""The meaning of Twilio's error codes: how to react, and an explanation for the shop.

Codes: https://www.twilio.com/docs/api/errors. Codes that are not listed here are interpreted by their HTTP status.
"""

from dataclasses import dataclass
from enum import StrEnum


class TwilioCodeKind(StrEnum):
    """The reaction to a code."""

    REFUSED = "refused"
    """This customer cannot be texted. Ask the next customer immediately."""
    OPTED_OUT = "opted_out"
    """This customer has opted out. Record the opt-out, and ask the next customer."""
    OURS_TO_FIX = "ours_to_fix"
    """No customer can be texted until the configuration is fixed.

    Stop, raise an alert, and do not skip the customer.
    """
    LATER = "later"
    """The text was not sent. Retry later."""
    UNKNOWN = "unknown"
    """The text may have been sent. Look it up, and never resend it blindly."""
    UNDELIVERABLE = "undeliverable"
    """Twilio accepted the text but could not deliver it. Ask the next customer immediately."""


@dataclass(frozen=True, slots=True)
class TwilioCodeMeaning:
    """The meaning of a code. `words` are for the shop and for alerts, never for the customer."""

    kind: TwilioCodeKind
    words: str


REFUSED, OPTED_OUT, OURS, LATER, UNDELIVERABLE = (
    TwilioCodeKind.REFUSED,
    TwilioCodeKind.OPTED_OUT,
    TwilioCodeKind.OURS_TO_FIX,
    TwilioCodeKind.LATER,
    TwilioCodeKind.UNDELIVERABLE,
)

# Twilio's API returns these errors when a message is created.
ON_SENDING: dict[int, TwilioCodeMeaning] = {
    20003: TwilioCodeMeaning(OURS, "Twilio rejects the credentials; check TWILIO_AUTH_TOKEN or TWILIO_API_KEY."),
    20005: TwilioCodeMeaning(OURS, "The Twilio account is not active."),
    20006: TwilioCodeMeaning(OURS, "The Twilio credentials have no permission to send messages."),
    20404: TwilioCodeMeaning(OURS, "The Twilio account does not exist; check TWILIO_ACCOUNT_SID."),
    20429: TwilioCodeMeaning(LATER, "Twilio limits the request rate."),
    21211: TwilioCodeMeaning(REFUSED, "The phone number is not valid."),
    21212: TwilioCodeMeaning(OURS, "The shop's sending number is not valid."),
    21214: TwilioCodeMeaning(REFUSED, "The phone number cannot be reached."),
    21217: TwilioCodeMeaning(REFUSED, "The phone number does not look valid."),
    21265: TwilioCodeMeaning(REFUSED, "The number is a short code, which cannot be texted."),
    21266: TwilioCodeMeaning(REFUSED, "The number is the shop's own."),
    21267: TwilioCodeMeaning(OURS, "A trial account cannot send under a name."),
    21408: TwilioCodeMeaning(
        OURS, "The Twilio account can't text this country; enable it in the geographic permissions."
    ),
    21602: TwilioCodeMeaning(OURS, "The text is empty."),
    21603: TwilioCodeMeaning(OURS, "The shop has no sending number."),
    21604: TwilioCodeMeaning(REFUSED, "The customer has no phone number."),
    21606: TwilioCodeMeaning(OURS, "The shop's sending number cannot send texts or is not in the Twilio account."),
    21608: TwilioCodeMeaning(OURS, "A trial account can only text verified numbers; upgrade it."),
    21609: TwilioCodeMeaning(OURS, "The status callback's address is not valid; check APP_URL."),
    21610: TwilioCodeMeaning(OPTED_OUT, "The customer has opted out of texts from this number."),
    21611: TwilioCodeMeaning(LATER, "The shop's sending number has a full queue."),
    21612: TwilioCodeMeaning(REFUSED, "No route to this phone number from the shop's number."),
    21614: TwilioCodeMeaning(REFUSED, "The number is not a mobile phone."),
    21617: TwilioCodeMeaning(OURS, "The text is longer than 1,600 characters."),
    21619: TwilioCodeMeaning(OURS, "The text is empty."),
    21635: TwilioCodeMeaning(REFUSED, "The number is a landline."),
    21655: TwilioCodeMeaning(OURS, "The WhatsApp template does not exist."),
    21656: TwilioCodeMeaning(OURS, "The WhatsApp template's variables do not fit."),
    21659: TwilioCodeMeaning(OURS, "The shop's sending number is not a Twilio number."),
    21660: TwilioCodeMeaning(OURS, "The shop's sending number belongs to another Twilio account."),
    21661: TwilioCodeMeaning(OURS, "The shop's sending number cannot send texts."),
    30001: TwilioCodeMeaning(LATER, "Twilio's queue for this number is full."),
    30002: TwilioCodeMeaning(OURS, "The Twilio account is suspended."),
    30032: TwilioCodeMeaning(OURS, "The toll-free sending number is not verified."),
    30034: TwilioCodeMeaning(OURS, "The sending number is not registered for business texts in the US (A2P 10DLC)."),
    63003: TwilioCodeMeaning(REFUSED, "The customer cannot be reached on WhatsApp."),
    63007: TwilioCodeMeaning(OURS, "The shop's WhatsApp sender does not exist."),
    63016: TwilioCodeMeaning(OURS, "Outside WhatsApp's 24 hours only a template may be sent."),
    63018: TwilioCodeMeaning(LATER, "WhatsApp limits the rate of messages."),
    63024: TwilioCodeMeaning(REFUSED, "The customer's number is not on WhatsApp."),
    63038: TwilioCodeMeaning(LATER, "The account's daily limit of messages is reached."),
}

# The status callback of a failed or undelivered message contains these errors.
ON_DELIVERY: dict[int, TwilioCodeMeaning] = {
    21610: TwilioCodeMeaning(OPTED_OUT, "The customer has opted out of texts from this number."),
    30001: TwilioCodeMeaning(UNDELIVERABLE, "The text waited too long in Twilio's queue."),
    30002: TwilioCodeMeaning(OURS, "The Twilio account is suspended."),
    30003: TwilioCodeMeaning(UNDELIVERABLE, "The phone is switched off or out of reach."),
    30004: TwilioCodeMeaning(UNDELIVERABLE, "The number is blocked from receiving texts."),
    30005: TwilioCodeMeaning(UNDELIVERABLE, "The number is unknown or no longer in use."),
    30006: TwilioCodeMeaning(UNDELIVERABLE, "The number is a landline, or its carrier cannot be reached."),
    30007: TwilioCodeMeaning(UNDELIVERABLE, "The carrier filtered the text as unwanted."),
    30008: TwilioCodeMeaning(UNDELIVERABLE, "The carrier did not deliver the text and gave no reason."),
    30009: TwilioCodeMeaning(UNDELIVERABLE, "A part of the text was lost on the way."),
    30010: TwilioCodeMeaning(UNDELIVERABLE, "The text costs more than the configured limit."),
    30032: TwilioCodeMeaning(OURS, "The toll-free sending number is not verified."),
    30034: TwilioCodeMeaning(OURS, "The sending number is not registered for business texts in the US (A2P 10DLC)."),
    30036: TwilioCodeMeaning(UNDELIVERABLE, "The validity period of the text ended before it could be sent."),
    30410: TwilioCodeMeaning(UNDELIVERABLE, "The carrier did not respond in time."),
    30500: TwilioCodeMeaning(UNDELIVERABLE, "Twilio had an internal error."),
    63003: TwilioCodeMeaning(UNDELIVERABLE, "The customer cannot be reached on WhatsApp."),
    63016: TwilioCodeMeaning(OURS, "Outside WhatsApp's 24 hours only a template may be sent."),
    63018: TwilioCodeMeaning(UNDELIVERABLE, "WhatsApp rejected the message: too many messages at once."),
    63024: TwilioCodeMeaning(UNDELIVERABLE, "The customer's number is not on WhatsApp."),
    63049: TwilioCodeMeaning(UNDELIVERABLE, "WhatsApp did not deliver the message."),
}

# Meanings by HTTP status, used if the error code is unknown. A 4xx status means that no message was created.
# No customer is skipped, because the code may not concern the customer.
BY_STATUS: dict[int, TwilioCodeMeaning] = {
    401: TwilioCodeMeaning(OURS, "Twilio rejects the credentials; check TWILIO_AUTH_TOKEN or TWILIO_API_KEY."),
    403: TwilioCodeMeaning(OURS, "The Twilio account lacks a permission for this."),
    404: TwilioCodeMeaning(OURS, "The Twilio account does not exist; check TWILIO_ACCOUNT_SID."),
    408: TwilioCodeMeaning(LATER, "Twilio did not receive the whole request."),
    409: TwilioCodeMeaning(LATER, "Twilio is busy with this number."),
    429: TwilioCodeMeaning(LATER, "Twilio limits the request rate."),
}


def on_sending(code: int | None, http_status: int) -> TwilioCodeMeaning:
    """Returns the meaning of an error from a create call. After any 5xx status, the text may have been sent."""
    if http_status >= 500:
        return TwilioCodeMeaning(
            TwilioCodeKind.UNKNOWN,
            f"Twilio responded with status {http_status}: the text may or may not have been sent.",
        )
    if not 400 <= http_status < 500:
        return TwilioCodeMeaning(
            TwilioCodeKind.UNKNOWN, f"Twilio responded with the unexpected status {http_status}."
        )
    known = ON_SENDING.get(code) if code is not None else None
    return (
        known
        or BY_STATUS.get(http_status)
        or TwilioCodeMeaning(OURS, f"Twilio rejected the text with the unknown code {code}.")
    )


def on_delivery(code: int | None) -> TwilioCodeMeaning:
    """Returns the meaning of a failed or undelivered message's error code. An unknown code means undeliverable."""
    known = ON_DELIVERY.get(code) if code is not None else None
    return known or TwilioCodeMeaning(UNDELIVERABLE, "The text was not delivered.")
