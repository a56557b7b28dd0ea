"""The log of what happened and why, append only."""

import json
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

NOTE = text("""
INSERT INTO audit_logs (shop_id, slot_opening_id, slot_offer_id, appointment_id, actor, event, severity, because,
                        detail)
VALUES (:shop_id, :slot_opening_id, :slot_offer_id, :appointment_id, :actor, :event, :severity, :because,
        CAST(:detail AS jsonb))
""")


def note(
    session: Session,
    *,
    event: str,
    because: str,
    shop_id: UUID | None,
    slot_opening_id: UUID | None = None,
    slot_offer_id: UUID | None = None,
    appointment_id: UUID | None = None,
    actor: str = "system",
    severity: str = "info",
    detail: dict[str, Any] | None = None,
) -> None:
    """Adds one entry. `because` is a plain sentence for the shop; `detail` holds ids and codes, no personal data."""
    session.execute(
        NOTE,
        {
            "event": event,
            "because": because,
            "shop_id": shop_id,
            "slot_opening_id": slot_opening_id,
            "slot_offer_id": slot_offer_id,
            "appointment_id": appointment_id,
            "actor": actor,
            "severity": severity,
            "detail": json.dumps(detail or {}),
        },
    )
