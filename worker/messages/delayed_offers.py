"""Rewrites the text of a delayed offer that states how long the slot is kept."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy.orm import Session

from db.messages import messages
from db.messages.messages import Outgoing
from db.recoveries import recoveries
from domain import segments
from domain.channels import Channel
from domain.effects import SendText
from domain.templates import TextKind
from messaging.senders import Senders
from messaging.write_text import offer_body
from worker.apply_events import text_subject

A_MINUTE = timedelta(minutes=1)
"""The minimum delay for a rewrite, because texts state times to the minute.

The window starts when the text is sent, so a text that is not rewritten states a time that is slightly too early.
"""


def with_new_deadline(session: Session, message: Outgoing, senders: Senders) -> Outgoing:
    """Returns the claimed message. Rewrites an offer that has a short window and is at least a minute late."""
    delayed = message.purpose == TextKind.OFFER and message.now - message.created_at >= A_MINUTE
    if not delayed or message.already_claimed or _says_no_deadline(message) or message.slot_opening_id is None:
        return message
    loaded = recoveries.look(session, message.slot_opening_id)
    offer = loaded.recovery.current.offer
    if offer is None or offer.id != message.slot_offer_id:
        return message
    subject = text_subject(loaded, SendText(TextKind.OFFER, offer.customer_id, slot_offer_id=offer.id))
    if subject.kept_until is None:
        return message
    channel = Channel(message.channel)
    body = offer_body(session, customer_id=offer.customer_id, subject=subject, senders=senders, channel=channel)
    messages.rewrite(session, message.id, body, segments=segments.count(body).segments)
    return replace(message, body=body)


def _says_no_deadline(message: Outgoing) -> bool:
    """Whether the message states no deadline. Templates and e-mails link to the page, which shows the deadline."""
    return message.template is not None or message.channel == Channel.EMAIL
