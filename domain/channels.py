"""The table of channels for messages to customers. Columns, settings, statements and pages are derived from it.

CONTRIBUTING.md explains how to add a channel.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from domain import email_address


class Channel(StrEnum):
    SMS = "sms"
    WHATSAPP = "whatsapp"
    EMAIL = "email"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelFields:
    """The properties of a channel. The words are used as in "sent by {name}", "agreed to {noun}", "offers by {by}".

    `opt_in`, `address`, and `consent` with the suffixes _source, _wording and _at are columns of `customers`.
    `sender` and `setting` are columns of `shops`; `setting` turns on offers on the channel, and is None if they are
    always on. `no_address` and `not_used` are sentences for the shop.
    """

    channel: Channel
    name: str
    noun: str
    by: str
    opt_in: str
    consent: str
    address: str
    sender: str
    no_address: str
    setting: str | None = None
    not_used: str = ""
    """The reason why a customer who agreed only to this channel is not asked if the shop makes no offers by it."""
    prefix: str = ""
    """The prefix of a number in the carrier's addresses for this channel."""
    needs_template: bool = False
    """Whether customers who have not written recently can only be sent templates."""
    opt_in_needs_time: bool = False
    """Whether an opt-in without a time allows messages about the customer's own bookings but no offers."""

    @property
    def consent_columns(self) -> tuple[str, str, str]:
        """The columns of the source, the wording and the time of the consent."""
        return f"{self.consent}_source", f"{self.consent}_wording", f"{self.consent}_at"


CHANNELS: dict[Channel, ChannelFields] = {
    one.channel: one
    for one in (
        ChannelFields(
            channel=Channel.SMS,
            name="SMS",
            noun="texts",
            by="text",
            opt_in="sms_opt_in",
            consent="consent",
            address="phone_e164",
            sender="sms_from",
            no_address="Has no phone number that can receive texts.",
        ),
        ChannelFields(
            channel=Channel.WHATSAPP,
            name="WhatsApp",
            noun="WhatsApp",
            by="WhatsApp",
            opt_in="whatsapp_opt_in",
            consent="whatsapp_consent",
            address="phone_e164",
            sender="whatsapp_from",
            no_address="Has no phone number that can receive texts.",
            setting="offer_by_whatsapp",
            not_used="Agreed only to WhatsApp, but the shop sends no offers by WhatsApp.",
            prefix="whatsapp:",
            needs_template=True,
        ),
        ChannelFields(
            channel=Channel.EMAIL,
            name="e-mail",
            noun="e-mail",
            by="e-mail",
            opt_in="email_opt_in",
            consent="email_consent",
            address="email",
            sender="email_from",
            no_address="Has no e-mail address.",
            setting="offer_by_email",
            not_used="Agreed only to e-mail, but the shop sends no offers by e-mail.",
            opt_in_needs_time=True,
        ),
    )
}
"""The channels, in the order of preference for offers."""

PHONE_CHANNELS = tuple(one for one in CHANNELS.values() if one.address == "phone_e164")
"""The channels that use a phone number. An opt-out from texts applies to all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReachableCustomer:
    """The addresses and consents of a customer, and the channels that the shop can use.

    `phone_e164` is E.164. `suppressed`: the number has opted out of the shop's texts on all channels.
    """

    phone_e164: str | None
    email: str | None
    agreed_to: frozenset[Channel]
    usable: frozenset[Channel]
    suppressed: bool


def channels_for(customer: ReachableCustomer) -> tuple[Channel, ...]:
    """Returns the channels for a message about the customer's own booking.

    If several channels use the same address, returns only the last of them in the table.
    """
    open_to = customer.agreed_to & customer.usable
    by_address = {CHANNELS[channel].address: channel for channel in CHANNELS if channel in open_to}
    if not customer.phone_e164 or customer.suppressed:
        by_address.pop("phone_e164", None)
    if not (customer.email and email_address.parse(customer.email)):
        by_address.pop("email", None)
    return tuple(by_address.values())


def agreed_to(facts: Any) -> list[ChannelFields]:
    """Returns the channels in `facts.agreed_to`, preferred ones first, whether or not the shop uses them."""
    return [one for one in CHANNELS.values() if one.channel in facts.agreed_to]


def channel_of(facts: Any, used: Collection[Channel]) -> Channel | None:
    """Returns the first channel that the shop uses, and for which the customer has an address and gave consent.

    `facts` are a `domain.eligibility.CustomerFacts`. db/messages/channel_conditions.py applies the same rule in SQL.
    """
    reaching = (one.channel for one in agreed_to(facts) if one.channel in used and getattr(facts, one.address))
    return next(reaching, None)
