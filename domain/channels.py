"""The table of channels for messages to customers, from which columns, settings, statements and pages are derived.

CONTRIBUTING.md explains how to add one.
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
    """The properties of a channel. In sentences: "sent by {name}", "agreed to {noun}", "offers by {by}".

    Columns of `customers`: `opt_in`, `consent` with the suffixes _source, _wording and _at, and `address`. Columns of
    `shops`: `sender`, and `setting`, which turns on offers by the channel (None: they are always on).
    The two reasons are for the shop.
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
    """Why a customer who agreed only to this channel is not asked if the shop does not use it for offers."""
    prefix: str = ""
    """The prefix of the channel's addresses at the carrier, before the number."""
    needs_template: bool = False
    """Whether free text is allowed only to customers who have written recently."""
    opt_in_needs_time: bool = False
    """Whether an opt-in without a time allows only messages about the customer's own bookings and no offers."""

    @property
    def consent_columns(self) -> tuple[str, str, str]:
        """The columns with the source, the wording and the time of the consent."""
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
            not_used="Agreed to WhatsApp only, and no offers are made by WhatsApp.",
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
            not_used="Agreed to e-mail only, and no offers are made by e-mail.",
            opt_in_needs_time=True,
        ),
    )
}
"""The channels in the order in which offers use them."""

PHONE_CHANNELS = tuple(one for one in CHANNELS.values() if one.address == "phone_e164")
"""The channels to a phone number. An opt-out from texts ends all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReachableCustomer:
    """One customer's addresses and consents, and the channels that their shop can use. `phone_e164` is E.164.

    `suppressed`: the number has opted out of this shop's texts, on every channel.
    """

    phone_e164: str | None
    email: str | None
    agreed_to: frozenset[Channel]
    usable: frozenset[Channel]
    suppressed: bool


def channels_for(customer: ReachableCustomer) -> tuple[Channel, ...]:
    """Returns the channels for a message about the customer's own booking: the last in the table for each address."""
    open_to = customer.agreed_to & customer.usable
    by_address = {CHANNELS[channel].address: channel for channel in CHANNELS if channel in open_to}
    if not customer.phone_e164 or customer.suppressed:
        by_address.pop("phone_e164", None)
    if not (customer.email and email_address.parse(customer.email)):
        by_address.pop("email", None)
    return tuple(by_address.values())


def agreed_to(facts: Any) -> list[ChannelFields]:
    """Returns the channels of offers in `facts.agreed_to`, preferred first, even if the shop does not use them."""
    return [one for one in CHANNELS.values() if one.channel in facts.agreed_to]


def channel_of(facts: Any, used: Collection[Channel]) -> Channel | None:
    """Returns the first channel that the shop uses and for which the customer has given consent and an address.

    `facts`: `domain.eligibility.CustomerFacts`. db/messages/channel_conditions.py filters by the same rule.
    """
    reaching = (one.channel for one in agreed_to(facts) if one.channel in used and getattr(facts, one.address))
    return next(reaching, None)
