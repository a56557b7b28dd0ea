"""Messages whose words are a secret: written without them, which are derived from a key each time they are needed."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from uuid import UUID

from sqlalchemy.orm import Session

from db import messages, otp_codes, staff_invitations
from db.messages import Outgoing
from domain import wording
from domain.delivery import MessageStatus
from domain.names import plain_name
from domain.sign_in_codes import CODE_LIFE, code_of, invitation_token
from domain.templates import TextKind
from domain.wording import ShopVoice
from worker.dependencies import Dependencies


@dataclass(frozen=True, slots=True)
class DerivedBody:
    """`good` is whether what they hold is still of use."""

    subject: str = field(repr=False)
    body: str = field(repr=False)
    good: bool


def code_words(dependencies: Dependencies, code: otp_codes.CodeToSend) -> DerivedBody:
    """The code of a row of `otp_codes`."""
    digits = code_of(_key(dependencies), code.id, code.nonce)
    voice = ShopVoice(name=code.shop, locale=code.locale)
    body = wording.sign_in_code(voice, code=digits, minutes=int(CODE_LIFE.total_seconds()) // 60)
    return DerivedBody(body.partition(".")[0], body, code.good)


def invitation_words(dependencies: Dependencies, invitation: staff_invitations.ToSend) -> DerivedBody:
    """The link of a row of `staff_invitations`."""
    token = invitation_token(_key(dependencies), invitation.id, invitation.nonce)
    voice = ShopVoice(name=invitation.shop, locale=invitation.locale)
    link = f"{dependencies.app_url}/app/invitations/{token}"
    body = wording.staff_invitation(voice, link=link)
    return DerivedBody(f"{plain_name(invitation.shop)}: your invitation", body, invitation.good)


def _key(dependencies: Dependencies) -> str:
    return dependencies.settings.staff.secret_key.get_secret_value()


def _of_code(session: Session, dependencies: Dependencies, id: UUID) -> DerivedBody | None:
    found = otp_codes.to_send(session, id)
    return code_words(dependencies, found) if found else None


def _of_invitation(session: Session, dependencies: Dependencies, id: UUID) -> DerivedBody | None:
    found = staff_invitations.to_send(session, id)
    return invitation_words(dependencies, found) if found else None


DERIVED: dict[str, Callable[[Session, Dependencies, UUID], DerivedBody | None]] = {
    TextKind.SIGN_IN_CODE.value: _of_code,
    TextKind.STAFF_INVITATION.value: _of_invitation,
}
"""By purpose. The purpose key ends with the id of the row that the words are derived from."""


def is_derived(purpose_key: str | None) -> bool:
    """Whether the words of this message are not in its row."""
    return (purpose_key or "").partition(":")[0] in DERIVED


def words(session: Session, dependencies: Dependencies, purpose_key: str | None) -> DerivedBody | None:
    """None where the row they are derived from is gone."""
    purpose, _, id = (purpose_key or "").partition(":")
    return DERIVED[purpose](session, dependencies, UUID(id))


def fill_in(session: Session, dependencies: Dependencies, message: Outgoing) -> Outgoing | MessageStatus:
    """The message with its words. A status instead: they are of no use any more, and it is not sent."""
    found = words(session, dependencies, message.purpose_key)
    if found is not None and (found.good or message.already_claimed):
        return replace(message, subject=found.subject, body=found.body)
    status = MessageStatus.UNKNOWN if message.already_claimed else MessageStatus.EXPIRED
    messages.climb(session, message.id, status)
    return status
