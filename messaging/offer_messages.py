"""The channel of a text about an offer, and the channels that this installation can use."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from domain.channels import Channel
from domain.policy import Policy
from domain.templates import OFFERS, TextKind
from messaging.channel_drafts import template_sid
from messaging.senders import Senders

USABLE: dict[Channel, Callable[[Senders], bool]] = {
    Channel.SMS: lambda senders: True,
    Channel.WHATSAPP: lambda senders: bool(senders.whatsapp_templates.get(TextKind.OFFER.value)),
    Channel.EMAIL: lambda senders: senders.email_ready,
}
"""By channel: whether the installation can make offers by it. A text without an SMS number is reported when sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextRecipient:
    """The addresses and consents of a customer and their shop, as `channel_drafts.Addressee` has them."""

    phone: str | None
    email: str | None
    sms_opt_in: bool
    sms_from: str | None
    whatsapp_from: str | None
    email_from: str | None
    shop_name: str
    locale: str
    wrote_on_whatsapp: bool


def usable_by(senders: Senders) -> dict[Channel, bool]:
    """By channel: whether the installation can make offers by it."""
    return {channel: usable(senders) for channel, usable in USABLE.items()}


def with_usable_channels(policy: Policy, senders: Senders) -> Policy:
    """The policy with those of the shop's channels that the installation can use."""
    usable = frozenset(channel for channel in policy.channels if USABLE[channel](senders))
    return policy if usable == policy.channels else replace(policy, channels=usable)


def channel_for(senders: Senders, kind: TextKind, to: TextRecipient, wanted: str | None) -> Channel:
    """The channel of a text: that of the offer, or that on which the customer wrote (`wanted`).

    Without an offer, SMS, or e-mail for a customer without a phone number. WhatsApp needs a template for a customer
    who has not written lately: without one, the text is sent by SMS or e-mail if the customer can get it there. An
    offer uses no channel without consent to it: it is left to the carrier, which refuses it at once.
    """
    if wanted is None:
        return Channel.SMS if to.phone else Channel.EMAIL
    if wanted != Channel.WHATSAPP or to.wrote_on_whatsapp or template_sid(senders, kind, to):
        return Channel(wanted)
    if to.sms_opt_in and to.sms_from:
        return Channel.SMS
    by_email = to.email and senders.email_ready and kind not in OFFERS
    return Channel.EMAIL if by_email else Channel.WHATSAPP
