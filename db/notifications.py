"""What the shop's staff are shown, and the record of what a customer was told."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

TELL = text("""
INSERT INTO notifications (shop_id, customer_id, text, kind, slot_opening_id, appointment_id, dedupe_key)
VALUES (:shop_id, :customer_id, :text, :kind, :slot_opening_id, :appointment_id, :dedupe_key)
ON CONFLICT (dedupe_key) DO NOTHING
""")


def notify(
    session: Session,
    *,
    shop_id: UUID,
    kind: str,
    text: str,
    customer_id: UUID | None = None,
    slot_opening_id: UUID | None = None,
    appointment_id: UUID | None = None,
    dedupe_key: str | None = None,
) -> bool:
    """One line; False when there is one with this key already. Without a customer it is for the staff."""
    values = {
        "shop_id": shop_id,
        "kind": kind,
        "text": text,
        "customer_id": customer_id,
        "slot_opening_id": slot_opening_id,
        "appointment_id": appointment_id,
        "dedupe_key": dedupe_key,
    }
    return bool(session.execute(TELL, values).rowcount)  # type: ignore[attr-defined]
