"""By which channels a customer may be told something that can wait for the day: by those they agreed to."""

from dataclasses import dataclass
from enum import StrEnum

from domain import email_address


class Channel(StrEnum):
    SMS = "sms"
    WHATSAPP = "whatsapp"
    EMAIL = "email"


@dataclass(frozen=True, slots=True, kw_only=True)
class Consents:
    """What is known of how to reach one customer for one purpose. `phone` is E.164.

    `can_...`: the shop has a number (and, for WhatsApp, an approved template) or a carrier for it. `suppressed`: the
    number has opted out of this shop's texts, on whichever channel.
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


def channels_for(reach: Consents) -> tuple[Channel, ...]:
    """One of WhatsApp and SMS, WhatsApp first, and e-mail beside it."""
    chosen: list[Channel] = []
    if reach.phone and not reach.suppressed:
        if reach.whatsapp_opt_in and reach.can_whatsapp:
            chosen.append(Channel.WHATSAPP)
        elif reach.sms_opt_in and reach.can_sms:
            chosen.append(Channel.SMS)
    if reach.email_opt_in and reach.can_email and reach.email and email_address.parse(reach.email):
        chosen.append(Channel.EMAIL)
    return tuple(chosen)
