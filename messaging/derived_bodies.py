"""Derives the bodies of messages that contain a secret.

The messages are stored without their bodies, which are derived from a key when they are needed.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from db.access import otp_codes, staff_invitations
from db.customers import email_consent_links
from db.customers.email_consent_links import EmailToConfirm
from db.messages import messages
from db.messages.messages import Outgoing
from db.waitlist import join_requests
from domain.delivery import MessageStatus
from domain.join_consent import email_proof
from domain.message_variables import MessageContext, ShopVoice, compose, first_sentence
from domain.sign_in_codes import CODE_LIFE, code_of, invitation_token, token_hash
from domain.templates import TextKind
from messaging.senders import Senders


@dataclass(frozen=True, slots=True)
class DerivedBody:
    """A derived body. `subject` is its first sentence. `valid`: whether the code or the link is still valid."""

    subject: str = field(repr=False)
    body: str = field(repr=False)
    valid: bool


def code_body(kind: TextKind, senders: Senders, code: otp_codes.CodeToSend | join_requests.CodeToJoin) -> DerivedBody:
    """Returns the message with the code for a row in `otp_codes` or `join_requests`."""
    context = MessageContext(
        shop=ShopVoice(name=code.shop, locale=code.locale),
        code=code_of(senders.secret_keys[0], code.id, code.nonce),
        minutes=int(CODE_LIFE.total_seconds()) // 60,
    )
    return DerivedBody(first_sentence(kind, context), compose(kind, context), code.valid)


def invitation_body(senders: Senders, invitation: staff_invitations.ToSend) -> DerivedBody:
    """Returns the message with the link for a row in `staff_invitations`."""
    token = _token_of(invitation, senders.secret_keys)
    context = MessageContext(
        shop=ShopVoice(name=invitation.shop, locale=invitation.locale),
        link=f"{senders.app_url}/app/invitations/{token}",
    )
    kind = TextKind.STAFF_INVITATION
    return DerivedBody(first_sentence(kind, context), compose(kind, context), invitation.valid)


def email_consent_body(senders: Senders, found: EmailToConfirm) -> DerivedBody:
    """Returns the e-mail with the link that confirms consent to e-mails."""
    proof = email_proof(senders.secret_keys[0], found.entry_id, found.email)
    context = MessageContext(
        shop=ShopVoice(name=found.shop, locale=found.locale),
        link=f"{senders.app_url}/waitlist/{found.entry_token}/email/{proof}",
    )
    kind = TextKind.EMAIL_CONSENT
    return DerivedBody(first_sentence(kind, context), compose(kind, context), found.valid)


def _token_of(invitation: staff_invitations.ToSend, keys: list[str]) -> str:
    """Returns the token whose hash is in the row. Tries all keys, because the key may have been rotated."""
    tokens = [invitation_token(key, invitation.id, invitation.nonce) for key in keys]
    return next((token for token in tokens if token_hash(token) == invitation.token_hash), tokens[0])


DERIVED: dict[str, tuple[Callable[[Session, UUID], Any], Callable[[Senders, Any], DerivedBody]]] = {
    TextKind.SIGN_IN_CODE.value: (otp_codes.to_send, partial(code_body, TextKind.SIGN_IN_CODE)),
    TextKind.STAFF_INVITATION.value: (staff_invitations.to_send, invitation_body),
    TextKind.JOIN_CODE.value: (join_requests.to_send, partial(code_body, TextKind.JOIN_CODE)),
    TextKind.EMAIL_CONSENT.value: (email_consent_links.of_entry, email_consent_body),
}
"""The functions that read the row and derive the body, by purpose. A purpose key ends with the id of the row."""


def is_derived(purpose_key: str | None) -> bool:
    """Whether the message is stored without its body."""
    return (purpose_key or "").partition(":")[0] in DERIVED


def derive(session: Session, senders: Senders, purpose_key: str | None) -> DerivedBody | None:
    """Returns the body, or None if the row from which the body is derived was deleted."""
    purpose, _, id = (purpose_key or "").partition(":")
    read, body_of = DERIVED[purpose]
    row = read(session, UUID(id))
    return None if row is None else body_of(senders, row)


def fill_in(session: Session, senders: Senders, message: Outgoing) -> Outgoing | MessageStatus:
    """Returns the message with its body, or the message's final status if the code or link is no longer valid."""
    derived = derive(session, senders, message.purpose_key)
    if derived is not None and (derived.valid or message.already_claimed):
        return replace(message, subject=derived.subject, body=derived.body)
    status = MessageStatus.UNKNOWN if message.already_claimed else MessageStatus.EXPIRED
    messages.advance(session, message.id, status)
    return status
