"""The channels of a message to a customer: those that they agreed to."""

from dataclasses import dataclass
from enum import StrEnum

from domain import email_address


class Channel(StrEnum):
    SMS = "sms"
    WHATSAPP = "whatsapp"
    EMAIL = "email"


@dataclass(frozen=True, slots=True, kw_only=True)
class Consents:
    """One customer's addresses and consents, and the channels that their shop can use. `phone` is E.164.

    `can_...`: the shop has a number (for WhatsApp an approved template too), or there is an e-mail provider.
    `suppressed`: the number has opted out of this shop's texts, on every channel.
    """

    phone: str | None
    email: str | None
    sms_opt_in: bool
    whatsapp_opt_in: bool
    email_opt_in: bool
    suppressed: bool
    can_sms: bool
    can_whatsapp: bool
    can_email: bool


def channels_for(consents: Consents) -> tuple[Channel, ...]:
    """WhatsApp or else SMS, and e-mail in addition."""
    chosen: list[Channel] = []
    if consents.phone and not consents.suppressed:
        if consents.whatsapp_opt_in and consents.can_whatsapp:
            chosen.append(Channel.WHATSAPP)
        elif consents.sms_opt_in and consents.can_sms:
            chosen.append(Channel.SMS)
    if consents.email_opt_in and consents.can_email and consents.email and email_address.parse(consents.email):
        chosen.append(Channel.EMAIL)
    return tuple(chosen)
