"""What a Twilio error code means for us: whom it stops, and in plain words why.

Codes: https://www.twilio.com/docs/api/errors. A code not listed here is judged by its HTTP status.
"""

from dataclasses import dataclass
from enum import StrEnum


class TwilioCodeKind(StrEnum):
    """What follows from a code."""

    REFUSED = "refused"
    """This customer cannot be texted: on to the next one at once."""
    OPTED_OUT = "opted_out"
    """This customer wants no texts: record it, on to the next one."""
    OURS_TO_FIX = "ours_to_fix"
    """Nobody can be texted until we repair something: stop and alarm, burn no customer."""
    LATER = "later"
    """Certainly not sent: back off and send again."""
    UNKNOWN = "unknown"
    """Perhaps sent: reconcile, never send again blindly."""
    UNDELIVERABLE = "undeliverable"
    """Taken by Twilio, not delivered: on to the next one at once."""


@dataclass(frozen=True, slots=True)
class TwilioCodeMeaning:
    """`words` are for the shop and for alarms, never for the customer."""

    kind: TwilioCodeKind
    words: str


REFUSED, OPTED_OUT, OURS, LATER, UNDELIVERABLE = (
    TwilioCodeKind.REFUSED,
    TwilioCodeKind.OPTED_OUT,
    TwilioCodeKind.OURS_TO_FIX,
    TwilioCodeKind.LATER,
    TwilioCodeKind.UNDELIVERABLE,
)

# What the API answers when a message is created.
ON_SENDING: dict[int, TwilioCodeMeaning] = {
    20003: TwilioCodeMeaning(OURS, "Twilio does not accept our credentials."),
    20005: TwilioCodeMeaning(OURS, "The Twilio account is not active."),
    20006: TwilioCodeMeaning(OURS, "The Twilio credentials may not send messages."),
    20404: TwilioCodeMeaning(OURS, "Twilio does not know the account we send from."),
    20429: TwilioCodeMeaning(LATER, "Twilio asks us to slow down."),
    21211: TwilioCodeMeaning(REFUSED, "The phone number is not valid."),
    21212: TwilioCodeMeaning(OURS, "The shop's sending number is not valid."),
    21214: TwilioCodeMeaning(REFUSED, "The phone number cannot be reached."),
    21217: TwilioCodeMeaning(REFUSED, "The phone number does not look valid."),
    21265: TwilioCodeMeaning(REFUSED, "The number is a short code, which cannot be texted."),
    21266: TwilioCodeMeaning(REFUSED, "The number is the shop's own."),
    21267: TwilioCodeMeaning(OURS, "A trial account cannot send under a name."),
    21408: TwilioCodeMeaning(
        OURS, "The Twilio account may not text this country; allow it in the geographic permissions."
    ),
    21602: TwilioCodeMeaning(OURS, "The text is empty."),
    21603: TwilioCodeMeaning(OURS, "The shop has no sending number."),
    21604: TwilioCodeMeaning(REFUSED, "The customer has no phone number."),
    21606: TwilioCodeMeaning(OURS, "The shop's sending number cannot send texts or is not in our Twilio account."),
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
    63018: TwilioCodeMeaning(LATER, "WhatsApp asks us to slow down."),
    63024: TwilioCodeMeaning(REFUSED, "The customer's number is not on WhatsApp."),
    63038: TwilioCodeMeaning(LATER, "The account's daily limit of messages is reached."),
}

# What a status callback says of a message that failed or was not delivered.
ON_DELIVERY: dict[int, TwilioCodeMeaning] = {
    21610: TwilioCodeMeaning(OPTED_OUT, "The customer has opted out of texts from this number."),
    30001: TwilioCodeMeaning(UNDELIVERABLE, "The text waited too long in Twilio's queue."),
    30002: TwilioCodeMeaning(OURS, "The Twilio account is suspended."),
    30003: TwilioCodeMeaning(UNDELIVERABLE, "The phone is switched off or out of reach."),
    30004: TwilioCodeMeaning(UNDELIVERABLE, "The number is blocked from receiving texts."),
    30005: TwilioCodeMeaning(UNDELIVERABLE, "The number is unknown or no longer in use."),
    30006: TwilioCodeMeaning(UNDELIVERABLE, "The number is a landline, or its carrier cannot be reached."),
    30007: TwilioCodeMeaning(UNDELIVERABLE, "The carrier filtered the text as unwanted."),
    30008: TwilioCodeMeaning(UNDELIVERABLE, "The carrier did not deliver it and gave no reason."),
    30009: TwilioCodeMeaning(UNDELIVERABLE, "A part of the text was lost on the way."),
    30010: TwilioCodeMeaning(UNDELIVERABLE, "The text costs more than the limit we set."),
    30032: TwilioCodeMeaning(OURS, "The toll-free sending number is not verified."),
    30034: TwilioCodeMeaning(OURS, "The sending number is not registered for business texts in the US (A2P 10DLC)."),
    30036: TwilioCodeMeaning(UNDELIVERABLE, "The text could not be sent before its time was over."),
    30410: TwilioCodeMeaning(UNDELIVERABLE, "The carrier did not answer in time."),
    30500: TwilioCodeMeaning(UNDELIVERABLE, "Twilio had an error of its own."),
    63003: TwilioCodeMeaning(UNDELIVERABLE, "The customer cannot be reached on WhatsApp."),
    63016: TwilioCodeMeaning(OURS, "Outside WhatsApp's 24 hours only a template may be sent."),
    63018: TwilioCodeMeaning(UNDELIVERABLE, "WhatsApp refused it: too many messages at once."),
    63024: TwilioCodeMeaning(UNDELIVERABLE, "The customer's number is not on WhatsApp."),
    63049: TwilioCodeMeaning(UNDELIVERABLE, "WhatsApp chose not to deliver it."),
}

# For codes that are in no table. A 4xx created nothing; which customer is to blame we cannot know, so none is burnt.
BY_STATUS: dict[int, TwilioCodeMeaning] = {
    401: TwilioCodeMeaning(OURS, "Twilio does not accept our credentials."),
    403: TwilioCodeMeaning(OURS, "The Twilio account may not do this."),
    404: TwilioCodeMeaning(OURS, "Twilio does not know the account we send from."),
    408: TwilioCodeMeaning(LATER, "Twilio did not get our whole request."),
    409: TwilioCodeMeaning(LATER, "Twilio is busy with this number."),
    429: TwilioCodeMeaning(LATER, "Twilio asks us to slow down."),
}


def on_sending(code: int | None, http_status: int) -> TwilioCodeMeaning:
    """What an error answer to a create call means. Any 5xx is unknown, whatever its code: it may be on its way."""
    if http_status >= 500:
        return TwilioCodeMeaning(
            TwilioCodeKind.UNKNOWN, f"Twilio answered {http_status}: the text may or may not be on its way."
        )
    if not 400 <= http_status < 500:
        return TwilioCodeMeaning(
            TwilioCodeKind.UNKNOWN, f"Twilio answered {http_status}, which is no answer to a text."
        )
    known = ON_SENDING.get(code) if code is not None else None
    return (
        known
        or BY_STATUS.get(http_status)
        or TwilioCodeMeaning(OURS, f"Twilio refused with the unknown code {code}.")
    )


def on_delivery(code: int | None) -> TwilioCodeMeaning:
    """What the error code of a failed or undelivered message means; without a known code it is undeliverable."""
    known = ON_DELIVERY.get(code) if code is not None else None
    return known or TwilioCodeMeaning(UNDELIVERABLE, "The text was not delivered.")
