"""Who works in a shop. Nobody is deleted: whoever left has no address any more, and cannot sign in."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from db.dashboard import staff_sessions


@dataclass(frozen=True, slots=True)
class Member:
    """`role`: owner, staff or read_only."""

    id: UUID
    name: str
    email: str | None = field(repr=False)
    phone: str | None = field(repr=False)
    role: str
    email_alerts: bool


ALL = text("""
SELECT id, name, email, phone, role, email_alerts FROM staff
 WHERE shop_id = :shop_id AND (email IS NOT NULL OR phone IS NOT NULL) ORDER BY name, id
""")
ADD = text("""
INSERT INTO staff (shop_id, name, email, phone, role) VALUES (:shop_id, :name, :email, :phone, :role)
""")
CHANGE = text("""
UPDATE staff SET name = :name, email = :email, phone = :phone, role = :role, email_alerts = :email_alerts
 WHERE id = :id AND shop_id = :shop_id
""")
LEAVE = text("UPDATE staff SET email = NULL, phone = NULL WHERE id = :id AND shop_id = :shop_id")


def members(session: Session, shop_id: UUID) -> list[Member]:
    """By name."""
    return [Member(*row) for row in session.execute(ALL, {"shop_id": shop_id})]


def add(session: Session, shop_id: UUID, *, name: str, email: str | None, phone: str | None, role: str) -> None:
    """`phone` in E.164."""
    values = {"shop_id": shop_id, "name": name, "email": email, "phone": phone, "role": role}
    session.execute(ADD, values)


def change(
    session: Session,
    shop_id: UUID,
    staff_id: UUID,
    *,
    name: str,
    email: str | None,
    phone: str | None,
    role: str,
    email_alerts: bool,
) -> None:
    """`phone` in E.164. What they may do changes with their next page."""
    values = {"name": name, "email": email, "phone": phone, "role": role, "email_alerts": email_alerts}
    session.execute(CHANGE, values | {"shop_id": shop_id, "id": staff_id})


def let_go(session: Session, shop_id: UUID, staff_id: UUID) -> None:
    """They are signed out everywhere, at once."""
    session.execute(LEAVE, {"shop_id": shop_id, "id": staff_id})
    sign_out(session, shop_id, staff_id)


def sign_out(session: Session, shop_id: UUID, staff_id: UUID) -> None:
    """Everywhere."""
    staff_sessions.end_all(session, staff_id=staff_id, shop_id=shop_id)
