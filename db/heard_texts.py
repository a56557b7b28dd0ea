"""What customers text, heard at the door or found in the carrier's list: recorded, each text with its task."""

from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from db import pending_tasks, webhook_events
from domain.replies import Reply, classify

TASK_OF: dict[Reply, str] = {
    Reply.YES: "accept_offer",
    Reply.NO: "decline_offer",
    Reply.STOP: "opt_out",
    Reply.START: "opt_in",
    Reply.UNCLEAR: "ask_back",
}

SHOP_OF = text("SELECT id FROM shops WHERE sms_from = :number OR whatsapp_from = :number ORDER BY id LIMIT 1")


def record(session: Session, *, sid: str, to: str, body: str, opts_out: bool, payload: dict[str, Any]) -> UUID | None:
    """Writes down the text `sid` to our number `to` (E.164), and what is to be done about it; None: known already.

    `opts_out`: the carrier took it for an opt-out, which beats whatever we make of the words. That it took a YES for
    an opt-in does not count: to an offer a YES is an acceptance. A number of no shop is recorded, and nothing done.
    """
    shop_id: UUID | None = session.execute(SHOP_OF, {"number": to}).scalar_one_or_none()
    recorded = webhook_events.record(
        session,
        provider="twilio",
        event_id=sid,
        type="inbound",
        payload=payload,
        shop_id=shop_id,
        outcome=None if shop_id else "no shop has this number",
    )
    if recorded and shop_id:
        task = TASK_OF[Reply.STOP if opts_out else classify(body)]
        pending_tasks.add(session, task, sid, webhook_event_id=recorded, shop_id=shop_id)
    return recorded
