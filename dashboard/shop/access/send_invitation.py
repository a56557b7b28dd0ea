"""Creates invitations for staff members, and the tasks that send them."""

import secrets
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from dashboard.page_dependencies import page_dependencies
from dashboard.shop.access.session_access import digest, signed_in
from db.access import staff_invitations
from db.access.staff_invitations import NewInvitation
from db.tasks import pending_tasks
from domain.sign_in_codes import invitation_token
from domain.staff_addresses import Addresses

INVITED = "Invitation sent. The phone number or e-mail address works for sign-in after its owner opens the link."
TOO_MANY = "Too many invitations today. Send this one again tomorrow."


def invite(rows: Session, staff_id: UUID, addresses: Addresses, channels: tuple[str, ...]) -> str:
    """Invites the member on each channel. Returns the message for the page, or an empty string if there are no
    channels.
    """
    sent = [_invite_by(rows, staff_id, channel, addresses.by_channel[channel]) for channel in channels]
    if not sent:
        return ""
    return INVITED if all(sent) else TOO_MANY


def _invite_by(rows: Session, staff_id: UUID, channel: str, address: str) -> bool:
    id, nonce = uuid4(), secrets.token_hex(16)
    token = invitation_token(page_dependencies().settings.secret_key.get_secret_value(), id, nonce)
    new = NewInvitation(
        id=id,
        shop_id=signed_in().shop.id,
        staff_id=staff_id,
        channel=channel,
        address=address,
        nonce=nonce,
        token_hash=digest(token),
    )
    invited = staff_invitations.invite(rows, new)
    if invited:
        pending_tasks.add(rows, "send_invitation", id, shop_id=new.shop_id)
    return invited
