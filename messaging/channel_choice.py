"""Chooses the channels of messages to customers, and determines when they may be sent."""

from dataclasses import replace
from datetime import datetime, timedelta

from db.messages.recipients import Recipient
from domain.channels import CHANNELS, Channel, ReachableCustomer, channels_for
from domain.policy import Policy
from domain.reminder_timing import deliverable_for, wait_until
from domain.templates import OFFERS, TextKind
from messaging.channel_drafts import Addressee, own_sender, template_sid
from messaging.senders import Senders


def with_usable_channels(policy: Policy, senders: Senders) -> Policy:
    """Returns the policy without the channels that the installation can't use.

    Keeps SMS even without a number, because a missing number is reported when a text is sent.
    """
    usable = frozenset(channel for channel in policy.channels if _has_provider(senders, channel))
    return policy if usable == policy.channels else replace(policy, channels=usable)


def usable_by(senders: Senders) -> dict[Channel, bool]:
    """Returns, for each channel, whether the installation can make offers on it."""
    return {channel: _has_provider(senders, channel) for channel in Channel}


def channels_to(senders: Senders, kind: TextKind, to: Recipient) -> tuple[Channel, ...]:
    """Returns the channels for a message of this kind to this customer. Without consent, returns no channels."""
    return channels_for(
        ReachableCustomer(
            phone_e164=to.phone,
            email=to.email,
            agreed_to=frozenset(map(Channel, to.agreed_to)),
            usable=frozenset(channel for channel in Channel if _can_send(senders, channel, kind, to)),
            suppressed=to.suppressed,
        )
    )


def channel_for(senders: Senders, kind: TextKind, to: Addressee, wanted: str | None) -> Channel:
    """Returns the channel for a text. `wanted`: the channel of the offer, or the channel on which the customer wrote.

    If `wanted` is None, the channel is SMS, or e-mail for a customer without a phone number. On a channel with
    templates, a customer who has not written recently can only get a template. If the template is missing, the text
    is sent by SMS or e-mail if possible. An offer never changes to a channel without consent; it stays on its
    channel, and the carrier refuses it immediately.
    """
    if wanted is None:
        return Channel.SMS if to.phone else Channel.EMAIL
    channel = Channel(wanted)
    if not CHANNELS[channel].needs_template or to.written_on == channel or template_sid(senders, channel, kind, to):
        return channel
    if Channel.SMS in to.agreed_to and to.senders.get(Channel.SMS):
        return Channel.SMS
    by_email = to.email and senders.email_ready and kind not in OFFERS
    return Channel.EMAIL if by_email else channel


def _has_provider(senders: Senders, channel: Channel) -> bool:
    if CHANNELS[channel].needs_template:
        return bool(senders.templates.get(channel, {}).get(TextKind.OFFER.value))
    return channel is not Channel.EMAIL or senders.email_ready


def _can_send(senders: Senders, channel: Channel, kind: TextKind, to: Addressee) -> bool:
    if channel is Channel.EMAIL:
        return senders.email_ready
    template = not CHANNELS[channel].needs_template or template_sid(senders, channel, kind, to)
    return bool(template and own_sender(senders, channel, to))


def quiet_until(to: Recipient) -> datetime | None:
    """Returns the end of the recipient's quiet hours (UTC), or None outside quiet hours."""
    return wait_until(
        to.now,
        starts_at=to.at,
        zone=to.their_timezone,
        quiet_from=to.quiet_from,
        quiet_ends=to.quiet_until,
        phone=to.phone,
    )


def deliverable(to: Recipient) -> timedelta:
    """Returns how long a carrier may try to deliver a message that is sent now."""
    return deliverable_for(
        to.now, zone=to.their_timezone, quiet_from=to.quiet_from, quiet_ends=to.quiet_until, phone=to.phone
    )
