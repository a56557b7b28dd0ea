"""SQL conditions for the channels of `domain.channels`. `c` is a row of `customers`, and `shop` a row of `shops`."""

from domain.channels import CHANNELS, Channel, ChannelFields

HAS_ADDRESS: dict[str, str] = {"phone_e164": "c.phone_e164 IS NOT NULL", "email": "c.email LIKE '%_@_%'"}
"""For each address column, the condition that the customer has such an address."""


def agreed(one: ChannelFields) -> str:
    """Returns the condition that the customer agreed to receive offers on the channel."""
    return f"c.{one.opt_in}" + (f" AND c.{one.consent}_at IS NOT NULL" if one.opt_in_needs_time else "")


def accepts_reminders(one: ChannelFields) -> str:
    """Returns the condition that the customer accepts messages about their own bookings on the channel."""
    return f"c.{one.opt_in}" + (" IS NOT FALSE" if one.opt_in_needs_time else "")


def _used(one: ChannelFields) -> str:
    return f"{f':by_{one.channel} AND ' if one.setting else ''}{agreed(one)} AND {HAS_ADDRESS[one.address]}"


BY_SMS = f"{agreed(CHANNELS[Channel.SMS])} AND {HAS_ADDRESS['phone_e164']}"
"""The condition that a shop that makes offers only by SMS can reach the customer."""

MAY_BE_REACHABLE = " OR ".join(
    [BY_SMS, *(agreed(one) for one in CHANNELS.values() if one.channel is not Channel.SMS)]
)
"""The predicate of the index `customers_reachable_idx`. A new channel needs a new index."""

REACHABLE = f"({MAY_BE_REACHABLE}) AND ({' OR '.join(_used(one) for one in CHANNELS.values())})"
"""The condition that at least one channel can carry an offer, as `domain.channels.channel_of` decides.

The parameters `:by_<channel>` state whether the shop uses the channel.
"""

AGREED_TO = "array_remove(ARRAY[{}], NULL)".format(
    ", ".join(f"CASE WHEN {agreed(one)} THEN '{one.channel}' END" for one in CHANNELS.values())
)
"""The channels on which the customer agreed to receive offers."""

ACCEPTS_REMINDERS = "array_remove(ARRAY[{}], NULL)".format(
    ", ".join(f"CASE WHEN {accepts_reminders(one)} THEN '{one.channel}' END" for one in CHANNELS.values())
)
"""The channels on which the customer accepts messages about their own bookings."""

SENDERS = "jsonb_strip_nulls(jsonb_build_object({}))".format(
    ", ".join(f"'{one.channel}', shop.{one.sender}" for one in CHANNELS.values())
)
"""The shop's own numbers and e-mail address, by channel."""
