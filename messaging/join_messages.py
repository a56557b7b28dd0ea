"""Writes the texts of the waiting list: the code that proves a phone, and the confirmation with the link."""

from sqlalchemy.orm import Session

from db import message_drafts
from db.join_requests import CodeToJoin
from db.message_drafts import Draft
from db.waitlist_links import JoinedEntry
from domain import segments
from domain.templates import TextKind
from messaging.derived_bodies import join_code_body
from messaging.purpose_keys import purpose_key
from messaging.senders import Senders
from messaging.write_text import TextSubject, write_text


def write_join_code(session: Session, senders: Senders, request: CodeToJoin) -> str:
    """Writes the message without the code, which is derived when it is sent. Returns the outcome."""
    if not request.good:
        return "nothing to send"
    sender = request.sms_from or senders.platform_number
    if not sender:
        return "no sender"
    draft = Draft(
        shop_id=request.shop_id,
        to_address=request.phone,
        from_address=sender,
        body="",
        segments=segments.count(join_code_body(senders, request).body).segments,
        send_before=request.send_before,
        purpose=TextKind.JOIN_CODE.value,
        purpose_key=purpose_key(TextKind.JOIN_CODE.value, request.id),
    )
    message_drafts.write(session, [draft])
    return "written"


def confirm(session: Session, joined: JoinedEntry, *, senders: Senders) -> None:
    """Writes the text with the link to the customer's page about this entry."""
    write_text(
        session,
        TextKind.WAITLIST_JOINED,
        customer_id=joined.customer_id,
        purpose_key=purpose_key(TextKind.WAITLIST_JOINED.value, joined.id),
        subject=TextSubject(link_token=joined.token),
        senders=senders,
    )
