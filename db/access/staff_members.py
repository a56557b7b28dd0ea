"""A shop's staff. Rows are never deleted: a former member has no addresses, and therefore can't sign in."""

from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import Update, insert, text, update
from sqlalchemy.orm import Session

from db.models import Staff
from domain.staff_addresses import AddressChange, Addresses


@dataclass(frozen=True, slots=True)
class Member:
    """A member of staff. `role` is owner, staff or read_only."""

    id: UUID
    name: str
    email: str | None = field(repr=False)
    phone: str | None = field(repr=False)
    role: str
    email_alerts: bool
    confirmed: bool
    """False until the invited member confirms an address. Unconfirmed addresses can't be used."""
    invited: list[str] = field(repr=False)
    """The addresses with an invitation that is neither used nor expired."""

    @property
    def addresses(self) -> Addresses:
        """The stored addresses."""
        return Addresses(self.phone, self.email)


ALL = text("""
SELECT p.id, p.name, p.email, p.phone, p.role, p.email_alerts, p.confirmed_at IS NOT NULL AS confirmed,
       ARRAY(SELECT i.address FROM staff_invitations i
              WHERE i.staff_id = p.id AND i.shop_id = p.shop_id AND i.used_at IS NULL
                AND i.expires_at > (SELECT clock_timestamp()) ORDER BY i.created_at, i.id) AS invited
  FROM staff p
 WHERE p.shop_id = :shop_id AND (p.email IS NOT NULL OR p.phone IS NOT NULL) ORDER BY p.name, p.id
""")


def members(session: Session, shop_id: UUID) -> list[Member]:
    """Returns the current members, sorted by name."""
    return [Member(*row) for row in session.execute(ALL, {"shop_id": shop_id})]


def add(session: Session, shop_id: UUID, *, name: str, addresses: Addresses, role: str) -> UUID:
    """Adds a member, who can sign in once an address is confirmed. The phone number is E.164."""
    row = {"email": addresses.email, "phone": addresses.phone, "confirmed_at": None}
    new = insert(Staff).values(shop_id=shop_id, name=name, role=role, **row).returning(Staff.id)
    return session.execute(new).scalar_one()


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
    """Changes a member.

    If an address is replaced, a trigger invalidates the codes and sessions of the old address.
    """
    row = {"email": addresses.row.email, "phone": addresses.row.phone}
    unconfirmed = {} if addresses.confirmed else {"confirmed_at": None}
    values = row | unconfirmed | {"name": name, "role": role, "email_alerts": email_alerts}
    session.execute(_of_member(shop_id, staff_id).values(values))


def let_go(session: Session, shop_id: UUID, staff_id: UUID) -> None:
    """Removes a member's addresses. A trigger invalidates the member's codes, sessions and invitations."""
    session.execute(_of_member(shop_id, staff_id).values(email=None, phone=None))


def _of_member(shop_id: UUID, staff_id: UUID) -> Update:
    return update(Staff).where(Staff.id == staff_id, Staff.shop_id == shop_id)
