"""SQL conditions about the channels of `domain.channels`. `c` is a customer, `shop` a shop."""

from domain.channels import CHANNELS, Channel, ChannelFields

HAS_ADDRESS: dict[str, str] = {"phone_e164": "c.phone_e164 IS NOT NULL", "email": "c.email LIKE '%_@_%'"}
"""The condition by the column of the address."""


def agreed(one: ChannelFields) -> str:
    """The condition that the customer agreed to offers on the channel."""
    return f"c.{one.opt_in}" + (f" AND c.{one.consent}_at IS NOT NULL" if one.opt_in_needs_time else "")


def accepts_reminders(one: ChannelFields) -> str:
    """The condition that the customer agreed to messages about their own bookings."""
    return f"c.{one.opt_in}" + (" IS NOT FALSE" if one.opt_in_needs_time else "")


def _used(one: ChannelFields) -> str:
    return f"{f':by_{one.channel} AND ' if one.setting else ''}{agreed(one)} AND {HAS_ADDRESS[one.address]}"


BY_SMS = f"{agreed(CHANNELS[Channel.SMS])} AND {HAS_ADDRESS['phone_e164']}"
"""The condition for a shop that makes offers by SMS alone."""

MAY_BE_REACHABLE = " OR ".join(
    [BY_SMS, *(agreed(one) for one in CHANNELS.values() if one.channel is not Channel.SMS)]
)
"""The condition of the index customers_reachable_idx. A new channel needs a new index."""

REACHABLE = f"({MAY_BE_REACHABLE}) AND ({' OR '.join(_used(one) for one in CHANNELS.values())})"
"""The condition that there is a channel for an offer, by the rule of `domain.channels.channel_of`.

`:by_...`: whether the shop uses it.
"""

AGREED_TO = "array_remove(ARRAY[{}], NULL)".format(
    ", ".join(f"CASE WHEN {agreed(one)} THEN '{one.channel}' END" for one in CHANNELS.values())
)
"""The channels of offers that the customer agreed to."""

ACCEPTS_REMINDERS = "array_remove(ARRAY[{}], NULL)".format(
    ", ".join(f"CASE WHEN {accepts_reminders(one)} THEN '{one.channel}' END" for one in CHANNELS.values())
)
"""The channels of messages about the customer's own bookings that the customer agreed to."""

SENDERS = "jsonb_strip_nulls(jsonb_build_object({}))".format(
    ", ".join(f"'{one.channel}', shop.{one.sender}" for one in CHANNELS.values())
)
"""The shop's own numbers and e-mail address, by channel."""
