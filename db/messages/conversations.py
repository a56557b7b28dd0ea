"""Conversations: texts that do not answer an offer, and the replies of staff."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from db.clock import NOW
from db.models import Conversation, Message
from db.tasks import pending_tasks
from domain import segments

REPLY = "staff_reply"
"""The purpose of a reply."""

FOLLOWED_FOR = timedelta(days=7)
"""The time after a reply during which every text from the same line is added to the conversation."""


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """A stored text and its sender. `address` is the sender's number in the carrier's format."""

    shop_id: UUID
    provider_id: str
    channel: str
    address: str
    customer_id: UUID | None


def receive(session: Session, inbound: InboundMessage, *, needs_person: bool) -> UUID | None:
    """Adds a text to the conversation with its sender. Opens the conversation if `needs_person`.

    Returns the id of the conversation, or None if the text belongs to none.
    """
    found = _opened(session, inbound) if needs_person else _followed(session, inbound)
    if found is not None:
        session.execute(
            update(Message).where(Message.provider_id == inbound.provider_id).values(conversation_id=found)
        )
    return found


def _opened(session: Session, inbound: InboundMessage) -> UUID:
    added = insert(Conversation).values(
        shop_id=inbound.shop_id,
        channel=inbound.channel,
        address=inbound.address,
        customer_id=inbound.customer_id,
        unread=1,
        last_message_at=NOW,
    )
    opened: UUID = session.execute(
        added.on_conflict_do_update(
            constraint="conversations_line_key",
            set_={
                "unread": Conversation.unread + 1,
                "status": "open",
                "last_message_at": NOW,
                "address": added.excluded.address,
                "customer_id": func.coalesce(added.excluded.customer_id, Conversation.customer_id),
            },
        ).returning(Conversation.id)
    ).scalar_one()
    return opened


def _followed(session: Session, inbound: InboundMessage) -> UUID | None:
    line = func.coalesce(func.phone_line(inbound.address), inbound.address)
    followed: UUID | None = session.execute(
        update(Conversation)
        .where(
            Conversation.shop_id == inbound.shop_id,
            Conversation.channel == inbound.channel,
            Conversation.line == line,
            or_(Conversation.status == "open", Conversation.last_reply_at > NOW - FOLLOWED_FOR),
        )
        .values(unread=Conversation.unread + 1, status="open", last_message_at=NOW)
        .returning(Conversation.id)
    ).scalar_one_or_none()
    return followed


@dataclass(frozen=True, slots=True)
class StaffReply:
    """A reply to send. The form contains its `id`, so that submitting the form twice sends one text."""

    id: UUID
    conversation_id: UUID
    body: str
    from_address: str


def reply(session: Session, shop_id: UUID, written: StaffReply) -> bool:
    """Writes the reply and the task that sends it.

    Returns False if the reply already exists, or if there is no such conversation.
    """
    found = session.execute(
        select(Conversation.address, Conversation.channel, Conversation.customer_id).where(
            Conversation.id == written.conversation_id, Conversation.shop_id == shop_id
        )
    ).one_or_none()
    if found is None or session.scalar(select(Message.id).where(Message.id == written.id)):
        return False
    session.execute(
        insert(Message).values(
            id=written.id,
            shop_id=shop_id,
            customer_id=found.customer_id,
            channel=found.channel,
            purpose=REPLY,
            purpose_key=f"{REPLY}:{written.id}",
            to_address=found.address,
            from_address=written.from_address,
            body=written.body,
            segments=segments.count(written.body).segments,
            conversation_id=written.conversation_id,
        )
    )
    session.execute(
        update(Conversation)
        .where(Conversation.id == written.conversation_id, Conversation.shop_id == shop_id)
        .values(last_reply_at=NOW, unread=0)
    )
    pending_tasks.add(session, "send_message", written.id, shop_id=shop_id)
    return True


def mark_read(session: Session, shop_id: UUID, conversation_id: UUID) -> bool:
    """Marks the conversation as read. Returns False if there is no such conversation."""
    return _change(session, shop_id, conversation_id, unread=0)


def set_status(session: Session, shop_id: UUID, conversation_id: UUID, status: str) -> bool:
    """Sets the status "open" or "done". Returns False if there is no such conversation."""
    return _change(session, shop_id, conversation_id, status=status, **({"unread": 0} if status == "done" else {}))


def assign(session: Session, shop_id: UUID, conversation_id: UUID, staff_id: UUID | None) -> bool:
    """Assigns the conversation to a member of staff, or to no one. Returns False if there is no such conversation."""
    return _change(session, shop_id, conversation_id, assigned_to=staff_id)


def _change(session: Session, shop_id: UUID, conversation_id: UUID, **values: object) -> bool:
    changed = session.execute(
        update(Conversation)
        .where(Conversation.id == conversation_id, Conversation.shop_id == shop_id)
        .values(**values)
        .returning(Conversation.id)
    )
    return changed.scalar_one_or_none() is not None
