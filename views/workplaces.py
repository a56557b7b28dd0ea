"""The shops in which one person works: `staff` rows with the same phone number or e-mail address."""

from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Workplace:
    """A shop in which the person works. `staff_id` is the person's row in that shop."""

    staff_id: UUID
    shop_id: UUID
    shop: str
    role: str


ADDRESSES: dict[str, str] = {
    "sms": "phone_line({staff}.phone)",
    "whatsapp": "phone_line({staff}.phone)",
    "email": "lower({staff}.email)",
}
"""For each channel of a sign-in code, the SQL expression of the address that is compared."""

ADDRESS = "SELECT {me} FROM staff me WHERE me.id = :staff_id"
SAME = """
SELECT DISTINCT ON (shop.name, p.shop_id) p.id, p.shop_id, shop.name, p.role
  FROM staff me JOIN staff p ON {theirs} = {mine} JOIN shops shop ON shop.id = p.shop_id
 WHERE me.id = :staff_id AND p.confirmed_at IS NOT NULL
 ORDER BY shop.name, p.shop_id, p.id <> me.id, p.created_at DESC, p.id
"""


HOLD = text("SELECT id FROM staff WHERE id = ANY(:ids) ORDER BY id FOR SHARE")


def hold(session: Session, *staff_ids: UUID) -> None:
    """Locks these members against changes until the end of the transaction."""
    session.execute(HOLD, {"ids": list(staff_ids)})


def proof(session: Session, staff_id: UUID, channel: str) -> str:
    """Returns a digest of the address to which the confirmed code was sent. The browser stores the digest.

    The digest grants access to rows with the same address. It becomes invalid when the member's address changes.
    """
    address = session.execute(text(ADDRESS.format(me=_of("me", channel))), {"staff_id": staff_id}).scalar()
    return sha256(f"{channel}:{address}".encode()).hexdigest() if address else ""


def of_one(session: Session, staff_id: UUID, *, channel: str, proved: str) -> list[Workplace]:
    """Returns all shops of this staff member, or none if `proved` is not the digest of the member's address."""
    if channel not in ADDRESSES or not proved or proof(session, staff_id, channel) != proved:
        return []
    statement = SAME.format(theirs=_of("p", channel), mine=_of("me", channel))
    return [Workplace(*row) for row in session.execute(text(statement), {"staff_id": staff_id})]


def _of(staff: str, channel: str) -> str:
    return ADDRESSES[channel].format(staff=staff)
