"""Chooses the channels of a message to a customer, and the time at which it may be sent."""

from datetime import datetime, timedelta

from db.recipients import Recipient
from domain.channels import Channel, Consents, channels_for
from domain.reminder_timing import deliverable_for, wait_until
from domain.templates import TextKind
from messaging.channel_drafts import template_sid, whatsapp_number
from messaging.senders import Senders


def channels_to(senders: Senders, kind: TextKind, to: Recipient) -> tuple[Channel, ...]:
    """The channels for a message of this kind to this customer; none without their consent."""
    template = template_sid(senders, kind, to)
    consents = Consents(
        phone=to.phone,
        email=to.email,
        sms_opt_in=to.sms_opt_in,
        whatsapp_opt_in=to.whatsapp_opt_in,
        email_opt_in=to.email_opt_in,
        suppressed=to.suppressed,
        can_sms=bool(to.sms_from),
        can_whatsapp=bool(template and whatsapp_number(senders, to)),
        can_email=senders.email_ready,
    )
    return channels_for(consents)


def quiet_until(to: Recipient) -> datetime | None:
    """The end of the recipient's quiet hours (UTC); None outside of them."""
    return wait_until(
        to.now,
        starts_at=to.at,
        zone=to.their_timezone,
        quiet_from=to.quiet_from,
        quiet_ends=to.quiet_until,
        phone=to.phone,
    )


def deliverable(to: Recipient) -> timedelta:
    """How long a carrier may try to deliver a message that is sent now."""
    return deliverable_for(
        to.now, zone=to.their_timezone, quiet_from=to.quiet_from, quiet_ends=to.quiet_until, phone=to.phone
    )
