"""The channels of offers, best first: which field of a customer is the consent, and which the address.

An offer is sent by the first channel that the shop uses, that the customer agreed to, and that has an address. A new
channel is a line here, and a line in `messaging/channel_drafts.py`; db/sql/reachable.sql narrows by the same rule.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from domain.channels import Channel


@dataclass(frozen=True, slots=True)
class OfferChannel:
    """`consent` and `address` are fields of `domain.eligibility.CustomerFacts`. The reasons are for the shop."""

    channel: Channel
    consent: str
    address: str
    no_address: str
    not_used: str = ""
    """Why a customer who agreed only to this channel is not asked while the shop makes no offers by it."""

    def agreed(self, facts: Any) -> bool:
        """Whether the customer agreed to offers by this channel."""
        return bool(getattr(facts, self.consent))

    def reaches(self, facts: Any) -> bool:
        """Whether the customer agreed to it and has an address for it."""
        return self.agreed(facts) and bool(getattr(facts, self.address))


OFFER_CHANNELS: tuple[OfferChannel, ...] = (
    OfferChannel(Channel.SMS, "opted_in", "phone_e164", "Has no phone number that can receive texts."),
    OfferChannel(
        Channel.WHATSAPP,
        "whatsapp_opt_in",
        "phone_e164",
        "Has no phone number that can receive texts.",
        "Agreed to WhatsApp only, and no offers are made by WhatsApp.",
    ),
    OfferChannel(
        Channel.EMAIL,
        "email_opt_in",
        "email",
        "Has no e-mail address.",
        "Agreed to e-mail only, and no offers are made by e-mail.",
    ),
)


def channel_of(facts: Any, used: Collection[Channel]) -> Channel | None:
    """The channel for an offer to this customer, among those that the shop uses; None if it has none."""
    for one in OFFER_CHANNELS:
        if one.channel in used and one.reaches(facts):
            return one.channel
    return None


def agreed_to(facts: Any) -> list[OfferChannel]:
    """The channels that the customer agreed to, whether the shop uses them or not."""
    return [one for one in OFFER_CHANNELS if one.agreed(facts)]
