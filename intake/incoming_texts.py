"""Inbound texts, received by webhook or found in the carrier's list: recorded, each with its task."""

from typing import Any
from uuid import UUID

from sqlalchemy import text

from db.sessions import Speaker
from domain.replies import Reply, classify, needs_our_texts
from intake import recording
from intake.recording import IncomingWebhook

TASK_OF: dict[Reply, str] = {
    Reply.YES: "accept_offer",
    Reply.NO: "decline_offer",
    Reply.STOP: "opt_out",
    Reply.START: "opt_in",
}

OTHERWISE = "ask_back"
"""The task of every other reply; it decides between a question, an answer, the shop's staff and silence."""

RECORD = recording.shop_of_number(
    "SELECT id FROM shops WHERE sms_from = :number OR whatsapp_from = :number ORDER BY id LIMIT 1"
)

RECENT = text("""
SELECT recent.body
  FROM shops shop
  JOIN customers customer ON customer.shop_id = shop.id AND customer.phone_e164 = :from_
 CROSS JOIN LATERAL (
   SELECT m.body, m.created_at FROM messages m
    WHERE m.customer_id = customer.id AND m.direction = 'outbound' AND m.channel <> 'email'
      AND m.created_at > (SELECT clock_timestamp()) - interval '90 days'
    ORDER BY m.created_at DESC LIMIT :limit
 ) recent
 WHERE shop.sms_from = :to OR shop.whatsapp_from = :to
 ORDER BY recent.created_at DESC LIMIT :limit
""")

MOST_RECENT = 20


def recent_bodies(session: Speaker, *, from_: str, to: str) -> list[str]:
    """What the shop with the number `to` texted to `from_` (E.164) in the last 90 days, newest first; 20 at most."""
    values = {"from_": from_, "to": to, "limit": MOST_RECENT}
    return list(session.execute(RECENT, values).scalars())


def understand(session: Speaker, *, from_: str, to: str, body: str) -> Reply:
    """The reply, judged without what it quotes of our recent texts. A short text costs no statement."""
    sent = recent_bodies(session, from_=from_, to=to) if needs_our_texts(body) else []
    return classify(body, sent=sent)


def record(
    session: Speaker, *, sid: str, from_: str, to: str, body: str, opts_out: bool, payload: dict[str, Any]
) -> UUID | None:
    """Records the text `sid` from `from_` to our number `to` (E.164) with its task; None if it is known already.

    `opts_out`: the carrier took it for an opt-out, which beats whatever we make of the words. That it took a YES for
    an opt-in does not count: to an offer a YES is an acceptance. A number of no shop is recorded, and nothing done.
    """
    reply = Reply.STOP if opts_out else understand(session, from_=from_, to=to, body=body)
    inbound = IncomingWebhook(
        provider="twilio",
        event_id=sid,
        type="inbound",
        payload=payload,
        task=TASK_OF.get(reply, OTHERWISE),
        argument=sid,
        otherwise="no shop has this number",
    )
    return recording.write(session, RECORD, inbound, number=to)
