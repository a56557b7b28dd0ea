"""Shows a customer's text to the shop's staff if a person must answer it."""

from sqlalchemy.orm import Session

from db.customers import customer_texts
from db.messages import conversations
from db.messages.conversations import InboundMessage
from db.recoveries.offers import Replied
from domain.names import plain_name
from providers.twilio.webhook_forms import InboundText

LONGEST_QUOTATION = 300


def show_staff(session: Session, inbound: InboundText, reply: Replied) -> bool:
    """Adds a notification with the customer's name and text.

    Returns False for an unknown sender or a repeated text.
    """
    if reply.customer_id is None:
        return False
    writer = customer_texts.writer(session, reply.customer_id)
    return customer_texts.notify_staff(
        session, writer, text=_sentence(writer.name, inbound), provider_id=inbound.message_sid
    )


def show_if_booked(session: Session, inbound: InboundText, reply: Replied) -> bool:
    """Like `show_staff`, but for a NO without a live offer, which may refer to a booked appointment."""
    if reply.customer_id is None or customer_texts.writer(session, reply.customer_id).appointment_id is None:
        return False
    return show_staff(session, inbound, reply)


def converse(session: Session, inbound: InboundText | None, reply: Replied, *, needs_person: bool) -> None:
    """Adds the stored text to the conversation with its sender.

    Opens a conversation if a person must handle the text.
    """
    if inbound is None:
        return
    text = InboundMessage(
        shop_id=reply.shop_id,
        provider_id=inbound.message_sid,
        channel=inbound.channel.value,
        address=inbound.from_,
        customer_id=reply.customer_id,
    )
    conversations.receive(session, text, needs_person=needs_person)


def _sentence(name: str, inbound: InboundText) -> str:
    words = " ".join(inbound.body.split())
    cut = f"{words[:LONGEST_QUOTATION]}..." if len(words) > LONGEST_QUOTATION else words
    who = plain_name(name) or "A customer"
    return f'{who} wrote: "{cut}"' if cut else f"{who} sent a picture."
