"""Who works in a shop. Nobody is deleted: whoever left has no address any more, and cannot sign in."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.staff_addresses import AddressChange, Addresses


@dataclass(frozen=True, slots=True)
class Member:
    """`role`: owner, staff or read_only."""

    id: UUID
    name: str
    email: str | None = field(repr=False)
    phone: str | None = field(repr=False)
    role: str
    email_alerts: bool
    confirmed: bool
    """False: invited; the addresses don't count yet."""
    invited: list[str] = field(repr=False)
    """Addresses with an invitation that is still open."""

    @property
    def addresses(self) -> Addresses:
        """Of the row."""
        return Addresses(self.phone, self.email)


ALL = text("""
SELECT p.id, p.name, p.email, p.phone, p.role, p.email_alerts, p.confirmed_at IS NOT NULL AS confirmed,
       ARRAY(SELECT i.address FROM staff_invitations i
              WHERE i.staff_id = p.id AND i.shop_id = p.shop_id AND i.used_at IS NULL
                AND i.expires_at > (SELECT clock_timestamp()) ORDER BY i.created_at, i.id) AS invited
  FROM staff p
 WHERE p.shop_id = :shop_id AND (p.email IS NOT NULL OR p.phone IS NOT NULL) ORDER BY p.name, p.id
""")
ADD = text("""
INSERT INTO staff (shop_id, name, email, phone, role, confirmed_at)
VALUES (:shop_id, :name, :email, :phone, :role, NULL) RETURNING id
""")
CHANGE = text("""
UPDATE staff
   SET name = :name, email = :email, phone = :phone, role = :role, email_alerts = :email_alerts,
       confirmed_at = CASE WHEN :confirmed THEN confirmed_at END
 WHERE id = :id AND shop_id = :shop_id
""")
LEAVE = text("UPDATE staff SET email = NULL, phone = NULL WHERE id = :id AND shop_id = :shop_id")


def members(session: Session, shop_id: UUID) -> list[Member]:
    """By name."""
    return [Member(*row) for row in session.execute(ALL, {"shop_id": shop_id})]


def add(session: Session, shop_id: UUID, *, name: str, addresses: Addresses, role: str) -> UUID:
    """Somebody new, who counts once an address is confirmed. The phone is in E.164."""
    values = {"shop_id": shop_id, "name": name, "email": addresses.email, "phone": addresses.phone, "role": role}
    added: UUID = session.execute(ADD, values).scalar_one()
    return added


def change(
    session: Session,
    shop_id: UUID,
    staff_id: UUID,
    *,
    name: str,
    addresses: AddressChange,
    role: str,
    email_alerts: bool,
) -> None:
    """What they may do changes with their next page. The database ends codes and sessions of a former address."""
    row = {"email": addresses.row.email, "phone": addresses.row.phone, "confirmed": addresses.confirmed}
    values = row | {"name": name, "role": role, "email_alerts": email_alerts, "shop_id": shop_id, "id": staff_id}
    session.execute(CHANGE, values)


def let_go(session: Session, shop_id: UUID, staff_id: UUID) -> None:
    """The database ends their codes, sessions and invitations with the addresses."""
    session.execute(LEAVE, {"shop_id": shop_id, "id": staff_id})
