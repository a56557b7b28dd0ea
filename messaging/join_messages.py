"""Writes the texts for joining the waiting list: the code that verifies a phone number, and the confirmation.

Also writes the e-mail that verifies an address.
"""

from sqlalchemy.orm import Session

from db.customers.email_consent_links import EmailToConfirm
from db.messages import message_drafts
from db.messages.message_drafts import Draft, purpose_key
from db.waitlist.join_requests import CodeToJoin
from db.waitlist.waitlist_links import JoinedEntry
from domain import segments
from domain.channels import Channel
from domain.templates import TextKind
from messaging.channel_drafts import sender_of_emails
from messaging.derived_bodies import code_body
from messaging.senders import Senders
from messaging.write_text import TextSubject, write_text


def write_join_code(session: Session, senders: Senders, request: CodeToJoin) -> str:
    """Writes the message without its code, which is derived when the message is sent. Returns the outcome."""
    if not request.valid:
        return "nothing to send"
    sender = request.sms_from or senders.platform_number
    if not sender:
        return "no sender"
    draft = Draft(
        shop_id=request.shop_id,
        to_address=request.phone,
        from_address=sender,
        body="",
        segments=segments.count(code_body(TextKind.JOIN_CODE, senders, request).body).segments,
        send_before=request.send_before,
        purpose=TextKind.JOIN_CODE.value,
        purpose_key=purpose_key(TextKind.JOIN_CODE.value, request.id),
    )
    message_drafts.write(session, [draft])
    return "written"


def confirm(session: Session, joined: JoinedEntry, *, senders: Senders) -> None:
    """Writes the text with the link to the customer's page for this entry."""
    write_text(
        session,
        TextKind.WAITLIST_JOINED,
        customer_id=joined.customer_id,
        purpose_key=purpose_key(TextKind.WAITLIST_JOINED.value, joined.id),
        subject=TextSubject(link_token=joined.token),
        senders=senders,
    )


def ask_to_confirm_email(session: Session, senders: Senders, found: EmailToConfirm) -> None:
    """Writes the e-mail with the link that confirms consent to e-mails. The link is derived when it is sent."""
    draft = Draft(
        shop_id=found.shop_id,
        customer_id=found.customer_id,
        channel=Channel.EMAIL.value,
        to_address=found.email,
        from_address=sender_of_emails(senders, found.shop_email_from, found.shop),
        body="",
        purpose=TextKind.EMAIL_CONSENT.value,
        purpose_key=purpose_key(TextKind.EMAIL_CONSENT.value, found.entry_id),
    )
    message_drafts.write(session, [draft])
