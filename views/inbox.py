"""The inbox: conversations with their newest texts, and the messages of one conversation. Read-only."""

import datetime as dt
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedConversation:
    """A conversation. `customer` is empty if the number belongs to no customer."""

    id: UUID
    channel: str
    address: str = field(repr=False)
    customer_id: UUID | None
    customer: str
    status: str
    unread: int
    assigned_to: UUID | None
    assigned_name: str | None
    last_message_at: dt.datetime
    opted_out: bool
    newest: str | None = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationMessage:
    """An inbound or outbound text of a conversation."""

    id: UUID
    direction: str
    purpose: str
    body: str = field(repr=False)
    status: str
    created_at: dt.datetime


SELECT = """
SELECT v.id, v.channel, v.address, v.customer_id, coalesce(c.name, '') AS customer, v.status, v.unread, v.assigned_to,
       p.name AS assigned_name, v.last_message_at,
       EXISTS (SELECT 1 FROM suppressions s
                WHERE s.shop_id = v.shop_id AND s.phone = v.line AND s.lifted_at IS NULL) AS opted_out,
       (SELECT m.body FROM messages m WHERE m.conversation_id = v.id AND m.shop_id = v.shop_id
         ORDER BY m.created_at DESC LIMIT 1) AS newest
  FROM conversations v
  LEFT JOIN customers c ON c.id = v.customer_id AND c.shop_id = v.shop_id
  LEFT JOIN staff p ON p.id = v.assigned_to AND p.shop_id = v.shop_id
 WHERE v.shop_id = :shop_id
"""
PAGE = text(f"""{SELECT} AND v.status = :status AND (CAST(:mine AS uuid) IS NULL OR v.assigned_to = :mine)
 ORDER BY v.last_message_at DESC, v.id LIMIT :limit OFFSET :offset""")
ONE = text(f"{SELECT} AND v.id = :id")
# Includes the customer's texts on this channel from the last year, so that the offer that a reply refers to is also
# shown.
MESSAGES = text("""
SELECT id, direction, purpose, body, status, created_at FROM (
  SELECT m.* FROM messages m
   WHERE m.shop_id = :shop_id AND m.conversation_id = :id
  UNION
  SELECT m.* FROM messages m
   WHERE m.shop_id = :shop_id AND m.customer_id = :customer_id AND m.channel = :channel
     AND m.created_at > (SELECT clock_timestamp()) - interval '1 year'
) m ORDER BY created_at DESC, id LIMIT :limit
""")


def page(
    session: Session, shop_id: UUID, *, status: str, mine: UUID | None, limit: int, offset: int
) -> list[ListedConversation]:
    """Returns conversations with the status "open" or "done", newest text first.

    `mine` limits the result to conversations that are assigned to this member.
    """
    values = {"shop_id": shop_id, "status": status, "mine": mine, "limit": limit, "offset": offset}
    return [ListedConversation(**row) for row in session.execute(PAGE, values).mappings()]


def one(session: Session, shop_id: UUID, conversation_id: UUID) -> ListedConversation | None:
    """Returns the conversation, or None if this shop has no such conversation."""
    row = session.execute(ONE, {"shop_id": shop_id, "id": conversation_id}).mappings().one_or_none()
    return None if row is None else ListedConversation(**row)


def messages(
    session: Session, shop_id: UUID, conversation: ListedConversation, *, limit: int
) -> list[ConversationMessage]:
    """Returns the newest texts of the conversation and of its customer, in chronological order."""
    values = {
        "shop_id": shop_id,
        "id": conversation.id,
        "customer_id": conversation.customer_id,
        "channel": conversation.channel,
        "limit": limit,
    }
    found = [ConversationMessage(**row) for row in session.execute(MESSAGES, values).mappings()]
    return found[::-1]
