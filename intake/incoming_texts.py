"""Records and classifies texts from customers, which come from webhooks or from Twilio's list."""

from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from db.sessions import Speaker
from db.webhooks import webhook_events
from db.webhooks.webhook_events import IncomingWebhook, RecordedWebhook
from domain.replies import Reply, classify, needs_our_texts
from providers.twilio.webhook_forms import (
    InboundText,
    OptOut,
    UnreadableForm,
    as_form,
    as_payload,
    read_text,
    text_id,
)

AFTER_REPLY: dict[Reply, str] = {
    Reply.YES: "accept_offer",
    Reply.NO: "decline_offer",
    Reply.STOP: "opt_out",
    Reply.START: "opt_in",
    Reply.LEAVE: "leave_waitlist",
}

AFTER_OTHER_REPLY = "ask_back"
"""The task that replies with a question or an answer, notifies the staff, or does nothing."""

RECORD = webhook_events.recording_for(
    "SELECT shop_written_to(:number, :sender, coalesce(CAST(:written_at AS timestamptz), 'infinity'), :channel) AS id"
)

RECENT = text("""
SELECT recent.body
  FROM shops shop
  JOIN customers customer ON customer.shop_id = shop.id AND customer.phone_e164 = phone_line(:sender)
 CROSS JOIN LATERAL (
   SELECT m.body, m.created_at FROM messages m
    WHERE m.customer_id = customer.id AND m.direction = 'outbound' AND m.channel <> 'email'
      AND m.created_at > (SELECT clock_timestamp()) - interval '90 days'
    ORDER BY m.created_at DESC LIMIT :limit
 ) recent
 WHERE shop.id = shop_written_to(:number, :sender, coalesce(CAST(:written_at AS timestamptz), 'infinity'), :channel)
 ORDER BY recent.created_at DESC LIMIT :limit
""")

MOST_RECENT = 20


def record(session: Speaker, form: dict[str, list[str]]) -> UUID | None:
    """Records the form of an inbound webhook. Returns its id, or None if it was recorded before."""
    inbound, payload = read_text(form), as_payload(form)
    if isinstance(inbound, UnreadableForm):
        return webhook_events.record_unreadable(
            session,
            provider="twilio",
            event_id=text_id(payload),
            type="inbound",
            payload=payload,
            reason=inbound.reason,
        )
    return _record(session, inbound, payload)


def record_listed(session: Session, inbound: InboundText) -> UUID | None:
    """Records a text from Twilio's list in the form that a webhook would have sent."""
    return _record(session, inbound, as_form(inbound))


def _record(session: Speaker, inbound: InboundText, payload: dict[str, Any]) -> UUID | None:
    webhook = IncomingWebhook(
        provider="twilio",
        event_id=inbound.message_sid,
        type="inbound",
        payload=payload,
        task=task_after(classify_text(session, inbound)),
        argument=inbound.message_sid,
        outcome_without_shop="no shop has this number",
    )
    return webhook_events.record_with_task(session, RECORD, webhook, **_line(inbound))


def task_after(reply: Reply) -> str:
    """Returns the name of the task that handles this reply."""
    return AFTER_REPLY.get(reply, AFTER_OTHER_REPLY)


def classify_text(session: Speaker, inbound: InboundText) -> Reply:
    """Classifies the reply after removing quotations from our recent texts. A short text needs no SQL statement.

    An opt-out that the carrier recognises takes precedence over our own classification. An opt-in that the carrier
    recognises does not, because a YES to an offer accepts the offer.
    """
    if inbound.opt_out_type is OptOut.STOP:
        return Reply.STOP
    sent = _recent_bodies(session, inbound) if needs_our_texts(inbound.body) else []
    return classify(inbound.body, sent=sent)


def _recent_bodies(session: Speaker, inbound: InboundText) -> list[str]:
    """Returns at most 20 texts from the shop to this customer in the last 90 days, newest first."""
    return list(session.execute(RECENT, _line(inbound) | {"limit": MOST_RECENT}).scalars())


def _line(inbound: InboundText) -> dict[str, object]:
    """Returns the two numbers, the channel and the time of the text, with which SQL finds the shop.

    A text without a time is considered new.
    """
    numbers = {"number": inbound.to, "sender": inbound.from_}
    return numbers | {"written_at": inbound.written_at, "channel": inbound.channel.value}


def find(session: Session, message_sid: str) -> tuple[RecordedWebhook, InboundText | UnreadableForm] | None:
    """Returns the recorded text with this SID."""
    webhook = webhook_events.find(session, provider="twilio", event_id=message_sid)
    return None if webhook is None else (webhook, read_text(webhook.payload))
