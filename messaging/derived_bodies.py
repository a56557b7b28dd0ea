"""Derives the bodies of messages that contain a secret.

The messages are stored without their bodies, which are derived from a key when they are needed.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
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
from domain.message_variables import MessageContext, ShopVoice, compose
from domain.names import plain_name
from domain.sign_in_codes import CODE_LIFE, code_of, invitation_token, token_hash
from domain.templates import TextKind
from messaging.senders import Senders


@dataclass(frozen=True, slots=True)
class DerivedBody:
    """A derived body. `good`: whether the code or the link is still valid."""

    subject: str = field(repr=False)
    body: str = field(repr=False)
    good: bool


def code_body(senders: Senders, code: otp_codes.CodeToSend) -> DerivedBody:
    """Returns the message with the code for a row in `otp_codes`."""
    context = MessageContext(
        shop=ShopVoice(name=code.shop, locale=code.locale),
        code=code_of(senders.secret_keys[0], code.id, code.nonce),
        minutes=int(CODE_LIFE.total_seconds()) // 60,
    )
    body = compose(TextKind.SIGN_IN_CODE, context)
    return DerivedBody(body.partition(".")[0], body, code.good)


def invitation_body(senders: Senders, invitation: staff_invitations.ToSend) -> DerivedBody:
    """Returns the message with the link for a row in `staff_invitations`."""
    token = _token_of(invitation, senders.secret_keys)
    context = MessageContext(
        shop=ShopVoice(name=invitation.shop, locale=invitation.locale),
        link=f"{senders.app_url}/app/invitations/{token}",
    )
    body = compose(TextKind.STAFF_INVITATION, context)
    return DerivedBody(f"{plain_name(invitation.shop)}: your invitation", body, invitation.good)


def join_code_body(senders: Senders, request: join_requests.CodeToJoin) -> DerivedBody:
    """Returns the message with the code for a row in `join_requests`."""
    context = MessageContext(
        shop=ShopVoice(name=request.shop, locale=request.locale),
        code=code_of(senders.secret_keys[0], request.id, request.nonce),
        minutes=int(CODE_LIFE.total_seconds()) // 60,
    )
    body = compose(TextKind.JOIN_CODE, context)
    return DerivedBody("", body, request.good)


def email_consent_body(senders: Senders, found: EmailToConfirm) -> DerivedBody:
    """Returns the e-mail with the link that confirms consent to e-mails."""
    proof = email_proof(senders.secret_keys[0], found.entry_id, found.email)
    context = MessageContext(
        shop=ShopVoice(name=found.shop, locale=found.locale),
        link=f"{senders.app_url}/waitlist/{found.entry_token}/email/{proof}",
    )
    body = compose(TextKind.EMAIL_CONSENT, context)
    return DerivedBody(body.partition(".")[0], body, found.good)


def _token_of(invitation: staff_invitations.ToSend, keys: list[str]) -> str:
    """Returns the token whose hash is in the row. Tries all keys, because the key may have been rotated."""
    tokens = [invitation_token(key, invitation.id, invitation.nonce) for key in keys]
    return next((token for token in tokens if token_hash(token) == invitation.token_hash), tokens[0])


def _of_code(session: Session, senders: Senders, id: UUID) -> DerivedBody | None:
    found = otp_codes.to_send(session, id)
    return code_body(senders, found) if found else None


def _of_invitation(session: Session, senders: Senders, id: UUID) -> DerivedBody | None:
    found = staff_invitations.to_send(session, id)
    return invitation_body(senders, found) if found else None


def _of_join_request(session: Session, senders: Senders, id: UUID) -> DerivedBody | None:
    found = join_requests.to_send(session, id)
    return join_code_body(senders, found) if found else None


def _of_email_consent(session: Session, senders: Senders, id: UUID) -> DerivedBody | None:
    found = email_consent_links.of_entry(session, id)
    return email_consent_body(senders, found) if found else None


DERIVED: dict[str, Callable[[Session, Senders, UUID], DerivedBody | None]] = {
    TextKind.SIGN_IN_CODE.value: _of_code,
    TextKind.STAFF_INVITATION.value: _of_invitation,
    TextKind.JOIN_CODE.value: _of_join_request,
    TextKind.EMAIL_CONSENT.value: _of_email_consent,
}
"""The functions by purpose. A purpose key ends with the id of the row from which the body is derived."""


def is_derived(purpose_key: str | None) -> bool:
    """Whether the message is stored without its body."""
    return (purpose_key or "").partition(":")[0] in DERIVED


def derive(session: Session, senders: Senders, purpose_key: str | None) -> DerivedBody | None:
    """Returns the body, or None if the row from which the body is derived was deleted."""
    purpose, _, id = (purpose_key or "").partition(":")
    return DERIVED[purpose](session, senders, UUID(id))


def fill_in(session: Session, senders: Senders, message: Outgoing) -> Outgoing | MessageStatus:
    """Returns the message with its body, or the message's final status if the code or link is no longer valid."""
    derived = derive(session, senders, message.purpose_key)
    if derived is not None and (derived.good or message.already_claimed):
        return replace(message, subject=derived.subject, body=derived.body)
    status = MessageStatus.UNKNOWN if message.already_claimed else MessageStatus.EXPIRED
    messages.advance(session, message.id, status)
    return status
