"""What customers text, heard at the door or found in the carrier's list: recorded, each text with its task."""

from typing import Any
from uuid import UUID

from db import heard
from db.heard import Heard
from db.sessions import Speaker
from domain.replies import Reply, classify

TASK_OF: dict[Reply, str] = {
    Reply.YES: "accept_offer",
    Reply.NO: "decline_offer",
    Reply.STOP: "opt_out",
    Reply.START: "opt_in",
    Reply.UNCLEAR: "ask_back",
}

RECORD = heard.whose("SELECT id FROM shops WHERE sms_from = :number OR whatsapp_from = :number ORDER BY id LIMIT 1")


def record(session: Speaker, *, sid: str, to: str, body: str, opts_out: bool, payload: dict[str, Any]) -> UUID | None:
    """Writes down the text `sid` to our number `to` (E.164), and what is to be done about it; None: known already.

    `opts_out`: the carrier took it for an opt-out, which beats whatever we make of the words. That it took a YES for
    an opt-in does not count: to an offer a YES is an acceptance. A number of no shop is recorded, and nothing done.
    """
    text = Heard(
        provider="twilio",
        event_id=sid,
        type="inbound",
        payload=payload,
        task=TASK_OF[Reply.STOP if opts_out else classify(body)],
        argument=sid,
        otherwise="no shop has this number",
    )
    return heard.write(session, RECORD, text, number=to)
